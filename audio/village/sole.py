"""One player at a time in a folder: who holds its lock knows that whoever else is named in the rows is dead."""

import fcntl
import os
from pathlib import Path

from scheduler.alive import Life
from scheduler.errors import PlayerInUse

_LOCK = "player.lock"


class SolePlayer:
    """The right to play from a folder, held as long as the process lives or until `end`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the player's. Raises `PlayerInUse` when another process plays from it."""
        self._folder = folder / "run"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise PlayerInUse(folder=str(folder)) from error
        for left in self._folder.glob("player.*.*.lock"):
            left.unlink(missing_ok=True)

    def life(self) -> "SoleLife":
        """A name for a daemon of this player."""
        return SoleLife(self._folder, role="player")

    def end(self) -> None:
        """Let the next one in; twice is harmless."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


class SoleLife(Life):
    """The life of the only daemon there is: leases of earlier ones are free at once, also after a new host name."""

    def is_dead(self, owner: str) -> bool:
        """Tell that everybody else is."""
        return owner != self.owner

    def bury(self, owner: str) -> None:
        """Nothing: the lock files of earlier lives went when this player began."""


def is_played(folder: Path) -> bool:
    """Tell whether a process plays from this folder now."""
    try:
        descriptor = os.open(folder / "run" / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
