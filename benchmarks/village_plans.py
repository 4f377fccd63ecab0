"""How fast the plans of thousands of villages are drawn, signed and kept: all new, one slot moved, nothing changed.

On SQLite, and on PostgreSQL too when LOABAN_TEST_POSTGRES_URL names one (it is emptied).
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select, text

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._village_station import fill_villages
from scheduler import database
from scheduler.config import load_settings
from scheduler.models import Slot, VillagePlan
from scheduler.services import planning, village_plan
from scheduler.signing import Signer
from scheduler.station import Station, open_station
from scheduler.village_plans import LOOK_ANYWAY, VillagePlans

AIMS = {
    "all plans made": 20.0,
    "a look that finds nothing": 0.05,
    "all drawn, none differs": 5.0,
    "all plans changed": 20.0,
    "outbox read and noted": 2.0,
}


def measure(station: Station, zones: int) -> dict[str, float]:
    """Seconds of each step."""
    signer = Signer(bytes(32))
    fill_villages(station, zones, signer)
    plans = VillagePlans(
        sessions=station.sessions, readers=station.readers, settings=station.settings, signer=signer
    )  # fmt: skip
    found: dict[str, float] = {}

    def look(what: str, *, expected: int, later: timedelta = timedelta(0)) -> None:
        began = time.monotonic()
        fresh = plans.refresh(now=station.clock.now() + later)
        found[what] = time.monotonic() - began
        if len(fresh) != expected:
            raise SystemExit(f"{what}: {len(fresh)} plans instead of {expected}")

    look("all plans made", expected=zones)
    look("a look that finds nothing", expected=0)
    look("all drawn, none differs", expected=0, later=LOOK_ANYWAY)
    _move_a_slot(station)
    look("all plans changed", expected=zones)
    began = time.monotonic()
    with station.sessions.begin() as session:
        sent = village_plan.find_to_send(session, limit=zones)
        village_plan.body_of(session, [item.zone_id for item in sent])
        village_plan.note_sent(session, sent)
    found["outbox read and noted"] = time.monotonic() - began
    return found


def _move_a_slot(station: Station) -> None:
    with station.sessions.begin() as session:
        slot = session.scalars(select(Slot).order_by(Slot.id)).first()
        if slot is None:
            raise SystemExit("no slot")
        at = slot.starts_at_local
        slot.starts_at_local = at.replace(minute=(at.minute + 7) % 60)
        session.flush()
        planning.write_plan(session, now=station.clock.now(), settings=station.settings)


def tell(console: Console, name: str, station: Station, found: dict[str, float]) -> bool:
    """Print the figures; says whether all aims were met."""
    with station.readers.begin() as session:
        programmes = session.scalar(select(func.avg(VillagePlan.programmes))) or 0
        size = session.scalar(select(func.avg(func.length(VillagePlan.body)))) or 0
    table = Table(title=f"{name}: {programmes:.0f} programmes in a plan, {size / 1000:.1f} kB as it travels")
    for heading in ("step", "seconds", "aim"):
        table.add_column(heading)
    for what, seconds in found.items():
        table.add_row(what, f"{seconds:.3f}", f"≤ {AIMS[what]}")
    console.print(table)
    return all(found[what] <= aim for what, aim in AIMS.items())


def main() -> int:
    """Measure on each database there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=10_000)
    zones: int = parser.parse_args().zones
    console, well = Console(), True
    for name, url in (("SQLite", ""), ("PostgreSQL", os.environ.get("LOABAN_TEST_POSTGRES_URL", ""))):
        if name == "PostgreSQL" and not url:
            continue
        with tempfile.TemporaryDirectory() as home:
            station = open_station(load_settings({"LOABAN_HOME": home, "LOABAN_DATABASE_URL": url}))
            if url:
                with station.engine.begin() as connection:
                    connection.execute(text("DROP SCHEMA public CASCADE"))
                    connection.execute(text("CREATE SCHEMA public"))
            database.upgrade(station.engine)
            well &= tell(console, name, station, measure(station, zones))
            station.engine.dispose()
    console.print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
