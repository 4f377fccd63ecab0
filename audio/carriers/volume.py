"""How loud a zone sounds: per cent of full scale, never above the cap, reached step by step so that nothing clicks."""

import threading
import warnings
from array import array
from collections.abc import Mapping
from typing import Final

from audio.playable import RATE, SAMPLE_BYTES

with warnings.catch_warnings():  # the standard library's own until Python 3.12, from then on the package audioop-lts
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

FULL: Final = 100
FADE_S: Final = 0.03
"""Seconds from silence to full scale; a smaller step takes its share of it."""
_STEP: Final = 1 / (FADE_S * RATE)


class Volume:
    """The volume of one zone, safe to set from any thread; what sounds follows it."""

    def __init__(self, percent: int = FULL, *, cap: int = FULL) -> None:
        self._lock = threading.Lock()
        self._cap = _within(cap, FULL)
        self._wanted = _within(percent, FULL)

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "Volume":
        """What a zone's settings say (`volume`, `volume_cap`); full scale where they say nothing of use."""
        percent, cap = (settings.get(name, FULL) for name in ("volume", "volume_cap"))
        return cls(percent if isinstance(percent, int) else FULL, cap=cap if isinstance(cap, int) else FULL)

    @property
    def percent(self) -> int:
        """What holds now."""
        with self._lock:
            return min(self._wanted, self._cap)

    def set(self, percent: int) -> int:
        """Ask for a volume; says which one holds: never above the cap, whoever asks."""
        with self._lock:
            self._wanted = _within(percent, FULL)
            return min(self._wanted, self._cap)

    def limit(self, cap: int) -> int:
        """Change the cap; what was asked for comes back when the cap allows it again."""
        with self._lock:
            self._cap = _within(cap, FULL)
            return min(self._wanted, self._cap)


class Fader:
    """Brings the blocks of one programme to its zone's volume: in from silence, out to silence, without a click."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._gain = 0.0
        self._is_ending = False

    def end(self) -> None:
        """Go down to silence with the next blocks."""
        self._is_ending = True

    @property
    def is_silent(self) -> bool:
        """Tell whether it was told to end and has come down to silence."""
        return self._is_ending and self._gain <= 0.0

    def apply(self, block: bytes) -> bytes:
        """The block (16 bit, mono) as loud as it is to be."""
        target = 0.0 if self._is_ending else self._volume.percent / FULL
        if self._gain != target:
            return self._ramp(block, target)
        return block if target == 1.0 else audioop.mul(block, SAMPLE_BYTES, target)

    def _ramp(self, block: bytes, target: float) -> bytes:
        samples, gain = array("h", block), self._gain
        step = _STEP if target > gain else -_STEP
        for place, sample in enumerate(samples):
            gain += step
            if (gain - target) * step >= 0:
                gain = target
            samples[place] = int(sample * gain)
        self._gain = gain
        return samples.tobytes()


def _within(percent: int, most: int) -> int:
    return max(0, min(percent, most))
