"""Tokens from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.__main__ import cli
from scheduler.clock import SystemClock
from scheduler.config import load_settings
from scheduler.domain.people import Role
from scheduler.errors import UnknownArea, UnknownToken
from scheduler.services import api_tokens
from scheduler.station import Station, open_station
from tests.factories import make_area


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    from scheduler.database import upgrade

    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    station = open_station(load_settings({"LOABAN_HOME": str(tmp_path)}))
    upgrade(station.engine)
    return station


def run(*arguments: str) -> str:
    """What stands on the output: a program reads the secret from there, and people read the rest beside it."""
    return CliRunner().invoke(cli, ["token", *arguments], catch_exceptions=False).stdout


def test_a_token_is_made_listed_and_revoked(station: Station) -> None:
    with station.sessions.begin() as session:
        area = make_area(session, name="Chiềng Xôm", kind="commune").id
    secret = run("make", "Prometheus")
    assert secret.startswith("loaban_") and secret.count("\n") == 1
    narrow = run("make", "Xã", "--role", "operator", "--area", "Chiềng Xôm", "--days", "30").strip()
    now = SystemClock().now()
    with station.readers.begin() as session:
        whole, local = (api_tokens.find(session, text, now=now) for text in (secret.strip(), narrow))
        assert whole is not None and (whole.role, whole.area_id, whole.expires_at) == (Role.VIEWER, None, None)
        assert local is not None and (local.role, local.area_id) == (Role.OPERATOR, area)
        assert local.expires_at is not None and (local.expires_at - local.created_at).days == 30
        assert local.created_by == "Tại máy chủ"
        number = whole.id
    listed = run("list")
    assert (
        "Prometheus  viewer (*)  –" in listed and "Xã  operator (Chiềng Xôm)" in listed and secret.strip() not in listed
    )
    assert "Prometheus" in run("revoke", str(number))
    assert "đã thu hồi" in run("list")
    with station.readers.begin() as session:
        assert api_tokens.find(session, secret.strip(), now=now) is None


def test_what_is_not_there_is_refused(station: Station) -> None:
    with pytest.raises(UnknownToken):
        run("revoke", "99")
    with pytest.raises(UnknownArea):
        run("make", "x", "--area", "Không Đâu")
