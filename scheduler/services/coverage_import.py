"""Bringing in many areas, zones and loudspeakers from a workbook: all of it or nothing, with every problem at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.coverage import AreaKind, hours_from_stored, hours_to_stored, is_valid
from scheduler.domain.logbook import Problem
from scheduler.domain.people import Scope
from scheduler.domain.place_sheet import (
    AREAS,
    COLUMNS,
    KIND_NAMES,
    LOUDSPEAKERS,
    ZONES,
    AreaLine,
    LoudspeakerLine,
    PlaceSheets,
    ZoneLine,
    read_places,
    write_hours,
)
from scheduler.domain.spreadsheet import Cell
from scheduler.domain.text import fold, sort_key
from scheduler.errors import AreaCodeTaken, LogbookProblems
from scheduler.models import Area, Loudspeaker, Zone
from scheduler.services import coverage, coverage_changes, plan_findings
from scheduler.services.workbook import read_workbook, write_sheets

_ORDER = {AREAS: 0, ZONES: 1, LOUDSPEAKERS: 2}


@dataclass(kw_only=True, slots=True)
class ImportedPlaces:
    """What an import added or changed, and how many lines the station knew already."""

    areas: int = 0
    zones: int = 0
    zones_changed: int = 0
    loudspeakers: int = 0
    known: int = 0


@dataclass(slots=True)
class _Work:
    """One import under way: what the station knows, what the file says, what is wrong with it."""

    session: Session
    sheets: PlaceSheets
    scope: Scope
    now: datetime
    on: date
    problems: list[Problem]
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
        names = [area.name, *([f"{area.name}, {area.parent.name}"] if area.parent is not None else [])]
        codes = [code for code in [coverage.code_of(area, on=self.on)] if code]
        for key in (*names, *codes):
            self.areas[fold(key)][area.id] = area

    def may(self, area: Area) -> bool:
        return area.id in self.mine or self.scope.holds(area.id)

    def find_area(self, named: str, sheet: str, row: int, column: str) -> Area | None:
        """The one area that goes by this and is the person's; else the cell is blamed."""
        found = [area for area in self.areas.get(fold(named), {}).values() if self.may(area)]
        if len(found) == 1:
            return found[0]
        code = "places_area_ambiguous" if found else "places_area_unknown"
        self.blame(code, sheet, row, column, value=named[:80])
        return None


def import_file(session: Session, path: Path, *, scope: Scope, now: datetime, on: date) -> ImportedPlaces:
    """Import a workbook, all or nothing. Raises `LogbookUnreadable`, `LogbookProblems`."""
    return import_places(session, read_workbook(path), scope=scope, now=now, on=on)


def import_places(
    session: Session, cells: Mapping[str, Sequence[Sequence[object]]], *, scope: Scope, now: datetime, on: date
) -> ImportedPlaces:
    """Import the cells of a workbook; what is in a zone's line holds from now on.

    Raises `LogbookProblems` with every problem at once (the caller's transaction must then be rolled back).
    """
    sheets = read_places(cells)
    work = _Work(session, sheets, scope, now, on, list(sheets.problems))
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
    if work.done.zones or work.done.zones_changed or work.done.areas:
        plan_findings.mark_wanted(session, now=now)
    return work.done


def _take(work: _Work) -> None:
    for area_line in work.sheets.areas:
        _take_area(work, area_line)
    seen: set[str] = set()
    for zone_line in work.sheets.zones:
        if zone_line.code in seen:
            work.blame("places_twice", ZONES, zone_line.row, "mã", value=zone_line.code)
        else:
            _take_zone(work, zone_line)
        seen.add(zone_line.code)
    for line in work.sheets.loudspeakers:
        _take_loudspeaker(work, line, named_above=line.zone in seen)


def _take_area(work: _Work, line: AreaLine) -> None:
    parent = None
    if line.within:
        parent = work.find_area(line.within, AREAS, line.row, "thuộc")
        if parent is None:
            return
    elif not work.scope.is_everywhere:
        work.blame("places_area_uppermost", AREAS, line.row, "thuộc")
        return
    same_name = work.areas.get(fold(line.name), {}).values()
    if any(area.parent is parent for area in same_name):
        work.done.known += 1
        return
    valid_from = line.valid_from or work.on
    made = coverage.create_area(
        work.session, kind=line.kind.value, name=line.name, parent=parent, valid_from=valid_from
    )  # fmt: skip
    if line.code:
        try:
            coverage.give_code(work.session, made, line.code, valid_from=valid_from)
        except AreaCodeTaken as error:
            work.blame("places_code_taken", AREAS, line.row, "mã", value=line.code, area=error.facts["area"])
    work.mine.add(made.id)
    work.knows(made)
    work.done.areas += 1


def _take_zone(work: _Work, line: ZoneLine) -> None:
    area = work.find_area(line.area, ZONES, line.row, "địa bàn")
    known = work.zones.get(line.code)
    if known is not None and known.removed_at is not None:
        work.blame("places_zone_removed", ZONES, line.row, "mã", value=line.code)
    elif known is not None and not work.may(known.area):
        work.blame("places_zone_unknown", ZONES, line.row, "mã", value=line.code)
    elif area is not None and known is None:
        _make_zone(work, line, area)
    elif area is not None and known is not None:
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
    work.done.zones += 1


def _change_zone(work: _Work, line: ZoneLine, zone: Zone, area: Area) -> None:
    before = _told(zone)
    zone.name, zone.area, zone.carrier = line.name, area, line.carrier
    if line.hours is not None:
        zone.allowed_hours = hours_to_stored(line.hours)
    if line.position is not None:
        coverage_changes.place(zone, line.position)
    if tuple(item.language for item in zone.languages) != line.languages:
        coverage.set_languages(work.session, zone, line.languages)
    if _told(zone) == before:
        work.done.known += 1
    else:
        work.done.zones_changed += 1


def _told(zone: Zone) -> tuple[object, ...]:
    languages = tuple(item.language for item in zone.languages)
    return zone.name, zone.area.id, zone.carrier, zone.allowed_hours, zone.latitude, zone.longitude, languages


def _take_loudspeaker(work: _Work, line: LoudspeakerLine, *, named_above: bool) -> None:
    zone = work.zones.get(line.zone)
    if zone is None and named_above:
        return  # its zone's line is blamed already
    if zone is None or zone.removed_at is not None or not work.may(zone.area):
        work.blame("places_zone_unknown", LOUDSPEAKERS, line.row, "vùng", value=line.zone[:80])
    elif any(fold(item.place) == fold(line.place) for item in zone.loudspeakers):
        work.done.known += 1
    else:
        coverage.add_loudspeaker(
            work.session, zone, place=line.place, model=line.model, identifier=line.identifier
        )  # fmt: skip
        work.done.loudspeakers += 1


# --- the same sheets, filled with what there is -----------------------------------------------------------------------
def write_file(session: Session, stream: BinaryIO, *, scope: Scope, on: date) -> None:
    """A workbook of the three sheets with all that a person may change: to fill in, or to correct and import."""
    areas = [
        area
        for area in coverage.find_areas(session, on=on)
        if scope.holds(area.id)
    ]  # fmt: skip
    levels = list(AreaKind)
    areas.sort(key=lambda area: (levels.index(AreaKind(area.kind)), sort_key(area.name), area.id))
    zones = [zone for zone in coverage.find_zones(session) if scope.holds(zone.area_id)]
    write_sheets(
        stream,
        {
            AREAS: (COLUMNS[AREAS], (_area_cells(area, on=on) for area in areas)),
            ZONES: (COLUMNS[ZONES], map(_zone_cells, zones)),
            LOUDSPEAKERS: (COLUMNS[LOUDSPEAKERS], _loudspeaker_cells(zones)),
        },
    )


def _area_cells(area: Area, *, on: date) -> list[Cell]:
    return [
        KIND_NAMES[AreaKind(area.kind)], area.name, _named(area.parent), coverage.code_of(area, on=on) or "",
        area.valid_from,
    ]  # fmt: skip


def _zone_cells(zone: Zone) -> list[Cell]:
    return [
        zone.code, zone.name, _named(zone.area), ", ".join(item.language for item in zone.languages), zone.carrier,
        write_hours(hours_from_stored(zone.allowed_hours)), zone.latitude, zone.longitude,
    ]  # fmt: skip


def _loudspeaker_cells(zones: Iterable[Zone]) -> Iterator[list[Cell]]:
    for zone in zones:
        for item in zone.loudspeakers:
            yield _cells_of(zone, item)


def _cells_of(zone: Zone, item: Loudspeaker) -> list[Cell]:
    return [zone.code, item.place, item.model, item.identifier]


def _named(area: Area | None) -> str:
    """How the import finds an area again: its name with what it lies in."""
    if area is None:
        return ""
    return area.name if area.parent is None else f"{area.name}, {area.parent.name}"
