"""How loud a voice would be: the level of recorded sound in the speech band, from 300 Hz to 4 kHz."""

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import Final

RATE: Final = 8_000
"""Samples per second: all that a voice needs, and little to compute."""
WINDOW_S: Final = 0.1
LEAST_DBFS: Final = -90.0
_WINDOW: Final = round(WINDOW_S * RATE)
_LOW_HZ: Final = 300
"""Below it lies the mains' hum. Above 4 kHz there is nothing at this rate."""
_FULL: Final = 32_768.0


_QUALITIES: Final = (0.5412, 1.3066)
"""Of the two halves of a high pass of fourth order (Butterworth): 50 Hz comes through 60 dB weaker."""


class SpeechLevel:
    """Measures blocks (16 bit, mono) of any length; the sound before goes on into the next."""

    def __init__(self) -> None:
        self._filters = [_HighPass(quality) for quality in _QUALITIES]
        self._sum, self._count = 0.0, 0

    def add(self, block: bytes) -> list[float]:
        """The level in dBFS of each tenth of a second that this block completes; a full sine has -3."""
        sound: Sequence[float] = array("h", block[: len(block) // 2 * 2])
        for each in self._filters:
            sound = each.apply(sound)
        found = []
        for value in sound:
            self._sum += value * value
            self._count += 1
            if self._count == _WINDOW:
                found.append(_in_dbfs(self._sum / _WINDOW))
                self._sum, self._count = 0.0, 0
        return found


class _HighPass:
    """A high pass of second order, by the bilinear transform."""

    def __init__(self, quality: float) -> None:
        turn = math.tan(math.pi * _LOW_HZ / RATE)
        self._gain = 1 / (1 + turn / quality + turn * turn)
        self._back1 = 2 * (turn * turn - 1) * self._gain
        self._back2 = (1 - turn / quality + turn * turn) * self._gain
        self._state = (0.0, 0.0)

    def apply(self, sound: Iterable[float]) -> list[float]:
        (first, second), gain, back1, back2 = self._state, self._gain, self._back1, self._back2
        passed = []
        for value in sound:
            value *= gain  # noqa: PLW2901 -- eight thousand times a second on a small computer
            out = value + first
            first = second - 2 * value - back1 * out
            second = value - back2 * out
            passed.append(out)
        self._state = (first, second)
        return passed


def _in_dbfs(power: float) -> float:
    return max(LEAST_DBFS, 10 * math.log10(power / _FULL**2)) if power > 0 else LEAST_DBFS
