"""A fetch that is stopped, killed, held off or hit by a bug of ours is gone on with."""

import random
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from audio.store import FileMediaStore
from audio.village.data_use import DataCount
from tests.audio.village.fetching import RULES, Box, some_bytes, wanted_of
from tests.audio.village.file_station import FileStation, home_files
from tests.brokers import wait_until


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
from tests.audio.village.fetching import NIGHT, RULES, Item, membership_of
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
