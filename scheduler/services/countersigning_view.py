"""What is shown of corrections by two persons: what waits, what was decided, what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.time import day_span
from scheduler.models import Airing, AsRunEntry, Broadcast, CorrectionRequest, Episode, Zone
from scheduler.services import tally
from scheduler.services.countersigning import is_about, is_open, within

MOST_SHOWN = 200
"""So many decided requests are listed, the latest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request with what it is about; `holds` is what the log says now, None where it says nothing."""

    request: CorrectionRequest
    holds: AsRunEntry | None
    zone_name: str
    zone_code: str
    planned_at: datetime
    seconds_planned: float
    language: str
    number: int
    year: int
    title: str

    @property
    def is_outdated(self) -> bool:
        """Tell whether the log says something else by now than what was looked at when it was asked for."""
        return self.request.decided_at is None and self.request.after != (
            0 if self.holds is None else self.holds.attempt
        )


def find_open(session: Session, scope: Scope = EVERYWHERE) -> list[Asked]:
    """What waits for a second person, the oldest first."""
    query = select(CorrectionRequest).where(is_open(), *within(scope)).order_by(CorrectionRequest.id)
    return _with_lines(session, session.scalars(query).all())


def find_decided(session: Session, scope: Scope = EVERYWHERE) -> list[Asked]:
    """What was decided, the latest first."""
    query = (
        select(CorrectionRequest)
        .where(CorrectionRequest.decided_at.is_not(None), *within(scope))
        .order_by(CorrectionRequest.decided_at.desc(), CorrectionRequest.id.desc())
        .limit(MOST_SHOWN)
    )
    return _with_lines(session, session.scalars(query).all())


def find_about(session: Session, airing_id: UUID, zone_id: int) -> list[CorrectionRequest]:
    """All requests about a delivery, the latest first."""
    query = select(CorrectionRequest).where(*is_about(airing_id, zone_id)).order_by(CorrectionRequest.id.desc())
    return list(session.scalars(query))


def count_open(session: Session, scope: Scope = EVERYWHERE) -> int:
    """How many requests wait for a second person."""
    query = select(func.count()).select_from(CorrectionRequest).where(is_open(), *within(scope))
    return session.scalar(query) or 0


def count_open_in(session: Session, first: date, last: date, *, zone: ZoneInfo) -> int:
    """How many requests about deliveries of some days wait for a second person."""
    span = day_span(first, last, zone)
    logged = select(AsRunEntry.id).where(
        AsRunEntry.airing_id == CorrectionRequest.airing_id,
        AsRunEntry.zone_id == CorrectionRequest.zone_id,
        AsRunEntry.local_day.between(first, last),
    )
    planned = (
        select(Airing.id)
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .where(
            Airing.id == CorrectionRequest.airing_id,
            and_(Broadcast.starts_at >= span.starts_at, Broadcast.starts_at < span.ends_at),
        )
    )
    query = select(func.count()).select_from(CorrectionRequest)
    return session.scalar(query.where(is_open(), or_(logged.exists(), planned.exists()))) or 0


def _with_lines(session: Session, requests: Sequence[CorrectionRequest]) -> list[Asked]:
    about = {request.airing_id for request in requests}
    held = session.scalars(select(AsRunEntry).where(AsRunEntry.airing_id.in_(about), tally.entry_holds()))
    entries = {(entry.airing_id, entry.zone_id): entry for entry in held}
    zones = {zone.id: zone for zone in session.scalars(select(Zone).where(Zone.id.in_({r.zone_id for r in requests})))}
    plan = _read_plan(session, about)
    told = []
    for request in requests:
        entry = entries.get((request.airing_id, request.zone_id))
        if entry is not None:
            told.append(_of_entry(request, entry))
        elif request.airing_id in plan:
            zone = zones[request.zone_id]
            facts = plan[request.airing_id]
            told.append(Asked(request=request, holds=None, zone_name=zone.name, zone_code=zone.code, **facts))
    return told


def _of_entry(request: CorrectionRequest, entry: AsRunEntry) -> Asked:
    return Asked(
        request=request,
        holds=entry,
        zone_name=entry.zone_name,
        zone_code=entry.zone_code,
        planned_at=entry.planned_at,
        seconds_planned=entry.seconds_planned,
        language=entry.language,
        number=entry.episode_number,
        year=entry.episode_year,
        title=entry.title,
    )


def _read_plan(session: Session, airings: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the plan says of airings, for those that the log does not know."""
    rows = session.execute(
        select(
            Airing.id, Broadcast.starts_at, Airing.seconds, Airing.language, Episode.number, Episode.year, Episode.title
        )
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(Airing.id.in_(airings))
    )
    names = ("planned_at", "seconds_planned", "language", "number", "year", "title")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
