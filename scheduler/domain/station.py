"""What can be wrong with a station as a whole, and how bad that is: rules over numbers that others have read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

PLAYOUT = "playout"
"""The role under which a playout daemon gives its signs of life."""
BACKBONE = "backbone"
"""The same for the process that talks with the villages."""
CLERK = "clerk"
"""The same for the process that does the office's duties: seals, notices, what goes to others."""

MEBIBYTE = 2**20
DISK_SEVERE_BYTES = 256 * MEBIBYTE
"""Less is not enough to take in one long recording (an hour of WAV, its master and its Opus)."""
DISK_LOW_BYTES = 2048 * MEBIBYTE
DISK_LOW_SHARE = 0.05


class StationState(StrEnum):
    """How well the station is, in one word for machines."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something a person must look at: a code that `scheduler.wording` puts into a sentence, and its facts."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    severe: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SignOfLife:
    """The last time a process said that it is alive."""

    owner: str
    role: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """The computer's state at one look."""

    free_bytes: int
    total_bytes: int
    synchronised: bool | None
    """Whether the clock follows a time source; None where nobody can tell."""


def state_of(problems: Iterable[Problem]) -> StationState:
    """The one word for a list of problems: one severe problem is enough for failing."""
    severities = {problem.severe for problem in problems}
    if True in severities:
        return StationState.FAILING
    return StationState.DEGRADED if severities else StationState.OK


def find_disk_problems(*, free_bytes: int, total_bytes: int) -> list[Problem]:
    """Whether the disk is nearly full, in absolute terms or as a share."""
    facts = {"free_mb": free_bytes // MEBIBYTE, "total_mb": total_bytes // MEBIBYTE}
    if free_bytes < DISK_SEVERE_BYTES:
        return [Problem(code="disk_full", facts=facts, severe=True)]
    # A small disk may be nearly full with gigabytes free, a large one with many: either sign is enough.
    if free_bytes < DISK_LOW_BYTES or free_bytes < DISK_LOW_SHARE * total_bytes:
        return [Problem(code="disk_nearly_full", facts=facts)]
    return []


def is_alive(sign: SignOfLife, *, now: datetime, silence: timedelta) -> bool:
    """Tell whether a process gave a sign of life lately; a sign from the future proves nothing."""
    return abs(now - sign.at) <= silence


def find_pulse_problems(signs: Iterable[SignOfLife], *, role: str, now: datetime, silence: timedelta) -> list[Problem]:
    """Whether any process of a role is alive; the problem says since when none has been."""
    of_role = [sign for sign in signs if sign.role == role]
    if any(is_alive(sign, now=now, silence=silence) for sign in of_role):
        return []
    if not of_role:
        return [Problem(code=f"{role}_never_ran", severe=True)]
    return [Problem(code=f"{role}_silent", facts={"since": max(sign.at for sign in of_role)}, severe=True)]


def find_clock_problems(*, synchronised: bool | None) -> list[Problem]:
    """Whether the computer's clock follows a time source; None (nobody can tell) is no problem."""
    return [Problem(code="clock_not_synchronised")] if synchronised is False else []


def find_step_problems(*, wall: timedelta, monotonic: timedelta, most: timedelta) -> list[Problem]:
    """Whether the wall clock was set while it was watched: it moved otherwise than time did."""
    stepped = wall - monotonic
    if abs(stepped) <= most:
        return []
    return [Problem(code="clock_stepping", facts={"seconds": round(stepped.total_seconds(), 3)})]
