"""What villages say and are told while the broker between them and the station is killed, again and again.

With `--outage DAYS` their links are away for so many days of three broadcasts each: boxes, broker and backbone are
processes in a world where hours pass at once. While the journals are handed over, boxes and broker are killed.
"""

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
from tests.e2e.outage import Healed, World

HOURS = (5.5, 11.0, 17.5)
"""Of the broadcasts of a day, in UTC."""
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


def outlast(days: int, *, kills: int, boxes: int, seed: int | None) -> bool:
    """Let villages be without a link for so long; print how soon the log was whole, and tell whether it was."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    table = Table("days without a link", f"{days}")
    table.add_row("boxes", f"{boxes}")
    table.add_row("kills of boxes and broker when it is back (seed)", f"{kills} ({seed})")
    with tempfile.TemporaryDirectory() as folder:
        world = World(
            Mosquitto(Path(folder) / "broker"), Path(folder) / "villages", villages=boxes, days=days, hours=HOURS
        )
        try:
            healed = live_and_heal(world, kills=kills, seed=seed)
            table.add_row("link of all there after", f"{healed.connected_s:.1f} s")
            table.add_row("journals handed over after", f"{healed.handed_over_s:.1f} s")
            table.add_row("all in the log after", f"{healed.logged_s:.1f} s")
            table.add_row("rows", f"{healed.rows:,}")
            table.add_row("latest start", f"{healed.latest_start_ms:.0f} ms")
            for what, number in healed.deliveries.items():
                table.add_row(f"deliveries: {what}", f"{number:,}")
        except AssertionError as failure:
            table.add_row("WRONG", "\n".join([str(failure), *getattr(failure, "__notes__", [])]))
            return False
        finally:
            world.close()
            Console().print(table)
    return True


def live_and_heal(world: World, *, kills: int, seed: int) -> Healed:
    """All the days, with a power cut before one broadcast and no power during another, and what came of it."""
    world.start()
    world.cut_off()
    last = len(world.broadcasts) - 1
    world.live_through(power_cuts={last // 4}, off_for={last // 2})
    return world.come_back(kills, seed=seed)


def main() -> int:
    """Do as asked; 1 when something was lost or came twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--broker", type=int, default=5, metavar="N", help="kill either broker N times (100 is the aim)"
    )
    parser.add_argument(
        "--player", type=int, default=0, metavar="N", help="kill players N times instead (500 is the aim)"
    )
    parser.add_argument(
        "--outage", type=int, default=0, metavar="DAYS", help="no link for so many days instead (14 is the aim)"
    )
    parser.add_argument("--kills", type=int, default=6, help="of boxes and broker while an outage is made up for")
    parser.add_argument("--kind", choices=sorted(BROKERS), help="only this broker")
    parser.add_argument("--boxes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what comes twice is refused by the boxes, which they tell each time
    if asked.outage:
        return 0 if outlast(asked.outage, kills=asked.kills, boxes=asked.boxes, seed=asked.seed) else 1
    if asked.player:
        return 0 if kill_the_players(asked.player, boxes=asked.boxes, seed=asked.seed) else 1
    kinds = [BROKERS[asked.kind]] if asked.kind else list(BROKERS.values())
    return 0 if kill_the_brokers(asked.broker, boxes=asked.boxes, seed=asked.seed, kinds=kinds) else 1


if __name__ == "__main__":
    sys.exit(main())
