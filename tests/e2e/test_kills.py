"""Whatever dies and whenever: nothing sounds twice, and every planned delivery is in the log once, with the truth."""

import random
import time
from pathlib import Path

import pytest

from tests.e2e.station import Station, check

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]
KILLS = 100


def a_seed() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 -- shown when it fails; put the number here to see the same kills again
    return random.Random(seed)


def test_a_hundred_kills_at_random_instants_repeat_nothing_and_lose_nothing(tmp_path: Path) -> None:
    chance = a_seed()
    station = Station(tmp_path, groups=3, languages=[("blt", "vi"), ("vi",)], every_s=1.5, broadcasts=84)
    started = time.monotonic()
    for _ in range(KILLS):
        daemon = station.start()
        time.sleep(chance.uniform(0.1, 2.2))
        assert daemon.poll() is None, (tmp_path / "daemons.log").read_text()
        daemon.kill()
        daemon.wait()
    print(f"{KILLS} kills in {time.monotonic() - started:.0f} s")  # noqa: T201 -- shown when it fails
    station.finish(station.start())
    ends = check(station)
    print(ends)  # noqa: T201 -- shown when it fails
    # How many is a matter of how busy the computer is.
    assert any(kind.startswith("partial") for kind in ends)
    assert sum(number for kind, number in ends.items() if kind.startswith("sounded")) > 2


def test_two_daemons_on_one_database_one_dying_now_and_then_share_five_hundred_broadcasts(tmp_path: Path) -> None:
    chance = a_seed()
    station = Station(tmp_path, groups=10, languages=[("vi",), ("blt",)], every_s=0.22, broadcasts=500)
    daemons = [station.start(), station.start()]
    kills = 0
    while time.time() < station.last_end.timestamp():
        time.sleep(chance.uniform(2, 8))
        victim = chance.randrange(2)
        assert daemons[victim].poll() is None, (tmp_path / "daemons.log").read_text()
        daemons[victim].kill()
        daemons[victim].wait()
        kills += 1
        time.sleep(chance.uniform(0, 2))
        daemons[victim] = station.start()
    station.finish(daemons[0])
    station.finish(daemons[1])
    ends = check(station)
    print(kills, ends)  # noqa: T201 -- shown when it fails
    assert kills > 10
    assert sum(number for kind, number in ends.items() if kind.startswith("sounded")) > 800
