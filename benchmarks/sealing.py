"""How long it takes to seal a day of a million rows, to hold it against its seal again, and how long writers wait.

Run with `--entries 1000000`, and with `--database postgresql://…` (an empty one) for PostgreSQL.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import inspect

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.counting import NUMBERS, ZONES, fill
from scheduler.database import open_engine, open_readers, open_sessions
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Row
from scheduler.services import seal_checking, sealing
from scheduler.signing import Signer

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 17, 10, tzinfo=UTC)
"""Ten past midnight of the day after."""
Made = TypeVar("Made")


def timed(work: Callable[[], Made]) -> tuple[float, float, Made]:
    """Seconds that it takes, seconds of work of this process in it, and what comes of it."""
    begun, worked = time.perf_counter(), time.process_time()
    made = work()
    return time.perf_counter() - begun, time.process_time() - worked, made


def run(url: str, number: int) -> dict[str, Any]:
    """Fill an empty database, seal all of it as one day, check it; everything is thrown away afterwards."""
    engine = open_engine(url)
    if inspect(engine).get_table_names():
        raise SystemExit("the database is not empty")
    Row.metadata.create_all(engine)
    try:
        fill(engine, number)
        return {"entries": number, "database": engine.dialect.name, **measure(engine)}
    finally:
        Row.metadata.drop_all(engine)
        NUMBERS.drop(engine, checkfirst=True)
        engine.dispose()


def measure(engine: Any) -> dict[str, Any]:
    """The three steps of a seal as the clerk takes them: only the first and the last hold up writers."""
    sessions, readers, signer = open_sessions(engine), open_readers(engine), Signer(bytes(32))
    with sessions.begin() as session:
        bounds_s, _, until = timed(lambda: sealing.lock_bounds(session))
    with readers.begin() as session:
        wanted = sealing.Wanted(day=DAY, latest=None, until=until)
        draw_s, draw_work_s, drawn = timed(lambda: sealing.draw_up(session, wanted, now=NOW, key=signer.public))
    begun = time.perf_counter()
    with sessions.begin() as session:
        sealing.keep(session, drawn, signer=signer)
    keep_s = time.perf_counter() - begun
    with sessions.begin() as session:
        assert sealing.find_wanted(session, DAY, until=until, now=NOW, zone=STATION_ZONE) is None
    with readers.begin() as session:
        check_s, check_work_s, found = timed(
            lambda: seal_checking.verify(session, seals_file=None, keys={signer.public})
        )
    assert not found, found[:3]
    return {
        "draw_s": draw_s,
        "draw_work_s": draw_work_s,
        "locked_s": bounds_s + keep_s,
        "check_s": check_s,
        "check_work_s": check_work_s,
        "marks_bytes": len(drawn.marks),
        "statement_bytes": len(drawn.statement.tell()),
    }


def main() -> None:
    """Run for each number of entries, on SQLite in a temporary folder or on the database told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[1_000_000], help=f"multiples of {ZONES:,}")
    parser.add_argument("--database", default=os.environ.get("LOABAN_BENCH_DATABASE", ""))
    parser.add_argument("--folder", type=Path, help="where the SQLite file is written for the time of the run")
    parser.add_argument("--json", action="store_true", dest="as_json")
    chosen = parser.parse_args()
    for number in chosen.entries:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            found = run(chosen.database or f"sqlite:///{folder}/station.db", number)
        if chosen.as_json:
            print(json.dumps(found))
            continue
        print(f"{found['entries']:,} entries of one day, {found['database']}")
        print(f"  read, spelled, hashed and signed   {found['draw_s']:6.1f} s (work: {found['draw_work_s']:.1f} s)")
        print(f"  of which writers had to wait       {found['locked_s'] * 1000:6.1f} ms")
        print(f"  held against the seal again        {found['check_s']:6.1f} s (work: {found['check_work_s']:.1f} s)")
        print(f"  the seal                           {found['marks_bytes'] / 2**20:6.1f} MiB of marks")


if __name__ == "__main__":
    main()
