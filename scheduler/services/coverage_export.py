"""The workbook that the import of places reads, filled with what there is: to fill in, or to correct and import."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import BinaryIO

from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaKind, CarrierKind, LoudspeakerState, hours_from_stored
from scheduler.domain.people import Scope
from scheduler.domain.place_sheet import (
    AREAS,
    COLUMNS,
    KIND_NAMES,
    KINDS,
    LOUDSPEAKERS,
    STATE_NAMES,
    ZONES,
    write_hours,
)
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.spreadsheet import Cell
from scheduler.domain.text import sort_key
from scheduler.labels import label
from scheduler.models import Area, Loudspeaker, Zone
from scheduler.services import coverage
from scheduler.services.workbook import write_sheets

KIND_WORDS = {
    "tinh": "tỉnh", "thanh pho": "thành phố", "xa": "xã", "phuong": "phường", "thi tran": "thị trấn", "ban": "bản",
    "to": "tổ", "tieu khu": "tiểu khu",
}  # fmt: skip
GUIDE = "Hướng dẫn"
"""A sheet that the import leaves alone."""


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
            GUIDE: (("cột", "ghi", "nghĩa là"), _guide()),
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
    return [zone.code, item.place, item.model, item.identifier, STATE_NAMES[LoudspeakerState(item.state)]]


def _named(area: Area | None) -> str:
    """How the import finds an area again: its name with what it lies in."""
    if area is None:
        return ""
    return area.name if area.parent is None else f"{area.name}, {area.parent.name}"


def _guide() -> Iterator[Sequence[Cell]]:
    """What may be written into which column."""
    for word, kind in KINDS.items():
        yield "loại", KIND_WORDS.get(word, word), label(kind)
    for code, names in LANGUAGE_NAMES.items():
        yield "ngôn ngữ", code, f"tiếng {names['vi']}; nhiều tiếng thì ghi theo thứ tự phát: blt, vi"
    for carrier in CarrierKind:
        yield "đường truyền", carrier.value, label(carrier)
    for name in STATE_NAMES.values():
        yield "tình trạng", name, "tình trạng của loa; để trống: tốt"
    yield "giờ được phát", "05:00-07:00, 17:00-19:00", "để trống: theo địa bàn bên trên"
    yield "thuộc, địa bàn", "Bản Tông, Chiềng Xôm", "mã hoặc tên; trùng tên thì ghi thêm nơi nó thuộc về"
