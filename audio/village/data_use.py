"""What a box has fetched today: counted so that no power cut makes it less, with one small write for each chunk."""

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

logger = logging.getLogger(__name__)
_RECORD = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class DataUse:
    """Bytes that went over the link for files on a local day."""

    day: str
    """`2026-11-24`."""
    bytes: int


class DataCount:
    """Counts by the local day; what is about to be fetched is written down first, what was not needed is given back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._use = _read(path)
        self._written = self._use

    @property
    def use(self) -> DataUse:
        """The day last counted for, and its bytes."""
        return self._use

    def on(self, now: datetime, zone: ZoneInfo) -> int:
        """The bytes of the present local day."""
        day = _day(now, zone)
        return self._use.bytes if self._use.day == day else 0

    def reserve(self, size_bytes: int, now: datetime, zone: ZoneInfo) -> None:
        """Count so many bytes as fetched, durably, before they are. Raises `OSError`."""
        day = _day(now, zone)
        used = self._use.bytes if self._use.day == day else 0
        wanted = DataUse(day=day, bytes=used + size_bytes)
        if wanted.day != self._written.day or wanted.bytes > self._written.bytes:
            self._write(wanted)
        self._use = wanted

    def settle(self, *, reserved: int, carried: int) -> None:
        """Say what really went over the link; on the card it stays too high until the next chunk, never too low."""
        self._use = DataUse(day=self._use.day, bytes=max(0, self._use.bytes - reserved + carried))

    def flush(self) -> None:
        """Bring the card to what is true, when there is time for it."""
        if self._use != self._written:
            try:
                self._write(self._use)
            except OSError as error:
                logger.warning("files.use_not_kept reason=%s", error)

    def _write(self, use: DataUse) -> None:
        """In place, within one sector, which a disk writes whole or not at all: no folder changes for a number."""
        told = json.dumps({"day": use.day, "bytes": use.bytes}).encode().ljust(_RECORD)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, told, 0)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self._written = use


def _day(now: datetime, zone: ZoneInfo) -> str:
    return f"{now.astimezone(zone):%Y-%m-%d}"


def _read(path: Path) -> DataUse:
    try:
        told = json.loads(path.read_text(encoding="ascii"))
        return DataUse(day=str(told["day"]), bytes=max(0, int(told["bytes"])))
    except (OSError, ValueError, KeyError, TypeError):
        return DataUse(day="", bytes=0)
