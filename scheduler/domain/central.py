"""What is exchanged with a central information system, in our words; an adapter puts it into theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from scheduler.domain.playout import EntryKind, Evidence, Reason


class MessageKind(StrEnum):
    """What is told to the central system."""

    STATUS = "status"
    LOG = "log"


class IncomingKind(StrEnum):
    """What it asks for."""

    BULLETIN = "bulletin"
    PLAN = "plan"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterStatus:
    """How a zone is now; `started_at` and `title` are of what it plays."""

    id: UUID
    zone_code: str
    zone_name: str
    carrier: str
    at: datetime
    is_playing: bool
    is_paused: bool
    is_connected: bool | None
    """None where the zone tells nothing (FM, wired)."""
    latitude: float | None = None
    longitude: float | None = None
    started_at: datetime | None = None
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """One as-run entry as it is told; a correction is told like any other, by its own number."""

    id: UUID
    entry: int
    airing_id: UUID
    attempt: int
    kind: EntryKind
    zone_code: str
    zone_name: str
    area_name: str
    carrier: str
    series_title: str
    title: str
    year: int
    number: int
    language: str
    priority: int
    exercise: bool
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seconds_sounded: float
    evidence: Evidence
    reason: Reason | None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """What came from over there: kept as it came, with what an operator must know in our words."""

    outside_id: str
    kind: IncomingKind
    priority: int
    """Ours: 1 ordinary, 2 preferred, 3 emergency."""
    title: str
    body: Mapping[str, object] = field(default_factory=dict)
    sound: bytes | None = None
