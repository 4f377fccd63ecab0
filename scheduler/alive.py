"""Whether the owner of a lease still lives: a kernel lock tells at once for this machine, nothing for others."""

import contextlib
import fcntl
import hashlib
import re
import secrets
import socket
from pathlib import Path
from typing import IO

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Life:
    """The life of one process under a name that nobody else ever bears: as long as it lives it holds a lock."""

    def __init__(self, folder: Path, *, role: str = "playout") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._place = _place(folder)
        self.owner = f"{role}.{self._place}.{_boot()}.{secrets.token_hex(6)}"
        self._path = folder / f"{self.owner}.lock"
        self._lock: IO[str] | None = self._path.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def is_dead(self, owner: str) -> bool:
        """Tell whether an owner is known to be dead; False for one that lives or that nobody here can judge."""
        parts = owner.split(".")
        if owner == self.owner or len(parts) != 4 or parts[1] != self._place or not re.fullmatch(r"[\w.-]+", owner):
            return False
        try:
            with (self._folder / f"{owner}.lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:  # held by a living process, or no such file: then only the lease's end can tell
            return False
        return True

    def bury(self, owner: str) -> None:
        """Take away the lock file of a dead owner that holds nothing any more."""
        if self.is_dead(owner):
            (self._folder / f"{owner}.lock").unlink(missing_ok=True)

    def end(self) -> None:
        """Let go of the lock and the file; twice is harmless."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None


def _place(folder: Path) -> str:
    """The machine with the station's folder: locks tell only about processes that share both."""
    told = f"{socket.gethostname()}\n{folder.resolve()}"
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40]
    return f"{host}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()[:8]
    except OSError:
        return "unknown"
