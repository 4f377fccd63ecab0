"""Files of the station's own kind (mono, 48 kHz; FLAC or Opus) read in blocks; FLAC written from blocks, and cut."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from audio.decode import open_sound
from audio.encode import RATE, open_flac
from scheduler.errors import NotAudio

Mono = np.ndarray[tuple[int], np.dtype[np.int16]]
"""Sound of one audio channel as it is in the file."""


def read_mono(path: Path) -> Iterator[Mono]:
    """The samples of a file that airs, block by block. Raises `NotAudio` when it is not of our kind."""
    with open_sound(path) as sound:
        if sound.rate != RATE or len(sound.speakers) != 1:
            raise NotAudio
        for block in sound.blocks():
            yield np.rint(block[0] * 32768).clip(-32768, 32767).astype(np.int16)


def write_flac(path: Path, blocks: Iterable[Mono]) -> int:
    """Write samples as FLAC, the same bytes for the same samples; says how many there were."""
    written = 0
    with open_flac(path) as file:
        for block in blocks:
            if len(block):
                file.write(np.ascontiguousarray(block))
                written += len(block)
    return written


def cut_flac(source: Path, target: Path, *, from_s: float, until_s: float | None) -> None:
    """Write the part between two seconds of a file (None: to its end); the target is there whole or not at all."""
    first = round(from_s * RATE)
    last = None if until_s is None else round(until_s * RATE)
    unfinished = target.with_suffix(".part")
    try:
        write_flac(unfinished, _between(read_mono(source), first, last))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _between(blocks: Iterable[Mono], first: int, last: int | None) -> Iterator[Mono]:
    at = 0
    for block in blocks:
        if last is not None and at >= last:
            return
        piece = block[max(0, first - at) : None if last is None else max(0, last - at)]
        if len(piece):
            yield piece
        at += len(block)
