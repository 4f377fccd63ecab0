"""One-time codes from the command line."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.__main__ import cli
from scheduler.clock import SystemClock
from scheduler.config import load_settings
from scheduler.domain.people import Granted, Role
from scheduler.errors import UnknownUser
from scheduler.models import AuditEntry
from scheduler.services import people
from scheduler.station import Station, open_station
from tests.databases import put_migrated_sqlite


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    put_migrated_sqlite(tmp_path / "station.db")
    return open_station(load_settings({"LOABAN_HOME": str(tmp_path)}))


def run(*arguments: str) -> str:
    found = CliRunner().invoke(cli, ["people", *arguments], catch_exceptions=False)
    return found.output


def code_in(text: str) -> str:
    found = re.search(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", text)
    assert found is not None, text
    return found[0]


def test_a_new_station_gives_a_code_for_its_first_administrator(station: Station) -> None:
    told = run("code")
    assert "/setup?code=" in told
    with station.sessions.begin() as session:
        people.find_code(session, code_in(told), now=SystemClock().now())


def test_who_forgot_the_password_gets_a_code_and_it_is_in_the_trail(station: Station) -> None:
    with station.sessions.begin() as session:
        people.create_user(
            session, login="hoa", name="Lò Thị Hoa", grants=[Granted(role=Role.ADMIN)], now=SystemClock().now()
        )
    code = code_in(run("code", "Hoa"))
    with station.sessions.begin() as session:
        assert people.find_code(session, code, now=SystemClock().now()).user_id is not None
        entry = session.query(AuditEntry).filter_by(action="code_issued").one()
        assert code not in str(entry.after) and entry.who == "Tại máy chủ"
    assert "hoa  Lò Thị Hoa  admin" in run("list")
    with pytest.raises(UnknownUser):
        run("code", "ai")


def test_a_station_with_users_gives_no_code_for_another_first_administrator(station: Station) -> None:
    with station.sessions.begin() as session:
        people.create_user(session, login="hoa", name="Hoa", grants=[Granted(role=Role.ADMIN)], now=SystemClock().now())
    assert "Give the name of a user." in run("code")
