"""What measuring a file says: the limits it is held against, its findings, and all of it in one value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.domain.programme import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a recording is held against; the defaults are those of a spoken column of 8 to 10 minutes."""

    shortest_s: float = 1.0
    """Less than this is refused."""
    longest_s: float = 7200.0
    """More decoded sound than this is refused."""
    rule_s: tuple[float, float] | None = (480.0, 600.0)
    """The series' rule: outside of it the approver sees a flag. None: no rule."""
    complete_share: float = 0.99
    """Less of the promised sound than this is refused as truncated; less than all of it is flagged."""
    silent_lufs: float = -60.0
    """A file that never gets louder than this (momentary) is refused as silent."""
    quiet_lufs: float = -50.0
    """Below this (momentary) the air is dead; also what counts as silence at head and tail."""
    dead_air_s: float = 2.0
    edge_silence_s: float = 5.0
    """Silence at head or tail longer than this is flagged (any is trimmed)."""
    clipped_samples: int = 10
    dc_offset: float = 0.01
    channel_difference_db: float = 40.0
    correlation: float = -0.3
    lowest_rate: int = 16_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something the approver should know of a recording: where, how long, how much, against which limit."""

    code: str
    at_s: float | None = None
    for_s: float | None = None
    value: float | None = None
    limit: float | None = None

    def to_json(self) -> dict[str, object]:
        """The finding as plain values, without what does not apply."""
        numbers = {"at_s": self.at_s, "for_s": self.for_s, "value": self.value, "limit": self.limit}
        told = {name: rounded(number) for name, number in numbers.items() if number is not None}
        return {"code": self.code, **told}


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """All that is known of a file after one pass; what could not be measured is None."""

    verdict: Verdict
    code: str | None = None
    """Why the file was refused (a code of `scheduler.errors`)."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the wording of `code` may name."""
    sha256: str
    seconds: float | None = None
    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    head_silence_s: float | None = None
    tail_silence_s: float | None = None
    findings: tuple[Finding, ...] = ()
    codec: str | None = None
    channels: int | None = None
    sample_rate: int | None = None
    peaks: tuple[float, ...] = ()
    """Up to 1,000 peaks between 0 and 1 in equal steps over the whole file, for drawing its waveform."""

    def to_json(self) -> dict[str, object]:
        """Exactly what `loaban measure --json` prints."""
        return {
            "verdict": self.verdict.value,
            "code": self.code,
            "seconds": rounded(self.seconds),
            "integrated_lufs": rounded(self.integrated_lufs, 2),
            "range_lu": rounded(self.range_lu, 2),
            "true_peak_dbtp": rounded(self.true_peak_dbtp, 2),
            "head_silence_s": rounded(self.head_silence_s),
            "tail_silence_s": rounded(self.tail_silence_s),
            "findings": [finding.to_json() for finding in self.findings],
            "codec": self.codec,
            "channels": self.channels,
            "sample_rate": self.sample_rate,
            "sha256": self.sha256,
        }


def rounded(number: float | None, digits: int = 3) -> float | None:
    """The number as JSON can hold it: rounded, and None instead of infinity or NaN."""
    if number is None or not math.isfinite(number):
        return None
    return round(number, digits)


def pass_judgement(findings: tuple[Finding, ...]) -> Verdict:
    """Accepted when there is nothing to tell, else flagged; a refusal is decided where it is found."""
    return Verdict.FLAGGED if findings else Verdict.ACCEPTED
