"""On which days a slot recurs, and at which instant when the clock changes."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.recurrence import Recurrence, weekly_on
from scheduler.errors import BadRecurrence

STATION = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")


def recurrence(rule: str, *, at: time = time(5, 30), begins: date = date(2026, 1, 1), **others: object) -> Recurrence:
    given = {"valid_to": None, "zone": STATION} | others
    return Recurrence(rule=rule, starts_at_local=at, valid_from=begins, **given)  # type: ignore[arg-type]


def days(found: Recurrence, first: date, last: date) -> list[date]:
    return [day for day, _ in found.between(first, last)]


def test_mondays_and_thursdays_at_half_past_five_of_the_station() -> None:
    found = recurrence("FREQ=WEEKLY;BYDAY=MO,TH")
    assert list(found.between(date(2026, 11, 23), date(2026, 11, 30))) == [
        (date(2026, 11, 23), datetime(2026, 11, 22, 22, 30, tzinfo=UTC)),
        (date(2026, 11, 26), datetime(2026, 11, 25, 22, 30, tzinfo=UTC)),
        (date(2026, 11, 30), datetime(2026, 11, 29, 22, 30, tzinfo=UTC)),
    ]


def test_days_as_people_type_them() -> None:
    assert weekly_on("mo, th") == "FREQ=WEEKLY;BYDAY=MO,TH"
    with pytest.raises(BadRecurrence):
        weekly_on("T2")


def test_midnight_belongs_to_the_day_that_begins() -> None:
    found = recurrence("FREQ=DAILY", at=time(0))
    assert list(found.between(date(2026, 3, 1), date(2026, 3, 1))) == [
        (date(2026, 3, 1), datetime(2026, 2, 28, 17, tzinfo=UTC))
    ]


def test_validity_begins_on_its_first_day_and_ends_before_its_last() -> None:
    found = recurrence("FREQ=DAILY", begins=date(2026, 3, 5), valid_to=date(2026, 3, 7))
    assert days(found, date(2026, 1, 1), date(2026, 12, 31)) == [date(2026, 3, 5), date(2026, 3, 6)]


def test_a_skipped_wall_time_becomes_the_first_instant_after_it() -> None:
    found = recurrence("FREQ=DAILY", at=time(2, 30), zone=BERLIN)
    assert [
        instant.astimezone(BERLIN).time() for _, instant in found.between(date(2026, 3, 28), date(2026, 3, 30))
    ] == [
        time(2, 30),
        time(3, 0),
        time(2, 30),
    ]


def test_a_wall_time_that_comes_twice_is_the_first_of_the_two() -> None:
    found = recurrence("FREQ=DAILY", at=time(2, 30), zone=BERLIN)
    assert found.find(date(2026, 10, 25)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=HOURLY", "frequency"),
        ("FREQ=SECONDLY", "frequency"),
        ("FREQ=DAILY;BYHOUR=5,17", "time_of_day"),
        ("FREQ=DAILY;BYMINUTE=0", "time_of_day"),
        ("BYDAY=MO", "frequency"),
        ("", "not_a_rule"),
        ("every monday", "not_a_rule"),
        ("DTSTART:20260101\nRRULE:FREQ=DAILY", "not_a_rule"),
        ("FREQ=WEEKLY;BYDAY=T2", "form"),
        ("FREQ=DAILY;INTERVAL=0", "form"),
        ("FREQ=DAILY;INTERVAL=-1", "form"),
        ("FREQ=DAILY;COUNT=0", "form"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260105", "form"),
        ("FREQ=DAILY;FREQ=WEEKLY", "form"),
        ("FREQ=DAILY;UNTIL=tomorrow", "form"),
        ("FREQ=DAILY;UNTIL=20261341", "form"),
        ("FREQ=DAILY;X-OTHER=1", "form"),
        ("FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2", "never"),
        ("FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2", "never"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "never"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(rule: str, reason: str) -> None:
    with pytest.raises(BadRecurrence) as refused:
        recurrence(rule)
    assert refused.value.facts["reason"] == reason


def test_a_rule_whose_dates_end_before_it_begins_is_refused() -> None:
    with pytest.raises(BadRecurrence):
        recurrence("FREQ=DAILY;UNTIL=20251231").check_happens()
    recurrence("FREQ=DAILY;UNTIL=20260101").check_happens()


def test_a_leap_day_is_found_years_ahead() -> None:
    found = recurrence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
    assert days(found, date(2026, 1, 1), date(2033, 1, 1)) == [date(2028, 2, 29), date(2032, 2, 29)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,SU",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=1MO,-1FR",
        "FREQ=MONTHLY;INTERVAL=5",
        "FREQ=DAILY;COUNT=700",
    ],
)
def test_a_stretch_years_on_holds_the_same_days_as_when_walked_from_the_start(rule: str) -> None:
    found = recurrence(rule, begins=date(2020, 2, 5))
    walked = days(found, date(2020, 2, 5), date(2027, 1, 31))
    assert days(found, date(2021, 11, 3), date(2027, 1, 31)) == [day for day in walked if day >= date(2021, 11, 3)]


def test_until_is_included_as_a_day_and_exact_as_an_instant() -> None:
    first, last = date(2026, 1, 1), date(2026, 2, 1)
    assert days(recurrence("FREQ=DAILY;UNTIL=20260103"), first, last)[-1] == date(2026, 1, 3)
    assert days(recurrence("FREQ=DAILY;UNTIL=20260102T223000Z"), first, last)[-1] == date(2026, 1, 3)
    assert days(recurrence("FREQ=DAILY;UNTIL=20260102T222959Z"), first, last)[-1] == date(2026, 1, 2)
    assert days(recurrence("FREQ=DAILY;UNTIL=20260103T052959"), first, last)[-1] == date(2026, 1, 2)
