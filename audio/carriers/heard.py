"""The log of what sounded, `heard.jsonl`: one line for each stretch of an airing in a zone, whole or not at all."""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from scheduler.ports import Stretch

_TAIL = 32 * 1024 * 1024
"""How far back the log is read for what sounded of a programme (a hundred thousand stretches)."""
_LONGEST_LINE = 64 * 1024


class HeardLog:
    """Any number of processes append; a line torn by a death is cut off by whoever writes next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._read_from = self._read_to = 0
        self._found: defaultdict[tuple[str, str], list[Stretch]] = defaultdict(list)

    @property
    def size(self) -> int:
        """How many bytes there are now."""
        return os.fstat(self._file).st_size

    def append(self, stretches: Iterable[tuple[UUID, str, Stretch]]) -> None:
        """Write lines for stretches of a broadcast in a zone, each in one write; all are on the disk then, or none."""
        with self._alone():
            before = self.size
            try:
                for broadcast_id, zone_code, stretch in stretches:
                    os.write(self._file, _line_of(broadcast_id, zone_code, stretch))
                os.fdatasync(self._file)
            except OSError:
                os.ftruncate(self._file, before)
                raise

    def of(self, broadcast_id: UUID, zone_code: str) -> list[Stretch]:
        """The stretches of a broadcast in a zone, in order."""
        self._read_on()
        return list(self._found[str(broadcast_id), zone_code])

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _read_on(self) -> None:
        size = self.size
        if size < self._read_to or size - self._read_from > 2 * _TAIL or self._read_to == 0:
            self._found.clear()
            self._read_from = self._read_to = max(0, size - _TAIL)
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_to += len(line)
                self._keep(line)

    def _keep(self, line: bytes) -> None:
        try:
            told = json.loads(line)
        except ValueError:  # the first line after the start of the tail
            return
        started_at, ended_at = (datetime.fromisoformat(told[name]) for name in ("started_at", "ended_at"))
        self._found[told["broadcast"], told["zone"]].append(
            Stretch(
                airing_id=UUID(told["airing"]),
                offset_s=told["offset_s"],
                lasts_s=(ended_at - started_at).total_seconds(),
                started_at=started_at,
                ended_at=ended_at,
            )
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            self._cut_torn_line()
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _cut_torn_line(self) -> None:
        size = self.size
        if size == 0 or os.pread(self._file, 1, size - 1) == b"\n":
            return
        first = max(0, size - _LONGEST_LINE)
        os.ftruncate(self._file, first + os.pread(self._file, size - first, first).rfind(b"\n") + 1)


def _line_of(broadcast_id: UUID, zone_code: str, stretch: Stretch) -> bytes:
    told = {
        "broadcast": str(broadcast_id),
        "zone": zone_code,
        "airing": str(stretch.airing_id),
        "offset_s": round(stretch.offset_s, 6),
        "started_at": stretch.started_at.isoformat(timespec="microseconds"),
        "ended_at": stretch.ended_at.isoformat(timespec="microseconds"),
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
