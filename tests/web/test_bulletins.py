"""The queue of what the central information system asks for: shown, decided once by who may, nothing airs by it."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from scheduler.domain.central import Incoming, IncomingKind
from scheduler.domain.people import Role
from scheduler.domain.reach import BulletinState
from scheduler.models import AuditEntry, Broadcast, ReceivedBulletin
from scheduler.services import bulletins
from scheduler.station import Station
from tests.factories import NOW, make_area
from tests.web.station import client_for, make_station
from web.app import create_app


@pytest.fixture
def station(tmp_path: Path) -> Station:
    station = make_station(tmp_path)
    incoming = Incoming(
        outside_id="B-1", kind=IncomingKind.BULLETIN, priority=3, title="Lũ về <b>gấp</b>",
        body={"NoiDung": "Rời bờ suối ngay", "Lạ": "x"}, sound=b"RIFF",
    )  # fmt: skip
    with station.sessions.begin() as session:
        bulletins.keep(session, [incoming], now=NOW)
    return station


@pytest.fixture
def app(station: Station) -> Flask:
    return create_app(station)


def test_what_came_is_shown_as_it_came(app: Flask) -> None:
    viewer = client_for(app, role=Role.VIEWER)
    assert "Lũ về &lt;b&gt;gấp&lt;/b&gt;" in viewer.get("/bulletins/").get_data(as_text=True)
    page = viewer.get("/bulletins/1").get_data(as_text=True)
    assert "Rời bờ suối ngay" in page and "khẩn cấp" in page and "Nhận phát</button>" not in page
    sound = viewer.get("/bulletins/1/sound")
    assert sound.data == b"RIFF" and sound.headers["Content-Disposition"].startswith("attachment")
    assert viewer.get("/bulletins/9").status_code == 404


def test_an_operator_decides_once_and_nothing_airs_by_it(station: Station, app: Flask) -> None:
    operator = client_for(app, role=Role.OPERATOR)
    refused = operator.post("/bulletins/1/refuse", data={"reason": " "})
    assert refused.status_code == 422
    assert operator.post("/bulletins/1/accept").status_code == 303
    again = operator.post("/bulletins/1/refuse", data={"reason": "x"})
    assert again.status_code == 422 and "đã quyết định" in again.get_data(as_text=True)
    with station.sessions.begin() as session:
        assert session.scalars(select(ReceivedBulletin)).one().state is BulletinState.ACCEPTED
        assert session.scalar(select(func.count()).select_from(Broadcast)) == 0
        assert "bulletin_accepted" in session.scalars(select(AuditEntry.action)).all()


def test_who_operates_a_part_of_the_station_decides_nothing(station: Station, app: Flask) -> None:
    with station.sessions.begin() as session:
        area = make_area(session).id
    part = client_for(app, role=Role.OPERATOR, area=area)
    assert part.post("/bulletins/1/accept").status_code == 403
    assert client_for(app, role=Role.APPROVER).post("/bulletins/1/accept").status_code == 403
