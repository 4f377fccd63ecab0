"""What villages say and are told while the broker between them and the station is killed, again and again."""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._broker_chaos import kill_brokers
from tests.contracts.running_brokers import Embedded, Mosquitto

BROKERS = (Embedded, Mosquitto)


def kill_the_brokers(kills: int, *, boxes: int, seed: int | None) -> bool:
    """Kill either broker so often; print what came of it and tell whether all arrived."""
    table = Table("broker", "kills", "rows written", "kept once", "wrong", "commands", "obeyed", "answered", "healed")
    is_whole = True
    for kind in BROKERS:
        with tempfile.TemporaryDirectory() as folder:
            broker = kind(Path(folder) / "broker")
            came = kill_brokers(broker, Path(folder) / "boxes", kills=kills, boxes=boxes, seed=seed)
        figures = (came.kills, came.rows, came.kept, came.wrong, came.commands, came.obeyed, came.answered)
        table.add_row(kind.name, *(f"{figure:,}" for figure in figures), f"{came.healed_s:.1f} s")
        is_whole = is_whole and came.is_whole
    Console().print(table)
    return is_whole


def main() -> int:
    """Do as asked; 1 when something was lost or came twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--broker", type=int, default=5, metavar="N", help="kill either broker N times (100 is the aim)"
    )
    parser.add_argument("--boxes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    return 0 if kill_the_brokers(asked.broker, boxes=asked.boxes, seed=asked.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
