"""Two villages beside a station: one loses its link, one loses its power; both say the right thing and it all comes home."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from scheduler.config import load_settings
from scheduler.domain.playout import EntryKind, Evidence
from scheduler.models import AsRunEntry, Player, PlayerState, Zone
from scheduler.services import planning, programme, sample_data, village_commands
from scheduler.signing import keep_key
from scheduler.station import Station, open_station
from scheduler.village_messages import Audience, CommandKind
from tests.e2e.running import RunningStation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]

CUT, KILLED = sample_data.VILLAGE_ZONES
LATEST = timedelta(milliseconds=100)
"""How late a box on this machine, busy with other tests, may hand the first sample to its carrier."""


class Villages:
    """A sample station with its two players as processes of their own."""

    def __init__(self, home: Path) -> None:
        self.running = RunningStation(home)
        self.home = home
        self._command("sample", "--demo-first", "--villages", "--no-broadcast")
        self.station: Station = open_station(load_settings({"LOABAN_HOME": str(home)}))
        self._players: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start the station and both players."""
        self.running.start()
        for code in (CUT, KILLED):
            self.start_player(code)

    def start_player(self, code: str) -> None:
        """Start the player of a village, as its service would."""
        folder = self.home / "players" / code
        command = [
            sys.executable,
            "-m",
            "scheduler",
            "player",
            "run",
            "--home",
            str(folder),
            "--carrier",
            "file",
            "--demo",
        ]
        with (folder / "log").open("ab") as log:
            self._players[code] = subprocess.Popen(command, env=self.running.environment, stdout=log, stderr=log)

    def kill_player(self, code: str) -> None:
        """Pull the plug."""
        self._players[code].kill()
        self._players[code].wait()

    def stop(self) -> None:
        """Stop everything politely."""
        for player in self._players.values():
            player.send_signal(signal.SIGTERM)
        for player in self._players.values():
            player.wait(30)
        self.running.stop()
        self.station.engine.dispose()

    def plan(self, *, starts_in: timedelta) -> tuple[UUID, datetime]:
        """A test bulletin in both villages."""
        now = self.station.clock.now()
        with self.station.sessions.begin() as session:
            zones = list(session.scalars(select(Zone).where(Zone.code.in_((CUT, KILLED)))))
            episode = programme.get_episode(session, sample_data.DEMO_CODE, number=1)
            planned = planning.plan_one_off(
                session, episode, zones, starts_at=(now + starts_in).replace(microsecond=0), now=now,
                settings=self.station.settings,
            )  # fmt: skip
            return planned.broadcast.id, planned.broadcast.starts_at

    def unplug(self, code: str, *, seconds: int) -> None:
        """What the button of the page does."""
        with self.station.sessions.begin() as session:
            zone_id = session.scalars(select(Zone.id).where(Zone.code == code)).one()
            village_commands.issue(
                session, CommandKind.UNPLUG, Audience(zone_id=zone_id), by="thử", user_id=None,
                now=self.station.clock.now(), signer=keep_key(self.home / "keys" / "village-ed25519"),
                lasts=timedelta(minutes=1), seconds=seconds,
            )  # fmt: skip

    def state(self, code: str) -> PlayerState | None:
        """What the station knows of a box."""
        with self.station.readers.begin() as session:
            of_zone = select(Player.id).join(Zone).where(Zone.code == code, Player.revoked_at.is_(None))
            return session.scalar(select(PlayerState).where(PlayerState.player_id.in_(of_zone)))

    def entries(self, broadcast: UUID, code: str) -> list[AsRunEntry]:
        """What the log says of a broadcast in a village."""
        with self.station.readers.begin() as session:
            wanted = select(AsRunEntry).where(AsRunEntry.broadcast_id == broadcast, AsRunEntry.zone_code == code)
            return list(session.scalars(wanted.order_by(AsRunEntry.planned_at)))

    def is_online(self, code: str) -> bool:
        """Tell whether the station believes a box to be there."""
        state = self.state(code)
        return state is not None and state.online

    def has_files(self, code: str) -> bool:
        """Tell whether a box has all it was told to have."""
        state = self.state(code)
        return state is not None and state.online and 0 < state.files_wanted == state.files_ready

    def log_of(self, code: str) -> str:
        """What a player printed."""
        return (self.home / "players" / code / "log").read_text(encoding="utf-8")

    def _command(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "scheduler", *words], env={**os.environ, **self.running.environment},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def villages(tmp_path: Path) -> Iterator[Villages]:
    made = Villages(tmp_path)
    made.start()
    yield made
    made.stop()


def wait_for(is_so: Callable[[], object], what: str, *, within_s: float) -> None:
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, f"not within {within_s} s: {what}"
        time.sleep(0.1)


def test_a_village_plays_on_time_without_a_link_or_after_a_power_cut_and_hands_it_all_over(villages: Villages) -> None:
    wait_for(lambda: villages.is_online(CUT) and villages.is_online(KILLED), "both are there", within_s=60)
    broadcast, starts_at = villages.plan(starts_in=timedelta(seconds=45))
    wait_for(lambda: villages.has_files(CUT) and villages.has_files(KILLED), "both have the files", within_s=40)

    villages.unplug(CUT, seconds=60)
    wait_for(lambda: not villages.is_online(CUT), "the station sees that one is gone", within_s=20)
    assert villages.station.clock.now() < starts_at
    sleep_until(villages, starts_at + timedelta(seconds=4))
    villages.kill_player(KILLED)
    assert not villages.is_online(CUT)
    villages.start_player(KILLED)

    wait_for(lambda: len(villages.entries(broadcast, KILLED)) == languages(KILLED), "the killed one tells", within_s=90)
    assert_cut_and_joined(villages.entries(broadcast, KILLED))
    wait_for(lambda: villages.is_online(CUT), "the link is back", within_s=90)
    wait_for(lambda: len(villages.entries(broadcast, CUT)) == languages(CUT), "the cut one tells", within_s=30)
    assert_whole_and_on_time(villages.entries(broadcast, CUT), starts_at)
    kept = villages.home / "players" / CUT / "sound"
    assert list(kept.glob(f"{CUT}/*/{broadcast}*")), villages.log_of(CUT)


def languages(code: str) -> int:
    return len(sample_data.VILLAGE_ZONES[code][1])


def sleep_until(villages: Villages, at: datetime) -> None:
    time.sleep(max(0.0, (at - villages.station.clock.now()).total_seconds()))


def assert_whole_and_on_time(entries: list[AsRunEntry], starts_at: datetime) -> None:
    for entry in entries:
        assert entry.kind is EntryKind.SOUNDED
        assert entry.seconds_sounded == pytest.approx(entry.seconds_planned, abs=0.05)
        assert entry.evidence is Evidence.COMPLETED
        assert entry.started_at is not None
        assert timedelta(0) <= entry.started_at - entry.planned_at < LATEST
    assert entries[0].planned_at >= starts_at


def assert_cut_and_joined(entries: list[AsRunEntry]) -> None:
    """Joined in progress: never from the beginning again, and with its reason."""
    first = entries[0]
    assert first.kind is EntryKind.PARTIAL
    assert first.reason is not None
    assert 0 < first.seconds_sounded < first.seconds_planned
