"""Areas, zones and loudspeakers as three sheets of cells: what each cell means, and every problem with it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scheduler.domain.coverage import AreaKind, CarrierKind, Hours, LoudspeakerState, Position, parse_hours, tell_hours
from scheduler.domain.logbook import Problem, Unreadable, clean, read_day, same
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.text import fold, is_safe_code

AREAS, ZONES, LOUDSPEAKERS = "Địa bàn", "Vùng phát", "Loa"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    AREAS: ("loại", "tên", "thuộc", "mã", "từ ngày"),
    ZONES: ("mã", "tên", "địa bàn", "ngôn ngữ", "đường truyền", "giờ được phát", "vĩ độ", "kinh độ"),
    LOUDSPEAKERS: ("vùng", "nơi đặt", "kiểu", "số máy", "tình trạng"),
}
MAY_BE_EMPTY: Mapping[str, frozenset[str]] = {
    AREAS: frozenset({"thuộc", "mã", "từ ngày"}),
    ZONES: frozenset({"giờ được phát", "vĩ độ", "kinh độ"}),
    LOUDSPEAKERS: frozenset({"kiểu", "số máy", "tình trạng"}),
}
"""Cells that may be empty; the columns themselves may be left out."""
NAMED_BY: Mapping[str, tuple[str, ...]] = {AREAS: ("mã", "tên"), ZONES: ("mã",), LOUDSPEAKERS: ()}
"""By what other lines call a line."""
KINDS: Mapping[str, AreaKind] = {
    "tinh": AreaKind.PROVINCE,
    "thanh pho": AreaKind.CITY,
    "xa": AreaKind.COMMUNE,
    "phuong": AreaKind.COMMUNE,
    "thi tran": AreaKind.COMMUNE,
    "ban": AreaKind.VILLAGE,
    "to": AreaKind.VILLAGE,
    "tieu khu": AreaKind.VILLAGE,
}
KIND_NAMES: Mapping[AreaKind, str] = {
    AreaKind.PROVINCE: "tỉnh",
    AreaKind.CITY: "thành phố",
    AreaKind.COMMUNE: "xã",
    AreaKind.VILLAGE: "bản",
}
STATE_NAMES: Mapping[LoudspeakerState, str] = {
    LoudspeakerState.WORKING: "tốt",
    LoudspeakerState.BROKEN: "hỏng",
    LoudspeakerState.REMOVED: "đã tháo",
}
POINTS_TO: Mapping[str, str] = {AREAS: "thuộc", ZONES: "địa bàn", LOUDSPEAKERS: "vùng"}
"""The column in which a line names another."""
_SPLIT = re.compile(r"[,;/+]")


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaLine:
    """An area of the file; `within` is the code or name of what it lies in, empty for the uppermost."""

    row: int
    kind: AreaKind
    name: str
    within: str
    code: str
    valid_from: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneLine:
    """A zone of the file; hours and a place that are empty stay as they are."""

    row: int
    code: str
    name: str
    area: str
    languages: tuple[str, ...]
    carrier: str
    hours: Hours | None
    position: Position | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LoudspeakerLine:
    """A loudspeaker of the file; zone and place name it."""

    row: int
    zone: str
    place: str
    model: str
    identifier: str
    state: LoudspeakerState | None


@dataclass(kw_only=True, slots=True)
class PlaceSheets:
    """What the sheets say, as far as it can be read, with every problem found in reading."""

    areas: list[AreaLine] = field(default_factory=list)
    zones: list[ZoneLine] = field(default_factory=list)
    loudspeakers: list[LoudspeakerLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in COLUMNS})
    """What lines with a wrong cell are called: they are there, so nobody is blamed for naming them."""
    named_by_unread: list[tuple[str, int, str]] = field(default_factory=list)
    """What lines with a wrong cell name (sheet, row, name): whether that exists can be told all the same."""


# --- cells ----------------------------------------------------------------------------------------------------------
def _kind(value: object) -> AreaKind:
    return KINDS[fold(clean(value))]


def _languages(value: object) -> tuple[str, ...]:
    codes = {fold(words["vi"]): code for code, words in LANGUAGE_NAMES.items()} | {
        code: code for code in LANGUAGE_NAMES
    }
    found = tuple(codes[fold(part).removeprefix("tieng ")] for part in _SPLIT.split(clean(value)) if part.strip())
    if not found or len(set(found)) < len(found):
        raise ValueError(value)
    return found


def _carrier(value: object) -> str:
    return CarrierKind(same(value)).value


def _hours(value: object) -> Hours:
    return parse_hours(clean(value))


def _state(value: object) -> LoudspeakerState:
    return {fold(name): state for state, name in STATE_NAMES.items()}[fold(clean(value))]


def _degrees(value: object) -> float:
    return float(clean(value).replace(",", "."))


def _code(value: object) -> str:
    code = clean(value)
    if not is_safe_code(code):
        raise ValueError(code)
    return code


_READERS: Mapping[tuple[str, str], tuple[Callable[[object], Any], str]] = {
    (AREAS, "loại"): (_kind, "places_not_a_kind"),
    (AREAS, "từ ngày"): (read_day, "logbook_not_a_date"),
    (ZONES, "mã"): (_code, "places_not_a_code"),
    (ZONES, "ngôn ngữ"): (_languages, "places_not_languages"),
    (ZONES, "đường truyền"): (_carrier, "places_not_a_carrier"),
    (ZONES, "giờ được phát"): (_hours, "places_not_hours"),
    (ZONES, "vĩ độ"): (_degrees, "places_not_degrees"),
    (ZONES, "kinh độ"): (_degrees, "places_not_degrees"),
    (LOUDSPEAKERS, "tình trạng"): (_state, "places_not_a_state"),
}


# --- sheets ---------------------------------------------------------------------------------------------------------
def read_places(sheets: Mapping[str, Sequence[Sequence[object]]]) -> PlaceSheets:
    """What the sheets of a workbook say; one of the three is enough, other sheets are left alone."""
    by_name = {same(name): rows for name, rows in sheets.items()}
    found = PlaceSheets()
    if not any(same(name) in by_name for name in COLUMNS):
        found.problems.append(Problem(code="places_no_sheet", sheet=ZONES))
    for row, cells in _lines(AREAS, by_name.get(same(AREAS)), found):
        found.areas.append(
            AreaLine(
                row=row, kind=cells["loại"], name=cells["tên"], within=cells["thuộc"] or "", code=cells["mã"] or "",
                valid_from=cells["từ ngày"],
            )
        )  # fmt: skip
    for row, cells in _lines(ZONES, by_name.get(same(ZONES)), found):
        found.zones.append(_zone_line(row, cells, found.problems))
    for row, cells in _lines(LOUDSPEAKERS, by_name.get(same(LOUDSPEAKERS)), found):
        found.loudspeakers.append(
            LoudspeakerLine(
                row=row, zone=cells["vùng"], place=cells["nơi đặt"], model=cells["kiểu"] or "",
                identifier=cells["số máy"] or "", state=cells["tình trạng"],
            )
        )  # fmt: skip
    return found


def _zone_line(row: int, cells: Mapping[str, Any], problems: list[Problem]) -> ZoneLine:
    latitude, longitude = cells["vĩ độ"], cells["kinh độ"]
    position = None
    if latitude is not None and longitude is not None:
        position = Position(latitude=latitude, longitude=longitude)
    if (latitude is None) != (longitude is None) or (position is not None and not position.is_on_earth):
        problems.append(Problem(code="places_not_a_position", sheet=ZONES, row=row, column="kinh độ"))
    return ZoneLine(
        row=row, code=cells["mã"], name=cells["tên"], area=cells["địa bàn"], languages=cells["ngôn ngữ"],
        carrier=cells["đường truyền"], hours=cells["giờ được phát"], position=position,
    )  # fmt: skip


def _lines(
    sheet: str, rows: Sequence[Sequence[object]] | None, found: PlaceSheets
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a sheet that can be read, each with its row and the meaning of its cells by column."""
    problems = found.problems
    filled = [(row, cells) for row, cells in enumerate(rows or (), 1) if any(clean(cell) for cell in cells)]
    if not filled:
        return
    heading = [same(cell) for cell in filled[0][1]]
    counted = {column: heading.count(same(column)) for column in COLUMNS[sheet]}
    may_lack = MAY_BE_EMPTY[sheet]
    missing = [column for column, count in counted.items() if count > 1 or (count == 0 and column not in may_lack)]
    for column in missing:
        code = "logbook_column_twice" if same(column) in heading else "logbook_column_missing"
        problems.append(Problem(code=code, sheet=sheet, column=column, facts={"column": column}))
    if missing:
        return
    places = {column: heading.index(same(column)) for column, count in counted.items() if count}
    for row, cells in filled[1:]:
        told = len(problems)
        texts = {column: cells[place] if place < len(cells) else None for column, place in places.items()}
        line = {column: _read(sheet, row, column, texts.get(column), problems) for column in COLUMNS[sheet]}
        if len(problems) == told:
            yield row, line
        else:
            found.unread[sheet].update(fold(clean(texts.get(column))) for column in NAMED_BY[sheet])
            if named := clean(texts.get(POINTS_TO[sheet])):
                found.named_by_unread.append((sheet, row, named))


def _read(sheet: str, row: int, column: str, value: object, problems: list[Problem]) -> Any:
    """The meaning of a cell; None for an empty one, and for one that cannot be read."""
    if not clean(value):
        if column not in MAY_BE_EMPTY[sheet]:
            problems.append(Problem(code="logbook_cell_empty", sheet=sheet, row=row, column=column))
        return None
    reader, code = _READERS.get((sheet, column), (clean, ""))
    try:
        return reader(value)
    except (ValueError, KeyError, Unreadable):
        facts = {"value": clean(value)[:80]}
        problems.append(Problem(code=code, sheet=sheet, row=row, column=column, facts=facts))
        return None


def write_hours(hours: Hours | None) -> str:
    """Hours as the sheet holds them; empty for those of the area above."""
    if hours is None:
        return ""
    return tell_hours(hours).replace("–", "-") if hours else "never"
