"""Pairing from the station's command line and from the box's: codes, QR, lists, revoking."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from audio.village.home import PlayerHome
from scheduler.__main__ import cli
from scheduler.config import load_settings
from scheduler.domain.coverage import CarrierKind
from scheduler.errors import BadCode, BadPairingText, NotAVillageZone, UnknownPlayer, UnknownZone
from scheduler.models import AuditEntry
from scheduler.services import pairing
from scheduler.station import Station, open_station
from tests.databases import put_migrated_sqlite
from tests.factories import make_area, make_zone
from tests.web.served import Served
from web.throttle import limiter


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path / "station"))
    put_migrated_sqlite(tmp_path / "station" / "station.db")
    station = open_station(load_settings({"LOABAN_HOME": str(tmp_path / "station")}))
    with station.sessions.begin() as session:
        area = make_area(session)
        make_zone(session, area=area).carrier = CarrierKind.VILLAGE
        make_zone(session, area=area, code="TO1").carrier = CarrierKind.FILE
    yield station
    station.engine.dispose()


@pytest.fixture
def served(station: Station) -> Iterator[Served]:
    served = Served(station)
    limiter.reset()
    yield served
    served.stop()


def run(*arguments: str) -> str:
    found = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    return found.output


def make_code(*more: str) -> str:
    found = re.search(r": ([A-Z2-9]{4}-[A-Z2-9]{4})\n", run("village", "code", "TONG", *more))
    assert found is not None
    return found[1]


def test_a_code_is_told_with_what_to_type_and_as_a_picture(station: Station) -> None:
    told = run("village", "code", "TONG")
    code = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", told)
    assert code is not None and f"loaban player pair {code[0]} --station http://127.0.0.1:8080" in told
    assert "█" in told and "█" not in run("village", "code", "TONG", "--no-qr")
    with station.readers.begin() as session:
        entry = session.query(AuditEntry).filter_by(action="pairing_code").first()
        assert entry is not None and entry.label and code[0] not in str(entry.after)


def test_no_code_for_a_zone_that_has_no_player(station: Station) -> None:
    with pytest.raises(NotAVillageZone):
        run("village", "code", "TO1")
    with pytest.raises(UnknownZone):
        run("village", "code", "NONE")


def test_a_box_is_paired_by_the_code_typed_listed_and_revoked(served: Served, tmp_path: Path) -> None:
    code = make_code()
    assert "TONG" in run("village", "list")
    home = tmp_path / "box"
    told = run("player", "pair", code.lower(), "--station", served.url, "--home", str(home), "--name", "hộp bản Tông")
    assert "TONG" in told
    membership = PlayerHome(home).membership()
    assert membership.zone_code == "TONG" and membership.station_url + "/" == served.url
    assert (home / "membership.json").stat().st_mode & 0o077 == 0
    (row,) = json.loads(run("village", "list", "--json"))
    assert (row["zone"], row["box"], row["username"]) == ("TONG", "hộp bản Tông", membership.username)
    assert "hộp bản Tông" in run("village", "show", "TONG")
    secrets = (membership.token, membership.password)
    assert not any(secret in told + run("village", "list", "--json") for secret in secrets)
    assert "Đã thu hồi" in run("village", "revoke", "TONG", "--reason", "mất máy")
    assert json.loads(run("village", "list", "--json")) == []
    (row,) = json.loads(run("village", "list", "--json", "--revoked"))
    assert (row["reason"], row["state"]) == ("mất máy", "đã thu hồi")
    with pytest.raises(UnknownPlayer):
        run("village", "revoke", "TONG")


def test_a_box_is_paired_by_the_text_of_the_picture(served: Served, tmp_path: Path) -> None:
    code = make_code()
    run("player", "pair", f"{served.url}village/pair#{code}", "--home", str(tmp_path / "box"))
    assert PlayerHome(tmp_path / "box").membership().zone_code == "TONG"


def test_a_second_box_replaces_the_first_and_a_code_is_not_used_twice(served: Served, tmp_path: Path) -> None:
    first, second = make_code(), None
    run("player", "pair", first, "--station", served.url, "--home", str(tmp_path / "one"))
    old = PlayerHome(tmp_path / "one").membership()
    with pytest.raises(BadCode):
        run("player", "pair", first, "--station", served.url, "--home", str(tmp_path / "two"))
    assert not (tmp_path / "two" / "membership.json").exists()
    second = make_code()
    run("player", "pair", second, "--station", served.url, "--home", str(tmp_path / "two"))
    new = PlayerHome(tmp_path / "two").membership()
    with served.station.readers.begin() as session:
        assert set(pairing.directory(session)) == {new.username} != {old.username}


def test_a_refused_code_leaves_a_box_what_it_was(served: Served, tmp_path: Path) -> None:
    run("player", "pair", make_code(), "--station", served.url, "--home", str(tmp_path / "box"))
    before = (tmp_path / "box" / "membership.json").read_bytes()
    with pytest.raises(BadCode):
        run("player", "pair", "2222-2222", "--station", served.url, "--home", str(tmp_path / "box"))
    assert (tmp_path / "box" / "membership.json").read_bytes() == before


@pytest.mark.parametrize("text", ["7K3F", "7K3F-9Q2M-7K3F-9Q2M-XXXX", "#7K3F-9Q2M", "ftp://dai/village/pair#7K3F-9Q2M"])
def test_what_is_no_code_is_told_before_anybody_is_asked(station: Station, text: str, tmp_path: Path) -> None:
    with pytest.raises(BadPairingText):
        run("player", "pair", text, "--station", "http://127.0.0.1:1", "--home", str(tmp_path / "box"))
