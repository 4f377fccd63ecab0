"""No odd value in a path, a query or a form makes a page fail, whoever sends it."""

import random
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import BuildError, Rule

from audio.store import FileMediaStore
from scheduler.domain.people import Role
from scheduler.models import Area, Zone
from tests.web.full_station import fill_station
from tests.web.station import WELL, client_for, make_station
from web.app import create_app
from web.throttle import limiter

SECONDS_EACH = 10
ODD = (
    "", "0", "-1", "1", "٣", "x", str(10**30), str(2**63), "1e309", "nan", "0001-01-01", "9999-12-31", "2026-11-24",
    "2026-W48", "0000-W01", "9999-W53", "9999-12", "00:00", "24:61", "a\x00b", "\ufffd",
    "<script>", "../../etc/passwd", "'\";--", "%", "#1", "#" + str(10**30), "²", "x" * 3000, "on", "vi",
)  # fmt: skip
FIELDS = (
    "page", "before", "after", "from", "to", "since", "until", "day", "date", "on", "week", "month", "year", "number",
    "q", "zone", "zones", "area", "areas", "series", "language", "state", "kind", "reason", "person", "who", "what",
    "starts_on", "ends_on", "starts_at", "time", "name", "code", "login", "password", "again", "role", "next", "id",
    "lat", "lon", "latitude", "longitude", "bbox", "x", "y", "z", "sort", "title", "parent", "version", "sha256",
    "episode", "slot", "rrule", "days", "minutes", "rows", "chosen", "format", "view", "text",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home = tmp_path_factory.mktemp("home")
    station = make_station(home, filled_by=fill_station)
    store = FileMediaStore(home)
    app = create_app(station, media=store, look_at_machine=lambda: WELL)
    limiter.enabled = False
    yield app
    limiter.enabled = True
    station.engine.dispose()


def some_path(app: Flask, rule: Rule, luck: random.Random) -> str | None:
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        if kind == "IntegerConverter":
            values[name] = luck.choice((0, 1, 2, 3, 2**31, 2**63, 10**30))
        elif kind == "UUIDConverter":
            values[name] = "00000000-0000-0000-0000-000000000001"
        elif kind == "AnyConverter":
            values[name] = luck.choice(sorted(converter.items))
        else:
            values[name] = luck.choice([text for text in ODD if text])
    try:
        return app.url_map.bind("localhost").build(rule.endpoint, values, append_unknown=False)
    except (BuildError, ValueError):
        return None


@pytest.mark.parametrize("who", ["admin", "operator"])
def test_no_odd_value_makes_a_page_fail(app: Flask, who: str) -> None:
    luck = random.Random(24)
    with app.extensions["station"].readers.begin() as session:
        area = session.scalar(select(Zone.area_id).join(Area, Area.id == Zone.area_id))
    client = client_for(app, role=Role.ADMIN) if who == "admin" else client_for(app, role=Role.OPERATOR, area=area)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    rules = [rule for rule in rules if not rule.endpoint.startswith("live.") and rule.endpoint != "sign_in.sign_out"]
    failed: dict[str, str] = {}
    until, asked = time.monotonic() + SECONDS_EACH, 0
    while time.monotonic() < until:
        luck.shuffle(rules)
        for rule in rules:
            if time.monotonic() > until:
                break
            path = some_path(app, rule, luck)
            if path is None:
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                told = {name: luck.choice(ODD) for name in luck.sample(FIELDS, 25)}
                query = {"query_string": told} if method == "GET" else {"data": told}
                with client.open(path, method=method, **query) as answer:
                    asked += 1
                    if answer.status_code >= 500:
                        failed.setdefault(f"{method} {rule.rule}", f"{answer.status_code} {path} {told}")
    assert asked > 100
    assert not failed, "\n".join(f"{where}: {what}" for where, what in failed.items())


@pytest.mark.parametrize("way", ["//[", "//[x", "http://[", "/\t/elsewhere", "//elsewhere", "/\\elsewhere"])
def test_no_odd_way_back_makes_signing_in_fail_or_leads_elsewhere(app: Flask, way: str) -> None:
    answer = client_for(app).get("/sign-in", query_string={"next": way})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_number_that_no_database_holds_is_not_there(app: Flask) -> None:
    answer = client_for(app).get(f"/coverage/areas/{2**63}")
    assert answer.status_code == 404
