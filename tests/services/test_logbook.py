"""A station's past comes in from its logbook whole or not at all, and every problem is named at once."""

import unicodedata
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.logbook import COLUMNS, EDITIONS, PLAYS, LoggedEdition, LoggedPlay
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.programme import EditionState
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import LogbookProblems, LogbookUnreadable
from scheduler.models import Airing, AsRunEntry, Broadcast, Edition, Episode, Production, Review, Series, Zone
from scheduler.services import as_run, counting, logbook
from scheduler.services.logbook import Imported
from scheduler.services.workbook import read_workbook
from scheduler.wording import WORDING
from tests.factories import NOW, make_area, make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.services.test_counting import a_production

TITLE = "Thành phố chung tay cải cách thủ tục hành chính"
DAY = date(2021, 3, 5)
EDITION_LINE = [1, TITLE, "vi", "09:00", "01/3/2021"]
PLAY_LINE = ["05/3/2021", "05:30", 1, "vi", "tất cả", "09:00", "Lò Thị Mai", ""]


def a_station(session: Session) -> list[Zone]:
    make_series(session)
    make_series(session, code="thu", title="Thử")
    commune = make_area(session, kind="commune", name="Chiềng Xôm")
    hears = {"TONG": ("blt", "vi"), "HUM": ("blt",), "TO1": ("vi",)}
    return [make_zone(session, code=code, name=code, area=commune, languages=heard) for code, heard in hears.items()]


def sheets(editions: list[list[Any]] | None = None, plays: list[list[Any]] | None = None) -> dict[str, list[list[Any]]]:
    return {
        EDITIONS: [list(COLUMNS[EDITIONS]), *([EDITION_LINE] if editions is None else editions)],
        PLAYS: [list(COLUMNS[PLAYS]), *([PLAY_LINE] if plays is None else plays)],
    }


def bring_in(session: Session, given: Any, **others: Any) -> Imported:
    return logbook.import_logbook(session, given, by="import", now=NOW, zone=STATION_ZONE, **others)


def problems_of(session: Session, given: Any, **others: Any) -> list[tuple[str, int | None, str | None, str]]:
    with pytest.raises(LogbookProblems) as refused:
        bring_in(session, given, **others)
    found: Any = refused.value.facts["problems"]
    assert refused.value.facts["count"] == len(found)
    for problem in found:
        assert WORDING[problem["code"]].keys() == {"vi", "en"}
        for sentence in WORDING[problem["code"]].values():
            assert "{" not in sentence.format(**problem["facts"])
    return [(p["sheet"], p["row"], p["column"], p["code"].removeprefix("logbook_")) for p in found]


def numbers(session: Session) -> list[int | None]:
    rows = (Episode, Edition, Review, Production, Broadcast, Airing, AsRunEntry)
    return [session.scalar(select(func.count()).select_from(row)) for row in rows]


def test_a_logbook_becomes_editions_and_confirmed_plays(sessions: Sessions) -> None:
    with sessions.begin() as session:
        a_station(session)
        lines = [EDITION_LINE, [1, TITLE, "blt", "08:30", "02/3/2021"]]
        plays = [PLAY_LINE, ["05/3/2021", "05:30", 1, "blt", "HUM", "02:00", "Cầm Án", "mất điện"]]
        done = bring_in(session, sheets(lines, plays))
        assert (done.editions, done.plays, done.entries) == (2, 2, 3)
    with sessions.begin() as session:
        assert numbers(session) == [1, 2, 2, 2, 1, 2, 3]
        edition = session.scalars(select(Edition).where(Edition.language == "blt")).one()
        assert (edition.state, edition.imported_seconds, edition.approved_recording) == (
            EditionState.APPROVED,
            510.0,
            None,
        )
        assert (edition.episode.title, edition.episode.year, edition.title) == ("Số 1", 2021, "")
        review = session.scalars(select(Review)).first()
        assert review is not None and (review.reviewer, review.recording_sha256) == ("import", None)
        made = session.scalars(select(Production).where(Production.language == "vi")).one()
        assert (made.local_day, made.seconds, made.title) == (date(2021, 3, 1), 540.0, "Số 1")
        assert made.approved_at.astimezone(STATION_ZONE).hour == 12
        broadcast = session.scalars(select(Broadcast)).one()
        assert (broadcast.state.value, broadcast.slot_id, broadcast.why) == ("done", None, {"code": "imported"})
        assert broadcast.starts_at.astimezone(STATION_ZONE) == datetime(2021, 3, 5, 5, 30, tzinfo=STATION_ZONE)
        entries = session.scalars(select(AsRunEntry).order_by(AsRunEntry.language, AsRunEntry.zone_code)).all()
        told = [(e.language, e.zone_code, e.kind, e.seconds_sounded, e.reason) for e in entries]
        assert told == [
            ("blt", "HUM", EntryKind.PARTIAL, 120.0, Reason.UNKNOWN),
            ("vi", "TO1", EntryKind.SOUNDED, 540.0, None),
            ("vi", "TONG", EntryKind.SOUNDED, 540.0, None),
        ]
        assert {(e.evidence, e.source) for e in entries} == {(Evidence.CONFIRMED, "import")}
        assert (entries[0].recorded_by, entries[0].note) == ("Cầm Án", "mất điện")
        assert as_run.check(session) == []


def reference_year() -> tuple[list[LoggedEdition], list[LoggedPlay]]:
    editions, plays = [], []
    for n in range(1, 46):
        approved = date(2021, 1, 4) + timedelta(days=7 * n)
        editions += [
            LoggedEdition(number=n, title=TITLE, language=code, seconds=480 + 2 * n, approved_on=approved)
            for code in ("vi", "blt")
        ]
        for again in range(2 if n <= 6 else 1):
            plays += [
                LoggedPlay(
                    day=approved + timedelta(days=1 + again), at=time(5, 30), number=n, language=code, zone="Tất cả",
                    seconds=480 + 2 * n, confirmed_by="Lò Thị Mai", note="",
                )
                for code in ("vi", "blt")
            ]  # fmt: skip
    return editions, plays


def test_the_reference_year_comes_in_from_a_file_and_reads_as_the_report_does(
    sessions: Sessions, tmp_path: Path
) -> None:
    editions, plays = reference_year()
    logbook.write_logbook(tmp_path / "2021.xlsx", editions=editions, plays=plays)
    with sessions.begin() as session:
        a_station(session)
        done = logbook.import_file(session, tmp_path / "2021.xlsx", by="import", now=NOW, zone=STATION_ZONE)
        assert (done.editions, done.plays) == (90, 102)
    with sessions.begin() as session:
        count = counting.count(session, first=date(2021, 1, 1), last=date(2021, 12, 31))
        assert count.sentence == (
            "Trong năm 2021, đã xây dựng 90 chuyên mục (45 chuyên mục tiếng phổ thông, 45 chuyên mục tiếng Thái), "
            "phát 102 lần chuyên mục “Thành phố chung tay cải cách thủ tục hành chính”."
        )
        assert (count.planned, count.missed_by_reason) == (102, {})
        before = numbers(session)
    with sessions.begin() as session:
        make_zone(session, code="MOI", name="Mới", area=session.scalars(select(Zone)).first().area)  # type: ignore[union-attr]
        again = logbook.import_file(session, tmp_path / "2021.xlsx", by="import", now=NOW, zone=STATION_ZONE)
        assert again == Imported(editions_known=90, plays_known=102)
        assert numbers(session) == before


def test_only_what_is_new_is_added(session: Session) -> None:
    a_station(session)
    bring_in(session, sheets())
    more = sheets(
        [EDITION_LINE, [1, TITLE, "blt", "08:00", "02/3/2021"]],
        [PLAY_LINE, ["05/3/2021", "05:30", 1, "blt", "HUM", "08:00", "Mai", ""]],
    )
    assert bring_in(session, more) == Imported(editions=1, plays=1, entries=1, editions_known=1, plays_known=1)
    assert session.scalar(select(func.count()).select_from(Broadcast)) == 1


def test_a_play_of_an_episode_the_station_knows_needs_no_line_in_the_sheet_of_editions(session: Session) -> None:
    a_station(session)
    bring_in(session, sheets([EDITION_LINE, [1, TITLE, "blt", "08:30", "02/3/2021"]]))
    later = sheets([], [["06/3/2021", *PLAY_LINE[1:]], ["05/3/2021", "05:30", 1, "blt", "HUM", "08:30", "Mai", ""]])
    assert bring_in(session, later) == Imported(plays=2, entries=3)
    starts = session.scalars(select(Broadcast.starts_at).order_by(Broadcast.starts_at)).all()
    assert [f"{at.astimezone(STATION_ZONE):%d/%m %H:%M}" for at in starts] == ["05/03 05:30", "06/03 05:30"]
    assert set(session.scalars(select(Airing.seconds))) == {540.0, 510.0}
    assert bring_in(session, later) == Imported(plays_known=2)
    assert as_run.check(session) == []


def test_a_number_that_the_sheet_lists_in_one_language_is_that_episode_in_the_others(session: Session) -> None:
    a_station(session)
    bring_in(session, sheets([[1, TITLE, "blt", "08:30", "02/3/2020"]], []))
    play = ["05/3/2021", "05:30", 1, "blt", "HUM", "08:30", "Mai", ""]
    assert problems_of(session, sheets(plays=[PLAY_LINE, play])) == [(PLAYS, 3, "số", "edition_not_listed")]


def test_a_number_that_the_station_knows_from_two_years_cannot_be_told(session: Session) -> None:
    a_station(session)
    bring_in(session, sheets([[1, TITLE, "vi", "08:30", "02/3/2020"]], []))
    bring_in(session, sheets(plays=[]))
    assert problems_of(session, sheets([])) == [(PLAYS, 2, "số", "edition_ambiguous")]
    assert bring_in(session, sheets()).plays == 1


def test_a_play_of_a_recorded_episode_comes_in_but_not_what_the_station_aired_itself(session: Session) -> None:
    zones = a_station(session)
    series = session.scalars(select(Series).where(Series.code == "cchc")).one()
    edition = make_edition(session, make_episode(session, series, number=8), language="vi")
    session.add(a_production(edition))
    aired = make_broadcast(session, editions=(edition,), zones=tuple(zones), now=NOW - timedelta(days=1))
    own = aired.starts_at.astimezone(STATION_ZONE)
    another = [f"{NOW.astimezone(STATION_ZONE):%d/%m/%Y}", "00:30", 8, "vi", "TO1", "09:00", "Mai", ""]
    again = [f"{own:%d/%m/%Y}", f"{own:%H:%M}", *another[2:]]
    edition.first_approved_at = own - timedelta(days=1)
    assert problems_of(session, sheets([], [another, again])) == [(PLAYS, 3, "giờ", "play_of_station")]
    assert bring_in(session, sheets([], [another])) == Imported(plays=1, entries=1)
    assert session.scalars(select(AsRunEntry)).one().seconds_planned == 540.0


def test_a_line_that_contradicts_what_is_known_is_a_problem(session: Session) -> None:
    a_station(session)
    bring_in(session, sheets())
    other = sheets([[1, TITLE, "vi", "08:00", "01/3/2021"]], [[*PLAY_LINE[:5], "07:00", "Mai", ""]])
    assert problems_of(session, other) == [
        (EDITIONS, 2, "số", "edition_contradicts"),
        (PLAYS, 2, "phát được", "play_contradicts"),
    ]


def test_a_title_of_its_own_goes_to_the_series_that_is_named(session: Session) -> None:
    a_station(session)
    lines = [[7, "Cấp giấy khai sinh", "vi", "09:00", "30/12/2020"], [7, "ꪹꪎꪷꪙꪨꪱ", "blt", "09:00", "02/01/2021"]]
    bring_in(session, sheets(lines, []), series="cchc")
    episode = session.scalars(select(Episode)).one()
    assert (episode.series.code, episode.year, episode.title) == ("cchc", 2020, "Cấp giấy khai sinh")
    assert [e.title for e in sorted(episode.editions, key=lambda e: e.language)] == ["ꪹꪎꪷꪙꪨꪱ", ""]


def test_without_a_named_series_an_unknown_title_is_a_problem_and_a_known_one_chooses(session: Session) -> None:
    a_station(session)
    lines = [[1, "Cấp giấy khai sinh", "vi", "09:00", "01/3/2021"], [2, "thử", "vi", "09:00", "01/3/2021"]]
    assert problems_of(session, sheets(lines, [])) == [(EDITIONS, 2, "tên chuyên mục", "series_unknown")]


def test_a_missed_play_is_kept_with_an_unknown_reason(session: Session) -> None:
    a_station(session)
    bring_in(session, sheets(plays=[[*PLAY_LINE[:4], "to1", "00:00", "Mai", "mất điện"]]))
    entry = session.scalars(select(AsRunEntry)).one()
    assert (entry.kind, entry.reason, entry.started_at) == (EntryKind.MISSED, Reason.UNKNOWN, None)


def test_a_zone_that_was_removed_by_then_is_not_among_all(session: Session) -> None:
    zones = a_station(session)
    zones[0].removed_at = datetime(2020, 1, 1, tzinfo=STATION_ZONE)
    assert bring_in(session, sheets()).entries == 1


BAD_EDITIONS = {
    "not_a_number": ([["một", *EDITION_LINE[1:]], [1.5, *EDITION_LINE[1:]], [0, *EDITION_LINE[1:]]], "số"),
    "cell_empty": ([[1, "\u200b ", "vi", "09:00", "01/3/2021"]], "tên chuyên mục"),
    "not_a_language": ([[1, TITLE, "th", "09:00", "01/3/2021"]], "ngôn ngữ"),
    "language_not_of_series": ([[1, TITLE, "hmn", "09:00", "01/3/2021"]], "ngôn ngữ"),
    "not_a_duration": ([[1, TITLE, "vi", "9 phút", "01/3/2021"], [2, TITLE, "vi", "09:61", "01/3/2021"], [3, TITLE, "vi", 540, "01/3/2021"]], "thời lượng"),
    "duration_zero": ([[1, TITLE, "vi", "00:00", "01/3/2021"]], "thời lượng"),
    "not_a_date": ([[1, TITLE, "vi", "09:00", "31/02/2021"], [2, TITLE, "vi", "09:00", "2021-03-01"], [3, TITLE, "vi", "09:00", 44256]], "ngày duyệt"),
    "in_future": ([[1, TITLE, "vi", "09:00", "01/3/2031"]], "ngày duyệt"),
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(BAD_EDITIONS))
def test_what_is_wrong_with_an_edition_is_named_with_row_and_column(session: Session, code: str) -> None:
    a_station(session)
    lines, column = BAD_EDITIONS[code]
    wanted = [(EDITIONS, row, column, code) for row in range(2, 2 + len(lines))]
    assert problems_of(session, sheets(lines, [])) == wanted


def changed(place: int, value: object) -> list[Any]:
    return [*PLAY_LINE[:place], value, *PLAY_LINE[place + 1 :]]


BAD_PLAYS = {
    "not_a_date": (changed(0, "hôm qua"), "ngày"),
    "in_future": (changed(0, "01/3/2031"), "ngày"),
    "before_approval": (changed(0, "28/02/2021"), "ngày"),
    "not_a_time": (changed(1, "25:00"), "giờ"),
    "not_a_number": (changed(2, "x"), "số"),
    "edition_not_listed": (changed(2, 2), "số"),
    "not_a_language": (changed(3, "Thái"), "ngôn ngữ"),
    "zone_unknown": (changed(4, "KHÔNG CÓ"), "vùng"),
    "zone_does_not_hear": (changed(4, "HUM"), "ngôn ngữ"),
    "not_a_duration": (changed(5, "hết"), "phát được"),
    "sounded_too_long": (changed(5, "09:06"), "phát được"),
    "cell_empty": (changed(6, None), "người xác nhận"),
}


@pytest.mark.parametrize("code", sorted(BAD_PLAYS))
def test_what_is_wrong_with_a_play_is_named_with_row_and_column(session: Session, code: str) -> None:
    a_station(session)
    line, column = BAD_PLAYS[code]
    assert problems_of(session, sheets(plays=[line])) == [(PLAYS, 2, column, code)]


def test_the_same_line_twice_is_a_problem_also_when_one_says_all_zones(session: Session) -> None:
    a_station(session)
    given = sheets([EDITION_LINE, EDITION_LINE], [PLAY_LINE, changed(4, "TO1")])
    assert problems_of(session, given) == [(EDITIONS, 3, "số", "edition_twice"), (PLAYS, 3, "vùng", "play_twice")]


def test_a_number_that_two_series_have_cannot_be_told(session: Session) -> None:
    a_station(session)
    given = sheets([EDITION_LINE, [1, "Thử", "vi", "09:00", "01/3/2021"]])
    assert problems_of(session, given) == [(PLAYS, 2, "số", "edition_ambiguous")]


def test_a_language_no_zone_hears_is_a_problem(session: Session) -> None:
    for zone in a_station(session):
        zone.languages[:] = [item for item in zone.languages if item.language != "vi"]
    session.flush()
    assert problems_of(session, sheets()) == [(PLAYS, 2, "vùng", "no_zone_hears")]


def test_all_problems_of_both_sheets_are_told_at_once_and_nothing_is_kept(sessions: Sessions) -> None:
    with sessions.begin() as session:
        a_station(session)
    given = sheets(
        [EDITION_LINE, ["x", TITLE, "th", "", "01/3/2021"], [2, TITLE, "vi", "09:00", "02/3/2021"]],
        [PLAY_LINE, changed(4, "??"), ["nay", "sáng", "", "vi", "TO1", "09:00", "", ""]],
    )
    with pytest.raises(LogbookProblems) as refused, sessions.begin() as session:
        bring_in(session, given)
    found: Any = refused.value.facts["problems"]
    assert [(p["sheet"], p["row"], p["column"]) for p in found] == [
        (EDITIONS, 3, "số"),
        (EDITIONS, 3, "ngôn ngữ"),
        (EDITIONS, 3, "thời lượng"),
        (PLAYS, 3, "vùng"),
        (PLAYS, 4, "ngày"),
        (PLAYS, 4, "giờ"),
        (PLAYS, 4, "số"),
        (PLAYS, 4, "người xác nhận"),
    ]
    with sessions.begin() as session:
        assert numbers(session) == [0] * 7


def test_missing_sheets_and_columns_are_named(session: Session) -> None:
    a_station(session)
    assert problems_of(session, {"Sheet1": []}) == [
        (EDITIONS, None, None, "sheet_missing"),
        (PLAYS, None, None, "sheet_missing"),
    ]
    given = {EDITIONS: [["số", "số", "tên chuyên mục", "ngôn ngữ", "thời lượng"]], PLAYS: [list(COLUMNS[PLAYS])]}
    assert problems_of(session, given) == [
        (EDITIONS, None, "số", "column_twice"),
        (EDITIONS, None, "ngày duyệt", "column_missing"),
    ]


def test_hidden_spaces_letter_forms_case_and_order_of_columns_do_not_matter(session: Session) -> None:
    a_station(session)
    heading = [unicodedata.normalize("NFD", f"\ufeff{name.upper()}\u00a0 ") for name in reversed(COLUMNS[EDITIONS])]
    line = ["1/3/2021 ", "\u200b9:00", " VI", unicodedata.normalize("NFD", f"{TITLE}\n"), "01"]
    plays = sheets()[PLAYS]
    plays[1] = changed(4, unicodedata.normalize("NFD", " TẤT  CẢ"))
    given = {
        unicodedata.normalize("NFD", "chuyên MỤC "): [[], heading, [None] * 5, line],
        f" {PLAYS}": plays,
        "Khác": [[1]],
    }
    assert bring_in(session, given) == Imported(editions=1, plays=1, entries=2)


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("09:05", 545.0),
        ("1:02:03", 3723.0),
        (time(0, 9, 5), 545.0),
        (time(9, 5), 545.0),
        (timedelta(minutes=9, seconds=5), 545.0),
        (datetime(1899, 12, 30, 0, 9, 5), 545.0),
    ],
)
def test_durations_are_read_as_people_and_spreadsheets_write_them(session: Session, cell: Any, seconds: float) -> None:
    a_station(session)
    bring_in(session, sheets([[1, TITLE, "vi", cell, date(2021, 3, 1)]], []))
    assert session.scalars(select(Edition.imported_seconds)).one() == seconds


def test_dates_and_times_may_be_real_ones(session: Session) -> None:
    a_station(session)
    bring_in(session, sheets(plays=[[datetime(2021, 3, 5), time(5, 30), *PLAY_LINE[2:]]]))
    starts_at = session.scalars(select(Broadcast.starts_at)).one()
    assert starts_at.astimezone(STATION_ZONE) == datetime(2021, 3, 5, 5, 30, tzinfo=STATION_ZONE)


# --- files --------------------------------------------------------------------------------------------------------
def test_an_empty_template_has_the_columns_and_comes_in_as_nothing(session: Session, tmp_path: Path) -> None:
    a_station(session)
    logbook.write_logbook(tmp_path / "mau.xlsx")
    read = read_workbook(tmp_path / "mau.xlsx")
    assert {name: tuple(cell for cell in rows[0] if cell) for name, rows in read.items()} == dict(COLUMNS)
    assert bring_in(session, read) == Imported()


def test_text_that_looks_like_a_formula_is_written_as_text(tmp_path: Path) -> None:
    notes = ["=1+1", "+84", "-", "@SUM(A1)"]
    plays = [
        LoggedPlay(
            day=DAY, at=time(5, 30), number=1, language="vi", zone="=HYPERLINK()", seconds=1, confirmed_by="x", note=n
        )
        for n in notes
    ]
    logbook.write_logbook(tmp_path / "a.xlsx", plays=plays)
    cells = openpyxl.load_workbook(tmp_path / "a.xlsx")[PLAYS]
    assert [cells.cell(row, 8).value for row in range(2, 6)] == notes
    assert {cells.cell(row, column).data_type for row in range(2, 6) for column in (5, 8)} == {"s"}


def test_a_formula_is_not_computed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "=1+1"
    book.save(tmp_path / "a.xlsx")
    assert [row for rows in read_workbook(tmp_path / "a.xlsx").values() for row in rows if any(row)] == []


def test_what_is_no_workbook_is_refused_with_a_code(tmp_path: Path) -> None:
    texts = {
        "a.xlsx": b"",
        "b.xlsx": b"<html>",
        "c.xlsx": b"PK\x03\x04" + b"x" * 100,
        "d.xlsx": b"PK\x05\x06" + b"\0" * 18,
    }
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(LogbookUnreadable):
            read_workbook(tmp_path / name)
    with pytest.raises(LogbookUnreadable):
        read_workbook(tmp_path)


def repack(tmp_path: Path, change: dict[str, bytes]) -> Path:
    logbook.write_logbook(tmp_path / "good.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "good.xlsx") as good,
        zipfile.ZipFile(tmp_path / "bad.xlsx", "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            bad.writestr(name, change.pop(name, good.read(name)))
        for name, content in change.items():
            bad.writestr(name, content)
    return tmp_path / "bad.xlsx"


@pytest.mark.parametrize(
    ("part", "content", "reason"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row", "damaged"),
        ("xl/workbook.xml", b"\xff\xfe\x00", "damaged"),
        ("xl/sharedStrings.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><sst/>', "format"),
        ("xl/media/bomb.bin", b"\0" * 310_000_000, "too_big"),
    ],
)
def test_a_damaged_or_hostile_workbook_is_refused_with_a_code(
    tmp_path: Path, part: str, content: bytes, reason: str
) -> None:
    with pytest.raises(LogbookUnreadable) as refused:
        read_workbook(repack(tmp_path, {part: content}))
    assert refused.value.facts["reason"] == reason
