import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.periods import (
    Period,
    Preset,
    is_whole_month,
    months_of,
    period_of,
    split_months,
    year_before,
    years_of,
)

DAYS = st.dates(date(2010, 1, 1), date(2040, 12, 31))


def period(first: tuple[int, int, int], last: tuple[int, int, int]) -> Period:
    return Period(first=date(*first), last=date(*last))


@pytest.mark.parametrize(
    ("preset", "today", "wanted"),
    [
        (Preset.THIS_YEAR, (2026, 11, 24), period((2026, 1, 1), (2026, 12, 31))),
        (Preset.LAST_YEAR, (2026, 11, 24), period((2025, 1, 1), (2025, 12, 31))),
        (Preset.THIS_QUARTER, (2026, 11, 24), period((2026, 10, 1), (2026, 12, 31))),
        (Preset.LAST_QUARTER, (2026, 11, 24), period((2026, 7, 1), (2026, 9, 30))),
        (Preset.LAST_QUARTER, (2026, 2, 3), period((2025, 10, 1), (2025, 12, 31))),
        (Preset.THIS_MONTH, (2024, 2, 3), period((2024, 2, 1), (2024, 2, 29))),
        (Preset.LAST_MONTH, (2026, 1, 31), period((2025, 12, 1), (2025, 12, 31))),
        (Preset.REPORT, (2026, 11, 24), period((2025, 12, 15), (2026, 11, 15))),
        (Preset.REPORT, (2026, 12, 14), period((2025, 12, 15), (2026, 11, 15))),
        (Preset.REPORT, (2026, 12, 15), period((2026, 12, 15), (2027, 11, 15))),
    ],
)
def test_a_name_means_days(preset: Preset, today: tuple[int, int, int], wanted: Period) -> None:
    assert period_of(preset, today=date(*today)) == wanted


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (period((2026, 1, 1), (2026, 12, 31)), period((2025, 1, 1), (2025, 12, 31))),
        (period((2025, 12, 15), (2026, 11, 15)), period((2024, 12, 15), (2025, 11, 15))),
        (period((2024, 2, 1), (2024, 2, 29)), period((2023, 2, 1), (2023, 2, 28))),
        (period((2025, 2, 1), (2025, 2, 28)), period((2024, 2, 1), (2024, 2, 29))),
        (period((2024, 2, 29), (2024, 3, 1)), period((2023, 2, 28), (2023, 3, 1))),
    ],
)
def test_the_same_days_a_year_before(now: Period, before: Period) -> None:
    assert year_before(now) == before


def test_a_period_that_is_not_over_ends_today() -> None:
    year = period((2026, 1, 1), (2026, 12, 31))
    assert year.until(date(2026, 11, 24)) == period((2026, 1, 1), (2026, 11, 24))
    assert year.until(date(2025, 12, 31)) is None
    assert year.until(date(2027, 5, 1)) == year


@given(DAYS, st.integers(0, 800))
def test_months_and_years_hold_every_day_once(first: date, length: int) -> None:
    whole = Period(first=first, last=first + timedelta(days=length))
    for cut in (months_of(whole), years_of(whole)):
        assert (cut[0].first, cut[-1].last) == (whole.first, whole.last)
        assert sum(part.days for part in cut) == whole.days
        assert all(a.last + timedelta(days=1) == b.first for a, b in itertools.pairwise(cut))
    months, parts = split_months(whole)
    assert all(map(is_whole_month, months)) and not any(map(is_whole_month, parts)) and len(parts) <= 2
