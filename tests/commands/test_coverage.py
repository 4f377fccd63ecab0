"""Areas, zones and loudspeakers from the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.__main__ import cli
from scheduler.errors import AreaCodeTaken, BadField, BadHours, UnknownCarrier, UnknownZone
from tests.databases import put_migrated_sqlite

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    put_migrated_sqlite(tmp_path / "station.db")

    def run(*words: str, fails: type[Exception] | None = None) -> Result:
        result = CliRunner().invoke(cli, words)
        if fails is None:
            assert result.exception is None, result.output
        else:
            assert isinstance(result.exception, fails)
        return result

    return run


@pytest.fixture
def places(run: Run) -> None:
    """xã Chiềng Xôm, whose code went to a new phường Chiềng An in July 2025."""
    run("area", "add", "--kind", "province", "--name", "Sơn La", "--from", "2004-01-01")
    commune = ("area", "add", "--kind", "commune", "--parent", "Sơn La", "--code", "03664")
    run(*commune, "--name", "Chiềng Xôm", "--from", "2004-01-01")
    run(
        "area",
        "add",
        "--kind",
        "village",
        "--name",
        "Bản Tông",
        "--parent",
        "03664",
        "--from",
        "2004-01-01",
        fails=None,
    )
    run(*commune, "--name", "Chiềng An", "--from", "01/07/2025", "--replaces", "Chiềng Xôm")


@pytest.fixture
def tong(run: Run, places: None) -> None:
    zone = ("zone", "add", "--code", "TONG", "--name", "Bản Tông", "--area", "Bản Tông", "--carrier", "memory")
    run(*zone, "--language", "blt", "--language", "vi")


def listed(result: Result) -> list[dict[str, object]]:
    return list(json.loads(result.output))


def test_a_reused_code_shows_the_area_of_the_day(run: Run, tong: None) -> None:
    before = listed(run("area", "show", "03664", "--on", "2021-05-01", "--json"))[0]
    after = listed(run("area", "show", "03664", "--on", "2026-05-01", "--json"))[0]
    assert (before["name"], after["name"]) == ("Chiềng Xôm", "Chiềng An")
    assert before["zones"] == after["zones"] == ["TONG"]
    assert before["codes"] == ["03664 (01/01/2004–01/07/2025)"]


def test_a_code_is_not_given_twice_at_a_time(run: Run, places: None) -> None:
    run(
        "area",
        "add",
        "--kind",
        "commune",
        "--name",
        "Khác",
        "--code",
        "03664",
        "--from",
        "2026-01-01",
        fails=AreaCodeTaken,
    )
    assert "Khác" not in run("area", "list").output


def test_areas_are_listed_as_they_were(run: Run, places: None) -> None:
    names = [row["name"] for row in listed(run("area", "list", "--on", "2021-05-01", "--json"))]
    assert names == ["Bản Tông", "Chiềng Xôm", "Sơn La"]
    assert "Chiềng An" in run("area", "list", "--search", "chieng an").output


def test_a_zone_is_changed_paused_and_removed(run: Run, tong: None) -> None:
    run("zone", "set", "TONG", "--hours", "05:30-08:00,16:00-19:00", "--language", "vi", "--paused", "--name", "Tông")
    row = listed(run("zone", "list", "--json"))[0]
    assert (row["own_hours"], row["languages"], row["active"], row["name"]) == (
        [["05:30", "08:00"], ["16:00", "19:00"]],
        ["vi"],
        False,
        "Tông",
    )
    run("zone", "set", "TONG", "--hours", "inherit", "--active")
    row = listed(run("zone", "list", "--area", "Chiềng An", "--json"))[0]
    assert (row["own_hours"], row["allowed_hours"], row["commune"]) == (None, [["05:00", "21:00"]], "Chiềng An")
    run("zone", "remove", "TONG")
    assert listed(run("zone", "list", "--json")) == []
    run("zone", "set", "TONG", "--paused", fails=UnknownZone)


def test_what_cannot_be_is_refused(run: Run, tong: None) -> None:
    zone = ("zone", "add", "--name", "x", "--area", "Bản Tông", "--language", "vi")
    run(*zone, "--code", "../x", "--carrier", "memory", fails=BadField)
    run(*zone, "--code", "X", "--carrier", "pigeon", fails=UnknownCarrier)
    run("zone", "set", "TONG", "--hours", "5-21", fails=BadHours)


def test_loudspeakers_are_added_and_counted(run: Run, tong: None) -> None:
    run("loudspeaker", "add", "--zone", "TONG", "--place", "Nhà văn hóa", "--model", "25 W", "--identifier", "A1")
    assert listed(run("loudspeaker", "list", "--zone", "TONG", "--json"))[0]["place"] == "Nhà văn hóa"
    assert listed(run("zone", "list", "--json"))[0]["loudspeakers"] == 1
    assert "tốt" in run("loudspeaker", "list").output and "working" not in run("loudspeaker", "list").output
