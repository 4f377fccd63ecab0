"""Why a zone is silent now, or was on a day: a judgement over what is known of it, the weightiest reason first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.coverage import Hours, tell_hours
from scheduler.domain.fleet import Lack
from scheduler.domain.planning import Finding
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import Problem

UNHEARD = frozenset({EntryKind.MISSED, EntryKind.FAILED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A broadcast of the zone's plan."""

    at: datetime
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sounding:
    """What a daemon reports to sound in the zone."""

    title: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CalledOff:
    """A broadcast that somebody cancelled or, with `moved_to`, put at another hour."""

    at: datetime
    title: str
    by: str
    reason: str = ""
    moved_to: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the log says of a broadcast in the zone: of several languages the one that went worst."""

    kind: EntryKind
    reason: Reason | None
    seconds_sounded: float
    seconds_planned: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreported:
    """Broadcasts that a village has not told of yet: how many, and when the oldest of them was."""

    number: int
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Paused:
    """Who put the zone out of use and when, as far as the audit trail knows."""

    by: str = ""
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """All that is known of a zone at an instant; what is empty does not hold."""

    hours: Hours
    is_within_hours: bool = True
    removed_at: datetime | None = None
    paused: Paused | None = None
    sounding: Sounding | None = None
    playout: Sequence[Problem] = ()
    """What is wrong with the daemons."""
    alarms: Sequence[Problem] = ()
    """Open alarms of the zone and of its carrier."""
    awaited: Sequence[Due] = ()
    """Should sound now; nothing of it is on air or in the log."""
    called_off: Sequence[CalledOff] = ()
    """Of today, not over yet by the plan."""
    last: tuple[Due, Outcome] | None = None
    """The last delivery, when it is recent."""
    loudspeakers: int = 0
    broken: int = 0
    coming: Due | None = None
    found: Sequence[tuple[datetime, Finding]] = ()
    """What the plan lacks for the zone soon."""
    is_village: bool = False
    """A player there sounds it by itself, and tells of it when it can."""
    lacks: Sequence[Lack] = ()
    """What that player lacks."""
    unreported: Unreported | None = None
    """What it has not told of yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """A broadcast that the zone could have heard on a day, with what became of it."""

    due: Due
    is_over: bool
    outcome: Outcome | None = None
    called_off: CalledOff | None = None
    finding: Finding | None = None
    """Why the plan left the zone out."""
    is_sounding: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """All that is known of a zone on a day."""

    day: date
    created_on: date
    removed_on: date | None = None
    is_paused: bool = False
    expected: Sequence[Expected] = ()
    is_village: bool = False


# --- now --------------------------------------------------------------------------------------------------------------
def why_now(moment: Moment) -> list[Problem]:
    """Why nothing is heard in the zone now (or that something is); the first is the answer, the others add to it."""
    if moment.removed_at is not None:
        return [Problem(code="zone_removed_since", facts={"since": moment.removed_at})]
    if moment.paused is not None:
        return [_tell_paused(moment.paused)]
    if moment.sounding is not None:
        facts = {"title": moment.sounding.title, "since": moment.sounding.since}
        return [Problem(code="zone_sounds", facts=facts), *_loudspeakers(moment)]
    return [
        *moment.playout,
        *moment.alarms,
        *(Problem(code="village_lack", facts={"lack": lack}) for lack in moment.lacks),
        *_awaited(moment),
        *(_tell_called_off(item) for item in moment.called_off),
        *_last(moment),
        *_loudspeakers(moment),
        *_plan(moment),
    ]


def _tell_paused(paused: Paused) -> Problem:
    if paused.since is None:
        return Problem(code="zone_paused")
    return Problem(code="zone_paused_by", facts={"by": paused.by, "since": paused.since})


def _awaited(moment: Moment) -> Iterator[Problem]:
    for due in moment.awaited:
        if moment.is_village:
            yield Problem(code="village_awaited", facts=_facts(due))
        else:
            yield Problem(code="zone_awaited", facts=_facts(due), severe=True)
    if moment.unreported is not None:
        facts = {"number": moment.unreported.number, "since": moment.unreported.since}
        yield Problem(code="village_unreported", facts=facts)


def _last(moment: Moment) -> Iterator[Problem]:
    if moment.last is None:
        return
    due, outcome = moment.last
    if outcome.kind in UNHEARD:
        yield Problem(code="zone_missed", facts={**_facts(due), "reason": outcome.reason}, severe=True)
    elif outcome.kind is EntryKind.INTERRUPTED:
        yield Problem(code="zone_interrupted", facts={**_facts(due), "reason": outcome.reason})


def _loudspeakers(moment: Moment) -> Iterator[Problem]:
    if moment.loudspeakers and moment.broken == moment.loudspeakers:
        yield Problem(code="zone_without_loudspeaker", facts={"number": moment.loudspeakers})


def _plan(moment: Moment) -> Iterator[Problem]:
    """What the plan says: nothing is due at this hour, and what comes, or why nothing does."""
    if moment.awaited:
        return
    if not moment.is_within_hours:
        yield Problem(code="zone_outside_hours", facts={"hours": tell_hours(moment.hours)})
    if moment.coming is not None:
        yield Problem(code="zone_waits", facts=_facts(moment.coming))
    else:
        yield Problem(code="zone_not_planned")
    for at, finding in moment.found:
        yield Problem(code="zone_found", facts={"at": at, "found": finding})


# --- on a day ---------------------------------------------------------------------------------------------------------
def why_then(told: Day) -> list[Problem]:
    """What became of each broadcast that the zone could have heard on a day, by start; one sentence if none."""
    if told.expected:
        return [_tell(item, is_village=told.is_village) for item in sorted(told.expected, key=lambda item: item.due.at)]
    if told.day < told.created_on:
        return [Problem(code="then_no_zone", facts={"day": told.day, "created": told.created_on})]
    if told.removed_on is not None and told.removed_on <= told.day:
        return [Problem(code="then_zone_removed", facts={"day": told.day, "removed": told.removed_on})]
    code = "then_zone_paused" if told.is_paused else "then_nothing_planned"
    return [Problem(code=code, facts={"day": told.day})]


def _tell(item: Expected, *, is_village: bool) -> Problem:
    if item.outcome is not None:
        return _tell_outcome(item.due, item.outcome)
    if item.is_sounding:
        return Problem(code="then_sounds", facts=_facts(item.due))
    if item.called_off is not None:
        return _tell_called_off(item.called_off)
    if item.finding is not None:
        return Problem(code="zone_found", facts={"at": item.due.at, "found": item.finding}, severe=True)
    if item.is_over and is_village:
        return Problem(code="then_village_not_reported", facts=_facts(item.due))
    if item.is_over:
        return Problem(code="then_not_reported", facts=_facts(item.due), severe=True)
    return Problem(code="then_to_come", facts=_facts(item.due))


def _tell_outcome(due: Due, outcome: Outcome) -> Problem:
    if outcome.kind is EntryKind.SOUNDED:
        return Problem(code="then_sounded", facts=_facts(due))
    reason = outcome.reason or Reason.UNKNOWN
    if outcome.kind in UNHEARD or outcome.seconds_sounded <= 0:
        return Problem(code="then_missed", facts={**_facts(due), "reason": reason}, severe=True)
    share = round(100 * outcome.seconds_sounded / outcome.seconds_planned) if outcome.seconds_planned else 0
    return Problem(code="then_in_part", facts={**_facts(due), "reason": reason, "share": min(share, 99)})


def _tell_called_off(item: CalledOff) -> Problem:
    facts: dict[str, object] = {"at": item.at, "title": item.title, "by": item.by, "why": item.reason}
    if item.moved_to is not None:
        code, facts = "zone_moved", {**facts, "to": item.moved_to}
    else:
        code = "zone_called_off"
    return Problem(code=code if item.reason else f"{code}_without_reason", facts=facts)


def _facts(due: Due) -> Mapping[str, object]:
    return {"at": due.at, "title": due.title}
