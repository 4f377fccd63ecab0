"""Commands of the topic coverage."""

import click

COMMANDS: tuple[click.Command, ...] = ()
