"""How exactly many zones start at one instant: the real daemon on SQLite, claims included, beside plain date jobs."""

import argparse
import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import func, insert, select

from audio.carriers.memory import MemoryCarrier
from scheduler.alive import Life
from scheduler.clock import SystemClock
from scheduler.commands.playout import SWITCH_SECONDS
from scheduler.config import load_settings
from scheduler.daemon import Daemon, Outside
from scheduler.database import Sessions, open_engine, open_sessions
from scheduler.models import AsRunEntry, Claim, Edition, Programme, Row, Zone
from scheduler.precise import PreciseThread
from scheduler.timer import Timer
from tests.factories import make_area, make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.wheels import EndToEnd, Shelf

ALL_DAY = [["00:00", "24:00"]]
NUMBERS = (1, 1_000, 10_000)
AIMS_MS = {1_000: 2.0, 10_000: 15.0}


def build_station(home: Path, zones: int) -> Sessions:
    engine = open_engine(f"sqlite:///{home / 'station.db'}")
    Row.metadata.create_all(engine)
    sessions = open_sessions(engine)
    with sessions.begin() as session:
        area = make_area(session)
        for number in range(zones):
            make_zone(session, code=f"Z{number}", area=area, languages=("vi",), allowed_hours=ALL_DAY)
        make_edition(session, make_episode(session, make_series(session)), seconds=3.0)
    return sessions


def plan(sessions: Sessions, *, starts_in: timedelta) -> datetime:
    now = datetime.now(UTC)
    with sessions.begin() as session:
        edition = session.scalars(select(Edition)).one()
        first, *others = session.scalars(select(Zone).order_by(Zone.id))
        made = make_broadcast(session, editions=(edition,), zones=(first,), starts_in=starts_in, now=now)
        key = made.programmes[0].running_order_key
        rows = [{"broadcast_id": made.id, "zone_id": zone.id, "running_order_key": key} for zone in others]
        if rows:
            session.execute(insert(Programme), rows)
        return made.starts_at


def run_daemon(zones: int, *, rounds: int) -> tuple[list[float], float]:
    """Start errors in milliseconds, and how long claiming and preparing took at most, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        sessions = build_station(home, zones)
        clock = SystemClock()
        carrier = MemoryCarrier(clock=clock)
        settings = load_settings({"LOABAN_HOME": str(home)})
        daemon = Daemon(
            Outside(
                clock=clock,
                sessions=sessions,
                settings=settings,
                carriers={"memory": carrier},
                assembler=EndToEnd(),
                media=Shelf(),
                life=Life(home / "run"),
                timer=Timer(clock),
                precise=PreciseThread(clock),
            )
        )
        stopping = threading.Event()
        playing = threading.Thread(target=daemon.run, args=(stopping,))
        playing.start()
        time.sleep(4)
        errors: list[float] = []
        slowest = 0.0
        for _ in range(rounds):
            starts_at = plan(sessions, starts_in=timedelta(seconds=settings.claim_lead.total_seconds() + 4))
            ready_after = wait_for_armed(daemon, zones, starts_at - settings.claim_lead)
            slowest = max(slowest, ready_after)
            time.sleep(max(0.0, (starts_at - datetime.now(UTC)).total_seconds()) + 6)
            wait_for_log(sessions, zones * (len(errors) // zones + 1))
            begun = [at for transmission, at in carrier.start_instants() if transmission.zone_code][-zones:]
            errors += [(at - starts_at).total_seconds() * 1000 for at in begun]
        stopping.set()
        playing.join()
        carrier.close()
        check(sessions, zones * rounds)
        return errors, slowest


def wait_for_armed(daemon: Daemon, zones: int, claims_from: datetime) -> float:
    while len(daemon.on_air.live) < zones:
        time.sleep(0.05)
        if datetime.now(UTC) > claims_from + timedelta(seconds=10):
            return float("inf")
    return (datetime.now(UTC) - claims_from).total_seconds()


def wait_for_log(sessions: Sessions, entries: int) -> None:
    for _ in range(100):
        with sessions.begin() as session:
            if (session.scalar(select(func.count()).select_from(AsRunEntry)) or 0) >= entries:
                return
        time.sleep(0.3)


def check(sessions: Sessions, deliveries: int) -> None:
    with sessions.begin() as session:
        claims = session.scalar(select(func.count()).select_from(Claim).where(Claim.closed_at.is_not(None)))
        kinds = session.execute(
            select(AsRunEntry.kind, AsRunEntry.reason, func.count()).group_by(AsRunEntry.kind, AsRunEntry.reason)
        ).all()
    if claims != deliveries or [tuple(kind)[2] for kind in kinds] != [deliveries] or kinds[0][0] != "sounded":
        raise SystemExit(f"not every delivery was claimed, sounded and logged: {claims} claims, {kinds}")


def run_date_jobs(number: int) -> list[float]:
    """The same starts as one APScheduler date job for each zone, in its own pool."""
    begun: list[datetime] = []
    waking = BackgroundScheduler(executors={"default": ThreadPoolExecutor(10)}, timezone=UTC)
    at = datetime.now(UTC) + timedelta(seconds=2 + number / 2_000)
    for _ in range(number):
        waking.add_job(lambda: begun.append(datetime.now(UTC)), "date", run_date=at, misfire_grace_time=None)
    waking.start()
    while len(begun) < number and datetime.now(UTC) < at + timedelta(seconds=60):
        time.sleep(0.2)
    waking.shutdown()
    return [(instant - at).total_seconds() * 1000 for instant in begun]


def row_of(name: str, number: int, errors: Sequence[float], note: str) -> list[str]:
    told = sorted(errors)
    p99 = told[min(len(told) - 1, int(len(told) * 0.99))]
    return [name, f"{number:,}", f"{statistics.median(told):.3f}", f"{p99:.3f}", f"{told[-1]:.3f}", note]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--zones", type=int, nargs="*", default=NUMBERS)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    table = Table("starts at one instant", "zones", "p50 ms", "p99 ms", "max ms", "note")
    for number in given.zones:
        sys.setswitchinterval(0.005)
        table.add_row(*row_of("APScheduler date jobs", number, run_date_jobs(number), "no claims"))
        sys.setswitchinterval(SWITCH_SECONDS)
        errors, slowest = run_daemon(number, rounds=given.rounds)
        aim = f"aim p99 ≤ {AIMS_MS[number]:g}; " if number in AIMS_MS else ""
        table.add_row(*row_of("Loa Bản", number, errors, f"{aim}claimed and ready after {slowest:.2f} s"))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
