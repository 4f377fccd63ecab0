"""The file of seals beside the database: who cuts the tail of the database off does not reach this file."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

NAME = "seals.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class SealLine:
    """A seal as a line of the file: what was signed, and the signature in hex."""

    statement: str
    signature: str

    def tell(self) -> str:
        """The line, without its end."""
        return json.dumps(
            {"statement": self.statement, "signature": self.signature}, ensure_ascii=False, separators=(",", ":")
        )


def path_of(home: Path) -> Path:
    """Where the station keeps the file."""
    return home / NAME


def read_line(text: str) -> SealLine | None:
    """The seal in a line; None for a line that is none."""
    try:
        told = json.loads(text)
        line = SealLine(statement=told["statement"], signature=told["signature"])
    except (ValueError, KeyError, TypeError):
        return None
    return line if isinstance(line.statement, str) and isinstance(line.signature, str) else None


def read(path: Path) -> Iterator[SealLine | None]:
    """The lines of the file in order, None for one that cannot be read; nothing when there is no file."""
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        yield read_line(line)


def append(path: Path, lines: Iterable[SealLine]) -> None:
    """Add seals at the end: they are on the disk when this returns."""
    data = "".join(f"{line.tell()}\n" for line in lines).encode()
    if not data:
        return
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def cut_torn_line(path: Path) -> None:
    """Take away a last line that a power cut left unfinished: the database has its seal, or it was never made."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    if data and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)
