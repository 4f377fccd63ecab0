"""Commands of the topic playout."""

import click

COMMANDS: tuple[click.Command, ...] = ()
