"""What the dashboard shows, as values: zones on air in groups, what comes next, how today went, how far the year is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import Problem
from scheduler.domain.time import local_day

NAMED_PLACES = 6
"""So many zones are named; of the others the page tells the number."""
OVERDUE_AFTER = timedelta(seconds=15)

PlacedPart = tuple[str, str | None, float]
"""Role, language and start (in seconds of the programme) of a part of a running order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Some zones by name, and how many there are in all."""

    names: tuple[str, ...]
    number: int

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.number - len(self.names)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """A claim as the daemon reported it: this zone sounds this programme since that instant."""

    broadcast_id: UUID
    owner: str
    zone_name: str
    started_at: datetime
    offset_s: float
    running_order_key: str
    seconds: float
    parts: tuple[PlacedPart, ...]
    series_title: str
    number: int
    title: str
    exercise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OnAir:
    """A group of zones that sound the same programme and fall silent together."""

    broadcast_id: UUID
    series_title: str
    number: int
    title: str
    places: Places
    started_at: datetime
    ends_at: datetime
    role: str
    """What sounds now: `chime`, `edition` or `outro`."""
    language: str | None
    certain: bool
    """False when the daemon that reported it has given no sign of life since."""
    exercise: bool = False

    def remaining(self, *, now: datetime) -> timedelta:
        """How long it still sounds; zero once it should be over and its log is being written."""
        return max(timedelta(0), self.ends_at - now)

    def is_over(self, *, now: datetime) -> bool:
        """Tell whether it should have fallen silent, and its log is being written."""
        return now >= self.ends_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """A broadcast that has not begun in any zone."""

    broadcast_id: UUID
    series_title: str
    number: int
    title: str
    starts_at: datetime
    languages: tuple[str, ...]
    zones: int
    priority: Priority
    exercise: bool

    def is_overdue(self, *, now: datetime) -> bool:
        """Tell whether its instant has passed and nothing reports it on air."""
        return is_overdue(self.starts_at, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """In how many zones an airing ended in one way, for one reason."""

    kind: EntryKind
    reason: Reason | None
    places: Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What became of one airing (a broadcast in one language) today, over all its zones."""

    language: str
    started_at: datetime | None
    outcomes: tuple[Tally, ...]


class Standing(StrEnum):
    """How far a broadcast of today has come, by what was reported and never by what was planned."""

    TO_COME = "to_come"
    UNREPORTED = "unreported"
    """Only villages hear it, its instant has passed, and none of them has told of it yet (chưa báo về)."""
    AWAITED = "awaited"
    """Its instant has passed, nothing is on air and nothing is in the log."""
    ON_AIR = "on_air"
    ENDED = "ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class OfToday:
    """A broadcast of this day, with what the log says of each of its languages."""

    broadcast_id: UUID
    state: BroadcastState
    starts_at: datetime
    series_title: str
    number: int
    title: str
    languages: tuple[str, ...]
    zones: int
    priority: Priority
    exercise: bool
    heard: tuple[Heard, ...]
    villages: int = 0
    """In how many of its zones a player sounds it by itself, and tells of it later."""
    reported: int = 0
    """How many of those villages have told of it."""

    def unreported(self, *, now: datetime) -> int:
        """How many villages have not told of it yet, from its start on."""
        return self.villages - self.reported if is_overdue(self.starts_at, now=now) else 0

    def standing(self, *, on_air: Collection[UUID], now: datetime) -> Standing:
        """How far it has come; `on_air` are the broadcasts that a daemon reports to be sounding."""
        if self.broadcast_id in on_air:
            return Standing.ON_AIR
        if self.heard:
            return Standing.ENDED
        if self.state is BroadcastState.CANCELLED:
            return Standing.CANCELLED
        if not is_overdue(self.starts_at, now=now):
            return Standing.TO_COME
        return Standing.UNREPORTED if self.villages >= self.zones else Standing.AWAITED


def is_overdue(starts_at: datetime, *, now: datetime) -> bool:
    """Tell whether a start should have been reported by now."""
    return now >= starts_at + OVERDUE_AFTER


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Zones that sound the same programme and fall silent together, as they were reported; nothing of it moves."""

    first: Stated
    """The zone that began first."""
    places: Places
    ends_at: datetime
    certain: bool

    def at(self, now: datetime) -> OnAir:
        """What sounds of it at an instant."""
        first = self.first
        role, language = sounding_part(first.parts, at_s=first.offset_s + (now - first.started_at).total_seconds())
        return OnAir(
            broadcast_id=first.broadcast_id,
            series_title=first.series_title,
            number=first.number,
            title=first.title,
            places=self.places,
            started_at=first.started_at,
            ends_at=self.ends_at,
            role=role,
            language=language,
            certain=self.certain,
            exercise=first.exercise,
        )


def group_stated(stated: Iterable[Stated], *, alive: Collection[str]) -> list[Group]:
    """Zones with the same programme, end (to the second) and certainty as one group; the one that ends first first."""
    groups: dict[tuple[UUID, str, datetime, bool], list[Stated]] = defaultdict(list)
    for one in stated:
        ends_at = _round_to_second(one.started_at + timedelta(seconds=one.seconds - one.offset_s))
        groups[one.broadcast_id, one.running_order_key, ends_at, one.owner in alive].append(one)
    found = [
        Group(
            first=min(members, key=lambda one: one.started_at),
            places=name_places(one.zone_name for one in members),
            ends_at=ends_at,
            certain=certain,
        )
        for (_, _, ends_at, certain), members in groups.items()
    ]
    return sorted(found, key=lambda group: (group.ends_at, group.places.names))


def sounding_part(parts: tuple[PlacedPart, ...], *, at_s: float) -> tuple[str, str | None]:
    """Role and language of the part that lies at a place of the programme."""
    begun = [part for part in parts if part[2] <= at_s] or list(parts[:1])
    return (begun[-1][0], begun[-1][1]) if begun else ("edition", None)


def name_places(names: Iterable[str], *, named: int = NAMED_PLACES) -> Places:
    """The first names in order, and the number of all."""
    in_order = sorted(names)
    return Places(names=tuple(in_order[:named]), number=len(in_order))


def _round_to_second(instant: datetime) -> datetime:
    return (instant + timedelta(milliseconds=500)).replace(microsecond=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What a series has brought in a year so far, beside what was promised for the year."""

    series_title: str
    produced: Mapping[str, int]
    """Editions made, by language."""
    broadcast: int
    """Airings that count."""
    target: int | None
    expected: int | None
    """How many of the target should be reached by today, were they spread evenly over the year."""

    @property
    def is_behind(self) -> bool:
        """Tell whether less was broadcast than an even pace asks for."""
        return self.expected is not None and self.broadcast < self.expected


def expected_by(target: int, *, day: date) -> int:
    """The part of a yearly target that an even pace would have reached by the end of a day, rounded down."""
    days = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return target * ((day - date(day.year, 1, 1)).days + 1) // days


@dataclass(frozen=True, kw_only=True, slots=True)
class DayLook:
    """How this day went so far."""

    today: tuple[OfToday, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What the plan lacks for tomorrow, and how far the year has come."""

    progress: tuple[Progress, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """All that the dashboard shows of one instant."""

    now: datetime
    problems: tuple[Problem, ...]
    on_air: tuple[OnAir, ...]
    coming: tuple[Coming, ...]
    today: tuple[OfToday, ...]
    progress: tuple[Progress, ...]
    synchronised: bool | None
    daemon_alive: bool

    def standing(self, item: OfToday) -> Standing:
        """How far a broadcast of today has come."""
        return item.standing(on_air={one.broadcast_id for one in self.on_air}, now=self.now)


class Part(StrEnum):
    """A part of the dashboard that is sent anew when it changes."""

    BAR = "bar"
    FACTS = "facts"
    PROBLEMS = "problems"
    ON_AIR = "on-air"
    COMING = "coming"
    TODAY = "today"
    YEAR = "year"


def told_by_part(picture: Picture, *, zone: ZoneInfo) -> dict[Part, object]:
    """What each part tells, without what moves by itself (the clock, the time left): equal means unchanged."""
    now = picture.now
    day = local_day(now, zone)
    on_air = [(item, item.is_over(now=now)) for item in picture.on_air]
    coming = [(item, item.is_overdue(now=now)) for item in picture.coming]
    health = (picture.synchronised, picture.daemon_alive)
    return {
        Part.BAR: (on_air, coming[:1], day, health),
        Part.FACTS: (day, health),
        Part.PROBLEMS: picture.problems,
        Part.ON_AIR: on_air,
        Part.COMING: (coming, day),
        Part.TODAY: ([(item, picture.standing(item)) for item in picture.today], day),
        Part.YEAR: (picture.progress, day.year),
    }
