"""What village players ask over HTTPS: pairing by a code, and files by their hash, whole or in part."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from audio.store import FileMediaStore
from audio.village.home import Membership
from scheduler.broker.passwords import fits
from scheduler.domain.coverage import CarrierKind
from scheduler.models import Player, RunningOrder, Zone
from scheduler.passwords import make_pairing_code
from scheduler.services import pairing
from scheduler.signing import Signer, keep_key
from scheduler.station import Station
from tests.factories import NOW, make_area, make_zone
from tests.web.station import client_for, make_station
from tests.web.uploading import make_upload_app
from web import media, village_api

BOX = Signer(bytes(32))
OTHER_BOX = Signer(bytes([1] * 32))
BYTES = bytes(range(256)) * 64


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    with station.sessions.begin() as session:
        make_zone(session, area=make_area(session)).carrier = CarrierKind.VILLAGE
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return make_upload_app(station)


@pytest.fixture
def code(station: Station) -> str:
    with station.sessions.begin() as session:
        return pairing.make_code(session, zone_id=1, by="Lò Văn Kỹ", now=NOW)


@pytest.fixture
def token(station: Station, code: str) -> str:
    with station.sessions.begin() as session:
        return pairing.pair(session, code, public_key=BOX.public, box="", now=NOW).token


@pytest.fixture
def sha256(station: Station) -> str:
    """A file in the store that is sent to villages."""
    stored = keep(station, BYTES)
    with station.sessions.begin() as session:
        session.add(RunningOrder(key="1" * 64, parts=[], transport_sha256=stored, transport_bytes=len(BYTES)))
    return stored


def keep(station: Station, data: bytes) -> str:
    source = station.settings.home / "source"
    source.write_bytes(data)
    with source.open("rb") as file:
        return FileMediaStore(station.settings.home).add(file).sha256


def ask(app: Flask, code: str, *, signer: Signer = BOX, changes: dict[str, Any] | None = None) -> Any:
    body = {
        "code": code,
        "public_key": signer.public,
        "box": "raspberrypi 4",
        "proof": signer.seal(f"loaban pair {code}".encode()).decode(),
        **(changes or {}),
    }
    return app.test_client().post("/village/pair", json=body)


def fetch(app: Flask, sha256: str, token: str, **headers: str) -> Any:
    told = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = app.test_client().get(f"/village/files/{sha256}", headers=told)
    answer.get_data()
    answer.close()
    return answer


# --- pairing ------------------------------------------------------------------------------------------------------
def test_a_box_is_told_all_that_it_keeps(app: Flask, station: Station, code: str) -> None:
    answer = ask(app, code)
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store"
    told = msgspec.json.decode(answer.data, type=Membership)
    assert set(msgspec.structs.asdict(told)) == set(json.loads(answer.data))
    assert (told.zone_id, told.zone_code, told.paired_at) == (1, "TONG", NOW)
    assert told.station_url == "http://localhost" and told.broker_url == "mqtt://localhost:1883"
    assert told.station_key == keep_key(station.settings.home / "keys" / "village-ed25519").public
    with station.readers.begin() as session:
        player = pairing.get_player(session, 1)
        assert fits(told.password, player.broker_password) and player.username == told.username
        assert player.public_key == BOX.public and player.box == "raspberrypi 4"
        found = pairing.find_by_token(session, told.token)
        assert found is not None and found.id == player.id


def test_a_box_is_told_the_addresses_that_are_set(tmp_path: Path) -> None:
    from dataclasses import replace

    plain = make_station(tmp_path)
    settings = replace(
        plain.settings, public_url="https://dai.example:8443", broker_public_url="mqtts://dai.example:8883"
    )
    station = Station(settings=settings, clock=plain.clock)
    with station.sessions.begin() as session:
        make_zone(session, area=make_area(session)).carrier = CarrierKind.VILLAGE
        code = pairing.make_code(session, zone_id=1, by="", now=NOW)
    told = ask(make_upload_app(station), code).get_json()
    assert (told["station_url"], told["broker_url"]) == ("https://dai.example:8443", "mqtts://dai.example:8883")
    station.engine.dispose()
    plain.engine.dispose()


def test_wrong_used_and_expired_codes_get_the_very_same_answer(app: Flask, station: Station, code: str) -> None:
    assert ask(app, code).status_code == 201
    with station.sessions.begin() as session:
        old = pairing.make_code(session, zone_id=1, by="", now=NOW - timedelta(days=2))
    answers = [ask(app, item, signer=OTHER_BOX) for item in (code, old, make_pairing_code(), "", "x" * 500)]
    assert {(item.status_code, item.data) for item in answers} == {(403, answers[0].data)}
    assert answers[0].get_json()["code"] == "bad_code"


def test_who_guesses_is_stopped_and_the_box_next_door_is_not(app: Flask, code: str) -> None:
    statuses = [ask(app, make_pairing_code()).status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]
    stopped = ask(app, code)
    assert stopped.status_code == 429 and int(stopped.headers["Retry-After"]) > 0
    assert stopped.get_json()["code"] == "too_many_tries"
    body = {"code": code, "public_key": BOX.public, "proof": BOX.seal(f"loaban pair {code}".encode()).decode()}
    answer = app.test_client().post("/village/pair", json=body, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 201


def test_many_guessers_together_are_stopped_too(app: Flask, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert village_api.REFUSED_CODES_OF_ALL.endswith("per hour")
    most = int(village_api.REFUSED_CODES_OF_ALL.split()[0])
    from limits import parse

    from web.throttle import limiter

    for _ in range(most):
        limiter.limiter.hit(parse(village_api.REFUSED_CODES_OF_ALL), "pairing", "village_api.pair")
    assert ask(app, code).status_code == 429


def test_a_box_cannot_name_the_key_of_another(app: Flask, code: str) -> None:
    said = f"loaban pair {code}".encode()
    for changes in (
        {"public_key": OTHER_BOX.public},
        {"proof": BOX.seal(b"loaban pair 2222-2222").decode()},
        {"proof": OTHER_BOX.seal(said).decode()},
        {"proof": ""},
        {"proof": None},
        {"public_key": "ab"},
        {"public_key": "zz" * 32},
        {"public_key": 7},
        {"code": None},
        {"code": ["x"]},
        {"box": {}},
    ):
        answer = ask(app, code, changes=changes)
        assert answer.status_code == 400, changes
        assert answer.get_json()["code"] in {"bad_message", "bad_signature"}
        from web.throttle import limiter

        limiter.reset()
    assert ask(app, code, changes={"box": "a\x00b\n c"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"code": "\\ud800", "public_key": "", "proof": "\\ud800"}', "application/json", 400),
        (b"[" * 4000, "application/json", 400),
        (b"{" + b" " * 5000 + b"}", "application/json", 413),
        (b"code=7K3F", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_request_is_told_so(app: Flask, body: bytes, kind: str, status: int) -> None:
    answer = app.test_client().post("/village/pair", data=body, content_type=kind)
    assert answer.status_code == status and answer.is_json
    assert "Traceback" not in answer.get_data(as_text=True)


def test_who_opens_the_codes_address_with_a_telephone_is_told_what_it_is_for(app: Flask) -> None:
    page = app.test_client().get("/village/pair")
    assert page.status_code == 200 and "loaban player pair" in page.get_data(as_text=True)


# --- files --------------------------------------------------------------------------------------------------------
def test_a_box_fetches_a_file_whole_or_from_where_it_has_come(app: Flask, token: str, sha256: str) -> None:
    whole = fetch(app, sha256, token)
    assert (whole.status_code, whole.data, whole.headers["ETag"]) == (200, BYTES, f'"{sha256}"')
    assert whole.headers["Accept-Ranges"] == "bytes"
    rest = fetch(app, sha256, token, Range="bytes=16000-", If_Range=f'"{sha256}"')
    assert (rest.status_code, rest.data) == (206, BYTES[16000:])
    assert rest.headers["Content-Range"] == f"bytes 16000-{len(BYTES) - 1}/{len(BYTES)}"
    piece = fetch(app, sha256, token, Range="bytes=10-19")
    assert (piece.status_code, piece.data) == (206, BYTES[10:20])
    changed = fetch(app, sha256, token, Range="bytes=10-19", If_Range='"another"')
    assert (changed.status_code, changed.data) == (200, BYTES)


@pytest.mark.parametrize("wanted", ["bytes=16384-", "bytes=99999-"])
def test_a_stretch_that_is_not_there_is_told_with_the_length(app: Flask, token: str, sha256: str, wanted: str) -> None:
    answer = fetch(app, sha256, token, Range=wanted)
    assert answer.status_code == 416 and answer.headers["Content-Range"] == f"bytes */{len(BYTES)}"
    assert answer.get_json()["code"] == "http_416"


def test_all_the_rest_comes_in_pieces_so_that_no_slow_link_holds_a_thread(
    app: Flask, token: str, sha256: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "LARGEST_PIECE", 1000)
    answer = fetch(app, sha256, token, Range="bytes=100-")
    assert answer.data == BYTES[100:1100] and answer.headers["Content-Range"] == f"bytes 100-1099/{len(BYTES)}"


def test_only_a_box_that_is_let_in_gets_anything(app: Flask, station: Station, token: str, sha256: str) -> None:
    client = client_for(app)  # an administrator's cookie is no token
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {token}x"}, {"Authorization": token},
                    {"Authorization": f"Basic {token}"}, {"Authorization": "Bearer \xff"}):  # fmt: skip
        answer = client.get(f"/village/files/{sha256}", headers=headers)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].lower().startswith("bearer"), headers
        assert answer.is_json
    with station.sessions.begin() as session:
        player = pairing.find_by_token(session, token)
        assert player is not None
        pairing.revoke(session, player.id, by="", reason="", now=NOW)
    assert fetch(app, sha256, token).status_code == 401


def test_nothing_of_the_station_but_files_for_villages_is_given(
    app: Flask, station: Station, token: str, sha256: str
) -> None:
    other = keep(station, b"a recording that nobody approved")
    for name in (other, "0" * 64, sha256[:-1], sha256.upper(), "..%2F..%2Fkeys%2Fweb.key", "station.db", "%00"):
        assert fetch(app, name, token).status_code == 404, name


def test_a_file_that_the_disk_has_lost_is_for_later(app: Flask, station: Station, token: str, sha256: str) -> None:
    FileMediaStore(station.settings.home).path(sha256).unlink()
    answer = fetch(app, sha256, token)
    assert answer.status_code == 503 and answer.get_json()["code"] == "media_missing"


def test_a_box_that_asks_without_end_is_stopped_and_no_other(
    app: Flask, station: Station, token: str, sha256: str
) -> None:
    with station.sessions.begin() as session:
        session.add(Zone(code="HUM", name="Bản Hụm", area_id=1, carrier="village", settings={}, created_at=NOW))
        session.flush()
        code = pairing.make_code(session, zone_id=2, by="", now=NOW)
        other = pairing.pair(session, code, public_key=OTHER_BOX.public, box="", now=NOW).token
    most = int(village_api.PIECES_OF_BOX.split()[0])
    statuses = [fetch(app, sha256, token, Range="bytes=0-0").status_code for _ in range(most + 1)]
    assert statuses == [206] * most + [429]
    assert fetch(app, sha256, other, Range="bytes=0-0").status_code == 206


def test_a_failure_is_told_by_a_number_and_never_by_a_traceback(
    app: Flask, token: str, sha256: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> bool:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(village_api.village_files, "is_sent_to_villages", fail)
    with caplog.at_level(logging.CRITICAL):
        answer = fetch(app, sha256, token)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500 and "page_failed" in text and "secret" not in text and "Traceback" not in text

    def lock(*_: Any) -> bool:
        raise OperationalError("SELECT secret", {}, Exception("locked"))

    monkeypatch.setattr(village_api.village_files, "is_sent_to_villages", lock)
    answer = fetch(app, sha256, token)
    assert answer.status_code == 503 and "secret" not in answer.get_data(as_text=True)


def test_no_secret_of_a_box_is_in_the_rows(station: Station, app: Flask, code: str) -> None:
    told = ask(app, code).get_json()
    with station.readers.begin() as session:
        player = session.query(Player).one()
        kept = " ".join(str(getattr(player, column.key)) for column in Player.__table__.columns)
    assert told["token"] not in kept and told["password"] not in kept
