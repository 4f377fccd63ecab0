"""Commands of the topic recording."""

import click

COMMANDS: tuple[click.Command, ...] = ()
