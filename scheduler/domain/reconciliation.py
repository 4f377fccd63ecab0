"""What a line of a day comes to when plan and log are laid beside each other, and which lines are still open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduler.domain.counting import Outcome, outcome_of
from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.playout import EntryKind, Reason

LATE = timedelta(minutes=1)
"""Who listens in the village notices a minute; the seconds by which links and amplifiers differ nobody does."""
BY_HAND = "manual"
BY_STATION = "plan"
IMPORTED = "import"
"""Sources of entries: a person, the station or a player by itself, a logbook."""


class LineClass(StrEnum):
    """What became of a planned delivery, or how something came to sound without a plan."""

    SOUNDED = "sounded"
    IN_PART = "in_part"
    """Late or not all of it, and it is known why."""
    MISSED = "missed"
    """Nothing of it, and it is known why."""
    NO_REASON = "no_reason"
    """Missed or sounded in part, and nobody said why."""
    NOT_PLANNED = "not_planned"
    """Sounded though the plan did not have it: an emergency, or a broadcast that was called off."""
    NEVER_REPORTED = "never_reported"
    """It is over by the plan, and the log says nothing."""
    TO_COME = "to_come"
    """Not over yet by the plan."""


OPEN = frozenset({LineClass.NO_REASON, LineClass.NEVER_REPORTED})
"""What somebody must answer for before the books can be closed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The entry that holds for a delivery, as far as its class depends on it."""

    kind: EntryKind
    reason: Reason | None
    source: str
    planned_at: datetime
    started_at: datetime | None
    seconds_planned: float
    seconds_sounded: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """What the plan says of the delivery: whether its zone is in it, and the broadcast (None where that is gone)."""

    in_programme: bool
    state: BroadcastState | None
    priority: int


def class_of(told: Told, planned: Planned) -> LineClass:
    """What a delivery that is in the log comes to."""
    if told.seconds_sounded > 0 and not is_planned(told, planned):
        return LineClass.NOT_PLANNED
    outcome = outcome_of(told.kind, sounded=told.seconds_sounded, planned=told.seconds_planned)
    if outcome is Outcome.SOUNDED:
        return LineClass.IN_PART if is_late(told) else LineClass.SOUNDED
    if not has_reason(told.reason, source=told.source):
        return LineClass.NO_REASON
    return LineClass.MISSED if outcome is Outcome.MISSED else LineClass.IN_PART


def is_planned(told: Told, planned: Planned) -> bool:
    """Tell whether the plan had it. A logbook from before the station is the plan of its days."""
    if told.source == IMPORTED or (planned.state is None and told.source == BY_HAND):
        return True
    called_off = planned.state in (None, BroadcastState.CANCELLED)
    return planned.in_programme and not called_off and planned.priority < Priority.EMERGENCY


def is_late(told: Told) -> bool:
    """Tell whether it began so late that people notice."""
    return told.started_at is not None and told.started_at - told.planned_at >= LATE


def has_reason(reason: Reason | None, *, source: str) -> bool:
    """Tell whether it is said why; *unknown* is an answer where a person gave it, and none where a machine did."""
    return reason is not None and (reason is not Reason.UNKNOWN or source == BY_HAND)


def came_later(*, source: str, written_on: date, day: date) -> bool:
    """Tell whether a delivery's own report came on a later day than it sounded: its place had no link till then."""
    return source == BY_STATION and written_on > day


def count_open(numbers: Mapping[LineClass, int]) -> int:
    """How many lines somebody must answer for."""
    return sum(number for kind, number in numbers.items() if kind in OPEN)


def tell_days(days: Iterable[date], *, most: int = 8) -> str:
    """Some days by name: 03/5/2026, 04/5/2026 …; of many the first."""
    known = sorted(days)
    told = ", ".join(f"{day:%d/%m/%Y}" for day in known[:most])
    return f"{told} …" if len(known) > most else told
