"""The link of a village over a real Mosquitto: time, plan, journal, commands and state, whatever breaks between."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from audio.village import journal as journals
from audio.village import link as links
from scheduler.village_messages import (
    Command,
    CommandKind,
    Confirm,
    JournalKind,
    Topic,
    encode,
    pack,
    topic_of,
)
from tests.audio.village.commanded import PLAN, STRANGER, a_command, a_programme, seal
from tests.audio.village.linked import CLOCK, NAME, Player, Station, now
from tests.brokers import Mosquitto, mosquitto, wait_until


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
