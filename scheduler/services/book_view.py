"""What the page of a day's books shows: the day by class, and the month around it with what is open and closed."""

from calendar import MONDAY, Calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scheduler.domain.reconciliation import LineClass
from scheduler.domain.time import local_day
from scheduler.services import closed_books, reconciliation
from scheduler.services.reconciliation import DayBook


@dataclass(frozen=True, kw_only=True, slots=True)
class DayCell:
    """A day of the calendar: how many lines are open, whether its books are closed, whether it is over."""

    day: date
    open: int
    is_closed: bool
    is_over: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BookView:
    """A day's books, and its month in weeks from Monday; days of other months are None."""

    book: DayBook
    weeks: Sequence[Sequence[DayCell | None]]
    month_open: int
    """Open lines of the month's days that are over."""


def look(
    session: Session,
    day: date,
    *,
    zone: ZoneInfo,
    now: datetime,
    areas: Collection[int] | None = None,
    wanted: Collection[LineClass] | None = None,
    page: int = 1,
    per_page: int = 100,
) -> BookView:
    """A page of a day's lines with the month around it."""
    today = local_day(now, zone)
    month = [item for item in Calendar(MONDAY).itermonthdates(day.year, day.month) if item.month == day.month]
    found = reconciliation.open_days(session, month[0], month[-1], zone=zone, now=now, areas=areas)
    books = closed_books.read(session, month[0], month[-1])
    cells = {
        item: DayCell(
            day=item,
            open=found.get(item, 0),
            is_closed=books.close_of(item) is not None,
            is_over=item < today,
        )
        for item in month
    }
    return BookView(
        book=reconciliation.reconcile(
            session, day, zone=zone, now=now, areas=areas, wanted=wanted, page=page, per_page=per_page
        ),
        weeks=[[cells.get(item) for item in week] for week in Calendar(MONDAY).monthdatescalendar(day.year, day.month)],
        month_open=sum(found.values()),
    )
