"""One persistent session at an MQTT broker (3.1.1, QoS 1): the only importer of paho."""

import contextlib
import logging
import secrets
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from scheduler.errors import BadBrokerAddress, LinkFull
from scheduler.ports import Clock

logger = logging.getLogger(__name__)

PORTS = {"mqtt": 1883, "mqtts": 8883}
CONNECT_WITHIN_S = 15.0
MOST_IN_FLIGHT = 50
"""At each acknowledgement paho looks through all that are in flight: with a thousand, a message costs twice as much."""
MOST_QUEUED = 60_000
"""Fewer than MQTT has numbers for (65,535)."""
FAREWELL_WITHIN_S = 2.0
_random = secrets.SystemRandom()


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerAddress:
    """Where a broker is and who we are there; `ca_file` names the authority of its certificate, if not the system's."""

    host: str
    port: int
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    @classmethod
    def parse(cls, url: str, *, ca_file: Path | None = None) -> Self:
        """`mqtt://` or `mqtts://`, user name and password percent-encoded, port 1883 or 8883 unless told.

        Raises `BadBrokerAddress`.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
            host.encode("idna")
        except (ValueError, KeyError) as error:
            raise BadBrokerAddress(address=url[:200]) from error
        if not host or parts.path.strip("/") or parts.query or parts.fragment:
            raise BadBrokerAddress(address=url[:200])
        return cls(
            host=host,
            port=port,
            tls=parts.scheme == "mqtts",
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            ca_file=ca_file,
        )


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from the broker; it counts as unread there until `Link.acknowledge`."""

    topic: str
    payload: bytes
    retained: bool = False
    """It lay at the broker before we asked for its topic."""
    mid: int = field(default=0, repr=False)
    connection: int = field(default=0, repr=False)
    """Which of this link's connections brought it: its number means nothing on the next one."""


class Sent:
    """A message on its way out; kept, and sent again after a lost connection, until the broker has it."""

    def __init__(self, info: paho.MQTTMessageInfo) -> None:
        self._info = info

    @property
    def done(self) -> bool:
        """Tell whether the broker acknowledged it."""
        return self._info.is_published()

    def wait(self, seconds: float) -> bool:
        """Wait until the broker acknowledged it, at most so long; tell whether it did."""
        self._info.wait_for_publish(seconds)
        return self.done


@dataclass(frozen=True, kw_only=True, slots=True)
class BackOff:
    """How long to wait before trying again: up to twice as long after each failure, each time by lot."""

    first_s: float = 1.0
    longest_s: float = 120.0
    steady_s: float = 30.0
    """A connection that held so long ends a row of failures; two that throw each other out go on slowing down."""

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row: so that ten thousand do not come back at one instant."""
        most = min(self.longest_s, self.first_s * 2.0 ** min(failures, 16))
        return _random.uniform(most / 4, most)


def _nothing(*_: object) -> None:
    """The answer of who was not asked to be told."""


class Link:
    """A session that outlives its connections: it reconnects by itself, and the broker keeps what comes meanwhile.

    `on_message`, `on_connected` (each time, after the filters were asked for) and `on_lost` (with why) are called in
    the link's own thread: they must be quick and may call every method but `stop`.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        on_message: Callable[[Arrived], None],
        on_connected: Callable[[], None] = _nothing,
        on_lost: Callable[[str], None] = _nothing,
        will: tuple[str, bytes] | None = None,
        clock: Clock,
        back_off: BackOff | None = None,
        keepalive_s: int = 60,
    ) -> None:
        self._address = address
        self._on_message = on_message
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._clock = clock
        self._back_off = back_off or BackOff()
        self._keepalive_s = keepalive_s
        self._filters: dict[str, bool] = {}
        self._asked: dict[int, tuple[str, ...]] = {}
        self._open: OrderedDict[int, bool] = OrderedDict()
        """Numbers of messages the broker still keeps for us, in order of arrival, and whether each was acknowledged."""
        self._lock = threading.Lock()
        self._connection = 0
        self._connected_at: float | None = None
        self._failures = 0
        self._held_until = 0.0
        self._gone = threading.Event()
        self._client = self._make_client(client_id, will)

    def _make_client(self, client_id: str, will: tuple[str, bytes] | None) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_WITHIN_S
        client.max_inflight_messages_set(MOST_IN_FLIGHT)
        client.max_queued_messages_set(MOST_QUEUED)
        if self._address.username:
            client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls:
            client.tls_set_context(ssl.create_default_context(cafile=self._address.ca_file))
        if will is not None:
            client.will_set(will[0], will[1], qos=1, retain=True)
        client.on_pre_connect = self._before_connecting
        client.on_connect = self._connect_answered
        client.on_connect_fail = self._not_connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._arrived
        return client

    @property
    def connected(self) -> bool:
        """Tell whether the broker took us in and the connection is not known to be lost."""
        return self._connected_at is not None

    @property
    def is_settled(self) -> bool:
        """Tell whether it is connected and the broker granted every filter."""
        with self._lock:
            return self.connected and all(self._filters.values())

    def start(self) -> None:
        """Connect, and stay connected, in a thread of its own; returns at once."""
        self._client.connect_async(self._address.host, self._address.port, keepalive=self._keepalive_s)
        self._client.loop_start()

    def stop(self, *, farewell: tuple[str, bytes] | None = None) -> None:
        """Leave in due form (the will is not carried out), after a retained last word; the session stays."""
        if farewell is not None and self.connected:
            self.publish(*farewell, retain=True).wait(FAREWELL_WITHIN_S)
        self._gone.clear()
        if self._client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._gone.wait(FAREWELL_WITHIN_S)
            self._drop()  # a broker that does not close its end would keep the thread
        self._client.loop_stop()
        self._connected_at = None

    def subscribe(self, *filters: str) -> None:
        """Ask for topics; asked again at each connection (what is retained there then comes again too)."""
        with self._lock:
            fresh = [item for item in filters if item not in self._filters]
            self._filters.update(dict.fromkeys(fresh, False))
        if self.connected:
            self._ask_for(fresh)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Sent:
        """Hand over a message; kept until the broker has it, connected or not. Raises `LinkFull`."""
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            raise LinkFull(waiting=MOST_QUEUED)
        info.rc = MQTTErrorCode.MQTT_ERR_SUCCESS  # "no connection" too only means later: it is kept
        return Sent(info)

    def acknowledge(self, arrived: Arrived) -> None:
        """Let the broker forget a message, once all before it were acknowledged too: MQTT wants them in order.

        One of a lost connection is not acknowledged: it comes again.
        """
        with self._lock:
            if arrived.connection != self._connection:
                return
            if arrived.mid in self._open:
                self._open[arrived.mid] = True
            while self._open and self._open[next(iter(self._open))]:
                mid, _ = self._open.popitem(last=False)
                self._client.ack(mid, 1)

    def cut(self) -> None:
        """Drop the connection without a word, as a dead link would; the link then reconnects."""
        self._drop()

    def hold_off(self, seconds: float) -> None:
        """Drop the connection without a word and stay away for so long."""
        self._held_until = self._clock.monotonic() + seconds
        self._drop()

    def _drop(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            connection: Any = self._client.socket()
            if connection is not None:
                connection.shutdown(socket.SHUT_RDWR)

    # --- called by paho, in its thread --------------------------------------------------------------------------
    def _before_connecting(self, *_: object) -> None:
        if self._clock.monotonic() < self._held_until:
            raise ConnectionAbortedError("held off")  # paho takes it for a connection that failed

    def _connect_answered(self, _client: object, _data: object, flags: Any, reason: Any, _more: object) -> None:
        if reason.is_failure:
            logger.warning("mqtt.refused host=%s reason=%s", self._address.host, reason)
            return
        self._connected_at = self._clock.monotonic()
        with self._lock:
            self._filters = dict.fromkeys(self._filters, False)
        # Always, session or not: a broker that was killed may remember a session without what it had asked for.
        self._ask_for(list(self._filters))
        logger.info("mqtt.connected host=%s session_present=%s", self._address.host, flags.session_present)
        self._tell(self._on_connected)

    def _ask_for(self, filters: list[str]) -> None:
        if filters:
            _, mid = self._client.subscribe([(item, 1) for item in filters])
            if mid is not None:
                self._asked[mid] = tuple(filters)

    def _subscribed(self, _client: object, _data: object, mid: int, reasons: Any, _more: object) -> None:
        for item, reason in zip(self._asked.pop(mid, ()), reasons, strict=False):
            with self._lock:
                self._filters[item] = not reason.is_failure
            if reason.is_failure:
                logger.warning("mqtt.filter_refused filter=%s reason=%s", item, reason)

    def _not_connected(self, *_: object) -> None:
        self._failures += 1
        self._set_wait()

    def _disconnected(self, _client: object, _data: object, _flags: object, reason: Any, _more: object) -> None:
        was_at, self._connected_at = self._connected_at, None
        self._asked.clear()
        with self._lock:
            self._connection += 1
            self._open.clear()
        lasted = self._clock.monotonic() - was_at if was_at is not None else 0.0
        self._failures = 0 if lasted >= self._back_off.steady_s else self._failures + 1
        self._set_wait()
        self._gone.set()
        if was_at is not None:
            logger.info("mqtt.lost host=%s reason=%s", self._address.host, reason)
            self._tell(self._on_lost, str(reason))

    def _set_wait(self) -> None:
        held = self._held_until - self._clock.monotonic()
        wait: Any = max(held, self._back_off.wait_s(self._failures))
        self._client.reconnect_delay_set(wait, wait)

    def _arrived(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        with self._lock:
            connection = self._connection
            if message.qos:
                self._open[message.mid] = False
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # none of ours
        arrived = Arrived(topic, bytes(message.payload), message.retain, message.mid, connection)
        if topic:
            self._tell(self._on_message, arrived)
        else:
            self.acknowledge(arrived)

    def _tell(self, listener: Callable[..., None], *facts: object) -> None:
        try:
            listener(*facts)
        except Exception:  # edge of the link's thread: a bad message must not end the link
            logger.exception("mqtt.listener_failed")
