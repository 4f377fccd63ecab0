"""One recording, from the file as delivered to its measurement and the files that air."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from audio.draft import Draft
from audio.measure import Mix, Reading, downmix, left_only, read_through
from audio.render import naming, render
from audio.target import Rendering, Target
from audio.verdict import Limits, Measurement
from scheduler.domain.programme import Verdict

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
    tell = progress or _tell_nobody
    with TemporaryDirectory(prefix=".draft-", dir=into) as folder:
        draft, reading = _draft(path, Path(folder), limits or Limits(), tell)
        try:
            if reading.measurement.verdict is Verdict.REFUSED:
                return reading.measurement, None
            rendering = render(
                draft, reading, into, target=target or Target(), tell=lambda share: tell("render", share)
            )
            return reading.measurement, rendering
        finally:
            draft.close()


def _draft(path: Path, folder: Path, limits: Limits, tell: Progress) -> tuple[Draft, Reading]:
    """Measure a file and draft its mono in one pass; a second one when its channels would cancel each other."""
    draft, reading = _draft_with(downmix, path, folder, limits, tell)
    if any(finding.code == "out_of_phase" for finding in reading.measurement.findings):
        draft.close()
        draft, reading = _draft_with(left_only, path, folder, limits, tell)
    return draft, reading


def _draft_with(mix: Mix, path: Path, folder: Path, limits: Limits, tell: Progress) -> tuple[Draft, Reading]:
    draft = Draft(folder / "draft", mix)
    try:
        with naming("measure"):
            reading = read_through(
                path, limits=limits, hear=draft.hear, tell=lambda share: tell("measure", share), mix=mix
            )
            draft.finish()
    except BaseException:
        draft.close()
        raise
    return draft, reading


def _tell_nobody(_step: str, _share: float) -> None:
    return
