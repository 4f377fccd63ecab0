from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.fleet import (
    FILES_LACK,
    NOT_HEARD,
    BoxFacts,
    FleetState,
    LackCode,
    NextFile,
    find_lacks,
    holds_its_file,
    may_be_silent,
    state_of,
)
from scheduler.domain.time import STATION_ZONE
from scheduler.domain.village import DataUsed
from scheduler.domain.village_log import PROBLEMS as HELD_BACK_FOR
from scheduler.fleet_words import HELD_BACK, LACKS, tell_held_back, tell_lack
from tests.factories import NOW

COMING = NextFile(starts_at=NOW + timedelta(hours=24), sha256="f1", missing=())


def a_box(**others: Any) -> BoxFacts:
    """A box that is well, in contact and ready, unless told otherwise."""
    told: dict[str, Any] = {
        "online": True, "seen_at": NOW, "turned_at": NOW - timedelta(hours=1), "plan_version": 7, "station_version": 7,
        "plan_until": NOW + timedelta(days=14), "files_wanted": 3, "files_ready": 3,
    }  # fmt: skip
    return BoxFacts(**{**told, **others})


def codes_of(box: BoxFacts, coming: NextFile | None = COMING) -> list[LackCode]:
    return [lack.code for lack in find_lacks(box, coming, now=NOW)]


@pytest.mark.parametrize(
    ("others", "state"),
    [
        ({}, FleetState.ONLINE),
        ({"on_air": True}, FleetState.ON_AIR),
        ({"on_air": True, "problems": ("amplifier_silent",)}, FleetState.TROUBLE),
        ({"twin_at": NOW - timedelta(minutes=59)}, FleetState.TROUBLE),
        ({"twin_at": NOW - timedelta(minutes=61)}, FleetState.ONLINE),
        ({"online": False, "problems": ("disk_full",)}, FleetState.OFFLINE),
        ({"online": False, "seen_at": None}, FleetState.NEVER_SEEN),
        ({"has_player": False}, FleetState.NO_PLAYER),
    ],
)
def test_the_state_of_a_box_is_the_gravest_thing_known_of_it(others: dict[str, Any], state: FleetState) -> None:
    assert state_of(a_box(**others), now=NOW) is state


def test_a_box_that_is_well_lacks_nothing() -> None:
    assert codes_of(a_box()) == []


def test_a_box_out_of_contact_that_holds_its_file_is_ready() -> None:
    lacks = find_lacks(a_box(online=False), COMING, now=NOW)
    assert [lack.code for lack in lacks] == [LackCode.OFFLINE]
    assert holds_its_file(lacks) and not may_be_silent(lacks)


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"plan_version": 6}, LackCode.PLAN_OLD),
        ({"plan_version": 0}, LackCode.PLAN_MISSING),
        ({"station_version": None}, LackCode.PLAN_NOT_MADE),
        ({"plan_until": NOW + timedelta(hours=23)}, LackCode.PLAN_SHORT),
        ({"active": False}, LackCode.ZONE_PAUSED),
        ({"has_player": False}, LackCode.NO_PLAYER),
        ({"seen_at": None, "online": False}, LackCode.NEVER_SEEN),
    ],
)
def test_without_the_newest_plan_a_box_is_not_ready(others: dict[str, Any], code: LackCode) -> None:
    lacks = find_lacks(a_box(**others), COMING, now=NOW)
    assert lacks[0].code is code
    assert not holds_its_file(lacks)


def test_only_the_file_of_the_next_broadcast_counts_for_being_ready() -> None:
    short = a_box(files_ready=1)
    of_now = NextFile(starts_at=COMING.starts_at, sha256="f1", missing=("f1", "f9"))
    of_later = NextFile(starts_at=COMING.starts_at, sha256="f1", missing=("f9",))
    assert codes_of(short, of_now) == [LackCode.FILE_MISSING]
    assert codes_of(short, of_later) == [LackCode.FILES_MISSING]
    assert not holds_its_file(find_lacks(short, of_now, now=NOW))
    assert holds_its_file(find_lacks(short, of_later, now=NOW))


def test_nobody_can_hold_a_file_that_the_station_has_not_made() -> None:
    unmade = NextFile(starts_at=COMING.starts_at, sha256=None)
    assert not holds_its_file(find_lacks(a_box(), unmade, now=NOW))


def test_a_box_that_says_it_is_not_heard_is_ready_but_doubtful() -> None:
    lacks = find_lacks(a_box(problems=("amplifier_silent",)), COMING, now=NOW)
    assert holds_its_file(lacks) and may_be_silent(lacks)


def test_what_lacks_files_and_what_is_not_heard_are_two_things() -> None:
    assert not FILES_LACK & NOT_HEARD
    assert FILES_LACK | NOT_HEARD | {LackCode.OFFLINE, LackCode.FILES_MISSING} == set(LackCode)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_lack_has_a_sentence(language: str) -> None:
    assert set(LACKS) == set(LackCode) - {LackCode.PROBLEM}
    offline = find_lacks(a_box(online=False, turned_at=NOW), COMING, now=NOW)[0]
    assert "05:00 24/11/2026" in tell_lack(offline, zone=STATION_ZONE, language=language)


def test_every_reason_to_hold_a_row_back_has_words() -> None:
    assert set(HELD_BACK_FOR) <= set(HELD_BACK)
    assert tell_held_back({"code": "impossible", "about": "started_at"}, language="en").endswith("(started at)")
    assert tell_held_back({"code": "impossible", "about": "started_at, offset_s"}).endswith(
        "(bắt đầu, bắt đầu từ giây thứ)"
    )
    assert tell_held_back({"code": "never_heard_of"}) == "never_heard_of"


def test_a_month_of_data_is_the_sum_of_its_days() -> None:
    used = DataUsed()
    for day, told in (("2026-11-29", 5), ("2026-11-29", 9), ("2026-11-30", 4), ("2026-11-29", 99), (None, 7)):
        used = used.told(day, told)
    assert (used.on("2026-11-30"), used.on("2026-11-29"), used.within("2026-11")) == (4, 0, 13)
    used = used.told("2026-12-01", 2)
    assert (used.on("2026-12-01"), used.within("2026-12"), used.within("2026-11")) == (2, 2, 0)


def test_a_box_that_begins_its_day_again_is_not_counted_twice() -> None:
    used = DataUsed().told("2026-11-24", 50).told("2026-11-24", 50)
    assert used.within("2026-11") == 50


def test_an_instant_of_a_lack_is_written_as_the_station_writes_it() -> None:
    told = find_lacks(a_box(plan_until=datetime(2026, 11, 24, 1, tzinfo=NOW.tzinfo)), COMING, now=NOW)
    assert "08:00 24/11/2026" in tell_lack(told[0], zone=STATION_ZONE)
