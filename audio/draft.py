"""The draft that the files that air are made from: mono, 48 kHz, on disk, with the true peak of each hop."""

import os
from pathlib import Path
from typing import Final

import numpy as np

from audio.decode import Resampler, Row, Samples, Sound
from audio.levels import Between
from audio.loudness import HOPS_PER_S, Power
from audio.measure import Mix

RATE: Final = 48_000
HOP: Final = RATE // HOPS_PER_S
CHUNK: Final = 30_720
"""Samples worked on at once: whole hops, whole stretches of `Between`, whole groups of `KWeighting`."""


class Draft:
    """Hears a recording block by block; afterwards gives its mono back, from any place and to any thread."""

    def __init__(self, path: Path, mix: Mix) -> None:
        self._path, self._mix = path, mix
        self._file = path.open("w+b", buffering=0)
        self._shares: Row | None = None
        self._resampler: Resampler | None = None
        self._between = Between(RATE, 1)
        self._waiting: list[Row] = []
        self._peaks: list[Power] = []
        self._energies: list[Power] = []
        self.samples = 0

    def hear(self, sound: Sound, block: Samples) -> None:
        """Mix, resample and keep the next block."""
        if self._resampler is None or self._shares is None:
            self._resampler = Resampler(sound.rate, RATE)
            self._shares = np.array(self._mix(sound.speakers), np.float32)
        self._take(self._resampler.bring(self._shares @ block))

    def finish(self) -> None:
        """Keep what is still held, after the last block."""
        if self._resampler is not None:
            self._take(self._resampler.finish())
        self._write(np.concatenate([*self._waiting, np.zeros(0, np.float32)]))

    def close(self) -> None:
        """Throw the draft away."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    @property
    def peaks(self) -> Power:
        """True peak of each whole hop."""
        return np.concatenate([*self._peaks, np.zeros(0)])[: self.samples // HOP]

    def power_of(self, first_hop: int, last_hop: int) -> Power:
        """Give the plain mean square of some hops."""
        return np.concatenate([*self._energies, np.zeros(0)])[first_hop:last_hop]

    def read(self, begins: int, ends: int) -> Row:
        """Give the samples between two places."""
        data = os.pread(self._file.fileno(), (ends - begins) * 4, begins * 4)
        return np.frombuffer(data, np.float32)

    def _take(self, rows: list[Row]) -> None:
        self._waiting += rows
        held = sum(map(len, self._waiting))
        if held < CHUNK:
            return
        row = np.concatenate(self._waiting)
        whole = held // CHUNK * CHUNK
        self._waiting = [row[whole:]]
        for begins in range(0, whole, CHUNK):
            self._write(row[begins : begins + CHUNK])

    def _write(self, row: Row) -> None:
        data = np.ascontiguousarray(row).data.cast("B")
        while data:
            data = data[self._file.write(data) or 0 :]
        self.samples += len(row)
        filled = np.pad(row, (0, -len(row) % HOP)).reshape(-1, HOP)
        between = self._between(row[np.newaxis]).reshape(-1) if len(row) else np.zeros(0, np.float32)
        per_hop = HOP * 3
        between = np.pad(between, (0, max(0, len(filled) * per_hop - len(between))))[: len(filled) * per_hop]
        highest = np.abs(between.reshape(-1, per_hop)).max(axis=1) if len(filled) else np.zeros(0)
        self._peaks.append(np.maximum(highest, np.abs(filled).max(axis=1)).astype(np.float64))
        self._energies.append(np.mean(filled * filled, axis=1).astype(np.float64))
