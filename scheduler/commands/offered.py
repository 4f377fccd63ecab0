"""Which commands there are and where each lives: loaded when used, so that a player carries nothing of a station."""

import importlib
from collections.abc import Mapping
from typing import NoReturn

import click

from scheduler.errors import PartNotInstalled

TOPICS: Mapping[str, tuple[str, ...]] = {
    "backbone": ("backbone",),
    "backup": ("backup",),
    "broker": ("broker",),
    "clerk": ("clerk",),
    "confirming": ("confirm",),
    "correction": ("correct",),
    "counting": ("count", "log", "tally", "import"),
    "counting_rule": ("rule",),
    "coverage": ("area", "zone", "loudspeaker"),
    "people": ("people",),
    "planning": ("slot", "broadcast", "plan"),
    "player": ("player",),
    "playout": ("playout", "alarms"),
    "programme": ("series", "episode", "edition"),
    "reconciling": ("reconcile", "books"),
    "recording": ("measure", "recording", "ingest"),
    "report": ("report",),
    "sample": ("sample",),
    "token": ("token",),
    "village": ("village",),
    "sealing": ("seal", "verify", "evidence"),
    "station": ("up", "web", "database", "settings", "doctor"),
}
"""Module of this package -> names of its `COMMANDS`."""
_OURS = frozenset({"scheduler", "audio", "web", "wsgi"})


class Offered(click.Group):
    """All commands; one whose libraries are not installed says so in a sentence when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Every name, whether it can be used here or not."""
        return sorted(name for names in TOPICS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load the topic of a command, and no other."""
        topic = next((topic for topic, names in TOPICS.items() if cmd_name in names), None)
        if topic is None:
            return None
        try:
            module = importlib.import_module(f"scheduler.commands.{topic}")
        except ModuleNotFoundError as error:
            return _not_here(cmd_name, lacking_part(error))
        found: dict[str | None, click.Command] = {command.name: command for command in module.COMMANDS}
        return found[cmd_name]


def lacking_part(error: ModuleNotFoundError) -> PartNotInstalled:
    """What to say when a library is not installed; a module of ours that is not there is a defect and raised."""
    library = (error.name or "").partition(".")[0]
    if library in _OURS or not library:
        raise error
    return PartNotInstalled(library=library)


def _not_here(name: str, lacking: PartNotInstalled) -> click.Command:
    def refuse(**_arguments: object) -> NoReturn:
        raise lacking

    return click.Command(
        name,
        callback=refuse,
        params=[click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True, "help_option_names": []},
        short_help="(chỉ có ở đài)",
    )
