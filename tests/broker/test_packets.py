"""What the gate reads of packets, and that it passes on what it reads."""

import asyncio
import contextlib
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.broker.packets import (
    MOST_BYTES,
    Kind,
    Packet,
    publish_to,
    read_connect,
    read_packet,
    subscribe_to,
    topic_of_publish,
)
from scheduler.errors import BadMessage
from tests.contracts.running_brokers import text

texts = st.text(st.characters(codec="utf-8"), max_size=40)


def read(raw: bytes) -> Packet:
    async def feed() -> Packet:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        return await read_packet(reader)

    return asyncio.run(feed())


def a_connect(client_id: str, *, will: tuple[str, bytes] | None, login: tuple[str, str] | None) -> Packet:
    flags = (0x2C if will else 0) | (0xC0 if login else 0) | 0x02
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + b"\x00\x3c" + text(client_id)
    body += text(will[0]) + text(will[1]) if will else b""
    body += text(login[0]) + text(login[1]) if login else b""
    return Packet(Kind.CONNECT << 4, body)


@settings(deadline=None)
@given(st.integers(0, 255), st.binary(max_size=300))
def test_a_packet_is_read_as_it_was_written(first: int, body: bytes) -> None:
    packet = Packet(first, body)
    assert read(packet.as_bytes()) == packet


@pytest.mark.parametrize("size", [0, 127, 128, 16_383, 16_384, 2_097_152])
def test_lengths_of_one_to_four_bytes(size: int) -> None:
    packet = Packet(0x30, bytes(size))
    assert read(packet.as_bytes()) == packet


@pytest.mark.parametrize("raw", [b"\x30\xff\xff\xff\xff\x01", b"\x30" + b"\xff\xff\xff\x7f"])
def test_a_packet_that_is_too_long_is_refused_before_it_is_read(raw: bytes) -> None:
    assert MOST_BYTES < 0xFFFFFFF
    with pytest.raises(BadMessage):
        read(raw)


@settings(deadline=None)
@given(texts, st.none() | st.tuples(texts, st.binary(max_size=20)), st.none() | st.tuples(texts, texts))
def test_a_connect_keeps_all_but_its_login(
    client_id: str, will: tuple[str, bytes] | None, login: tuple[str, str] | None
) -> None:
    told = read_connect(a_connect(client_id, will=will, login=login))
    assert told is not None
    assert (told.client_id, told.will_topic) == (client_id, will[0] if will else None)
    assert (told.username, told.password) == (login or ("", ""))
    assert told.with_login("gate", "secret") == a_connect(client_id, will=will, login=("gate", "secret"))


@pytest.mark.parametrize("start", [b"\x00\x04MQTT\x05", b"\x00\x06MQIsdp\x03", b""])
def test_other_versions_of_the_protocol_are_known_as_such(start: bytes) -> None:
    assert read_connect(Packet(Kind.CONNECT << 4, start + bytes(30))) is None


@settings(deadline=None)
@given(texts, st.binary(max_size=50), st.sampled_from([0x30, 0x32, 0x33, 0x3B]))
def test_a_publish_sent_elsewhere_keeps_its_number_and_neither_body_nor_retention(
    topic: str, payload: bytes, first: int
) -> None:
    number = b"\x12\x34" if first & 6 else b""
    packet = Packet(first, text(topic) + number + payload)
    assert topic_of_publish(packet) == topic
    assert publish_to(packet, "nowhere") == Packet(first & ~1, text("nowhere") + number)


@settings(deadline=None)
@given(st.lists(st.tuples(texts, st.integers(0, 2)), max_size=5))
def test_filters_are_replaced_one_by_one(wanted: Iterable[tuple[str, int]]) -> None:
    def body(prefix: str) -> bytes:
        return b"\x00\x07" + b"".join(text(prefix + item) + bytes([qos]) for item, qos in wanted)

    assert subscribe_to(Packet(0x82, body("")), lambda item: f"x{item}") == Packet(0x82, body("x"))


@settings(deadline=None)
@given(st.sampled_from([0x10, 0x30, 0x32, 0x82]), st.binary(max_size=40))
def test_broken_packets_are_refused_and_never_anything_else(first: int, body: bytes) -> None:
    packet = Packet(first, b"\x00\x04MQTT\x04" + body if first == 0x10 else body)
    for look in (read_connect, topic_of_publish, lambda it: publish_to(it, "x"), lambda it: subscribe_to(it, str)):
        with contextlib.suppress(BadMessage):
            look(packet)


def test_a_packet_longer_than_is_allowed_here_is_refused_before_it_is_read() -> None:
    async def read_small() -> Packet:
        reader = asyncio.StreamReader()
        reader.feed_data(Packet(0x10, b"x" * 200).as_bytes()[:3])
        return await read_packet(reader, most=199)

    with pytest.raises(BadMessage):
        asyncio.run(read_small())
