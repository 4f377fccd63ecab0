"""What has aired, as planning needs it: when each episode was last heard, and what each slot had last."""

from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import Aired, BroadcastState
from scheduler.domain.time import local_day, local_instant
from scheduler.models import Airing, AiringTally, Broadcast, Episode

LEAST_SHARE_HEARD = 0.5
"""An airing of which no zone sounded so much leaves its episode waiting for the next slot."""


def about_to_air(written: dict[UUID, Broadcast], frozen: frozenset[UUID], *, start: datetime) -> list[Aired]:
    """What starts later and is fixed all the same counts as aired."""
    return [
        Aired(
            episode_id=row.episode_id,
            series_id=row.series_id,
            at=row.starts_at,
            slot_id=row.slot_id,
            occurrence_on=row.occurrence_on,
            heard=not row.exercise,
        )
        for row in written.values()
        if row.id in frozen and row.starts_at >= start and row.state is not BroadcastState.CANCELLED
    ]


def load_history(session: Session, zone: ZoneInfo, *, start: datetime) -> list[Aired]:
    """When each episode was last heard, and what each slot had last.

    A past broadcast that no tally tells of counts as heard: it is on air, or its log is not written yet.
    """
    best = (
        select(Airing.broadcast_id, func.max(AiringTally.best_share).label("share"))
        .join(AiringTally, AiringTally.airing_id == Airing.id)
        .group_by(Airing.broadcast_id)
        .subquery()
    )
    is_past = and_(Broadcast.starts_at < start, Broadcast.state != BroadcastState.CANCELLED)
    heard = session.execute(
        select(Broadcast.episode_id, Broadcast.series_id, func.max(Broadcast.starts_at))
        .outerjoin(best, best.c.broadcast_id == Broadcast.id)
        .where(is_past, Broadcast.exercise.is_(False), or_(best.c.share.is_(None), best.c.share >= LEAST_SHARE_HEARD))
        .group_by(Broadcast.episode_id, Broadcast.series_id)
    )
    latest = (
        select(Broadcast.slot_id, func.max(Broadcast.starts_at).label("at"))
        .where(is_past)
        .group_by(Broadcast.slot_id)
        .subquery()
    )
    of_slots = session.scalars(
        select(Broadcast)
        .join(latest, and_(latest.c.slot_id == Broadcast.slot_id, latest.c.at == Broadcast.starts_at))
        .where(is_past)
    )
    return [
        *(Aired(episode_id=episode_id, series_id=series_id, at=at) for episode_id, series_id, at in heard if at),
        *(
            Aired(
                episode_id=row.episode_id,
                series_id=row.series_id,
                at=row.starts_at,
                slot_id=row.slot_id,
                occurrence_on=row.occurrence_on,
                heard=False,
            )
            for row in of_slots
        ),
        *_load_imported(session, zone, start=start),
    ]


def _load_imported(session: Session, zone: ZoneInfo, *, start: datetime) -> list[Aired]:
    """What the tallies know of airings that have no broadcast any more, or never had one."""
    rows = session.execute(
        select(Episode.id, Episode.series_id, func.max(AiringTally.local_day))
        .join(
            AiringTally,
            (AiringTally.series_id == Episode.series_id)
            & (AiringTally.episode_year == Episode.year)
            & (AiringTally.episode_number == Episode.number),
        )
        .outerjoin(Airing, Airing.id == AiringTally.airing_id)
        .where(
            Airing.id.is_(None),
            AiringTally.exercise.is_(False),
            AiringTally.best_share >= LEAST_SHARE_HEARD,
            AiringTally.local_day < local_day(start, zone),
        )
        .group_by(Episode.id, Episode.series_id)
    )
    return [
        Aired(episode_id=episode_id, series_id=series_id, at=local_instant(day, time.min, zone))
        for episode_id, series_id, day in rows
        if day is not None
    ]
