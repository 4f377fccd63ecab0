"""Loudness from power: EBU R 128 gating, momentary values and loudness range (Tech 3341, 3342)."""

from typing import Any, Final

import numpy as np

Power = np.ndarray[tuple[int], np.dtype[np.floating[Any]]]
"""K-weighted mean square per hop, summed over the audio channels with their weights."""

HOPS_PER_S: Final = 200
"""A hop is 5 ms; every other length here is a whole number of hops."""
_STEP: Final = HOPS_PER_S // 10
_MOMENTARY: Final = 4 * _STEP
_SHORT_TERM: Final = 30 * _STEP
_ABSOLUTE_GATE: Final = -70.0

_SURROUND: Final = 1.41
SPEAKER_WEIGHTS: Final = {"LFE": 0.0, "SL": _SURROUND, "SR": _SURROUND, "BL": _SURROUND, "BR": _SURROUND}
"""BS.1770 weights; all others are 1. Left and right surround are spelled SL and SR or, in some files, BL and BR."""


def speaker_weight(speaker: str, speakers: tuple[str, ...]) -> float:
    """Give the weight of one audio channel; rear ones count 1 where side ones exist besides (7.1)."""
    if speaker in {"BL", "BR"} and "SL" in speakers:
        return 1.0
    return SPEAKER_WEIGHTS.get(speaker, 1.0)


def to_lufs(power: float) -> float:
    """Turn a weighted mean square into LUFS; minus infinity for nothing."""
    return float(-0.691 + 10 * np.log10(power)) if power > 0 else float("-inf")


def to_power(lufs: float) -> float:
    """Turn LUFS into a weighted mean square."""
    return float(10 ** ((lufs + 0.691) / 10))


def sliding(power: Power, length: int) -> Power:
    """Give the mean over each whole stretch of so many hops (whole tenths of a second), one every 100 ms."""
    tenths = power[: len(power) // _STEP * _STEP].reshape(-1, _STEP).mean(axis=1, dtype=np.float64)
    count = length // _STEP
    if len(tenths) < count:
        return np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(tenths)])
    means: Power = np.maximum(sums[count:] - sums[:-count], 0.0) / count
    return means


def momentary(power: Power) -> Power:
    """Give the power of each 400 ms, every 100 ms."""
    return sliding(power, _MOMENTARY)


def integrated_lufs(power: Power) -> float:
    """Give the programme loudness: the mean of 400 ms blocks above -70 LUFS and above 10 LU below their mean."""
    blocks = momentary(power)
    blocks = blocks[blocks > to_power(_ABSOLUTE_GATE)]
    if not len(blocks):
        return float("-inf")
    return to_lufs(float(blocks[blocks > blocks.mean() / 10].mean()))


def range_lu(power: Power) -> float:
    """Give the loudness range: between the 10th and the 95th percentile of short-term loudness, gated at -20 LU."""
    blocks = sliding(power, _SHORT_TERM)
    blocks = blocks[blocks > to_power(_ABSOLUTE_GATE)]
    if not len(blocks):
        return 0.0
    blocks = blocks[blocks > blocks.mean() / 100]
    low, high = np.percentile(blocks, [10, 95])
    return float(10 * np.log10(high / low))


def find_edges(power: Power, *, quiet_lufs: float) -> tuple[int, int]:
    """Find the first hop that is not quiet and the one after the last; (0, 0) when all are quiet."""
    loud = np.flatnonzero(power > to_power(quiet_lufs))
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def find_quiet_stretches(power: Power, *, quiet_lufs: float) -> list[tuple[float, float]]:
    """Find where the momentary loudness stays below a level: when it begins and how long it lasts, in seconds."""
    is_quiet = np.concatenate([[False], momentary(power) < to_power(quiet_lufs), [False]])
    turns = np.flatnonzero(is_quiet[1:] != is_quiet[:-1])
    seconds = _STEP / HOPS_PER_S
    overlap = (_MOMENTARY - _STEP) / HOPS_PER_S
    return [
        (float(begins * seconds), float((ends - begins) * seconds + overlap))
        for begins, ends in zip(turns[::2], turns[1::2], strict=True)
    ]
