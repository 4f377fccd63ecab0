"""Files named by their SHA-256 on one disk: written once, never changed, whole or not at all after a power cut."""

import contextlib
import errno
import fcntl
import hashlib
import io
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from scheduler.errors import MediaCorrupt, MediaMissing, MediaNotStored
from scheduler.ports import StoredFile

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOCK = 1024 * 1024
_READ_ONLY = 0o444


class FileMediaStore:
    """The media of one station below `home`; any number of processes may use it at once."""

    def __init__(self, home: Path) -> None:
        self._media = home / "media"
        self._unfinished = home / "tmp"
        self._verified: dict[str, _Mark] = {}

    def add(self, source: BinaryIO) -> StoredFile:
        """Store the bytes durably and say their name. Raises `MediaNotStored`, and then leaves nothing behind."""
        try:
            with self._unfinished_file() as (path, file):
                sha256, size_bytes = hashlib.sha256(), 0
                while block := source.read(_BLOCK):
                    sha256.update(block)
                    size_bytes += file.write(block)
                file.flush()
                stored = StoredFile(sha256=sha256.hexdigest(), size_bytes=size_bytes)
                self._put(path, file.fileno(), stored.sha256)
        except OSError as error:
            raise MediaNotStored(reason=error.strerror or str(error)) from error
        return stored

    def adopt(self, path: Path) -> StoredFile:
        """Take a finished file into the store and say its name; it is gone from where it lay."""
        try:
            with _open_plain(path) as file:
                status = os.fstat(file.fileno())
                if status.st_dev == self._folder(self._unfinished).stat().st_dev:
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                    self._put(path, file.fileno(), sha256)
                    return StoredFile(sha256=sha256, size_bytes=status.st_size)
                stored = self.add(file)
            path.unlink()
        except OSError as error:
            raise MediaNotStored(reason=error.strerror or str(error)) from error
        return stored

    def path(self, sha256: str) -> Path:
        """Where the file lies. Raises `MediaMissing`, also for a text that is no SHA-256.

        A file that was verified and touched since is verified again, so that it may raise `MediaCorrupt` too.
        """
        path, mark = self._find(sha256)
        if self._verified.get(sha256, mark) != mark:
            self.verify(sha256)
        return path

    def verify(self, sha256: str) -> None:
        """Read the whole file and compare. Raises `MediaMissing`, `MediaCorrupt`."""
        path, _ = self._find(sha256)
        try:
            with path.open("rb") as file:
                mark = _mark_of(os.fstat(file.fileno()))
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise MediaMissing(sha256=sha256) from error
        except OSError as error:
            raise MediaCorrupt(sha256=sha256) from error
        if found != sha256:
            raise MediaCorrupt(sha256=sha256)
        self._verified[sha256] = mark

    def find(self) -> list[StoredFile]:
        """All files of the store, the one that lies there longest first."""
        found = []
        for path in self._media.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                if _SHA256.fullmatch(path.name):
                    found.append((path.stat().st_mtime_ns, path.name, path.stat().st_size))
        return [StoredFile(sha256=name, size_bytes=size) for _, name, size in sorted(found)]

    def remove(self, sha256: str) -> None:
        """Take a file out of the store for good; who has it open reads on. Only a box's cache does so."""
        if _SHA256.fullmatch(sha256):
            self._place(sha256).unlink(missing_ok=True)
        self._verified.pop(sha256, None)

    @contextlib.contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder on the store's disk for files that will be adopted; removed afterwards, with all that is in it."""
        while True:
            folder = self._folder(self._unfinished) / f"work-{secrets.token_hex(8)}"
            folder.mkdir(mode=0o700)
            lock = _try_lock(folder)
            if lock is not None:
                break
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def sweep(self) -> int:
        """Remove what processes that died left unfinished, and say how many; what a living one holds stays."""
        removed = 0
        for leftover in list(self._folder(self._unfinished).iterdir()):
            if not leftover.name.startswith(("work-", "file-")) or (lock := _try_lock(leftover)) is None:
                continue
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
            os.close(lock)
            removed += 1
        return removed

    def _find(self, sha256: str) -> tuple[Path, "_Mark"]:
        path = self._place(sha256)
        try:
            status = path.stat() if _SHA256.fullmatch(sha256) else None
        except OSError:
            status = None
        if status is None or not stat.S_ISREG(status.st_mode):
            raise MediaMissing(sha256=sha256)
        return path, _mark_of(status)

    def _place(self, sha256: str) -> Path:
        return self._media / sha256[:2] / sha256

    @contextlib.contextmanager
    def _unfinished_file(self) -> Iterator[tuple[Path, BinaryIO]]:
        while True:
            path = self._folder(self._unfinished) / f"file-{secrets.token_hex(8)}"
            path.touch(mode=0o600, exist_ok=False)
            lock = _try_lock(path)
            if lock is not None:
                break
        try:
            with path.open("r+b") as file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)
            os.close(lock)

    def _put(self, path: Path, descriptor: int, sha256: str) -> None:
        """Move a complete file to its place. One that lies there is replaced: the same bytes, or damaged ones."""
        os.fchmod(descriptor, _READ_ONLY)
        os.fsync(descriptor)
        place = self._place(sha256)
        self._folder(place.parent)
        path.rename(place)
        _sync_folder(place.parent)
        _sync_folder(self._media)  # Another process may have made the folder and not come this far yet.

    def _folder(self, folder: Path) -> Path:
        """Make a folder and those above it durably, unless they are there."""
        if not folder.is_dir():
            self._folder(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync_folder(folder.parent)
        return folder


_Mark = tuple[int, int, int, int, int]
"""Tells whether a file is still the one it was: every write, rename or link to it changes the last part."""


def _mark_of(status: os.stat_result) -> _Mark:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _open_plain(path: Path) -> io.BufferedReader:
    """Open a regular file; a link would let whoever made it name any file of the disk."""
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "not a regular file")


def _try_lock(path: Path) -> int | None:
    """Lock a file or folder for as long as the descriptor is open; None when another has it or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.lstat().st_ino:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
