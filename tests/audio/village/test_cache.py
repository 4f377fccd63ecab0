"""Room on a box: what goes for what is needed sooner, and what is said when nothing can."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from audio.village import cache, files
from tests.audio.village.fetching import Box, some_bytes, wanted_of
from tests.audio.village.file_station import FileStation, home_files


def box_of(tmp_path: Path, station: FileStation, *, quota: int) -> Box:
    return Box(tmp_path / "box", station, quota_bytes=quota)


def test_what_no_plan_wants_goes_first_the_oldest_of_it(tmp_path: Path, station: FileStation) -> None:
    box = box_of(tmp_path, station, quota=35_000)
    old = [wanted_of(station, some_bytes(10_000, seed), needed_in=timedelta(days=3 + seed)) for seed in range(3)]
    for age, item in zip((30, 10, 20), old, strict=True):
        box.look([item])
        at = time.time() - age
        os.utime(box.media.path(item.file.sha256), (at, at))
    new = wanted_of(station, some_bytes(10_000, 9))
    box.look([new], times=2)
    assert home_files(box.folder) == {old[1].file.sha256, old[2].file.sha256, new.file.sha256}


def test_what_is_needed_last_goes_for_what_is_needed_sooner_and_nothing_needed_soon(
    tmp_path: Path, station: FileStation
) -> None:
    box = box_of(tmp_path, station, quota=35_000)
    soon, middle, last, more = (
        wanted_of(station, some_bytes(10_000, days), needed_in=timedelta(days=days)) for days in (1, 5, 9, 3)
    )
    box.look([soon, middle, last], times=4)
    box.look([soon, middle, last, more], times=10)
    assert home_files(box.folder) == {item.file.sha256 for item in (soon, middle, more)}
    assert len(station.asked) == 4  # the one in the middle was not given up and fetched again
    assert box.fetcher.problems == ("disk_full",)  # for the last one
    asked = len(station.asked)
    box.look([soon, middle, last, more], times=10)
    assert len(station.asked) == asked  # nothing is fetched and given up in turn


def test_what_is_needed_soon_stays_though_something_urgent_finds_no_room(tmp_path: Path, station: FileStation) -> None:
    box = box_of(tmp_path, station, quota=25_000)
    today, tomorrow = (
        wanted_of(station, some_bytes(10_000, hours), needed_in=timedelta(hours=hours)) for hours in (5, 30)
    )
    box.look([today, tomorrow], times=3)
    urgent = wanted_of(station, some_bytes(10_000, 77), needed_in=timedelta(hours=1))
    box.look([today, tomorrow, urgent], times=3)
    assert home_files(box.folder) == {today.file.sha256, tomorrow.file.sha256}
    assert box.fetcher.problems == ("disk_full",)


def test_nothing_goes_when_it_would_not_make_room_enough(tmp_path: Path, station: FileStation) -> None:
    box = box_of(tmp_path, station, quota=25_000)
    old = wanted_of(station, some_bytes(10_000, 1))
    box.look([old])
    huge = wanted_of(station, some_bytes(26_000, 2))
    box.look([huge], times=3)
    assert home_files(box.folder) == {old.file.sha256} and station.asked[-1][0].endswith(old.file.sha256)


def test_a_disk_that_is_full_for_others_reasons_is_told_and_looked_at_again(
    tmp_path: Path, station: FileStation
) -> None:
    free = [cache.RESERVE]
    box = Box(tmp_path / "box", station, free_bytes=lambda: free[0])
    item = wanted_of(station, some_bytes(10_000))
    box.look([item])
    assert box.fetcher.problems == ("disk_full",) and station.asked == []
    free[0] += 10_000
    box.look([item], times=2)
    assert box.fetcher.problems == () and box.fetcher.is_ready(item.file.sha256)


def test_a_card_that_takes_no_more_is_told_and_nothing_breaks(
    box: Box, station: FileStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audio.village import chunk

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    item = wanted_of(station, some_bytes(10_000))
    with monkeypatch.context() as patched:
        patched.setattr(chunk, "sync", fail)
        assert box.look([item]) == [files.IDLE_S]
    assert box.fetcher.problems == ("disk_full",)
    box.fetcher.wake()
    box.look([item], times=2)
    assert box.fetcher.problems == ()


def test_what_had_come_of_a_file_that_no_plan_wants_any_more_is_forgotten(box: Box, station: FileStation) -> None:
    station.cut_after = [50_000]
    box.look([wanted_of(station, some_bytes(90_000))])
    assert len(list((box.folder / "fetch").iterdir())) == 1
    box.look([])
    assert list((box.folder / "fetch").iterdir()) == []
