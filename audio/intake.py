"""One recording, from the file as delivered to its measurement and the files that air."""

from collections.abc import Callable
from pathlib import Path

from audio.render import Rendering, Target
from audio.verdict import Limits, Measurement

Progress = Callable[[str, float], None]
"""Told the step (`measure`, `render`) and the share of it that is done; what it raises stops the work."""


def ingest_file(
    path: Path,
    into: Path,
    *,
    limits: Limits | None = None,
    target: Target | None = None,
    progress: Progress | None = None,
) -> tuple[Measurement, Rendering | None]:
    """Measure a file and make the files that air in the folder `into`; None when the file is refused.

    Raises `StepFailed` (naming the step) when the disk or an encoder fails; nothing is left behind then.
    """
    raise NotImplementedError
