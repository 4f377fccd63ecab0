"""Killing village players at random instants: each kill is a SIGKILL of a real process that plays a real plan."""

import random
import threading
from collections import Counter
from pathlib import Path

from tests.audio.village.killed_box import KilledBox, check, kill_at_random

_LIFE_S = 10.0
"""As long as a life lasts on a busy computer, its beginning included: the plan must not end before the last kill."""


def kill_players(kills: int, folder: Path, *, boxes: int, seed: int) -> Counter[str]:
    """Kill players, several boxes beside each other; says what became of all editions.

    Raises `AssertionError` when an edition is not told exactly once, sounded twice, or a row that was seen is gone.
    """
    shares = [kills // boxes + (number < kills % boxes) for number in range(boxes)]
    killed = [
        KilledBox(folder / f"box{number}", hours=(share * _LIFE_S + 120) / 3600) for number, share in enumerate(shares)
    ]
    failures: list[BaseException] = []
    became: list[Counter[str]] = []

    def live(number: int) -> None:
        try:
            kill_at_random(killed[number], shares[number], random.Random(seed + number))
            became.append(check(killed[number], killed[number].finish(30)))
        except BaseException as failure:  # noqa: BLE001 -- told by whoever waits for all
            failures.append(failure)

    threads = [threading.Thread(target=live, args=(number,)) for number in range(boxes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure
    return sum(became, Counter())
