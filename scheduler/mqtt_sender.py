"""A connection that only sends, thousands of messages in a moment: MQTT 3.1.1 at QoS 1, without paho's cost for each.

paho takes 57 µs to hand over a message and as much again for its acknowledgement: a command to ten thousand villages
waited seconds for that. Here a message is some bytes behind the others. What comes in goes through `scheduler.mqtt`.
"""

import contextlib
import logging
import selectors
import socket
import ssl
import struct
import threading
from collections import OrderedDict

from scheduler.errors import LinkFull
from scheduler.mqtt import CONNECT_WITHIN_S, MOST_QUEUED, BackOff, BrokerAddress
from scheduler.ports import Clock

logger = logging.getLogger(__name__)

_CONNECT, _PUBLISH, _DUPLICATE, _RETAIN = 0x10, 0x32, 0x08, 0x01
_PINGREQ, _DISCONNECT = b"\xc0\x00", b"\xe0\x00"
_PUBACK, _CONNACK = 0x40, 0x20
_CLEAN, _PASSWORD, _USERNAME = 0x02, 0x40, 0x80
_MOST_AT_ONCE = 256 * 1024
"""Bytes given to the system in one call."""
_NUMBERS = 65_535
KEEPALIVE_S = 60
STOP_WITHIN_S = 3.0


class Posted:
    """A message on its way out; kept, and sent again after a lost connection, until the broker has it."""

    __slots__ = ("_number", "_sender")

    def __init__(self, sender: "Sender", number: int) -> None:
        self._sender, self._number = sender, number

    @property
    def done(self) -> bool:
        """Tell whether the broker acknowledged it."""
        return self._sender.has_taken(self._number)

    def wait(self, seconds: float) -> bool:
        """Wait until the broker acknowledged it, at most so long; tell whether it did."""
        return self._sender.wait_for(self._number, seconds)


class Sender:
    """A connection with a thread of its own, made again whenever it is lost."""

    def __init__(
        self, address: BrokerAddress, *, client_id: str, clock: Clock, back_off: BackOff | None = None
    ) -> None:
        self._address, self._client_id, self._clock = address, client_id, clock
        self._back_off = back_off or BackOff()
        self._changed = threading.Condition()
        self._pending: OrderedDict[int, bytes] = OrderedDict()
        """What the broker has not acknowledged, by our own number."""
        self._by_mid: dict[int, int] = {}
        self._next = 0
        self._out = bytearray()
        self._is_connected = self._is_stopping = False
        self._waker, self._woken = socket.socketpair()
        self._waker.settimeout(0)
        self._woken.settimeout(0)
        self._thread = threading.Thread(target=self._run, name="mqtt-sender", daemon=True)

    @property
    def connected(self) -> bool:
        """Tell whether the broker lets us in just now."""
        return self._is_connected

    def start(self) -> None:
        """Connect, and go on connecting."""
        self._thread.start()

    def stop(self) -> None:
        """Leave in due form; what the broker does not have is forgotten."""
        self._is_stopping = True
        self._wake()
        with self._changed:
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(STOP_WITHIN_S)
        self._waker.close()
        self._woken.close()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Posted:
        """Hand over a message; kept until the broker has it, connected or not. Raises `LinkFull`."""
        with self._changed:
            if len(self._pending) >= MOST_QUEUED:
                raise LinkFull(waiting=MOST_QUEUED)
            number, mid = self._take_number()
            packet = _publish(topic, payload, mid, retain=retain)
            self._pending[number] = packet
            self._by_mid[mid] = number
            was_idle = not self._out
            if self._is_connected:
                self._out += packet
        if was_idle:
            self._wake()
        return Posted(self, number)

    def has_taken(self, number: int) -> bool:
        """Tell whether the broker acknowledged a message."""
        return number not in self._pending

    def wait_for(self, number: int, seconds: float) -> bool:
        """Wait until the broker acknowledged a message, at most so long; tell whether it did."""
        if number not in self._pending:
            return True
        with self._changed:
            return self._changed.wait_for(lambda: number not in self._pending, seconds)

    def _take_number(self) -> tuple[int, int]:
        while True:
            number, self._next = self._next, self._next + 1
            mid = number % _NUMBERS + 1
            if mid not in self._by_mid:
                return number, mid

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is about to wake anyway; closed: it has ended
            self._waker.send(b".")

    # --- the thread ---------------------------------------------------------------------------------------------
    def _run(self) -> None:
        failures = 0
        while not self._is_stopping:
            began = self._clock.monotonic()
            try:
                with self._connect() as connection:
                    self._serve(connection)
            except (OSError, _RefusedByBroker) as error:
                logger.info("mqtt_sender.lost host=%s reason=%s", self._address.host, error)
            self._is_connected = False
            failures = 0 if self._clock.monotonic() - began >= self._back_off.steady_s else failures + 1
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping, self._back_off.wait_s(failures))

    def _connect(self) -> socket.socket:
        address = self._address
        connection: socket.socket = socket.create_connection((address.host, address.port), CONNECT_WITHIN_S)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.tls:
                context = ssl.create_default_context(cafile=address.ca_file)
                connection = context.wrap_socket(connection, server_hostname=address.host)
            connection.sendall(_connect(self._client_id, address))
            _check_let_in(connection.recv(4))
            connection.settimeout(0)
        except BaseException:
            connection.close()
            raise
        return connection

    def _serve(self, connection: socket.socket) -> None:
        """Send what waits and take acknowledgements until the connection is lost or the end."""
        with self._changed:
            # The broker may have some of it: at QoS 1 whoever gets a message twice must bear it.
            self._out = bytearray(
                b"".join(bytes([packet[0] | _DUPLICATE]) + packet[1:] for packet in self._pending.values())
            )
            self._is_connected = True
        heard = bytearray()
        heard_at = sent_at = self._clock.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            selector.register(connection, selectors.EVENT_READ)
            while not self._is_stopping:
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
                selector.modify(connection, wanted)
                ready = {key.fileobj for key, _ in selector.select(KEEPALIVE_S / 4)}
                if self._woken in ready:
                    self._woken.recv(4096)
                now = self._clock.monotonic()
                if self._receive(connection, heard):
                    heard_at = now
                if self._send(connection):
                    sent_at = now
                if now - sent_at > KEEPALIVE_S / 2 or now - heard_at > KEEPALIVE_S:
                    with self._changed:
                        self._out += _PINGREQ
                    sent_at = now
                if now - heard_at > KEEPALIVE_S * 1.5:
                    raise TimeoutError("the broker fell silent")
            with contextlib.suppress(OSError):
                connection.send(_DISCONNECT)

    def _receive(self, connection: socket.socket, heard: bytearray) -> bool:
        came = False
        while True:
            try:
                data = connection.recv(65_536)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return came
            if not data:
                raise ConnectionResetError("closed by the broker")
            came = True
            heard += data
            self._take_acknowledgements(heard)

    def _take_acknowledgements(self, heard: bytearray) -> None:
        """All packets to a connection without topics are short; only PUBACK says anything."""
        at = 0
        with self._changed:
            while len(heard) - at >= 2 and len(heard) - at >= 2 + heard[at + 1]:
                if heard[at] == _PUBACK:
                    (mid,) = struct.unpack_from("!H", heard, at + 2)
                    number = self._by_mid.pop(mid, None)
                    if number is not None:
                        self._pending.pop(number, None)
                at += 2 + heard[at + 1]
            if at:
                self._changed.notify_all()
        del heard[:at]

    def _send(self, connection: socket.socket) -> bool:
        with self._changed:
            if not self._out:
                return False
            try:
                sent = connection.send(memoryview(self._out)[:_MOST_AT_ONCE].tobytes())
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
            del self._out[:sent]
        return True


class _RefusedByBroker(Exception):
    """The broker did not let us in."""


def _check_let_in(answer: bytes) -> None:
    if len(answer) < 4 or answer[0] != _CONNACK or answer[3] != 0:
        raise _RefusedByBroker(answer.hex())


def _connect(client_id: str, address: BrokerAddress) -> bytes:
    flags = _CLEAN | (_USERNAME if address.username else 0) | (_PASSWORD if address.password else 0)
    login = b"".join(_text(text) for text in (address.username, address.password) if text)
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + struct.pack("!H", KEEPALIVE_S) + _text(client_id) + login
    return bytes([_CONNECT]) + _length(len(body)) + body


def _publish(topic: str, payload: bytes, mid: int, *, retain: bool) -> bytes:
    head = _text(topic) + struct.pack("!H", mid)
    return bytes([_PUBLISH | (_RETAIN if retain else 0)]) + _length(len(head) + len(payload)) + head + payload


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("!H", len(raw)) + raw


def _length(length: int) -> bytes:
    """The remaining length of a packet: seven bits a byte, the lowest first (MQTT 3.1.1, 2.2.3)."""
    told = bytearray()
    while True:
        length, byte = length >> 7, length & 127
        told.append(byte | 128 if length else byte)
        if not length:
            return bytes(told)
