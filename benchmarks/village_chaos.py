"""What villages say and are told while the broker between them and the station is killed, again and again."""

import argparse
import logging
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._broker_chaos import kill_brokers
from benchmarks._player_chaos import kill_players
from tests.contracts.running_brokers import Embedded, Mosquitto, RunningBroker

BROKERS: dict[str, type[RunningBroker]] = {kind.name: kind for kind in (Embedded, Mosquitto)}


def kill_the_brokers(kills: int, *, boxes: int, seed: int | None, kinds: Sequence[type[RunningBroker]]) -> bool:
    """Kill each broker so often; print what came of it and tell whether all arrived."""
    table = Table("broker", "kills", "rows", "kept", "twice", "orders", "obeyed", "answered", "healed")
    is_whole = True
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            broker = kind(Path(folder) / "broker")
            came = kill_brokers(broker, Path(folder) / "boxes", kills=kills, boxes=boxes, seed=seed)
        figures = (came.kills, came.rows, came.kept, came.twice, came.commands, came.obeyed, came.answered)
        table.add_row(kind.name, *(f"{figure:,}" for figure in figures), f"{came.healed_s:.1f} s")
        is_whole = is_whole and came.is_whole
    Console().print(table)
    return is_whole


def kill_the_players(kills: int, *, boxes: int, seed: int | None) -> bool:
    """Kill players so often; print what became of their programmes and tell whether each was told once."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    began = time.monotonic()
    table = Table("kills of players", "boxes", "seconds", "seed", "what became of the editions, each told once")
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = ", ".join(
                f"{what}: {number:,}"
                for what, number in kill_players(kills, Path(folder), boxes=boxes, seed=seed).items()
            )
        except AssertionError as failure:
            told = f"WRONG: {failure}"
    table.add_row(f"{kills:,}", f"{boxes}", f"{time.monotonic() - began:.0f}", f"{seed}", told)
    Console().print(table)
    return not told.startswith("WRONG")


def main() -> int:
    """Do as asked; 1 when something was lost or came twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--broker", type=int, default=5, metavar="N", help="kill either broker N times (100 is the aim)"
    )
    parser.add_argument(
        "--player", type=int, default=0, metavar="N", help="kill players N times instead (500 is the aim)"
    )
    parser.add_argument("--kind", choices=sorted(BROKERS), help="only this broker")
    parser.add_argument("--boxes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what comes twice is refused by the boxes, which they tell each time
    if asked.player:
        return 0 if kill_the_players(asked.player, boxes=asked.boxes, seed=asked.seed) else 1
    kinds = [BROKERS[asked.kind]] if asked.kind else list(BROKERS.values())
    return 0 if kill_the_brokers(asked.broker, boxes=asked.boxes, seed=asked.seed, kinds=kinds) else 1


if __name__ == "__main__":
    sys.exit(main())
