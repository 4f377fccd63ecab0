"""The sounds around a programme, made by own code: a chime of three tones before it, two falling tones after it."""

from collections.abc import Sequence

import numpy as np

Mono = np.ndarray[tuple[int], np.dtype[np.float32]]

RATE = 48_000
PEAK = 0.4
_CHIME = (392.0, 523.25, 659.25)
_OUTRO = (523.25, 392.0)
_PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.0, 0.12), (4.2, 0.06))
"""A struck bar: its overtones (times the tone) with their strength; the highest is a little out of tune, as in bars."""


def make_chime() -> Mono:
    """Three rising tones: a programme begins."""
    return _strike(_CHIME, every_s=0.45, rings_s=1.4)


def make_outro() -> Mono:
    """Two falling tones: the programme is over."""
    return _strike(_OUTRO, every_s=0.5, rings_s=1.3)


def _strike(tones: Sequence[float], *, every_s: float, rings_s: float) -> Mono:
    length = round(((len(tones) - 1) * every_s + rings_s) * RATE)
    sound = np.zeros(length)
    for place, tone in enumerate(tones):
        first = round(place * every_s * RATE)
        sound[first : first + round(rings_s * RATE)] += _bar(tone, rings_s)
    return np.asarray(sound / np.abs(sound).max() * PEAK, dtype=np.float32)


def _bar(tone: float, rings_s: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    instants = np.arange(round(rings_s * RATE)) / RATE
    sound = sum(
        strength * np.exp(-instants * 3.0 * times**0.5) * np.sin(2 * np.pi * tone * times * instants)
        for times, strength in _PARTIALS
    )
    edges = np.minimum(1.0, np.minimum(instants, rings_s - instants) / 0.005)  # no click at either end
    return np.asarray(sound * edges)
