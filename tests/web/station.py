"""A station in the middle of a morning, for the tests of pages and of what they show."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.config import load_settings
from scheduler.domain.people import Granted, Role
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.station import Readings
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.models import Airing, Broadcast, Claim, Edition, Production, Pulse, Series, User, Zone
from scheduler.services import as_run, people, sign_in
from scheduler.station import Station
from tests.databases import put_sqlite
from tests.factories import NOW, make_area, make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.fakes import SteppingClock

WELL = Readings(free_bytes=50 * 2**30, total_bytes=100 * 2**30, synchronised=True)


def make_station(home: Path, *, now: datetime = NOW, filled_by: Callable[[Station], None] | None = None) -> Station:
    """A station whose clock stands still: empty, filled, or with the database that is there already.

    What fills stations is run once in each process; the others are copies, with the same numbers in them.
    """
    if filled_by is not None:
        shutil.copytree(_filled_home(filled_by, now), home, dirs_exist_ok=True)
    elif not (home / "station.db").exists():
        put_sqlite(home / "station.db")
    return Station(settings=load_settings({"LOABAN_HOME": str(home)}), clock=SteppingClock(now))


@cache
def _filled_home(fill: Callable[[Station], None], now: datetime) -> Path:
    home = Path(tempfile.mkdtemp(prefix="filled-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    station = make_station(home, now=now)
    fill(station)
    station.engine.dispose()
    return home


class PageClient(FlaskClient):
    """A browser that sends the token of its page with every form."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("method", "GET") not in {"GET", "HEAD", "OPTIONS"} and not kwargs.pop("without_token", False):
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": self._token()}
        return super().open(*args, **kwargs)

    def _token(self) -> str:
        with self.session_transaction() as cookie, self.application.test_request_context():
            from flask import session as of_request

            of_request.update(cookie)
            token = str(generate_csrf())
            cookie["csrf_token"] = of_request["csrf_token"]
        return token


def client_for(
    app: Flask, *, role: Role = Role.ADMIN, area: int | None = None, login: str | None = None, grants: bool = True
) -> PageClient:
    """A browser in which somebody with a role (within an area, by its number) is signed in; made a user if need be."""
    station: Station = app.extensions["station"]
    login = login or (f"{role.value}{area or ''}" if grants else "nobody")
    now = station.clock.now()
    with station.sessions.begin() as session:
        user = session.scalar(select(User).where(User.login == login)) or people_user(
            session, login, [Granted(role=role, area_id=area)] if grants else [], now
        )
        token = sign_in.open_session(session, user.id, now=now, address="127.0.0.1", browser="test")
    app.test_client_class = PageClient
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    assert isinstance(client, PageClient)
    return client


def people_user(session: Session, login: str, grants: list[Granted], now: datetime) -> User:
    """A user; the first one of a station is always preceded by an administrator, whom it cannot do without."""
    if not people.has_users(session):
        session.add(User(login="boss", name="Cà Văn Trưởng", active=True, created_at=now))
        session.flush()
        boss = people.get_user(session, "boss")
        people.set_grants(session, boss, [Granted(role=Role.ADMIN)])
    return people.create_user(session, login=login, name=f"Người {login}", grants=grants, now=now)


def give_pulse(session: Session, *, owner: str = "playout.a", role: str = "playout", at: datetime = NOW) -> None:
    session.merge(Pulse(owner=owner, role=role, at=at, facts={}))


def make_editions(session: Session, *, number: int = 1, title: str | None = None) -> tuple[Edition, ...]:
    series = session.scalar(select(Series)) or make_series(session)
    episode = make_episode(session, series, number=number, title=title)
    return tuple(make_edition(session, episode, language=language) for language in ("vi", "blt"))


def go_on_air(
    session: Session, broadcast: Broadcast, *, since: datetime, owner: str = "playout.a", offset_s: float = 0.0
) -> None:
    """Note what a daemon notes once all zones of a broadcast sound."""
    session.flush()
    for programme in broadcast.programmes:
        session.add(
            Claim(
                broadcast_id=broadcast.id,
                zone_id=programme.zone_id,
                owner=owner,
                token=1,
                claimed_at=since - timedelta(seconds=3),
                started_at=since,
                offset_s=offset_s,
            )
        )
    session.flush()


def an_entry(airing: Airing, zone: Zone, *, at: datetime, kind: EntryKind, reason: Reason | None = None) -> NewEntry:
    sounded = airing.seconds if kind is EntryKind.SOUNDED else 0.0
    return NewEntry(
        airing_id=airing.id,
        zone_id=zone.id,
        kind=kind,
        planned_at=at,
        started_at=at if sounded else None,
        ended_at=at + timedelta(seconds=sounded) if sounded else None,
        seconds_planned=airing.seconds,
        seconds_sounded=sounded,
        reason=reason,
        evidence=Evidence.COMPLETED if sounded else Evidence.PLANNED,
        recorded_by="playout.a",
    )


def a_production(edition: Edition, *, at: datetime) -> Production:
    """What an edition's first approval leaves behind."""
    episode = edition.episode
    return Production(
        edition_id=edition.id,
        series_id=episode.series_id,
        series_code=episode.series.code,
        series_title=episode.series.title,
        episode_year=episode.year,
        episode_number=episode.number,
        title=episode.title,
        language=edition.language,
        seconds=540.0,
        approved_at=at,
        local_day=local_day(at, STATION_ZONE),
        approved_by="Lò Thị Hoa",
    )


def fill_morning(station: Station) -> None:
    """One broadcast on air in two groups of zones, one in the log with a silent zone, two to come."""
    now, zone_of_time = station.clock.now(), station.settings.time_zone
    with station.sessions.begin() as session:
        give_pulse(session, at=now)
        commune = make_area(session, name="Chiềng Xôm", kind="commune", parent=make_area(session))
        tong = make_zone(session, area=commune)
        hum = make_zone(session, code="HUM", name="Bản Hụm", area=commune)
        to1 = make_zone(session, code="TO1", name="Tổ 1", area=commune, languages=("vi",))
        everywhere = (tong, hum, to1)
        past = make_broadcast(
            session,
            editions=make_editions(session, number=1, title="Đăng ký khai sinh cho trẻ em tại xã"),
            zones=everywhere,
            starts_in=timedelta(hours=-1),
            now=now,
        )
        endings = [
            an_entry(
                airing,
                zone,
                at=now - timedelta(hours=1),
                kind=EntryKind.MISSED if zone is hum else EntryKind.SOUNDED,
                reason=Reason.CARRIER_FAILED if zone is hum else None,
            )
            for airing in past.airings
            for zone in everywhere
            if airing.language in [item.language for item in zone.languages]
        ]
        as_run.record(session, endings, now=now, zone=zone_of_time)
        sounding = make_broadcast(
            session,
            editions=make_editions(session, number=2, title="Cấp lại giấy chứng nhận quyền sử dụng đất"),
            zones=everywhere,
            starts_in=timedelta(minutes=-10),
            now=now,
        )
        for edition in [airing.edition for broadcast in (past, sounding) for airing in broadcast.airings]:
            session.add(a_production(edition, at=now))
        # At 10 minutes the villages that hear two languages are in the second one; Tổ 1 joined late.
        go_on_air(session, sounding, since=now - timedelta(minutes=10))
        claim = session.get_one(Claim, (sounding.id, to1.id))
        claim.started_at, claim.offset_s = now - timedelta(seconds=100), 120.0
        for number, hours in ((3, 12), (4, 24)):
            make_broadcast(
                session,
                editions=make_editions(session, number=number, title="Hộ chiếu phổ thông: làm ở đâu, mất bao lâu"),
                zones=everywhere,
                starts_in=timedelta(hours=hours, minutes=-30),
                now=now,
            )
