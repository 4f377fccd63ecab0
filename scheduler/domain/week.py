"""What a week of broadcasts looks like to a person: an entry for each, written or yet to be written."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from scheduler.domain.planning import BroadcastState, Finding


class EntryState(StrEnum):
    """What is to be said of a broadcast in the week."""

    PLANNED = "planned"
    EXPECTED = "expected"
    """Beyond the days that are planned: the episode is not chosen yet."""
    EMPTY = "empty"
    """The plan has nothing to air there; its findings say why."""
    ON_AIR = "on_air"
    DONE = "done"
    CANCELLED = "cancelled"
    PASSED = "passed"
    """Its time is over and nobody noted that it sounded."""


class NotCopied(StrEnum):
    """Why something of last week is not planned again in this one."""

    ONLY_THAT_DAY = "only_that_day"
    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    ALREADY_THERE = "already_there"
    NO_SUCH_DATE = "no_such_date"
    DIFFERS_ALREADY = "differs_already"
    NOT_YOURS = "not_yours"


class CopyKind(StrEnum):
    """What is copied from week to week, or looked at for it."""

    ONE_OFF = "one_off"
    PIN = "pin"
    MOVE = "move"
    CANCELLATION = "cancellation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A finding and how many zones it is about."""

    finding: Finding
    zones: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeNamed:
    """An episode as a person calls it."""

    id: int
    year: int
    number: int
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One broadcast of the week: an occurrence of a slot, or a one-off."""

    slot_id: int | None
    slot_code: str | None
    occurrence_on: date | None
    broadcast_id: UUID | None
    title: str
    """The slot's, or the series' for a one-off."""
    starts_at: datetime
    ends_at: datetime | None
    usual_at: datetime | None
    """When it would be without the exception; None where it is as usual."""
    state: EntryState
    priority: int
    episode: EpisodeNamed | None
    exercise: bool = False
    pinned: bool = False
    zones: int = 0
    languages: tuple[str, ...] = ()
    findings: tuple[Told, ...] = ()
    reason: str = ""
    """Of the exception."""
    changeable: bool = False
    """The person may change it and it is not too late."""

    @property
    def is_moved(self) -> bool:
        """Tell whether this date differs in its time."""
        return self.usual_at is not None and self.usual_at != self.starts_at

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """By start, the higher priority first."""
        return (self.starts_at, -self.priority, self.slot_code or "", str(self.broadcast_id))


def state_of(stored: BroadcastState, *, starts_at: datetime, ends_at: datetime, now: datetime) -> EntryState:
    """What is to be said of a written broadcast."""
    if stored is BroadcastState.PLANNED and ends_at < now and starts_at < now:
        return EntryState.PASSED
    return EntryState(stored.value)


def state_of_unwritten(starts_at: datetime, *, written_until: datetime, cancelled: bool) -> EntryState:
    """What is to be said of an occurrence that has no broadcast."""
    if cancelled:
        return EntryState.CANCELLED
    return EntryState.EMPTY if starts_at < written_until else EntryState.EXPECTED
