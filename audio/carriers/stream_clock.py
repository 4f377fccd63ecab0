"""Which sample of an open stream belongs to an instant, however unevenly the device asks for its blocks."""

from collections import deque
from typing import Final

from audio.playable import RATE

_REMEMBERED: Final = 64
"""Blocks of 10 ms: longer than any device takes between two bursts, short enough to follow one that fell behind."""


class StreamClock:
    """A device asks in bursts (PulseAudio for 40 ms at once) and plays evenly.

    Whenever its buffer is full, the next sample is heard one buffer later. That happens again and again, and the
    request that came earliest for its place shows it: so the instant of every sample is known to a fraction of a
    millisecond, less the constant delay of the buffer, and no sample is handed over before its instant. What it took
    before it began to play must not be noted: it may have stood still since.
    """

    def __init__(self) -> None:
        self._leads: deque[float] = deque(maxlen=_REMEMBERED)

    def note(self, position: int, *, monotonic: float) -> None:
        """The device has all samples before this one, now."""
        self._leads.append(monotonic - position / RATE)

    def position_at(self, monotonic: float) -> int:
        """The number of the sample that belongs to an instant; 0 before the device has any."""
        return round((monotonic - min(self._leads)) * RATE) if self._leads else 0
