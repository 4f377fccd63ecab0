"""Every page that links lead to answers, on both databases and for who may see only one commune."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from audio.store import FileMediaStore
from scheduler.config import load_settings
from scheduler.domain.people import Role
from scheduler.models import Area
from scheduler.station import Station
from tests.conftest import POSTGRES_URL
from tests.databases import empty_postgresql, put_sqlite
from tests.factories import NOW
from tests.fakes import SteppingClock
from tests.web.full_station import fill_station
from tests.web.station import WELL, PageClient, client_for
from web.app import create_app

SIGNED_OUT = {"sign_in.show_sign_in", "sign_in.show_setup", "live.stream", "static"}
OF_A_KIND = 3
"""Pages of one route look alike: so many of each are opened."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home: Path = tmp_path_factory.mktemp("home")
    environ = {"LOABAN_HOME": str(home)}
    if request.param == "postgres":
        if POSTGRES_URL is None:
            pytest.skip("LOABAN_TEST_POSTGRES_URL is not set")
        environ["LOABAN_DATABASE_URL"] = POSTGRES_URL
    station = Station(settings=load_settings(environ), clock=SteppingClock(NOW))
    if request.param == "postgres":
        empty_postgresql(station.engine)
    else:
        put_sqlite(home / "station.db")
    store = FileMediaStore(home)
    fill_station(station)
    yield create_app(station, media=store, look_at_machine=lambda: WELL)
    station.engine.dispose()


def follow_links(app: Flask, client: PageClient) -> dict[str, list[int]]:
    """The statuses of the pages that links lead to from the front page on, by route; a few of each."""
    found: dict[str, list[int]] = {}
    waiting, known = ["/"], {"/"}
    routes = app.url_map.bind("localhost")
    while waiting:
        path = waiting.pop(0)
        endpoint, _ = routes.match(urlsplit(path).path, method="GET")
        if endpoint in SIGNED_OUT or len(found.get(endpoint, [])) >= OF_A_KIND:
            continue
        with client.get(path) as answer:
            found.setdefault(endpoint, []).append(answer.status_code)
            if not answer.content_type.startswith("text/html"):
                continue
            page = answer.get_data(as_text=True)
        links = {unescape(link).partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', page)}
        new = sorted(link for link in links - known if not link.startswith(("/static/", "/api/")))
        known.update(new)
        waiting += new
    return found


def test_every_page_answers_who_may_everything(app: Flask) -> None:
    found = follow_links(app, client_for(app))
    assert len(found) > 35, sorted(found)
    assert {endpoint: statuses for endpoint, statuses in found.items() if set(statuses) != {200}} == {}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.APPROVER, Role.OPERATOR, Role.ADMIN], ids=str)
def test_no_link_leads_who_has_a_role_in_one_commune_to_a_closed_door(app: Flask, role: Role) -> None:
    station: Station = app.extensions["station"]
    with station.readers.begin() as session:
        area = session.scalars(select(Area.id).where(Area.name == "Chiềng An", Area.valid_to.is_(None))).one()
    found = follow_links(app, client_for(app, role=role, area=area))
    assert len(found) > 10, sorted(found)
    assert {endpoint: statuses for endpoint, statuses in found.items() if set(statuses) != {200}} == {}
