"""The page of what waits for a person's word: lines ticked in bulk, a workbook looked at before it is written."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from scheduler.domain.confirmation import COLUMNS, CONFIRMATIONS
from scheduler.domain.people import Role
from scheduler.domain.playout import Evidence, Reason
from scheduler.models import AsRunEntry, AuditEntry, CountingRule, PeriodClose, Zone
from scheduler.services import counting
from scheduler.services.workbook import read_workbook, write_sheets
from scheduler.station import Station
from tests.fakes import SteppingClock
from tests.web.station import WELL, PageClient, client_for, fill_morning, make_station
from web.app import create_app

SAID = {"how": "full", "reason": "", "told_by": "ông Lò Văn Bun", "phone": "0912 345 678", "note": "nghe ở nhà văn hóa"}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_morning)
    assert isinstance(station.clock, SteppingClock)
    station.clock.advance(timedelta(minutes=30))
    yield station
    station.engine.dispose()


@pytest.fixture
def client(station: Station) -> PageClient:
    return visitor(station)


def visitor(station: Station, **who: object) -> PageClient:
    app = create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0))
    return client_for(app, **{"role": Role.OPERATOR, **who})  # type: ignore[arg-type]


def text(answer: TestResponse) -> str:
    told = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", told)).split())


def lines(answer: TestResponse) -> list[str]:
    return re.findall(r'name="line" value="([^"]+)"', answer.get_data(as_text=True))


def logged(station: Station) -> list[AsRunEntry]:
    with station.readers.begin() as session:
        return list(session.scalars(select(AsRunEntry).order_by(AsRunEntry.id)))


def test_ticked_lines_are_confirmed_with_source_and_phone(station: Station, client: PageClient) -> None:
    page = client.get("/log/confirm")
    ticked, before = lines(page), len(logged(station))
    assert len(ticked) == 5 and "Chưa có báo cáo: 5" in text(page) and "Đã phát, chưa ai xác nhận: 3" in text(page)
    answer = client.post("/log/confirm", data={**SAID, "line": ticked[:2]}, follow_redirects=True)
    assert "Đã ghi xác nhận cho 2 dòng." in text(answer) and len(lines(answer)) == 3
    for entry in logged(station)[before:]:
        assert (entry.evidence, entry.source, entry.recorded_by) == (Evidence.CONFIRMED, "manual", "Người operator")
        assert entry.note == "người báo: ông Lò Văn Bun; điện thoại: 0912 345 678; nghe ở nhà văn hóa"


def test_all_lines_of_the_filter_are_confirmed_without_a_tick(station: Station, client: PageClient) -> None:
    address = "/log/confirm?place=TO1&waits=report"
    assert len(lines(client.get(address))) == 1
    said = {**SAID, "how": "part", "seconds_sounded": "03:00", "reason": "power_cut", "all": "y"}
    assert "Đã ghi xác nhận cho 1 dòng." in text(client.post(address, data=said, follow_redirects=True))
    last = logged(station)[-1]
    assert (last.zone_code, last.seconds_sounded, last.reason) == ("TO1", 180.0, Reason.POWER_CUT)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"told_by": ""}, "Hãy ghi ai cho biết."),
        ({"phone": "Zalo"}, "Mục “số điện thoại” không hợp lệ: “Zalo”"),
        ({"how": "none"}, "Hãy chọn lý do không phát đủ."),
        ({"how": "part", "reason": "power_cut"}, "Hãy ghi phát được bao lâu"),
        ({"how": ""}, "Hãy chọn kết quả thực tế."),
        ({"line": []}, "Chưa chọn dòng nào"),
        ({"line": ["x", "1_2_3"]}, "Chưa chọn dòng nào"),
    ],
)
def test_what_lacks_is_told_and_nothing_is_written(
    station: Station, client: PageClient, said: dict[str, object], told: str
) -> None:
    before = len(logged(station))
    answer = client.post("/log/confirm", data={**SAID, "line": lines(client.get("/log/confirm")), **said})
    assert answer.status_code == 422 and told in text(answer)
    assert len(logged(station)) == before


def test_what_is_outside_of_ones_area_is_neither_shown_nor_written(station: Station, client: PageClient) -> None:
    ticked = lines(client.get("/log/confirm"))
    with station.sessions.begin() as session:
        commune = session.scalars(select(Zone.area_id)).first()
        from tests.factories import make_area

        other = make_area(session, name="Hua La", kind="commune").id
    assert commune is not None
    foreign = visitor(station, area=other)
    assert lines(foreign.get("/log/confirm")) == []
    assert foreign.post("/log/confirm", data={**SAID, "line": ticked}).status_code == 422
    assert visitor(station, role=Role.VIEWER).get("/log/confirm").status_code == 403


def test_a_workbook_is_looked_at_and_then_written(station: Station, client: PageClient, tmp_path: Path) -> None:
    path = tmp_path / "tai-ve.xlsx"
    path.write_bytes(client.get("/log/confirm.xlsx?waits=report").data)
    rows = [list(row) for row in read_workbook(path)[CONFIRMATIONS][1:]]
    assert len(rows) == 5
    for row in rows[:3]:
        row[COLUMNS.index("kết quả")], row[COLUMNS.index("người báo")] = "đủ", "chị Hoa"
    before = len(logged(station))
    rows[3][COLUMNS.index("kết quả")] = "mưa"
    wrong = send(client, rows)
    assert wrong.status_code == 422 and "“mưa” không phải là kết quả" in text(wrong) and "Còn trống" not in text(wrong)
    rows[3][COLUMNS.index("kết quả")] = None
    seen = send(client, rows)
    assert "Ghi xác nhận mới 3" in text(seen) and "Để trống kết quả, bỏ qua 2" in text(seen)
    assert len(logged(station)) == before
    held = dict(re.findall(r'name="(sha256|name)"[^>]*value="([^"]*)"', seen.get_data(as_text=True)))
    answer = client.post("/log/confirm/import/take", data=held, follow_redirects=True)
    assert "Đã ghi xác nhận cho 3 dòng." in text(answer)
    assert {entry.note for entry in logged(station)[before:]} == {"người báo: chị Hoa"}
    assert client.post("/log/confirm/import/take", data=held).status_code == 422  # it is gone


def send(client: PageClient, rows: list[list[object]]) -> TestResponse:
    file = io.BytesIO()
    write_sheets(file, {CONFIRMATIONS: (COLUMNS, rows)})  # type: ignore[dict-item]
    file.seek(0)
    return client.post("/log/confirm/import", data={"file": (file, "xác nhận.xlsx")})


def test_a_rule_is_tried_on_a_year_and_then_adopted(station: Station) -> None:
    client = visitor(station, role=Role.APPROVER)
    assert "Số 1, mọi ngày" in text(client.get("/counts/rule"))
    address = "/counts/rule?share=95&evidence=confirmed&valid_from=24/11/2026&year=2026"
    page = text(client.get(address))
    assert "Lần phát được tính 2 0 −2" in page and "0 lần phát sẽ được tính thêm, 2 lần phát sẽ không còn" in page
    with station.readers.begin() as session:
        assert session.scalars(select(CountingRule)).all() == []
    assert client.post(address, data={"note": "công văn 12"}).status_code == 422  # not ticked
    page = text(client.post(address, data={"note": "công văn 12", "sure": "y"}, follow_redirects=True))
    assert "Đã áp dụng quy tắc đếm số 2" in page and "Số 2, từ 24/11/2026" in page and "công văn 12" in page
    with station.readers.begin() as session:
        year = counting.count(session, first=station_day(station, 1), last=station_day(station, 12))
        assert (year.broadcast_total, len(year.rule_days)) == (0, 2)
        assert "counting_rule" in set(session.scalars(select(AuditEntry.kind)))
    assert "Kỳ này có nhiều quy tắc" in text(client.get("/counts/"))


def station_day(station: Station, month: int):  # type: ignore[no-untyped-def]
    return station.clock.now().date().replace(month=month, day=28 if month > 1 else 1)


@pytest.mark.parametrize("asked", ["share=0", "share=x", "share=101", "evidence=x", "valid_from=31/02/2026", "year=1"])
def test_half_a_rule_is_told(station: Station, asked: str) -> None:
    name, _, value = asked.partition("=")
    given = {"share": "90", "evidence": "heard", "year": "2026", name: value}
    assert visitor(station, role=Role.ADMIN).get("/counts/rule", query_string=given).status_code == 422


def test_who_may_not_close_books_tries_but_does_not_adopt(station: Station) -> None:
    client = visitor(station)
    address = "/counts/rule?share=95&evidence=heard&year=2026"
    assert "mới áp dụng được quy tắc" in text(client.get(address))
    assert client.post(address, data={"note": "x", "sure": "y"}).status_code == 403


def test_closed_books_are_told_before_anybody_adopts(station: Station) -> None:
    day = station.clock.now().date()
    with station.sessions.begin() as session:
        closed = {"closed_at": station.clock.now(), "closed_by": "Án", "count": {}, "sentence": "", "last_entry": 0}
        session.add(PeriodClose(first=day, last=day, **closed))
    client = visitor(station, role=Role.APPROVER)
    address = f"/counts/rule?share=95&evidence=confirmed&valid_from={day:%d/%m/%Y}&year=2026"
    page = client.get(address)
    assert page.status_code == 200 and "Sổ đã chốt đến hết ngày" in text(page) and "Tôi đã xem" not in text(page)
    assert client.post(address, data={"note": "x", "sure": "y"}).status_code == 422
    with station.readers.begin() as session:
        assert session.scalars(select(CountingRule)).all() == []
