"""What planning works on: slots, exceptions, episodes and zones as values, and the plan drawn up from them.

How the plan comes about is told in `drawing`; how an episode is chosen in `selection`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

from scheduler.domain.coverage import Hours
from scheduler.domain.recurrence import Recurrence
from scheduler.domain.time import TimeSpan
from scheduler.ports import Part


class Priority(IntEnum):
    """The three levels of Thông tư 39/2020/TT-BTTTT: thông thường ‹ ưu tiên ‹ khẩn cấp."""

    ORDINARY = 1
    PREFERRED = 2
    EMERGENCY = 3

    @property
    def is_ordinary(self) -> bool:
        """Tell whether it needs no word on a screen."""
        return self is Priority.ORDINARY


class Selection(StrEnum):
    """How a slot chooses its episode."""

    NEXT = "next"
    REPEAT = "repeat"
    PINNED = "pinned"


class BroadcastState(StrEnum):
    """How far a broadcast has come; what is on air or past is never planned again."""

    PLANNED = "planned"
    ON_AIR = "on_air"
    DONE = "done"
    CANCELLED = "cancelled"


class FindingCode(StrEnum):
    """What can be wrong with a broadcast of a plan."""

    OVERLAP = "overlap"
    OUTSIDE_ALLOWED_HOURS = "outside_allowed_hours"
    EDITION_MISSING = "edition_missing"
    EDITION_NOT_APPROVED = "edition_not_approved"
    DURATION_OUTSIDE_RULE = "duration_outside_rule"
    NO_ZONE = "no_zone"
    NOTHING_LEFT_TO_AIR = "nothing_left_to_air"


# --- what is planned from ---------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class Take:
    """The approved bytes of an edition: the original, the master that airs and how long that is."""

    recording_sha256: str
    master_sha256: str
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionToPlan:
    """An episode in one language; `take` is None while nothing is approved, `recorded`: there is any."""

    id: int
    language: str
    recorded: bool
    take: Take | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeToPlan:
    """An episode that may be chosen."""

    id: int
    series_id: int
    year: int
    number: int
    title: str
    editions: Mapping[str, EditionToPlan]
    """By language."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesRule:
    """What every episode of a series must be."""

    id: int
    languages: tuple[str, ...]
    shortest_seconds: float
    longest_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SlotToPlan:
    """A recurring place in the week."""

    id: int
    code: str
    series: SeriesRule
    recurrence: Recurrence
    priority: int = Priority.ORDINARY
    selection: Selection = Selection.NEXT
    repeats_slot_id: int | None = None
    pinned_episode_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DateException:
    """What differs on one date of a slot; the other dates stay as they are."""

    slot_id: int
    on: date
    cancelled: bool = False
    moved_to: datetime | None = None
    episode_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OneOff:
    """A broadcast that belongs to no slot, in the zones it was made for."""

    id: UUID
    series: SeriesRule
    episode_id: int
    starts_at: datetime
    zone_ids: frozenset[int]
    priority: int = Priority.ORDINARY

    @property
    def is_emergency(self) -> bool:
        """Tell whether it may sound at any hour."""
        return self.priority >= Priority.EMERGENCY


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """A written broadcast that is no longer planned (on air, claimed, about to start): it keeps its zones."""

    broadcast_id: UUID
    slot_id: int | None
    name: str
    """The slot's code, or the beginning of the broadcast's identifier."""
    occurrence_on: date | None
    spans: tuple[tuple[TimeSpan, frozenset[int]], ...]
    """When it sounds, and in which zones."""
    priority: int = Priority.EMERGENCY
    """Only an emergency that is more urgent takes its zones from it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Aired:
    """An episode that went (or is about to go) on air at an instant; `heard` is False when hardly anything sounded."""

    episode_id: int
    series_id: int
    at: datetime
    slot_id: int | None = None
    occurrence_on: date | None = None
    heard: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneToPlan:
    """A zone: what it hears, in which order, and what frames it."""

    id: int
    languages: tuple[str, ...]
    chime: Part | None = None
    outro: Part | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Era:
    """From a day on, until the next era: which zones each slot reaches and the hours each zone may sound."""

    first_day: date
    reached: Mapping[int, frozenset[int]]
    """Slot → zones."""
    hours: Mapping[int, Hours]
    """Zone → hours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """All zones, and how the area tree answers from day to day; the first era holds from ever on."""

    zones: tuple[ZoneToPlan, ...]
    eras: tuple[Era, ...]


# --- the plan ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedProgramme:
    """A running order and the zones that sound it; zones come in groups so that a large plan can share them."""

    zone_groups: tuple[tuple[int, ...], ...]
    parts: tuple[Part, ...]
    starts_at: datetime
    seconds: float

    @property
    def ends_at(self) -> datetime:
        """When the zones fall silent."""
        return self.starts_at + timedelta(seconds=self.seconds)

    @property
    def zone_ids(self) -> tuple[int, ...]:
        """All zones that sound it."""
        return tuple(zone_id for group in self.zone_groups for zone_id in group)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages heard, in order."""
        return tuple(part.language for part in self.parts if part.language is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Which broadcast is meant: an occurrence of a slot, or a one-off."""

    slot_id: int | None
    name: str
    """The slot's code, or the beginning of the one-off's identifier."""
    occurrence_on: date | None
    starts_at: datetime
    broadcast_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedBroadcast:
    """An episode at an instant with the programme of every zone that carries it."""

    subject: Subject
    series_id: int
    episode: EpisodeToPlan
    priority: int
    pinned: bool
    why: Mapping[str, object]
    """Why this episode was chosen: {"code": …, facts}."""
    programmes: tuple[PlannedProgramme, ...]

    @property
    def starts_at(self) -> datetime:
        """When all zones begin."""
        return self.subject.starts_at

    @property
    def ends_at(self) -> datetime:
        """When the longest programme ends."""
        return max(programme.ends_at for programme in self.programmes)

    @property
    def languages(self) -> frozenset[str]:
        """The languages heard in any zone: one airing each."""
        return frozenset(language for programme in self.programmes for language in programme.languages)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something an operator must know of a broadcast, and the zones it is about."""

    code: FindingCode
    subject: Subject
    zone_groups: tuple[tuple[int, ...], ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def zone_ids(self) -> tuple[int, ...]:
        """All zones it is about."""
        return tuple(zone_id for group in self.zone_groups for zone_id in group)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The broadcasts of a stretch of time in the order they start, and what was found on the way."""

    broadcasts: tuple[PlannedBroadcast, ...]
    findings: tuple[Finding, ...]
