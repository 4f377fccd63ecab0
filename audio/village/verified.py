"""A player's files, handed to a carrier only after their hash was seen to be right; none is made in a village."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from scheduler.errors import MediaMissing
from scheduler.ports import MediaStore, Part, Rendition, StoredFile


class VerifiedStore:
    """A media store that reads a file to its end before it is first used in this life of the program.

    Readiness verifies again before each airing; this is for what is joined in progress, before readiness came to it.
    """

    def __init__(self, media: MediaStore) -> None:
        self._media = media
        self._seen: set[str] = set()

    def add(self, source: BinaryIO) -> StoredFile:
        """Store the bytes durably."""
        return self._media.add(source)

    def adopt(self, path: Path) -> StoredFile:
        """Take a finished file into the store."""
        return self._media.adopt(path)

    def path(self, sha256: str) -> Path:
        """Where the file lies. Raises `MediaMissing`, `MediaCorrupt`."""
        if sha256 not in self._seen:
            self.verify(sha256)
        return self._media.path(sha256)

    def verify(self, sha256: str) -> None:
        """Read the whole file and compare. Raises `MediaMissing`, `MediaCorrupt`."""
        self._seen.discard(sha256)
        self._media.verify(sha256)
        self._seen.add(sha256)


class NothingToAssemble:
    """The assembler of a village: what the station did not send is missing."""

    def assemble(self, parts: Sequence[Part]) -> Rendition:
        """Raises `MediaMissing`: the file of a programme comes from the station, or not at all."""
        raise MediaMissing(sha256=parts[0].sha256 if parts else "")
