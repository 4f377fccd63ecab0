"""Signing in, out, and setting a station up."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from scheduler.domain.people import Granted, Role
from scheduler.models import AuditEntry, User, UserSession
from scheduler.passwords import hash_password
from scheduler.services import people
from scheduler.station import Station
from tests.web.station import WELL, PageClient, client_for, make_station
from web.app import create_app
from web.security import safe_next
from web.throttle import limiter

PASSWORD = "bản Tông có nắng"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    app = create_app(station, look_at_machine=lambda: WELL)
    app.test_client_class = PageClient
    limiter.reset()
    return app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def make_hoa(station: Station, *, password: str | None = PASSWORD) -> None:
    with station.sessions.begin() as session:
        user = people.create_user(
            session, login="hoa", name="Lò Thị Hoa", grants=[Granted(role=Role.ADMIN)], now=station.clock.now()
        )
        user.password_hash = None if password is None else hash_password(password)


def sign_in_as(browser: FlaskClient, login: str = "hoa", password: str = PASSWORD, **extra: str) -> int:
    return browser.post("/sign-in", data={"login": login, "password": password, **extra}).status_code


def test_the_first_administrator_sets_the_station_up_with_the_code(station: Station, browser: FlaskClient) -> None:
    assert browser.get("/").headers["Location"].startswith("/setup")
    with station.sessions.begin() as session:
        code = people.issue_first_code(session, now=station.clock.now())
    form = {
        "code": code.lower().replace("-", " "),
        "login": "Hoa",
        "name": "Lò Thị Hoa",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    answer = browser.post("/setup", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert browser.get("/").status_code == 200
    with station.readers.begin() as session:
        entries = list(session.scalars(select(AuditEntry)))
    assert {entry.action for entry in entries} == {"created", "code_used"}
    assert PASSWORD not in str([entry.after for entry in entries])
    assert "argon2" not in str([entry.after for entry in entries])


def test_a_code_is_good_for_one_use_and_three_days(station: Station, app: Flask) -> None:
    make_hoa(station, password=None)
    with station.sessions.begin() as session:
        code = people.issue_code(session, people.get_user(session, "hoa"), by="", now=station.clock.now())
    form = {"code": code, "password": PASSWORD, "again": PASSWORD}
    assert app.test_client().post("/setup", data=form).status_code == 303
    again = app.test_client().post(
        "/setup", data={**form, "password": "một mật khẩu khác", "again": "một mật khẩu khác"}
    )
    assert again.status_code == 422
    with station.sessions.begin() as session:
        late = people.issue_code(session, people.get_user(session, "hoa"), by="", now=station.clock.now())
    station.clock.advance(timedelta(hours=72))  # type: ignore[attr-defined]
    assert app.test_client().post("/setup", data={**form, "code": late}).status_code == 422


@pytest.mark.parametrize("password", ["ngắn", "1111111111111", "hoa hoa hoa hoa", "Lò Thị Hoa 2026", "x" * 201])
def test_a_weak_password_is_refused_beside_its_field(station: Station, browser: FlaskClient, password: str) -> None:
    with station.sessions.begin() as session:
        code = people.issue_first_code(session, now=station.clock.now())
    form = {"code": code, "login": "hoa", "name": "Lò Thị Hoa", "password": password, "again": password}
    answer = browser.post("/setup", data=form)
    assert answer.status_code == 422
    with station.readers.begin() as session:
        assert not people.has_users(session)


def test_who_signs_in_comes_back_to_the_page_that_was_asked_for(station: Station, browser: FlaskClient) -> None:
    make_hoa(station)
    asked = browser.get("/playout/now?x=1")
    assert asked.status_code == 303
    page = browser.get(asked.headers["Location"]).get_data(as_text=True)
    assert 'value="/playout/now?x=1"' in page
    answer = browser.post("/sign-in", data={"login": " HOA ", "password": PASSWORD, "next": "/playout/now?x=1"})
    assert answer.headers["Location"] == "/playout/now?x=1"


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", None, "/a\nb", "/\t/evil.example"]
)
def test_nobody_is_sent_to_another_site(path: str | None) -> None:
    assert safe_next(path) == "/"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(station: Station, app: Flask) -> None:
    make_hoa(station)
    pages = []
    for login, password in (("hoa", "sai mật khẩu"), ("ai đó", PASSWORD)):
        answer = app.test_client().post("/sign-in", data={"login": login, "password": password})
        assert answer.status_code == 422
        pages.append(re.sub(r'(?:value|content)="[^"]*"', "", answer.get_data(as_text=True)))
    assert pages[0] == pages[1]


def test_guessing_is_slowed_down_and_the_right_owner_still_gets_in(station: Station, app: Flask) -> None:
    make_hoa(station)
    known, stranger = app.test_client(), app.test_client()
    assert sign_in_as(known) == 303
    known.post("/sign-out")
    statuses = [sign_in_as(stranger, password=f"thử lần thứ {n}") for n in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    refused = stranger.post("/sign-in", data={"login": "hoa", "password": PASSWORD})
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
    assert sign_in_as(known) == 303  # the browser she used before is counted apart


def test_a_session_ends_by_idleness_and_by_age(station: Station, browser: FlaskClient) -> None:
    make_hoa(station)
    sign_in_as(browser)
    for _ in range(24):
        station.clock.advance(timedelta(minutes=29))  # type: ignore[attr-defined]
        assert browser.get("/").status_code == 200
    station.clock.advance(timedelta(minutes=25))  # type: ignore[attr-defined]
    assert browser.get("/").status_code == 303, "twelve hours are over"
    sign_in_as(browser)
    station.clock.advance(timedelta(minutes=31))  # type: ignore[attr-defined]
    assert browser.get("/").status_code == 303


def test_what_a_page_fetches_by_itself_keeps_no_session_alive(station: Station, browser: FlaskClient) -> None:
    make_hoa(station)
    sign_in_as(browser)
    for _ in range(3):
        station.clock.advance(timedelta(minutes=14))  # type: ignore[attr-defined]
        browser.get("/playout/now")
    assert browser.get("/").status_code == 303


def test_signing_out_ends_the_session_on_the_server(station: Station, browser: FlaskClient) -> None:
    make_hoa(station)
    sign_in_as(browser)
    with browser.session_transaction() as cookie:
        stolen = cookie["token"]
    assert browser.post("/sign-out").status_code == 303
    with browser.session_transaction() as cookie:
        cookie["token"] = stolen
    assert browser.get("/").status_code == 303
    with station.readers.begin() as session:
        assert [row.revoked_at is None for row in session.scalars(select(UserSession))] == [False]


def test_who_is_deactivated_is_out_at_once(station: Station, app: Flask) -> None:
    client = client_for(app, role=Role.OPERATOR)
    assert client.get("/").status_code == 200
    with station.sessions.begin() as session:
        people.deactivate(session, people.get_user(session, "operator"), now=station.clock.now())
    assert client.get("/").status_code == 303


def test_no_form_is_taken_without_its_token(station: Station, app: Flask) -> None:
    make_hoa(station)
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"login": "hoa", "password": PASSWORD}, without_token=True)
    assert answer.status_code == 400
    assert "tải lại trang" in answer.get_data(as_text=True)


def test_the_cookie_can_only_be_read_by_the_server(station: Station, browser: FlaskClient) -> None:
    make_hoa(station)
    answer = browser.post("/sign-in", data={"login": "hoa", "password": PASSWORD})
    for line in answer.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in line and "SameSite=Lax" in line
    with station.readers.begin() as session:
        kept = session.scalar(select(UserSession.token_sha256))
        assert session.scalar(select(User.password_hash)).startswith("$argon2id$")  # type: ignore[union-attr]
    with browser.session_transaction() as cookie:
        assert cookie["token"] != kept


def test_the_language_is_chosen_before_and_after_signing_in(station: Station, browser: FlaskClient) -> None:
    make_hoa(station)
    assert 'lang="vi"' in browser.get("/sign-in").get_data(as_text=True)
    answer = browser.post("/language", data={"language": "en", "next": "/sign-in"})
    assert answer.headers["Location"] == "/sign-in"
    assert 'lang="en"' in browser.get("/sign-in").get_data(as_text=True)
    assert browser.post("/language", data={"language": "xx"}).status_code == 400
    sign_in_as(browser)
    assert 'lang="en"' in browser.get("/").get_data(as_text=True)
    browser.post("/language", data={"language": "vi"})
    assert 'lang="vi"' in browser.get("/").get_data(as_text=True)
    browser.post("/language", data={"language": "en"})
    with station.readers.begin() as session:
        assert session.scalar(select(User.language)) == "en"
    assert 'lang="en"' in browser.get("/").get_data(as_text=True)
