"""Commands of the topic programme."""

import click

COMMANDS: tuple[click.Command, ...] = ()
