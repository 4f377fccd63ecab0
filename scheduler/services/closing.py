"""Closing the books of a period (chốt sổ): what is still open, the numbers as they are then, what came after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import Count
from scheduler.domain.reconciliation import tell_days
from scheduler.domain.text import tidy
from scheduler.domain.time import local_day
from scheduler.errors import (
    BadField,
    BadPeriod,
    LinesOpen,
    PeriodClosedAlready,
    PeriodNotOver,
    RequestsOpen,
    UnknownClose,
)
from scheduler.models import AiringTally, AsRunEntry, PeriodClose
from scheduler.services import closed_books, countersigning_view, counting, reconciliation, tally

MOST_LATER = 500
"""So many entries that came after a close are listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What closing a period would say, and what keeps it from being closed."""

    count: Count
    zones: Mapping[str, int]
    """Deliveries by what they came to."""
    open_days: Mapping[date, int]
    requests: int
    """Corrections that wait for a second person."""
    is_over: bool
    closed_before: Sequence[PeriodClose]
    """Closes that reach into the period."""
    same: PeriodClose | None
    """The close of exactly this period."""

    @property
    def open(self) -> int:
        """How many lines nobody has answered for."""
        return sum(self.open_days.values())

    @property
    def may_close(self) -> bool:
        """Tell whether nothing keeps the period from being closed."""
        return self.is_over and not self.open and not self.requests and self.same is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """What was written about the days of a close after it."""

    entries: Sequence[AsRunEntry]
    number: int
    count: Count
    """The numbers as they are now."""

    @property
    def has_changed(self) -> bool:
        """Tell whether anything came after the close."""
        return self.number > 0


def preview(session: Session, first: date, last: date, *, now: datetime, zone: ZoneInfo) -> Preview:
    """What closing the period would say now. Raises `BadPeriod`."""
    count = counting.count(session, first=first, last=last, zone=zone)
    before = closed_books.read(session, first, last).closes
    return Preview(
        count=count,
        zones=_count_zones(session, first, last),
        open_days=reconciliation.open_days(session, first, last, zone=zone, now=now),
        requests=countersigning_view.count_open_in(session, first, last, zone=zone),
        is_over=last < local_day(now, zone),
        closed_before=before,
        same=next((item for item in before if (item.first, item.last) == (first, last)), None),
    )


def close(
    session: Session,
    first: date,
    last: date,
    *,
    by: str,
    user_id: int | None,
    note: str,
    now: datetime,
    zone: ZoneInfo,
) -> PeriodClose:
    """Close the books of a period: from now on its log is changed by two persons only, and late reports are told.

    Raises `BadField` without a name, `BadPeriod`, `PeriodNotOver`, `PeriodClosedAlready`, `LinesOpen`, `RequestsOpen`.
    """
    if not tidy(by):
        raise BadField(field="by", value=by)
    if last < first:
        raise BadPeriod(first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    tally.lock(session)  # nothing is written into the log between this look and the close
    found = preview(session, first, last, now=now, zone=zone)
    _check(found, last=last, zone=zone)
    made = PeriodClose(
        first=first,
        last=last,
        closed_at=now,
        closed_by=tidy(by),
        user_id=user_id,
        count=_as_values(found),
        sentence=found.count.sentence,
        last_entry=closed_books.newest_entry(session),
        note=tidy(note),
    )
    session.add(made)
    session.flush()
    return made


def get_close(session: Session, number: int) -> PeriodClose:
    """A close by its number. Raises `UnknownClose`."""
    found = session.get(PeriodClose, number)
    if found is None:
        raise UnknownClose(number=number)
    return found


def find_later(session: Session, closed: PeriodClose, *, zone: ZoneInfo) -> Later:
    """What came about the days of a close after it: late reports of villages, corrections by two persons."""
    about = (AsRunEntry.local_day.between(closed.first, closed.last), AsRunEntry.id > closed.last_entry)
    newest = select(AsRunEntry).where(*about).order_by(AsRunEntry.id.desc()).limit(MOST_LATER)
    return Later(
        entries=list(session.scalars(newest)),
        number=session.scalar(select(func.count()).select_from(AsRunEntry).where(*about)) or 0,
        count=counting.count(session, first=closed.first, last=closed.last, zone=zone),
    )


def _check(found: Preview, *, last: date, zone: ZoneInfo) -> None:
    if not found.is_over:
        raise PeriodNotOver(last=f"{last:%d/%m/%Y}")
    if found.same is not None:
        at = found.same.closed_at.astimezone(zone)
        raise PeriodClosedAlready(by=found.same.closed_by, at=f"{at:%H:%M %d/%m/%Y}")
    if found.open:
        raise LinesOpen(number=found.open, days=tell_days(found.open_days))
    if found.requests:
        raise RequestsOpen(number=found.requests)


def _count_zones(session: Session, first: date, last: date) -> dict[str, int]:
    sums = session.execute(
        select(
            func.sum(AiringTally.zones_sounded), func.sum(AiringTally.zones_partial), func.sum(AiringTally.zones_missed)
        ).where(AiringTally.local_day.between(first, last))
    ).one()
    return dict(zip(("sounded", "partial", "missed"), (number or 0 for number in sums), strict=True))


def _as_values(found: Preview) -> dict[str, Any]:
    """The numbers as plain values, to be kept as they are."""
    count = found.count
    return {
        "produced": dict(count.produced),
        "broadcast": dict(count.broadcast),
        "planned": count.planned,
        "missed_by_reason": dict(count.missed_by_reason),
        "apart": dict(count.apart),
        "by_series": dict(count.by_series),
        "zones": dict(found.zones),
        "rule": {
            "number": count.rule.number,
            "least_share": count.rule.least_share,
            "least_evidence": count.rule.least_evidence.value,
        },
    }
