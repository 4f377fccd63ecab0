"""How packets of MQTT 3.1.1 are written and found in what came: for those who cannot leave it to paho."""

import struct

from scheduler.errors import BadMessage

PROTOCOL = b"\x00\x04MQTT\x04"
CLEAN, WILL, WILL_AT_QOS_1, WILL_RETAIN, PASSWORD, USERNAME = 0x02, 0x04, 0x08, 0x20, 0x40, 0x80
"""Flags of a CONNECT."""
DUPLICATE, QOS_1, RETAIN = 0x08, 0x02, 0x01
"""Flags of a PUBLISH, in its first byte."""
PINGREQ, DISCONNECT = b"\xc0\x00", b"\xe0\x00"
_CONNECT, _PUBLISH, _PUBACK, _SUBSCRIBE = 0x10, 0x30, 0x40, 0x82


def packet(first: int, body: bytes) -> bytes:
    """A packet on the wire: first byte, length of the body (seven bits a byte, the lowest first; 2.2.3), body."""
    length, left = bytearray(), len(body)
    while True:
        left, byte = left >> 7, left & 127
        length.append(byte | 128 if left else byte)
        if not left:
            return bytes([first]) + length + body


def field(content: str | bytes) -> bytes:
    """A text or bytes with their length before them (1.5.3)."""
    raw = content.encode() if isinstance(content, str) else content
    return struct.pack("!H", len(raw)) + raw


def connect(
    client_id: str,
    *,
    clean: bool,
    keepalive_s: int,
    login: tuple[str, str] = ("", ""),
    will: tuple[str, bytes] | None = None,
) -> bytes:
    """A CONNECT; `login` is user name and password, a `will` is retained, at QoS 1."""
    flags, body = CLEAN if clean else 0, field(client_id)
    if will is not None:
        flags |= WILL | WILL_AT_QOS_1 | WILL_RETAIN
        body += field(will[0]) + field(will[1])
    for flag, text in zip((USERNAME, PASSWORD), login, strict=True):
        if text:
            flags |= flag
            body += field(text)
    return packet(_CONNECT, PROTOCOL + bytes([flags]) + struct.pack("!H", keepalive_s) + body)


def subscribe(mid: int, filters: tuple[str, ...]) -> bytes:
    """A SUBSCRIBE to filters at QoS 1."""
    return packet(_SUBSCRIBE, struct.pack("!H", mid) + b"".join(field(item) + b"\x01" for item in filters))


def publish(mid: int, topic: str, payload: bytes, *, retain: bool = False) -> bytes:
    """A PUBLISH at QoS 1."""
    return packet(_PUBLISH | QOS_1 | (RETAIN if retain else 0), field(topic) + struct.pack("!H", mid) + payload)


def puback(mid: int) -> bytes:
    """The acknowledgement of a PUBLISH."""
    return packet(_PUBACK, struct.pack("!H", mid))


def find(heard: bytearray, at: int, *, most: int) -> tuple[int, int, int] | None:
    """The first byte of the packet at a place, where its body begins and where it ends; None when not all is here.

    Raises `BadMessage` for one of more than `most` bytes.
    """
    length, shift, place = 0, 0, at + 1
    while True:
        if place >= len(heard):
            return None
        byte = heard[place]
        length |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if not byte & 128:
            break
        if shift > 21:
            raise BadMessage(reason="length of a packet")
    if length > most:
        raise BadMessage(reason=f"packet of {length} bytes")
    return (heard[at], place, place + length) if place + length <= len(heard) else None
