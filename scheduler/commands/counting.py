"""Commands of the topic counting."""

import click

COMMANDS: tuple[click.Command, ...] = ()
