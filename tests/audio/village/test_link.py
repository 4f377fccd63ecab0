"""The link of a village over a real Mosquitto: time, plan, journal, commands and state, whatever breaks between."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert

from audio.village import journal as journals
from audio.village import link as links
from audio.village.home import PlayerHome
from audio.village.link import VillageLink
from audio.village.rows import JournalEntry
from audio.village.speaker import Speaker
from audio.village.store import mark_of, open_rows
from scheduler.clock import SystemClock
from scheduler.errors import PlanRefused
from scheduler.mqtt import Arrived, BrokerAddress, Link
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import (
    Clock,
    Command,
    CommandKind,
    Confirm,
    Health,
    Hello,
    Journal,
    JournalKind,
    Message,
    Plan,
    Status,
    Topic,
    Welcome,
    decode,
    encode,
    pack,
    topic_of,
)
from tests.audio.village.commanded import MEMBERSHIP, PLAN, STATION, STRANGER, Box, a_command, a_programme, seal
from tests.brokers import QUICK, Mosquitto, mosquitto, wait_until

PLAYER = Signer(b"p" * 32)
NAME = MEMBERSHIP.username
CLOCK = SystemClock()


@dataclass
class Keeper:
    """Holds plans, unless it is told to fail."""

    version: int = 0
    accepted: list[int] = field(default_factory=list)
    fails: int = 0

    def accept(self, sealed: bytes) -> Plan:
        if self.fails:
            self.fails -= 1
            raise OSError("no space left")
        plan = decode(Verifier(STATION.public).open(sealed), Plan)
        if plan.version < self.version:
            raise PlanRefused(reason="older", version=plan.version)
        self.version = plan.version
        self.accepted.append(plan.version)
        return plan


class Player:
    """A box with its link."""

    def __init__(self, folder: Path, broker: Mosquitto, *, trusted: bool = False) -> None:
        membership = msgspec.structs.replace(MEMBERSHIP, broker_url=broker.url)
        home = PlayerHome(folder)
        home.keep(membership)
        self.box = Box(open_rows(home), CLOCK, trusted=trusted, is_demonstration=True)
        self.keeper = Keeper()
        self.status = Status(online=True, at=None, instance="i", boot="b", health=Health(clock=Clock(source="none")))
        self.refreshed = 0
        self.held_off_s = 0.0
        self.link = VillageLink(
            speaker=Speaker(membership=membership, signer=PLAYER, boot="b", program="loaban 0.1.0"),
            keeper=self.keeper,
            journal=self.box.journal,
            trust=self.box.trust,
            orders=self.box.orders,
            tell_status=lambda: self.status,
            files=self,
            back_off=QUICK,
        )

    def wake(self) -> None:
        self.refreshed += 1

    def hold_off(self, seconds: float) -> None:
        self.held_off_s = seconds

    def write_rows(self, number: int) -> None:
        body = '{"code":"x"}'
        row = {"at": None, "kind": "note", "facts": body, "mark": mark_of("note", None, body)}
        with self.box.sessions.begin() as session:
            session.execute(insert(JournalEntry), [row] * number)


class Station:
    """What the station says to a box, over a link of its own; it keeps every row it is given."""

    def __init__(self, broker: Mosquitto) -> None:
        self.hellos: list[Hello] = []
        self.statuses: list[Status] = []
        self.rows: list[int] = []
        self.kept: set[int] = set()
        self.answers = self.confirms = True
        self.offset = timedelta(0)
        self.addressee = NAME
        self.gives_nonce: Callable[[str], str] = lambda nonce: nonce
        self.link = Link(
            BrokerAddress.parse(broker.url), client_id="station-1", on_message=self._read, clock=CLOCK, back_off=QUICK
        )
        self.link.subscribe(*(topic_of("+", topic) for topic in (Topic.HELLO, Topic.STATUS, Topic.JOURNAL)))
        self.link.start()
        wait_until(lambda: self.link.is_settled)

    def say(self, topic: Topic, message: Message, *, retain: bool = False, packed: bool = False) -> None:
        sealed = STATION.seal(encode(message))  # type: ignore[arg-type]
        self.link.publish(topic_of(NAME, topic), pack(sealed) if packed else sealed, retain=retain)

    def order(self, *sealed: bytes) -> None:
        for item in sealed:
            self.link.publish(topic_of(NAME, Topic.COMMAND), item)

    def _read(self, arrived: Arrived) -> None:
        body = Verifier(PLAYER.public).open(arrived.payload)
        kind = arrived.topic.rpartition("/")[2]
        if kind == Topic.HELLO:
            self._answer(decode(body, Hello))
        elif kind == Topic.STATUS:
            self.statuses.append(decode(body, Status))
        else:
            self._keep(decode(body, Journal))
        self.link.acknowledge(arrived)

    def _answer(self, hello: Hello) -> None:
        self.hellos.append(hello)
        if self.answers:
            self.say(Topic.WELCOME, self.welcome(self.gives_nonce(hello.nonce)))

    def welcome(self, nonce: str) -> Welcome:
        below = next(seq for seq in range(1, 100_000) if seq not in self.kept)
        return Welcome(
            to=self.addressee, nonce=nonce, now=CLOCK.now() + self.offset, plan_version=0, confirmed_below=below
        )

    def _keep(self, journal: Journal) -> None:
        self.rows += [row.seq for row in journal.rows]
        self.kept.update(row.seq for row in journal.rows)
        if self.confirms:
            self.say(
                Topic.CONFIRM, Confirm(to=NAME, instance=journal.instance, seqs=tuple(row.seq for row in journal.rows))
            )


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def station(broker: Mosquitto) -> Iterator[Station]:
    made = Station(broker)
    yield made
    made.link.stop()


@pytest.fixture
def player(tmp_path: Path, broker: Mosquitto, station: Station) -> Iterator[Player]:
    made = Player(tmp_path / "player", broker)
    yield made
    made.link.stop()


def now() -> datetime:
    return CLOCK.now()


def a_fresh(kind: CommandKind = CommandKind.STOP, **more: object) -> Command:
    return a_command(kind, issued_at=now() - timedelta(seconds=1), **more)


# --- time ----------------------------------------------------------------------------------------------------------
def test_the_welcome_brings_the_time_within_half_the_way_there_and_back(player: Player, station: Station) -> None:
    station.offset = timedelta(hours=-5)
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    state = player.box.trust.state()
    assert state.source == "station"
    assert abs((player.box.trust.now() - now()).total_seconds() + 5 * 3600) < 0.5
    assert state.uncertainty_s is not None and state.uncertainty_s < 1
    [hello] = station.hellos
    assert (hello.boot, hello.next_seq, hello.oldest_seq, hello.program) == ("b", 1, 1, "loaban 0.1.0")


def test_a_welcome_of_another_hello_or_of_a_stranger_brings_no_time(player: Player, station: Station) -> None:
    station.gives_nonce = lambda _nonce: "recorded yesterday"
    player.link.start()
    wait_until(lambda: station.hellos)
    forged = STRANGER.seal(encode(station.welcome(station.hellos[0].nonce)))
    station.link.publish(topic_of(NAME, Topic.WELCOME), forged)
    station.addressee = "z99-00000000"  # what another box was told, brought here by a broker broken into
    station.say(Topic.WELCOME, station.welcome(station.hellos[0].nonce))
    station.addressee = NAME
    station.say(Topic.PLAN, PLAN, packed=True)  # what comes after them was read
    wait_until(lambda: player.keeper.accepted)
    assert not player.box.trust.is_trusted
    player.write_rows(1)
    player.link.push()
    station.say(Topic.WELCOME, station.welcome(station.hellos[0].nonce))
    wait_until(lambda: player.box.trust.is_trusted)
    wait_until(lambda: station.rows)


def test_a_hello_that_nobody_answers_is_said_again(
    player: Player, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "HELLO_AGAIN_S", 0.05)
    station.answers = False
    player.link.start()
    wait_until(lambda: len(station.hellos) >= 2)
    assert len({hello.nonce for hello in station.hellos}) == len(station.hellos)
    assert station.rows == []


# --- plan ----------------------------------------------------------------------------------------------------------
def test_a_plan_is_acknowledged_only_after_it_was_kept(
    player: Player, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "_PATIENCE_S", 0.05)
    player.keeper.fails = 2
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    station.say(Topic.PLAN, PLAN, packed=True)
    wait_until(lambda: player.keeper.accepted == [PLAN.version])
    assert player.keeper.fails == 0


def test_what_is_no_plan_is_passed_over(player: Player, station: Station) -> None:
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    for rubbish in (b"", b"rubbish", pack(b"rubbish"), pack(STRANGER.seal(encode(PLAN)))):
        station.link.publish(topic_of(NAME, Topic.PLAN), rubbish)
    station.say(Topic.PLAN, PLAN, packed=True)
    wait_until(lambda: player.keeper.accepted)
    station.say(Topic.PLAN, msgspec.structs.replace(PLAN, version=PLAN.version - 1), packed=True)
    station.say(Topic.PLAN, msgspec.structs.replace(PLAN, version=PLAN.version + 1), packed=True)
    wait_until(lambda: player.keeper.accepted == [PLAN.version, PLAN.version + 1])


# --- journal -------------------------------------------------------------------------------------------------------
def test_ten_thousand_rows_reach_the_station_each_kept_once_over_kills_of_the_broker(
    player: Player, station: Station, broker: Mosquitto
) -> None:
    player.write_rows(10_000)
    player.link.start()
    for seen in (1_500, 5_000, 8_000):
        wait_until(lambda seen=seen: len(station.kept) >= seen, within_s=30)  # type: ignore[misc]
        broker.kill()
        broker.start()
    wait_until(lambda: len(player.box.journal) == 0, within_s=30)
    assert station.kept == set(range(1, 10_001))
    firsts = list(dict.fromkeys(station.rows))
    jumps = [second for first, second in pairwise(firsts) if second < first]
    assert len(jumps) <= 3, "in order, but for what a killed broker had taken and lost: that comes again at once"
    assert len(station.rows) < 14_000, "no more than the window is sent twice after each kill"
    assert player.box.journal.next_seq == 10_001


def test_no_row_is_forgotten_before_it_was_confirmed_and_no_more_than_the_window_is_on_its_way(
    player: Player, station: Station
) -> None:
    station.confirms = False
    player.write_rows(2_000)
    player.link.start()
    wait_until(lambda: len(station.rows) == 800)
    foreign = Confirm(to=NAME, instance="another storage", seqs=tuple(range(1, 101)))
    station.say(Topic.CONFIRM, foreign)
    # A confirmation for another box, which a broker broken into brings here.
    for_another = Confirm(to="z99-00000000", instance=player.box.journal.instance, seqs=tuple(range(1, 101)))
    station.say(Topic.CONFIRM, for_another)
    station.say(Topic.CONFIRM, Confirm(to=NAME, instance=player.box.journal.instance, seqs=(1, 2, 50)))
    wait_until(lambda: len(player.box.journal) == 1_997)
    assert len(station.rows) == 800
    assert [row.seq for row in player.box.journal.waiting(limit=3)] == [3, 4, 5]
    rest = tuple(range(1, 101))
    for _ in range(3):  # the same again does no harm
        station.say(Topic.CONFIRM, Confirm(to=NAME, instance=player.box.journal.instance, seqs=rest))
    wait_until(lambda: len(station.rows) == 900)
    assert len(player.box.journal) == 1_900


def test_what_the_welcome_knows_already_is_not_sent_again(player: Player, station: Station) -> None:
    player.write_rows(300)
    station.kept = set(range(1, 251))
    player.link.start()
    wait_until(lambda: len(player.box.journal) == 0)
    assert station.rows == list(range(251, 301))
    with player.box.sessions.begin() as session:
        journals.write(session, JournalKind.NOTE, {"code": "x"}, at=None)
    player.link.push()
    wait_until(lambda: station.rows[-1] == 301)


def test_a_station_that_claims_more_rows_than_were_written_takes_none_from_the_future(
    player: Player, station: Station
) -> None:
    station.kept = set(range(1, 500))
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    player.write_rows(2)
    assert [row.seq for row in player.box.journal.waiting()] == [1, 2]


# --- commands ------------------------------------------------------------------------------------------------------
def test_commands_that_waited_at_the_broker_wait_for_the_time_too(
    player: Player, station: Station, tmp_path: Path, broker: Mosquitto
) -> None:
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    player.link.stop()
    station.order(seal(a_fresh(CommandKind.VOLUME, volume=30)))
    again = Player(tmp_path / "player", broker)
    assert not again.box.trust.is_trusted
    again.link.start()
    wait_until(lambda: again.box.acts.done)
    again.link.stop()
    assert again.box.acts.done == [("volume", 30, "Hà")]


def test_a_command_whose_row_could_not_be_written_comes_again(
    player: Player, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "_PATIENCE_S", 0.05)
    fails = [OSError("no space left")] * 2
    write = player.box.orders._write

    def refuse(*given: object) -> None:
        if fails:
            raise fails.pop()
        write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(player.box.orders, "_write", refuse)
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    station.order(seal(a_fresh()))
    wait_until(lambda: station.rows == [1])
    assert player.box.acts.done == ["stop"] * 3, "silence thrice is as once"


def test_a_stop_overtakes_a_plan_that_takes_long(
    player: Player, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    stopped = threading.Event()
    monkeypatch.setattr(player.box.acts, "stop", stopped.set)
    reached = threading.Event()

    def accept(_sealed: bytes) -> None:
        reached.set()
        assert stopped.wait(5)

    monkeypatch.setattr(player.keeper, "accept", accept)
    station.say(Topic.PLAN, PLAN, packed=True)
    wait_until(reached.is_set)
    began = CLOCK.monotonic()
    station.order(seal(a_fresh()))
    assert stopped.wait(5)
    assert CLOCK.monotonic() - began < 1


def test_four_thousand_false_commands_over_the_broker_make_no_sound_and_leave_a_row_each(
    player: Player, station: Station
) -> None:
    player.link.start()
    wait_until(lambda: player.box.trust.is_trusted)
    say = {"programme": a_programme(starts_at=now())}
    genuine = seal(a_fresh(CommandKind.SAY, **say))
    station.order(genuine)
    wait_until(lambda: player.box.acts.done)
    old = now() - timedelta(hours=1)
    for n in range(1000):
        station.order(
            genuine,
            seal(a_fresh(CommandKind.SAY, **say), STRANGER),
            seal(a_command(CommandKind.SAY, issued_at=old, **say)),
            seal(
                a_fresh(CommandKind.SAY, audience=msgspec.structs.replace(a_command().audience, zone_id=13 + n), **say)
            ),
        )
    wait_until(lambda: player.box.journal.next_seq >= 4_002, within_s=40)
    wait_until(lambda: len(station.kept) >= 4_001, within_s=20)
    assert len(player.box.acts.done) == 1
    station.order(seal(a_fresh()))
    wait_until(lambda: len(player.box.acts.done) == 2)
    wait_until(lambda: len(station.kept) == 4_002)
    assert player.box.journal.next_seq == 4_003, "a row for each, and none more"


def test_refresh_says_hello_and_looks_at_files_and_report_tells_the_state(player: Player, station: Station) -> None:
    player.link.start()
    wait_until(lambda: station.statuses and station.hellos)
    told, said = len(station.statuses), len(station.hellos)
    station.order(seal(a_fresh(CommandKind.REFRESH)))
    wait_until(lambda: len(station.hellos) == said + 1 and len(station.statuses) > told and player.refreshed == 1)
    told = len(station.statuses)
    station.order(seal(a_fresh(CommandKind.REPORT)))
    wait_until(lambda: len(station.statuses) == told + 1)


# --- state ---------------------------------------------------------------------------------------------------------
def test_the_state_is_retained_told_when_it_changes_and_by_the_will_when_the_link_is_cut(
    player: Player, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio.village.telling.LOOK_EVERY_S", 0.05)
    player.link.start()
    wait_until(lambda: station.statuses)
    assert station.statuses[-1].online
    player.status = msgspec.structs.replace(player.status, journal_waiting=5)
    player.status = msgspec.structs.replace(player.status, files_ready=3)
    wait_until(lambda: station.statuses[-1].files_ready == 3)
    told = len(station.statuses)
    station.order(seal(a_fresh(CommandKind.UNPLUG, seconds=1)))
    wait_until(lambda: not station.statuses[-1].online)
    assert (station.statuses[-1].boot, station.statuses[-1].at, len(station.statuses)) == ("b", None, told + 1)
    assert player.held_off_s == 1, "files have no link either"
    wait_until(lambda: station.statuses[-1].online)
    player.link.stop()
    wait_until(lambda: not station.statuses[-1].online)
    assert station.statuses[-1].at is not None, "a goodbye knows when"
