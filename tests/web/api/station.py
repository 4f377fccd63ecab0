"""A station with something behind every operation of the API, and programs that ask with tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from scheduler.config import load_settings
from scheduler.domain.people import Role
from scheduler.models import Area, Zone
from scheduler.services import api_tokens
from scheduler.station import Station
from tests.databases import empty_postgresql
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.fakes import SteppingClock
from tests.web.station import WELL, fill_morning, make_editions, make_station
from web.app import create_app


@dataclass(frozen=True)
class Asking:
    """A program with a token; without one it asks as nobody."""

    client: FlaskClient
    secret: str
    token_id: int = 0

    def get(self, path: str, **headers: str) -> TestResponse:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            told["Authorization"] = f"Bearer {self.secret}"
        return self.client.get(path, headers=told)

    def items(self, path: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        following = ""
        while True:
            told = self.get(path + following).get_json()
            yield from told["items"]
            if told["next"] is None:
                return
            following = f"{'&' if '?' in path else '?'}cursor={told['next']}"


def make_app(home: Path, *, database_url: str | None = None) -> Flask:
    """The morning of `tests.web.station` in Chiềng Xôm, and beside it Chiềng An with a zone that hears one of them.

    With an address of a PostgreSQL database, on that one: it is emptied.
    """
    if database_url is None:
        station = make_station(home)
    else:
        settings = load_settings({"LOABAN_HOME": str(home), "LOABAN_DATABASE_URL": database_url})
        station = Station(settings=settings, clock=SteppingClock(NOW))
        empty_postgresql(station.engine)
    fill_morning(station)
    with station.sessions.begin() as session:
        city = session.scalars(select(Area).where(Area.kind == "city")).one()
        other = make_area(session, name="Chiềng An", kind="commune", parent=city)
        zone = make_zone(session, code="AN1", name="Tổ 1 Chiềng An", area=other, languages=("vi",))
        make_broadcast(
            session,
            editions=make_editions(session, number=9, title="Chỉ Chiềng An nghe"),
            zones=(zone,),
            starts_in=timedelta(hours=5),
            now=station.clock.now(),
        )
    return create_app(station, look_at_machine=lambda: WELL)


def station_of(app: Flask) -> Station:
    found: Station = app.extensions["station"]
    return found


def area_id(app: Flask, name: str) -> int:
    with station_of(app).readers.begin() as session:
        return session.scalars(select(Area.id).where(Area.name == name)).one()


def zone_ids(app: Flask) -> dict[str, int]:
    with station_of(app).readers.begin() as session:
        return dict(session.execute(select(Zone.code, Zone.id)).all())


def asking(app: Flask, *, role: Role = Role.VIEWER, area: str | None = None, lasts: timedelta | None = None) -> Asking:
    """A program with a fresh token."""
    station = station_of(app)
    with station.sessions.begin() as session:
        token, secret = api_tokens.make(
            session,
            name="Cổng thông tin",
            role=role,
            area_id=None if area is None else area_id(app, area),
            by="Cà Văn Trưởng",
            now=station.clock.now(),
            lasts=lasts,
        )
        return Asking(client=app.test_client(), secret=secret, token_id=token.id)


def nobody(app: Flask) -> Asking:
    return Asking(client=app.test_client(), secret="")
