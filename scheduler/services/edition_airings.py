"""When editions aired last and air next, and what became of each airing: read from the plan and the kept tallies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.models import Airing, AiringTally, Broadcast

MOST_TO_COME = 10
MOST_PAST = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class AiringTimes:
    """When an edition was last heard in a zone at least, and when it is planned next."""

    last_at: datetime | None = None
    next_at: datetime | None = None


NEVER = AiringTimes()


@dataclass(frozen=True, kw_only=True, slots=True)
class PastAiring:
    """One airing and, once anything of it is in the log, what became of it over all zones."""

    starts_at: datetime
    language: str
    state: BroadcastState
    exercise: bool
    tally: AiringTally | None


def find_times(session: Session, edition_ids: Collection[int], *, now: datetime) -> dict[int, AiringTimes]:
    """Last and next airing of each edition that has one; three indexes, and not a line of the log, are read."""
    heard = AiringTally.zones_sounded + AiringTally.zones_partial > 0
    last = dict(
        session.execute(
            select(Airing.edition_id, func.max(Broadcast.starts_at))
            .join(Broadcast, Broadcast.id == Airing.broadcast_id)
            .join(AiringTally, AiringTally.airing_id == Airing.id)
            .where(Airing.edition_id.in_(edition_ids), heard)
            .group_by(Airing.edition_id)
        ).all()
    )
    coming = dict(
        session.execute(
            select(Airing.edition_id, func.min(Broadcast.starts_at))
            .join(Broadcast, Broadcast.id == Airing.broadcast_id)
            .where(Airing.edition_id.in_(edition_ids), *_to_come(now))
            .group_by(Airing.edition_id)
        ).all()
    )
    return {
        number: AiringTimes(last_at=last.get(number), next_at=coming.get(number)) for number in last.keys() | coming
    }


def find_to_come(session: Session, edition_ids: Collection[int], *, now: datetime) -> list[PastAiring]:
    """The next airings of these editions, the nearest first."""
    query = _airings(edition_ids).where(*_to_come(now)).order_by(Broadcast.starts_at, Airing.language.desc())
    return _read(session, query.limit(MOST_TO_COME))


def find_past(session: Session, edition_ids: Collection[int], *, now: datetime) -> list[PastAiring]:
    """The latest airings of these editions that are over or should be, the newest first."""
    query = _airings(edition_ids).where(Broadcast.starts_at < now)
    return _read(session, query.order_by(Broadcast.starts_at.desc(), Airing.language.desc()).limit(MOST_PAST))


def _to_come(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Broadcast.starts_at >= now, Broadcast.state == BroadcastState.PLANNED


def _airings(edition_ids: Collection[int]) -> "Select[datetime, str, BroadcastState, bool, AiringTally]":
    return (
        select(Broadcast.starts_at, Airing.language, Broadcast.state, Broadcast.exercise, AiringTally)
        .select_from(Airing)
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .outerjoin(AiringTally, AiringTally.airing_id == Airing.id)
        .where(Airing.edition_id.in_(edition_ids))
    )


def _read(session: Session, query: "Select[datetime, str, BroadcastState, bool, AiringTally]") -> list[PastAiring]:
    return [
        PastAiring(starts_at=starts_at, language=language, state=state, exercise=exercise, tally=tally)
        for starts_at, language, state, exercise, tally in session.execute(query)
    ]
