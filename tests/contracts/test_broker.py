"""What station and villages rely on at a broker, asked of the embedded one and of Mosquitto with the file of deploy/."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scheduler.mqtt import BrokerAddress
from scheduler.village_messages import FROM_PLAYER, FROM_STATION, Topic, topic_of
from tests.brokers import link_to, wait_until
from tests.contracts.running_brokers import Embedded, Mosquitto, PlainClient, RunningBroker, until

BOXES = 200
ALL_OF_A_BOX = [topic_of("+", topic) for topic in FROM_PLAYER]


@pytest.fixture(scope="module", params=[Embedded, Mosquitto], ids=lambda kind: kind.name)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    running: RunningBroker = request.param(tmp_path_factory.mktemp(request.param.name))
    running.fill(BOXES + 40)
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def box(broker: RunningBroker) -> str:
    return broker.take()


def test_the_newest_retained_message_awaits_a_box_until_it_is_taken_back(broker: RunningBroker, box: str) -> None:
    plan = topic_of(box, Topic.PLAN)
    with link_to(broker.station, f"station-{box}-1") as station:
        for payload in (b"first", b"second"):
            assert station.link.publish(plan, payload, retain=True).wait(10)
        with link_to(broker.box(box), box, plan) as at_box:
            wait_until(lambda: at_box.arrived)
            assert [(item.payload, item.retained) for item in at_box.arrived] == [(b"second", True)]
        assert station.link.publish(plan, b"", retain=True).wait(10)
    other = broker.take()
    with link_to(broker.station, f"station-{box}-2", topic_of(box, Topic.PLAN), topic_of(other, Topic.PLAN)) as late:
        assert late.link.publish(topic_of(other, Topic.PLAN), b"there").wait(10)
        wait_until(lambda: late.payloads == [b"there"])


def test_a_message_of_a_megabyte_arrives_whole(broker: RunningBroker, box: str) -> None:
    plan, body = topic_of(box, Topic.PLAN), bytes(range(256)) * 4096
    with link_to(broker.station, f"station-{box}-1") as station, link_to(broker.box(box), box, plan) as at_box:
        assert station.link.publish(plan, body).wait(10)
        wait_until(lambda: at_box.payloads == [body])


def test_the_will_of_a_box_that_is_cut_off_is_told_and_stays(broker: RunningBroker, box: str) -> None:
    status = topic_of(box, Topic.STATUS)
    with link_to(broker.station, f"station-{box}-1", status) as station:
        with link_to(broker.box(box), box, will=(status, b"offline")) as at_box:
            assert at_box.link.publish(status, b"online", retain=True).wait(10)
            at_box.link.hold_off(60)
            wait_until(lambda: station.payloads == [b"online", b"offline"])
        with link_to(broker.station, f"station-{box}-2", status) as late:
            wait_until(lambda: late.payloads == [b"offline"])
            assert late.arrived[0].retained
        with link_to(broker.box(box), box, will=(status, b"offline")) as at_box:
            at_box.link.stop(farewell=(status, b"goodbye"))
            wait_until(lambda: station.payloads[2:] == [b"goodbye"])
        with link_to(broker.station, f"station-{box}-3", status) as late:
            wait_until(lambda: late.payloads == [b"goodbye"])


def test_the_will_of_a_box_that_fell_silent_is_told(broker: RunningBroker, box: str) -> None:
    """Its line is dead, but nobody said so: there is only no sign of life any more."""
    status = topic_of(box, Topic.STATUS)

    async def fall_silent() -> None:
        silent = PlainClient(broker.box(box), keepalive_s=1)
        assert await silent.connect(will=(status, b"offline")) == 0
        assert await silent.is_dropped(within_s=10)
        await silent.close()

    with link_to(broker.station, f"station-{box}-1", status) as station:
        asyncio.run(fall_silent())
        wait_until(lambda: station.payloads == [b"offline"])


def test_what_comes_for_a_box_that_is_away_awaits_it_in_order_and_comes_once(broker: RunningBroker, box: str) -> None:
    command = topic_of(box, Topic.COMMAND)
    with link_to(broker.box(box), box, command):
        pass
    with link_to(broker.station, f"station-{box}-1") as station:
        sent = [station.link.publish(command, b"%d" % number) for number in range(500)]
        assert all(item.wait(30) for item in sent)
    with link_to(broker.box(box), box, command) as at_box:
        wait_until(lambda: len(at_box.arrived) >= 500)
        assert at_box.payloads == [b"%d" % number for number in range(500)]
        assert at_box.link.publish(topic_of(box, Topic.HELLO), b"").wait(30)  # behind the acknowledgements
    with link_to(broker.box(box), box, command) as at_box, link_to(broker.station, f"station-{box}-1") as station:
        assert station.link.publish(command, b"next").wait(10)
        wait_until(lambda: at_box.payloads == [b"next"])


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(broker: RunningBroker, box: str) -> None:
    journal = topic_of(box, Topic.JOURNAL)
    with (
        link_to(broker.station, f"station-{box}-1", journal, acknowledges=False) as station,
        link_to(broker.box(box), box) as at_box,
    ):
        for number in range(5):
            assert at_box.link.publish(journal, b"%d" % number).wait(10)
        wait_until(lambda: len(station.arrived) == 5)
        for number in (1, 0):
            station.link.acknowledge(station.arrived[number])
        assert station.link.publish(topic_of(box, Topic.CONFIRM), b"").wait(10)
        station.link.cut()
        wait_until(lambda: len(station.arrived) == 8)
        assert station.payloads[5:] == [b"2", b"3", b"4"]


def test_several_processes_of_the_station_share_the_stream(broker: RunningBroker, box: str) -> None:
    shared = f"$share/backbone/{topic_of('+', Topic.HELLO)}"
    hello = topic_of(box, Topic.HELLO)
    with (
        link_to(broker.station, f"station-{box}-1", shared) as one,
        link_to(broker.station, f"station-{box}-2", shared) as two,
        link_to(broker.box(box), box) as at_box,
    ):
        for number in range(200):
            assert at_box.link.publish(hello, b"%d" % number).wait(10)
        wait_until(lambda: len(one.arrived) + len(two.arrived) >= 200)
        assert sorted(one.payloads + two.payloads) == sorted(b"%d" % number for number in range(200))
        assert min(len(one.arrived), len(two.arrived)) >= 50


def test_of_two_boxes_with_one_identity_the_later_throws_the_earlier_out(broker: RunningBroker, box: str) -> None:
    async def both() -> None:
        first, second = PlainClient(broker.box(box)), PlainClient(broker.box(box))
        assert await first.connect() == 0
        assert await second.connect() == 0
        assert await first.is_dropped(within_s=10)
        assert await second.is_answered()
        await first.close()
        await second.close()

    asyncio.run(both())


def test_only_a_box_that_is_known_and_has_its_password_is_let_in(broker: RunningBroker, box: str) -> None:
    async def try_all() -> None:
        for address in (
            broker.box(box, password="wrong"),
            broker.box(box, password=""),
            broker.box("z1-nobody"),
            broker.box("z1-nobody", password=""),
            broker.box(""),
            broker.box("loaban-station"),
        ):
            stranger = PlainClient(address)
            assert await stranger.connect() != 0, address

    asyncio.run(try_all())


def test_a_box_cannot_take_over_the_session_of_another(broker: RunningBroker, box: str) -> None:
    thief, station_id, command = broker.take(), f"station-{box}-1", topic_of(box, Topic.COMMAND)

    async def steal(client_id: str) -> list[tuple[str, bytes]]:
        client = PlainClient(broker.box(thief), client_id=client_id)
        if await client.connect() == 0:
            await client.is_dropped(within_s=0.5)
            await client.close()
        return client.heard

    with link_to(broker.station, f"station-{box}-1") as station:
        with link_to(broker.box(box), box, command) as at_box:
            assert asyncio.run(steal(box)) == []
            assert at_box.lost == []
            assert asyncio.run(steal(station_id)) == []
            assert station.lost == []
        assert station.link.publish(command, b"secret").wait(10)
        assert asyncio.run(steal(box)) == []
        with link_to(broker.box(box), box, command) as at_box:
            wait_until(lambda: at_box.payloads == [b"secret"])


def test_a_revoked_box_is_thrown_out_within_a_minute_and_the_others_stay(broker: RunningBroker, box: str) -> None:
    other = broker.take()

    async def revoke() -> float:
        revoked, staying = PlainClient(broker.box(box)), PlainClient(broker.box(other))
        assert await revoked.connect() == 0
        assert await staying.connect() == 0
        began = time.monotonic()
        broker.revoke(box)
        assert await revoked.is_dropped(within_s=60)
        took = time.monotonic() - began
        assert await PlainClient(broker.box(box)).connect() != 0
        assert await staying.is_answered()
        await revoked.close()
        await staying.close()
        return took

    assert asyncio.run(revoke()) < 20


@pytest.mark.slow
def test_of_two_hundred_boxes_none_reads_or_writes_what_is_anothers(broker: RunningBroker) -> None:
    names = [broker.take() for _ in range(BOXES)]
    for some in (names[:5], names):  # a broker that lets anything through is known by five, without a storm
        asyncio.run(_try_everything(some, broker))


async def _try_everything(names: list[str], broker: RunningBroker) -> None:
    """Each box asks for everything of every other, and writes to each other, in its name and in the station's.

    No session is to be kept: Mosquitto would write its store at every message.
    """
    station = PlainClient(broker.station, client_id="station-all")
    assert await station.connect(clean=True) == 0
    station.subscribe(ALL_OF_A_BOX)
    clients = {name: PlainClient(broker.box(name)) for name in names}
    for name, client in clients.items():
        assert await client.connect(clean=True) == 0
        others = [other for other in names if other != name]
        wanted = [topic_of(other, topic) for other in others for topic in FROM_STATION]
        wanted += [topic_of("+", topic) for topic in Topic] + ["#", "+/+/+/+", "$share/g/loaban/1/+/command", "nowhere"]
        client.subscribe([topic_of(name, topic) for topic in FROM_STATION])
        client.subscribe(wanted)
        client.publish(
            [topic_of(other, (*FROM_PLAYER, *FROM_STATION)[at % 7]) for at, other in enumerate(others)], b"x"
        )
        client.publish([topic_of(other, FROM_STATION[at % 4]) for at, other in enumerate(others)], b"x")
    for client in clients.values():
        await until(lambda client=client: client.acknowledged == 2 * (len(names) - 1) and client.granted, within_s=60)
    station.heard = [item for item in station.heard if item[1] == b"x"]  # what lay there from other tests is not meant
    for name, client in clients.items():
        station.publish([topic_of(name, topic) for topic in FROM_STATION], name.encode())
        client.publish([topic_of(name, topic) for topic in FROM_PLAYER], name.encode())
    for client in clients.values():
        await until(lambda client=client: len(client.heard) >= len(FROM_STATION), within_s=60)
    await until(lambda: len(station.heard) >= len(names) * len(FROM_PLAYER), within_s=60)
    markers = await _send_markers(clients, station)
    station.heard = [item for item in station.heard if item[1] not in markers]
    for name, client in clients.items():
        client.heard = [item for item in client.heard if item[1] not in markers]
        assert sorted(client.heard) == sorted((topic_of(name, topic), name.encode()) for topic in FROM_STATION)
        await client.close()
    said = sorted((topic_of(name, topic), name.encode()) for name in names for topic in FROM_PLAYER)
    assert sorted(station.heard) == said
    await station.close()


MARKERS = (b"marker", b"marker after the marker")


async def _send_markers(clients: Mapping[str, PlainClient], station: PlainClient) -> tuple[bytes, ...]:
    """Send on every road what arrives behind all that went before: what has not come by then does not come.

    The embedded broker serves the topics of a link in turn, so that one marker may overtake what lies in another topic;
    the second sets out when the first was heard, and by then every topic of the link has had its turn.
    """
    for marker in MARKERS:
        station.publish([topic_of(name, Topic.COMMAND) for name in clients], marker)
        for name, client in clients.items():
            client.publish([topic_of(name, Topic.JOURNAL)], marker)
        for name, client in clients.items():
            at = (topic_of(name, Topic.COMMAND), marker)
            await until(lambda client=client, at=at: at in client.heard, within_s=60)
        await until(lambda m=marker: sum(item[1] == m for item in station.heard) >= len(clients), within_s=60)
    return MARKERS


def test_links_come_back_by_themselves_after_the_broker_was_killed(broker: RunningBroker, box: str) -> None:
    hello, command = topic_of(box, Topic.HELLO), topic_of(box, Topic.COMMAND)
    with (
        link_to(broker.station, f"station-{box}-1", hello) as station,
        link_to(broker.box(box), box, command) as at_box,
    ):
        broker.kill()
        wait_until(lambda: not station.link.connected and not at_box.link.connected)
        waiting = at_box.link.publish(hello, b"early"), station.link.publish(command, b"early")
        broker.start()
        assert all(item.wait(30) for item in waiting)
        wait_until(lambda: station.link.is_settled and at_box.link.is_settled)
        # What went out before the other was back may be lost: the embedded broker has forgotten who listens.
        assert at_box.link.publish(hello, b"hello").wait(10)
        assert station.link.publish(command, b"order").wait(10)
        wait_until(lambda: station.payloads[-1:] == [b"hello"] and at_box.payloads[-1:] == [b"order"])


def test_nobody_reaches_the_embedded_broker_but_through_its_gate(broker: RunningBroker, box: str) -> None:
    if not isinstance(broker, Embedded):
        return
    told = (broker.folder / "home" / "broker" / "broker.toml").read_text()
    assert (broker.folder / "home" / "broker" / "broker.toml").stat().st_mode & 0o077 == 0
    port = int(told.partition('listen = "127.0.0.1:')[2].partition('"')[0])
    behind = BrokerAddress(host="127.0.0.1", port=port, username=box, password="of a box")

    async def connect() -> int:
        return await PlainClient(behind).connect()

    assert asyncio.run(connect()) != 0


def test_a_killed_mosquitto_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """Once its file is written, which is some milliseconds later. The embedded broker keeps nothing, and need not:

    what either forgets comes again by hello, welcome and journal.
    """
    broker = Mosquitto(tmp_path)
    broker.fill(1)
    box = broker.take()
    command = topic_of(box, Topic.COMMAND)
    try:
        broker.start()
        with link_to(broker.box(box), box, command):
            pass
        with link_to(broker.station, f"station-{box}-1") as station:
            for round_ in range(3):
                sent = [station.link.publish(command, b"%d-%d" % (round_, number)) for number in range(50)]
                assert all(item.wait(20) for item in sent)
                wait_until(lambda last=b"%d-49" % round_: last in broker.kept.read_bytes())
                broker.strike()
        with link_to(broker.box(box), box, command) as at_box:
            wait_until(lambda: len(at_box.arrived) >= 150)
            assert at_box.payloads == [b"%d-%d" % (round_, number) for round_ in range(3) for number in range(50)]
    finally:
        broker.close()
