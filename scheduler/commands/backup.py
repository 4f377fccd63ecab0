"""The command that writes a backup of the station."""

from pathlib import Path

import click

from scheduler.backup import make_backup
from scheduler.errors import NoBackupFolder
from scheduler.station import Station


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.pass_obj
def backup(station: Station, folder: Path | None) -> None:
    """Copy rows, keys and sound into FOLDER (LOABAN_BACKUP_FOLDER by default) while the station goes on.

    To put one back: stop the station; copy station.db (or pg_restore station.dump), keys, seals.jsonl, templates and
    the media beside them into LOABAN_HOME; loaban verify.
    """
    chosen = folder or station.settings.backup_folder
    if chosen is None:
        raise NoBackupFolder
    made = make_backup(station.engine, home=station.settings.home, folder=chosen, now=station.clock.now())
    click.echo(made)


COMMANDS: tuple[click.Command, ...] = (backup,)
