"""Reading what airs (FLAC or Ogg Opus: mono, 48 kHz) from any sample on, with libsndfile: no FFmpeg, no numpy."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

from scheduler.errors import NotAudio

RATE: Final = 48_000
SAMPLE_BYTES: Final = 2
_BLOCK: Final = 4_800
_LAST: Final = 2 * RATE
"""The end of a file is read in one go: of the last packet of an Opus file libsndfile gives wrong samples in pieces."""


def read_from(path: Path, first: int) -> Iterator[bytes]:
    """The samples (16 bit, mono) of a file from one of them on, block by block.

    An Opus decoder's first samples are no sound (pre-skip): they are not counted, and none of them is given. Raises
    `NotAudio` when the file is not of our kind.
    """
    libsndfile = _libsndfile()
    try:
        file = libsndfile.SoundFile(path)
    except libsndfile.LibsndfileError as error:
        raise NotAudio from error
    with file:
        if file.samplerate != RATE or file.channels != 1:
            raise NotAudio
        last = max(0, file.frames - _LAST)
        at = file.seek(min(first, last))
        while at < last:
            block = bytes(file.buffer_read(min(_BLOCK, last - at), dtype="int16"))
            if not block:  # damaged in the middle
                raise NotAudio
            at += len(block) // SAMPLE_BYTES
            yield block
        if first < file.frames:
            yield bytes(file.buffer_read(-1, dtype="int16"))[max(0, first - at) * SAMPLE_BYTES :]


def ending_of(path: Path) -> str:
    """How the name of such a file ends: `.opus` or `.flac`, by its first bytes."""
    with path.open("rb") as file:
        return ".opus" if file.read(4) == b"OggS" else ".flac"


def _libsndfile() -> ModuleType:
    """Load libsndfile's wrapper only where something is played."""
    return importlib.import_module("soundfile")
