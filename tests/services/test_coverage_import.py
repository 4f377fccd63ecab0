"""A workbook of places is imported whole or not at all, within what is the person's, with every problem at once."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.place_sheet import AREAS, COLUMNS, LOUDSPEAKERS, ZONES
from scheduler.errors import LogbookProblems
from scheduler.models import Area, PlanState, Zone
from scheduler.services import coverage, coverage_export, coverage_import
from scheduler.services.coverage_import import ImportedPlaces
from scheduler.wording import WORDING, word
from tests.factories import NOW, make_area, make_zone

ON = NOW.date()
Cells = Mapping[str, Sequence[Sequence[object]]]


@pytest.fixture
def commune(session: Session) -> Area:
    return make_area(session, name="Chiềng Xôm", kind="commune", parent=make_area(session))


def a_file(
    *, areas: Sequence[Sequence[object]] = (), zones: Sequence[Sequence[object]] = (),
    loudspeakers: Sequence[Sequence[object]] = (),
) -> Cells:  # fmt: skip
    lines = {AREAS: areas, ZONES: zones, LOUDSPEAKERS: loudspeakers}
    return {name: [COLUMNS[name], *rows] for name, rows in lines.items() if rows}


def take(session: Session, cells: Cells, scope: Scope = EVERYWHERE) -> ImportedPlaces:
    return coverage_import.import_places(session, cells, scope=scope, now=NOW, on=ON)


def problems_of(session: Session, cells: Cells, scope: Scope = EVERYWHERE) -> list[tuple[str, str, int | None]]:
    with pytest.raises(LogbookProblems) as caught:
        take(session, cells, scope)
    return [(item["code"], item["sheet"], item["row"]) for item in caught.value.facts["problems"]]  # type: ignore[attr-defined]


GOOD = a_file(
    areas=[["bản", "Bản Tông", "Chiềng Xôm", "", ""], ["Tiểu khu", "Tiểu khu 1", "Chiềng Xôm", "12345", "01/07/2025"]],
    zones=[
        ["TONG", "Bản Tông", "Bản Tông, Chiềng Xôm", "Thái, phổ thông", "file", "05:00-07:00, 17:00-19:00", "21,387", 103.9],
        ["TK1", "Tiểu khu 1", "12345", "vi", "memory", "", "", ""],
    ],
    loudspeakers=[["TONG", "nhà văn hóa", "30 W", "A1"], ["TONG", "đầu bản", "", ""]],
)  # fmt: skip


def test_areas_zones_and_loudspeakers_of_one_file_know_each_other(session: Session, commune: Area) -> None:
    done = take(session, GOOD)
    assert ([done.count(sheet, new=True) for sheet in (AREAS, ZONES, LOUDSPEAKERS)], done.same) == ([2, 2, 2], 0)
    zone = coverage.get_zone(session, "TONG")
    assert [item.language for item in zone.languages] == ["blt", "vi"]
    assert zone.area.parent is commune
    assert zone.allowed_hours == [["05:00", "07:00"], ["17:00", "19:00"]]
    assert (zone.latitude, zone.longitude) == (21.387, 103.9)
    assert [item.place for item in zone.loudspeakers] == ["nhà văn hóa", "đầu bản"]
    assert session.scalars(select(PlanState.wanted_at)).one() == NOW, "the plan is written again"


def test_the_same_file_again_changes_nothing(session: Session, commune: Area) -> None:
    take(session, GOOD)
    done = take(session, GOOD)
    assert (done.lines, done.same, done.left) == ([], 6, 0)


def test_a_known_zone_becomes_what_the_file_says_and_empty_cells_keep_what_was(session: Session, commune: Area) -> None:
    make_zone(session, area=commune, carrier="memory", allowed_hours=[["05:00", "06:00"]])
    done = take(session, a_file(zones=[["TONG", "Bản Tông mới", "Chiềng Xôm", "vi", "file", "", "", ""]]))
    zone = coverage.get_zone(session, "TONG")
    assert [(line.sheet, line.is_new) for line in done.lines] == [(ZONES, False)]
    assert (zone.name, zone.carrier, zone.allowed_hours) == ("Bản Tông mới", "file", [["05:00", "06:00"]])
    assert [item.language for item in zone.languages] == ["vi"]


BAD = a_file(
    areas=[["làng", "Bản A", "Chiềng Xôm", "", ""], ["bản", "", "Chiềng Xôm", "", ""], ["bản", "Bản B", "Đâu đó", "", ""]],
    zones=[
        ["mã có dấu", "A", "Chiềng Xôm", "vi", "file", "", "", ""],
        ["A", "A", "Chiềng Xôm", "tiếng Anh", "file", "", "", ""],
        ["B", "B", "Chiềng Xôm", "vi", "vệ tinh", "", "", ""],
        ["C", "C", "Chiềng Xôm", "vi", "file", "sáng sớm", "", ""],
        ["D", "D", "Chiềng Xôm", "vi", "file", "", "bắc", 103],
        ["E", "E", "Chiềng Xôm", "vi", "file", "", 21.3, ""],
        ["F", "F", "Nơi khác", "vi", "file", "", "", ""],
        ["G", "G", "Chiềng Xôm", "vi", "file", "", "", ""],
        ["G", "G", "Chiềng Xôm", "vi", "file", "", "", ""],
    ],
    loudspeakers=[["KHONG", "đâu đó", "", ""], ["F", "của vùng F", "", ""]],
)  # fmt: skip


def test_every_problem_is_told_at_once_where_it_is_and_nothing_is_taken(session: Session, commune: Area) -> None:
    zones_before = session.scalar(select(func.count()).select_from(Zone))
    with pytest.raises(LogbookProblems) as caught, session.begin_nested():
        take(session, BAD)
    found = [(item["code"], item["sheet"], item["row"]) for item in caught.value.facts["problems"]]  # type: ignore[attr-defined]
    assert found == [
        ("places_not_a_kind", AREAS, 2),
        ("logbook_cell_empty", AREAS, 3),
        ("places_area_unknown", AREAS, 4),
        ("places_not_a_code", ZONES, 2),
        ("places_not_languages", ZONES, 3),
        ("places_not_a_carrier", ZONES, 4),
        ("places_not_hours", ZONES, 5),
        ("places_not_degrees", ZONES, 6),
        ("places_not_a_position", ZONES, 7),
        ("places_area_unknown", ZONES, 8),
        ("places_twice", ZONES, 10),
        ("places_zone_unknown", LOUDSPEAKERS, 2),
    ]
    assert session.scalar(select(func.count()).select_from(Zone)) == zones_before


def test_villages_of_one_name_are_told_apart_by_what_they_lie_in(session: Session, commune: Area) -> None:
    other = make_area(session, name="Hua La", kind="commune", parent=commune.parent)
    for parent in (commune, other):
        make_area(session, name="Bản 1", kind="village", parent=parent)
    line = ["B1", "Bản 1", "Bản 1", "vi", "file", "", "", ""]
    assert problems_of(session, a_file(zones=[line])) == [("places_area_ambiguous", ZONES, 2)]
    take(session, a_file(zones=[[*line[:2], "Bản 1, Hua La", *line[3:]]]))
    assert coverage.get_zone(session, "B1").area.parent is other


def test_nobody_reaches_beyond_their_areas(session: Session, commune: Area) -> None:
    other = make_area(session, name="Hua La", kind="commune", parent=commune.parent)
    make_zone(session, code="LA", area=other)
    mine = Scope(area_ids=frozenset({commune.id}))
    cells = a_file(
        areas=[["tỉnh", "Tỉnh mới", "", "", ""], ["bản", "Bản C", "Hua La", "", ""], ["bản", "Bản Tông", "Chiềng Xôm", "", ""]],
        zones=[
            ["X", "X", "Hua La", "vi", "file", "", "", ""],
            ["LA", "Cướp", "Chiềng Xôm", "vi", "file", "", "", ""],
            ["TONG", "Bản Tông", "Bản Tông", "vi", "file", "", "", ""],
        ],
        loudspeakers=[["LA", "loa lạ", "", ""]],
    )  # fmt: skip
    assert problems_of(session, cells, mine) == [
        ("places_area_uppermost", AREAS, 2),
        ("places_area_unknown", AREAS, 3),
        ("places_area_unknown", ZONES, 2),
        ("places_zone_unknown", ZONES, 3),
        ("places_zone_unknown", LOUDSPEAKERS, 2),
    ]


def test_a_code_that_another_area_bears_and_a_zone_that_was_removed(session: Session, commune: Area) -> None:
    coverage.give_code(session, commune, "03664", valid_from=commune.valid_from)
    coverage.remove_zone(make_zone(session, area=commune), now=NOW)
    cells = a_file(
        areas=[["bản", "Bản C", "Chiềng Xôm", "03664", ""]],
        zones=[["TONG", "Bản Tông", "Chiềng Xôm", "vi", "file", "", "", ""]],
    )
    assert problems_of(session, cells) == [("places_code_taken", AREAS, 2), ("places_zone_removed", ZONES, 2)]


def test_a_file_of_something_else_is_told_so(session: Session) -> None:
    assert problems_of(session, {"Sheet1": [["a"]]}) == [("places_no_sheet", ZONES, None)]
    cells = {ZONES: [["mã", "tên", "tên"], ["A", "B", "C"]]}
    assert {code for code, _, _ in problems_of(session, cells)} == {"logbook_column_missing", "logbook_column_twice"}


def test_the_workbook_that_is_handed_out_can_be_imported_as_it_is(
    session: Session, commune: Area, tmp_path: Path
) -> None:
    take(session, GOOD)
    coverage.get_zone(session, "TK1").name = "=1+1"
    stream = io.BytesIO()
    coverage_export.write_file(session, stream, scope=EVERYWHERE, on=ON)
    path = tmp_path / "places.xlsx"
    path.write_bytes(stream.getvalue())
    book = openpyxl.load_workbook(path)
    cell = next(row[1] for row in book[ZONES].iter_rows() if row[0].value == "TK1")
    assert (cell.value, cell.data_type) == ("=1+1", "s"), "text, never a formula"
    done = coverage_import.import_file(session, path, scope=EVERYWHERE, now=NOW, on=ON)
    assert done.lines == []
    assert done.same == 2 + 2 + 2 + 2  # two communes above, two villages, two zones, two loudspeakers


def test_so_can_one_whose_villages_lie_in_a_commune_that_became_another(
    session: Session, commune: Area, tmp_path: Path
) -> None:
    take(session, GOOD)
    ward = coverage.create_area(session, kind="commune", name="Chiềng An", parent=commune.parent, valid_from=ON)
    coverage.merge_areas(session, [commune], ward, on=ON)
    path = tmp_path / "places.xlsx"
    with path.open("wb") as stream:
        coverage_export.write_file(session, stream, scope=EVERYWHERE, on=ON)
    assert coverage_import.import_file(session, path, scope=EVERYWHERE, now=NOW, on=ON).lines == []
    with pytest.raises(LogbookProblems):
        take(session, a_file(areas=[["bản", "Bản Mới", commune.name, "", ""]]))


def test_a_loudspeaker_gets_its_state_and_a_known_one_the_new_state(session: Session, commune: Area) -> None:
    take(session, GOOD)
    lines = [["TONG", "đầu bản", "", "", "hỏng"], ["TONG", "cuối bản", "25 W", "B2", "Đã tháo"]]
    done = take(session, a_file(loudspeakers=lines))
    assert [(line.name, line.is_new) for line in done.lines] == [
        ("Bản Tông: đầu bản", False),
        ("Bản Tông: cuối bản", True),
    ]
    states = {item.place: item.state for item in coverage.get_zone(session, "TONG").loudspeakers}
    assert states == {"nhà văn hóa": "working", "đầu bản": "broken", "cuối bản": "removed"}


def test_known_things_stay_as_they_are_when_that_is_chosen_and_new_ones_are_added(
    session: Session, commune: Area
) -> None:
    take(session, GOOD)
    cells = a_file(
        areas=[["tiểu khu", "Tên mới", "Chiềng Xôm", "12345", ""]],
        zones=[["TONG", "Tên mới", "Chiềng Xôm", "vi", "file", "", "", ""], ["MOI", "Mới", "12345", "vi", "file"]],
        loudspeakers=[["TONG", "đầu bản", "", "", "hỏng"]],
    )
    done = coverage_import.import_places(session, cells, scope=EVERYWHERE, now=NOW, on=ON, keeps_known=True)
    assert [(line.sheet, line.name) for line in done.lines] == [(ZONES, "Mới")]
    assert (done.same, done.left) == (0, 3)
    assert coverage.get_zone(session, "TONG").name == "Bản Tông"
    changed = take(session, cells)
    assert [line.sheet for line in changed.lines] == [AREAS, ZONES, LOUDSPEAKERS] and changed.left == 0
    assert coverage.get_zone(session, "TONG").name == "Tên mới"
    found = coverage.find_area(session, "12345", on=ON)
    assert found is not None and found.name == "Tên mới"


def test_a_known_area_does_not_go_below_itself(session: Session, commune: Area) -> None:
    take(session, GOOD)
    city = commune.parent
    assert city is not None
    coverage.give_code(session, city, "00014", valid_from=city.valid_from)
    cells = a_file(areas=[["thành phố", "Sơn La", "12345", "00014", ""]])
    assert problems_of(session, cells) == [("places_area_in_itself", AREAS, 2)]


def test_a_line_that_cannot_be_read_blames_itself_and_not_those_that_name_it(session: Session, commune: Area) -> None:
    cells = a_file(
        areas=[["làng", "Bản Lun", "Chiềng Xôm", "", ""]],
        zones=[["LUN", "Bản Lun", "Bản Lun", "vi", "file"], ["B1", "Bản 1", "Chiềng Xôm", "xx", "file"]],
        loudspeakers=[["LUN", "đầu bản"], ["B1", "đầu bản"], ["KHAC", "đầu bản"]],
    )
    assert problems_of(session, cells) == [
        ("places_not_a_kind", AREAS, 2),
        ("places_not_languages", ZONES, 3),
        ("places_zone_unknown", LOUDSPEAKERS, 4),
    ]


def test_a_line_with_a_wrong_cell_is_also_blamed_for_naming_what_there_is_not(session: Session, commune: Area) -> None:
    cells = a_file(
        areas=[["làng", "Bản Lun", "Không đâu", "", ""]],
        zones=[["A 1", "Bản A", "Không đâu", "vi", "file"], ["B1", "Bản 1", "Bản Lun", "xx", "file"]],
        loudspeakers=[["KHAC", "đầu bản", "", "", "cũ"], ["B1", "đầu bản", "", "", "cũ"]],
    )
    assert sorted(problems_of(session, cells)) == sorted(
        [
            ("places_not_a_kind", AREAS, 2),
            ("places_area_unknown", AREAS, 2),
            ("places_not_a_code", ZONES, 2),
            ("places_area_unknown", ZONES, 2),
            ("places_not_languages", ZONES, 3),
            ("places_not_a_state", LOUDSPEAKERS, 2),
            ("places_zone_unknown", LOUDSPEAKERS, 2),
            ("places_not_a_state", LOUDSPEAKERS, 3),
        ]
    )


def test_columns_that_may_be_empty_may_be_missing_and_others_may_not(session: Session, commune: Area) -> None:
    short = {ZONES: [["Mã", "tên", "địa bàn", "ngôn ngữ", "đường truyền"], ["A1", "A", "Chiềng Xôm", "vi", "file"]]}
    assert [line.name for line in take(session, short).lines] == ["A"]
    cells = {ZONES: [["mã", "tên", "địa bàn", "đường truyền", "mã"], ["A1", "A", "Chiềng Xôm", "file", "x"]]}
    assert sorted(problems_of(session, cells)) == [
        ("logbook_column_missing", ZONES, None),
        ("logbook_column_twice", ZONES, None),
    ]


def test_texts_that_are_too_long_and_lines_that_are_there_twice_are_named(session: Session, commune: Area) -> None:
    zone = ["A1", "Bản A", "Chiềng Xôm", "vi", "file"]
    cells = a_file(
        zones=[zone, zone, ["A2", "x" * 121, "Chiềng Xôm", "vi", "file"]],
        loudspeakers=[["A1", "đầu bản"], ["A1", "ĐẦU BẢN"]],
    )
    assert problems_of(session, cells) == [
        ("places_twice", ZONES, 3),
        ("places_too_long", ZONES, 4),
        ("places_twice", LOUDSPEAKERS, 3),
    ]


def test_every_sentence_about_a_cell_is_there_in_both_languages_and_fits_its_facts(
    session: Session, commune: Area
) -> None:
    codes = {code for code in WORDING if code.startswith("places_")}
    for code in codes:
        assert WORDING[code].keys() == {"vi", "en"}
        for language in ("vi", "en"):
            assert "{" not in word(code, {"value": "x", "area": "y"}, language=language)
