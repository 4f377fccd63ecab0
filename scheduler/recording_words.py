"""What is told of a recording on a screen: how far it is, its findings as sentences, its measurements with units."""

from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.domain.programme import IngestState, RecordingState, Verdict
from scheduler.models import Recording
from scheduler.wording import word, word_finding

Progress = IngestState | RecordingState | Verdict
UNITS = {
    "integrated_lufs": ("LUFS", 1),
    "range_lu": ("LU", 1),
    "true_peak_dbtp": ("dBTP", 1),
    "head_silence_s": ("s", 1),
    "tail_silence_s": ("s", 1),
    "sample_rate": ("Hz", 0),
    "gain_db": ("dB", 1),
    "limiter_max_db": ("dB", 1),
}


def progress_of(recording: Recording) -> Progress:
    """How far a recording is: what measuring said of it or, before, what it waits for."""
    request = recording.ingest
    if recording.state is RecordingState.RECEIVED and request is not None:
        return recording.state if request.state is IngestState.DONE else request.state
    return recording.verdict or Verdict.ACCEPTED


def sentences_of(recording: Recording, *, language: str = "vi") -> list[str]:
    """Why a recording was refused (or could not be measured), and each of its findings."""
    code = recording.code or (recording.ingest.failure if recording.ingest is not None else None)
    told = {"code": code, "findings": recording.findings}
    return sentences(told, facts=recording.facts, language=language)


def sentences(told: Mapping[str, Any], *, facts: Mapping[str, Any], language: str = "vi") -> list[str]:
    """The same of what `Measurement.to_json` tells of a file."""
    refusal = [word(str(told["code"]), facts, language=language)] if told.get("code") else []
    findings: Sequence[Mapping[str, object]] = told.get("findings") or ()
    return refusal + [word_finding(finding, language=language) for finding in findings]


def write_minutes(seconds: float) -> str:
    """A place in a recording, or its length, as minutes and whole seconds: `3:12`, as players show it."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def write_figure(name: str, value: Any, *, language: str = "vi") -> str:
    """A measurement with its unit, the comma or the point of the language, and as many digits as mean something."""
    if name == "seconds":
        return f"{int(value) // 60}:{value % 60:04.1f}".replace(".", "," if language == "vi" else ".")
    if name == "limiter_share":
        return f"{value:.0%}"
    unit, digits = UNITS.get(name, ("", None))
    if digits is None:
        return str(value)
    number = f"{value:,.{digits}f}"
    number = number.translate(str.maketrans(",.", ".,")) if language == "vi" else number
    return f"{number} {unit}"
