"""Fetching files into a village: whole files, cut links, wrong bytes, refusals, busy and restarted stations."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from audio.village import cache, files
from scheduler.village_messages import VillageFile, ZoneRules
from tests.audio.village.fetching import NIGHT, Box, Item, some_bytes, wanted_of
from tests.audio.village.file_station import TOKEN, FileStation, home_files, serve


def test_files_come_in_the_order_in_which_they_are_needed(box: Box, station: FileStation) -> None:
    later = wanted_of(station, some_bytes(5000, 1), needed_in=timedelta(days=5))
    sooner = wanted_of(station, some_bytes(5000, 2), needed_in=timedelta(days=4))
    assert box.fetcher.missing([later, sooner]) == (sooner.file.sha256, later.file.sha256)
    assert box.look([later, sooner]) == [0.0]
    assert box.fetcher.is_ready(sooner.file.sha256) and not box.fetcher.is_ready(later.file.sha256)
    assert box.look([later, sooner], times=2) == [0.0, files.IDLE_S]
    assert box.media.path(later.file.sha256).read_bytes() == station.files[later.file.sha256]
    assert box.fetcher.missing([later, sooner]) == () and box.notes == []
    assert not list((box.folder / "fetch").iterdir())


def test_a_large_file_comes_in_pieces(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(files.CHUNK * 2 + 10))
    assert box.look([item], times=3) == [0.0] * 3
    assert box.fetcher.is_ready(item.file.sha256)
    assert [told for _, told in station.asked] == ["bytes=0-1048575", "bytes=1048576-2097151", "bytes=2097152-2097161"]


def test_a_link_cut_at_200_random_points_costs_no_byte_twice(tmp_path: Path, station: FileStation) -> None:
    luck = random.Random(7)
    data = some_bytes(400_000)
    item = wanted_of(station, data)
    box = Box(tmp_path / "box", station)
    cuts = sorted(luck.sample(range(1, len(data)), 200))
    station.cut_after = [end - start for start, end in zip([0, *cuts], cuts, strict=False)]
    for _ in range(2000):
        box.clock.advance(timedelta(seconds=box.look([item])[0]))
        if box.fetcher.is_ready(item.file.sha256):
            break
        if luck.random() < 0.3:
            box.start()  # the box was switched off as well
    assert station.cut_after == []
    assert box.media.path(item.file.sha256).read_bytes() == data
    assert station.sent_bytes == len(data)


def test_200_flipped_bits_on_the_wire_give_no_file(tmp_path: Path, station: FileStation) -> None:
    luck = random.Random(8)
    data = some_bytes(20_000)
    item = wanted_of(station, data)
    box = Box(tmp_path / "box", station)
    for bit in luck.sample(range(len(data) * 8), 200):
        station.flip = bit
        box.look([item])
        assert not box.fetcher.is_ready(item.file.sha256)
        box.fetcher.wake()
    assert home_files(box.folder) == set()
    assert [(note["code"], note["reason"]) for note in box.notes] == [("file_refused", "wrong_bytes")] * 200
    assert box.fetcher.problems == ("file_refused",)
    station.flip = None
    box.look([item])
    assert box.fetcher.problems == ()
    assert box.media.path(item.file.sha256).read_bytes() == data


def test_200_bits_flipped_in_what_has_come_give_no_file(tmp_path: Path, station: FileStation) -> None:
    luck = random.Random(9)
    data = some_bytes(20_000)
    item = wanted_of(station, data)
    box = Box(tmp_path / "box", station)
    part = box.folder / "fetch" / f"{item.file.sha256}.part"
    for bit in luck.sample(range(10_000 * 8), 200):
        station.cut_after = [10_000]
        box.look([item])
        came = bytearray(part.read_bytes())
        assert len(came) == 10_000
        came[bit // 8] ^= 1 << bit % 8
        part.write_bytes(came)
        box.fetcher.wake()
        box.look([item])
        assert not box.fetcher.is_ready(item.file.sha256) and not part.exists()
        box.fetcher.wake()
    assert home_files(box.folder) == set()


def test_200_bits_flipped_on_the_card_are_found_and_fetched_again(tmp_path: Path, station: FileStation) -> None:
    luck = random.Random(10)
    data = some_bytes(5_000)
    item = wanted_of(station, data)
    box = Box(tmp_path / "box", station)
    box.look([item])
    for bit in luck.sample(range(len(data) * 8), 200):
        path = box.media.path(item.file.sha256)
        wrong = bytearray(data)
        wrong[bit // 8] ^= 1 << bit % 8
        path.chmod(0o644)
        path.write_bytes(wrong)
        box.start()
        assert box.look([item]) == [0.0]
        assert not box.fetcher.is_ready(item.file.sha256)
        box.look([item])
        assert box.media.path(item.file.sha256).read_bytes() == data
    assert [note["code"] for note in box.notes] == ["file_damaged"] * 200


def test_a_file_is_looked_through_again_shortly_before_it_airs(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(5000), needed_in=timedelta(days=2))
    box.look([item], times=2)
    seen = []
    box.media.verify = seen.append  # type: ignore[method-assign]
    box.look([item])
    box.clock.advance(timedelta(days=1))
    box.look([item])
    assert seen == []
    box.clock.advance(timedelta(days=1) - cache.CHECKED_BEFORE)
    box.look([item], times=3)
    assert seen == [item.file.sha256]


# --- the link -----------------------------------------------------------------------------------------------------
def test_a_station_that_restarts_is_asked_again_and_a_kept_connection_is_no_trap(tmp_path: Path) -> None:
    station = FileStation()
    with serve(station):
        box = Box(tmp_path / "box", station)
        item = wanted_of(station, some_bytes(files.CHUNK + 5))
        box.look([item])
    assert box.look([item])[0] > 0 and not box.fetcher.is_ready(item.file.sha256)
    with serve(station):
        box.look_until_idle([item])
    assert box.media.path(item.file.sha256).read_bytes() == station.files[item.file.sha256]
    assert station.sent_bytes == files.CHUNK + 5


def test_a_station_that_closed_the_connection_meanwhile_costs_no_wait(tmp_path: Path) -> None:
    station = FileStation()
    with serve(station):
        box = Box(tmp_path / "box", station)
        item = wanted_of(station, some_bytes(files.CHUNK + 5))
        box.look([item])
    with serve(station):
        assert box.look([item]) == [0.0] and box.fetcher.is_ready(item.file.sha256)


def test_waits_grow_to_a_quarter_of_an_hour_and_stay_short_for_what_is_urgent(tmp_path: Path) -> None:
    station = FileStation(port=1)
    box = Box(tmp_path / "box", station)
    later = wanted_of(station, b"x" * 100, needed_in=timedelta(days=3))
    tries = []
    for _ in range(12):
        before = box.clock.now()
        while box.look([later])[0] != 0 and box.fetcher._failures == len(tries):
            box.clock.advance(timedelta(seconds=1))
        tries.append((box.clock.now() - before).total_seconds())
    assert tries[1] <= 6 and 400 <= tries[-1] <= files.LONGEST_WAIT_S + 1
    assert "files_unreachable" in box.fetcher.problems
    box.clock.advance(timedelta(seconds=61))
    sooner = wanted_of(station, b"y" * 100, needed_in=timedelta(hours=1))
    failures = box.fetcher._failures
    box.look([sooner])
    assert box.fetcher._failures == failures + 1


def test_a_revoked_box_says_so_once_and_asks_seldom(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(100), needed_in=timedelta(hours=1))
    station.token = "another"
    for _ in range(200):
        box.look([item])
        box.clock.advance(timedelta(seconds=10))
    assert box.fetcher.problems == ("token_refused",)
    assert [note["code"] for note in box.notes] == ["token_refused"]
    assert 3 <= len(station.asked) <= 7
    station.token = TOKEN
    box.look_until_idle([item])
    assert box.fetcher.problems == ()


def test_a_card_that_takes_no_note_makes_no_refused_box_ask_on(box: Box, station: FileStation) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    box.fetcher._note = fail  # type: ignore[assignment]
    station.token = "another"
    item = wanted_of(station, some_bytes(100), needed_in=timedelta(hours=1))
    for _ in range(20):
        box.look([item])
        box.clock.advance(timedelta(seconds=10))
    assert len(station.asked) == 1


def test_a_busy_station_is_left_alone_for_as_long_as_it_says(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(100))
    station.status, station.retry_after = 429, "300"
    for _ in range(29):
        box.look([item])
        box.clock.advance(timedelta(seconds=10))
    assert len(station.asked) == 1
    station.status = None
    box.clock.advance(timedelta(seconds=170))
    box.look([item])
    assert box.fetcher.is_ready(item.file.sha256)


def test_a_file_that_is_not_there_keeps_no_other_back(box: Box, station: FileStation) -> None:
    missing = Item(VillageFile(sha256="0" * 64, size_bytes=10, seconds=1.0), NIGHT + timedelta(hours=1))
    item = wanted_of(station, some_bytes(100))
    box.look([missing, item], times=3)
    assert box.fetcher.is_ready(item.file.sha256) and box.notes == []
    asked = len(station.asked)
    box.look([missing, item], times=5)
    assert len(station.asked) == asked
    box.clock.advance(timedelta(seconds=files.REFUSED_WAIT_S))
    box.look([missing, item])
    assert len(station.asked) == asked + 1


@pytest.mark.parametrize("size", [50, 150])
def test_a_file_of_another_size_than_the_plan_says_is_not_taken(box: Box, station: FileStation, size: int) -> None:
    sha256 = station.put(some_bytes(100))
    item = Item(VillageFile(sha256=sha256, size_bytes=size, seconds=1.0), NIGHT)
    box.look([item], times=3)
    assert home_files(box.folder) == set() and box.notes[0]["reason"] == "file_of_another_size"


def test_another_stretch_than_was_asked_for_is_not_written(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(90_000))
    station.cut_after = [50_000]
    box.look([item])
    station.shift = 100
    assert box.look([item])[0] > 0
    part = box.folder / "fetch" / f"{item.file.sha256}.part"
    assert part.read_bytes() == station.files[item.file.sha256][:50_000]
    station.shift = 0
    box.look_until_idle([item])
    assert box.notes == []


def test_wrong_bytes_cost_less_and_less_often(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(100), needed_in=timedelta(hours=1))
    station.flip = 5
    for _ in range(24 * 60):
        box.look([item])
        box.clock.advance(timedelta(minutes=1))
    assert 5 <= len(box.notes) <= 15


@pytest.mark.parametrize("status", [500, 403, 302, 204])
def test_any_other_answer_is_a_link_that_does_not_work(box: Box, station: FileStation, status: int) -> None:
    item = wanted_of(station, some_bytes(100))
    station.status = status
    assert box.look([item])[0] > 0
    station.status = None
    box.look_until_idle([item])
    assert box.notes == []


def test_a_station_that_knows_no_ranges_is_used_within_the_budget(box: Box, station: FileStation) -> None:
    station.knows_ranges = False
    small = wanted_of(station, some_bytes(3000))
    box.look([small])
    assert box.fetcher.is_ready(small.file.sha256)
    large = wanted_of(station, some_bytes(90_000, 2))
    rules = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(), budget_bytes_per_day=60_000)
    assert box.look([large], rules)[0] > 0 and station.sent_bytes <= 93_000
    assert not box.fetcher.is_ready(large.file.sha256)
