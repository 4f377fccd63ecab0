"""What the status page shows, as values: zones on air in groups, what comes next, what the log says of an airing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import Problem

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

    def remaining(self, *, now: datetime) -> timedelta:
        """How long it still sounds; zero once it should be over and its log is being written."""
        return max(timedelta(0), self.ends_at - now)


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
    priority: int
    exercise: bool

    def is_overdue(self, *, now: datetime) -> bool:
        """Tell whether its instant has passed and nothing reports it on air."""
        return now >= self.starts_at + OVERDUE_AFTER


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """In how many zones an airing ended in one way, for one reason."""

    kind: EntryKind
    reason: Reason | None
    places: Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Logged:
    """What became of one airing today, over all its zones."""

    airing_id: UUID
    planned_at: datetime
    started_at: datetime | None
    number: int
    title: str
    language: str
    exercise: bool
    outcomes: tuple[Tally, ...]


def group_on_air(stated: Iterable[Stated], *, alive: set[str], now: datetime) -> list[OnAir]:
    """Zones with the same programme, end (to the second) and certainty as one group each."""
    groups: dict[tuple[UUID, str, datetime, bool], list[Stated]] = defaultdict(list)
    for one in stated:
        ends_at = _round_to_second(one.started_at + timedelta(seconds=one.seconds - one.offset_s))
        groups[one.broadcast_id, one.running_order_key, ends_at, one.owner in alive].append(one)
    on_air = [
        _as_on_air(members, ends_at=ends_at, certain=certain, now=now)
        for (_, _, ends_at, certain), members in groups.items()
    ]
    return sorted(on_air, key=lambda item: (item.ends_at, item.places.names))


def _as_on_air(members: list[Stated], *, ends_at: datetime, certain: bool, now: datetime) -> OnAir:
    first = min(members, key=lambda one: one.started_at)
    role, language = sounding_part(first.parts, at_s=first.offset_s + (now - first.started_at).total_seconds())
    return OnAir(
        broadcast_id=first.broadcast_id,
        series_title=first.series_title,
        number=first.number,
        title=first.title,
        places=name_places(one.zone_name for one in members),
        started_at=first.started_at,
        ends_at=ends_at,
        role=role,
        language=language,
        certain=certain,
    )


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
class YearCount:
    """What was made and broadcast in a year so far, by language, with the sentence for the report."""

    year: int
    produced: Mapping[str, int]
    broadcast: Mapping[str, int]
    broadcast_total: int
    target: int | None
    sentence: str

    @property
    def languages(self) -> list[str]:
        """Every language that was made or broadcast, tiếng phổ thông first."""
        return sorted({*self.produced, *self.broadcast}, key=lambda code: (code != "vi", code))


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """All that the status page shows of one instant."""

    now: datetime
    problems: tuple[Problem, ...]
    on_air: tuple[OnAir, ...]
    coming: tuple[Coming, ...]
    log: tuple[Logged, ...]
    count: YearCount
    synchronised: bool | None
    daemon_alive: bool
