"""The few packets of MQTT 3.1.1 that the gate looks into: CONNECT, PUBLISH, SUBSCRIBE."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from scheduler import mqtt_packets
from scheduler.errors import BadMessage
from scheduler.mqtt_packets import PASSWORD, PROTOCOL, RETAIN, USERNAME, WILL, field

MOST_BYTES = 8 * 1024 * 1024
"""Of one packet; a signed plan has a tenth of that."""
MOST_BYTES_OF_CONNECT = 64 * 1024
"""Nobody knows yet who sends it: memory for more than a login and a last will is kept for nobody."""
_CLEAN_OR_WILL = 0x3E


class Kind(IntEnum):
    """The kinds of packets the gate looks into."""

    CONNECT = 1
    PUBLISH = 3
    SUBSCRIBE = 8


class Answer(IntEnum):
    """Return codes of a CONNACK."""

    BAD_PROTOCOL = 1
    BAD_CLIENT_ID = 2
    BAD_LOGIN = 4
    NOT_ALLOWED = 5


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet's first byte and what follows its length."""

    first: int
    body: bytes

    @property
    def kind(self) -> int:
        """The kind of packet, one of `Kind` or another."""
        return self.first >> 4

    @property
    def qos(self) -> int:
        """Of a PUBLISH."""
        return self.first >> 1 & 3

    def as_bytes(self) -> bytes:
        """As on the wire."""
        return mqtt_packets.packet(self.first, self.body)


async def read_packet(reader: asyncio.StreamReader, *, most: int = MOST_BYTES) -> Packet:
    """The next packet. Raises `asyncio.IncompleteReadError` at the end, `BadMessage` for one too long."""
    first = (await reader.readexactly(1))[0]
    length = 0
    for place in range(4):
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            break
    else:
        raise BadMessage(reason="length of a packet")
    if length > most:
        raise BadMessage(reason=f"packet of {length} bytes")
    return Packet(first, await reader.readexactly(length))


@dataclass(frozen=True, kw_only=True, slots=True)
class Connect:
    """What a CONNECT says."""

    client_id: str
    username: str
    password: str
    will_topic: str | None
    _flags: int
    _middle: bytes
    """Keep-alive, client id and will, as they were."""

    def with_login(self, username: str, password: str) -> Packet:
        """The same with another user name and password."""
        flags = self._flags & _CLEAN_OR_WILL | USERNAME | PASSWORD
        body = PROTOCOL + bytes([flags]) + self._middle + field(username) + field(password)
        return Packet(Kind.CONNECT << 4, body)


def read_connect(packet: Packet) -> Connect | None:
    """What a CONNECT says; None when it is of another version of the protocol. Raises `BadMessage`."""
    if packet.kind != Kind.CONNECT:
        raise BadMessage(reason="no CONNECT")
    if not packet.body.startswith(PROTOCOL):
        return None
    fields = _Fields(packet.body, len(PROTOCOL))
    flags = fields.byte()
    middle_from = fields.place
    fields.skip(2)
    client_id = fields.text()
    will_topic = None
    if flags & WILL:
        will_topic = fields.text()
        fields.raw()
    middle = packet.body[middle_from : fields.place]
    username = fields.text() if flags & USERNAME else ""
    password = fields.text() if flags & PASSWORD else ""
    return Connect(
        client_id=client_id,
        username=username,
        password=password,
        will_topic=will_topic,
        _flags=flags,
        _middle=middle,
    )


def topic_of_publish(packet: Packet) -> str:
    """Where a PUBLISH goes. Raises `BadMessage`."""
    return _Fields(packet.body, 0).text()


def publish_to(packet: Packet, topic: str) -> Packet:
    """A PUBLISH with another topic, empty and not retained, that is acknowledged like the first."""
    fields = _Fields(packet.body, 0)
    fields.raw()
    number = packet.body[fields.place : fields.place + 2] if packet.qos else b""
    return Packet(packet.first & ~RETAIN, field(topic) + number)


def subscribe_to(packet: Packet, choose: Callable[[str], str]) -> Packet:
    """A SUBSCRIBE with each filter replaced by what `choose` says. Raises `BadMessage`."""
    fields = _Fields(packet.body, 2)
    body = packet.body[:2]
    while fields.place < len(packet.body):
        body += field(choose(fields.text()))
        body += bytes([fields.byte()])
    return Packet(packet.first, body)


class _Fields:
    """Reads one field after another. Raises `BadMessage`."""

    def __init__(self, body: bytes, place: int) -> None:
        self._body = body
        self.place = place

    def skip(self, count: int) -> bytes:
        taken = self._body[self.place : self.place + count]
        if len(taken) < count:
            raise BadMessage(reason="packet too short")
        self.place += count
        return taken

    def byte(self) -> int:
        return self.skip(1)[0]

    def raw(self) -> bytes:
        return self.skip(int.from_bytes(self.skip(2)))

    def text(self) -> str:
        try:
            return self.raw().decode()
        except UnicodeDecodeError as error:
            raise BadMessage(reason="no UTF-8") from error
