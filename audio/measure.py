"""Measuring a recording in one pass: length, loudness, peaks, silences and faults."""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from audio import faults, loudness
from audio.decode import Samples, Sound, open_sound
from audio.meter import Meter, NotNumbers
from audio.verdict import Limits, Measurement, pass_judgement
from scheduler.domain.programme import Verdict
from scheduler.errors import NanSamples, Refused, Silent, TooLong, TooShort, Truncated

POINTS: Final = 1000
"""Peaks kept for drawing the waveform."""
_EDGE_MARGIN_LU: Final = 25.0
"""A recording so quiet that it lies near the level of silence is trimmed this far below its own loudness instead."""

Hear = Callable[[Sound, Samples], None]
Tell = Callable[[float], None]
Mix = Callable[[tuple[str, ...]], tuple[float, ...]]
"""Says how much of each audio channel goes into the mono that airs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A measurement, and what the making of the file that airs needs to know besides."""

    measurement: Measurement
    mono_power: loudness.Power = field(default_factory=lambda: np.zeros(0))
    """K-weighted power of the downmix per hop of 5 ms."""
    head_hops: int = 0
    tail_hops: int = 0


def measure(path: Path, *, limits: Limits | None = None) -> Measurement:
    """Measure a file; a bad one gives a refused measurement. Raises OSError when it cannot be read."""
    return read_through(path, limits=limits or Limits()).measurement


def read_through(
    path: Path, *, limits: Limits, hear: Hear | None = None, tell: Tell | None = None, mix: Mix | None = None
) -> Reading:
    """Measure a file while `hear` gets each of its blocks and `tell` the share that is done."""
    sha256 = _hash(path)
    try:
        with open_sound(path) as sound:
            meter = Meter(sound.rate, sound.speakers, (mix or downmix)(sound.speakers))
            try:
                for block in _blocks_within(sound, limits):
                    _hear_numbers(meter, block)
                    if hear:
                        hear(sound, block)
                    if tell:
                        tell(sound.read_share)
                lost = _check_whole(sound, limits)
                return _conclude(sound, meter, limits, sha256=sha256, lost=lost)
            except Refused as refusal:
                return Reading(measurement=_refuse(refusal, sha256, sound))
    except Refused as refusal:
        return Reading(measurement=_refuse(refusal, sha256))


def downmix(speakers: tuple[str, ...]) -> tuple[float, ...]:
    """Give the share of each audio channel in the mono that airs: rear ones at -3 dB, no LFE, 1 in all."""
    shares = [{"LFE": 0.0, "FL": 1.0, "FR": 1.0, "FC": 1.0}.get(speaker, math.sqrt(0.5)) for speaker in speakers]
    return tuple(share / sum(shares) for share in shares) if sum(shares) else (1.0,) * len(speakers)


def left_only(speakers: tuple[str, ...]) -> tuple[float, ...]:
    """Give the shares for a recording whose channels would cancel each other."""
    return (1.0, *(0.0 for _ in speakers[1:]))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks_within(sound: Sound, limits: Limits) -> Iterator[Samples]:
    for block in sound.blocks():
        if sound.samples > limits.longest_s * sound.rate:
            raise TooLong(limit_s=limits.longest_s)
        yield block


def _hear_numbers(meter: Meter, block: Samples) -> None:
    try:
        meter.hear(block)
    except NotNumbers as error:
        raise NanSamples(at_s=round(meter.samples / meter.rate, 1)) from error


def _check_whole(sound: Sound, limits: Limits) -> float:
    """Give the share of the recording that is lost. Raises `Truncated` when it is too much."""
    share = sound.complete_share()
    if share < limits.complete_share or not sound.ended:
        raise Truncated(share=round(share, 3) if sound.ended else None)
    return 1 - share


def _refuse(refusal: Refused, sha256: str, sound: Sound | None = None) -> Measurement:
    return Measurement(
        verdict=Verdict.REFUSED,
        code=refusal.code,
        facts=refusal.facts,
        sha256=sha256,
        seconds=sound.samples / sound.rate if sound else None,
        codec=sound.codec if sound else None,
        channels=len(sound.speakers) if sound else None,
        sample_rate=sound.rate if sound else None,
    )


def _conclude(sound: Sound, meter: Meter, limits: Limits, *, sha256: str, lost: float) -> Reading:
    seconds = meter.samples / meter.rate
    if seconds < limits.shortest_s:
        raise TooShort(seconds=round(seconds, 2), limit_s=limits.shortest_s)
    power = meter.power
    if not (loudness.momentary(power) > loudness.to_power(limits.silent_lufs)).any():
        raise Silent(limit_lufs=limits.silent_lufs)
    integrated = loudness.integrated_lufs(power)
    edges = loudness.find_edges(power, quiet_lufs=min(limits.quiet_lufs, integrated - _EDGE_MARGIN_LU))
    head, tail = edges[0] / loudness.HOPS_PER_S, max(0.0, seconds - edges[1] / loudness.HOPS_PER_S)
    findings = (
        *faults.find_damage(sound, limits, lost=lost),
        *faults.find_faults(meter, limits),
        *faults.find_silences(power, limits, begins_s=head, ends_s=seconds - tail),
        *faults.find_length(seconds, limits),
    )
    measurement = Measurement(
        verdict=pass_judgement(findings),
        sha256=sha256,
        seconds=seconds,
        integrated_lufs=integrated,
        range_lu=loudness.range_lu(power),
        true_peak_dbtp=20 * math.log10(meter.true_peak),
        head_silence_s=head,
        tail_silence_s=tail,
        findings=tuple(sorted(findings, key=lambda finding: finding.at_s or 0.0)),
        codec=sound.codec,
        channels=len(sound.speakers),
        sample_rate=sound.rate,
        peaks=meter.waveform(POINTS),
    )
    return Reading(
        measurement=measurement, mono_power=meter.mono_power, head_hops=edges[0], tail_hops=len(power) - edges[1]
    )
