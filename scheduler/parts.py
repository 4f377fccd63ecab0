"""The bytes of uploads on disk until a person says what they are: one file each, named by the upload's own number."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from uuid import UUID

from scheduler.errors import MediaNotStored, UploadBusy, UploadLost

FOLDER = "uploads"
ENDING = ".part"
_NAME = re.compile(r"[0-9a-f]{32}\.part")


class Held:
    """One upload's file, which nobody else writes to meanwhile."""

    def __init__(self, file: BufferedRandom) -> None:
        self._file = file

    def write(self, data: bytes, *, at: int) -> None:
        """Write durably; what lay behind was never acknowledged. Raises `UploadLost`, `MediaNotStored`."""
        try:
            if os.fstat(self._file.fileno()).st_size < at:
                raise UploadLost
            self._file.truncate(at)
            self._file.seek(at)
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise MediaNotStored(reason=error.strerror or str(error)) from error

    def sha256(self) -> str:
        """The hash of all that is there."""
        self._file.seek(0)
        return hashlib.file_digest(self._file, "sha256").hexdigest()


class Parts:
    """The files of all uploads of a station; any number of processes may use them at once."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def path(self, upload_id: UUID) -> Path:
        """Where the bytes of an upload lie."""
        return self._folder / f"{upload_id.hex}{ENDING}"

    def make(self, upload_id: UUID) -> None:
        """An empty file for an upload. Raises `MediaNotStored`."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path(upload_id).touch(mode=0o600, exist_ok=False)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise MediaNotStored(reason=error.strerror or str(error)) from error

    @contextmanager
    def hold(self, upload_id: UUID) -> Iterator[Held]:
        """Keep everybody else from an upload's file. Raises `UploadBusy`, `UploadLost`."""
        try:
            descriptor = os.open(self.path(upload_id), os.O_RDWR | os.O_NOFOLLOW)
        except OSError as error:
            raise UploadLost from error
        with os.fdopen(descriptor, "r+b") as file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadBusy from error
            yield Held(file)

    def check(self, upload_id: UUID, *, at_least: int) -> None:
        """Raises `UploadLost` when fewer bytes are here than were acknowledged."""
        try:
            held = self.path(upload_id).stat().st_size
        except OSError as error:
            raise UploadLost from error
        if held < at_least:
            raise UploadLost

    def has(self, upload_id: UUID) -> bool:
        """Tell whether the bytes are here (they are not once the media store adopted them)."""
        return self.path(upload_id).is_file()

    def find(self) -> frozenset[UUID]:
        """The uploads of which there is a file."""
        names = [path.name for path in self._folder.glob(f"*{ENDING}")] if self._folder.is_dir() else []
        return frozenset(UUID(hex=name.removesuffix(ENDING)) for name in names if _NAME.fullmatch(name))

    def remove(self, upload_id: UUID) -> None:
        """Forget the bytes of an upload; harmless when they are gone."""
        self.path(upload_id).unlink(missing_ok=True)
