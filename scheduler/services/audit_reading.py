"""Reading the audit trail: by person, kind, action, day and words, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.people import Scope
from scheduler.domain.time import day_span
from scheduler.models import AuditEntry

PAGE = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFilter:
    """What is asked for; empty means all."""

    user_id: int | None = None
    kind: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None
    words: str = ""
    before: int | None = None
    """Only entries older than the one of this number: the next page."""


def find_entries(session: Session, asked: AuditFilter, *, within: Scope, zone: ZoneInfo) -> list[AuditEntry]:
    """A page of entries, the newest first; who manages some areas only sees what belongs to them."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE)
    equal = {AuditEntry.user_id: asked.user_id, AuditEntry.kind: asked.kind, AuditEntry.action: asked.action}
    for column, value in equal.items():
        if value not in {None, ""}:
            statement = statement.where(column == value)
    if asked.first is not None or asked.last is not None:
        first, last = asked.first or asked.last, asked.last or asked.first
        assert first is not None and last is not None  # noqa: S101 -- one of them is given
        span = day_span(min(first, last), max(first, last), zone)
        statement = statement.where(AuditEntry.at >= span.starts_at, AuditEntry.at < span.ends_at)
    if asked.words:
        statement = statement.where(AuditEntry.label.icontains(asked.words, autoescape=True))
    if asked.before is not None:
        statement = statement.where(AuditEntry.id < asked.before)
    if within.area_ids is not None:
        statement = statement.where(AuditEntry.area_id.in_(within.area_ids))
    return list(session.scalars(statement))


def find_names(session: Session, *, within: Scope) -> Sequence[tuple[int, str]]:
    """Everybody who is in that part of the trail, by name."""
    statement = select(AuditEntry.user_id, AuditEntry.who).where(AuditEntry.user_id.is_not(None)).distinct()
    if within.area_ids is not None:
        statement = statement.where(AuditEntry.area_id.in_(within.area_ids))
    rows = session.execute(statement)
    return sorted({number: name for number, name in rows if number is not None}.items(), key=lambda item: item[1])
