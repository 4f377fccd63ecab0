"""Stretches of days that reports are about: years, quarters, months, the reporting period, the same a year before."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

REPORT_BEGINS = (12, 15)
REPORT_ENDS = (11, 15)
"""A reporting year runs from 15 December of the year before to 15 November, both days included."""


class Preset(StrEnum):
    """A period that people ask for by name."""

    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    THIS_QUARTER = "this_quarter"
    LAST_QUARTER = "last_quarter"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    REPORT = "report"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Two days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def until(self, day: date) -> "Period | None":
        """The part of it up to a day; None when it begins later."""
        return None if self.first > day else Period(first=self.first, last=min(self.last, day))


def period_of(preset: Preset, *, today: date) -> Period:
    """The days that a name means today."""
    quarter = (today.month - 1) // 3
    match preset:
        case Preset.THIS_YEAR:
            return year_of(today.year)
        case Preset.LAST_YEAR:
            return year_of(today.year - 1)
        case Preset.THIS_QUARTER:
            return _months(today.year, quarter * 3 + 1, number=3)
        case Preset.LAST_QUARTER:
            return _months(today.year, quarter * 3 - 2, number=3)
        case Preset.THIS_MONTH:
            return _months(today.year, today.month, number=1)
        case Preset.LAST_MONTH:
            return _months(today.year, today.month - 1, number=1)
        case Preset.REPORT:
            return report_of(today.year + 1 if today >= date(today.year, *REPORT_BEGINS) else today.year)


def year_of(year: int) -> Period:
    """A calendar year."""
    return Period(first=date(year, 1, 1), last=date(year, 12, 31))


def report_of(year: int) -> Period:
    """The reporting period that ends in a year."""
    return Period(first=date(year - 1, *REPORT_BEGINS), last=date(year, *REPORT_ENDS))


def year_before(period: Period) -> Period:
    """The same days a year before; the last day of a February stays the last day of February."""
    return Period(first=_a_year_before(period.first, at_end=False), last=_a_year_before(period.last, at_end=True))


def months_of(period: Period) -> list[Period]:
    """Its months one after another; the first and the last may be parts of months."""
    found = []
    first = period.first
    while first <= period.last:
        last = min(_end_of_month(first), period.last)
        found.append(Period(first=first, last=last))
        first = last + timedelta(days=1)
    return found


def years_of(period: Period) -> list[Period]:
    """Its calendar years one after another; the first and the last may be parts of years."""
    return [
        Period(first=max(period.first, date(year, 1, 1)), last=min(period.last, date(year, 12, 31)))
        for year in range(period.first.year, period.last.year + 1)
    ]


def is_whole_month(period: Period) -> bool:
    """Tell whether it is one calendar month from its first day to its last."""
    return period.first.day == 1 and period.last == _end_of_month(period.first)


def split_months(period: Period) -> tuple[Sequence[Period], Sequence[Period]]:
    """The whole months of a period, and what is left of months at its ends."""
    months = months_of(period)
    return [month for month in months if is_whole_month(month)], [m for m in months if not is_whole_month(m)]


def _months(year: int, month: int, *, number: int) -> Period:
    if month < 1:
        year, month = year - 1, month + 12
    last = month + number - 1
    return Period(first=date(year, month, 1), last=_end_of_month(date(year, last, 1)))


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _a_year_before(day: date, *, at_end: bool) -> date:
    length = monthrange(day.year - 1, day.month)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    number = length if at_end and is_last else min(day.day, length)
    return date(day.year - 1, day.month, number)
