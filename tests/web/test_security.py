import re
from collections.abc import Iterator

import pytest
from flask import Flask, abort, redirect
from flask.testing import FlaskClient
from jinja2 import UndefinedError

from scheduler.errors import MediaMissing, TooLong
from tests.web.station import WELL, make_station
from web.app import create_app
from web.security import HEADERS, Policy, allow, policy_of


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    station = make_station(tmp_path_factory.mktemp("home"))
    yield create_app(station, look_at_machine=lambda: WELL)
    station.engine.dispose()


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    @app.get("/test/bug")
    @allow(Policy.OPEN)
    def bug() -> str:
        raise ZeroDivisionError("secret words")

    @app.get("/test/refused")
    @allow(Policy.OPEN)
    def refused() -> str:
        raise TooLong(limit_s=7200)

    @app.get("/test/unavailable")
    @allow(Policy.OPEN)
    def unavailable() -> str:
        raise MediaMissing(sha256="abc")

    @app.get("/test/teapot")
    @allow(Policy.OPEN)
    def teapot() -> str:
        abort(418)

    @app.get("/test/away")
    @allow(Policy.OPEN)
    def away() -> object:
        return redirect("/")

    @app.get("/test/slash/")
    @allow(Policy.OPEN)
    def slash() -> str:
        return ""

    @app.get("/test/forgotten")
    def forgotten() -> str:
        return "nobody may read this"

    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/playout/now", 200),
        ("GET", "/health", 503),
        ("HEAD", "/", 200),
        ("OPTIONS", "/", 200),
        ("GET", "/static/page.css", 200),
        ("GET", "/static/none.css", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/no/such/page", 404),
        ("POST", "/", 405),
        ("DELETE", "/health", 405),
        ("GET", "/test/bug", 500),
        ("GET", "/test/refused", 409),
        ("GET", "/test/unavailable", 503),
        ("GET", "/test/teapot", 418),
        ("GET", "/test/away", 302),
        ("GET", "/test/slash", 308),
        ("GET", "/test/forgotten", 403),
    ],
)
def test_every_status_code_carries_the_security_headers(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    with client.open(path, method=method) as answer:
        assert answer.status_code == status
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value


def test_an_unchanged_file_is_answered_with_the_headers_too(client: FlaskClient) -> None:
    with client.get("/static/page.css") as first:
        tag = first.headers["ETag"]
    with client.get("/static/page.css", headers={"If-None-Match": tag}) as answer:
        assert answer.status_code == 304
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


def test_the_content_policy_lets_no_inline_script_or_style_and_no_other_site_in() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy


def test_pages_hold_no_inline_script_style_or_handler(client: FlaskClient) -> None:
    for path in ("/", "/playout/now", "/no/such/page"):
        page = client.get(path).get_data(as_text=True)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), path
        assert all('src="' in tag for tag in re.findall(r"<script[^>]*>", page)), path


def test_every_route_has_a_policy(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.rule.startswith("/test/")}
    assert len(routes) >= 4
    assert [endpoint for endpoint in routes if policy_of(app.view_functions[endpoint]) is None] == []


def test_every_open_route_only_reads(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if policy_of(app.view_functions[rule.endpoint]) is Policy.OPEN:
            assert rule.methods is not None
            assert rule.methods <= {"GET", "HEAD", "OPTIONS"}, rule


def test_a_route_without_a_policy_is_closed(client: FlaskClient) -> None:
    answer = client.get("/test/forgotten")
    assert answer.status_code == 403
    assert "nobody may read this" not in answer.get_data(as_text=True)


def test_a_bug_shows_a_number_that_is_in_the_log_and_never_a_traceback(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    page = client.get("/test/bug").get_data(as_text=True)
    found = re.search(r"báo mã ([0-9a-f]{8})", page)
    assert found is not None
    assert "secret words" not in page and "Traceback" not in page and "ZeroDivision" not in page
    assert f"reference={found[1]}" in caplog.text and "secret words" in caplog.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/no/such/page", "Không có trang này"),
        ("/test/refused", "Bản thu dài quá 7200 giây"),
        ("/test/unavailable", "Thiếu tệp âm thanh abc"),
        ("/test/forgotten", "Bạn không được phép mở trang này"),
    ],
)
def test_errors_are_told_in_vietnamese(client: FlaskClient, path: str, words: str) -> None:
    assert words in client.get(path).get_data(as_text=True)


def test_a_template_that_names_what_it_was_not_given_is_a_bug(app: Flask) -> None:
    with pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ never_given }}").render()


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    assert "GET" in client.post("/").headers["Allow"]
