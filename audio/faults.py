"""What is wrong with a recording as it was heard: damage, silences, clipping, a dead or reversed channel."""

import math
from collections.abc import Iterator
from typing import Final

from audio import loudness
from audio.decode import Sound
from audio.meter import Meter
from audio.verdict import Finding, Limits

_MOST_PLACES: Final = 50
"""Places with dead air that are told one by one."""


def find_damage(sound: Sound, limits: Limits, *, lost: float) -> Iterator[Finding]:
    """Find what the file lost on its way here, and what its header says wrongly."""
    if lost > 0:
        yield Finding(code="damaged", value=1 - lost, limit=limits.complete_share)
    elif sound.bad_packets and "length_unwritten" not in sound.remarks:  # Its last packet always looks cut off.
        yield Finding(code="damaged", value=sound.bad_packets)
    for code in sound.remarks:
        yield Finding(code=code)
    if sound.rate < limits.lowest_rate:
        yield Finding(code="low_rate", value=sound.rate, limit=limits.lowest_rate)


def find_faults(meter: Meter, limits: Limits) -> Iterator[Finding]:
    """Find what went wrong at the microphone and in the cable."""
    if meter.first_clipped is not None and meter.clipped >= limits.clipped_samples:
        at_s = meter.first_clipped / meter.rate
        yield Finding(code="clipping", at_s=at_s, value=meter.clipped, limit=limits.clipped_samples)
    offset = max(abs(float(mean)) for mean in meter.offsets)
    if offset > limits.dc_offset:
        yield Finding(code="dc_offset", value=offset, limit=limits.dc_offset)
    if len(meter.speakers) == 2:
        yield from _find_uneven_channels(meter, limits)


def _find_uneven_channels(meter: Meter, limits: Limits) -> Iterator[Finding]:
    left, right = (float(power) for power in meter.channel_power)
    weak, strong = sorted((left, right))
    difference_db = 10 * math.log10(strong / weak) if weak > 0 else math.inf
    if difference_db > limits.channel_difference_db:
        yield Finding(code="dead_channel", value=min(difference_db, 200.0), limit=limits.channel_difference_db)
    elif meter.correlation < limits.correlation:
        yield Finding(code="out_of_phase", value=meter.correlation, limit=limits.correlation)


def find_silences(power: loudness.Power, limits: Limits, *, begins_s: float, ends_s: float) -> Iterator[Finding]:
    """Find silence before, after and inside the stretch in which there is sound."""
    tail_s = len(power) / loudness.HOPS_PER_S - ends_s
    if begins_s > limits.edge_silence_s:
        yield Finding(code="head_silence", at_s=0.0, for_s=begins_s, limit=limits.edge_silence_s)
    if tail_s > limits.edge_silence_s:
        yield Finding(code="tail_silence", at_s=ends_s, for_s=tail_s, limit=limits.edge_silence_s)
    begins, ends = round(begins_s * loudness.HOPS_PER_S), round(ends_s * loudness.HOPS_PER_S)
    stretches = loudness.find_quiet_stretches(power[begins:ends], quiet_lufs=limits.quiet_lufs)
    dead = [(at_s + begins_s, for_s) for at_s, for_s in stretches if for_s >= limits.dead_air_s]
    for at_s, for_s in dead[:_MOST_PLACES]:
        yield Finding(code="dead_air", at_s=at_s, for_s=for_s, limit=limits.dead_air_s)


def find_length(seconds: float, limits: Limits) -> Iterator[Finding]:
    """Find a length outside the series' rule."""
    if limits.rule_s is None:
        return
    shortest, longest = limits.rule_s
    if not shortest <= seconds <= longest:
        limit = shortest if seconds < shortest else longest
        yield Finding(code="duration_outside_rule", value=seconds, limit=limit)
