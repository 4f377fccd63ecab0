"""A random log for tests that compare what is read of it with a plain recount."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.time import STATION_ZONE, local_day, local_month
from scheduler.models import Area, AsRunEntry, Series, Zone
from scheduler.services import as_run
from tests.factories import make_area, make_series, make_zone

FIRST_AT = datetime(2025, 11, 28, 22, 30, tzinfo=UTC)
"""The first airing, 05:30 on 29 November 2025; then one every two days or so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogStation:
    """Places and series whose log is random."""

    communes: list[Area]
    zones: list[Zone]
    series: list[Series]


def fill_log(session: Session, *, seed: int = 1, airings: int = 60) -> LogStation:
    """Airings in three communes over a few months, with all outcomes, exercises, emergencies, two series."""
    rnd = random.Random(seed)
    city = make_area(session)
    communes = [make_area(session, name=n, kind="commune", parent=city) for n in ("Chiềng Xôm", "Hua La", "Chiềng An")]
    zones = [make_zone(session, code=f"Z{n}", name=f"Bản {n}", area=communes[n % 3]) for n in range(7)]
    series = [make_series(session), make_series(session, code="ntm", title="Nông thôn mới")]
    rows = []
    for number in range(airings):
        at = FIRST_AT + timedelta(days=number // 2 * 2, hours=rnd.choice((0, 6, 11.5)))
        broadcast = {
            "broadcast_id": UUID(int=1000 + number // 2), "series": rnd.choice(series),
            "priority": rnd.choice((1, 1, 1, 2, 3)), "exercise": rnd.random() < 0.15,
        }  # fmt: skip
        for zone in rnd.sample(zones, rnd.randint(1, len(zones))):
            rows.append(_row(rnd, number, at, zone, communes, broadcast))
    session.execute(insert(AsRunEntry.__table__), rows)
    as_run.recompute(session)
    for row in rnd.sample(rows, len(rows) // 6):
        for _ in range(rnd.choice((1, 1, 2))):
            as_run.correct(
                session, airing_id=row["airing_id"], zone_id=row["zone_id"],
                seconds_sounded=rnd.choice((0.0, 200.0, 500.0, 540.0)), reason=rnd.choice((None, Reason.STOPPED)),
                author="Mai", note="nghe lại", now=row["planned_at"], zone=STATION_ZONE,
            )  # fmt: skip
    return LogStation(communes=communes, zones=zones, series=series)


def _row(
    rnd: random.Random, number: int, at: datetime, zone: Zone, communes: list[Area], broadcast: dict[str, object]
) -> dict[str, object]:  # fmt: skip
    kind = rnd.choice([EntryKind.SOUNDED] * 4 + [item for item in EntryKind if item is not EntryKind.CORRECTION])
    sounded = {EntryKind.SOUNDED: 540.0, EntryKind.PARTIAL: 300.0, EntryKind.INTERRUPTED: 500.0}.get(kind, 0.0)
    series = broadcast["series"]
    assert isinstance(series, Series)
    day = local_day(at, STATION_ZONE)
    return {
        "airing_id": UUID(int=number + 1), "broadcast_id": broadcast["broadcast_id"], "zone_id": zone.id, "attempt": 1,
        "kind": kind, "planned_at": at, "started_at": at if sounded else None, "ended_at": None,
        "seconds_planned": 540.0, "seconds_sounded": sounded,
        "reason": None if kind is EntryKind.SOUNDED else rnd.choice(list(Reason)[:6]),
        "evidence": rnd.choice((Evidence.COMPLETED, Evidence.HANDED_OVER, Evidence.PLANNED)),
        "priority": broadcast["priority"], "exercise": broadcast["exercise"], "series_id": series.id,
        "series_title": series.title, "episode_year": 2026, "episode_number": number // 2 + 1, "title": f"Số {number}",
        "language": ("vi", "blt")[number % 2], "zone_code": zone.code, "zone_name": zone.name,
        "area_id": zone.area_id, "area_name": next(item.name for item in communes if item.id == zone.area_id),
        "loudspeakers": 2, "local_day": day, "local_month": local_month(at, STATION_ZONE), "source": "plan",
        "recorded_by": "may-1", "note": "", "recorded_at": at,
    }  # fmt: skip
