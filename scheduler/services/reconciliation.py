"""Laying the plan and the log of a day beside each other: what came to what, and what nobody has answered for."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.periods import Period, months_of
from scheduler.domain.playout import Evidence, Reason
from scheduler.domain.reconciliation import OPEN, LineClass, Planned, Told, came_later, class_of, count_open
from scheduler.domain.station import Problem
from scheduler.domain.time import local_day
from scheduler.models import AsRunEntry, Broadcast, PeriodClose, Programme
from scheduler.models.playout import UNEXPLAINED
from scheduler.services import closed_books, log_waiting, tally
from scheduler.services.log_reading import within
from scheduler.services.log_waiting import WaitingLine

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class BookLine:
    """One delivery of a day: what the plan had, and what the log says last; without an entry `attempt` is 0."""

    kind: LineClass
    airing_id: UUID
    zone_id: int
    zone_code: str
    zone_name: str
    area_name: str
    series_title: str
    year: int
    number: int
    title: str
    language: str
    priority: int
    exercise: bool
    planned_at: datetime
    seconds_planned: float
    started_at: datetime | None = None
    seconds_sounded: float = 0.0
    reason: Reason | None = None
    evidence: Evidence = Evidence.PLANNED
    attempt: int = 0
    recorded_by: str = ""
    countersigned_by: str = ""
    recorded_at: datetime | None = None
    arrived_late: bool = False
    """The place itself told of it on a later day."""
    after_close: bool = False
    """It was written when the books of the day were closed already."""

    @property
    def is_open(self) -> bool:
        """Tell whether somebody must answer for it."""
        return self.kind in OPEN


@dataclass(frozen=True, kw_only=True, slots=True)
class DayBook:
    """A day by class: how many lines of each, and the lines that were asked for."""

    day: date
    numbers: Mapping[LineClass, int]
    """Of every class, those without a line too."""
    reasons: Mapping[Reason, int]
    """Of what did not sound in full, as far as it is known."""
    late_reports: int
    """Lines that the place itself told of on a later day."""
    after_close: int
    """Lines written when the books were closed already."""
    close: PeriodClose | None
    """The close that the day fell under, if its books are closed."""
    lines: Sequence[BookLine]
    found: int
    """How many lines are of the classes asked for, on all pages."""

    @property
    def open(self) -> int:
        """How many lines somebody must answer for."""
        return count_open(self.numbers)

    @property
    def total(self) -> int:
        """All lines of the day."""
        return sum(self.numbers.values())


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line before it is read whole."""

    planned_at: datetime
    zone_id: int
    kind: LineClass
    entry_id: int
    waiting: WaitingLine | None = None


def reconcile(
    session: Session,
    day: date,
    *,
    zone: ZoneInfo,
    now: datetime,
    areas: Collection[int] | None = None,
    wanted: Collection[LineClass] | None = None,
    page: int = 1,
    per_page: int | None = None,
) -> DayBook:
    """Every planned or logged delivery of a local day with its class; `lines` are those of the classes `wanted`.

    Without `per_page` all of them are read. With `areas` only zones that lie there count.
    """
    scope = EVERYWHERE if areas is None else Scope(area_ids=frozenset(areas))
    books = closed_books.read(session, day, day)
    numbers: Counter[LineClass] = Counter()
    reasons: Counter[Reason] = Counter()
    late = after = 0
    placed = []
    for row in session.execute(_narrow_rows(day, scope)):
        kind = _class_of_row(row)
        numbers[kind] += 1
        if kind in (LineClass.IN_PART, LineClass.MISSED) and row.reason is not None:
            reasons[row.reason] += 1
        late += came_later(source=row.source, written_on=local_day(row.recorded_at, zone), day=day)
        after += books.is_after(day=day, entry_id=row.id)
        if wanted is None or kind in wanted:
            placed.append(_Placed(row.planned_at, row.zone_id, kind, row.id))
    for line in _read_waiting(session, day, scope, zone):
        kind = _class_of_waiting(line, now)
        numbers[kind] += 1
        if wanted is None or kind in wanted:
            placed.append(_Placed(line.planned_at, line.zone_id, kind, 0, line))
    placed.sort(key=lambda item: (item.planned_at, item.zone_id, item.entry_id))
    start = (page - 1) * (per_page or 0)
    shown = placed if per_page is None else placed[start : start + per_page]
    return DayBook(
        day=day,
        numbers={kind: numbers[kind] for kind in LineClass},
        reasons={reason: reasons[reason] for reason in Reason if reasons[reason]},
        late_reports=late,
        after_close=after,
        close=books.close_of(day),
        lines=_read_lines(session, shown, zone=zone, books=books),
        found=len(placed),
    )


def open_days(
    session: Session,
    first: date,
    last: date,
    *,
    zone: ZoneInfo,
    now: datetime,
    areas: Collection[int] | None = None,
) -> dict[date, int]:
    """The days up to yesterday on which lines are open, each with their number.

    Costs what the unexplained entries and the broadcasts cost, not what the log does.
    """
    last = min(last, local_day(now, zone) - timedelta(days=1))
    if last < first:
        return {}
    scope = EVERYWHERE if areas is None else Scope(area_ids=frozenset(areas))
    found: Counter[date] = Counter(_days_without_reason(session, first, last, scope))
    planned = session.scalar(select(func.min(Broadcast.starts_at)))
    first = last if planned is None else min(last, max(first, local_day(planned, zone)))  # no plan, nothing waits
    for month in months_of(Period(first=first, last=last)):
        asked = LogFilter(first=month.first, last=month.last)
        for item in log_waiting.count_waiting(session, asked, scope, zone=zone):
            found[local_day(item.airing.starts_at, zone)] += item.zones
    return {day: found[day] for day in sorted(found)}


def find_problems(session: Session, *, now: datetime, zone: ZoneInfo) -> list[Problem]:
    """Whether yesterday has lines that nobody answered for."""
    yesterday = local_day(now, zone) - timedelta(days=1)
    number = open_days(session, yesterday, yesterday, zone=zone, now=now).get(yesterday, 0)
    return [Problem(code="books_open", facts={"day": yesterday, "number": number})] if number else []


# --- rows -------------------------------------------------------------------------------------------------------------
_COLUMNS = (
    AsRunEntry.id, AsRunEntry.zone_id, AsRunEntry.local_day, AsRunEntry.kind, AsRunEntry.reason, AsRunEntry.source,
    AsRunEntry.planned_at, AsRunEntry.started_at, AsRunEntry.seconds_planned, AsRunEntry.seconds_sounded,
    AsRunEntry.priority, AsRunEntry.recorded_at, Broadcast.state, Programme.zone_id.label("programme"),
)  # fmt: skip


def _narrow_rows(day: date, scope: Scope) -> Any:
    """What the class of each entry that holds on a day depends on."""
    return _with_plan(select(*_COLUMNS)).where(AsRunEntry.local_day == day, tally.entry_holds(), *within(scope))


def _with_plan(query: Any) -> Any:
    of_zone = (Programme.broadcast_id == AsRunEntry.broadcast_id) & (Programme.zone_id == AsRunEntry.zone_id)
    return query.outerjoin(Broadcast, Broadcast.id == AsRunEntry.broadcast_id).outerjoin(Programme, of_zone)


def _class_of_row(row: Any) -> LineClass:
    told = Told(
        kind=row.kind,
        reason=row.reason,
        source=row.source,
        planned_at=row.planned_at,
        started_at=row.started_at,
        seconds_planned=row.seconds_planned,
        seconds_sounded=row.seconds_sounded,
    )
    return class_of(told, Planned(in_programme=row.programme is not None, state=row.state, priority=row.priority))


def find_classes(session: Session, numbers: Sequence[int]) -> dict[int, LineClass]:
    """The classes of some entries by their numbers."""
    found = {}
    for first in range(0, len(numbers), _AT_ONCE):
        wanted = AsRunEntry.id.in_(numbers[first : first + _AT_ONCE])
        found.update(
            {row.id: _class_of_row(row) for row in session.execute(_with_plan(select(*_COLUMNS)).where(wanted))}
        )
    return found


def _days_without_reason(session: Session, first: date, last: date, scope: Scope) -> Iterator[date]:
    unexplained = text(UNEXPLAINED)  # spelled as in the partial index, so that it serves
    between = AsRunEntry.local_day.between(first, last)
    query = _with_plan(select(*_COLUMNS)).where(unexplained, between, tally.entry_holds(), *within(scope))
    for row in session.execute(query):
        if _class_of_row(row) is LineClass.NO_REASON:
            yield row.local_day


def _read_waiting(session: Session, day: date, scope: Scope, zone: ZoneInfo) -> Iterator[WaitingLine]:
    return log_waiting.stream_waiting(session, LogFilter(first=day, last=day), scope, zone=zone)


def _class_of_waiting(line: WaitingLine, now: datetime) -> LineClass:
    ends_at = line.planned_at + timedelta(seconds=line.airing.seconds)
    return LineClass.NEVER_REPORTED if ends_at <= now else LineClass.TO_COME


# --- lines ------------------------------------------------------------------------------------------------------------
def _read_lines(
    session: Session, placed: Sequence[_Placed], *, zone: ZoneInfo, books: closed_books.ClosedBooks
) -> list[BookLine]:  # fmt: skip
    numbers = [item.entry_id for item in placed if item.waiting is None]
    entries: dict[int, AsRunEntry] = {}
    for first in range(0, len(numbers), _AT_ONCE):
        chunk = session.scalars(select(AsRunEntry).where(AsRunEntry.id.in_(numbers[first : first + _AT_ONCE])))
        entries.update({entry.id: entry for entry in chunk})
    return [
        _logged_line(entries[item.entry_id], item.kind, zone=zone, books=books)
        if item.waiting is None
        else _waiting_line(item.waiting, item.kind)
        for item in placed
    ]


def _logged_line(
    entry: AsRunEntry, kind: LineClass, *, zone: ZoneInfo, books: closed_books.ClosedBooks
) -> BookLine:  # fmt: skip
    same = (
        "airing_id", "zone_id", "zone_code", "zone_name", "area_name", "series_title", "title", "language", "priority",
        "exercise", "planned_at", "seconds_planned", "started_at", "seconds_sounded", "reason", "evidence", "attempt",
        "recorded_by", "countersigned_by", "recorded_at",
    )  # fmt: skip
    written_on = local_day(entry.recorded_at, zone)
    return BookLine(
        kind=kind,
        year=entry.episode_year,
        number=entry.episode_number,
        arrived_late=came_later(source=entry.source, written_on=written_on, day=entry.local_day),
        after_close=books.is_after(day=entry.local_day, entry_id=entry.id),
        **{name: getattr(entry, name) for name in same},
    )


def _waiting_line(line: WaitingLine, kind: LineClass) -> BookLine:
    airing = line.airing
    return BookLine(
        kind=kind,
        airing_id=airing.id,
        zone_id=line.zone_id,
        zone_code=line.zone_code,
        zone_name=line.zone_name,
        area_name=line.area_name,
        series_title=airing.series_title,
        year=airing.year,
        number=airing.number,
        title=airing.title,
        language=airing.language,
        priority=airing.priority,
        exercise=airing.exercise,
        planned_at=line.planned_at,
        seconds_planned=airing.seconds,
    )
