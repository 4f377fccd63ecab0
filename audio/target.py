"""How the files that air shall sound, and what came of making them: values only."""

from dataclasses import dataclass
from pathlib import Path

from audio.verdict import Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """How the files that air shall sound."""

    lufs: float = -16.0
    """Integrated loudness of the mono file that airs."""
    ceiling_dbtp: float = -2.0
    """Highest true peak before Opus, which overshoots by up to 0.7 dB."""
    limiter_max_db: float = 10.0
    """The limiter never takes off more than this; the file then airs below the target and says so."""
    limiter_share: float = 0.5
    """The limiter never works for more than this share of the time; the same."""
    gain_max_db: float = 40.0
    silence_kept_s: float = 0.3
    opus_bits_per_s: int = 36_000
    """What the encoder is told; with variable rate, speech comes out at about 60 kbit/s."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """The two files that air and what was done to the recording to make them."""

    master: Path
    """FLAC, mono, 48 kHz, 16 bit."""
    master_sha256: str
    opus: Path
    """Ogg Opus for transport."""
    opus_sha256: str
    seconds: float
    integrated_lufs: float
    true_peak_dbtp: float
    gain_db: float
    limiter_max_db: float
    """The most that the limiter took off."""
    limiter_share: float
    """The share of the time in which it took off 0.5 dB or more."""
    trimmed_head_s: float
    trimmed_tail_s: float
    findings: tuple[Finding, ...] = ()
