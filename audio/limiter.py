"""How much gain a recording gets at each instant: loudness to the target, peaks below the ceiling, within caps."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from audio import loudness
from audio.decode import Row
from audio.loudness import HOPS_PER_S, Power

_RELEASE_DB_PER_HOP: Final = 100.0 / HOPS_PER_S
_ATTACK_DB_PER_HOP: Final = 240.0 / HOPS_PER_S
"""The limiter sees the whole recording, so it begins to give way before the peak comes."""
_WORKING_DB: Final = 0.5
_STEPS: Final = 24
"""Halvings in the search for the gain: 60 dB become a millionth of one."""
_MARGIN_DB: Final = 0.1
"""Kept below the ceiling for what rounding to 16 bits and the slope of the gain add."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """How hard the limiter may work and how much gain there may be."""

    ceiling_dbtp: float
    limiter_max_db: float
    limiter_share: float
    gain_max_db: float


@dataclass(frozen=True, kw_only=True, slots=True)
class GainPlan:
    """A constant gain and, hop by hop, what the limiter takes off it."""

    gain_db: float
    edges_db: Row
    """The gain in dB at each hop's beginning and at the end of the last: one more than there are hops."""
    limiter_max_db: float
    limiter_share: float
    expected_lufs: float

    def factors(self, first_hop: int, last_hop: int, hop: int) -> Row:
        """Give the factor of each sample of some hops; it moves in a straight line within a hop."""
        edges = 10 ** (self.edges_db[first_hop : last_hop + 1] / 20)
        slope = np.arange(hop) / hop
        moving: Row = (edges[:-1, None] + np.diff(edges)[:, None] * slope).astype(np.float32).ravel()
        return moving


def plan_gain(power: Power, peaks: Power, *, target_lufs: float, caps: Caps) -> GainPlan:
    """Find the gain that brings a recording to the target, or as near as the caps allow.

    `power` is the K-weighted mean square of each hop, `peaks` the true peak in it; both of what airs, already trimmed.
    """
    power = power.astype(np.float32)
    peaks_db = np.maximum(peaks.astype(np.float32), np.float32(1e-9))
    np.log10(peaks_db, out=peaks_db)
    peaks_db *= np.float32(20)
    linear = min(target_lufs - loudness.integrated_lufs(power), caps.gain_max_db)
    wanted = _try(linear, power, peaks_db, caps)
    if wanted.expected_lufs < target_lufs - 0.01:
        wanted = _search(linear, min(linear + 20.0, caps.gain_max_db), power, peaks_db, caps, target_lufs)
    if _is_within(wanted, caps):
        return wanted
    return _search(linear - 60.0, wanted.gain_db, power, peaks_db, caps, None)


def _search(low: float, high: float, power: Power, peaks_db: Row, caps: Caps, target_lufs: float | None) -> GainPlan:
    """Halve the stretch between two gains: the least that reaches the target, or else the most within the caps."""
    plan = _try(low, power, peaks_db, caps)
    for _ in range(_STEPS):
        middle = _try((low + high) / 2, power, peaks_db, caps)
        is_enough = middle.expected_lufs >= target_lufs if target_lufs is not None else not _is_within(middle, caps)
        if is_enough:
            high = middle.gain_db
        else:
            low, plan = middle.gain_db, middle
    return plan


def _is_within(plan: GainPlan, caps: Caps) -> bool:
    return plan.limiter_max_db <= caps.limiter_max_db and plan.limiter_share <= caps.limiter_share


def _try(gain_db: float, power: Row, peaks_db: Row, caps: Caps) -> GainPlan:
    taken_off = _take_off(peaks_db + np.float32(gain_db - (caps.ceiling_dbtp - _MARGIN_DB)))
    edges = np.concatenate([taken_off[:1], np.maximum(taken_off[1:], taken_off[:-1]), taken_off[-1:]])
    within = edges[1:] + edges[:-1]
    within *= np.float32(0.5)
    share = float(np.mean(within >= _WORKING_DB))
    np.subtract(np.float32(gain_db), within, out=within)
    within *= np.float32(math.log(10) / 10)
    heard = np.exp(within, out=within)
    heard *= power
    return GainPlan(
        gain_db=gain_db,
        edges_db=np.float32(gain_db) - edges,
        limiter_max_db=float(edges.max()),
        limiter_share=share,
        expected_lufs=loudness.integrated_lufs(heard),
    )


def _take_off(over_db: Row) -> Row:
    """Give the least reduction that covers every overshoot and moves no faster than attack and release allow."""
    if not (over_db > 0).any():
        return np.zeros(len(over_db), np.float32)
    moving = np.arange(len(over_db), dtype=np.float64)
    least = over_db + _RELEASE_DB_PER_HOP * moving
    np.maximum.accumulate(least, out=least)
    moving *= _RELEASE_DB_PER_HOP + _ATTACK_DB_PER_HOP
    least -= moving
    backwards = least[::-1]
    np.maximum.accumulate(backwards, out=backwards)
    moving *= _ATTACK_DB_PER_HOP / (_RELEASE_DB_PER_HOP + _ATTACK_DB_PER_HOP)
    least += moving
    return np.maximum(least, 0.0, out=least).astype(np.float32)
