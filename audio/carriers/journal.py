"""What sounds right now, noted on disk by each process, so that the next one can close what a dead one left open."""

import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from audio.carriers.timed import sounded
from scheduler.ports import Cue, Stretch, Transmission


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A programme that began to sound, as noted by its process; `last_seen_at` is that process's last sign of life."""

    transmission: Transmission
    started_at: datetime
    last_seen_at: datetime

    def stretches(self) -> tuple[Stretch, ...]:
        """What had sounded at the last sign of life."""
        seconds = max(0.0, (self.last_seen_at - self.started_at).total_seconds())
        return sounded(self.transmission, started_at=self.started_at, seconds=seconds)


class Journal:
    """The notes of this process, in a file that it keeps locked while it lives and touches as a sign of life."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _folder_lock(folder):
            self._path = folder / f"{os.getpid()}-{secrets.token_hex(6)}.jsonl"
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        self._open: set[int] = set()
        self._next = 0
        self._lock = threading.Lock()

    def begin(self, began: Iterable[tuple[Transmission, datetime]], *, now: datetime) -> list[int]:
        """Note durably that these sound; the numbers say which notes to end."""
        lines, numbers = [], []
        with self._lock:
            for transmission, started_at in began:
                numbers.append(self._next)
                lines.append(_line({"began": self._next, **_told(transmission, started_at)}))
                self._next += 1
            self._open.update(numbers)
            os.write(self._file, b"".join(lines))
            self._touch(now)
            os.fdatasync(self._file)
        return numbers

    def end(self, numbers: Sequence[int]) -> None:
        """Note that these are over and their lines are in the log; an empty journal starts anew."""
        with self._lock:
            self._open.difference_update(numbers)
            if self._open:
                os.write(self._file, b"".join(_line({"ended": number}) for number in numbers))
            else:
                os.ftruncate(self._file, 0)

    def beat(self, now: datetime) -> None:
        """Give a sign of life, while anything sounds."""
        if self._open:
            self._touch(now)

    def close(self) -> None:
        """Take the journal away; nothing sounds any more."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)

    def left_by_the_dead(self) -> Iterator[list[Note]]:
        """The open notes of each dead process; its journal is taken away once the caller has dealt with them."""
        with _folder_lock(self._folder):
            for path in self._others():
                file = os.open(path, os.O_RDONLY)
                try:
                    if _is_free(file):
                        yield _open_notes(path)
                        path.unlink()
                finally:
                    os.close(file)

    def open_elsewhere(self) -> list[Note]:
        """The open notes of the other processes that live."""
        with _folder_lock(self._folder):
            return [note for path in self._others() for note in _open_notes(path)]

    def _others(self) -> list[Path]:
        return [path for path in sorted(self._folder.glob("*.jsonl")) if path != self._path]

    def _touch(self, now: datetime) -> None:
        stamp = int(now.timestamp() * 1_000_000) * 1000
        os.utime(self._file, ns=(stamp, stamp))


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Keep other processes from making or taking away journals."""
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _is_free(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_notes(path: Path) -> list[Note]:
    last_seen_at = datetime.fromtimestamp(path.stat().st_mtime_ns // 1000 / 1_000_000, UTC)
    found: dict[int, dict[str, Any]] = {}
    for line in path.read_bytes().splitlines():
        try:
            told = json.loads(line)
        except ValueError:  # torn by the death of its writer
            continue
        if "began" in told:
            found[told["began"]] = told
        else:
            found.pop(told["ended"], None)
    return [_note_of(told, last_seen_at) for told in found.values()]


def _line(told: dict[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _told(transmission: Transmission, started_at: datetime) -> dict[str, object]:
    return {
        "broadcast": str(transmission.broadcast_id),
        "zone_id": transmission.zone_id,
        "zone": transmission.zone_code,
        "rendition": transmission.rendition_sha256,
        "seconds": transmission.seconds,
        "offset_s": transmission.offset_s,
        "cues": [[str(cue.airing_id or ""), cue.starts_s, cue.lasts_s] for cue in transmission.cues],
        "started_at": started_at.isoformat(timespec="microseconds"),
    }


def _note_of(told: dict[str, Any], last_seen_at: datetime) -> Note:
    cues = (
        Cue(airing_id=UUID(airing) if airing else None, starts_s=starts_s, lasts_s=lasts_s)
        for airing, starts_s, lasts_s in told["cues"]
    )
    return Note(
        transmission=Transmission(
            broadcast_id=UUID(told["broadcast"]),
            zone_id=told["zone_id"],
            zone_code=told["zone"],
            rendition_sha256=told["rendition"],
            seconds=told["seconds"],
            cues=tuple(cues),
            offset_s=told["offset_s"],
        ),
        started_at=datetime.fromisoformat(told["started_at"]),
        last_seen_at=last_seen_at,
    )
