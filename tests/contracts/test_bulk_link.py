"""The connection that only sends does so over both brokers: everything arrives, whatever dies meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scheduler.clock import SystemClock
from scheduler.errors import LinkFull
from scheduler.mqtt import Arrived, BackOff, BrokerAddress
from scheduler.mqtt_bulk import BulkLink
from scheduler.village_messages import Topic, topic_of
from tests.brokers import Mosquitto, find_port, link_to, wait_until
from tests.contracts.running_brokers import Embedded, RunningBroker
from tests.contracts.running_brokers import Mosquitto as DeployedMosquitto

QUICK = BackOff(first_s=0.05, longest_s=0.2)


@pytest.fixture(scope="module", params=[Embedded, DeployedMosquitto], ids=lambda kind: kind.name)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    running: RunningBroker = request.param(tmp_path_factory.mktemp(request.param.name))
    running.fill(6)
    try:
        running.start()
        yield running
    finally:
        running.close()


@contextmanager
def sending(address: BrokerAddress, name: str) -> Iterator[BulkLink]:
    sender = BulkLink(address, client_id=name, clock=SystemClock(), back_off=QUICK)
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def test_thousands_of_messages_arrive_each_and_are_acknowledged(broker: RunningBroker) -> None:
    box = broker.take()
    topic = topic_of(box, Topic.COMMAND)
    with (
        link_to(broker.box(box), box, topic) as at_box,
        sending(broker_address(broker), f"station-out-{box}") as sender,
    ):
        sent = [sender.publish(topic, f"order {number}".encode() * 30) for number in range(3_000)]
        assert sent[-1].wait(20)
        wait_until(lambda: all(item.done for item in sent))
        wait_until(lambda: len(at_box.arrived) >= 3_000)
        assert sorted({item.payload for item in at_box.arrived}) == sorted(
            {f"order {number}".encode() * 30 for number in range(3_000)}
        )


def test_what_is_handed_over_without_a_connection_goes_out_with_the_next(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    mosquitto = Mosquitto(tmp_path_factory.mktemp("sender"), saves=False)
    address = BrokerAddress.parse(mosquitto.url)
    with sending(address, "station-out") as sender:
        early = [sender.publish("a/b", b"early %d" % number) for number in range(50)]
        assert not early[0].wait(0.2)
        mosquitto.start()
        with link_to(mosquitto.url, "box", "a/b") as at_box:
            assert all(item.wait(10) for item in early)
            for round_ in range(5):
                mosquitto.kill()
                wait_until(lambda: not sender.connected)
                late = [sender.publish("a/b", b"late %d %d" % (round_, number)) for number in range(200)]
                mosquitto.start()
                assert all(item.wait(10) for item in late)

            def last_arrives() -> bool:
                """The box, whose session died with the broker, may ask for its topic later than we are back."""
                return sender.publish("a/b", b"last").wait(10) and b"last" in {item.payload for item in at_box.arrived}

            wait_until(last_arrives)
    mosquitto.kill()


def test_more_than_can_be_numbered_is_refused_and_nothing_of_it_is_lost() -> None:
    sender = BulkLink(
        BrokerAddress(host="127.0.0.1", port=find_port()), client_id="station-out", clock=SystemClock(), back_off=QUICK
    )
    with pytest.raises(LinkFull):
        for _ in range(70_000):
            sender.publish("a", b"")
    assert not sender.has_taken(0)
    sender.stop()


def test_a_broker_that_does_not_let_us_in_is_asked_again(broker: RunningBroker) -> None:
    told = broker_address(broker)
    stranger = BrokerAddress(host=told.host, port=told.port, tls=told.tls, username="nobody", password="x")
    with sending(stranger, "station-stranger") as sender:
        assert not sender.publish("a/b", b"c").wait(1)
        assert not sender.connected


def broker_address(broker: RunningBroker) -> BrokerAddress:
    told = broker.station
    return told if isinstance(told, BrokerAddress) else BrokerAddress.parse(told)


def test_what_comes_in_is_kept_by_the_broker_until_it_is_acknowledged_in_order(broker: RunningBroker) -> None:
    box, came = broker.take(), []
    topic = topic_of(box, Topic.JOURNAL)
    asked = {"client_id": f"station-in-{box}", "filters": (topic_of("+", Topic.JOURNAL),), "clock": SystemClock()}
    first = BulkLink(broker_address(broker), **asked, on_message=came.append, back_off=QUICK)
    first.start()
    wait_until(lambda: first.is_settled)
    with link_to(broker.box(box), box) as at_box:
        for number in range(60):
            at_box.link.publish(topic, b"row %d" % number)
        wait_until(lambda: len(came) >= 60)
        assert [item.payload for item in came[:60]] == [b"row %d" % number for number in range(60)]
        for item in reversed(came[:20]):  # the broker is told in order, whatever the order here
            first.acknowledge(item)
        wait_until(lambda: not first._out)
        first.stop()
        again: list[Arrived] = []
        second = BulkLink(broker_address(broker), **asked, on_message=again.append, back_off=QUICK)
        second.start()
        wait_until(lambda: len(again) >= 40)
        assert {item.payload for item in again} >= {b"row %d" % number for number in range(20, 60)}
        assert b"row 0" not in {item.payload for item in again}
        for item in again:
            second.acknowledge(item)
        at_box.link.publish(topic, b"x" * 300_000)
        wait_until(lambda: again[-1].payload == b"x" * 300_000)
        second.acknowledge(again[-1])
        wait_until(lambda: not second._out)
        second.stop()
