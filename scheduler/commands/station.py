"""Commands of the topic station."""

import click

COMMANDS: tuple[click.Command, ...] = ()
