"""The commands of playout tell people what the daemon saw."""

from pathlib import Path

from click.testing import CliRunner

from scheduler.commands.playout import alarms
from scheduler.config import load_settings
from scheduler.services import playout
from scheduler.station import Station
from tests.databases import put_sqlite
from tests.factories import NOW
from tests.fakes import SteppingClock


def test_alarms_are_listed_in_sentences_with_local_times(tmp_path: Path, clock: SteppingClock) -> None:
    put_sqlite(tmp_path / "station.db")
    station = Station(settings=load_settings({"LOABAN_HOME": str(tmp_path)}), clock=clock)
    facts = {"reason": "ổ đĩa đầy", "starts_at": NOW.isoformat()}
    with station.sessions.begin() as session:
        playout.raise_alarm(session, kind="not_assembled", subject="running_order:1", facts=facts, now=NOW)
    result = CliRunner().invoke(alarms, [], obj=station)
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert "05:00 24/11/2026 (ổ đĩa đầy)" in told, told
