"""`loaban sample` makes a station that has something to air, and a second time adds only a test broadcast."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from scheduler.__main__ import cli
from scheduler.commands import sample as command
from scheduler.config import load_settings
from scheduler.models import Broadcast, Production, Programme, Recording, Row, Series, Zone
from scheduler.services import sample_data as data
from scheduler.station import Station, open_station


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    # The main series is read once instead of for eight minutes: this test is about the chain, not about endurance.
    monkeypatch.setattr(command, "_MAIN_LASTS_S", 0.0)
    return open_station(load_settings({"LOABAN_HOME": str(tmp_path)}))


def run(*words: str) -> Result:
    result = CliRunner().invoke(cli, words)
    assert result.exception is None, result.output
    return result


def rows(station: Station) -> dict[str, int]:
    with station.sessions.begin() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Row.metadata.sorted_tables
        }


def test_villages_with_players_hear_the_test_broadcast_too(station: Station) -> None:
    run("sample", "--demo-first", "--villages")
    with station.sessions.begin() as session:
        heard = set(
            session.scalars(
                select(Zone.code)
                .join(Programme, Programme.zone_id == Zone.id)
                .join(Broadcast, Broadcast.id == Programme.broadcast_id)
                .join(Series, Series.id == Broadcast.series_id)
                .where(Series.code == data.DEMO_CODE)
            )
        )
    assert {data.DEMO_ZONE, *data.VILLAGE_ZONES} <= heard


def test_a_station_is_filled_once_and_can_air_at_once(station: Station) -> None:
    assert "Buổi phát thử lúc" in run("sample", "--demo-first").output
    assert rows(station)["recording"] == 2
    run("sample", "--no-broadcast")
    counted = json.loads(run("count", "--from", "2021-01-01", "--to", "2021-12-31", "--format", "json").output)
    assert counted["produced"]["total"] == 90
    assert counted["broadcast"]["total"] == 102
    with station.sessions.begin() as session:
        assert len(session.scalars(select(Recording).where(Recording.master_sha256.is_not(None))).all()) == 4
        spoken = select(func.count()).select_from(Production).where(Production.recording_sha256.is_not(None))
        assert session.scalar(spoken) == 4
        demo = session.scalars(
            select(Broadcast).join(Series, Series.id == Broadcast.series_id).where(Series.code == data.DEMO_CODE)
        ).one()
        assert sorted(airing.language for airing in demo.airings) == ["blt", "vi"]
        assert demo.programmes
    before = rows(station)
    run("sample", "--no-broadcast")
    assert rows(station) == before
    run("sample")
    added = {name: number - before[name] for name, number in rows(station).items() if number != before[name]}
    # At night the villages sleep, and the plan says that they will not hear it.
    assert set(added) <= {"broadcast", "airing", "programme", "running_order", "plan_finding"}
    assert added["broadcast"] == 1
