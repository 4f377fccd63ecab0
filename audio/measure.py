"""Measuring a recording in one pass: length, loudness, peaks, silences and faults."""

from pathlib import Path

from audio.verdict import Limits, Measurement


def measure(path: Path, *, limits: Limits | None = None) -> Measurement:
    """Measure a file; a bad one gives a refused measurement. Raises OSError when it cannot be read."""
    raise NotImplementedError
