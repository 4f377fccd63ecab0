"""Decisions of playout: whether a programme may still sound, where to join it, and what its outcome is in the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.time import TimeSpan

LEAST_STEP = timedelta(seconds=1)
"""Less than this between the two clocks is the ordinary slewing of a time service, or a busy computer."""
LEAST_SKIP = timedelta(seconds=60)
"""A wall clock that jumps ahead by less only makes starts late; by more, what it jumped over is given up."""
WHOLE_WITHIN_S = 0.25
"""Seconds that may lack of an edition that still counts as sounded in full (the last block of a carrier)."""


class Heard(Protocol):
    """A stretch of one airing that really sounded (see `scheduler.ports.Stretch`)."""

    @property
    def airing_id(self) -> UUID: ...  # noqa: D102
    @property
    def offset_s(self) -> float: ...  # noqa: D102
    @property
    def lasts_s(self) -> float: ...  # noqa: D102
    @property
    def started_at(self) -> datetime: ...  # noqa: D102
    @property
    def ended_at(self) -> datetime: ...  # noqa: D102


class Course(StrEnum):
    """What to do now with a programme that is due."""

    SOUND = "sound"
    WAIT = "wait"
    MISS = "miss"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The decision on one programme; `offset_s` is where to join it, `reason` why it is late or missed."""

    course: Course
    offset_s: float = 0.0
    reason: Reason | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """What is known of a due programme in its zone when the decision is taken."""

    starts_at: datetime
    seconds: float
    is_ready: bool
    """Its rendition is made."""
    is_zone_active: bool
    is_approved: bool
    """Every edition's approved master is exactly what the airing names."""
    is_within_hours: bool
    """From now (or the start) to its end."""
    is_emergency: bool
    unready_reason: Reason | None = None
    """Why its rendition could not be made, if that was tried."""
    carrier_reason: Reason | None = None
    """Set when the zone's carrier cannot be used at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What the daemon knows of the time before now: since when the zone is in its hands, and what went wrong."""

    alive_since: datetime
    skipped: tuple[TimeSpan, ...] = ()
    """Stretches of wall time that a clock step jumped over."""
    away: tuple[TimeSpan, ...] = ()
    """Stretches during which the database did not answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One edition as planned in one zone."""

    airing_id: UUID
    planned_at: datetime
    seconds: float


def judge_step(*, wall: timedelta, monotonic: timedelta) -> timedelta | None:
    """By how much the wall clock was set while both clocks ran so far; None when it was not."""
    step = wall - monotonic
    return step if abs(step) >= LEAST_STEP else None


def skipped_by(step: timedelta, *, before: datetime, now: datetime) -> TimeSpan | None:
    """The wall time a step jumped over since the look `before` it; None for a small or backward step."""
    return TimeSpan(starts_at=before, ends_at=now) if step >= LEAST_SKIP else None


def is_worth_joining(*, offset_s: float, seconds: float, least_share: float) -> bool:
    """Tell whether enough is left of a programme to join it at an offset."""
    return offset_s < seconds and (seconds - offset_s) >= least_share * seconds


def offset_at(starts_at: datetime, *, now: datetime) -> float:
    """How far a programme has come, in seconds; 0 before its start."""
    return max(0.0, (now - starts_at).total_seconds())


def is_skipped(starts_at: datetime, circumstances: Circumstances) -> bool:
    """Tell whether a clock step jumped over this instant."""
    return any(span.contains(starts_at) for span in circumstances.skipped)


def why_late(starts_at: datetime, circumstances: Circumstances) -> Reason:
    """Why a programme was not started at its instant."""
    if is_skipped(starts_at, circumstances):
        return Reason.CLOCK_STEPPED
    if starts_at < circumstances.alive_since:
        return Reason.DAEMON_DOWN
    if any(span.contains(starts_at) for span in circumstances.away):
        return Reason.DATABASE_AWAY
    return Reason.TOO_LATE


def judge(chance: Chance, circumstances: Circumstances, *, now: datetime, least_share: float) -> Verdict:
    """Decide on a programme that is due: sound it (from the start or in progress), wait for its file, or miss it."""
    offset = offset_at(chance.starts_at, now=now)
    if offset > 0 and is_skipped(chance.starts_at, circumstances):
        return Verdict(course=Course.MISS, reason=Reason.CLOCK_STEPPED)
    worth = is_worth_joining(offset_s=offset, seconds=chance.seconds, least_share=least_share)
    forbidden = _forbids(chance)
    if not worth:
        late = why_late(chance.starts_at, circumstances)
        known = late if late != Reason.TOO_LATE else forbidden or chance.unready_reason or _unready(chance) or late
        return Verdict(course=Course.MISS, reason=known)
    if forbidden is not None:
        return Verdict(course=Course.MISS, reason=forbidden)
    if chance.carrier_reason is not None or not chance.is_ready:
        return Verdict(course=Course.WAIT)
    note = "" if chance.is_within_hours else "emergency outside allowed hours"
    return Verdict(
        course=Course.SOUND, offset_s=offset, reason=Reason.LATE_START if offset > 0 else None, note=note
    )  # fmt: skip


def _forbids(chance: Chance) -> Reason | None:
    if not chance.is_zone_active:
        return Reason.ZONE_INACTIVE
    if not chance.is_approved:
        return Reason.NOT_APPROVED
    if not (chance.is_within_hours or chance.is_emergency):
        return Reason.OUTSIDE_ALLOWED_HOURS
    return None


def _unready(chance: Chance) -> Reason | None:
    if chance.carrier_reason is not None:
        return chance.carrier_reason
    return None if chance.is_ready else Reason.FILE_MISSING


def tell_outcome(
    deliveries: Sequence[Delivery],
    heard: Iterable[Heard],
    *,
    zone_id: int,
    evidence: Evidence,
    reason: Reason | None,
    missed_reason: Reason | None,
    recorded_by: str,
    rendition_sha256: str | None,
    note: str = "",
) -> list[NewEntry]:
    """One entry for each edition of a programme from all that sounded of it, in however many lives.

    `reason` says why an edition was cut, `missed_reason` why one did not sound at all.
    """
    by_airing: dict[UUID, list[Heard]] = {}
    for stretch in heard:
        by_airing.setdefault(stretch.airing_id, []).append(stretch)
    entries = []
    for delivery in deliveries:
        own = sorted(by_airing.get(delivery.airing_id, ()), key=lambda stretch: stretch.started_at)
        seconds = min(delivery.seconds, seconds_heard(own))
        kind = _kind_of(seconds, delivery.seconds, reason=reason, missed_reason=missed_reason)
        entries.append(
            NewEntry(
                airing_id=delivery.airing_id,
                zone_id=zone_id,
                kind=kind,
                planned_at=delivery.planned_at,
                started_at=own[0].started_at if seconds > 0 else None,
                ended_at=max(stretch.ended_at for stretch in own) if seconds > 0 else None,
                seconds_planned=delivery.seconds,
                seconds_sounded=delivery.seconds if kind is EntryKind.SOUNDED else seconds,
                reason=_reason_of(kind, reason=reason, missed_reason=missed_reason),
                evidence=evidence if seconds > 0 else Evidence.PLANNED,
                recorded_by=recorded_by,
                rendition_sha256=rendition_sha256,
                note=note,
            )
        )
    return entries


def tell_missed(
    deliveries: Sequence[Delivery], *, zone_id: int, reason: Reason, recorded_by: str, note: str = ""
) -> list[NewEntry]:
    """The entries of a programme of which nothing sounded."""
    return tell_outcome(
        deliveries,
        (),
        zone_id=zone_id,
        evidence=Evidence.PLANNED,
        reason=reason,
        missed_reason=reason,
        recorded_by=recorded_by,
        rendition_sha256=None,
        note=note,
    )


def seconds_heard(stretches: Iterable[Heard]) -> float:
    """How much of an edition was heard; what two lives both sounded counts once."""
    spans = sorted((stretch.offset_s, stretch.offset_s + stretch.lasts_s) for stretch in stretches)
    total, reached = 0.0, 0.0
    for first, last in spans:
        total += max(0.0, last - max(first, reached))
        reached = max(reached, last)
    return total


def _kind_of(
    seconds: float, planned: float, *, reason: Reason | None, missed_reason: Reason | None
) -> EntryKind:  # fmt: skip
    if seconds <= 0:
        return EntryKind.FAILED if missed_reason is Reason.CARRIER_FAILED else EntryKind.MISSED
    if seconds >= planned - WHOLE_WITHIN_S:
        return EntryKind.SOUNDED
    return EntryKind.INTERRUPTED if reason is Reason.INTERRUPTED else EntryKind.PARTIAL


def _reason_of(kind: EntryKind, *, reason: Reason | None, missed_reason: Reason | None) -> Reason | None:
    if kind is EntryKind.SOUNDED:
        return None
    if kind in (EntryKind.PARTIAL, EntryKind.INTERRUPTED):
        return reason or Reason.UNKNOWN
    return missed_reason or reason or Reason.UNKNOWN
