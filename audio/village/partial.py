"""Files on their way into a village: what has come of each so far, kept over restarts, believed only when whole."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_ENDING = ".part"


class Partials:
    """One file for each that is under way, named by the hash of the whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def length(self, sha256: str) -> int:
        """How much of a file is here."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return 0

    def open(self, sha256: str, *, at: int) -> BinaryIO:
        """The file, to be gone on with from `at`; what lay behind is cut off."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path(sha256), os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+b")
        file.truncate(at)
        file.seek(at)
        return file

    def is_whole(self, sha256: str) -> bool:
        """Tell whether what is here has that hash."""
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False

    def drop(self, sha256: str) -> None:
        """Forget what has come."""
        self.path(sha256).unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """Where it lies."""
        return self._folder / f"{sha256}{_ENDING}"

    def find(self) -> Iterator[tuple[str, int]]:
        """All that are under way, with their length."""
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            name = path.name.removesuffix(_ENDING)
            yield name, self.length(name)


def sync(file: BinaryIO) -> None:
    """Let what was written outlast a power cut."""
    file.flush()
    os.fdatasync(file.fileno())
