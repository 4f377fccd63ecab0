"""Every route has a policy that is kept, and every answer carries the headers."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask, abort, redirect
from flask.testing import FlaskClient
from jinja2 import UndefinedError
from werkzeug.routing import Rule

from scheduler.domain.people import RIGHTS, Right, Role
from scheduler.errors import MediaMissing, TooLong, UnknownZone
from tests.web.station import WELL, PageClient, client_for, make_station
from web.app import create_app
from web.security import HEADERS, Policy, allow, entry_of
from web.throttle import limiter

OPEN_TO_ALL = {
    "static",
    "documents.read_feed",  # its secret is in the address, for calendar programs know nothing else
    "playout.tell_health",
    "sign_in.choose_language",
    "sign_in.do_sign_in",
    "sign_in.show_setup",
    "sign_in.show_sign_in",
    "village_api.pair",
    "village_api.tell_what_for",
}
"""Nobody need be signed in for these; a new one is a decision, written down here."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    station = make_station(tmp_path_factory.mktemp("home"))
    app = create_app(station, look_at_machine=lambda: WELL)
    add_test_routes(app)
    limiter.enabled = False  # thousands of requests a minute are the point here
    yield app
    limiter.enabled = True
    station.engine.dispose()


def add_test_routes(app: Flask) -> None:  # noqa: C901 -- a list of routes
    @app.get("/test/bug")
    @allow(Policy.OPEN)
    def bug() -> str:
        raise ZeroDivisionError("secret words")

    @app.get("/test/refused")
    @allow(Policy.OPEN)
    def refused() -> str:
        raise TooLong(limit_s=7200)

    @app.get("/test/missing")
    @allow(Policy.OPEN)
    def missing() -> str:
        raise UnknownZone(zone="TONG")

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

    @app.post("/test/form")
    @allow(Policy.SIGNED_IN)
    def form() -> str:
        return "taken"


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return client_for(app)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/health", 503),
        ("HEAD", "/", 200),
        ("OPTIONS", "/", 200),
        ("GET", "/static/icon.svg", 200),
        ("GET", "/static/none.css", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/no/such/page", 404),
        ("POST", "/", 405),
        ("DELETE", "/health", 405),
        ("GET", "/test/bug", 500),
        ("GET", "/test/refused", 409),
        ("GET", "/test/missing", 404),
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
        check_headers(answer)


def check_headers(answer: object) -> None:
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value  # type: ignore[attr-defined]
    check_content_policy(answer.headers["Content-Security-Policy"])  # type: ignore[attr-defined]


def check_content_policy(policy: str) -> None:
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert re.search(r"script-src 'self' 'nonce-[\w-]{20,}';", policy)


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 400), ({"X-CSRFToken": "forged"}, 400), ({"Accept": "application/json"}, 400)]
)
def test_a_form_without_its_token_is_not_taken(app: Flask, headers: dict[str, str], status: int) -> None:
    client = client_for(app)
    assert client.post("/test/form").status_code == 200
    with client.post("/test/form", headers=headers, without_token=True) as answer:
        assert answer.status_code == status
        check_headers(answer)


def test_who_is_not_signed_in_is_led_to_the_door_and_a_script_is_told(app: Flask) -> None:
    client_for(app)
    stranger = app.test_client()
    answer = stranger.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/")
    check_headers(answer)
    for given in ({"Accept": "application/json"}, {"HX-Request": "true"}, {"Accept": "text/event-stream"}):
        assert stranger.get("/", headers=given).status_code == 401
    assert stranger.post("/test/form").status_code == 401


@pytest.mark.parametrize(
    "accepted",
    [
        "text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "*/*",
    ],
)
def test_what_browsers_say_that_they_accept_leads_to_the_door(app: Flask, accepted: str) -> None:
    client_for(app)
    assert app.test_client().get("/", headers={"Accept": accepted}).status_code == 303


def test_the_nonce_is_another_one_each_time(client: FlaskClient) -> None:
    assert len({client.get("/health").headers["Content-Security-Policy"] for _ in range(5)}) == 5


def test_an_unchanged_file_is_answered_with_the_headers_too(client: FlaskClient) -> None:
    with client.get("/static/icon.svg") as first:
        tag = first.headers["ETag"]
    with client.get("/static/icon.svg", headers={"If-None-Match": tag}) as answer:
        assert answer.status_code == 304
        check_headers(answer)


def rules_of(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/test/")]


def test_every_route_has_a_policy(app: Flask) -> None:
    assert len(rules_of(app)) >= 8
    assert [rule.endpoint for rule in rules_of(app) if entry_of(app.view_functions[rule.endpoint]) is None] == []


def test_only_the_door_and_the_health_are_open_to_all(app: Flask) -> None:
    entries = {rule.endpoint: entry_of(app.view_functions[rule.endpoint]) for rule in rules_of(app)}
    found = {endpoint for endpoint, entry in entries.items() if entry is not None and entry.policy is Policy.OPEN}
    assert found == OPEN_TO_ALL


def address_of(rule: Rule) -> str:
    """An address of the rule, of things that are not there."""
    path = re.sub(r"<uuid:[^>]+>", "01890000-0000-7000-8000-000000000000", rule.rule)
    path = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", path)
    path = re.sub(r"<(?:int|float)[^>]*>", "999999", path)
    return re.sub(r"<[^>]+>", "nothing", path)


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_every_role_reaches_what_its_rights_open_and_nothing_else(app: Flask, role: Role | None) -> None:
    """Walks all routes with all their methods as each role, and as somebody without any."""
    client = client_for(app) if role is None else client_for(app, role=role)
    if role is None:
        client = client_for(app, grants=False)
    rights = RIGHTS[role] if role is not None else frozenset()
    for rule in rules_of(app):
        entry = entry_of(app.view_functions[rule.endpoint])
        assert entry is not None
        if rule.endpoint in {"sign_in.sign_out", "live.stream"}:  # ends the session; never ends
            continue
        for method in sorted(rule.methods or ()):
            if method in {"OPTIONS", "HEAD"}:
                continue
            with client.open(address_of(rule), method=method) as answer:
                is_let_in = not isinstance(entry.policy, Right) or entry.policy in rights
                assert (answer.status_code == 403) == (not is_let_in), (role, method, rule.rule, answer.status_code)
                assert answer.status_code != 500, (method, rule.rule, answer.get_data(as_text=True)[:500])
                check_headers(answer)


def test_a_stranger_reaches_nothing_but_what_is_open(app: Flask) -> None:
    client_for(app)
    app.test_client_class = PageClient
    stranger = app.test_client()
    for rule in rules_of(app):
        entry = entry_of(app.view_functions[rule.endpoint])
        assert entry is not None
        if entry.policy is Policy.OPEN:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            with stranger.open(address_of(rule), method=method) as answer:
                assert answer.status_code in {303, 401}, (method, rule.rule)
                assert answer.status_code == 401 or answer.headers["Location"].startswith("/sign-in?")


def test_a_state_never_changes_by_looking(app: Flask) -> None:
    """Who may everything opens every page: no row of any table is another one after that."""
    from scheduler.models import Row

    client = client_for(app)
    station = app.extensions["station"]

    def rows() -> dict[str, list[object]]:
        with station.readers.begin() as session:
            return {
                table.name: sorted(map(str, session.execute(table.select())))
                for table in Row.metadata.sorted_tables
                if table.name not in {"user_session", "pulse"}
            }

    before = rows()
    for rule in rules_of(app):
        if "GET" in (rule.methods or ()) and rule.endpoint != "live.stream":
            client.get(address_of(rule)).close()
    assert rows() == before


def test_a_route_without_a_policy_is_closed(client: FlaskClient) -> None:
    answer = client.get("/test/forgotten")
    assert answer.status_code == 403
    assert "nobody may read this" not in answer.get_data(as_text=True)


def test_pages_hold_no_inline_script_style_or_handler(app: Flask, client: FlaskClient) -> None:
    for rule in rules_of(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint in {"static", "live.stream"}:
            continue
        with client.get(address_of(rule)) as answer:
            if not answer.content_type.startswith("text/html"):
                continue
            page = answer.get_data(as_text=True)
        assert not re.search(r"<style|<[^>]*\sstyle=|<[^>]*\son\w+=|javascript:", page), rule.rule
        for tag in re.findall(r"<script[^>]*>", page):
            assert 'src="' in tag or "nonce=" in tag or 'type="application/json"' in tag, (rule.rule, tag)


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


def test_over_https_the_cookies_have_the_prefix_that_only_https_sets(tmp_path_factory: pytest.TempPathFactory) -> None:
    from scheduler.clock import SystemClock
    from scheduler.config import load_settings
    from scheduler.station import Station
    from tests.databases import put_sqlite

    home = tmp_path_factory.mktemp("https")
    station = Station(settings=load_settings({"LOABAN_HOME": str(home), "LOABAN_HTTPS": "1"}), clock=SystemClock())
    put_sqlite(home / "station.db")
    app = create_app(station, look_at_machine=lambda: WELL)
    answer = app.test_client().get("/setup", base_url="https://localhost")
    lines = answer.headers.getlist("Set-Cookie")
    assert lines and all(re.match(r"__Host-\w+=", line) and "Secure" in line and "Path=/" in line for line in lines)
    assert answer.headers["Strict-Transport-Security"]
    station.engine.dispose()
