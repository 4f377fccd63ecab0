"""A player that is killed at random instants tells everything once, repeats nothing and loses no row."""

import random
from pathlib import Path

import pytest

from tests.audio.village.killed_box import KilledBox, check, kill_at_random

KILLS = 3


@pytest.mark.slow
def test_kills_at_random_instants_repeat_nothing_and_lose_nothing(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 -- shown when it fails; put the number here to see the same kills again
    box = KilledBox(tmp_path / "box", hours=0.2)
    kill_at_random(box, KILLS, random.Random(seed))
    check(box, box.finish(14))
