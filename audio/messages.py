"""What a confined process and the one that started it say to each other, as lines of JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audio.confine import Allowance
from audio.target import Rendering, Target
from audio.verdict import Finding, Limits, Measurement
from scheduler.domain.programme import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A file to measure, and to render into the folder `into` if there is one."""

    path: Path
    into: Path | None
    limits: Limits
    target: Target
    allowance: Allowance
    parent: int

    def to_line(self) -> bytes:
        """The task as one line."""
        return _line({**asdict(self), "path": str(self.path), "into": None if self.into is None else str(self.into)})

    @staticmethod
    def from_line(line: bytes) -> "Task":
        """The task that a line tells."""
        told = json.loads(line)
        rule = told["limits"].pop("rule_s")
        return Task(
            path=Path(told["path"]),
            into=None if told["into"] is None else Path(told["into"]),
            limits=Limits(**told["limits"], rule_s=None if rule is None else (rule[0], rule[1])),
            target=Target(**told["target"]),
            allowance=Allowance(**told["allowance"]),
            parent=told["parent"],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Underway:
    """How far the work is."""

    step: str
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """The work is done: what was measured and, unless the file is refused or was only measured, the files that air."""

    measurement: Measurement
    rendering: Rendering | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """The work cannot be done; the code and the facts of an error that was raised on purpose."""

    code: str
    facts: Mapping[str, Any]


Message = Underway | Finished | Broken


def write_message(message: Message) -> bytes:
    """A message as one line."""
    return _line({"kind": type(message).__name__, **asdict(message)})


def read_message(line: bytes, *, into: Path | None) -> Message:
    """The message in a line that a confined process wrote; files are looked for in `into`, wherever it says they are.

    Raises ValueError, KeyError, TypeError or AttributeError when the line is none.
    """
    told = json.loads(line)
    kind = told.pop("kind")
    if kind == Underway.__name__:
        return Underway(step=str(told["step"])[:32], share=float(told["share"]))
    if kind == Broken.__name__:
        return Broken(code=str(told["code"]), facts=dict(told["facts"]))
    rendering = told["rendering"]
    return Finished(
        measurement=_read_measurement(told["measurement"]),
        rendering=None if rendering is None or into is None else _read_rendering(rendering, into),
    )


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, default=str).encode() + b"\n"


def _read_measurement(told: dict[str, Any]) -> Measurement:
    return Measurement(
        **{
            **told,
            "verdict": Verdict(told["verdict"]),
            "findings": _read_findings(told["findings"]),
            "peaks": tuple(float(peak) for peak in told["peaks"]),
        }
    )


def _read_rendering(told: dict[str, Any], into: Path) -> Rendering:
    return Rendering(
        **{
            **told,
            "master": into / Path(told["master"]).name,
            "opus": into / Path(told["opus"]).name,
            "findings": _read_findings(told["findings"]),
        }
    )


def _read_findings(told: list[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(**finding) for finding in told)
