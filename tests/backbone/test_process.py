"""The backbone process between a real Mosquitto and a real database, with boxes on real links."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from scheduler.alive import Life
from scheduler.backbone.process import Backbone, Outside
from scheduler.clock import SystemClock
from scheduler.config import load_settings
from scheduler.database import Sessions, open_engine, open_readers, open_sessions, upgrade
from scheduler.domain.village import CommandOutcome, JournalState, PlayerRef
from scheduler.models import (
    AsRunEntry,
    CommandDelivery,
    PlayerState,
    Pulse,
    VillageJournalRow,
    VillagePlan,
)
from scheduler.mqtt import BrokerAddress
from scheduler.services import village_commands
from scheduler.signing import Verifier, keep_key
from scheduler.village_messages import (
    Audience,
    Command,
    CommandFacts,
    CommandKind,
    Confirm,
    JournalKind,
    JournalRow,
    Plan,
    Status,
    Topic,
    Welcome,
    decode,
    encode,
    to_facts,
    topic_of,
    unpack,
)
from tests.backbone.boxes import hello, journal, key_of, make_boxes, told_to
from tests.brokers import Listener, Mosquitto, link_to, mosquitto, wait_until
from tests.services.village_station import (
    INSTANCE,
    LATER,
    START,
    Villages,
    delivered,
    note,
    started,
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "broker") as running:
        yield running


class LaterClock(SystemClock):
    """Goes on from half an hour after the programme of the tests."""

    def __init__(self) -> None:
        self._began = self.monotonic()

    def now(self) -> datetime:
        return LATER + timedelta(seconds=self.monotonic() - self._began)


@dataclass
class House:
    """A station on SQLite with two villages."""

    home: Path
    sessions: Sessions
    villages: Villages
    environment: dict[str, str]
    clock: "LaterClock"

    def outside(self, *, member: str = "", url: str) -> Outside:
        engine = open_engine(f"sqlite:///{self.home / 'station.db'}")
        return Outside(
            clock=self.clock,
            sessions=open_sessions(engine),
            readers=open_readers(engine),
            settings=load_settings(self.environment),
            signer=keep_key(self.home / "keys" / "village-ed25519"),
            life=Life(self.home / "run", role="backbone"),
            address=BrokerAddress.parse(url),
            member=member,
        )

    def count(self, *where: Any) -> int:
        with self.sessions.begin() as session:
            return session.scalar(select(func.count()).select_from(VillageJournalRow).where(*where)) or 0

    def state(self, player: PlayerRef) -> PlayerState | None:
        with self.sessions.begin() as session:
            return session.get(PlayerState, player.player_id)


@pytest.fixture
def house(tmp_path: Path, broker: Mosquitto) -> Iterator[House]:
    home = tmp_path / "home"
    home.mkdir()
    engine = open_engine(f"sqlite:///{home / 'station.db'}")
    upgrade(engine)
    sessions = open_sessions(engine)
    environment = {"LOABAN_HOME": str(home), "LOABAN_BROKER_URL": broker.url, "LOABAN_LOG_LEVEL": "WARNING"}
    yield House(
        home=home, sessions=sessions, villages=make_boxes(sessions), environment=environment, clock=LaterClock()
    )
    engine.dispose()


@contextmanager
def running(house: House, broker: Mosquitto, *, member: str = "") -> Iterator[Backbone]:
    outside = house.outside(member=member, url=broker.url)
    backbone = Backbone(outside)
    stopping = threading.Event()
    thread = threading.Thread(target=backbone.run, args=(stopping,))
    thread.start()
    try:
        wait_until(lambda: backbone.link.is_settled)
        yield backbone
    finally:
        stopping.set()
        thread.join(15)
        assert not thread.is_alive()


@contextmanager
def box(broker: Mosquitto, player: PlayerRef, **more: Any) -> Iterator[Listener]:
    topics = [topic_of(player.username, topic) for topic in (Topic.PLAN, Topic.COMMAND, Topic.WELCOME, Topic.CONFIRM)]
    with link_to(broker.url, player.username, *topics, **more) as listener:
        yield listener


def say(listener: Listener, player: PlayerRef, topic: Topic, message: Any, *, retain: bool = False) -> None:
    sealed = key_of(player.username).seal(encode(message))
    listener.link.publish(topic_of(player.username, topic), sealed, retain=retain)


def read(house: House, payload: bytes, kind: type[Any]) -> Any:
    return decode(Verifier(keep_key(house.home / "keys" / "village-ed25519").public).open(payload), kind)


def status(**others: Any) -> Status:
    return Status(**{"online": True, "at": START, "instance": INSTANCE, "boot": "boot-1", **others})


def test_what_a_village_did_reaches_the_log_and_is_confirmed(house: House, broker: Mosquitto) -> None:
    hum = house.villages.hum
    rows = [started(house.villages), delivered(house.villages), note(3)]
    with running(house, broker), box(broker, hum) as listener:
        say(listener, hum, Topic.JOURNAL, journal(rows))
        wait_until(lambda: told_to(listener, Topic.CONFIRM))
        confirm = read(house, told_to(listener, Topic.CONFIRM)[0], Confirm)
        assert (confirm.instance, confirm.seqs, confirm.quarantined) == (INSTANCE, (1, 2, 3), ())
        wait_until(lambda: house.count(VillageJournalRow.state == JournalState.POSTED) == 3)
    with house.sessions.begin() as session:
        assert session.scalars(select(AsRunEntry.zone_name)).all() == ["Bản Hụm"]


def test_a_hello_brings_time_plan_and_what_was_not_answered(house: House, broker: Mosquitto) -> None:
    tong = house.villages.tong
    with running(house, broker) as backbone, box(broker, tong) as listener:
        wait_until(lambda: told_to(listener, Topic.PLAN))
        plan = read(house, unpack(told_to(listener, Topic.PLAN)[0]), Plan)
        assert (plan.zone_id, plan.version) == (tong.zone_id, 1)
        command_id = issue(house, backbone)
        wait_until(lambda: told_to(listener, Topic.COMMAND))
        say(listener, tong, Topic.HELLO, hello())
        wait_until(lambda: len(told_to(listener, Topic.COMMAND)) == 2 and len(told_to(listener, Topic.PLAN)) == 2)
        answer = read(house, told_to(listener, Topic.WELCOME)[0], Welcome)
        assert (answer.nonce, answer.plan_version) == ("n1", 1)
        assert abs(answer.now - house.clock.now()) < timedelta(seconds=10)
        say(listener, tong, Topic.HELLO, hello("n2", plan_version=1))
        wait_until(lambda: len(told_to(listener, Topic.COMMAND)) == 3)
        assert len(told_to(listener, Topic.PLAN)) == 2
        assert {read(house, item, Command).command_id for item in told_to(listener, Topic.COMMAND)} == {command_id}
        row = JournalRow(
            seq=1,
            at=START,
            kind=JournalKind.COMMAND.value,
            facts=to_facts(CommandFacts(command_id=command_id, outcome=CommandOutcome.DONE)),
        )
        say(listener, tong, Topic.JOURNAL, journal([row]))
        wait_until(lambda: outcome_of(house, command_id, tong) is CommandOutcome.DONE)


def issue(house: House, backbone: Backbone, *, lasts: timedelta = timedelta(minutes=5)) -> UUID:
    wait_until(lambda: backbone.leader.leads)
    with house.sessions.begin() as session:
        return village_commands.issue(
            session,
            CommandKind.VOLUME,
            Audience(zone_id=house.villages.tong.zone_id),
            by="Mai",
            user_id=None,
            now=house.clock.now(),
            signer=keep_key(house.home / "keys" / "village-ed25519"),
            lasts=lasts,
            volume=50,
        ).id


def outcome_of(house: House, command_id: UUID, player: PlayerRef) -> CommandOutcome | None:
    with house.sessions.begin() as session:
        return session.get_one(CommandDelivery, (command_id, player.zone_id)).outcome


def test_a_command_that_nobody_answers_ends(house: House, broker: Mosquitto) -> None:
    with running(house, broker) as backbone:
        command_id = issue(house, backbone, lasts=timedelta(seconds=1))
        wait_until(lambda: outcome_of(house, command_id, house.villages.tong) is CommandOutcome.EXPIRED, within_s=20)


def test_a_plan_goes_out_once_to_whoever_listens(house: House, broker: Mosquitto) -> None:
    def are_sent() -> bool:
        with house.sessions.begin() as session:
            return [plan.sent_version for plan in session.scalars(select(VillagePlan))] == [1, 1]

    with box(broker, house.villages.hum) as listener, running(house, broker) as backbone:
        wait_until(are_sent)
        assert backbone.counts.facts()["plans"] == 2
        wait_until(lambda: told_to(listener, Topic.PLAN))
        with box(broker, house.villages.tong) as late:  # it had no session yet: nothing lies at the broker for it
            say(late, house.villages.tong, Topic.HELLO, hello())
            wait_until(lambda: told_to(late, Topic.PLAN))
            assert [item.retained for item in late.arrived] == [False, False]
        assert len(told_to(listener, Topic.PLAN)) == 1


def test_a_village_whose_link_breaks_is_offline(house: House, broker: Mosquitto) -> None:
    tong = house.villages.tong
    will = key_of(tong.username).seal(encode(status(online=False, at=None)))

    def is_online() -> bool | None:
        state = house.state(tong)
        return None if state is None else state.online

    with running(house, broker), ExitStack() as stack:
        listener = stack.enter_context(box(broker, tong, will=(topic_of(tong.username, Topic.STATUS), will)))
        say(listener, tong, Topic.STATUS, status(), retain=True)
        wait_until(is_online)
        listener.link.hold_off(60)
        wait_until(lambda: is_online() is False)


def test_a_process_gives_a_sign_of_life_and_takes_it_away(house: House, broker: Mosquitto) -> None:
    with running(house, broker) as backbone:
        wait_until(lambda: pulses_of(house))
        assert [pulse.role for pulse in pulses_of(house)] == ["backbone"]
        wait_until(lambda: backbone.leader.leads)
    assert pulses_of(house) == []
    with running(house, broker) as second:  # the lease was given back
        wait_until(lambda: second.leader.leads, within_s=3)


def pulses_of(house: House) -> list[Pulse]:
    with house.sessions.begin() as session:
        return list(session.scalars(select(Pulse)))


def test_several_processes_share_what_villages_say(house: House, broker: Mosquitto) -> None:
    hum, tong = house.villages.hum, house.villages.tong
    with ExitStack() as stack:
        processes = [stack.enter_context(running(house, broker, member=name)) for name in ("a", "b")]
        boxes = [(player, stack.enter_context(box(broker, player))) for player in (hum, tong)]
        for first in range(1, 101, 5):
            for player, listener in boxes:
                say(listener, player, Topic.JOURNAL, journal([note(seq) for seq in range(first, first + 5)]))
        wait_until(lambda: house.count(VillageJournalRow.state == JournalState.POSTED) == 200, within_s=20)
        for _, listener in boxes:
            wait_until(lambda listener=listener: confirmed(house, listener) == set(range(1, 101)))  # type: ignore[misc]
        assert all(process.counts.facts()["messages"] > 5 for process in processes)
        assert sum(process.counts.facts()["messages"] for process in processes) == 40
        wait_until(lambda: sum(process.leader.leads for process in processes) == 1)


def confirmed(house: House, listener: Listener) -> set[int]:
    return {seq for item in told_to(listener, Topic.CONFIRM) for seq in read(house, item, Confirm).seqs}


def test_what_was_said_while_no_process_ran_waits_at_the_broker(house: House, broker: Mosquitto) -> None:
    hum = house.villages.hum
    with running(house, broker):
        pass
    with box(broker, hum) as listener:
        say(listener, hum, Topic.JOURNAL, journal([note(1)]))
        with running(house, broker):
            wait_until(lambda: confirmed(house, listener) == {1})


@pytest.mark.parametrize("seed", [20261124])
def test_a_killed_process_loses_no_row_and_writes_none_twice(house: House, broker: Mosquitto, seed: int) -> None:
    """Kill −9 at random instants while rows come; what was confirmed is on the disk, and in the end all is, once."""
    chosen, hum = random.Random(seed), house.villages.hum
    wanted = set(range(1, 401))
    with running(house, broker):
        pass  # from now on the broker keeps what comes
    with box(broker, hum) as listener:
        for first in range(1, 401, 100):
            before = house.count()
            for seq in range(first, first + 100):
                say(listener, hum, Topic.JOURNAL, journal([note(seq)]))
            with started_process(house) as process:
                wait_until(lambda before=before: house.count() > before)  # type: ignore[misc]
                threading.Event().wait(chosen.uniform(0, 0.05))
                process.send_signal(signal.SIGKILL)
            assert house.count() >= len(confirmed(house, listener))
        dead = {pulse.owner for pulse in pulses_of(house)}
        with started_process(house) as last:
            wait_until(lambda: {pulse.owner for pulse in pulses_of(house)} - dead)
            # Killed between commit and confirmation: the box hands those rows over again, as after any hello.
            for seq in sorted(wanted - confirmed(house, listener)):
                say(listener, hum, Topic.JOURNAL, journal([note(seq)]))
            wait_until(lambda: confirmed(house, listener) == wanted, within_s=20)
            wait_until(lambda: house.count(VillageJournalRow.state == JournalState.POSTED) == len(wanted))
            last.terminate()
            assert last.wait(15) == 0
    assert house.count() == len(wanted)
    assert pulses_of(house) == [], "the last one buries those that were killed"


@contextmanager
def started_process(house: House) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", "scheduler", "backbone"], env={**os.environ, **house.environment})
    try:
        yield process
    finally:
        process.kill()
        process.wait()
