"""Where sound is heard: the dated tree of areas, what a zone belongs to on a day, and the hours it may sound."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.domain.time import TimeSpan, local_day, local_instant

Hours = tuple[tuple[time, time], ...]
"""Stretches of a local day; `time.max` is 24:00, and one that ends before it starts goes on past midnight."""

WHOLE_DAY: Hours = ((time.min, time.max),)
_STRETCH = re.compile(r"(\d{2}:\d{2})\s*[-–]\s*(\d{2}:\d{2})")


class AreaKind(StrEnum):
    """What an area is; communes (xã, phường) are what counts are told by."""

    PROVINCE = "province"
    CITY = "city"
    COMMUNE = "commune"
    VILLAGE = "village"


class LoudspeakerState(StrEnum):
    """Whether a loudspeaker can be heard; only working ones are counted as reached."""

    WORKING = "working"
    BROKEN = "broken"
    REMOVED = "removed"


class CarrierKind(StrEnum):
    """The ways in which sound can reach a zone; `audio/carriers` has one file for each that this station sounds."""

    FILE = "file"
    MEMORY = "memory"
    SOUNDCARD = "soundcard"
    VILLAGE = "village"
    """A player in the village sounds it by itself: the station sends plan and files, and hears what became of them."""


class ZoneState(StrEnum):
    """How a zone is at this moment, as a list or a map shows it; the first that holds."""

    PAUSED = "paused"
    ON_AIR = "on_air"
    NO_PLAYER = "no_player"
    """A village to which no player was sent, or none that may still come."""
    BOX_TROUBLE = "box_trouble"
    """The village's player is in contact and says that something is wrong."""
    OFFLINE = "offline"
    """Nobody knows how the village is; its player goes on by the plan that it holds."""
    FILES_LACKING = "files_lacking"
    """The village's player has not got all files of the coming day."""
    CARRIER_DOWN = "carrier_down"
    SILENT = "silent"
    """The carrier failed to sound here when it last tried."""
    NO_LOUDSPEAKER = "no_loudspeaker"
    READY = "ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A place on the map."""

    latitude: float
    longitude: float

    @property
    def is_on_earth(self) -> bool:
        """Tell whether there is such a place."""
        return -90 <= self.latitude <= 90 and -180 <= self.longitude <= 180


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaNode:
    """An area as decisions need it; `valid_to` is the first day it no longer exists."""

    id: int
    parent_id: int | None
    kind: str
    name: str
    valid_from: date
    valid_to: date | None
    hours: Hours | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Succession:
    """An area that went on as (part of) another from a day on."""

    predecessor_id: int
    successor_id: int


class AreaTree:
    """All areas of a station over time; answers what lay in what on a day.

    A village's row hangs below the commune it was entered under and stays there: when that commune ends, the way up
    goes on through what the commune became. Where history forks (one area became several), only what all branches
    have in common is known; nothing is guessed.
    """

    def __init__(self, areas: Iterable[AreaNode], successions: Iterable[Succession] = ()) -> None:
        self._areas = {area.id: area for area in areas}
        self._after: dict[int, list[int]] = {}
        self._before: dict[int, list[int]] = {}
        for step in successions:
            self._after.setdefault(step.predecessor_id, []).append(step.successor_id)
            self._before.setdefault(step.successor_id, []).append(step.predecessor_id)
        self._changes = sorted({day for area in self._areas.values() for day in _ends_of(area)})
        self._known: dict[tuple[int, int], tuple[int, ...]] = {}

    def get(self, area_id: int) -> AreaNode:
        """The area with this number."""
        return self._areas[area_id]

    def area_ids(self) -> list[int]:
        """The numbers of all areas there ever were."""
        return list(self._areas)

    def lineage(self, area_id: int, *, on: date) -> tuple[AreaNode, ...]:
        """The area as it was called on that day, and all that contained it then, from the nearest up."""
        return tuple(self._areas[found] for found in self._lineage(area_id, on, bisect_right(self._changes, on)))

    def change_days(self, first: date, last: date) -> list[date]:
        """Days after the first, up to the last, on which an area begins or ends; between them answers do not change."""
        return [day for day in self._changes if first < day <= last]

    def commune_of(self, area_id: int, *, on: date) -> AreaNode:
        """The commune an area belongs to on that day; the area itself where there is none (or no single one)."""
        lineage = self.lineage(area_id, on=on)
        return next((area for area in lineage if area.kind == AreaKind.COMMUNE), self._areas[area_id])

    def lies_in(self, area_id: int, target_id: int, *, on: date) -> bool:
        """Tell whether an area is part of the target.

        A target that has ended by then (or not begun) means the places it had on its last (or first) day.
        """
        day = _nearest_day(self._areas[target_id], on)
        return target_id in self._lineage(area_id, day, bisect_right(self._changes, day))

    def hours_of(self, area_id: int, *, own: Hours | None, station: Hours, on: date) -> Hours:
        """The hours a zone in this area may sound on that day; `own` are the zone's."""
        return allowed_hours_of([own, *(area.hours for area in self.lineage(area_id, on=on))], station=station)

    def _lineage(self, area_id: int, on: date, stage: int) -> tuple[int, ...]:
        key = (area_id, stage)
        if key not in self._known:
            self._known[key] = ()  # a tree that runs in a circle ends here instead of never
            self._known[key] = self._find_lineage(area_id, on, stage)
        return self._known[key]

    def _find_lineage(self, area_id: int, on: date, stage: int) -> tuple[int, ...]:
        area = self._areas[area_id]
        others = self._others_on(area, on)
        if not others:
            return (area_id, *(self._lineage(area.parent_id, on, stage) if area.parent_id is not None else ()))
        branches = [self._lineage(other, on, stage) for other in others]
        if len(branches) == 1:
            return branches[0]
        shared = set(branches[0]).intersection(*branches[1:])
        return (area_id, *(found for found in branches[0] if found in shared))

    def _others_on(self, area: AreaNode, on: date) -> list[int]:
        """What stood in this area's place on a day on which it did not exist; empty when it did or nobody knows."""
        if on < area.valid_from:
            return self._before.get(area.id, [])
        if area.valid_to is not None and area.valid_to <= on:
            return self._after.get(area.id, [])
        return []


def allowed_hours_of(said: Iterable[Hours | None], *, station: Hours) -> Hours:
    """The hours that hold: the first that are said (the zone's, then from the nearest area up), else the station's."""
    return next((hours for hours in said if hours is not None), station)


def is_within_allowed_hours(span: TimeSpan, hours: Hours, zone: ZoneInfo) -> bool:
    """Tell whether all of a stretch of time lies in allowed hours; stretches that touch count as one."""
    reached = span.starts_at
    for allowed in allowed_spans(hours, local_day(span.starts_at, zone), local_day(span.ends_at, zone), zone):
        if allowed.starts_at <= reached:
            reached = max(reached, allowed.ends_at)
    return reached > span.starts_at and reached >= span.ends_at


def allowed_spans(hours: Hours, first: date, last: date, zone: ZoneInfo) -> list[TimeSpan]:
    """The allowed stretches that touch the local days from first to last, in order, with the one before midnight."""
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
    spans = [_span_of(day, stretch, zone) for day in days for stretch in hours]
    return sorted(spans)


def parse_hours(text: str) -> Hours:
    """Hours as people type them: `05:00-21:00, 22:00-24:00`; `never` is none. Raises `ValueError`."""
    if text.strip().lower() == "never":
        return ()
    return _hours_of(_ends_of_stretch(part) for part in text.split(","))


def hours_from_stored(stored: Sequence[Sequence[str]] | None) -> Hours | None:
    """Hours from the form they are stored in, [["05:00", "21:00"], …]; None stays None. Raises `ValueError`."""
    return None if stored is None else _hours_of(stored)


def hours_to_stored(hours: Hours | None) -> list[list[str]] | None:
    """Hours in the form they are stored in."""
    return None if hours is None else [[_told(starts), _told(ends)] for starts, ends in hours]


def tell_hours(hours: Hours) -> str:
    """Hours as people read them."""
    return ", ".join(f"{_told(starts)}–{_told(ends)}" for starts, ends in hours) or "không giờ nào"


def is_valid(valid_from: date, valid_to: date | None, *, on: date) -> bool:
    """Tell whether something holds on a day; `valid_to` is the first day it no longer does."""
    return valid_from <= on and (valid_to is None or on < valid_to)


def _ends_of(area: AreaNode) -> Iterator[date]:
    yield area.valid_from
    if area.valid_to is not None:
        yield area.valid_to


def _nearest_day(area: AreaNode, on: date) -> date:
    if area.valid_to is not None and area.valid_to <= on:
        return area.valid_to - timedelta(days=1)
    return max(on, area.valid_from)


def _span_of(day: date, stretch: tuple[time, time], zone: ZoneInfo) -> TimeSpan:
    starts, ends = stretch
    next_day = day + timedelta(days=1)
    starts_at = local_instant(day, starts, zone)
    if ends == time.max:
        ends_at = local_instant(next_day, time.min, zone)
    else:
        ends_at = local_instant(day if starts < ends else next_day, ends, zone)
    return TimeSpan(starts_at=starts_at, ends_at=max(starts_at, ends_at))


def _hours_of(stretches: Iterable[Sequence[str]]) -> Hours:
    hours = tuple((_time_of_day(starts), _time_of_day(ends)) for starts, ends in stretches)
    if any(starts in (ends, time.max) for starts, ends in hours):
        raise ValueError(hours)
    return hours


def _ends_of_stretch(text: str) -> tuple[str, str]:
    found = _STRETCH.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return found[1], found[2]


def _time_of_day(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def _told(at: time) -> str:
    return "24:00" if at == time.max else f"{at:%H:%M}"
