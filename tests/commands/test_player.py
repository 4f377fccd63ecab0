"""What a player says to whoever stands at the box."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from audio.village.journal import Journal
from audio.village.local_status import StatusFile
from audio.village.plan import PlanKeeper
from audio.village.sole import SolePlayer
from audio.village.store import open_rows
from audio.village.trust import TrustedClock
from scheduler.commands.player import player
from scheduler.config import load_settings
from scheduler.domain.village import BoxProblem
from scheduler.errors import NotPaired
from scheduler.fleet_words import PROBLEMS
from scheduler.signing import Verifier
from scheduler.station import Station
from scheduler.village_messages import Clock, Health, Status
from tests.audio.village.homes import NOON, pair, plan, programme, sealed
from tests.fakes import SteppingClock


def ask(folder: Path, *arguments: str, language: str = "vi") -> str:
    settings = load_settings({"LOABAN_HOME": str(folder), "LOABAN_LANGUAGE": language})
    station = Station(settings=settings, clock=SteppingClock(NOON))
    result = CliRunner().invoke(player, ["status", *arguments], obj=station)
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture
def box(tmp_path: Path) -> Path:
    home = pair(tmp_path)
    clock, rows = TrustedClock(SteppingClock(NOON)), open_rows(home)
    membership = home.membership()
    keeper = PlanKeeper(rows, Verifier(membership.station_key), membership, clock, carrier="memory")
    keeper.accept(sealed(plan(programme("sáng", NOON.replace(hour=22)), version=4)))
    Journal(rows).note("waits", at=None)
    rows.kw["bind"].dispose()
    return tmp_path


def test_a_box_that_was_never_paired_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotPaired):
        ask(tmp_path)


def test_a_box_that_does_not_run_tells_what_its_rows_say(box: Path) -> None:
    told = ask(box)
    assert "Bản Tông (TONG): không chạy" in told
    assert "Kế hoạch số 4, đến 08/12/2026 12:00." in told
    assert "25/11/2026 05:00  Số sáng" in told
    assert "Nhật ký chờ gửi: 1 dòng." in told
    assert "Đã nối" not in told


def test_a_box_that_runs_tells_of_time_link_and_files(box: Path) -> None:
    sole = SolePlayer(box)
    health = Health(clock=Clock(source="station", offset_s=-3600.0), problems=("sim_missing",))
    status = Status(online=True, at=NOON, instance="i", boot="b", files_wanted=3, files_ready=2, health=health)
    StatusFile(box).tell(status, is_connected=False)
    told = ask(box, language="en")
    sole.end()
    assert "running" in told
    assert "No link to the station" in told
    assert "Time: from the station; the computer's clock is -3600.0 s off." in told
    assert "Files of the next 24 hours: 2/3." in told
    assert f"To look at:\n  {PROBLEMS[BoxProblem.SIM_MISSING]['en']}\n" in told


def test_the_same_as_json(box: Path) -> None:
    told = json.loads(ask(box, "--json"))
    assert (told["running"], told["plan_version"], told["journal_waiting"]) == (False, 4, 1)


def test_the_status_is_written_only_when_it_says_something_new(box: Path) -> None:
    (box / "run").mkdir(exist_ok=True)
    file, path = StatusFile(box), box / "run" / "status.json"
    told = Status(online=True, at=NOON, instance="i", boot="b", journal_next_seq=5)
    file.tell(told, is_connected=True)
    first = path.stat().st_ino
    file.tell(Status(online=True, at=None, instance="i", boot="b", journal_next_seq=6), is_connected=True)
    assert path.stat().st_ino == first
    file.tell(told, is_connected=False)
    assert path.stat().st_ino != first
