"""Telling villages what to do at once, from the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from scheduler.commands.village_orders import ORDERS
from scheduler.config import load_settings
from scheduler.errors import BroadcastError, NoPlayerThere, UnknownZone
from scheduler.models import AuditEntry, Broadcast, VillageCommand
from scheduler.signing import Verifier, keep_key
from scheduler.station import Station, open_station
from scheduler.village_messages import Command, CommandKind, decode
from tests.databases import put_migrated_sqlite
from tests.factories import make_area, make_edition, make_episode, make_series, make_zone
from tests.services.test_village_commands import make_player

Run = Callable[..., Result]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    put_migrated_sqlite(tmp_path / "station.db")
    station = open_station(load_settings({"LOABAN_HOME": str(tmp_path)}))
    with station.sessions.begin() as session:
        area = make_area(session, kind="commune", name="Chiềng An")
        for code in ("TONG", "HUM"):
            whole_day = [["00:00", "24:00"]]
            zone = make_zone(session, code=code, area=area, carrier="village", allowed_hours=whole_day)
            make_player(session, zone)
        episode = make_episode(session, make_series(session))
        for language in ("vi", "blt"):
            make_edition(session, episode, language=language)
    yield station
    station.engine.dispose()


@pytest.fixture
def run(station: Station) -> Run:
    group = click.Group("village", commands={str(command.name): command for command in ORDERS})

    def run(*words: str, fails: type[BroadcastError] | None = None) -> Result:
        result = CliRunner().invoke(group, words, obj=station)
        if fails is None:
            assert result.exception is None, result.output
        else:
            assert isinstance(result.exception, fails), result.output
        return result

    return run


def commands(station: Station) -> list[Command]:
    verifier = Verifier(keep_key(station.settings.home / "keys" / "village-ed25519").public)
    with station.sessions.begin() as session:
        bodies = session.scalars(select(VillageCommand.body).order_by(VillageCommand.issued_at)).all()
    return [decode(verifier.open(body), Command) for body in bodies if body]


def test_commands_for_a_zone_an_area_and_all_are_signed_and_stand_in_the_trail(station: Station, run: Run) -> None:
    assert "2 máy phát" in run("stop", "--all", "--by", "Hà").output
    assert "1 máy phát" in run("volume", "40", "--zone", "TONG", "--by", "Hà").output
    assert "2 máy phát" in run("refresh", "--area", "Chiềng An", "--by", "Hà").output
    run("report", "--zone", "HUM", "--by", "Hà")
    told = commands(station)
    assert [item.kind for item in told] == [
        CommandKind.STOP, CommandKind.VOLUME, CommandKind.REFRESH, CommandKind.REPORT,
    ]  # fmt: skip
    assert (told[1].volume, told[1].by) == (40, "Hà")
    with station.sessions.begin() as session:
        trail = session.scalars(select(AuditEntry).where(AuditEntry.kind == "village_command")).all()
        assert [(entry.who, entry.after["command"]) for entry in trail][:2] == [("Hà", "stop"), ("Hà", "volume")]
    listed = json.loads(run("orders", "--json").output)
    assert [(item["kind"], item["zones"], item["open"]) for item in listed][-1] == ("stop", 2, 2)
    assert "dừng phát" in run("orders").output


def test_saying_something_waits_for_its_file(station: Station, run: Run) -> None:
    words = ("say", "--series", "cchc", "--episode", "1", "--area", "Chiềng An", "--exercise", "--by", "Hà")
    told = run(*words).output
    assert "tại 2 vùng" in told and "Tệp phát đang được làm" in told
    assert commands(station) == []
    with station.sessions.begin() as session:
        assert session.scalars(select(Broadcast.exercise)).all() == [True]


@pytest.mark.parametrize("whom", [(), ("--all", "--zone", "TONG"), ("--area", "Chiềng An", "--zone", "TONG")])
def test_whom_a_command_is_for_is_said_once(run: Run, station: Station, whom: tuple[str, ...]) -> None:
    group = click.Group("village", commands={str(command.name): command for command in ORDERS})
    result = CliRunner().invoke(group, ["stop", *whom], obj=station)
    assert result.exit_code == 2
    assert commands(station) == []


def test_unknown_places_and_places_without_a_player_are_refused(run: Run, station: Station) -> None:
    run("stop", "--zone", "NOWHERE", fails=UnknownZone)
    with station.sessions.begin() as session:
        make_zone(session, code="BARE", area=make_area(session, name="Chiềng Cơi"))
    run("stop", "--zone", "BARE", fails=NoPlayerThere)
