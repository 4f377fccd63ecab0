"""An exported file holds exactly the lines of the filter, as values of their kind, and nothing of it is a formula."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.log_filter import Ending, LogFilter
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.playout import EntryKind
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import PeriodTooLong, TooManyLines
from scheduler.log_words import headings
from scheduler.models import AsRunEntry
from scheduler.services import as_run, log_export, log_reading, log_waiting
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.services.log_station import LogStation, fill_log
from tests.web.station import an_entry, make_editions

ALL = LogFilter(first=date(2025, 11, 1), last=date(2026, 3, 31))
TOLD = ["Từ ngày – đến ngày: …", "Người xuất: Mai"]
HEAD = 1 + len(TOLD)
ATTEMPT, AIRING, ZONE = (headings().index(name) for name in ("Lần ghi", "Mã lần phát", "Mã vùng"))


@pytest.fixture
def log(session: Session) -> LogStation:
    return fill_log(session, seed=3)


def read_csv(session: Session, wanted: LogFilter = ALL, scope: Scope = EVERYWHERE) -> list[list[str]]:
    text = "".join(log_export.stream_csv(session, wanted, scope, told=TOLD, zone=STATION_ZONE))
    assert text.startswith("\ufeff") and "\r\n" in text
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def read_xlsx(session: Session, wanted: LogFilter = ALL, scope: Scope = EVERYWHERE) -> list[Sequence[object]]:
    stream = io.BytesIO()
    log_export.write_xlsx(session, stream, wanted, scope, told=TOLD, zone=STATION_ZONE)
    sheet = openpyxl.load_workbook(stream).active
    assert sheet is not None and sheet.title == "Nhật ký phát sóng"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return list(sheet.iter_rows(values_only=True))


def keys_of(rows: Sequence[Sequence[object]]) -> list[tuple[str, str, int]]:
    return [(str(row[AIRING]), str(row[ZONE]), int(str(row[ATTEMPT]))) for row in rows]


@pytest.mark.parametrize(
    "wanted",
    [
        ALL,
        LogFilter(first=date(2025, 12, 1), last=date(2025, 12, 20), language="blt"),
        LogFilter(first=ALL.first, last=ALL.last, ending=Ending.MISSED, place="z2"),
        LogFilter(first=ALL.first, last=ALL.last, ending=Ending.CORRECTED),
        LogFilter(first=date(2020, 1, 1), last=date(2020, 1, 1)),
    ],
)
def test_a_file_holds_exactly_the_lines_of_the_filter(session: Session, log: LogStation, wanted: LogFilter) -> None:
    lines = log_reading.stream_lines(session, wanted, EVERYWHERE)
    shown = [(str(e.airing_id), e.zone_code, e.attempt) for line in lines for e in line.entries]
    for rows in (read_csv(session, wanted), read_xlsx(session, wanted)):
        assert [row[0] for row in rows[:HEAD]] == ["Nhật ký phát sóng", *TOLD]
        assert list(rows[HEAD]) == headings()
        assert keys_of(rows[HEAD + 1 :]) == shown


def test_a_file_holds_the_scope_of_the_person_only(session: Session, log: LogStation) -> None:
    scope = Scope(area_ids=frozenset({log.communes[1].id}))
    rows = read_csv(session, ALL, scope)[HEAD + 1 :]
    assert rows and {row[headings().index("Địa bàn")] for row in rows} == {"Hua La"}


def test_numbers_days_and_times_are_cells_of_their_kind(session: Session, log: LogStation) -> None:
    row = read_xlsx(session)[HEAD + 1]
    day, at = row[0], row[1]
    assert isinstance(day, datetime) and isinstance(at, time)
    planned, sounded = row[headings().index("Giây theo kế hoạch")], row[headings().index("Giây phát được")]
    assert isinstance(planned, int | float) and isinstance(sounded, int | float) and isinstance(row[9], int)
    entry = session.scalars(select(AsRunEntry).order_by(AsRunEntry.planned_at, AsRunEntry.zone_id)).first()
    assert entry is not None and (day.date(), at) == (
        entry.local_day, entry.planned_at.astimezone(STATION_ZONE).time()
    )  # fmt: skip


def test_text_that_looks_like_a_formula_stays_text(session: Session) -> None:
    zone = make_zone(session, code="=1+1", name="+Bản Tông", area=make_area(session, name="@Xã", kind="commune"))
    broadcast = make_broadcast(session, editions=make_editions(session, title="-2+3|cmd"), zones=(zone,))
    airing = broadcast.airings[0]
    as_run.record(
        session, [an_entry(airing, zone, at=NOW, kind=EntryKind.MISSED)], now=NOW, zone=STATION_ZONE
    )  # fmt: skip
    as_run.correct(
        session, airing_id=airing.id, zone_id=zone.id, seconds_sounded=9.5, author='=HYPERLINK("x")',
        note="\t=cmd", now=NOW, zone=STATION_ZONE,
    )  # fmt: skip
    day = LogFilter(first=date(2026, 11, 24), last=date(2026, 11, 24), language=airing.language)
    rows = read_csv(session, day)[HEAD + 1 :]
    told = {cell for row in rows for cell in row}
    assert {"'=1+1", "'+Bản Tông", "'@Xã", "'-2+3|cmd", '\'=HYPERLINK("x")', "'=cmd"} <= told
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in told)
    assert "9,5" in told
    assert {"=1+1", "+Bản Tông", '=HYPERLINK("x")'} <= {cell for row in read_xlsx(session, day) for cell in row}


def test_what_nobody_reported_is_in_the_file_too(session: Session) -> None:
    zone = make_zone(session)
    make_broadcast(session, editions=make_editions(session), zones=(zone,))
    day = date(2026, 11, 24)
    wanted = LogFilter(first=day, last=day)
    rows = read_csv(session, wanted)[HEAD + 1 :]
    waiting = list(log_waiting.stream_waiting(session, wanted, EVERYWHERE, zone=STATION_ZONE))
    assert [row[AIRING] for row in rows] == [str(line.airing.id) for line in waiting] != []
    assert {row[headings().index("Kết quả")] for row in rows} == {"chưa có kết quả"}
    assert [row[1] for row in rows] == ["05:05:00", "05:14:00"]
    missed = LogFilter(first=day, last=day, ending=Ending.MISSED)
    assert len(read_csv(session, missed)) == HEAD + 1


def test_too_many_lines_for_a_workbook_are_refused_before_any_is_written(
    session: Session, log: LogStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_export, "MOST_XLSX_LINES", 20)
    stream = io.BytesIO()
    with pytest.raises(TooManyLines):
        log_export.write_xlsx(session, stream, ALL, EVERYWHERE, told=TOLD, zone=STATION_ZONE)
    assert stream.getvalue() == b""
    assert len(read_csv(session)) > 20


def test_the_lines_above_say_what_was_asked_for(session: Session, log: LogStation) -> None:
    wanted = LogFilter(
        first=date(2025, 12, 1), last=date(2025, 12, 31), place="z1", area_id=log.communes[0].id, language="blt",
        ending=Ending.MISSED, series_id=log.series[0].id,
    )  # fmt: skip
    now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    told = log_export.describe(session, wanted, by="Lò Thị Hoa", now=now, zone=STATION_ZONE)
    assert told == [
        "Từ ngày – đến ngày: 01/12/2025 – 31/12/2025",
        "Vùng phát: z1",
        "Địa bàn: Chiềng Xôm",
        "Tiếng: Thái",
        "Kết quả: không phát (kể cả lỗi)",
        "Chuyên mục: Thành phố chung tay cải cách thủ tục hành chính",
        "Người xuất: Lò Thị Hoa, lúc 10:00 24/11/2026",
    ]
    english = log_export.describe(session, wanted, by="Hoa", now=now, zone=STATION_ZONE, language="en")
    assert english[0] == "Days: 01/12/2025 – 31/12/2025" and english[3] == "Language: Tai Dam"
    with pytest.raises(PeriodTooLong):
        too_long = LogFilter(first=date(2020, 1, 1), last=date(2020, 1, 1) + timedelta(days=4000))
        log_export.describe(session, too_long, by="Hoa", now=now, zone=STATION_ZONE)
