"""Which days' books are closed (chốt sổ): asked by everything that writes what people say into the log."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.errors import BooksClosed
from scheduler.models import AsRunEntry, PeriodClose


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedBooks:
    """The closes of a stretch of days, to ask of many entries."""

    closes: tuple[PeriodClose, ...] = ()

    def close_of(self, day: date) -> PeriodClose | None:
        """The close that a day fell under first."""
        return next((close for close in self.closes if close.first <= day <= close.last), None)

    def is_after(self, *, day: date, entry_id: int) -> bool:
        """Tell whether an entry about a day was written when its books were closed already."""
        close = self.close_of(day)
        return close is not None and entry_id > close.last_entry


def read(session: Session, first: date, last: date) -> ClosedBooks:
    """The closes that reach into some days, the earliest first."""
    found = session.scalars(
        select(PeriodClose).where(PeriodClose.first <= last, PeriodClose.last >= first).order_by(PeriodClose.id)
    )
    return ClosedBooks(closes=tuple(found))


def is_closed(session: Session, day: date) -> bool:
    """Tell whether the books of a day are closed."""
    return read(session, day, day).close_of(day) is not None


def closed_days(session: Session, days: Iterable[date]) -> frozenset[date]:
    """Those of some days whose books are closed."""
    wanted = frozenset(days)
    if not wanted:
        return frozenset()
    books = read(session, min(wanted), max(wanted))
    return frozenset(day for day in wanted if books.close_of(day) is not None)


def check_open(session: Session, days: Collection[date]) -> None:
    """Raises `BooksClosed` when the books of one of these days are closed."""
    if closed := closed_days(session, days):
        raise BooksClosed(day=f"{min(closed):%d/%m/%Y}", number=len(closed))


def find_closes(session: Session) -> list[PeriodClose]:
    """All closes, the latest first."""
    return list(session.scalars(select(PeriodClose).order_by(PeriodClose.id.desc())))


def newest_entry(session: Session) -> int:
    """The number of the entry written last, 0 for none."""
    return session.scalar(select(func.max(AsRunEntry.id))) or 0
