"""The pages of alarms and of who is told: what they show, who may, and that nothing secret is shown twice."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.people import Role
from scheduler.domain.reach import TargetKind
from scheduler.models import Alarm, AuditEntry, NoticeDelivery, NoticeTarget
from scheduler.services import notices, playout
from scheduler.station import Station
from tests.factories import NOW
from tests.web.station import PageClient, client_for, make_station
from web.app import create_app

FULL = "Ổ đĩa gần như hết chỗ, chỉ còn 90 MB"


@pytest.fixture
def station(tmp_path: Path) -> Station:
    station = make_station(tmp_path)
    with station.sessions.begin() as session:
        facts = {"free_mb": 90, "total_mb": 1000}
        playout.raise_alarm(session, kind="disk_full", subject="station", facts=facts, now=NOW - timedelta(hours=1))
    return station


@pytest.fixture
def app(station: Station) -> Flask:
    return create_app(station)


def text(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_an_alarm_shows_until_it_is_over_with_who_sees_to_it(station: Station, app: Flask) -> None:
    operator = client_for(app, role=Role.OPERATOR)
    assert FULL in text(operator, "/alarms/")
    assert operator.post("/alarms/1/acknowledge", data={"note": "đang dọn"}).status_code == 303
    page = text(operator, "/alarms/")
    assert "Người operator" in page and "đang dọn" in page and "Tôi xử lý" not in page
    with station.sessions.begin() as session:
        assert session.scalars(select(AuditEntry.action)).all().count("acknowledged") == 1
        playout.clear_alarms(session, subject="station", now=NOW)
    page = text(operator, "/alarms/")
    assert page.index("Không có báo động nào") < page.index(FULL), "below, among those that are over"


def test_who_only_looks_takes_nothing_on(station: Station, app: Flask) -> None:
    viewer = client_for(app, role=Role.VIEWER)
    assert "chưa ai nhận" in text(viewer, "/alarms/")
    assert viewer.post("/alarms/1/acknowledge").status_code == 403
    with station.sessions.begin() as session:
        assert session.scalars(select(Alarm)).one().acknowledged_at is None


def test_an_alarm_that_is_over_is_refused_in_words(station: Station, app: Flask) -> None:
    with station.sessions.begin() as session:
        playout.clear_alarms(session, subject="station", now=NOW)
    answer = client_for(app).post("/alarms/1/acknowledge")
    assert answer.status_code == 422 and "Sự cố đã hết từ" in answer.get_data(as_text=True)


def add(client: PageClient, **others: str) -> str:
    data = {"name": "Tổ trực", "kind": "webhook", "address": "https://hooks.example/tell/SECRET-PLACE", **others}
    answer = client.post("/settings/notices/", data=data)
    return f"{answer.status_code} {answer.get_data(as_text=True)}"


def test_the_secret_of_a_webhook_is_shown_once_and_nothing_of_it_or_the_address_is_in_the_trail(
    station: Station, app: Flask
) -> None:
    admin = client_for(app)
    page = add(admin)
    with station.sessions.begin() as session:
        target = session.scalars(select(NoticeTarget)).one()
        trail = str([(entry.label, entry.after) for entry in session.scalars(select(AuditEntry))])
    assert target.secret in page
    page = text(admin, "/settings/notices/")
    assert target.secret not in page and "SECRET-PLACE" not in page and "hooks.example" in page
    assert "Tổ trực" in trail and target.secret not in trail and "SECRET-PLACE" not in trail


def test_a_target_is_tried_switched_off_and_removed(station: Station, app: Flask) -> None:
    admin = client_for(app)
    assert add(admin, kind="apprise", address="mailto://mai:pass@dai.example").startswith("303")
    for action in ("trial", "off", "on", "again", "remove"):
        assert admin.post(f"/settings/notices/1/{action}").status_code == 303
    with station.sessions.begin() as session:
        assert session.scalars(select(NoticeTarget)).all() == session.scalars(select(NoticeDelivery)).all() == []
    assert admin.post("/settings/notices/1/trial").status_code == 404


def test_an_address_that_will_not_do_is_told_in_the_form_which_keeps_what_was_typed(app: Flask) -> None:
    page = add(client_for(app), address="gọi cho tôi", kind="apprise")
    assert page.startswith(("409", "422"))
    assert "Không gửi được tới địa chỉ" in page and 'value="gọi cho tôi"' in page


def test_who_manages_a_part_of_the_station_sends_its_troubles_nowhere(station: Station, app: Flask) -> None:
    with station.sessions.begin() as session:
        notices.add_target(
            session, name="x", kind=TargetKind.APPRISE, address="json://a", kinds=(), by="Mai", now=NOW
        )  # fmt: skip
        from tests.factories import make_area

        area = make_area(session).id
    part = client_for(app, role=Role.ADMIN, area=area)
    assert "Thêm nơi nhận" not in text(part, "/settings/notices/")
    add(part)
    for action in ("trial", "off", "again", "remove"):
        assert part.post(f"/settings/notices/1/{action}").status_code == 403
    with station.sessions.begin() as session:
        assert [target.name for target in session.scalars(select(NoticeTarget))] == ["x"]


@pytest.mark.parametrize("kind", list(TargetKind))
def test_an_address_that_nothing_can_read_is_told_in_the_form(app: Flask, kind: TargetKind) -> None:
    page = add(client_for(app), kind=kind.value, address="http://[")
    assert page.startswith(("409", "422")) and "Không gửi được tới địa chỉ" in page


@pytest.mark.parametrize("path", ["/alarms/", "/bulletins/", "/seals/", "/log/confirm", "/log/reconcile"])
@pytest.mark.parametrize("page", [2**63, 10**30])
def test_a_page_that_no_database_can_count_to_is_an_empty_one(app: Flask, path: str, page: int) -> None:
    assert client_for(app).get(path, query_string={"page": page}).status_code == 200
