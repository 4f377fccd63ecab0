"""What lay in what on a day, and when a zone may sound."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.coverage import (
    WHOLE_DAY,
    AreaNode,
    AreaTree,
    Hours,
    Succession,
    allowed_hours_of,
    hours_from_stored,
    hours_to_stored,
    is_within_allowed_hours,
    parse_hours,
    tell_hours,
)
from scheduler.domain.time import STATION_ZONE, TimeSpan, local_instant

START, REFORM = date(2015, 1, 1), date(2025, 7, 1)
BEFORE, AFTER = date(2021, 5, 1), date(2026, 5, 1)
PROVINCE, CITY, XOM, AN, AN_NEW, TONG, LE, TO_HIEU = 1, 2, 3, 4, 5, 6, 7, 8


def an_area(number: int, parent: int | None, kind: str, **more: object) -> AreaNode:
    facts: dict[str, object] = {"valid_from": START, "valid_to": None, "name": f"area {number}"} | more
    return AreaNode(id=number, parent_id=parent, kind=kind, **facts)  # type: ignore[arg-type]


@pytest.fixture
def tree() -> AreaTree:
    """Sơn La in small: bản Tông in xã Chiềng Xôm, which the reform made part of a new phường Chiềng An."""
    return AreaTree(
        [
            an_area(PROVINCE, None, "province"),
            an_area(CITY, PROVINCE, "city", valid_to=REFORM, hours=parse_hours("05:00-20:00")),
            an_area(XOM, CITY, "commune", valid_to=REFORM),
            an_area(AN, CITY, "commune", valid_to=REFORM),
            an_area(LE, CITY, "commune", valid_to=REFORM),
            an_area(AN_NEW, PROVINCE, "commune", valid_from=REFORM, hours=parse_hours("06:00-19:00")),
            an_area(TO_HIEU, PROVINCE, "commune", valid_from=REFORM),
            an_area(TONG, XOM, "village"),
        ],
        [
            Succession(predecessor_id=XOM, successor_id=AN_NEW),
            Succession(predecessor_id=AN, successor_id=AN_NEW),
            Succession(predecessor_id=LE, successor_id=TO_HIEU),
            Succession(predecessor_id=CITY, successor_id=AN_NEW),
            Succession(predecessor_id=CITY, successor_id=TO_HIEU),
        ],
    )


def numbers(lineage: tuple[AreaNode, ...]) -> list[int]:
    return [area.id for area in lineage]


def test_a_village_lies_in_the_commune_of_that_day(tree: AreaTree) -> None:
    assert tree.commune_of(TONG, on=BEFORE).id == XOM
    assert tree.commune_of(TONG, on=REFORM - timedelta(days=1)).id == XOM
    assert tree.commune_of(TONG, on=REFORM).id == AN_NEW
    assert numbers(tree.lineage(TONG, on=BEFORE)) == [TONG, XOM, CITY, PROVINCE]
    assert numbers(tree.lineage(TONG, on=AFTER)) == [TONG, AN_NEW, PROVINCE]


def test_an_area_above_the_communes_is_told_as_itself(tree: AreaTree) -> None:
    assert tree.commune_of(PROVINCE, on=AFTER).id == PROVINCE


def test_the_new_commune_reaches_the_villages_of_all_it_was_made_of(tree: AreaTree) -> None:
    assert tree.lies_in(TONG, AN_NEW, on=AFTER)
    assert not tree.lies_in(TONG, TO_HIEU, on=AFTER)


def test_an_ended_target_means_the_places_it_had_last(tree: AreaTree) -> None:
    assert tree.lies_in(TONG, XOM, on=AFTER)
    assert tree.lies_in(TONG, CITY, on=AFTER)
    assert not tree.lies_in(TONG, AN, on=AFTER)


def test_a_target_that_has_not_begun_means_the_places_it_will_have(tree: AreaTree) -> None:
    assert tree.lies_in(TONG, AN_NEW, on=BEFORE)


def test_a_zone_entered_after_a_reform_lay_in_what_all_its_predecessors_share(tree: AreaTree) -> None:
    assert numbers(tree.lineage(AN_NEW, on=BEFORE)) == [AN_NEW, CITY, PROVINCE]
    assert tree.lies_in(AN_NEW, CITY, on=AFTER)


def test_where_an_area_was_divided_nothing_is_guessed(tree: AreaTree) -> None:
    assert numbers(tree.lineage(CITY, on=AFTER)) == [CITY, PROVINCE]


def test_a_tree_that_runs_in_a_circle_comes_to_an_end() -> None:
    circle = AreaTree([an_area(1, 2, "city"), an_area(2, 1, "city")])
    assert numbers(circle.lineage(1, on=AFTER)) == [1, 2]


def test_hours_come_from_the_zone_then_the_nearest_area_of_that_day_then_the_station(tree: AreaTree) -> None:
    station, own = parse_hours("04:00-23:00"), parse_hours("07:00-08:00")
    assert tree.hours_of(TONG, own=own, station=station, on=AFTER) == own
    assert tree.hours_of(TONG, own=None, station=station, on=BEFORE) == parse_hours("05:00-20:00")
    assert tree.hours_of(TONG, own=None, station=station, on=AFTER) == parse_hours("06:00-19:00")
    assert tree.hours_of(PROVINCE, own=None, station=station, on=AFTER) == station


def test_no_hours_at_all_is_something_that_is_said() -> None:
    assert allowed_hours_of([(), WHOLE_DAY], station=WHOLE_DAY) == ()


def span(start: str, minutes: float, *, zone: ZoneInfo = STATION_ZONE, day: date = date(2026, 11, 24)) -> TimeSpan:
    starts_at = local_instant(day, time.fromisoformat(start), zone)
    return TimeSpan(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("hours", "start", "minutes", "within"),
    [
        ("05:00-21:00", "05:00", 10, True),
        ("05:00-21:00", "04:59", 10, False),
        ("05:00-21:00", "20:50", 10, True),
        ("05:00-21:00", "20:51", 10, False),
        ("05:00-06:00,06:00-07:00", "05:30", 60, True),
        ("06:00-07:00,05:00-06:00", "05:30", 60, True),
        ("05:00-06:00,06:01-07:00", "05:30", 60, False),
        ("22:00-02:00", "23:30", 120, True),
        ("22:00-02:00", "00:30", 60, True),
        ("22:00-02:00", "01:30", 60, False),
        ("22:00-02:00", "21:30", 60, False),
        ("20:00-24:00", "23:30", 30, True),
        ("20:00-24:00", "23:30", 31, False),
        ("00:00-24:00", "23:30", 60 * 48, True),
        ("never", "12:00", 1, False),
        ("05:00-21:00", "05:00", 0, True),
        ("05:00-21:00", "21:00", 0, False),
    ],
)
def test_a_programme_must_lie_in_allowed_hours_from_end_to_end(
    hours: str, start: str, minutes: float, within: bool
) -> None:
    assert is_within_allowed_hours(span(start, minutes), parse_hours(hours), STATION_ZONE) is within


def test_hours_are_local_on_a_day_on_which_the_clock_is_put_forward() -> None:
    berlin, day = ZoneInfo("Europe/Berlin"), date(2026, 3, 29)
    assert is_within_allowed_hours(span("01:00", 60, zone=berlin, day=day), parse_hours("01:00-03:00"), berlin)
    assert not is_within_allowed_hours(span("01:00", 61, zone=berlin, day=day), parse_hours("01:00-03:00"), berlin)
    assert is_within_allowed_hours(
        span("12:00", 1, zone=berlin, day=day), parse_hours("02:15-02:45,12:00-13:00"), berlin
    )


minutes_of_day = st.integers(0, 24 * 60 - 1)


@given(st.lists(st.tuples(minutes_of_day, minutes_of_day).filter(lambda pair: pair[0] != pair[1]), max_size=4),
       st.integers(0, 3 * 24 * 60), st.integers(1, 36 * 60))  # fmt: skip
def test_within_means_that_every_minute_is_allowed(stretches: list[tuple[int, int]], start: int, lasts: int) -> None:
    hours: Hours = tuple((time(*divmod(a, 60)), time(*divmod(b, 60))) for a, b in stretches)

    def minute_is_allowed(minute: int) -> bool:
        return any(a <= minute < b if a < b else minute >= a or minute < b for a, b in stretches)

    starts_at = datetime(2026, 1, 1, tzinfo=STATION_ZONE).astimezone(UTC) + timedelta(minutes=start)
    asked = TimeSpan(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=lasts))
    expected = all(minute_is_allowed(minute % (24 * 60)) for minute in range(start, start + lasts))
    assert is_within_allowed_hours(asked, hours, STATION_ZONE) is expected


@pytest.mark.parametrize("bad", ["", "5-21", "05:00", "05:00-05:00", "24:00-05:00", "25:00-26:00", "05:00-06:00,", "x"])
def test_hours_that_cannot_be_read_are_refused(bad: str) -> None:
    with pytest.raises(ValueError):
        parse_hours(bad)


def test_hours_are_stored_and_told_as_they_were_typed() -> None:
    hours = parse_hours("05:00-08:30, 20:00-24:00")
    assert hours_to_stored(hours) == [["05:00", "08:30"], ["20:00", "24:00"]]
    assert hours_from_stored(hours_to_stored(hours)) == hours
    assert hours_from_stored(None) is None
    assert tell_hours(hours) == "05:00–08:30, 20:00–24:00"
