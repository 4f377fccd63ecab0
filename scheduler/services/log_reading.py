"""Reading the as-run log as people ask for it: the deliveries that fit a filter, each with its corrections."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, literal, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from scheduler.domain.counting import outcome_of
from scheduler.domain.log_filter import KINDS, Ending, LogFilter, Sort, check_period
from scheduler.domain.people import Scope
from scheduler.domain.planning import Priority
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.text import fold
from scheduler.errors import UnknownDelivery
from scheduler.models import AsRunEntry, Zone

MOST_LINES = 10_000
"""So many lines are found for a screen; who wants more narrows the filter or exports."""
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """A delivery of the log: what the station wrote first, and the corrections of it in order."""

    entries: tuple[AsRunEntry, ...]

    @property
    def first(self) -> AsRunEntry:
        """What the station wrote."""
        return self.entries[0]

    @property
    def holds(self) -> AsRunEntry:
        """What counts: the last word on it."""
        return self.entries[-1]

    @property
    def corrections(self) -> tuple[AsRunEntry, ...]:
        """What people wrote later."""
        return self.entries[1:]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundLines:
    """One page of lines, and how many there are (of more than `MOST_LINES` nobody counts the rest)."""

    lines: Sequence[LogLine]
    number: int
    is_cut: bool


def find_lines(
    session: Session, wanted: LogFilter, scope: Scope, *, page: int = 1, per_page: int = 100
) -> FoundLines:  # fmt: skip
    """A page of the deliveries that fit, in the order of the day."""
    numbers = list(session.scalars(_in_order(_fitting(session, wanted, scope, AsRunEntry.id)).limit(MOST_LINES + 1)))
    start = (page - 1) * per_page
    firsts = session.scalars(select(AsRunEntry).where(AsRunEntry.id.in_(numbers[start : start + per_page])))
    by_number = {entry.id: entry for entry in firsts}
    shown = [by_number[number] for number in numbers[start : start + per_page]]
    return FoundLines(
        lines=lines_of(session, shown),
        number=min(len(numbers), MOST_LINES),
        is_cut=len(numbers) > MOST_LINES,
    )


class LineKey(NamedTuple):
    """Where a line stands in the order of the log."""

    local_day: date
    planned_at: datetime
    zone_id: int
    language: str
    airing_id: UUID


def key_of(line: LogLine) -> LineKey:
    """Where a line stands in the order of the log."""
    first = line.first
    return LineKey(first.local_day, first.planned_at, first.zone_id, first.language, first.airing_id)


def find_lines_after(
    session: Session, wanted: LogFilter, scope: Scope, *, after: LineKey | None, limit: int
) -> list[LogLine]:  # fmt: skip
    """So many deliveries that fit and come after a line, in the order of the log; however many there are before it.

    Raises `BadPeriod`, `PeriodTooLong`.
    """
    order = [getattr(AsRunEntry, name) for name in LineKey._fields]
    found: list[AsRunEntry] = []
    for part, conditions in _parts_after(wanted, after):
        query = _fitting(session, part, scope, AsRunEntry).where(*conditions).order_by(*order)
        found += session.scalars(query.limit(limit - len(found)))
        if len(found) == limit:
            break
    return lines_of(session, found)


def _parts_after(
    wanted: LogFilter, after: LineKey | None
) -> Iterator[tuple[LogFilter, list[ColumnElement[bool]]]]:  # fmt: skip
    """What follows a line: the same instant, the same day, later days; each is one stretch of the index of the log.

    Asked at once, the database would begin at the first day, or at the first zone of the day.
    """
    if after is None:
        yield wanted, []
        return
    entry, same_day = AsRunEntry, replace(wanted, first=after.local_day, last=after.local_day)
    later = tuple_(entry.zone_id, entry.language, entry.airing_id) > tuple_(
        literal(after.zone_id), literal(after.language), literal(after.airing_id, entry.airing_id.type)
    )
    if wanted.first <= after.local_day <= wanted.last:
        day = entry.local_day == after.local_day
        yield same_day, [day, entry.planned_at == after.planned_at, entry.zone_id >= after.zone_id, later]
        yield same_day, [day, entry.planned_at > after.planned_at]
    next_day = max(wanted.first, after.local_day + timedelta(days=1))
    if next_day <= wanted.last:
        yield replace(wanted, first=next_day), []


def has_more_than(session: Session, wanted: LogFilter, scope: Scope, *, limit: int) -> bool:
    """Tell whether more deliveries fit than so many."""
    found = session.scalars(_fitting(session, wanted, scope, AsRunEntry.id).limit(limit + 1))
    return sum(1 for _ in found) > limit


def stream_lines(session: Session, wanted: LogFilter, scope: Scope) -> Iterator[LogLine]:
    """All deliveries that fit, one after another, without holding them all."""
    query = _in_order(_fitting(session, wanted, scope, AsRunEntry)).execution_options(yield_per=_AT_ONCE)
    firsts = iter(session.scalars(query))
    while chunk := list(islice(firsts, _AT_ONCE)):
        yield from lines_of(session, chunk)


def get_delivery(session: Session, airing_id: UUID, zone_id: int, scope: Scope) -> LogLine:
    """All that the log says of one delivery. Raises `UnknownDelivery`, also for one outside of the scope."""
    found = find_delivery(session, airing_id, zone_id, scope)
    if found is None:
        raise UnknownDelivery(airing=str(airing_id)[:8], zone=zone_id)
    return found


def find_delivery(session: Session, airing_id: UUID, zone_id: int, scope: Scope) -> LogLine | None:
    """All that the log says of one delivery within a scope, or nothing."""
    entries = session.scalars(
        select(AsRunEntry)
        .where(AsRunEntry.airing_id == airing_id, AsRunEntry.zone_id == zone_id, *within(scope))
        .order_by(AsRunEntry.attempt)
    )
    found = tuple(entries)
    return LogLine(entries=found) if found else None


def find_zone_ids(session: Session, place: str) -> list[int]:
    """The zones that a text means: the one with this code, else all whose code or name holds it."""
    wanted = fold(place)
    known = [
        (number, fold(code), name) for number, code, name in session.execute(select(Zone.id, Zone.code, Zone.name))
    ]
    exact = [number for number, code, _ in known if code == wanted]
    return exact or [number for number, code, name in known if wanted in code or wanted in fold(name)]


def within(scope: Scope) -> list[ColumnElement[bool]]:
    """Entries of a scope: of its areas on that day, and of zones that lie there now."""
    if scope.area_ids is None:
        return []
    zones = select(Zone.id).where(Zone.area_id.in_(scope.area_ids))
    return [or_(AsRunEntry.area_id.in_(scope.area_ids), AsRunEntry.zone_id.in_(zones))]


# --- the query ------------------------------------------------------------------------------------------------------
def _fitting(session: Session, wanted: LogFilter, scope: Scope, what: Any) -> Select[Any]:
    """First entries of the deliveries that fit. Raises `BadPeriod`, `PeriodTooLong`."""
    check_period(wanted)
    conditions = [
        AsRunEntry.local_day.between(wanted.first, wanted.last),
        AsRunEntry.attempt == 1,
        *_static(session, wanted),
        *within(scope),
    ]
    if wanted.asks_what_waits:
        conditions.append(false())
    elif wanted.asks_what_happened:
        conditions.append(_came_to(session, wanted))
    return select(what).where(*conditions)


def _in_order(query: Select[Any]) -> Select[Any]:
    """By time, then by zone: the order of the index that holds all that is filtered by."""
    entry = AsRunEntry
    return query.order_by(entry.local_day, entry.planned_at, entry.zone_id, entry.language, entry.id)


def _static(session: Session, wanted: LogFilter) -> list[ColumnElement[bool]]:
    """What is the same for all entries of a delivery."""
    found: list[ColumnElement[bool]] = []
    if wanted.place:
        found.append(AsRunEntry.zone_id.in_(find_zone_ids(session, wanted.place)))
    for column, value in (
        (AsRunEntry.area_id, wanted.area_id),
        (AsRunEntry.language, wanted.language or None),
        (AsRunEntry.series_id, wanted.series_id),
        (AsRunEntry.airing_id, wanted.airing_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.sort is not None:
        found.append(_is_of(wanted.sort))
    return found


def _is_of(sort: Sort) -> ColumnElement[bool]:
    if sort is Sort.EXERCISE:
        return AsRunEntry.exercise.is_(True)
    is_urgent = AsRunEntry.priority >= int(Priority.EMERGENCY)
    return and_(AsRunEntry.exercise.is_(False), is_urgent if sort is Sort.EMERGENCY else ~is_urgent)


def _came_to(session: Session, wanted: LogFilter) -> ColumnElement[bool]:
    """Deliveries whose last word fits: not corrected ones by the first entry, corrected ones by the correction."""
    last_words = _read_last_words(session, wanted)
    fitting = [item.first_id for item in last_words if _fits(item, wanted)]
    corrected = AsRunEntry.id.in_(_numbers(fitting)) if fitting else false()
    if wanted.ending is Ending.CORRECTED:
        return corrected
    own = [AsRunEntry.reason == wanted.reason] if wanted.reason is not None else []
    if wanted.ending is not None:
        own.append(AsRunEntry.kind.in_(KINDS[wanted.ending]))
    if not last_words:
        return and_(*own)
    return or_(and_(*own, AsRunEntry.id.not_in(_numbers(item.first_id for item in last_words))), corrected)


class _LastWord(NamedTuple):
    """The correction that holds for a delivery, and the number of the entry it corrects."""

    first_id: int
    kind: EntryKind
    reason: Reason | None
    sounded: float
    planned: float
    local_day: date


def _read_last_words(session: Session, wanted: LogFilter) -> list[_LastWord]:
    """Corrections are few and have an index of their own; SQLite takes it when nothing else is asked of them."""
    last, first, later = aliased(AsRunEntry), aliased(AsRunEntry), aliased(AsRunEntry)
    superseded = select(later.id).where(
        later.airing_id == last.airing_id, later.zone_id == last.zone_id, later.attempt > last.attempt
    )
    query = (
        select(first.id, last.kind, last.reason, last.seconds_sounded, last.seconds_planned, last.local_day)
        .join_from(last, first, and_(last.airing_id == first.airing_id, last.zone_id == first.zone_id))
        .where(last.attempt > literal_column("1"), first.attempt == 1, ~superseded.exists())
    )
    found = (_LastWord(*row) for row in session.execute(query))
    return [item for item in found if wanted.first <= item.local_day <= wanted.last]


def _fits(said: _LastWord, wanted: LogFilter) -> bool:
    if wanted.reason is not None and said.reason is not wanted.reason:
        return False
    if wanted.ending is None or wanted.ending is Ending.CORRECTED:
        return True
    return outcome_of(said.kind, sounded=said.sounded, planned=said.planned).value == wanted.ending.value


def _numbers(numbers: Iterable[int]) -> Any:
    """Numbers of rows as a list of the statement itself, which may be longer than a list of parameters."""
    return bindparam(None, list(numbers), expanding=True, literal_execute=True)


def lines_of(session: Session, firsts: Sequence[AsRunEntry]) -> list[LogLine]:
    """Deliveries by their first entries, each with what was written about it later."""
    corrections: dict[tuple[UUID, int], list[AsRunEntry]] = defaultdict(list)
    airings = {entry.airing_id for entry in firsts}
    later = select(AsRunEntry).where(
        AsRunEntry.airing_id.in_(airings), AsRunEntry.attempt > literal_column("1")
    )  # fmt: skip
    for entry in session.scalars(later.order_by(AsRunEntry.attempt)):
        corrections[entry.airing_id, entry.zone_id].append(entry)
    return [LogLine(entries=(entry, *corrections[entry.airing_id, entry.zone_id])) for entry in firsts]
