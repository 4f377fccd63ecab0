from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from scheduler.domain.planning import Priority
from scheduler.domain.station import Problem
from scheduler.domain.status import Coming, OnAir, Part, Picture, Places, expected_by, told_by_part
from scheduler.domain.time import STATION_ZONE
from tests.factories import NOW

SOUNDING = OnAir(
    broadcast_id=UUID(int=1),
    series_title="Chuyên mục",
    number=1,
    title="Khai sinh",
    places=Places(names=("Bản Tông",), number=1),
    started_at=NOW - timedelta(minutes=1),
    ends_at=NOW + timedelta(minutes=1),
    role="edition",
    language="vi",
    certain=True,
)
NEXT = Coming(
    broadcast_id=UUID(int=2),
    series_title="Chuyên mục",
    number=2,
    title="Hộ tịch",
    starts_at=NOW + timedelta(minutes=5),
    languages=("vi",),
    zones=1,
    priority=Priority.ORDINARY,
    exercise=False,
)
PICTURE = Picture(
    now=NOW,
    problems=(),
    on_air=(SOUNDING,),
    coming=(NEXT,),
    today=(),
    progress=(),
    synchronised=True,
    daemon_alive=True,
)


def changed(after: Picture) -> set[Part]:
    before, now = (told_by_part(picture, zone=STATION_ZONE) for picture in (PICTURE, after))
    return {part for part in Part if before[part] != now[part]}


def test_time_that_passes_alone_changes_no_part() -> None:
    assert changed(replace(PICTURE, now=NOW + timedelta(seconds=30))) == set()


def test_what_is_over_or_overdue_changes_by_time_alone() -> None:
    assert changed(replace(PICTURE, now=NOW + timedelta(minutes=2))) == {Part.BAR, Part.ON_AIR}
    due = replace(PICTURE, on_air=())
    before = told_by_part(due, zone=STATION_ZONE)
    after = told_by_part(replace(due, now=NOW + timedelta(minutes=5, seconds=15)), zone=STATION_ZONE)
    assert {part for part in Part if before[part] != after[part]} == {Part.BAR, Part.COMING}


def test_a_new_day_changes_every_part_that_names_it() -> None:
    found = changed(replace(PICTURE, now=NOW + timedelta(hours=20)))
    assert {Part.BAR, Part.FACTS, Part.COMING, Part.TODAY} <= found and Part.PROBLEMS not in found


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"problems": (Problem(code="disk_full"),)}, {Part.PROBLEMS}),
        ({"synchronised": None}, {Part.BAR, Part.FACTS}),
        ({"daemon_alive": False}, {Part.BAR, Part.FACTS}),
        ({"coming": ()}, {Part.BAR, Part.COMING}),
        ({"on_air": (replace(SOUNDING, language="blt"),)}, {Part.BAR, Part.ON_AIR}),
    ],
)
def test_a_change_is_sent_only_for_the_parts_that_show_it(change: dict[str, object], parts: set[Part]) -> None:
    assert changed(replace(PICTURE, **change)) == parts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 1, 1), 0), (date(2026, 7, 2), 51), (date(2026, 12, 30), 101), (date(2026, 12, 31), 102),
     (date(2028, 12, 31), 102)],
)  # fmt: skip
def test_a_target_is_spread_evenly_over_the_year_and_reached_on_its_last_day(day: date, expected: int) -> None:
    assert expected_by(102, day=day) == expected
