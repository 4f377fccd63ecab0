"""Whether what a village player tells of a delivery can be true: rules over what it tells and what is known of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scheduler.domain.going_to_air import WHOLE_WITHIN_S
from scheduler.domain.playout import EntryKind, Evidence, Reason

CLOCK_TOLERANCE = timedelta(minutes=5)
"""So far the clocks of a box and of the station may lie apart before a row is said to come from the future."""
MOVED_AT_MOST = timedelta(days=1)
"""So far a box that did not get the newest plan may have an airing from where the station has it."""
SECONDS_TOLERANCE = 1.0

UNKNOWN_AIRING = "unknown_airing"
OTHER_ZONE = "other_zone"
OTHER_FILE = "other_file"
IMPOSSIBLE = "impossible"
FROM_THE_FUTURE = "from_the_future"
CONTRADICTS = "contradicts_log"
TAKEN = "sounded_by_another"
UNREADABLE = "bad_message"
UNKNOWN_KIND = "unknown_kind"
PROBLEMS = (
    UNKNOWN_AIRING, OTHER_ZONE, OTHER_FILE, IMPOSSIBLE, FROM_THE_FUTURE, CONTRADICTS, TAKEN, UNREADABLE, UNKNOWN_KIND,
)  # fmt: skip
"""Codes of what keeps a journal row out of the log; `scheduler.labels` and pages word them."""

_SOUNDED = (EntryKind.SOUNDED, EntryKind.PARTIAL, EntryKind.INTERRUPTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Why a row cannot be used: a stable code, and what it is about."""

    code: str
    about: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the station knows of one airing in one zone."""

    broadcast_id: UUID
    starts_at: datetime
    seconds: float
    is_in_zone: bool
    master_sha256: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a box tells of one airing, once its form is known to be right."""

    broadcast_id: UUID
    kind: EntryKind
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seconds_planned: float
    seconds_sounded: float
    evidence: Evidence
    reason: Reason | None
    masters: Collection[str] | None
    """What lies in the file that sounded; None for a file the station never made."""


def find_fault(told: Told, known: Known | None, *, received_at: datetime) -> Fault | None:
    """What of a delivery cannot be, or None when it may be written into the log."""
    if known is None or known.broadcast_id != told.broadcast_id:
        return Fault(code=UNKNOWN_AIRING)
    if not known.is_in_zone:
        return Fault(code=OTHER_ZONE)
    latest = received_at + CLOCK_TOLERANCE
    if any(at is not None and at > latest for at in (told.started_at, told.ended_at)):
        return Fault(code=FROM_THE_FUTURE)
    about = _find_odd_numbers(told, known) or _find_odd_words(told) or _find_odd_times(told)
    if about:
        return Fault(code=IMPOSSIBLE, about=about)
    if told.seconds_sounded > 0 and (told.masters is None or known.master_sha256 not in told.masters):
        return Fault(code=OTHER_FILE)
    return None


def _find_odd_numbers(told: Told, known: Known) -> str:
    """Which number cannot be; JSON knows no infinity, so comparisons are enough."""
    if abs(told.seconds_planned - known.seconds) > SECONDS_TOLERANCE:
        return "seconds_planned"
    if not 0 <= told.seconds_sounded <= told.seconds_planned:
        return "seconds_sounded"
    if abs(told.planned_at - known.starts_at) > MOVED_AT_MOST:
        return "planned_at"
    return ""


def _find_odd_words(told: Told) -> str:
    """Which word does not go with the numbers, or is not a box's to say."""
    has_sounded = told.seconds_sounded > 0
    if told.kind is EntryKind.CORRECTION or (told.kind in _SOUNDED) != has_sounded:
        return "kind"
    if told.kind is EntryKind.SOUNDED and told.seconds_sounded < told.seconds_planned - WHOLE_WITHIN_S:
        return "kind"
    if told.evidence is Evidence.CONFIRMED or (has_sounded and not told.evidence.at_least(Evidence.STARTED)):
        return "evidence"
    if told.kind is not EntryKind.SOUNDED and told.reason is None:
        return "reason"
    return ""


def _find_odd_times(told: Told) -> str:
    """Which instant cannot be: nothing sounds before its time, or for longer than it lasted."""
    if told.seconds_sounded <= 0:
        return ""
    if told.started_at is None or told.started_at < told.planned_at - CLOCK_TOLERANCE:
        return "started_at"
    if told.started_at > told.planned_at + MOVED_AT_MOST:
        return "started_at"
    if told.ended_at is None:
        return "ended_at"
    lasted = (told.ended_at - told.started_at).total_seconds()
    return "ended_at" if lasted < told.seconds_sounded - SECONDS_TOLERANCE else ""
