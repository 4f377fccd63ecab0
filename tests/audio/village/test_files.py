"""Fetching files into a village: cut links, wrong bytes, budgets, nights, quotas, restarts, revoked boxes."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import OperationalError

from audio.store import FileMediaStore
from audio.village import cache, files
from audio.village.data_use import DataCount
from audio.village.fetch_hours import is_fetch_hour
from audio.village.files import Fetcher
from audio.village.home import Membership
from scheduler.errors import BadStationAddress
from scheduler.village_messages import VillageFile, ZoneRules
from tests.audio.village.file_station import TOKEN, FileStation, home_files, serve
from tests.fakes import SteppingClock

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = datetime(2026, 11, 24, 2, 30, tzinfo=HANOI).astimezone(UTC)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=HANOI).astimezone(UTC)
RULES = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(("05:00", "21:00"),))


@dataclass(frozen=True)
class Item:
    file: VillageFile
    needed_at: datetime


class Box:
    """A fetcher with its folder, a clock that moves when told, and what it noted."""

    def __init__(self, folder: Path, station: FileStation, *, now: datetime = NIGHT, **options: Any) -> None:
        self.folder, self.station = folder, station
        self.clock = SteppingClock(now)
        self.options = options
        self.notes: list[dict[str, Any]] = []
        self.start()

    def start(self) -> None:
        """A new process on the same folder; of the one before, nothing is left but what it had written."""
        if hasattr(self, "fetcher"):
            self.fetcher._link.close()
        self.media = FileMediaStore(self.folder)
        self.fetcher = Fetcher(
            self.media,
            self.folder,
            membership_of(self.options.pop("url", self.station.url)),
            self.clock,
            note=self._note,
            luck=random.Random(1),
            **self.options,
        )
        FETCHERS.append(self.fetcher)

    def _note(self, code: str, *, at: datetime | None, **facts: object) -> None:
        self.notes.append({"code": code, "at": at, **facts})

    def look(self, wanted: Sequence[Item], rules: ZoneRules = RULES, *, times: int = 1) -> list[float]:
        return [self.fetcher.look(wanted, rules, now=self.clock.now()) for _ in range(times)]

    def look_until_idle(self, wanted: Sequence[Item], rules: ZoneRules = RULES) -> int:
        """Steps until there is nothing to do at once; waits pass on the clock. Says how many steps it took."""
        for step in range(2000):
            wait_s = self.fetcher.look(wanted, rules, now=self.clock.now())
            if wait_s == files.IDLE_S and not self.fetcher.missing(wanted):
                return step
            self.clock.advance(timedelta(seconds=wait_s))
        raise AssertionError("never idle")


def membership_of(url: str) -> Membership:
    return Membership(
        station_url=url, broker_url="mqtt://127.0.0.1:1", username="z1-00000000", password="", token=TOKEN,
        station_key="", zone_id=1, zone_code="TONG", zone_name="Bản Tông", paired_at=NIGHT, instance="1",
    )  # fmt: skip


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def wanted_of(
    station: FileStation, data: bytes, *, needed_in: timedelta = timedelta(days=3), now: datetime = NIGHT
) -> Item:
    sha256 = station.put(data)
    return Item(VillageFile(sha256=sha256, size_bytes=len(data), seconds=540.0), now + needed_in)


FETCHERS: list[Fetcher] = []


@pytest.fixture(autouse=True)
def _no_connection_outlives_its_test() -> Iterator[None]:
    yield
    while FETCHERS:
        FETCHERS.pop()._link.close()


@pytest.fixture
def station() -> Iterator[FileStation]:
    with serve(FileStation()) as station:
        yield station


@pytest.fixture
def box(tmp_path: Path, station: FileStation) -> Box:
    return Box(tmp_path / "box", station)


# --- whole files --------------------------------------------------------------------------------------------------
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


def test_plain_http_goes_only_to_addresses_within_the_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audio.village import station_link

    for peer, is_near in (
        ("127.0.0.1", True), ("192.168.1.9", True), ("10.1.2.3", True), ("fe80::1%eth0", True), ("::1", True),
        ("8.8.8.8", False), ("100.64.0.1", False), ("::ffff:8.8.8.8", False), ("2001:4860::8888", False),
    ):  # fmt: skip

        class Peer:
            def getpeername(self, peer: str = peer) -> tuple[str, int]:
                return (peer, 80)

        link = station_link.StationLink("http://dai.example")
        try:
            link._check_near(Peer())  # type: ignore[arg-type]
            assert is_near, peer
        except station_link.PlainLinkRefused:
            assert not is_near, peer
        station_link.StationLink("http://dai.example", allows_plain=True)._check_near(Peer())  # type: ignore[arg-type]


def test_a_link_that_may_not_be_used_bears_no_token(
    box: Box, station: FileStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audio.village.station_link import PlainLinkRefused, StationLink

    def refuse(*_: object) -> None:
        raise PlainLinkRefused(address="http://dai.example")

    monkeypatch.setattr(StationLink, "_check_near", refuse)
    item = wanted_of(station, some_bytes(100))
    assert box.look([item])[0] > 0
    assert station.asked == [] and box.fetcher.problems == ("plain_link",)


@pytest.mark.parametrize(
    "url", ["", "dai.example", "ftp://dai.example", "https://", "http://x:99999", "https://dai/?a"]
)
def test_an_address_that_cannot_be_used_is_told_at_once(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadStationAddress):
        Box(tmp_path, FileStation(), url=url)


# --- stopping -----------------------------------------------------------------------------------------------------
def test_a_fetch_is_left_off_at_once_and_gone_on_with_later(box: Box, station: FileStation) -> None:
    station.slow = True
    item = wanted_of(station, some_bytes(500_000))
    part = box.folder / "fetch" / f"{item.file.sha256}.part"
    thread = threading.Thread(target=box.fetcher.run, args=(lambda: ([item], RULES, box.clock.now()),))
    thread.start()
    wait_until(lambda: part.exists() and len(station.asked) == 1)
    time.sleep(0.05)
    began = time.monotonic()
    box.fetcher.stop()
    thread.join(5)
    assert not thread.is_alive() and time.monotonic() - began < 1
    station.slow = False
    came = part.stat().st_size
    assert came > 0
    box.start()
    box.look([item])
    assert station.asked[-1][1].startswith(f"bytes={came}-") and box.fetcher.is_ready(item.file.sha256)


FETCH = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from audio.store import FileMediaStore
from audio.village.files import Fetcher
from scheduler.clock import SystemClock
from scheduler.village_messages import VillageFile
from tests.audio.village.test_files import NIGHT, RULES, Item, membership_of
folder, url, sha256, size = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
fetcher = Fetcher(FileMediaStore(folder), folder, membership_of(url), SystemClock(), note=lambda *a, **b: None)
item = Item(VillageFile(sha256=sha256, size_bytes=size, seconds=1.0), NIGHT + timedelta(hours=1))
print("ready", flush=True)
while not fetcher.is_ready(sha256):
    fetcher.look([item], RULES, now=NIGHT)
"""


def test_processes_killed_at_random_instants_leave_a_file_to_go_on_with(tmp_path: Path, station: FileStation) -> None:
    luck = random.Random(11)
    data = some_bytes(1_500_000)
    item = wanted_of(station, data)
    station.pause_s = 0.004
    told = [sys.executable, "-c", FETCH, str(tmp_path), station.url, item.file.sha256, str(len(data))]
    for _ in range(6):
        child = subprocess.Popen(told, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE)
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        time.sleep(luck.uniform(0.0, 0.1))
        child.kill()
        child.communicate()
        assert home_files(tmp_path) <= {item.file.sha256}
    station.pause_s = 0.0
    subprocess.run(told, cwd=Path(__file__).parents[3], check=True, timeout=30, stdout=subprocess.DEVNULL)
    assert FileMediaStore(tmp_path).path(item.file.sha256).read_bytes() == data
    # What lay in the sockets when a process died was sent and never came: not more than that is fetched twice.
    assert station.sent_bytes < len(data) * 3
    assert DataCount(tmp_path / "data-use").use.bytes >= len(data)


def test_a_link_that_is_held_off_is_cut_and_comes_back_by_itself(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(100))
    box.fetcher.hold_off(30)
    assert box.look([item])[0] > 0 and station.asked == []
    box.clock.advance(timedelta(seconds=29))
    box.look([item])
    assert station.asked == []
    box.clock.advance(timedelta(seconds=1))
    box.look([item])
    assert box.fetcher.is_ready(item.file.sha256)


def test_a_link_is_held_off_in_the_middle_of_a_piece(box: Box, station: FileStation) -> None:
    station.slow = True
    item = wanted_of(station, some_bytes(500_000))
    looks = threading.Thread(target=box.look, args=([item],))
    looks.start()
    part = box.folder / "fetch" / f"{item.file.sha256}.part"
    wait_until(lambda: part.exists() and part.stat().st_size >= 240_000)  # and now it waits for what does not come
    box.fetcher.hold_off(30)
    looks.join(5)
    assert not looks.is_alive() and not box.fetcher.is_ready(item.file.sha256)


def test_the_thread_outlives_a_failure_of_ours_and_wakes_when_told(box: Box, station: FileStation) -> None:
    item = wanted_of(station, some_bytes(100))
    told: list[object] = [None, ZeroDivisionError("a bug"), ([item], RULES, box.clock.now())]
    calls = threading.Semaphore(0)

    def tell() -> Any:
        calls.release()
        found = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(found, Exception):
            raise found
        return found

    thread = threading.Thread(target=box.fetcher.run, args=(tell,))
    thread.start()
    for _ in range(2):
        assert calls.acquire(timeout=5)
        time.sleep(0.02)
        box.fetcher.wake()
    wait_until(lambda: box.fetcher.is_ready(item.file.sha256))
    box.fetcher.stop()
    thread.join(5)
    assert not thread.is_alive()


def wait_until(holds: Any, *, within_s: float = 10.0) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


# --- hours and budget ---------------------------------------------------------------------------------------------
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
    import os

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


# --- room ---------------------------------------------------------------------------------------------------------
def box_of(tmp_path: Path, station: FileStation, *, quota: int) -> Box:
    return Box(tmp_path / "box", station, quota_bytes=quota)


def test_what_no_plan_wants_goes_first_the_oldest_of_it(tmp_path: Path, station: FileStation) -> None:
    box = box_of(tmp_path, station, quota=35_000)
    old = [wanted_of(station, some_bytes(10_000, seed), needed_in=timedelta(days=3 + seed)) for seed in range(3)]
    for age, item in zip((30, 10, 20), old, strict=True):
        box.look([item])
        import os

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
