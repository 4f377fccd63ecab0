"""A day's budget of a card: what counts, what goes beyond it, and that no kill makes the count less."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from audio.village import files
from audio.village.data_use import DataCount
from scheduler.village_messages import ZoneRules
from tests.audio.village.fetching import HANOI, NIGHT, Box, some_bytes, wanted_of
from tests.audio.village.file_station import FileStation


def test_a_day_has_its_budget_and_the_next_one_another(box: Box, station: FileStation) -> None:
    wanted = [wanted_of(station, some_bytes(100_000, seed), needed_in=timedelta(days=3 + seed)) for seed in range(5)]
    rules = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(), budget_bytes_per_day=260_000)
    box.look(wanted, rules, times=20)
    assert 200_000 < station.sent_bytes <= 260_000
    assert box.fetcher.use.day == "2026-11-24" and station.sent_bytes <= box.fetcher.use.bytes <= 260_000
    first = station.sent_bytes
    box.clock.advance(timedelta(days=1))
    box.look(wanted, rules, times=20)
    assert box.fetcher.use.day == "2026-11-25" and station.sent_bytes - first <= 260_000
    assert box.fetcher.missing(wanted) == ()


def test_what_is_urgent_comes_whatever_the_budget_and_first(box: Box, station: FileStation) -> None:
    later = wanted_of(station, some_bytes(3000, 1))
    urgent = wanted_of(station, some_bytes(files.CHUNK + 100, 2), needed_in=timedelta(hours=3))
    rules = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(), budget_bytes_per_day=50_000)
    box.look([later, urgent], rules, times=5)
    assert box.fetcher.missing([later, urgent]) == (later.file.sha256,)
    assert box.fetcher.use.bytes > files.CHUNK


def test_no_kill_makes_the_count_less_than_what_came(tmp_path: Path, station: FileStation) -> None:
    """A process that dies in the middle of a chunk never comes to say what it has fetched."""
    rules = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(), budget_bytes_per_day=300_000)
    wanted = [wanted_of(station, some_bytes(90_000, seed)) for seed in range(10)]
    box = Box(tmp_path / "box", station)
    for _ in range(30):
        box.fetcher._count.settle = lambda **_: None  # type: ignore[method-assign]
        box.look(wanted, rules)
        box.start()
        assert station.sent_bytes <= box.fetcher.use.bytes <= 300_000


def test_the_count_is_written_once_for_a_piece_and_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda *given: written.append(len(given[1])) or real(*given))  # type: ignore[func-returns-value]
    count = DataCount(tmp_path / "data-use")
    for _ in range(48):  # a day's budget of 50 MB
        count.reserve(files.CHUNK, NIGHT, HANOI)
        count.settle(reserved=files.CHUNK, carried=files.CHUNK + 400)
    count.flush()
    count.flush()
    assert len(written) <= 49 and (tmp_path / "data-use").stat().st_size == 128
    assert DataCount(tmp_path / "data-use").use == count.use
    (tmp_path / "data-use").write_bytes(b"\x00" * 128)
    assert DataCount(tmp_path / "data-use").use.bytes == 0
