"""The protocol's page is enough to build a player: one that shares no code with this project lives with a whole station."""

import ast
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import select

from audio.assemble import ProgrammeAssembler
from audio.store import FileMediaStore
from audio.transport import encode_transport
from scheduler.clock import SystemClock
from scheduler.database import Sessions
from scheduler.domain.playout import EntryKind, Evidence
from scheduler.domain.village import CommandOutcome, JournalState
from scheduler.models import AsRunEntry, CommandDelivery, Edition, RunningOrder, VillageJournalRow, Zone
from scheduler.services import pairing, village_commands, village_transport
from scheduler.signing import station_key
from scheduler.village_messages import Audience, CommandKind
from tests.brokers import find_port, listens, wait_until
from tests.contracts.running_brokers import Embedded, RunningBroker
from tests.e2e.station import assemble, spoken
from tests.factories import make_broadcast, make_episode, make_series, make_zone

CLOCK = SystemClock()
PROGRAM = Path(__file__).with_name("another_maker.py")
REVOKED_WITHIN_S = 60.0
SPEECH_S = 0.5
SOON = timedelta(seconds=4)
TRIES = 4
"""On a busy computer the first programme may be over before the box has its file."""


class OtherBox:
    """The process of the other maker, and what it tells."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments], stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._told: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, what: str, *, within_s: float = 30.0, like: Mapping[str, Any] = MappingProxyType({})) -> Any:
        """The next thing of this kind that it tells, with such facts. Raises `TimeoutError`."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            with suppress(queue.Empty):
                told = self._told.get(timeout=0.1)
                if told["what"] == what and like.items() <= told.items():
                    return told
                continue
            assert self.process.poll() is None, "it ended by itself"
        raise TimeoutError(f"not within {within_s} s: {what}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._told.put(json.loads(line))


@dataclass(frozen=True, kw_only=True)
class Station:
    """Broker, backbone and web page as processes, one village, and something to say in it."""

    broker: RunningBroker
    home: Path
    url: str

    @property
    def sessions(self) -> Sessions:
        return self.broker.sessions


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    broker, port = Embedded(tmp_path / "broker"), find_port()
    broker.environ |= {"LOABAN_PORT": str(port), "LOABAN_ALLOWED_HOURS": "00:00-24:00"}
    home = Path(broker.environ["LOABAN_HOME"])
    with broker.sessions.begin() as session:
        make_zone(session, code="BON", carrier="village", languages=("vi",))
        series = make_series(session, shortest_seconds=0.1, longest_seconds=5)
        episode = make_episode(session, series, number=1)
        spoken(session, FileMediaStore(home), episode, language="vi", seconds=SPEECH_S, seed=1)
    try:
        broker.run_beside("backbone")
        broker.run_beside("web")
        broker.start()
        wait_until(lambda: listens(port), within_s=60)
        yield Station(broker=broker, home=home, url=f"http://127.0.0.1:{port}")
    finally:
        broker.close()


def plan_soon(station: Station) -> str:
    """One more broadcast, its file made; says which."""
    now, media = CLOCK.now(), FileMediaStore(station.home)
    with station.sessions.begin() as session:
        edition, zone = session.scalars(select(Edition)).one(), session.scalars(select(Zone)).one()
        made = make_broadcast(session, editions=(edition,), zones=(zone,), now=now, starts_in=SOON)
        order = session.scalars(select(RunningOrder)).one()
        assemble(order, ProgrammeAssembler(media))
        assert order.rendition_sha256 is not None
        file = encode_transport(media, order.rendition_sha256, bits_per_s=36_000)
        village_transport.note_transport(session, order.key, file)
        return str(made.id)


def order_volume(station: Station) -> None:
    now = CLOCK.now()
    with station.sessions.begin() as session:
        zone_id = session.scalars(select(Zone.id)).one()
        village_commands.issue(
            session, CommandKind.VOLUME, Audience(zone_id=zone_id), by="Mai", user_id=None, now=now,
            signer=station_key(station.home), lasts=timedelta(minutes=1), volume=40,
        )  # fmt: skip


def hear_one(station: Station, box: OtherBox) -> str:
    """Plan until one was in time for the box; says which."""
    for _ in range(TRIES):
        broadcast = plan_soon(station)
        with suppress(TimeoutError):
            box.wait_for("heard", within_s=SOON.total_seconds() + 5, like={"broadcast_id": broadcast})
            return broadcast
    raise AssertionError(f"none of {TRIES} was heard")


@pytest.mark.slow
def test_a_player_built_by_the_page_alone_pairs_plays_reports_obeys_and_is_let_go(station: Station) -> None:
    with station.sessions.begin() as session:
        zone_id = session.scalars(select(Zone.id)).one()
        code = pairing.make_code(session, zone_id=zone_id, by="Mai", now=CLOCK.now())
    box = OtherBox(station.url, code, str(station.broker.tls.authority))
    try:
        username = box.wait_for("paired")["username"]
        box.wait_for("plan", within_s=60)
        broadcast = hear_one(station, box)
        box.wait_for("confirm", like={"waiting": 0})

        order_volume(station)
        told = box.wait_for("command")
        assert (told["kind"], told["volume"], told["by"]) == ("volume", 40, "Mai")
        assert box.wait_for("confirm", like={"waiting": 0})["quarantined"] == []

        with station.sessions.begin() as session:
            player = pairing.find_players(session, zone_id=zone_id)[0]
            pairing.revoke(session, player.id, by="Mai", reason="thử", now=CLOCK.now())
        box.wait_for("thrown_out", within_s=REVOKED_WITHIN_S)
        assert box.process.wait(10) == 0
    finally:
        box.close()
    with station.sessions.begin() as session:
        entry = session.scalars(select(AsRunEntry)).one()
        assert (str(entry.broadcast_id), entry.recorded_by) == (broadcast, username)
        assert (entry.kind, entry.evidence) == (EntryKind.SOUNDED, Evidence.COMPLETED)
        assert entry.seconds_sounded == pytest.approx(SPEECH_S)
        assert session.scalars(select(CommandDelivery.outcome)).all() == [CommandOutcome.DONE]
        assert {*session.scalars(select(VillageJournalRow.state))} == {JournalState.POSTED}


def test_it_shares_no_code_with_this_project() -> None:
    imported = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported - sys.stdlib_module_names == {"nacl", "paho"}
