"""What can become of a delivery: kinds of as-run entry, levels of evidence and reasons."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Evidence(StrEnum):
    """How well it is known that a delivery sounded, lowest first."""

    PLANNED = "planned"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    STARTED = "started"
    COMPLETED = "completed"
    HEARD = "heard"
    CONFIRMED = "confirmed"

    @property
    def rank(self) -> int:
        """The place in the order of proof, 0 for planned."""
        return _RANKS[self]

    def at_least(self, other: "Evidence") -> bool:
        """Tell whether this proves at least as much as the other."""
        return self.rank >= other.rank


_RANKS = {level: rank for rank, level in enumerate(Evidence)}


class EntryKind(StrEnum):
    """What an as-run entry says became of a delivery."""

    SOUNDED = "sounded"
    PARTIAL = "partial"
    INTERRUPTED = "interrupted"
    MISSED = "missed"
    FAILED = "failed"
    CORRECTION = "correction"


class Reason(StrEnum):
    """Why a delivery was not sounded in full; a closed list."""

    LATE_START = "late_start"
    CRASH_REJOINED = "crash_rejoined"
    CRASHED = "crashed"
    DAEMON_DOWN = "daemon_down"
    TOO_LATE = "too_late"
    CLOCK_STEPPED = "clock_stepped"
    DATABASE_AWAY = "database_away"
    FILE_MISSING = "file_missing"
    FILE_CORRUPT = "file_corrupt"
    NOT_APPROVED = "not_approved"
    OUTSIDE_ALLOWED_HOURS = "outside_allowed_hours"
    ZONE_INACTIVE = "zone_inactive"
    CARRIER_FAILED = "carrier_failed"
    LEASE_LOST = "lease_lost"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    OVERLAP = "overlap"
    NO_TRUSTED_TIME = "no_trusted_time"
    """A village player did not know what time it was."""
    POWER_CUT = "power_cut"
    EQUIPMENT_BROKEN = "equipment_broken"
    LINK_DOWN = "link_down"
    NEVER_REPORTED = "never_reported"
    """The place never told what became of it, and nobody there knows."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEntry:
    """What became of one airing in one zone, to be written into the as-run log.

    `attempt` is 1 for what the station did and one more for each correction; `planned_at` is when this edition should
    have started in this zone; `started_at` and `ended_at` are None when nothing sounded.
    """

    airing_id: UUID
    zone_id: int
    kind: EntryKind
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seconds_planned: float
    seconds_sounded: float
    reason: Reason | None
    evidence: Evidence
    recorded_by: str
    rendition_sha256: str | None = None
    attempt: int = 1
    source: str = "plan"
    note: str = ""
    countersigned_by: str = ""
