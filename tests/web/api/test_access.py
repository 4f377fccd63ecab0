"""Who may ask the API what: a token and nothing else, its area on every row, and nothing said by cursor or ETag."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from limits import RateLimitItemPerMinute
from sqlalchemy import select

from scheduler.domain.people import Right, Role
from scheduler.models import ApiToken, Broadcast
from scheduler.services import api_tokens
from tests.conftest import POSTGRES_URL
from tests.web.api.station import Asking, area_id, asking, make_app, nobody, station_of
from tests.web.station import client_for
from web.api import access
from web.api.reference import CODES
from web.security import Policy, entry_of

DAYS = "from=2026-11-01&to=2026-12-31"
LISTS = (
    "/api/1/series",
    "/api/1/episodes",
    f"/api/1/broadcasts?{DAYS}",
    f"/api/1/deliveries?{DAYS}",
    "/api/1/areas",
    "/api/1/zones",
)
OTHERS = ("/api/1/token", f"/api/1/counts?{DAYS}", "/api/1/zones/TONG", "/api/1/series/cchc", "/metrics")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home: Path = tmp_path_factory.mktemp("home")
    app = make_app(home)
    yield app
    station_of(app).engine.dispose()


@pytest.fixture(autouse=True)
def fresh_counter(app: Flask) -> None:
    app.extensions["api"].extensions["counter"] = access.Counter()


def code_of(answer: Any) -> str:
    assert answer.content_type == "application/problem+json"
    told = answer.get_json()
    assert told["status"] == answer.status_code and told["detail"] and told["type"] == f"/api/1/#{told['code']}"
    return str(told["code"])


# --- a token and nothing else -------------------------------------------------------------------------------------
def test_every_operation_has_a_policy_and_only_what_explains_the_api_is_open(app: Flask) -> None:
    api = app.extensions["api"]
    entries = {rule.rule: entry_of(api.view_functions[rule.endpoint]) for rule in api.url_map.iter_rules()}
    assert len(entries) >= 17 and None not in entries.values()
    assert {rule for rule, entry in entries.items() if entry.policy is Policy.OPEN} == {
        "/api/1/",
        "/api/1/openapi.json",
    }
    assert {entry.policy for entry in entries.values()} == {Policy.OPEN, Right.SEE}


def test_an_operation_that_nobody_gave_a_policy_is_closed_for_every_token(app: Flask) -> None:
    api = app.extensions["api"]
    view = api.view_functions["catalogue.list_series"]
    entry = view.__dict__.pop("entry")
    try:
        answer = asking(app, role=Role.ADMIN).get("/api/1/series")
    finally:
        view.entry = entry
    assert answer.status_code == 403 and code_of(answer) == "token_may_not"


@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_nobody_is_told_anything_without_a_token(app: Flask, path: str) -> None:
    answer = nobody(app).get(path)
    assert answer.status_code == 401 and code_of(answer) == "token_needed"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer") and "ETag" not in answer.headers


@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_a_signed_in_administrator_is_nobody_to_the_api(app: Flask, path: str) -> None:
    browser = client_for(app)
    assert browser.get("/").status_code == 200
    answer = browser.get(path)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/people/", "/settings", "/settings/tokens/", "/log/", "/counts/", "/audit", "/village/files/x"]
)
def test_a_token_of_an_administrator_opens_no_page(app: Flask, path: str) -> None:
    answer = asking(app, role=Role.ADMIN).get(path, Accept="text/html")
    assert answer.status_code in {303, 401}
    if answer.status_code == 303:
        assert answer.headers["Location"].startswith("/sign-in")


def test_a_token_as_a_cookie_or_in_the_address_is_nothing(app: Flask) -> None:
    asks = asking(app)
    client = app.test_client()
    client.set_cookie("token", asks.secret)
    client.set_cookie("loaban", asks.secret)
    assert client.get("/api/1/series").status_code == 401
    assert client.get(f"/api/1/series?token={asks.secret}").status_code == 401
    assert client.get("/api/1/series", headers={"Authorization": f"Basic {asks.secret}"}).status_code == 401


def test_a_token_that_is_revoked_or_over_is_refused_at_the_next_question(app: Flask) -> None:
    asks, brief = asking(app), asking(app, lasts=timedelta(hours=1))
    station = station_of(app)
    assert asks.get("/api/1/series").status_code == brief.get("/api/1/series").status_code == 200
    with station.sessions.begin() as session:
        api_tokens.revoke(session, asks.token_id, by="x", now=station.clock.now())
        session.get_one(ApiToken, brief.token_id).expires_at = station.clock.now()
    assert {code_of(item.get("/api/1/series")) for item in (asks, brief)} == {"token_needed"}


def test_questions_change_no_row_but_when_the_token_was_used(app: Flask) -> None:
    from scheduler.models import Row

    asks, station = asking(app, role=Role.ADMIN), station_of(app)

    def rows() -> dict[str, list[str]]:
        with station.readers.begin() as session:
            tables = [table for table in Row.metadata.sorted_tables if table.name != "api_token"]
            return {table.name: sorted(map(str, session.execute(table.select()))) for table in tables}

    before = rows()
    for path in (*LISTS, *OTHERS):
        assert asks.get(path).status_code == 200
    assert rows() == before
    with station.readers.begin() as session:
        assert session.get_one(ApiToken, asks.token_id).used_at == station.clock.now()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_nothing_is_written_through_the_api(app: Flask, method: str) -> None:
    asks = asking(app, role=Role.ADMIN)
    answer = asks.client.open("/api/1/series", method=method, headers={"Authorization": f"Bearer {asks.secret}"})
    assert answer.status_code == 405 and code_of(answer) == "method_unknown" and "GET" in answer.headers["Allow"]


# --- the area, on every row ---------------------------------------------------------------------------------------
def test_a_token_of_a_commune_is_told_of_no_other(app: Flask) -> None:
    """Everything that Chiềng An's token can read, page by page, holds nothing that is Chiềng Xôm's, and the reverse."""
    an, xom, all_of_it = asking(app, area="Chiềng An"), asking(app, area="Chiềng Xôm"), asking(app)
    told = {
        who: json.dumps(
            [list(who.items(path)) for path in LISTS if "series" not in path and "episodes" not in path],
            ensure_ascii=False,
        )
        for who in (an, xom, all_of_it)
    }
    for sign in ("TONG", "HUM", "TO1", "Chiềng Xôm", "Cấp lại"):
        assert sign not in told[an] and sign in told[xom] and sign in told[all_of_it]
    for sign in ("AN1", "Chiềng An", "Chỉ Chiềng An nghe"):
        assert sign in told[an] and sign not in told[xom] and sign in told[all_of_it]


def test_what_lies_elsewhere_is_answered_exactly_as_what_is_not_there(app: Flask) -> None:
    station, asks = station_of(app), asking(app, area="Chiềng An")
    with station.readers.begin() as session:
        found = session.scalars(select(Broadcast).order_by(Broadcast.starts_at)).first()
        assert found is not None
        broadcast, airing = found.id, found.airings[0].id
    nowhere = "01890000-0000-7000-8000-000000000000"
    xom = area_id(app, "Chiềng Xôm")
    for there, absent in (
        ("/api/1/zones/TONG", "/api/1/zones/NONE"),
        (f"/api/1/broadcasts/{broadcast}", f"/api/1/broadcasts/{nowhere}"),
        (f"/api/1/broadcasts/{broadcast}/zones", f"/api/1/broadcasts/{nowhere}/zones"),
        (f"/api/1/deliveries/{airing}/TONG", f"/api/1/deliveries/{airing}/NONE"),
        (f"/api/1/deliveries?{DAYS}&zone=TONG", f"/api/1/deliveries?{DAYS}&zone=NONE"),
        (f"/api/1/deliveries?{DAYS}&area=%23{xom}", f"/api/1/deliveries?{DAYS}&area=%23999"),
        (f"/api/1/counts?{DAYS}&area=%23{xom}", f"/api/1/counts?{DAYS}&area=%23999"),
        ("/api/1/zones?area=Chiềng Xôm", "/api/1/zones?area=Chiềng Gì"),
    ):
        assert asking(app).get(there).status_code == 200, there
        answers = [asks.get(path) for path in (there, absent)]
        assert {answer.status_code for answer in answers} == {404}, there
        told = [answer.get_json() for answer in answers]
        assert told[0].keys() == told[1].keys() and told[0]["code"] == told[1]["code"]
    assert list(asks.items(f"/api/1/deliveries?{DAYS}&airing={airing}")) == []


def test_what_is_heard_elsewhere_too_is_told_with_the_own_zones_and_languages(app: Flask) -> None:
    """A broadcast of the whole city: a commune is told how many of its own zones hear it, and what they hear."""
    xom = asking(app, area="Chiềng Xôm")
    shown = next(xom.items(f"/api/1/broadcasts?{DAYS}"))
    assert shown["zones"] == 3 and {item["language"] for item in shown["airings"]} == {"vi", "blt"}
    zones = list(xom.items(f"/api/1/broadcasts/{shown['id']}/zones"))
    assert [(zone["code"], zone["languages"]) for zone in zones] == [
        ("HUM", ["blt", "vi"]),
        ("TO1", ["vi"]),
        ("TONG", ["blt", "vi"]),
    ]


def test_a_wider_area_asked_for_is_cut_to_that_of_the_token(app: Flask) -> None:
    an = asking(app, area="Chiềng An")
    assert [item["code"] for item in an.items("/api/1/zones?area=Chiềng An")] == ["AN1"]
    assert an.get("/api/1/zones?area=Sơn La").status_code == 404
    counts = an.get("/api/1/counts?from=2026-01-01&to=2026-12-31").get_json()
    assert counts["broadcast_total"] == 0 and counts["areas"] == []
    assert (
        asking(app).get("/api/1/counts?from=2026-01-01&to=2026-12-31&area=Chiềng Xôm").get_json()["broadcast_total"]
        == 2
    )


def test_counts_say_by_which_rule_which_days_were_counted(app: Flask) -> None:
    for asks in (asking(app), asking(app, area="Chiềng Xôm")):
        told = asks.get("/api/1/counts?from=2026-01-01&to=2026-12-31").get_json()
        rule = {"number": 1, "least_share": 0.9, "least_evidence": "handed_over"}
        assert told["rules"] == [{"from": "2026-01-01", "to": "2026-12-31", **rule}]
        assert sum(stretch["broadcast"].get("vi", 0) for stretch in told["stretches"]) == told["broadcast"]["vi"] == 1


def test_the_area_above_is_not_named_to_who_does_not_reach_it(app: Flask) -> None:
    told = list(asking(app, area="Chiềng An").items("/api/1/areas"))
    assert [(item["name"], item["parent_id"]) for item in told] == [("Chiềng An", None)]
    assert asking(app, area="Chiềng An").get("/api/1/token").get_json()["area"] == {
        "id": told[0]["id"],
        "name": "Chiềng An",
    }


# --- filters ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/api/1/episodes?language=blt&state=approved", 5),
        ("/api/1/episodes?language=hmn&state=approved", 0),
        ("/api/1/episodes?search=khai%20sinh", 1),
        ("/api/1/episodes?search=KHÁI%20Sinh", 1),
        ("/api/1/episodes?year=2025", 0),
        ("/api/1/episodes?series=cchc", 5),
        (f"/api/1/broadcasts?{DAYS}&series=cchc", 5),
        ("/api/1/broadcasts?from=2026-11-25&to=2026-11-25", 1),
        (f"/api/1/deliveries?{DAYS}", 5),
        (f"/api/1/deliveries?{DAYS}&zone=HUM", 2),
        (f"/api/1/deliveries?{DAYS}&outcome=missed", 2),
        (f"/api/1/deliveries?{DAYS}&reason=carrier_failed&language=vi", 1),
        (f"/api/1/deliveries?{DAYS}&outcome=sounded&series=cchc", 3),
        (f"/api/1/deliveries?{DAYS}&area=Chiềng Xôm", 5),
        (f"/api/1/deliveries?{DAYS}&area=Chiềng An", 0),
        ("/api/1/zones?area=Chiềng Xôm", 3),
        ("/api/1/zones?area=Sơn La", 4),
    ],
)  # fmt: skip
def test_a_filter_finds_what_fits_and_nothing_else(app: Flask, path: str, number: int) -> None:
    assert len(list(asking(app).items(path))) == number


# --- cursors ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", LISTS)
def test_page_by_page_all_of_a_list_is_told_once(app: Flask, path: str) -> None:
    asks = asking(app)
    whole = asks.get(path).get_json()["items"]
    sign = "&" if "?" in path else "?"
    assert len(whole) >= 1 and list(asks.items(f"{path}{sign}limit=1")) == whole
    assert list(asks.items(f"{path}{sign}limit=2")) == whole


def first_cursor(asks: Asking, path: str) -> str:
    return str(asks.get(path).get_json()["next"])


def test_a_cursor_is_worth_something_to_its_token_and_question_only(app: Flask) -> None:
    asks, other = asking(app), asking(app)
    cursor = first_cursor(asks, "/api/1/zones?limit=1")
    assert asks.get(f"/api/1/zones?limit=1&cursor={cursor}").status_code == 200
    assert asks.get(f"/api/1/zones?limit=3&cursor={cursor}").status_code == 200
    for who, path in (
        (other, f"/api/1/zones?limit=1&cursor={cursor}"),
        (asks, f"/api/1/zones?area=Sơn La&limit=1&cursor={cursor}"),
        (asks, f"/api/1/series?limit=1&cursor={cursor}"),
        (asks, f"/api/1/zones?limit=1&cursor={cursor[:-2]}"),
        (asks, f"/api/1/zones?limit=1&cursor={'A' if cursor[0] != 'A' else 'B'}{cursor[1:]}"),
        (asks, "/api/1/zones?cursor=AAAA"),
    ):
        answer = who.get(path)
        assert answer.status_code == 409 and code_of(answer) == "bad_cursor", path


def test_a_cursor_shows_nothing_of_what_is_in_it_and_is_the_same_each_time(app: Flask) -> None:
    import base64

    asks = asking(app)
    cursor = first_cursor(asks, "/api/1/zones?limit=1")
    plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b"AN1" not in plain and b"[" not in plain[:2]
    assert cursor == first_cursor(asks, "/api/1/zones?limit=1") != first_cursor(asking(app), "/api/1/zones?limit=1")


# --- ETags --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [*LISTS, *OTHERS[:4], "/api/1/openapi.json"])
def test_what_did_not_change_is_not_sent_again(app: Flask, path: str) -> None:
    asks = asking(app)
    asks.get("/api/1/token")  # so that the use of the token is noted already
    first = asks.get(path)
    again = asks.get(path, If_None_Match=first.headers["ETag"])
    assert again.status_code == 304 and again.get_data() == b"" and again.headers["ETag"] == first.headers["ETag"]
    assert "Authorization" in first.headers["Vary"] and first.headers["Cache-Control"] == "private, no-cache"
    assert asks.get(path, If_None_Match='"another"').status_code == 200


def test_the_same_answer_to_another_token_or_question_has_another_tag(app: Flask) -> None:
    asks, other = asking(app), asking(app)
    own, theirs = asks.get("/api/1/series"), other.get("/api/1/series")
    assert own.get_data() == theirs.get_data() and own.headers["ETag"] != theirs.headers["ETag"]
    assert other.get("/api/1/series", If_None_Match=own.headers["ETag"]).status_code == 200
    assert asks.get("/api/1/series?limit=7").headers["ETag"] != own.headers["ETag"]


def test_a_tag_lets_in_nobody(app: Flask) -> None:
    tag = asking(app).get("/api/1/series").headers["ETag"]
    for secret in ("", "loaban_wrong"):
        answer = Asking(client=app.test_client(), secret=secret).get("/api/1/series", If_None_Match=tag)
        assert answer.status_code == 401
    assert nobody(app).get("/api/1/series", If_None_Match="*").status_code == 401


# --- problems, limits ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/1/nothing", 404, "address_unknown"),
        ("/api/2/series", 404, "address_unknown"),
        ("/api/1/series/none", 404, "unknown_series"),
        ("/api/1/series/cchc/episodes/2026/99", 404, "unknown_episode"),
        (f"/api/1/broadcasts?{DAYS}&series=none", 404, "unknown_series"),
        ("/api/1/broadcasts?from=2026-02-01&to=2026-01-01", 409, "bad_period"),
        ("/api/1/broadcasts?from=2020-01-01&to=2026-01-01", 409, "period_too_long"),
        ("/api/1/deliveries?from=2020-01-01&to=2026-01-01", 409, "period_too_long"),
        ("/api/1/counts?from=0001-01-01&to=0001-12-31", 409, "bad_period"),
        ("/api/1/counts?from=2000-01-01&to=2999-12-31", 409, "period_too_long"),
        ("/api/1/broadcasts?to=2026-01-01", 422, "bad_question"),
        ("/api/1/broadcasts?from=20260101&to=2026-01-01", 422, "bad_question"),
        ("/api/1/broadcasts?from=2026-02-30&to=2026-03-01", 422, "bad_question"),
        ("/api/1/series?limit=0", 422, "bad_question"),
        ("/api/1/series?limit=1.0", 422, "bad_question"),
        ("/api/1/series?limit=1_0", 422, "bad_question"),
        ("/api/1/series?limit=1&limit=2", 422, "bad_question"),
        ("/api/1/series?serie=cchc", 422, "bad_question"),
        ("/api/1/token?x=1", 422, "bad_question"),
        ("/api/1/zones/TONG?limit=1", 422, "bad_question"),
        ("/api/1/series/cchc?x=", 422, "bad_question"),
        ("/api/1/zones?area=%00", 422, "bad_question"),
    ],
)  # fmt: skip
def test_a_problem_has_a_status_a_code_and_a_sentence(app: Flask, path: str, status: int, code: str) -> None:
    answer = asking(app).get(path)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert code in CODES


def test_a_sentence_is_in_the_language_the_program_asked_for(app: Flask) -> None:
    asks = asking(app)
    assert "Không có" in asks.get("/api/1/zones/NONE").get_json()["detail"]
    english = asks.get("/api/1/zones/NONE", Accept_Language="en-GB,en;q=0.8")
    assert "There is no" in english.get_json()["detail"] and english.headers["Content-Language"] == "en"


def test_a_bug_is_told_by_a_number_and_never_by_a_traceback(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from scheduler.services import paging

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(paging, "find_series", fail)
    answer = asking(app).get("/api/1/series")
    assert (
        answer.status_code == 500
        and code_of(answer) == "answer_failed"
        and "secret" not in answer.get_data(as_text=True)
    )
    assert "api.failed reference=" in caplog.text


def test_a_token_may_ask_so_often_and_another_is_not_kept_waiting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "QUESTIONS", RateLimitItemPerMinute(3))
    asks, other = asking(app), asking(app)
    assert [asks.get("/api/1/series").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = asks.get("/api/1/series")
    assert code_of(refused) == "too_many_tries" and int(refused.headers["Retry-After"]) > 0
    assert other.get("/api/1/series").status_code == 200


def test_an_address_that_tries_wrong_tokens_is_kept_waiting_and_then_no_row_is_read(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REFUSALS", RateLimitItemPerMinute(3))
    asks = Asking(client=app.test_client(), secret="loaban_wrong")
    assert [asks.get("/api/1/series").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    monkeypatch.setattr(api_tokens, "find", lambda *_, **__: pytest.fail("the rows were asked"))
    assert asks.get("/api/1/series").status_code == 429


def test_every_answer_carries_the_headers_of_the_pages(app: Flask) -> None:
    for path in ("/api/1/series", "/api/1/", "/api/1/openapi.json", "/api/1/none", "/metrics"):
        for asks in (asking(app), nobody(app)):
            headers = asks.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
            assert "default-src 'self'" in headers["Content-Security-Policy"] and "Cache-Control" in headers
            assert "Access-Control-Allow-Origin" not in headers


# --- what it is ---------------------------------------------------------------------------------------------------
def test_the_page_of_the_api_needs_nothing_from_outside_and_tells_all_operations_and_codes(app: Flask) -> None:
    page = nobody(app).get("/api/1/").get_data(as_text=True)
    document = nobody(app).get("/api/1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    assert all(f"<code>GET {path}</code>" in page.replace("<wbr>", "") for path in document["paths"])
    assert all(f'id="{code}"' in page for code in CODES)
    assert "<script" not in page and "<style" not in page and 'src="http' not in page and 'href="http' not in page
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    inside = {part.split('"')[0] for part in page.split('id="')[1:]}
    assert {link[1:] for link in links if link.startswith("#")} <= inside
    assert "http" not in json.dumps([item.get("url") for item in document.get("servers", [])])


@pytest.mark.postgres
def test_on_postgresql_the_same_is_answered_page_by_page_and_odd_addresses_are_refused(tmp_path: Path) -> None:
    if POSTGRES_URL is None:
        pytest.skip("LOABAN_TEST_POSTGRES_URL is not set")
    app = make_app(tmp_path, database_url=POSTGRES_URL)
    asks, an = asking(app), asking(app, area="Chiềng An")
    for path, number, of_an in zip(LISTS, (1, 5, 5, 5, 3, 4), (1, 5, 1, 0, 1, 1), strict=True):
        sign = "&" if "?" in path else "?"
        whole = asks.get(path).get_json()["items"]
        assert len(whole) == number and list(asks.items(f"{path}{sign}limit=1")) == whole
        assert len(list(an.items(f"{path}{sign}limit=1"))) == of_an
    assert {asks.get(path).status_code for path in OTHERS} == {200}
    largest = 2**63 - 1
    for path in ("/api/1/zones/%00", f"/api/1/series/cchc/episodes/{largest}/{largest}"):
        answer = asks.get(path)
        assert answer.status_code == 422 and code_of(answer) == "bad_question"
    assert asks.get(f"/api/1/zones?area=%23{largest}").status_code == 404
    station_of(app).engine.dispose()
