"""How fast counts come from the tallies, beside the same figures from the rows of the log, as the log grows.

Run with `--entries 1000000 10000000`, and with `--database postgresql://…` (an empty one) for PostgreSQL.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    Integer,
    MetaData,
    Table,
    case,
    insert,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Session

from scheduler.database import open_engine, open_readers, open_sessions
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.models import AsRunEntry, Row
from scheduler.services import area_counting, as_run, counting, month_blocks

ZONES, COMMUNES, AIRINGS = 10_000, 1_250, 100
"""A province: so many zones hear so many airings a year, which makes a million entries; 30,000 groups a year."""
LAST_YEAR = 2025
FIRST, LAST = date(LAST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
LANGUAGES = ("vi", "blt")
COMMUNE = 617
TIMES = 25
Figure = tuple[float | None, float, float]
"""Seconds from rows (None: not asked), from tallies, and from tallies at best."""
NUMBERS = Table("bench_number", MetaData(), Column("n", Integer, primary_key=True))

ROWS = f"""
    FROM as_run_entry e
    WHERE local_day BETWEEN '{FIRST}' AND '{LAST}' AND NOT exercise AND priority < 3
      AND NOT EXISTS (SELECT 1 FROM as_run_entry l
                      WHERE l.airing_id = e.airing_id AND l.zone_id = e.zone_id AND l.attempt > e.attempt)
"""
MONTHS = """
    SELECT local_month, language, area_id,
           COUNT(DISTINCT CASE WHEN seconds_sounded >= 0.9 * seconds_planned - 1e-6 AND evidence <> 'planned'
                               THEN airing_id END),
           SUM(CASE WHEN kind = 'sounded' THEN 1 ELSE 0 END),
           SUM(CASE WHEN kind IN ('partial', 'interrupted') THEN 1 ELSE 0 END),
           SUM(CASE WHEN kind IN ('missed', 'failed') THEN 1 ELSE 0 END), SUM(seconds_sounded)
"""
BY_MONTH = f"{MONTHS} {ROWS} GROUP BY local_month, language, area_id"
OF_COMMUNE = f"{MONTHS} {ROWS} AND area_id = {COMMUNE} GROUP BY local_month, language, area_id"
OF_YEAR = f"""
    SELECT language, COUNT(DISTINCT airing_id) {ROWS}
      AND seconds_sounded >= 0.9 * seconds_planned - 1e-6 AND evidence <> 'planned'
    GROUP BY language
"""


def entries_of(airing: int, year: int) -> dict[str, Any]:
    """One airing heard by all zones, some of them late or missed: its columns as the database makes them."""
    n, at = NUMBERS.c.n, datetime(year, 1, 1, 22, 30, tzinfo=UTC) + timedelta(days=airing % AIRINGS * 364 // AIRINGS)
    turn = (n * 7 + airing) % 10
    seconds = case((turn == 4, 500.0), (turn == 5, 200.0), (turn == 9, 0.0), else_=540.0)
    kind = case(
        (seconds == 540.0, EntryKind.SOUNDED.value),
        (seconds == 0.0, EntryKind.MISSED.value),
        else_=EntryKind.PARTIAL.value,
    )
    day = local_day(at, STATION_ZONE)
    return {
        "airing_id": UUID(int=airing + 1), "broadcast_id": UUID(int=airing // 2 + 1), "zone_id": n, "attempt": 1,
        "kind": kind, "planned_at": at, "started_at": at, "ended_at": at + timedelta(seconds=540),
        "seconds_planned": 540.0, "seconds_sounded": seconds,
        "reason": case((seconds < 540.0, Reason.UNKNOWN.value), else_=None), "evidence": Evidence.HANDED_OVER,
        "priority": 1, "exercise": False, "series_id": 1, "series_title": "Chuyên mục", "episode_year": year,
        "episode_number": airing % AIRINGS // 2 + 1, "title": "Số", "language": LANGUAGES[airing % 2],
        "zone_code": literal("Z") + n.cast(AsRunEntry.zone_code.type),
        "zone_name": literal("Bản ") + n.cast(AsRunEntry.zone_code.type), "area_id": n % COMMUNES,
        "area_name": literal("Xã ") + (n % COMMUNES).cast(AsRunEntry.zone_code.type), "loudspeakers": 2,
        "local_day": day, "local_month": f"{day:%Y-%m}", "source": "plan", "recorded_by": "may-1", "note": "",
        "recorded_at": at, "countersigned_by": "",
    }  # fmt: skip


def _as_column(name: str, value: Any) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value, AsRunEntry.__table__.c[name].type)


def fill(engine: Engine, number: int) -> None:
    """So many entries, a million a year, the last year last."""
    NUMBERS.create(engine)
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:  # they look each row up before it is written, which is not measured here
            for unique in ("id", "airing_id"):
                connection.execute(text(f"DROP TRIGGER as_run_entry_no_second_{unique}"))
    with engine.begin() as connection:
        connection.execute(insert(NUMBERS), [{"n": n} for n in range(ZONES)])
    airings = number // ZONES
    for airing in range(airings):
        year = LAST_YEAR - (airings - 1 - airing) // AIRINGS
        values = entries_of(airing, year)
        chosen = select(*(_as_column(name, value).label(name) for name, value in values.items())).order_by(NUMBERS.c.n)
        with engine.begin() as connection:
            connection.execute(insert(AsRunEntry).from_select(list(values), chosen))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE as_run_entry"))


def timed(work: Callable[[], object], *, times: int = TIMES) -> tuple[float, float]:
    """Seconds that it takes: the middle one of several times, and the shortest (the least disturbed by others)."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken), min(taken)


def measure(session: Session) -> dict[str, Figure]:
    """Seconds from rows (looked at once) and from tallies; both must give the same figures."""
    days: Any = {"first": FIRST, "last": LAST}
    figures: dict[str, tuple[str, Callable[[], Any]]] = {
        "a year by month × language × commune": (BY_MONTH, lambda: month_blocks.read_blocks(session, **days)),
        "one commune's year by month × language": (
            OF_COMMUNE, lambda: month_blocks.read_blocks(session, **days, areas=[COMMUNE]),
        ),
        "a year's count": (OF_YEAR, lambda: counting.count(session, **days)),
        "one commune's count of a year": ("", lambda: area_counting.count_in_areas(session, **days, areas=[COMMUNE])),
    }  # fmt: skip
    found: dict[str, Figure] = {}
    for name, (query, count) in figures.items():
        rows = None
        if query:
            begun = time.perf_counter()
            told = session.execute(text(query)).all()
            rows = time.perf_counter() - begun
            check(name, told, count())
        found[name] = (rows, *timed(count))
    return found


def check(name: str, rows: Sequence[Any], counted: Any) -> None:
    """The tallies must say what the rows say."""
    if name == "a year's count":
        assert {language: number for language, number in rows} == dict(counted.broadcast), name  # noqa: C416
        return
    told = sorted(
        (block.month, block.language, *numbers)
        for block in counted
        for numbers in zip(block.areas, block.airings, block.zones_sounded, block.zones_missed, strict=True)
    )
    assert told == sorted((r[0], r[1], f"Xã {r[2]}", r[3], r[4], r[6]) for r in rows), name


def run(url: str, number: int) -> dict[str, Any]:
    """Fill an empty database, rebuild the tallies, measure; everything is thrown away afterwards."""
    engine = open_engine(url)
    if inspect(engine).get_table_names():
        raise SystemExit("the database is not empty")
    Row.metadata.create_all(engine)
    try:
        filled, _ = timed(lambda: fill(engine, number), times=1)
        with open_sessions(engine).begin() as session:
            rebuilt, _ = timed(lambda: as_run.recompute(session), times=1)
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        with open_readers(engine).begin() as session:
            found = measure(session)
    finally:
        Row.metadata.drop_all(engine)
        NUMBERS.drop(engine, checkfirst=True)
        engine.dispose()
    return {"entries": number, "database": engine.dialect.name, "fill_s": filled, "rebuild_s": rebuilt, **found}


def main() -> None:
    """Run for each number of entries, on SQLite in a temporary folder or on the database told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--database", default=os.environ.get("LOABAN_BENCH_DATABASE", ""))
    parser.add_argument("--folder", type=Path, help="where the SQLite file is written for the time of the run")
    parser.add_argument("--json", action="store_true", dest="as_json")
    chosen = parser.parse_args()
    for number in chosen.entries:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            found = run(chosen.database or f"sqlite:///{Path(folder) / 'station.db'}", number)
        print(json.dumps(found) if chosen.as_json else tell(found), flush=True)


def tell(found: dict[str, Any]) -> str:
    """The figures as a table."""
    lines = [
        f"{found['entries']:,} entries on {found['database']}",
        f"(written in {found['fill_s']:.0f} s, tallies rebuilt in {found['rebuild_s']:.1f} s)",
        f"{'figure':<42}{'from rows':>13}{'from tallies':>14}{'at best':>13}",
    ]
    for name, value in found.items():
        if isinstance(value, tuple):
            rows, tally, best = value
            told = "–" if rows is None else f"{rows * 1000:.0f} ms"
            lines.append(f"{name:<42}{told:>13}{tally * 1000:>11.2f} ms{best * 1000:>10.2f} ms")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
