"""Stretches are half-open, days and nights are the station's, and identifiers sort by the instant they were made."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.identity import uuid7
from scheduler.domain.time import STATION_ZONE, TimeSpan, day_span, latest_night, local_day, local_instant, local_month

AT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(starts: datetime, lasts: timedelta) -> TimeSpan:
    return TimeSpan(starts_at=starts, ends_at=starts + lasts)


def test_back_to_back_is_not_an_overlap_and_the_end_is_not_within() -> None:
    first = span(AT, HOUR)
    assert not first.overlaps(span(AT + HOUR, HOUR))
    assert first.overlaps(span(AT + HOUR - timedelta(microseconds=1), HOUR))
    assert first.contains(AT) and not first.contains(AT + HOUR)


def test_a_span_needs_aware_instants_in_order() -> None:
    with pytest.raises(ValueError, match="aware"):
        TimeSpan(starts_at=AT.replace(tzinfo=None), ends_at=AT)
    with pytest.raises(ValueError, match="ends before"):
        TimeSpan(starts_at=AT, ends_at=AT - HOUR)


def test_day_and_month_are_the_stations_and_not_of_utc() -> None:
    last_of_november = datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    assert local_day(last_of_november, STATION_ZONE) == date(2026, 12, 1)
    assert local_month(last_of_november, STATION_ZONE) == "2026-12"
    assert day_span(date(2026, 12, 1), date(2026, 12, 1), STATION_ZONE) == span(
        datetime(2026, 11, 30, 17, tzinfo=UTC), timedelta(days=1)
    )


def test_a_wall_time_that_a_clock_change_skips_becomes_the_first_one_after_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert local_instant(date(2026, 3, 29), time(2, 30), berlin) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_night_begins_at_its_hour() -> None:
    at = time(2, 30)
    begins = local_instant(date(2026, 11, 24), at, STATION_ZONE)
    assert latest_night(begins, at, STATION_ZONE) == date(2026, 11, 24)
    assert latest_night(begins - timedelta(seconds=1), at, STATION_ZONE) == date(2026, 11, 23)


def test_identifiers_are_of_kind_7_and_sort_by_their_instant() -> None:
    made = [uuid7(now=AT + timedelta(milliseconds=step)) for step in range(50)]
    assert sorted(made) == made
    assert {(item.version, item.variant) for item in made} == {(7, "specified in RFC 4122")}
