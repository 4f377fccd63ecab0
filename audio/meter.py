"""One meter that hears every block of a recording once and keeps only what does not grow with its samples."""

import math
from typing import Final

import numpy as np

from audio.decode import Samples
from audio.levels import HIGHEST_RISE, Between, KWeighting, highest
from audio.loudness import HOPS_PER_S, Power, speaker_weight

Points = np.ndarray[tuple[int], np.dtype[np.float32]]

_POINT: Final = Between.LENGTH
"""Samples per kept point of the waveform."""
_FULL_SCALE: Final = 0.99995
_ABSURD: Final = 1000.0
"""60 dB above full scale: no recorder writes this, a broken float file does."""


class NotNumbers(ValueError):
    """The block holds NaN, infinite or absurdly large samples."""


class HopSums:
    """Sums of squares per 5 ms, whatever the sampling rate."""

    def __init__(self, rate: int, rows: int) -> None:
        self._rate = rate
        self._sums = np.zeros((rows, 60 * HOPS_PER_S), np.float32)
        self._heard = 0

    def add(self, squares: Samples) -> None:
        """Add the next block of squares."""
        begins, ends = self._heard, self._heard + squares.shape[1]
        first = begins * HOPS_PER_S // self._rate
        last = (ends - 1) * HOPS_PER_S // self._rate
        edges = -(-np.arange(first + 1, last + 1) * self._rate // HOPS_PER_S) - begins
        sums = np.add.reduceat(squares, np.concatenate([[0], edges]), axis=1)
        while last >= self._sums.shape[1]:
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)], axis=1)
        self._sums[:, first : last + 1] += sums
        self._heard = ends

    def power(self, row: int) -> Power:
        """Give the mean square of every whole hop."""
        whole = self._heard * HOPS_PER_S // self._rate
        return self._sums[row, :whole].astype(np.float64) * (HOPS_PER_S / self._rate)


class Meter:
    """Loudness, peaks and faults of a recording, fed block by block."""

    def __init__(self, rate: int, speakers: tuple[str, ...], mono: tuple[float, ...]) -> None:
        self.rate, self.speakers = rate, speakers
        self.samples = 0
        self.true_peak = 0.0
        self.clipped = 0
        self.first_clipped: int | None = None
        self._weights = np.array([speaker_weight(speaker, speakers) for speaker in speakers], np.float32)
        self._mono = np.array(mono, np.float32)
        self._weighting = KWeighting(rate, len(speakers))
        self._between = Between(rate, len(speakers))
        self._hops = HopSums(rate, 2)
        self._totals = np.zeros(len(speakers))
        self._offsets = np.zeros(len(speakers))
        self._product = 0.0
        self._points: list[Points] = []
        self._last_point = 0.0

    def hear(self, sound: Samples) -> None:
        """Take in the next block. Raises `NotNumbers`."""
        points = self._draw(sound)
        peak = float(points.max())
        if not peak < _ABSURD:
            raise NotNumbers
        self.true_peak = max(self.true_peak, peak)
        self._look_between(sound, points)
        if peak >= _FULL_SCALE:
            self._look_for_clipping(sound)
        self._offsets += sound.sum(axis=1)
        self._weigh(self._weighting(sound))
        self.samples += sound.shape[1]

    def _draw(self, sound: Samples) -> Points:
        size = np.abs(sound)
        whole = size.shape[1] // _POINT * _POINT
        points: Points = size[:, :whole].reshape(len(size), -1, _POINT).max(axis=(0, 2))
        if whole < size.shape[1]:
            points = np.append(points, size[:, whole:].max())
        self._points.append(points)
        return points

    def _look_between(self, sound: Samples, points: Points) -> None:
        """Look for the true peak, only where the samples are so high that it can be there."""
        highest_near = np.maximum(points, np.concatenate([[self._last_point], points[:-1]]))
        self._last_point = float(points[-1])
        between = self._between(sound, highest_near * HIGHEST_RISE > self.true_peak)
        self.true_peak = max(self.true_peak, highest(between))

    def _look_for_clipping(self, sound: Samples) -> None:
        """Count samples that stand at full scale with both their neighbours."""
        at_top = np.abs(sound) >= _FULL_SCALE
        flat = at_top[:, :-2] & at_top[:, 1:-1] & at_top[:, 2:]
        if flat.any() and self.first_clipped is None:
            self.first_clipped = self.samples + int(np.argmax(flat.any(axis=0)))
        self.clipped += int(np.count_nonzero(flat))

    def _weigh(self, weighted: Samples) -> None:
        mono = self._mono @ weighted
        if len(weighted) == 2:
            self._product += float(weighted[0] @ weighted[1])
        np.multiply(weighted, weighted, out=weighted)
        self._totals += weighted.sum(axis=1)
        self._hops.add(np.stack([self._weights @ weighted, mono * mono]))

    @property
    def power(self) -> Power:
        """Weighted power per hop of the recording as it is."""
        return self._hops.power(0)

    @property
    def mono_power(self) -> Power:
        """Power per hop of its downmix."""
        return self._hops.power(1)

    @property
    def offsets(self) -> Power:
        """Mean value of each audio channel."""
        return self._offsets / max(1, self.samples)

    @property
    def channel_power(self) -> Power:
        """K-weighted mean square of each audio channel over the whole recording."""
        return self._totals / max(1, self.samples)

    @property
    def correlation(self) -> float:
        """How alike the two channels of a stereo recording are: 1 the same, 0 unrelated, -1 reversed."""
        both = math.sqrt(float(self._totals.prod())) if len(self._totals) == 2 else 0.0
        return self._product / both if both else 0.0

    def waveform(self, most: int) -> tuple[float, ...]:
        """Give at most so many peaks between 0 and 1, in equal steps."""
        points = np.concatenate(self._points) if self._points else np.zeros(0, np.float32)
        each = -(-len(points) // most) or 1
        padded = np.pad(points, (0, -len(points) % each)).reshape(-1, each).max(axis=1)
        return tuple(round(float(point), 3) for point in np.minimum(padded, 1.0))
