"""The pages of a day's books and of closed ones: what they show, to whom, and that two persons are two."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from scheduler.domain.people import Role
from scheduler.domain.playout import Reason
from scheduler.models import AsRunEntry, AuditEntry, CorrectionRequest, PeriodClose
from scheduler.services import closed_books
from scheduler.station import Station
from tests.services.books_station import DAY, LATER, Books
from tests.web.station import WELL, PageClient, client_for, make_station
from web.app import create_app

PATH = "/log/reconcile?day=24/11/2026"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, now=LATER)
    with station.sessions.begin() as session:
        Books(session).one_of_each()
    yield station
    station.engine.dispose()


class Pages:
    """The station's pages as somebody sees them."""

    def __init__(self, station: Station) -> None:
        self.app = create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0))
        self.station = station

    def of(self, role: Role = Role.OPERATOR, **others: object) -> PageClient:
        return client_for(self.app, role=role, **others)  # type: ignore[arg-type]

    def entries(self) -> list[AsRunEntry]:
        with self.station.readers.begin() as session:
            return list(session.scalars(select(AsRunEntry).order_by(AsRunEntry.id)))

    def answer_all(self, client: PageClient | None = None) -> TestResponse:
        form = {"all": "y", "reason": "power_cut", "note": "bản gọi điện"}
        return (client or self.of()).post(PATH, data=form)

    def close(self, client: PageClient | None = None, **others: str) -> TestResponse:
        form = {"first": "24/11/2026", "last": "24/11/2026", "note": "quý IV", "sure": "y", **others}
        return (client or self.of(Role.APPROVER)).post("/log/closes", data=form)

    def requests(self) -> list[CorrectionRequest]:
        with self.station.readers.begin() as session:
            return list(session.scalars(select(CorrectionRequest).order_by(CorrectionRequest.id)))


@pytest.fixture
def pages(station: Station) -> Pages:
    return Pages(station)


def text(answer: TestResponse) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def missed_path(pages: Pages) -> str:
    """The delivery that a power cut took."""
    entry = next(item for item in pages.entries() if item.reason is Reason.POWER_CUT)
    return f"/log/{entry.airing_id}/{entry.zone_id}"


CORRECTION = {"how": "full", "reason": "", "note": "trưởng bản gọi lại: có nghe", "after": "1"}


# --- a day ------------------------------------------------------------------------------------------------------------
def test_a_day_is_shown_by_class_with_its_month(pages: Pages) -> None:
    page = text(pages.of(Role.VIEWER).get(PATH))
    for number, name in (
        (14, "tất cả các dòng"), (2, "phát đủ, đúng giờ"), (2, "phát trễ hoặc thiếu"), (1, "không phát, có lý do"),
        (1, "thiếu lý do"), (7, "phát ngoài kế hoạch"), (1, "chưa có kết quả"),
    ):  # fmt: skip
        assert f"<strong>{number}</strong> {name}</a>" in page
    assert "Cả tháng còn 2 dòng phải trả lời." in page and "Lý do đã ghi: bắt đầu trễ (1); mất điện (1)." in page
    assert page.count('name="line"') == 0 and "Ghi lý do" not in page  # a viewer answers for nothing


def test_without_a_day_it_is_todays_books(pages: Pages) -> None:
    page = text(pages.of().get("/log/reconcile"))
    assert "Ngày 26/11/2026" in page and "Ngày này không có gì trong kế hoạch và trong nhật ký." in page


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("&shown=open", 2),
        ("&shown=never_reported", 1),
        ("&shown=not_planned", 7),
        ("&shown=to_come", 0),
        ("&page=2", 0),
    ],
)
def test_lines_are_listed_by_class(pages: Pages, asked: str, rows: int) -> None:
    page = text(pages.of().get(PATH + asked))
    assert page.count('data-label="Bắt đầu"') == rows


@pytest.mark.parametrize("asked", ["day=31/02/2026", "day=x", "shown=nothing", "day=0001-01-01", "day=9999-12-31"])
def test_odd_addresses_are_told_and_do_no_harm(pages: Pages, asked: str) -> None:
    answer = pages.of().get(f"/log/reconcile?{asked}")
    assert answer.status_code == 422 and 'class="banner bad"' in text(answer)


@pytest.mark.parametrize(
    "asked",
    ["first=x", "first=31/02/2026&last=1", "first=2026-11-25&last=2026-11-24", "first=0001-01-01", "last=9999-12-31"],
)
def test_odd_periods_are_told_and_do_no_harm(pages: Pages, asked: str) -> None:
    approver = pages.of(Role.APPROVER)
    assert approver.get(f"/log/closes?{asked}").status_code in (200, 422)
    form = dict(part.split("=") for part in asked.split("&"))
    assert pages.close(approver, **form).status_code == 422


def test_ticked_lines_get_their_reason_and_the_person_is_named(pages: Pages) -> None:
    operator = pages.of()
    before = len(pages.entries())
    keys = [
        part.split('"')[0] for part in operator.get(PATH).get_data(as_text=True).split('name="line" value="')[1:]
    ]  # fmt: skip
    assert len(keys) == 2
    answer = operator.post(PATH, data={"line": keys[:1], "reason": "equipment_broken", "note": "loa cháy"})
    assert answer.status_code == 303
    page = text(operator.get(answer.location))
    assert "Đã ghi lý do cho 1 dòng." in page and "Cả tháng còn 1 dòng phải trả lời." in page
    written = pages.entries()[before:]
    assert [(item.reason, item.note, item.recorded_by) for item in written] == [
        (Reason.EQUIPMENT_BROKEN, "loa cháy", "Người operator")
    ]


def test_all_lines_of_a_day_are_answered_for_at_once(pages: Pages) -> None:
    operator = pages.of()
    assert pages.answer_all(operator).status_code == 303
    page = text(operator.get(PATH))
    assert "Đã ghi lý do cho 2 dòng." in page and "Ngày này đã đủ kết quả và lý do." in page
    again = text(pages.answer_all(operator))
    assert "Không dòng nào được chọn còn thiếu lý do" in again


def test_an_answer_without_reason_or_source_is_not_taken(pages: Pages) -> None:
    before = len(pages.entries())
    for form, told in (
        ({"all": "y", "note": "x"}, "Hãy chọn lý do."),
        ({"all": "y", "reason": "power_cut"}, "Hãy ghi căn cứ"),
        ({"all": "y", "reason": "no_such", "note": "x"}, "Hãy chọn một mục có trong danh sách."),
        ({"reason": "power_cut", "note": "x"}, "Không dòng nào được chọn"),
        ({"reason": "power_cut", "note": "x", "line": "../../etc_1"}, "Không dòng nào được chọn"),
    ):
        answer = pages.of().post(PATH, data=form)
        assert answer.status_code == 422 and told in text(answer)
    assert len(pages.entries()) == before


def test_nobody_answers_for_another_commune(pages: Pages, station: Station) -> None:
    with station.readers.begin() as session:
        xom = session.scalars(select(AsRunEntry.area_id).where(AsRunEntry.area_name == "Chiềng Xôm").limit(1)).one()
    here = pages.of(area=xom)
    shown = pages.of().get(PATH).get_data(as_text=True)  # what somebody else could tick
    keys = [part.split('"')[0] for part in shown.split('name="line" value="')[1:]]
    page = text(here.get(PATH))
    assert "Bản Mòng" not in page and "Cả tháng" not in page
    assert pages.answer_all(here).status_code == 422
    form = {"line": keys, "reason": "power_cut", "note": "đoán"}
    assert len(keys) == 2 and here.post(PATH, data=form).status_code == 422
    assert all(item.recorded_by == "may-1" for item in pages.entries())


# --- closing ----------------------------------------------------------------------------------------------------------
def test_a_period_with_open_lines_says_where_and_is_not_closed(pages: Pages) -> None:
    approver = pages.of(Role.APPROVER)
    page = text(approver.get("/log/closes?first=24/11/2026&last=25/11/2026"))
    assert "Còn 2 dòng thiếu lý do hoặc chưa có kết quả, ở các ngày:" in page and "24/11/2026 (2)" in page
    assert "Chốt sổ kỳ này" not in page
    answer = pages.close(approver)
    assert answer.status_code == 422 and "Chưa chốt được: còn 2 dòng" in text(answer)


def test_a_closed_period_is_shown_as_it_was_and_can_be_printed(pages: Pages, station: Station) -> None:
    pages.answer_all()
    approver = pages.of(Role.APPROVER)
    page = text(approver.get("/log/closes?first=24/11/2026&last=24/11/2026"))
    assert "Chốt sổ kỳ này" in page
    assert pages.close(approver, sure="").status_code == 422
    answer = pages.close(approver)
    assert answer.status_code == 303
    page = text(approver.get(answer.location))
    assert "Bản chốt sổ số 1" in page and "In bản chốt sổ" in page and "Người approver" in page and "quý IV" in page
    with station.readers.begin() as session:
        closed = session.scalars(select(PeriodClose)).one()
        told = session.scalars(select(AuditEntry).where(AuditEntry.kind == "period_close")).one()
    assert closed.sentence in page and "số liệu vẫn như lúc chốt" in page
    assert (closed.user_id is not None, told.who, told.label) == (True, "Người approver", "24/11/2026 – 24/11/2026")
    assert "Sổ ngày này đã chốt" in text(approver.get(PATH)) and 'class="lock"' in text(approver.get(PATH))
    assert "đã được Người approver chốt" in text(pages.close(approver))
    assert approver.get("/log/closes/99").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.OPERATOR])
def test_who_may_not_close_cannot(pages: Pages, role: Role) -> None:
    pages.answer_all()
    assert pages.close(pages.of(role)).status_code == 403
    assert "Chốt sổ kỳ này" not in text(pages.of(role).get("/log/closes?first=24/11/2026&last=24/11/2026"))


def test_an_approver_of_one_commune_does_not_close_the_station(pages: Pages, station: Station) -> None:
    pages.answer_all()
    with station.readers.begin() as session:
        xom = session.scalars(select(AsRunEntry.area_id).limit(1)).first()
    assert pages.close(pages.of(Role.APPROVER, area=xom)).status_code == 403


# --- two persons ------------------------------------------------------------------------------------------------------
def test_a_correction_of_closed_books_is_a_request_until_another_agrees(pages: Pages) -> None:
    pages.answer_all()
    pages.close()
    operator, approver, path = pages.of(), pages.of(Role.APPROVER), missed_path(pages)
    before = len(pages.entries())
    assert "Gửi đề nghị" in text(operator.get(f"{path}/correct"))
    assert operator.post(f"{path}/correct", data=CORRECTION).status_code == 303
    assert len(pages.entries()) == before
    page = text(operator.get(path))
    assert "Người operator đã đề nghị đính chính dòng này (540 giây: trưởng bản gọi lại: có nghe)" in page
    page = text(operator.get("/log/requests"))
    assert "Bạn đã đề nghị nên cần một người khác đồng ý." in page and "Đồng ý ghi" not in page
    assert operator.post("/log/requests/1/agree").status_code == 403
    assert "Đồng ý ghi" in text(approver.get("/log/requests"))
    assert approver.post("/log/requests/1/agree").status_code == 303
    page = text(approver.get("/log/requests"))
    assert "Đã ghi đính chính vào nhật ký, với tên của hai người." in page and "đã ghi vào nhật ký" in page
    written = pages.entries()[before:]
    assert [(item.recorded_by, item.countersigned_by) for item in written] == [("Người operator", "Người approver")]
    for shown in (path, "/log/?first=24/11/2026", PATH, "/log/closes/1"):
        page = text(approver.get(shown))
        assert "Người operator" in page and "cùng Người approver" in page, shown
    assert "ghi sau khi chốt sổ" in text(approver.get(path))


def test_who_may_do_both_does_not_do_both(pages: Pages) -> None:
    pages.answer_all()
    pages.close()
    boss, path, before = pages.of(Role.ADMIN), missed_path(pages), len(pages.entries())
    boss.post(f"{path}/correct", data=CORRECTION)
    assert "Đồng ý ghi" not in text(boss.get("/log/requests"))
    boss.post("/log/requests/1/agree")
    assert "nên không tự đồng ý được" in text(boss.get("/log/requests"))
    assert len(pages.entries()) == before
    boss.post("/log/requests/1/withdraw")
    assert pages.requests()[0].accepted is False and "đã rút" in text(boss.get("/log/requests"))


def test_a_refusal_says_why_and_another_cannot_withdraw(pages: Pages) -> None:
    pages.answer_all()
    pages.close()
    operator, approver = pages.of(), pages.of(Role.APPROVER)
    operator.post(f"{missed_path(pages)}/correct", data=CORRECTION)
    pages.of(login="khac").post("/log/requests/1/withdraw")
    assert pages.requests()[0].decided_at is None
    approver.post("/log/requests/1/refuse", data={"note": " "})
    assert pages.requests()[0].decided_at is None and "Cần ghi lý do" in text(approver.get("/log/requests"))
    approver.post("/log/requests/1/refuse", data={"note": "không có căn cứ"})
    page = text(approver.get("/log/requests"))
    assert "không có căn cứ" in page and pages.requests()[0].accepted is False


def test_reasons_for_closed_days_are_asked_for_too(pages: Pages, station: Station) -> None:
    pages.answer_all()
    pages.close()
    with station.sessions.begin() as session:
        entry = session.scalars(select(AsRunEntry).where(AsRunEntry.reason == Reason.POWER_CUT)).first()
        assert entry is not None and closed_books.is_closed(session, DAY)
    page = pages.of().get(PATH + "&shown=open")
    assert 'name="line"' not in text(page)


def test_the_exported_log_names_the_second_person(pages: Pages) -> None:
    pages.answer_all()
    pages.close()
    pages.of().post(f"{missed_path(pages)}/correct", data=CORRECTION)
    approver = pages.of(Role.APPROVER)
    approver.post("/log/requests/1/agree")
    told = approver.get("/log/export.csv?first=24/11/2026&last=24/11/2026").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(told.removeprefix("\ufeff")), delimiter=";"))
    heading = next(row for row in rows if "Người thứ hai đồng ý" in row)
    place = heading.index("Người thứ hai đồng ý")
    assert [row[place:] for row in rows if len(row) > place and row[place] == "Người approver"] == [
        ["Người approver", "26/11/2026", "ghi sau khi chốt sổ"]
    ]


def test_the_dashboard_leads_to_yesterdays_books(tmp_path: Path) -> None:
    station = make_station(tmp_path, now=LATER - timedelta(days=1))
    with station.sessions.begin() as session:
        Books(session).one_of_each()
    page = text(Pages(station).of().get("/"))
    assert "Ngày 24/11/2026 còn 2 dòng chưa có lý do hoặc chưa có kết quả" in page
    assert "/log/reconcile?day=2026-11-24" in page
    station.engine.dispose()
