"""The page of documents: each file is of its kind and for whom it may be; calendars read at a secret address."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import icalendar
import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.documents.fonts import FOLDER
from scheduler.domain.people import Role
from scheduler.models import Area, AuditEntry, Broadcast, CalendarFeed, StationSetting, User
from scheduler.services import office
from scheduler.station import Station
from tests.documents.papers import OFFICE, SENTENCE, fill_year, texts_of, words_of_docx
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.fakes import SteppingClock
from tests.web.station import WELL, PageClient, client_for, make_editions, make_station
from web.app import create_app
from web.frontend import build

YEAR = "first=2021-01-01&last=2021-12-31"


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The pages of a station with the reference year; only read, and signed into."""
    build.build_fonts(FOLDER)
    station = make_station(tmp_path_factory.mktemp("year"), filled_by=fill_year)
    yield create_app(station, look_at_machine=lambda: WELL)
    station.engine.dispose()


@pytest.fixture(scope="module")
def reader(year: Flask) -> PageClient:
    return client_for(year, role=Role.VIEWER)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A station with nothing in it but people."""
    station = make_station(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return create_app(station, look_at_machine=lambda: WELL)


@pytest.fixture
def client(app: Flask) -> PageClient:
    return client_for(app, role=Role.VIEWER)


def area_id(station: Station, name: str) -> int:
    with station.readers.begin() as session:
        return session.scalars(select(Area.id).where(Area.name == name, Area.valid_to.is_not(None))).one()


# --- files ----------------------------------------------------------------------------------------------------------
def test_the_report_is_had_as_docx_and_pdf(reader: PageClient) -> None:
    pdf = reader.get(f"/documents/report.pdf?{YEAR}&number=5&signed_on=20/11/2021")
    word = reader.get(f"/documents/report.docx?{YEAR}&series=cchc")
    assert pdf.content_type == "application/pdf" and word.status_code == 200
    assert "bao-cao-20210101-20211231.pdf" in pdf.headers["Content-Disposition"]
    told = " ".join(texts_of(pdf.data))
    assert SENTENCE in told and "Số: 05/BC-UBND" in told and "ngày 20 tháng 11 năm 2021" in told
    assert SENTENCE in " ".join(words_of_docx(word.data).split())


def test_the_workbook_holds_what_the_page_of_counts_shows_as_numbers(reader: PageClient) -> None:
    answer = reader.get(f"/documents/counts.xlsx?{YEAR}")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    summary = {row[0]: row[1] for row in book["Tóm tắt"].iter_rows(values_only=True)}
    assert summary["Xây dựng (bản tiếng)"] == 90 and summary["Phát (lần được tính)"] == 102
    assert summary["Xây dựng, tiếng phổ thông"] == summary["Xây dựng, tiếng Thái"] == 45
    assert summary["Đạt chỉ tiêu"] == 1
    months = {row[0]: row[1:] for row in book["Theo thời gian"].iter_rows(values_only=True)}
    assert months["tất cả các tiếng"] == (2, 8, 10, 10, 10, 10, 10, 10, 12, 8, 10, 2, 102)
    areas = {row[0]: row[-1] for row in book["Địa bàn, tiếng Thái"].iter_rows(values_only=True)}
    assert areas["Chiềng Xôm"] == 51
    assert book["Kết quả tại vùng"]["E2"].number_format == "0.0%"


def test_the_log_of_a_month_and_the_week_are_had(reader: PageClient) -> None:
    days = "log_first=2021-03-01&log_last=2021-03-31"
    pdf = reader.get(f"/documents/log.pdf?{days}")
    assert "SỔ NHẬT KÝ PHÁT SÓNG" in texts_of(pdf.data)[0] and "33 vùng phát đủ" in texts_of(pdf.data)[0]
    book = openpyxl.load_workbook(io.BytesIO(reader.get(f"/documents/log.xlsx?{days}").data))
    assert len(list(book.worksheets[0].iter_rows())) == 3 + 10
    week = reader.get("/documents/week.pdf?day=24/11/2026")
    assert "Từ ngày 23/11/2026 đến ngày 29/11/2026" in texts_of(week.data)[0]
    assert reader.get("/documents/log.doc").status_code == reader.get("/documents/report.txt").status_code == 404


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/documents/report.pdf?first=hôm+qua", 'value="hôm qua"'),
        ("/documents/report.docx?number=0", "từ 1 đến 99999"),
        ("/documents/log.pdf?log_area=999999", 'id="log_area-error"'),
        ("/documents/week.pdf?day=32/13/2026", 'value="32/13/2026"'),
    ],
)
def test_what_cannot_be_read_is_told_on_the_page(reader: PageClient, path: str, said: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 303
    page = reader.get(answer.location).get_data(as_text=True)
    assert 'class="error"' in page and "Có ô chưa đúng" in page and said in page


def test_a_log_of_more_than_a_month_is_refused_in_a_sentence(reader: PageClient) -> None:
    answer = reader.get("/documents/log.pdf?log_first=2021-01-01&log_last=2021-03-31")
    assert answer.status_code == 409 and "tối đa 31 ngày" in answer.get_data(as_text=True)


def test_a_broken_template_is_told_with_its_line_and_no_report_is_made(station: Station, client: PageClient) -> None:
    path = station.settings.home / "templates" / "bao-cao.j2"
    path.parent.mkdir()
    path.write_text("! BÁO CÁO\n!! x\n{{ nope }}\n", encoding="utf-8")
    assert "mẫu báo cáo riêng" in client.get("/documents/").get_data(as_text=True)
    answer = client.get(f"/documents/report.pdf?{YEAR}")
    assert answer.status_code == 409 and "dòng 3" in answer.get_data(as_text=True)


def test_who_sees_one_commune_gets_documents_of_it_alone(year: Flask) -> None:
    station: Station = year.extensions["station"]
    own, other = area_id(station, "Chiềng Xôm"), area_id(station, "Hua La")
    with station.sessions.begin() as session:  # the grant must hold today, and the commune of 2021 has ended
        session.get_one(Area, own).valid_to = None
    reader = client_for(year, role=Role.VIEWER, area=own)
    told = " ".join(texts_of(reader.get(f"/documents/report.pdf?{YEAR}").data))
    assert "phạm vi: Chiềng Xôm" in told and "Hua La" not in told
    log = " ".join(texts_of(reader.get("/documents/log.pdf?log_first=2021-03-04&log_last=2021-03-04").data))
    assert "15 vùng phát đủ" in log and "33 vùng" not in log
    assert reader.get(f"/documents/report.pdf?{YEAR}&area={other}").status_code == 303, "not among the choices"
    assert "Hua La" not in reader.get("/documents/").get_data(as_text=True)


# --- settings -------------------------------------------------------------------------------------------------------
def test_who_speaks_in_documents_is_a_setting_that_the_trail_tells_of(station: Station, app: Flask) -> None:
    boss = client_for(app)
    answer = boss.post("/settings/office", data={**OFFICE, "document_symbol": "BC-PVHTT"})
    assert answer.status_code == 303
    assert OFFICE["agency_name"] in boss.get("/settings/office").get_data(as_text=True)
    assert "/BC-PVHTT" in texts_of(boss.get(f"/documents/report.pdf?{YEAR}").data)[0]
    with station.readers.begin() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.kind == "station_setting")).all()
        assert {"document_symbol", "bases"} <= {entry.label for entry in noted}
    assert "ký hiệu báo cáo" in boss.get("/audit").get_data(as_text=True)
    assert boss.post("/settings/office", data={"agency_name": "x" * 400}).status_code == 422


def test_only_who_manages_the_whole_station_changes_who_speaks(station: Station, app: Flask) -> None:
    with station.sessions.begin() as session:
        own = make_area(session, name="Chiềng Xôm", kind="commune").id
        office.change(session, OFFICE, by="Mai", now=NOW)
    assert client_for(app, role=Role.OPERATOR).get("/settings/office").status_code == 403
    client_for(app, role=Role.ADMIN, area=own).post("/settings/office", data={"signer_name": "Kẻ Lạ"})
    with station.readers.begin() as session:
        assert session.get_one(StationSetting, "signer_name").value == OFFICE["signer_name"]


# --- calendars ------------------------------------------------------------------------------------------------------
def make_address(client: PageClient) -> str:
    page = client.post("/documents/calendars", data={"name": "điện thoại"}).get_data(as_text=True)
    return urlsplit(page.split('id="address">')[1].split("<")[0]).path


def plan_one(station: Station, *, name: str = "Bản Mới", number: int = 77) -> None:
    with station.sessions.begin() as session:
        zone = make_zone(session, code=name, name=name, area=make_area(session, name=name, kind="commune"))
        broadcast = make_broadcast(
            session, editions=make_editions(session, number=number, title=f"Kỳ; {name}"), zones=(zone,)
        )
        broadcast.starts_at, broadcast.ends_at = NOW + timedelta(hours=3), NOW + timedelta(hours=3, minutes=20)


def entries_of(body: bytes) -> list[icalendar.Event]:
    return [item for item in icalendar.Calendar.from_ical(body).walk("VEVENT") if isinstance(item, icalendar.Event)]


def test_a_calendar_program_reads_the_plan_at_a_secret_address_without_signing_in(
    station: Station, app: Flask, client: PageClient
) -> None:
    plan_one(station)
    address = make_address(client)
    stranger = app.test_client()
    answer = stranger.get(address)
    assert answer.content_type == "text/calendar; charset=utf-8"
    (entry,) = entries_of(answer.data)
    assert entry["summary"] == "Thành phố chung tay cải cách thủ tục hành chính: số 77/2026"
    assert entry.start == NOW + timedelta(hours=3) and "Kỳ; Bản Mới" in entry["description"]
    with station.readers.begin() as session:
        feed = session.scalars(select(CalendarFeed)).one()
        assert feed.token_sha256 not in address and address.endswith(f"{feed.hint}.ics")
        trail = session.scalars(select(AuditEntry).where(AuditEntry.kind == "calendar_feed")).one()
        assert address.removeprefix("/calendar/").removesuffix(".ics") not in f"{trail.label}{trail.after}"
    assert address not in client.get("/documents/").get_data(as_text=True), "told once"


def test_an_unchanged_plan_is_not_sent_again_and_a_moved_broadcast_keeps_its_name(
    station: Station, app: Flask, client: PageClient
) -> None:
    plan_one(station)
    address, stranger = make_address(client), app.test_client()
    first = stranger.get(address)
    clock = station.clock
    assert isinstance(clock, SteppingClock)
    clock.step(timedelta(minutes=5))
    assert stranger.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with station.sessions.begin() as session:
        broadcast = session.scalars(select(Broadcast).where(Broadcast.starts_at > NOW)).one()
        broadcast.starts_at += timedelta(hours=1)
        broadcast.ends_at += timedelta(hours=1)
    second = stranger.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert entries_of(first.data)[0]["uid"] == entries_of(second.data)[0]["uid"]


def test_an_address_ends_when_it_is_taken_back_or_its_person_may_not_come_in(
    station: Station, app: Flask, client: PageClient
) -> None:
    stranger = app.test_client()
    taken, kept = make_address(client), make_address(client)
    with station.readers.begin() as session:
        first = session.scalars(select(CalendarFeed).order_by(CalendarFeed.id)).first()
        assert first is not None
    other = client_for(app, role=Role.EDITOR)
    assert other.post(f"/documents/calendars/{first.id}/revoke").status_code == 404, "another person's"
    assert stranger.get(taken).status_code == 200
    assert client.post(f"/documents/calendars/{first.id}/revoke").status_code == 303
    assert stranger.get(taken).status_code == 404 and stranger.get(kept).status_code == 200
    with station.sessions.begin() as session:
        session.scalars(select(User).where(User.login == "viewer")).one().active = False
    assert stranger.get(kept).status_code == 404
    assert stranger.get("/calendar/x.ics").status_code == stranger.get(f"/calendar/{'x' * 500}.ics").status_code == 404


def test_a_calendar_shows_what_its_person_may_see_now(station: Station, app: Flask) -> None:
    plan_one(station, name="Chiềng Mới")
    plan_one(station, name="Chiềng Khác", number=78)
    with station.readers.begin() as session:
        own = session.scalars(select(Area.id).where(Area.name == "Chiềng Mới")).one()
    address = make_address(client_for(app, role=Role.VIEWER, area=own))
    told = [entry["description"] for entry in entries_of(app.test_client().get(address).data)]
    assert len(told) == 1 and "Chiềng Mới" in told[0]


def test_a_calendar_without_a_name_is_refused_and_one_person_has_no_more_than_twenty(client: PageClient) -> None:
    assert client.post("/documents/calendars", data={"name": ""}).status_code == 422
    for _ in range(20):
        make_address(client)
    assert client.post("/documents/calendars", data={"name": "một nữa"}).status_code == 422


DAYS_WITHOUT_A_NEIGHBOUR = ["0001-01-01", "9999-12-31", "01/01/0001", "31/12/9999"]


@pytest.mark.parametrize("day", DAYS_WITHOUT_A_NEIGHBOUR)
@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/documents/report.docx", ("first", "last", "signed_on")),
        ("/documents/report.pdf", ("first", "last")),
        ("/documents/counts.xlsx", ("first", "last")),
        ("/documents/log.pdf", ("log_first", "log_last")),
        ("/documents/log.xlsx", ("log_first", "log_last")),
        ("/documents/week.pdf", ("day",)),
    ],
)
def test_a_year_that_nobody_means_leads_back_to_the_page_that_says_so(
    client: PageClient, path: str, names: tuple[str, ...], day: str
) -> None:
    for name in names:
        answer = client.get(path, query_string={name: day})
        assert answer.status_code == 303, name
        page = client.get(answer.headers["Location"])
        assert page.status_code == 200 and "Ngày phải có thật" in page.get_data(as_text=True), name
