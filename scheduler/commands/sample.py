"""Commands of the topic sample."""

import click

COMMANDS: tuple[click.Command, ...] = ()
