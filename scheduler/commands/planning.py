"""Commands of the topic planning."""

import click

COMMANDS: tuple[click.Command, ...] = ()
