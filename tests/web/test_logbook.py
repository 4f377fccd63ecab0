"""The pages of the log: what they show, to whom, and that a correction is a new line written once."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from scheduler.domain.people import Granted, Role
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.models import Area, AsRunEntry
from scheduler.services import as_run, log_export, people
from scheduler.station import Station
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import WELL, PageClient, an_entry, client_for, fill_morning, make_editions, make_station
from web.app import create_app

SHOWN = "Đăng ký khai sinh cho trẻ em tại xã"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_morning)
    yield station
    station.engine.dispose()


class Pages:
    """The station's pages as somebody sees them."""

    def __init__(self, station: Station) -> None:
        self.app = create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0))
        self.station = station

    def of(self, role: Role = Role.OPERATOR, area: int | None = None) -> PageClient:
        return client_for(self.app, role=role, area=area)


@pytest.fixture
def pages(station: Station) -> Pages:
    return Pages(station)


def text(answer: TestResponse) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def entry_of(station: Station, code: str = "HUM", language: str = "vi") -> AsRunEntry:
    with station.readers.begin() as session:
        found = session.scalars(
            select(AsRunEntry)
            .where(AsRunEntry.zone_code == code, AsRunEntry.language == language)
            .order_by(AsRunEntry.attempt.desc())
        ).first()
    assert found is not None
    return found


def path_of(entry: AsRunEntry, action: str = "") -> str:
    return f"/log/{entry.airing_id}/{entry.zone_id}{action}"


def areas(station: Station) -> dict[str, int]:
    with station.readers.begin() as session:
        return {area.name: area.id for area in session.scalars(select(Area))}


def another_commune(station: Station) -> int:
    """A zone in a commune of its own, with a line in the log."""
    with station.sessions.begin() as session:
        commune = make_area(session, name="Hua La", kind="commune")
        zone = make_zone(session, code="HUALA", name="Bản Mòng", area=commune)
        broadcast = make_broadcast(
            session, editions=make_editions(session, number=8), zones=(zone,), starts_in=timedelta(hours=-2)
        )
        entries = [
            an_entry(airing, zone, at=broadcast.starts_at, kind=EntryKind.SOUNDED) for airing in broadcast.airings
        ]
        as_run.record(session, entries, now=NOW, zone=station.settings.time_zone)
        return commune.id


# --- lines --------------------------------------------------------------------------------------------------------
def test_the_day_is_shown_with_what_was_planned_and_what_happened(pages: Pages) -> None:
    page = text(pages.of().get("/log/"))
    assert "Ngày 24/11/2026" in page and "5 dòng khớp bộ lọc." in page
    assert page.count(f'<span class="quiet">{SHOWN}</span>') == 5
    assert "04:00:00" in page and "540 / 540" in page and "0 / 540" in page
    assert "đường truyền hoặc thiết bị lỗi" in page and "thiết bị báo phát xong" in page and "playout.a" in page


def test_planned_deliveries_without_a_result_are_shown_as_such(pages: Pages) -> None:
    page = text(pages.of().get("/log/"))
    assert "Có trong kế hoạch, chưa có kết quả" in page and "chưa đến giờ" in page
    # Number 2 began at 04:50 for 540 s; by 05:00 its first edition is over where nothing has told yet.
    assert "đã qua giờ, chưa có báo cáo" in page
    waiting = text(pages.of().get("/log/?ending=waiting"))
    assert waiting.count("chưa đến giờ") == 5 and waiting.count("đang trong giờ phát") == 2
    assert "Có trong kế hoạch, chưa có kết quả" not in text(pages.of().get("/log/?ending=missed"))


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("place=hum", 2), ("place=ban+tong", 2), ("place=không+có", 0), ("language=vi", 3), ("ending=missed", 2),
        ("ending=sounded", 3), ("reason=carrier_failed", 2), ("reason=stopped", 0), ("sort=exercise", 0),
        ("sort=ordinary", 5), ("first=23/11/2026&last=24/11/2026", 5), ("first=2026-11-25", 0), ("series=1", 5),
        ("ending=corrected", 0), ("last=24/11/2026", 5),
    ],
)  # fmt: skip
def test_filters_in_the_address_limit_what_is_shown(pages: Pages, asked: str, number: int) -> None:
    answer = pages.of().get(f"/log/?{asked}")
    assert answer.status_code == 200
    assert text(answer).count("Xem<span") == number
    assert ("Không có dòng nhật ký nào khớp" in text(answer)) == (number == 0)


def test_areas_are_filtered_by_commune(station: Station, pages: Pages) -> None:
    there = another_commune(station)
    assert text(pages.of().get("/log/")).count("Xem<span") == 7
    assert text(pages.of().get(f"/log/?area={there}")).count("Xem<span") == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("first=abc", "Ngày phải có thật và viết như 24/11/2026."),
        ("first=2020-01-01&last=2026-12-31", "nhiều nhất 731 ngày"),
        ("first=2026-11-24&last=2026-11-01", "01/11/2026"),
        ("ending=nothing", "Hãy chọn một mục có trong danh sách."),
        ("airing=1234", "Có ô chưa đúng"),
    ],
)
def test_a_filter_that_cannot_be_read_is_told_and_nothing_else_is_shown(pages: Pages, asked: str, said: str) -> None:
    answer = pages.of().get(f"/log/?{asked}")
    assert answer.status_code == 422 and "Xem<span" not in text(answer)
    assert said in text(answer)


def test_words_in_an_address_do_not_break_the_page(pages: Pages) -> None:
    for asked in ("endpoint=x&_external=1&_anchor=y", "page=0", "page=-3", "page=99999999", "page=x", "place=%00"):
        assert pages.of().get(f"/log/?{asked}").status_code in {200, 422}


def test_a_page_holds_a_hundred_lines(station: Station, pages: Pages) -> None:
    with station.sessions.begin() as session:
        commune = make_area(session, name="Đông", kind="commune")
        zones = tuple(make_zone(session, code=f"D{n:03}", name=f"Bản {n}", area=commune) for n in range(120))
        broadcast = make_broadcast(session, editions=make_editions(session, number=9)[:1], zones=zones)
        entries = [an_entry(broadcast.airings[0], zone, at=NOW, kind=EntryKind.SOUNDED) for zone in zones]
        as_run.record(session, entries, now=NOW, zone=station.settings.time_zone)
    first, second = (text(pages.of().get(f"/log/?page={n}")) for n in (1, 2))
    assert "125 dòng khớp bộ lọc." in first and "Trang 1 / 2" in first
    assert (first.count("Xem<span"), second.count("Xem<span")) == (100, 25)


# --- scope --------------------------------------------------------------------------------------------------------
def test_a_person_sees_the_lines_of_their_areas_only(station: Station, pages: Pages) -> None:
    there, entry = another_commune(station), entry_of(station)
    someone = pages.of(Role.VIEWER, area=there)
    page = text(someone.get("/log/"))
    assert "Bản Mòng" in page and "Bản Hụm" not in page and "2 dòng khớp" in page
    assert "Chiềng Xôm" not in page and SHOWN not in page
    assert "Bản Hụm" not in someone.get("/log/export.csv").get_data(as_text=True)
    assert someone.get(path_of(entry)).status_code == 404
    assert someone.get(path_of(entry_of(station, "HUALA"))).status_code == 200
    assert text(someone.get("/log/airings")).count("Xem từng vùng") == 2


def test_only_who_may_correct_there_is_let_to_the_form(station: Station, pages: Pages) -> None:
    there, entry = another_commune(station), entry_of(station)
    assert pages.of(Role.VIEWER).get(path_of(entry, "/correct")).status_code == 403
    assert '/correct"' not in text(pages.of(Role.VIEWER).get(path_of(entry)))
    elsewhere = pages.of(Role.OPERATOR, area=there)
    assert elsewhere.get(path_of(entry, "/correct")).status_code == 404
    assert correct(elsewhere, entry).status_code == 404
    assert elsewhere.get(path_of(entry_of(station, "HUALA"), "/correct")).status_code == 200
    assert '/correct"' in text(pages.of(Role.OPERATOR).get(path_of(entry)))
    assert entry_of(station).attempt == 1


def test_seeing_everything_is_not_correcting_everything(station: Station, pages: Pages) -> None:
    there, entry = another_commune(station), entry_of(station)
    pages.of(Role.ADMIN)
    with station.sessions.begin() as session:
        grants = [Granted(role=Role.VIEWER), Granted(role=Role.OPERATOR, area_id=there)]
        people.create_user(session, login="inh", name="Quàng Thị Inh", grants=grants, now=NOW)
    someone = client_for(pages.app, login="inh")
    page = text(someone.get(path_of(entry)))
    assert "Bản Hụm" in page and '/correct"' not in page
    assert someone.get(path_of(entry, "/correct")).status_code == 404
    assert correct(someone, entry).status_code == 404 and entry_of(station).attempt == 1
    own = entry_of(station, "HUALA")
    assert '/correct"' in text(someone.get(path_of(own)))
    assert correct(someone, own, how="none", reason="stopped").status_code == 303
    assert entry_of(station, "HUALA").recorded_by == "Quàng Thị Inh"


# --- one delivery and its correction ------------------------------------------------------------------------------
def correct(client: PageClient, entry: AsRunEntry, **changes: str) -> TestResponse:
    asked = {"how": "full", "note": "Trưởng bản nghe trọn vẹn", "reason": "", "after": "1", **changes}
    return client.post(path_of(entry, "/correct"), data=asked)


def test_a_delivery_shows_all_its_evidence(station: Station, pages: Pages) -> None:
    entry = entry_of(station, "TONG")
    page = text(pages.of().get(path_of(entry)))
    for fact in ("Bản Tông", "TONG", "Chiềng Xôm", entry.recording_sha256, entry.master_sha256, str(entry.airing_id)):
        assert fact in page
    assert "540 trên 540 giây" in page and "thiết bị báo phát xong" in page and "04:09:00" in page


def test_a_correction_is_a_new_entry_with_a_reason_and_a_name(station: Station, pages: Pages) -> None:
    entry = entry_of(station)
    answer = correct(pages.of(), entry)
    assert answer.status_code == 303 and answer.location.endswith(path_of(entry))
    after = entry_of(station)
    assert (after.attempt, after.kind, after.seconds_sounded, after.reason) == (2, EntryKind.CORRECTION, 540, None)
    assert (after.recorded_by, after.note, after.evidence) == (
        "Người operator", "Trưởng bản nghe trọn vẹn", Evidence.CONFIRMED,
    )  # fmt: skip
    page = text(pages.of().get(path_of(entry)))
    assert "Đã ghi đính chính" not in page and "Đính chính lần 1" in page and "không phát" in page
    log = text(pages.of().get("/log/?place=hum&language=vi"))
    assert (
        "Đính chính lần 1" in log
        and "Người operator" in log
        and log.index("không phát") < log.index("Đính chính lần 1")
    )


def test_a_part_is_told_in_minutes_and_seconds_with_a_reason(station: Station, pages: Pages) -> None:
    answer = correct(pages.of(), entry_of(station), how="part", seconds_sounded="06:30", reason="stopped")
    assert answer.status_code == 303
    after = entry_of(station)
    assert (after.seconds_sounded, after.reason) == (390, Reason.STOPPED)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"note": "  "}, "Hãy ghi căn cứ"),
        ({"how": ""}, "Hãy chọn kết quả thực tế"),
        ({"how": "part", "reason": "stopped"}, "Hãy ghi phát được bao lâu"),
        ({"how": "part", "reason": "stopped", "seconds_sounded": "abc"}, "abc"),
        ({"how": "part", "reason": "stopped", "seconds_sounded": "09:01"}, "541"),
        ({"how": "part", "seconds_sounded": "06:30"}, "Hãy chọn lý do"),
        ({"how": "none"}, "Hãy chọn lý do"),
        ({"after": ""}, ""),
    ],
)
def test_what_is_missing_in_a_correction_is_told_and_nothing_is_written(
    station: Station, pages: Pages, changes: dict[str, str], said: str
) -> None:
    answer = correct(pages.of(), entry_of(station), **changes)
    assert answer.status_code == 422 and said in text(answer)
    assert entry_of(station).attempt == 1


def test_a_form_sent_twice_corrects_once(station: Station, pages: Pages) -> None:
    client, entry = pages.of(), entry_of(station)
    assert [correct(client, entry).status_code for _ in range(2)] == [303, 303]
    assert entry_of(station).attempt == 2
    assert correct(client, entry, after="2", how="none", reason="stopped").status_code == 303
    assert entry_of(station).attempt == 3


def test_what_somebody_else_wrote_meanwhile_is_not_overruled_unseen(station: Station, pages: Pages) -> None:
    entry = entry_of(station)
    assert correct(pages.of(Role.ADMIN), entry, how="none", reason="stopped").status_code == 303
    answer = correct(pages.of(), entry)
    assert answer.status_code == 422 and "Người admin vừa đính chính" in text(answer)
    assert entry_of(station).recorded_by == "Người admin"


def test_a_state_is_never_changed_by_looking(station: Station, pages: Pages) -> None:
    entry, client = entry_of(station), pages.of()
    for path in (
        "/log/",
        "/log/airings",
        "/log/export.csv",
        "/log/export.xlsx",
        path_of(entry),
        path_of(entry, "/correct"),
    ):
        with client.get(path) as answer:
            assert answer.status_code == 200
    with station.readers.begin() as session:
        assert session.scalar(select(func.count()).select_from(AsRunEntry)) == 5


def test_an_unknown_delivery_is_not_found(pages: Pages) -> None:
    assert pages.of().get(f"/log/{UUID(int=5)}/1").status_code == 404
    assert pages.of().get("/log/not-a-uuid/1").status_code == 404


# --- airings ------------------------------------------------------------------------------------------------------
def test_airings_are_listed_once_with_their_zones(pages: Pages) -> None:
    page = text(pages.of().get("/log/airings"))
    assert "<strong>2 lần phát</strong>" in page and page.count("được tính</span>") == 2
    assert "<strong>1 lần phát</strong>" in text(pages.of().get("/log/airings?language=blt"))
    assert "<strong>0 lần phát</strong>" in text(pages.of().get("/log/airings?counted=0"))
    assert pages.of().get("/log/airings?first=x").status_code == 422
    assert pages.of().get("/log/airings?series=cchc").status_code == 200


def test_an_airing_leads_to_its_lines(station: Station, pages: Pages) -> None:
    airing = entry_of(station).airing_id
    assert f"airing={airing}" in text(pages.of().get("/log/airings"))
    page = text(pages.of().get(f"/log/?first=2026-11-24&airing={airing}"))
    assert page.count("Xem<span") == 3 and "Chỉ các vùng của một lần phát" in page


# --- files --------------------------------------------------------------------------------------------------------
def rows_of_csv(answer: TestResponse) -> list[list[str]]:
    told = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(told, newline=""), delimiter=";"))


def test_files_hold_what_the_page_shows(pages: Pages) -> None:
    client = pages.of()
    asked = "place=hum&ending=missed"
    as_csv, as_xlsx = client.get(f"/log/export.csv?{asked}"), client.get(f"/log/export.xlsx?{asked}")
    assert as_csv.headers["Content-Disposition"] == 'attachment; filename="nhat-ky-20261124-20261124.csv"'
    assert as_csv.content_type == "text/csv; charset=utf-8" and as_csv.get_data().startswith(b"\xef\xbb\xbf")
    rows = rows_of_csv(as_csv)
    assert ["Vùng phát: hum"] in rows and ["Kết quả: không phát (kể cả lỗi)"] in rows
    assert ["Người xuất: Người operator, lúc 05:00 24/11/2026"] in rows
    lines = [row for row in rows if row[0] == "24/11/2026"]
    assert len(lines) == 2 and {row[4] for row in lines} == {"HUM"}
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx.get_data())).active
    assert sheet is not None and as_xlsx.headers["Content-Disposition"].endswith("nhat-ky-20261124-20261124.xlsx")
    assert [row[4] for row in sheet.iter_rows(values_only=True) if row[4] == "HUM"] == ["HUM"] * 2
    assert sheet.max_row == len(rows)


def test_the_page_offers_the_file_of_its_own_filter(pages: Pages) -> None:
    page = pages.of().get("/log/?place=hum&ending=missed&page=1").get_data(as_text=True)
    for form in ("csv", "xlsx"):
        assert f'/log/export.{form}?place=hum&amp;ending=missed"' in page


def test_a_file_of_a_wrong_filter_leads_back_to_the_page(pages: Pages) -> None:
    for form in ("csv", "xlsx"):
        answer = pages.of().get(f"/log/export.{form}?first=abc&place=hum")
        assert answer.status_code == 303 and answer.location.endswith("/log/?first=abc&place=hum")
        assert pages.of().get(f"/log/export.{form}?first=01/01/2020&last=31/12/2026").status_code == 409


def test_a_workbook_that_would_be_too_big_is_refused_in_words(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_export, "MOST_XLSX_LINES", 3)
    answer = pages.of().get("/log/export.xlsx")
    assert answer.status_code == 409 and "hơn 3 dòng" in text(answer) and "CSV" in text(answer)
    assert pages.of().get("/log/export.csv").status_code == 200
    assert "nhiều nhất 3 dòng" in text(pages.of().get("/log/"))


def test_the_pages_speak_english_to_who_chose_it(station: Station, pages: Pages) -> None:
    client = pages.of()
    client.post("/language", data={"language": "en"})
    with station.sessions.begin() as session:
        from scheduler.models import User

        for user in session.scalars(select(User)):
            user.language = "en"
    page = text(client.get("/log/"))
    assert "As-run log" in page and "5 lines fit the filter." in page and "carrier failed" in page
    assert "Day;Planned;Started" in client.get("/log/export.csv").get_data(as_text=True)
    assert date(2026, 11, 24).strftime("%d/%m/%Y") in page
