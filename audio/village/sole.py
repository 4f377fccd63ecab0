"""One player at a time in a folder: who holds its lock knows that whoever else is named in the rows is dead."""

import fcntl
import os
from pathlib import Path

from scheduler.alive import Life
from scheduler.errors import PlayerInUse


class SoleLife(Life):
    """The life of the only player of a folder; leases of earlier ones are free at once, also after a new host name."""

    def __init__(self, folder: Path) -> None:
        """Raises `PlayerInUse` when another process plays from this folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._sole = os.open(folder / "player.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._sole, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._sole)
            raise PlayerInUse(folder=str(folder.parent)) from error
        super().__init__(folder, role="player")

    def is_dead(self, owner: str) -> bool:
        """Tell that everybody else is."""
        return owner != self.owner

    def bury(self, owner: str) -> None:
        """Take away the lock file of a life that is over."""
        if owner and "/" not in owner and self.is_dead(owner):
            (self._folder / f"{owner}.lock").unlink(missing_ok=True)

    def end(self) -> None:
        """Let the next one in; twice is harmless."""
        super().end()
        if self._sole >= 0:
            os.close(self._sole)
            self._sole = -1
