import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.people import Role
from scheduler.domain.programme import EditionState, RecordingState, Verdict
from scheduler.models import Edition, Recording, Review, User
from scheduler.services import approval, programme, rules
from scheduler.station import Station
from tests.factories import NOW, a_sha256, make_edition, make_episode
from tests.web.station import WELL, PageClient, client_for, fill_morning, make_station
from web.app import create_app

WAITING = "/approval/cchc/2026/8/blt"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_morning)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    """Two editions wait, both delivered and submitted by an administrator; one is only measured."""
    app = create_app(station, look_at_machine=lambda: WELL)
    client_for(app, role=Role.ADMIN)
    with station.sessions.begin() as session:
        author = session.scalar(select(User.id).where(User.login == "admin"))
        series = programme.get_series(session, "cchc")
        for number in (8, 9, 10):
            episode = make_episode(session, series, number=number, title=f"Chuyện số {number}")
            edition = make_edition(session, episode, language="blt", approved=False)
            edition.script = "Kính thưa bà con!"
            take = edition.recordings[0]
            take.received_by_user, take.received_by = author, "Lò Thị Hoa"
            take.findings = [{"code": "dead_air", "at_s": 192.0, "for_s": 4.0}]
            take.verdict, take.integrated_lufs, take.true_peak_dbtp = Verdict.FLAGGED, -21.4, -6.1
            take.peaks = [0.5] * 100
            if number < 10:
                approval.submit(edition, by_user=author, now=NOW)
    return app


@pytest.fixture
def approver(app: Flask) -> PageClient:
    return client_for(app, role=Role.APPROVER)


def page_of(client: PageClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def shown_sha256(page: str) -> str:
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def state_of(station: Station, number: int = 8) -> Edition:
    with station.sessions() as session:
        return programme.get_edition(session, "cchc", year=2026, number=number, language="blt")


def test_the_queue_tells_who_submitted_what_and_keeps_the_rest_apart(approver: PageClient) -> None:
    page = page_of(approver, "/approval/")
    waiting, measured = page.split("Đã đo, chưa trình duyệt", 1)
    assert waiting.index("Chuyện số 8") < waiting.index("Chuyện số 9")
    assert "05:00 24/11/2026</span> · Người admin" in waiting
    assert "Chuyện số 10" in measured and "Chuyện số 10" not in waiting


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.OPERATOR])
def test_only_approvers_come_near(app: Flask, station: Station, role: Role) -> None:
    client = client_for(app, role=role)
    for path in ("/approval/", WAITING, f"{WAITING}/withdraw"):
        page_of(client, path, 403)
    sha256 = a_sha256("any")
    for action in ("approve", "return", "withdraw"):
        assert client.post(f"{WAITING}/{action}", data={"sha256": sha256, "reason": "x"}).status_code == 403
    assert state_of(station).state is EditionState.SUBMITTED


def test_the_review_page_has_all_to_decide_on(approver: PageClient) -> None:
    page = page_of(approver, WAITING)
    assert "Im lặng 4 giây ở phút 3:12" in page
    assert "bản gốc -21,4 LUFS" in page and "bản gốc -6,1 dBTP" in page
    assert "9:00 phút" in page and "đúng quy định 8:00 đến 10:00" in page
    assert "Kính thưa bà con!" in page
    assert "/master" in page and "/original" in page
    assert shown_sha256(page)[:12] in page
    assert "Người admin" in page


def test_approving_leads_to_the_next_that_waits(station: Station, approver: PageClient) -> None:
    sha256 = shown_sha256(page_of(approver, WAITING))
    answer = approver.post(f"{WAITING}/approve", data={"sha256": sha256, "remark": "nghe rõ"})
    assert (answer.status_code, answer.location) == (303, "/approval/cchc/2026/9/blt")
    assert "Đã duyệt số 8/2026, bản tiếng Thái." in page_of(approver, answer.location)
    assert state_of(station).state is EditionState.APPROVED
    with station.sessions() as session:
        review = session.scalars(select(Review)).one()
        assert (review.reviewer, review.recording_sha256, review.reason) == ("Người approver", sha256, "nghe rõ")
    sha256 = shown_sha256(page_of(approver, answer.location))
    answer = approver.post("/approval/cchc/2026/9/blt/approve", data={"sha256": sha256})
    assert answer.location == "/approval/"


def test_returning_needs_a_reason_and_tells_it_to_the_makers(station: Station, approver: PageClient) -> None:
    sha256 = shown_sha256(page_of(approver, WAITING))
    answer = approver.post(f"{WAITING}/return", data={"sha256": sha256, "reason": ""})
    assert answer.status_code == 422
    assert "Cần ghi lý do để người làm chương trình biết." in answer.get_data(as_text=True)
    assert state_of(station).state is EditionState.SUBMITTED
    approver.post(f"{WAITING}/return", data={"sha256": sha256, "reason": "Đọc nhanh ở phút 2"})
    assert state_of(station).state is EditionState.REJECTED
    assert "Người approver: Đọc nhanh ở phút 2" in page_of(approver, "/programme/cchc/2026/8")


def test_a_take_that_changed_meanwhile_is_refused_and_the_new_one_shown(station: Station, approver: PageClient) -> None:
    heard = shown_sha256(page_of(approver, WAITING))
    with station.sessions.begin() as session:
        edition = programme.get_edition(session, "cchc", year=2026, number=8, language="blt")
        take = Recording(
            edition=edition, take=2, original_name="mới.mp3", size_bytes=1, received_at=NOW, sha256=a_sha256("2"),
            state=RecordingState.MEASURED, verdict=Verdict.ACCEPTED, master_sha256=a_sha256("m2"), master_seconds=500.0,
            seconds=501.0,
        )  # fmt: skip
        session.add(take)
        programme.mark_measured(edition)
        session.flush()
        session.expire(edition)
        approval.submit(edition, now=NOW)
    answer = approver.post(f"{WAITING}/approve", data={"sha256": heard})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "đã có bản thu mới (lần 2)" in page
    assert shown_sha256(page) == a_sha256("2")
    assert state_of(station).state is EditionState.SUBMITTED


def test_an_author_listens_and_does_not_approve(station: Station, app: Flask) -> None:
    author = client_for(app, role=Role.ADMIN)
    page = page_of(author, WAITING)
    assert "không tự duyệt được" in page and "Duyệt cho phát" not in page
    sha256 = shown_sha256(page)
    answer = author.post(f"{WAITING}/approve", data={"sha256": sha256})
    assert answer.status_code == 422
    assert "hãy nhờ người duyệt khác" in answer.get_data(as_text=True)
    assert state_of(station).state is EditionState.SUBMITTED
    with station.sessions.begin() as session:
        rules.change(session, {"author_may_not_approve": False}, by="boss", now=NOW)
    assert author.post(f"{WAITING}/approve", data={"sha256": sha256}).status_code == 303


def test_what_is_not_submitted_is_only_listened_to(approver: PageClient) -> None:
    page = page_of(approver, "/approval/cchc/2026/10/blt")
    assert "nên chỉ nghe được" in page
    assert "Duyệt cho phát" not in page and "Trả lại để sửa" not in page


def test_withdrawing_needs_a_reason_and_takes_it_off_the_air(station: Station, approver: PageClient) -> None:
    path = "/approval/cchc/2026/1/blt/withdraw"
    assert "không được phát nữa" in page_of(approver, path)
    assert approver.post(path, data={"reason": " "}).status_code == 422
    assert state_of(station, 1).state is EditionState.APPROVED
    answer = approver.post(path, data={"reason": "Quy định đã đổi"})
    assert (answer.status_code, answer.location) == (303, "/programme/cchc/2026/1")
    assert state_of(station, 1).state is EditionState.WITHDRAWN
    page = page_of(approver, "/programme/cchc/2026/1")
    assert "Người approver: Quy định đã đổi" in page
    assert approver.post(path, data={"reason": "lần nữa"}).status_code == 422


@pytest.mark.parametrize("path", ["/approval/xx/2026/8/blt", "/approval/cchc/2026/8/hmn", "/approval/cchc/2026/77/vi"])
def test_what_is_not_there_is_told_with_404(approver: PageClient, path: str) -> None:
    page_of(approver, path, 404)
    assert approver.post(f"{path}/approve", data={"sha256": a_sha256("x")}).status_code == 404
