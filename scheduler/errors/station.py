"""Settings, the database, the address and the backups that a station runs with."""

from scheduler.errors.base import Refused, Unavailable


class BadSettings(Refused):
    """One or more settings cannot be used; `problems` lists them all."""

    code = "bad_settings"


class PartNotInstalled(Refused):
    """A command needs a `library` that this installation does not have: a player has nothing of a station."""

    code = "part_not_installed"


class DatabaseOutOfDate(Unavailable):
    """The database lacks migrations that this software needs."""

    code = "database_out_of_date"


class DatabaseUnreachable(Unavailable):
    """The database does not answer; `reason` is what its driver said."""

    code = "database_unreachable"


class PortTaken(Unavailable):
    """Another program listens on the page's address already (`host`, `port`)."""

    code = "port_taken"


class AddressRefused(Unavailable):
    """The computer does not let the page listen on `host`:`port`; `reason` is what it said."""

    code = "address_refused"


class BackupFailed(Unavailable):
    """No backup could be written into `folder`; `reason` says why."""

    code = "backup_failed"


class NoBackupFolder(Refused):
    """Nobody said where backups go."""

    code = "no_backup_folder"
