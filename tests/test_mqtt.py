"""The link to a broker, against a real Mosquitto: what is kept, repeated, acknowledged, and how it comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.clock import SystemClock
from scheduler.errors import BadBrokerAddress, LinkFull
from scheduler.mqtt import Arrived, BackOff, BrokerAddress, Link
from tests.brokers import Mosquitto, link_to, make_certificate, mosquitto, wait_until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as running:
        yield running


def test_an_address_is_read_from_its_url() -> None:
    address = BrokerAddress.parse("mqtts://z1-ab:p%40ss@dai.example")
    assert (address.host, address.port, address.tls) == ("dai.example", 8883, True)
    assert (address.username, address.password) == ("z1-ab", "p@ss")
    assert BrokerAddress.parse("mqtt://127.0.0.1:1999").port == 1999
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize("url", ["", "http://a", "mqtt://", "mqtt://a:99999", "mqtt://a/b", "mqtt://" + "a" * 70])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadBrokerAddress):
        BrokerAddress.parse(url)


def test_what_is_published_without_a_connection_goes_out_when_there_is_one(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    with link_to(broker.url, "out", waits=False) as out:
        sent = [out.link.publish("t/1", b"%d" % number) for number in range(50)]
        assert not any(item.done for item in sent)
        broker.start()
        try:
            assert all(item.wait(10) for item in sent)
            with link_to(broker.url, "in", "t/#") as into:
                again = out.link.publish("t/1", b"more")
                assert again.wait(10)
                wait_until(lambda: into.payloads == [b"more"])
        finally:
            out.link.stop()
            broker.kill()


def test_the_session_outlives_a_cut_and_what_came_meanwhile_arrives_in_order(broker: Mosquitto) -> None:
    with link_to(broker.url, "in", "t/#") as into, link_to(broker.url, "out") as out:
        into.link.hold_off(0.3)
        wait_until(lambda: not into.link.connected)
        sent = [out.link.publish("t/1", b"%d" % number) for number in range(20)]
        assert all(item.wait(10) for item in sent)
        assert into.arrived == []
        wait_until(lambda: len(into.arrived) == 20)
        assert into.payloads == [b"%d" % number for number in range(20)]
        assert into.connected == 2
        assert len(into.lost) == 1


def test_a_filter_is_asked_for_again_at_each_connection(broker: Mosquitto) -> None:
    """Mosquitto killed at the wrong instant remembered a session and nothing of what it had asked for."""
    with link_to(broker.url, "out") as out, link_to(broker.url, "in", "t/#") as into:
        assert out.link.publish("t/status", b"status", retain=True).wait(10)
        wait_until(lambda: into.payloads == [b"status"])
        into.link.cut()
        wait_until(lambda: into.payloads == [b"status", b"status"])
        assert [item.retained for item in into.arrived] == [False, True]


def test_a_filter_is_asked_for_again_when_the_broker_forgot_the_session(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        with link_to(broker.url, "in", "t/#") as into:
            broker.kill()
            for kept in (tmp_path / "kept").iterdir():
                kept.unlink()
            broker.start()
            wait_until(lambda: into.connected == 2 and into.link.is_settled)
            assert into.link.publish("t/1", b"heard").wait(10)
            wait_until(lambda: into.payloads == [b"heard"])
    finally:
        broker.kill()


def test_what_was_not_acknowledged_comes_again_after_a_cut(broker: Mosquitto) -> None:
    with link_to(broker.url, "in", "t/#", acknowledges=False) as into, link_to(broker.url, "out") as out:
        for number in range(3):
            assert out.link.publish("t/1", b"%d" % number).wait(10)
        wait_until(lambda: len(into.arrived) == 3)
        into.link.acknowledge(into.arrived[0])
        # Acknowledgements go out in order: the broker has the first once it answers what was published after it.
        assert into.link.publish("u", b"").wait(10)
        into.link.cut()
        wait_until(lambda: len(into.arrived) == 5)
        assert into.payloads[3:] == [b"1", b"2"]


def test_an_acknowledgement_of_a_lost_connection_acknowledges_nothing(broker: Mosquitto) -> None:
    with link_to(broker.url, "in", "t/#", acknowledges=False) as into:
        assert into.link.publish("t/1", b"once").wait(10)
        wait_until(lambda: len(into.arrived) == 1)
        old = into.arrived[0]
        for times in (2, 3):
            into.link.cut()
            wait_until(lambda times=times: len(into.arrived) == times)
            into.link.acknowledge(old)
            assert into.link.publish("u", b"").wait(10)
        into.link.acknowledge(into.arrived[-1])
        assert into.link.publish("u", b"").wait(10)
        into.link.cut()
        wait_until(lambda: into.connected == 4)
        assert into.link.publish("t/1", b"last").wait(10)
        wait_until(lambda: into.payloads == [b"once", b"once", b"once", b"last"])


def test_acknowledgements_go_out_in_the_order_of_arrival_whatever_order_they_are_given_in(broker: Mosquitto) -> None:
    with link_to(broker.url, "in", "t/#", acknowledges=False) as into:
        for number in range(4):
            assert into.link.publish("t/1", b"%d" % number).wait(10)
        wait_until(lambda: len(into.arrived) == 4)
        for number in (2, 1, 2):
            into.link.acknowledge(into.arrived[number])
        assert into.link.publish("u", b"").wait(10)
        into.link.cut()
        wait_until(lambda: len(into.arrived) == 8)
        assert into.payloads[4:] == [b"0", b"1", b"2", b"3"]
        for number in (6, 5, 4):
            into.link.acknowledge(into.arrived[number])
        assert into.link.publish("u", b"").wait(10)
        into.link.cut()
        wait_until(lambda: len(into.arrived) == 9)
        assert into.payloads[8:] == [b"3"]


def test_the_will_is_told_after_a_cut_and_the_farewell_instead_of_it_after_a_stop(broker: Mosquitto) -> None:
    with link_to(broker.url, "in", "s/#") as into, link_to(broker.url, "box", will=("s/box", b"gone")) as box:
        box.link.hold_off(0.5)
        wait_until(lambda: into.payloads == [b"gone"])
        wait_until(lambda: box.connected == 2)
        box.link.stop(farewell=("s/box", b"bye"))
        wait_until(lambda: len(into.arrived) == 2)
        with link_to(broker.url, "late", "s/#") as late:
            wait_until(lambda: late.payloads == [b"bye"] and late.arrived[0].retained)
        assert into.payloads == [b"gone", b"bye"]


def test_a_listener_that_fails_does_not_end_the_link(broker: Mosquitto) -> None:
    seen: list[bytes] = []

    def fail_at_first(arrived: Arrived) -> None:
        seen.append(arrived.payload)
        if len(seen) == 1:
            raise RuntimeError("bad message")

    link = Link(BrokerAddress.parse(broker.url), client_id="in", on_message=fail_at_first, clock=SystemClock())
    link.subscribe("t/#")
    link.start()
    try:
        wait_until(lambda: link.is_settled)
        for payload in (b"1", b"2"):
            assert link.publish("t/1", payload).wait(10)
        wait_until(lambda: seen == [b"1", b"2"])
    finally:
        link.stop()


def test_more_than_the_link_can_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.mqtt.MOST_QUEUED", 3)
    with link_to("mqtt://127.0.0.1:9", "out", waits=False) as out:
        for _ in range(3):
            out.link.publish("t", b"")
        with pytest.raises(LinkFull):
            out.link.publish("t", b"")


def test_waits_grow_and_differ_and_end() -> None:
    back_off = BackOff(first_s=1, longest_s=120)
    assert all(0.25 <= back_off.wait_s(0) <= 1 for _ in range(50))
    far = {back_off.wait_s(500) for _ in range(50)}
    assert len(far) > 40
    assert all(30 <= wait <= 120 for wait in far)


@pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")  # paho leaves it open
def test_a_broker_is_believed_only_with_a_certificate_of_its_authority(tmp_path: Path) -> None:
    made = make_certificate(tmp_path / "tls")
    other = make_certificate(tmp_path / "other")
    lines = ["allow_anonymous true", f"certfile {made.certificate}", f"keyfile {made.key}"]
    with mosquitto(tmp_path / "broker", lines=lines) as broker:
        url = f"mqtts://localhost:{broker.port}"
        with link_to(BrokerAddress.parse(url, ca_file=made.authority), "in", "t/#") as into:
            assert into.link.publish("t/1", b"secret").wait(10)
            wait_until(lambda: into.payloads == [b"secret"])
            into.link.cut()
            wait_until(lambda: into.connected == 2)
        with link_to(BrokerAddress.parse(url, ca_file=other.authority), "bad", waits=False) as bad:
            assert not bad.link.publish("t/1", b"secret").wait(0.5)
            assert bad.connected == 0
