"""How fast counts come from the tallies, beside the same figures from the rows of the log; run with `--entries N`."""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from scheduler.database import open_engine, open_sessions
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.models import AsRunEntry, Row
from scheduler.services import as_run, counting

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
ZONES, COMMUNES = 1_000, 12
LANGUAGES = ("vi", "blt")
ROWS_AT_ONCE = 20_000
TIMES = 3

BY_MONTH = """
    SELECT local_month, language, area_id,
           COUNT(DISTINCT CASE WHEN seconds_sounded >= 0.9 * seconds_planned - 1e-6 AND evidence <> 'planned'
                               THEN airing_id END),
           SUM(kind = 'sounded'), SUM(kind IN ('partial', 'interrupted')), SUM(kind IN ('missed', 'failed')),
           SUM(seconds_sounded)
    FROM as_run_entry e
    WHERE local_month BETWEEN '2025-01' AND '2025-12' AND exercise = 0 AND priority < 3
      AND NOT EXISTS (SELECT 1 FROM as_run_entry l
                      WHERE l.airing_id = e.airing_id AND l.zone_id = e.zone_id AND l.attempt > e.attempt)
    GROUP BY local_month, language, area_id ORDER BY 1, 2, 3
"""
OF_YEAR = """
    SELECT language, COUNT(DISTINCT airing_id)
    FROM as_run_entry e
    WHERE local_day BETWEEN '2025-01-01' AND '2025-12-31' AND exercise = 0 AND priority < 3
      AND seconds_sounded >= 0.9 * seconds_planned - 1e-6 AND evidence <> 'planned'
      AND NOT EXISTS (SELECT 1 FROM as_run_entry l
                      WHERE l.airing_id = e.airing_id AND l.zone_id = e.zone_id AND l.attempt > e.attempt)
    GROUP BY language ORDER BY language
"""


def entries(number: int) -> Iterator[dict[str, Any]]:
    """A year of airings heard by a thousand zones each, some of them late or missed."""
    airings = max(1, number // ZONES)
    start = datetime(2025, 1, 1, 22, 30, tzinfo=UTC)
    for n in range(number):
        airing, zone = divmod(n, ZONES)
        at = start + timedelta(days=airing * 363 // airings)
        seconds = (540.0, 540.0, 540.0, 540.0, 500.0, 200.0, 540.0, 540.0, 540.0, 0.0)[(n * 7 + airing) % 10]
        kind = EntryKind.SOUNDED if seconds == 540 else EntryKind.PARTIAL if seconds else EntryKind.MISSED
        day = local_day(at, STATION_ZONE)
        yield {
            "airing_id": UUID(int=airing + 1), "broadcast_id": UUID(int=airing // 2 + 1), "zone_id": zone, "attempt": 1,
            "kind": kind, "planned_at": at, "started_at": at, "ended_at": at + timedelta(seconds=seconds),
            "seconds_planned": 540.0, "seconds_sounded": seconds, "reason": Reason.UNKNOWN if seconds < 540 else None,
            "evidence": Evidence.HANDED_OVER, "priority": 1, "exercise": False, "series_id": 1,
            "series_title": "Chuyên mục", "episode_year": 2025, "episode_number": airing // 2 + 1, "title": "Số",
            "language": LANGUAGES[airing % 2], "zone_code": f"Z{zone}", "zone_name": f"Bản {zone}",
            "area_id": zone % COMMUNES, "area_name": f"Xã {zone % COMMUNES}", "loudspeakers": 2, "local_day": day,
            "local_month": f"{day:%Y-%m}", "source": "plan", "recorded_by": "may-1", "note": "", "recorded_at": at,
        }  # fmt: skip


def fill(session: Session, number: int) -> None:
    chunk: list[dict[str, Any]] = []
    for entry in entries(number):
        chunk.append(entry)
        if len(chunk) == ROWS_AT_ONCE:
            session.execute(insert(AsRunEntry.__table__), chunk)
            chunk.clear()
    if chunk:
        session.execute(insert(AsRunEntry.__table__), chunk)


def timed(work: Callable[[], object], *, times: int = TIMES) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", dest="as_json")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'station.db'}")
        Row.metadata.create_all(engine)
        sessions = open_sessions(engine)
        with sessions.begin() as session:
            filled = timed(lambda: fill(session, chosen.entries), times=1)
        with sessions.begin() as session:
            rebuilt = timed(lambda: as_run.recompute(session), times=1)
        with sessions.begin() as session:
            checked = timed(lambda: as_run.check(session), times=1)
            found = measure(session)
        engine.dispose()
    if chosen.as_json:
        print(json.dumps({"entries": chosen.entries, "rebuild_s": rebuilt, "check_s": checked, **found}))
        return
    print(f"{chosen.entries:,} entries on SQLite (written in {filled:.1f} s; tallies rebuilt in {rebuilt:.1f} s,")
    print(f"compared with the log in {checked:.1f} s)")
    print(f"{'figure':<36}{'from rows':>12}{'from tally':>12}{'ratio':>9}")
    for name, (rows, tally) in found.items():
        print(f"{name:<36}{rows * 1000:>9.1f} ms{tally * 1000:>9.1f} ms{rows / tally:>8.0f}×")


def measure(session: Session) -> dict[str, tuple[float, float]]:
    """Seconds from rows and from tallies; both must give the same figures."""
    months = counting.count_months(session, first=FIRST, last=LAST)
    from_rows = session.execute(text(BY_MONTH)).all()
    assert sorted((m.month, m.language, m.airings, m.zones_sounded, m.zones_missed) for m in months) == sorted(
        (row[0], row[1], row[3], row[4], row[6]) for row in from_rows
    )
    year = counting.count(session, first=FIRST, last=LAST)
    assert {row[0]: row[1] for row in session.execute(text(OF_YEAR))} == dict(year.broadcast)
    return {
        "a year by month × language × commune": (
            timed(lambda: session.execute(text(BY_MONTH)).all()),
            timed(lambda: counting.count_months(session, first=FIRST, last=LAST)),
        ),
        "a year's count": (
            timed(lambda: session.execute(text(OF_YEAR)).all()),
            timed(lambda: counting.count(session, first=FIRST, last=LAST)),
        ),
    }


if __name__ == "__main__":
    main()
