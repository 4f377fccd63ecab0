"""A session at an MQTT broker for thousands of messages in a moment (3.1.1, QoS 1), without paho's cost for each.

paho takes 57 µs to hand a message over, as much again for its acknowledgement and for each that comes in: a command to
ten thousand villages waited seconds for that. Here a message is some bytes behind the others. A village uses paho.
"""

import contextlib
import logging
import selectors
import socket
import ssl
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable

from scheduler import mqtt_packets
from scheduler.errors import BadMessage, LinkFull
from scheduler.mqtt import CONNECT_WITHIN_S, MOST_QUEUED, Arrived, BackOff, BrokerAddress
from scheduler.ports import Clock

logger = logging.getLogger(__name__)

_CONNACK, _PUBLISH, _PUBACK, _SUBACK = 0x20, 0x30, 0x40, 0x90
_REFUSED_FILTER = 0x80
_MOST_AT_ONCE = 256 * 1024
"""Bytes given to the system in one call."""
_LARGEST = 16 * 1024 * 1024
"""Bytes of a packet; a journal of a hundred rows has 50,000."""
_NUMBERS = 65_535
KEEPALIVE_S = 60
STOP_WITHIN_S = 3.0


class Posted:
    """A message on its way out; kept, and sent again after a lost connection, until the broker has it."""

    __slots__ = ("_link", "_number")

    def __init__(self, link: "BulkLink", number: int) -> None:
        self._link, self._number = link, number

    @property
    def done(self) -> bool:
        """Tell whether the broker acknowledged it."""
        return self._link.has_taken(self._number)

    def wait(self, seconds: float) -> bool:
        """Wait until the broker acknowledged it, at most so long; tell whether it did."""
        return self._link.wait_for(self._number, seconds)


class BulkLink:
    """A connection with a thread of its own, made again whenever it is lost.

    With `filters` the broker keeps what comes meanwhile, and `on_message` is called in the link's thread: it must be
    quick. Every message must be acknowledged sooner or later; the broker is told in the order of arrival.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        clock: Clock,
        back_off: BackOff | None = None,
        filters: tuple[str, ...] = (),
        on_message: Callable[[Arrived], None] = lambda _: None,
    ) -> None:
        self._address, self._client_id, self._clock = address, client_id, clock
        self._back_off = back_off or BackOff()
        self._filters, self._on_message = filters, on_message
        self._changed = threading.Condition()
        self._pending: OrderedDict[int, bytes] = OrderedDict()
        """What the broker has not acknowledged, by our own number."""
        self._by_mid: dict[int, int] = {}
        self._open: OrderedDict[int, bool] = OrderedDict()
        """Numbers of messages the broker still keeps for us, in order of arrival, and whether each was acknowledged."""
        self._next = self._connection = 0
        self._out = bytearray()
        self._is_connected = self._is_heard = self._is_stopping = False
        self._waker, self._woken = socket.socketpair()
        self._waker.settimeout(0)
        self._woken.settimeout(0)
        self._thread = threading.Thread(target=self._run, name="mqtt-bulk", daemon=True)

    @property
    def connected(self) -> bool:
        """Tell whether the broker lets us in just now."""
        return self._is_connected

    @property
    def is_settled(self) -> bool:
        """Tell whether the broker also said that we hear what we asked for."""
        return self._is_connected and (self._is_heard or not self._filters)

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
            packet = mqtt_packets.publish(mid, topic, payload, retain=retain)
            self._pending[number] = packet
            self._by_mid[mid] = number
            if self._is_connected:
                self._put(packet)
        return Posted(self, number)

    def acknowledge(self, arrived: Arrived) -> None:
        """Let the broker forget a message, once all before it were acknowledged too: MQTT wants them in order.

        One of a lost connection is not acknowledged: it comes again.
        """
        with self._changed:
            if arrived.connection != self._connection or arrived.mid not in self._open:
                return
            self._open[arrived.mid] = True
            done = bytearray()
            while self._open and self._open[next(iter(self._open))]:
                mid, _ = self._open.popitem(last=False)
                done += mqtt_packets.puback(mid)
            if done:
                self._put(done)

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

    def _put(self, packet: bytes | bytearray) -> None:
        was_idle = not self._out
        self._out += packet
        if was_idle:
            self._wake()

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
            except (OSError, _RefusedByBroker, BadMessage, struct.error) as error:
                logger.info("mqtt_bulk.lost host=%s reason=%s", self._address.host, error)
            with self._changed:
                self._is_connected = self._is_heard = False
                self._connection += 1
                self._open.clear()
                failures = 0 if self._clock.monotonic() - began >= self._back_off.steady_s else failures + 1
                self._changed.wait_for(lambda: self._is_stopping, self._back_off.wait_s(failures))

    def _connect(self) -> socket.socket:
        address = self._address
        connection: socket.socket = socket.create_connection((address.host, address.port), CONNECT_WITHIN_S)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.tls:
                context = ssl.create_default_context(cafile=address.ca_file)
                connection = context.wrap_socket(connection, server_hostname=address.host)
            connection.sendall(
                mqtt_packets.connect(
                    self._client_id,
                    clean=not self._filters,
                    keepalive_s=KEEPALIVE_S,
                    login=(address.username, address.password),
                )
            )
            _check_let_in(_read(connection, 4))
            connection.settimeout(0)
        except BaseException:
            connection.close()
            raise
        logger.info("mqtt_bulk.connected host=%s", address.host)
        return connection

    def _serve(self, connection: socket.socket) -> None:
        """Send what waits and take what comes until the connection is lost or the end."""
        self._begin()
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
                        self._out += mqtt_packets.PINGREQ
                    sent_at = now
                if now - heard_at > KEEPALIVE_S * 1.5:
                    raise TimeoutError("the broker fell silent")
            with contextlib.suppress(OSError):  # the last words, and the end in due form
                connection.settimeout(STOP_WITHIN_S / 3)
                connection.sendall(bytes(self._out) + mqtt_packets.DISCONNECT)

    def _begin(self) -> None:
        """Ask for the topics again, and send again what was not acknowledged."""
        with self._changed:
            self._out = bytearray()
            if self._filters:
                self._out += mqtt_packets.subscribe(self._take_number()[1], self._filters)
            # The broker may have some of it: at QoS 1 whoever gets a message twice must bear it.
            for packet in self._pending.values():
                self._out += bytes([packet[0] | mqtt_packets.DUPLICATE]) + packet[1:]
            self._is_connected = True

    def _receive(self, connection: socket.socket, heard: bytearray) -> bool:
        """Read once and take the whole packets; more waits for the next turn, so that what is to be sent leaves too."""
        try:
            data = connection.recv(_MOST_AT_ONCE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        if not data:
            raise ConnectionResetError("closed by the broker")
        heard += data
        while isinstance(connection, ssl.SSLSocket) and connection.pending():
            heard += connection.recv(connection.pending())
        self._take_packets(heard)
        return True

    def _take_packets(self, heard: bytearray) -> None:
        at, arrived = 0, []
        with self._changed:
            waiting = len(self._pending)
            while (found := mqtt_packets.find(heard, at, most=_LARGEST)) is not None:
                first, body_at, at = found
                if first & 0xF0 == _PUBLISH:
                    arrived.append(self._read_message(first, bytes(heard[body_at:at])))
                else:
                    self._take_answer(first, heard[body_at:at])
            if len(self._pending) < waiting:
                self._changed.notify_all()
        del heard[:at]
        for message in arrived:
            try:
                self._on_message(message)
            except Exception:  # edge of the thread: the next message must come
                logger.exception("mqtt_bulk.listener_failed topic=%s", message.topic)

    def _take_answer(self, first: int, body: bytearray) -> None:
        if first == _PUBACK:
            number = self._by_mid.pop(struct.unpack_from("!H", body)[0], None)
            if number is not None:
                self._pending.pop(number, None)
        elif first == _SUBACK:
            self._is_heard = _REFUSED_FILTER not in body[2:]
            if not self._is_heard:
                logger.warning("mqtt_bulk.filter_refused host=%s", self._address.host)

    def _read_message(self, first: int, body: bytes) -> Arrived:
        end = 2 + struct.unpack_from("!H", body)[0]
        topic, mid = body[2:end].decode("utf-8", "replace"), 0
        if first & 0x06:
            (mid,) = struct.unpack_from("!H", body, end)
            end += 2
            self._open[mid] = False
        return Arrived(topic, body[end:], bool(first & mqtt_packets.RETAIN), mid, self._connection)

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


def _read(connection: socket.socket, number: int) -> bytes:
    read = b""
    while len(read) < number and (data := connection.recv(number - len(read))):
        read += data
    return read


def _check_let_in(answer: bytes) -> None:
    if len(answer) < 4 or answer[0] != _CONNACK or answer[3] != 0:
        raise _RefusedByBroker(answer.hex())
