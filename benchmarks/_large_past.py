"""What a large station for benchmarks has broadcast: years of airings to all its zones, with the log."""
# ruff: noqa: E501 -- rows are written as rows

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks._station_rows import LANGUAGES, SECONDS, Size, hash_of, write
from scheduler.domain.identity import uuid7
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.programme import EditionState
from scheduler.domain.time import local_instant
from scheduler.models import (
    Airing,
    Area,
    AsRunEntry,
    Broadcast,
    Claim,
    Edition,
    Episode,
    Programme,
    RunningOrder,
    Series,
    Zone,
)
from scheduler.ports import Part
from scheduler.services.plan_rows import key_of
from scheduler.station import Station

ENTRY = (EntryKind.SOUNDED, SECONDS, None)
ENDINGS = (
    *(ENTRY,) * 18,
    (EntryKind.PARTIAL, 500.0, Reason.LATE_START),
    (EntryKind.MISSED, 0.0, Reason.CARRIER_FAILED),
)


def make_past(session: Session, size: Size, today: date, station: Station) -> None:
    """Broadcasts to all zones, spread over the years, the last one this morning, with their entries in the log."""
    order = a_running_order(session)
    zones = session.execute(
        select(Zone.id, Zone.code, Zone.name, Area.parent_id).join(Area, Area.id == Zone.area_id)
    ).all()
    communes = dict(session.execute(select(Area.id, Area.name)).all())
    by_episode: dict[tuple[int, int], list[Any]] = {}
    for row in session.execute(
        select(
            Edition.id,
            Edition.language,
            Episode.id,
            Episode.series_id,
            Episode.year,
            Episode.number,
            Episode.title,
            Series.title,
        )
        .join(Episode, Episode.id == Edition.episode_id)
        .join(Series, Series.id == Episode.series_id)
        .where(Edition.state == EditionState.APPROVED)
        .order_by(Episode.id, Edition.language.desc())
    ):
        by_episode.setdefault((row[4], row[2]), []).append(row)
    years = sorted({year for year, _ in by_episode})
    for year in years:
        episodes = [editions for (of, _), editions in by_episode.items() if of == year]
        days = 365 if year < today.year else (today - date(year, 1, 1)).days
        number = size.broadcasts_a_year * max(days, 1) // 365
        for n in range(number):
            day = (
                today
                if year == today.year and n == number - 1
                else date(year, 1, 1) + timedelta(days=n * days // number)
            )
            at = local_instant(day, time(5, 0), station.settings.time_zone)
            one_past(session, episodes[n % len(episodes)], zones, communes, at=at, day=day, order=order)


def one_past(
    session: Session, editions: list[Any], zones: Any, communes: dict[int, str], *, at: datetime, day: date, order: str
) -> None:
    first = editions[0]
    broadcast = uuid7(now=at)
    ends = at + timedelta(seconds=SECONDS * len(editions))
    write(
        session,
        Broadcast,
        [
            {
                "id": broadcast,
                "slot_id": None,
                "occurrence_on": None,
                "series_id": first[3],
                "episode_id": first[2],
                "starts_at": at,
                "ends_at": ends,
                "priority": 1,
                "state": BroadcastState.DONE,
                "exercise": False,
                "pinned": False,
                "why": {"code": "one_off"},
                "planned_at": at,
            }
        ],
    )
    airings = [(uuid7(now=at), row) for row in editions]
    write(
        session,
        Airing,
        [
            {
                "id": number,
                "broadcast_id": broadcast,
                "edition_id": row[0],
                "language": row[1],
                "recording_sha256": hash_of("take", row[0]),
                "master_sha256": hash_of("master", row[0]),
                "seconds": SECONDS,
            }
            for number, row in airings
        ],
    )
    write(
        session,
        Programme,
        [{"broadcast_id": broadcast, "zone_id": zone[0], "running_order_key": order} for zone in zones],
    )
    write(
        session,
        Claim,
        [
            {
                "broadcast_id": broadcast,
                "zone_id": zone[0],
                "owner": "playout.old",
                "token": 1,
                "claimed_at": at,
                "started_at": at,
                "offset_s": 0.0,
                "closed_at": ends,
            }
            for zone in zones
        ],
    )
    write(session, AsRunEntry, entries(airings, zones, communes, broadcast=broadcast, at=at, day=day))


def entries(
    airings: list[tuple[UUID, Any]], zones: Any, communes: dict[int, str], *, broadcast: UUID, at: datetime, day: date
) -> Iterator[dict[str, Any]]:
    for place, (airing, row) in enumerate(airings):
        began = at + timedelta(seconds=SECONDS * place)
        for zone_id, code, name, commune in zones:
            kind, seconds, reason = ENDINGS[(zone_id * 7 + airing.int) % len(ENDINGS)]
            yield {
                "airing_id": airing, "broadcast_id": broadcast, "zone_id": zone_id, "attempt": 1, "kind": kind, "planned_at": began,
                "started_at": began if seconds else None, "ended_at": began + timedelta(seconds=seconds) if seconds else None,
                "seconds_planned": SECONDS, "seconds_sounded": seconds, "reason": reason, "evidence": Evidence.HANDED_OVER,
                "recording_sha256": None, "master_sha256": None, "rendition_sha256": None, "priority": 1, "exercise": False,
                "series_id": row[3], "series_title": row[7], "episode_year": row[4], "episode_number": row[5], "title": row[6],
                "language": row[1], "zone_code": code, "zone_name": name, "area_id": commune, "area_name": communes[commune],
                "loudspeakers": 2, "local_day": day, "local_month": f"{day:%Y-%m}", "source": "plan", "recorded_by": "playout.old",
                "note": "", "recorded_at": began,
            }  # fmt: skip


def a_running_order(session: Session) -> str:
    parts = [
        Part(role="edition", sha256=hash_of("master", 1), seconds=SECONDS, language=language) for language in LANGUAGES
    ]
    key = key_of(parts)
    session.add(
        RunningOrder(
            key=key,
            parts=[
                {"role": part.role, "sha256": part.sha256, "seconds": part.seconds, "language": part.language}
                for part in parts
            ],
        )
    )
    session.flush()
    return key
