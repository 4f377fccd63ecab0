"""Bringing in many areas, zones and loudspeakers from a workbook: all of it or nothing, with every problem at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.coverage import LoudspeakerState, hours_to_stored, is_valid
from scheduler.domain.logbook import Problem
from scheduler.domain.people import Scope
from scheduler.domain.place_sheet import (
    AREAS,
    LOUDSPEAKERS,
    POINTS_TO,
    ZONES,
    AreaLine,
    LoudspeakerLine,
    PlaceSheets,
    ZoneLine,
    read_places,
)
from scheduler.domain.text import fold
from scheduler.errors import AreaCodeTaken, LogbookProblems
from scheduler.models import Area, Loudspeaker, Zone
from scheduler.services import coverage, coverage_changes, coverage_view, plan_findings
from scheduler.services.workbook import read_workbook

_ORDER = {AREAS: 0, ZONES: 1, LOUDSPEAKERS: 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenLine:
    """A line of the file that adds or changes something."""

    sheet: str
    row: int
    name: str
    is_new: bool


@dataclass(kw_only=True, slots=True)
class ImportedPlaces:
    """What an import added or changed, line by line, and how many lines change nothing."""

    lines: list[TakenLine] = field(default_factory=list)
    same: int = 0
    left: int = 0
    """Lines that differ from what the station knows and were left as they are, since the person said so."""

    def count(self, sheet: str, *, new: bool) -> int:
        """How many lines of a sheet added (or changed) something."""
        return sum(1 for line in self.lines if line.sheet == sheet and line.is_new is new)


@dataclass(slots=True)
class _Work:
    """One import under way: what the station knows, what the file says, what is wrong with it."""

    session: Session
    sheets: PlaceSheets
    scope: Scope
    now: datetime
    on: date
    problems: list[Problem]
    keeps_known: bool
    """Known areas, zones and loudspeakers stay as they are."""
    done: ImportedPlaces = field(default_factory=ImportedPlaces)
    areas: dict[str, dict[int, Area]] = field(default_factory=lambda: defaultdict(dict))
    """By everything an area goes by: code, name, name with what it lies in."""
    zones: dict[str, Zone] = field(default_factory=dict)
    mine: set[int] = field(default_factory=set)
    """Areas that this import made: they are within what is the person's."""

    def blame(self, code: str, sheet: str, row: int, column: str, **facts: object) -> None:
        self.problems.append(Problem(code=code, sheet=sheet, row=row, column=column, facts=facts))

    def knows(self, area: Area) -> None:
        """Let an area be found by all it goes by."""
        names = _names_of(area)
        codes = [code for code in [coverage.code_of(area, on=self.on)] if code]
        for key in (*names, *codes):
            self.areas[fold(key)][area.id] = area

    def may(self, area: Area) -> bool:
        return area.id in self.mine or self.scope.holds(area.id)

    def take(self, sheet: str, row: int, name: str, *, new: bool) -> None:
        """Note a line that adds or changes something."""
        self.done.lines.append(TakenLine(sheet=sheet, row=row, name=name, is_new=new))

    def find_area(self, named: str, sheet: str, row: int, column: str) -> Area | None:
        """The one area that goes by this and is the person's; else the cell is blamed."""
        found = [area for area in self.areas.get(fold(named), {}).values() if self.may(area)]
        if len(found) == 1:
            return found[0]
        if not found and fold(named.split(",", maxsplit=1)[0]) in self.sheets.unread[AREAS]:
            return None  # its own line is blamed already
        code = "places_area_ambiguous" if found else "places_area_unknown"
        self.blame(code, sheet, row, column, value=named[:80])
        return None


def import_file(
    session: Session, path: Path, *, scope: Scope, now: datetime, on: date, keeps_known: bool = False
) -> ImportedPlaces:
    """Import a workbook, all or nothing. Raises `LogbookUnreadable`, `LogbookProblems`."""
    return import_places(session, read_workbook(path), scope=scope, now=now, on=on, keeps_known=keeps_known)


def import_places(
    session: Session,
    cells: Mapping[str, Sequence[Sequence[object]]],
    *,
    scope: Scope,
    now: datetime,
    on: date,
    keeps_known: bool = False,
) -> ImportedPlaces:
    """Import the cells of a workbook; what its lines say holds from now on, but for known things that are to be kept.

    Raises `LogbookProblems` with every problem at once (the caller's transaction must then be rolled back).
    """
    sheets = read_places(cells)
    work = _Work(session, sheets, scope, now, on, list(sheets.problems), keeps_known)
    for area in session.scalars(select(Area).options(selectinload(Area.codes), selectinload(Area.parent))):
        if is_valid(area.valid_from, area.valid_to, on=on):
            work.knows(area)
    known = session.scalars(select(Zone).options(selectinload(Zone.languages), selectinload(Zone.loudspeakers)))
    work.zones = {zone.code: zone for zone in known}
    _take(work)
    if work.problems:
        in_order = sorted(work.problems, key=lambda item: (_ORDER[item.sheet], item.row or 0))
        raise LogbookProblems(count=len(in_order), problems=[asdict(problem) for problem in in_order])
    session.flush()
    if any(line.sheet != LOUDSPEAKERS for line in work.done.lines):
        plan_findings.mark_wanted(session, now=now)
    return work.done


def _take(work: _Work) -> None:
    seen: set[str] = set()
    for area_line in work.sheets.areas:
        key = f"{fold(area_line.code)} {fold(area_line.name)} {fold(area_line.within)}"
        if key in seen:
            work.blame("places_twice", AREAS, area_line.row, "tên", value=area_line.name)
        else:
            _take_area(work, area_line)
        seen.add(key)
    zones: set[str] = set()
    for zone_line in work.sheets.zones:
        if zone_line.code in zones:
            work.blame("places_twice", ZONES, zone_line.row, "mã", value=zone_line.code)
        else:
            _take_zone(work, zone_line)
        zones.add(zone_line.code)
    places: set[tuple[str, str]] = set()
    for line in work.sheets.loudspeakers:
        place = line.zone, fold(line.place)
        if place in places:
            work.blame("places_twice", LOUDSPEAKERS, line.row, "nơi đặt", value=line.place)
        else:
            _take_loudspeaker(work, line, is_listed=line.zone in zones or fold(line.zone) in work.sheets.unread[ZONES])
        places.add(place)
    for sheet, row, named in work.sheets.named_by_unread:
        _check_named(work, sheet, row, named, listed=zones)


def _check_named(work: _Work, sheet: str, row: int, named: str, *, listed: Collection[str]) -> None:
    """Blame a line with a wrong cell also for naming what there is not."""
    if sheet != LOUDSPEAKERS:
        work.find_area(named, sheet, row, POINTS_TO[sheet])
        return
    zone = work.zones.get(named)
    is_there = named in listed or fold(named) in work.sheets.unread[ZONES]
    if not is_there and (zone is None or zone.removed_at is not None or not work.may(zone.area)):
        work.blame("places_zone_unknown", LOUDSPEAKERS, row, POINTS_TO[LOUDSPEAKERS], value=named[:80])


def _is_too_long(work: _Work, sheet: str, row: int, **cells: str) -> bool:
    long = {column: text for column, text in cells.items() if len(text) > coverage_changes.LONGEST}
    for column, text in long.items():
        work.blame("places_too_long", sheet, row, column.replace("_", " "), value=text[:40])
    return bool(long)


# --- areas ------------------------------------------------------------------------------------------------------------
def _take_area(work: _Work, line: AreaLine) -> None:
    if _is_too_long(work, AREAS, line.row, tên=line.name, mã=line.code):
        return
    parent = None
    if line.within:
        parent = _find_former(work, line) or work.find_area(line.within, AREAS, line.row, "thuộc")
        if parent is None:
            return
    known = _find_known_area(work, line, parent)
    if known is not None:
        _change_area(work, line, known, parent)
    elif parent is None and not work.scope.is_everywhere:
        work.blame("places_area_uppermost", AREAS, line.row, "thuộc")
    else:
        _make_area(work, line, parent)


def _find_former(work: _Work, line: AreaLine) -> Area | None:
    """What a known area was entered under and has become something else since: named so, the area stays where it is."""
    known = {**work.areas.get(fold(line.name), {}), **work.areas.get(fold(line.code), {})}
    above = {
        area.parent.id: area.parent
        for area in known.values()
        if area.parent is not None and work.may(area) and fold(line.within) in map(fold, _names_of(area.parent))
    }
    if any(is_valid(area.valid_from, area.valid_to, on=work.on) for area in above.values()):
        return None
    return next(iter(above.values()), None)


def _names_of(area: Area) -> list[str]:
    return [area.name, *([f"{area.name}, {area.parent.name}"] if area.parent is not None else [])]


def _find_known_area(work: _Work, line: AreaLine, parent: Area | None) -> Area | None:
    """The area that bears the code of a line; without a code, the one of its name that lies in the same."""
    if line.code:
        borne = [
            area for area in work.areas.get(fold(line.code), {}).values() if work.may(area) and area.kind == line.kind
        ]
        found = [area for area in borne if coverage.code_of(area, on=work.on) == line.code]
        if found:
            return found[0]
    same_name = work.areas.get(fold(line.name), {}).values()
    return next(
        (
            area
            for area in same_name
            if area.parent is parent and work.may(area) and not (line.code and coverage.code_of(area, on=work.on))
        ),
        None,
    )


def _change_area(work: _Work, line: AreaLine, area: Area, parent: Area | None) -> None:
    """An empty cell of a known area means that it stays as it is; its first day always does."""
    parent = parent or area.parent
    lacks_code = bool(line.code) and coverage.code_of(area, on=work.on) != line.code
    if (line.name, line.kind.value, parent) == (area.name, area.kind, area.parent) and not lacks_code:
        work.done.same += 1
    elif work.keeps_known:
        work.done.left += 1
    elif parent is not None and coverage_changes.is_within(parent, area):
        work.blame("places_area_in_itself", AREAS, line.row, "thuộc", value=parent.name)
    else:
        area.name, area.name_search, area.kind, area.parent = line.name, fold(line.name), line.kind.value, parent
        if lacks_code:
            _give_code(work, area, line, valid_from=max(work.on, area.valid_from))
        work.knows(area)
        work.take(AREAS, line.row, line.name, new=False)


def _make_area(work: _Work, line: AreaLine, parent: Area | None) -> None:
    valid_from = line.valid_from or work.on
    made = coverage.create_area(
        work.session, kind=line.kind.value, name=line.name, parent=parent, valid_from=valid_from
    )  # fmt: skip
    if line.code:
        _give_code(work, made, line, valid_from=valid_from)
    work.mine.add(made.id)
    work.knows(made)
    work.take(AREAS, line.row, line.name, new=True)


def _give_code(work: _Work, area: Area, line: AreaLine, *, valid_from: date) -> None:
    try:
        coverage.give_code(work.session, area, line.code, valid_from=valid_from)
    except AreaCodeTaken as error:
        work.blame("places_code_taken", AREAS, line.row, "mã", value=line.code, area=error.facts["area"])


# --- zones ------------------------------------------------------------------------------------------------------------
def _take_zone(work: _Work, line: ZoneLine) -> None:
    is_long = _is_too_long(work, ZONES, line.row, tên=line.name)
    area = work.find_area(line.area, ZONES, line.row, "địa bàn")
    known = work.zones.get(line.code)
    if known is not None and known.removed_at is not None:
        work.blame("places_zone_removed", ZONES, line.row, "mã", value=line.code)
    elif known is not None and not work.may(known.area):
        work.blame("places_zone_unknown", ZONES, line.row, "mã", value=line.code)
    elif area is None or is_long:
        return
    elif known is None:
        _make_zone(work, line, area)
    else:
        _change_zone(work, line, known, area)


def _make_zone(work: _Work, line: ZoneLine, area: Area) -> None:
    made = coverage.create_zone(
        work.session,
        code=line.code,
        name=line.name,
        area=area,
        carrier=line.carrier,
        languages=line.languages,
        hours=line.hours,
        now=work.now,
    )
    coverage_changes.place(made, line.position)
    work.zones[line.code] = made
    work.take(ZONES, line.row, line.name, new=True)


def _change_zone(work: _Work, line: ZoneLine, zone: Zone, area: Area) -> None:
    """Hours and a place that are empty in the file stay as they are."""
    hours = zone.allowed_hours if line.hours is None else hours_to_stored(line.hours)
    position = coverage_view.position_of(zone.latitude, zone.longitude) if line.position is None else line.position
    place = (None, None) if position is None else (position.latitude, position.longitude)
    if _told(zone) == (line.name, area.id, line.carrier, hours, *place, line.languages):
        work.done.same += 1
        return
    if work.keeps_known:
        work.done.left += 1
        return
    zone.name, zone.area, zone.carrier, zone.allowed_hours = line.name, area, line.carrier, hours
    coverage_changes.place(zone, position)
    if tuple(item.language for item in zone.languages) != line.languages:
        coverage.set_languages(work.session, zone, line.languages)
    work.take(ZONES, line.row, line.name, new=False)


def _told(zone: Zone) -> tuple[object, ...]:
    languages = tuple(item.language for item in zone.languages)
    return zone.name, zone.area.id, zone.carrier, zone.allowed_hours, zone.latitude, zone.longitude, languages


# --- loudspeakers -----------------------------------------------------------------------------------------------------
def _take_loudspeaker(work: _Work, line: LoudspeakerLine, *, is_listed: bool) -> None:
    zone = work.zones.get(line.zone)
    if zone is None and is_listed:
        return  # its zone's line is blamed already
    if zone is None or zone.removed_at is not None or not work.may(zone.area):
        work.blame("places_zone_unknown", LOUDSPEAKERS, line.row, "vùng", value=line.zone[:80])
        return
    if _is_too_long(work, LOUDSPEAKERS, line.row, nơi_đặt=line.place, kiểu=line.model, số_máy=line.identifier):
        return
    known = next((item for item in zone.loudspeakers if fold(item.place) == fold(line.place)), None)
    if known is None:
        known = coverage.add_loudspeaker(
            work.session, zone, place=line.place, model=line.model, identifier=line.identifier
        )  # fmt: skip
        known.state = (line.state or LoudspeakerState.WORKING).value
        work.take(LOUDSPEAKERS, line.row, f"{zone.name}: {line.place}", new=True)
        return
    _change_loudspeaker(work, line, known)


def _change_loudspeaker(work: _Work, line: LoudspeakerLine, known: Loudspeaker) -> None:
    said = (
        line.model or known.model,
        line.identifier or known.identifier,
        known.state if line.state is None else line.state.value,
    )
    if said == (known.model, known.identifier, known.state):
        work.done.same += 1
    elif work.keeps_known:
        work.done.left += 1
    else:
        known.model, known.identifier, known.state = said
        work.take(LOUDSPEAKERS, line.row, f"{known.zone.name}: {known.place}", new=False)
