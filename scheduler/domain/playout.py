"""What can become of a delivery: kinds of as-run entry, levels of evidence and reasons."""

from enum import StrEnum


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
        return list(Evidence).index(self)

    def at_least(self, other: "Evidence") -> bool:
        """Tell whether this proves at least as much as the other."""
        return self.rank >= other.rank


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
    UNKNOWN = "unknown"
