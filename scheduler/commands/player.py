"""Commands of the topic player: the box at a village's amplifier, and what it says of itself."""

import json
import logging
import signal
import sys
import threading
from pathlib import Path

import click

from scheduler.commands.player_pair import pair
from scheduler.station import Station

logger = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005
"""As for the daemon of the station: a thread that starts sound must not wait 5 ms for its turn."""


@click.group("player", no_args_is_help=True)
def player() -> None:
    """The player in a village: plays on its own by the plan it was sent."""


@player.command("run")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Folder of the player.")
@click.option("--carrier", default="soundcard", help="How it makes sound: soundcard, file or memory.")
@click.option("--demo", is_flag=True, help="A player for a demonstration: the station may pull its link for a while.")
@click.pass_obj
def run(station: Station, home: Path | None, carrier: str, demo: bool) -> None:
    """Play until told to stop (SIGTERM or Ctrl-C)."""
    from scheduler.commands.player_parts import OpenedPlayer, open_core

    sys.setswitchinterval(SWITCH_SECONDS)
    logging.getLogger().setLevel(station.settings.log_level)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    core = open_core(station, folder_of(station, home), carrier=carrier)
    OpenedPlayer(core, is_demonstration=demo).run(stopping)


@player.command("status")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Folder of the player.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def status(station: Station, home: Path | None, as_json: bool) -> None:
    """Say what this player knows: the time, its plan, what comes next, which files lack, what waits for the station."""
    from audio.village.local_status import read_status
    from scheduler.commands.player_words import tell_status

    told = read_status(folder_of(station, home), station.clock)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1, default=str))
        return
    for line in tell_status(told, language=station.settings.language):
        click.echo(line)


def folder_of(station: Station, home: Path | None) -> Path:
    """The folder of a player: as told, else that of the settings."""
    return (home or station.settings.home).expanduser().resolve()


player.add_command(pair)

COMMANDS: tuple[click.Command, ...] = (player,)
