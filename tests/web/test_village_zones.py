"""Pages that all zones share, as they tell of villages: the day, the list of zones, why a zone is silent."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from scheduler.domain.people import Role
from scheduler.models import PlayerState
from scheduler.station import Station
from tests.factories import NOW, make_area, make_broadcast, make_player, make_zone
from tests.web.station import WELL, client_for, give_pulse, make_editions, make_station
from web.app import create_app


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """Two villages were to hear a broadcast an hour ago: bản Tông is out of contact, bản Hụm has no player."""
    station = make_station(tmp_path)
    with station.sessions.begin() as session:
        give_pulse(session)
        commune = make_area(session, name="Chiềng Xôm", kind="commune", parent=make_area(session))
        tong = make_zone(session, area=commune, languages=("vi",), carrier="village")
        hum = make_zone(session, code="HUM", name="Bản Hụm", area=commune, languages=("vi",), carrier="village")
        player = make_player(session, tong)
        session.add(PlayerState(player_id=player.id, online=False, seen_at=NOW, turned_at=NOW - timedelta(hours=2)))
        make_broadcast(
            session, editions=make_editions(session)[:1], zones=(tong, hum), starts_in=-timedelta(hours=1)
        )  # fmt: skip
    yield station
    station.engine.dispose()


@pytest.fixture
def client(station: Station) -> FlaskClient:
    return client_for(create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0)), role=Role.VIEWER)


def words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def test_the_day_says_not_yet_reported_and_not_missed(client: FlaskClient) -> None:
    day = words(client, "/").split('id="today"')[1].split("</section>")[0]
    assert "chưa báo về" in day and "2 bản chưa báo về" in day
    assert "chưa có tín hiệu" not in day


def test_the_list_says_how_villages_are(client: FlaskClient) -> None:
    page = words(client, "/coverage/")
    assert "mất liên lạc" in page and "chưa ghép máy phát" in page


def test_a_village_says_why_nobody_knows(client: FlaskClient) -> None:
    page = words(client, "/coverage/zones/TONG")
    why = page.split('id="why-title"')[1].split("</section>")[0]
    assert "Mất liên lạc từ 03:00" in why
    assert "1 buổi chưa báo về" in why


def test_what_villages_owe_is_in_the_log(client: FlaskClient) -> None:
    page = words(client, "/log/?ending=waiting&first=2026-11-24&last=2026-11-24")
    assert "Bản Tông" in page and "Bản Hụm" in page
