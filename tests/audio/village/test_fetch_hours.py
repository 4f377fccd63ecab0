"""By night everything is fetched, by day what is urgent; boxes do not begin all at once."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from audio.village.fetch_hours import is_fetch_hour
from scheduler.village_messages import ZoneRules
from tests.audio.village.fetching import HANOI, NOON, RULES, Box, some_bytes, wanted_of
from tests.audio.village.file_station import FileStation


def test_by_day_only_what_is_urgent_is_fetched(tmp_path: Path, station: FileStation) -> None:
    box = Box(tmp_path / "box", station, now=NOON)
    urgent = wanted_of(station, some_bytes(100, 1), needed_in=timedelta(hours=12), now=NOON)
    later = wanted_of(station, some_bytes(100, 2), needed_in=timedelta(hours=12, seconds=1), now=NOON)
    past = wanted_of(station, some_bytes(100, 3), needed_in=timedelta(minutes=-5), now=NOON)
    box.look([urgent, later, past], times=5)
    assert box.fetcher.missing([urgent, later, past]) == (later.file.sha256,)
    box.clock.advance(timedelta(seconds=1))
    box.look([urgent, later, past], times=2)
    assert box.fetcher.missing([later]) == ()


@pytest.mark.parametrize(
    ("hours", "at", "holds"),
    [
        ((("00:00", "04:30"),), "04:29", True),
        ((("00:00", "04:30"),), "04:30", False),
        ((("00:00", "04:30"),), "23:59", False),
        ((("22:00", "04:00"),), "03:59", True),
        ((("22:00", "04:00"),), "04:00", False),
        ((("22:00", "24:00"),), "23:59", True),
        ((("00:00", "24:00"),), "12:00", True),
        ((("00:00", "00:00"),), "12:00", True),
        ((("00:00", "01:00"), ("12:00", "13:00")), "12:59", True),
        ((), "02:00", False),
    ],
)
def test_hours_are_the_zones_own(hours: Any, at: str, holds: bool) -> None:
    rules = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(), fetch_hours=hours)
    now = datetime.fromisoformat(f"2026-11-24T{at}:00+07:00")
    assert is_fetch_hour(rules, now, of="z1-00000000") is holds


def test_boxes_do_not_all_begin_in_the_same_minute() -> None:
    names = [f"z{number}-00000000" for number in range(1000)]
    at = [
        sum(is_fetch_hour(RULES, datetime(2026, 11, 24, 0, minute, tzinfo=HANOI), of=name) for name in names)
        for minute in range(60)
    ]
    assert at[0] < 20 and max(b - a for a, b in pairwise(at)) < 30
    assert all(is_fetch_hour(RULES, datetime(2026, 11, 24, 2, 0, tzinfo=HANOI), of=name) for name in names)
