"""Ten thousand village players in one process, for benchmarks: wire and protocol are real, sound and disk are not.

Each has its own connection and session. To be light beside what is measured, all share one key and one storage name, so
that an answer to a command is signed once, and they believe what the station says without verifying it: real boxes do
both on computers of their own.
"""

import asyncio
import random
import re
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from scheduler import mqtt_packets
from scheduler import village_messages as said
from scheduler.domain.village import CommandOutcome
from scheduler.signing import Signer
from scheduler.village_messages import LARGEST_PLAN, Topic, topic_of

INSTANCE = "simulated"
_CONNACK, _PUBLISH, _PUBACK, _SUBACK, _PINGRESP = 2, 3, 4, 9, 13
_READS = (Topic.PLAN, Topic.COMMAND, Topic.WELCOME, Topic.CONFIRM)
_KEEP_ALIVE_S = 600
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_HELLO_AGAIN_S = (2.0, 4.0)


class _CommandHead(msgspec.Struct):
    """All that a simulated player reads of a command."""

    command_id: str
    kind: str


_VERSION = re.compile(rb'"version":(\d+)')
_HEAD_BYTES = 1_000
"""As much of a plan is unpacked as holds its version."""


@dataclass
class Seen:
    """What all players together have seen; times are of `time.monotonic`."""

    connected: int = 0
    welcomed: int = 0
    commands: int = 0
    last_command_at: float = 0.0
    confirmed: int = 0
    last_confirm_at: float = 0.0
    plan_bytes: int = 0
    plans: int = 0
    last_plan_at: float = 0.0
    received_bytes: int = 0
    sent_bytes: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    """Version of the plan by user name."""


@dataclass(frozen=True)
class Account:
    """What one player signs in with."""

    username: str
    password: str


class Players:
    """All simulated players of one broker; runs in an event loop of its own thread or process."""

    def __init__(
        self, host: str, port: int, accounts: Sequence[Account], signer: Signer, *, answers: bool = True
    ) -> None:
        self.host, self.port, self.accounts, self.signer = host, port, accounts, signer
        self.answers = answers
        self.seen = Seen()
        self.seq = 1
        self.players: list[_Player] = []
        self._bodies: dict[str, bytes] = {}

    async def connect(self, *, at_once: int = 200) -> None:
        """Connect all, some hundreds at a time."""
        self.players = [_Player(self, account) for account in self.accounts]
        for first in range(0, len(self.players), at_once):
            await asyncio.gather(*(player.open() for player in self.players[first : first + at_once]))

    async def wait_for(self, is_true: Callable[[Seen], bool], *, within_s: float) -> bool:
        """Wait until the players have seen something."""
        until = time.monotonic() + within_s
        while not is_true(self.seen):
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.01)
        return True

    def answer_to(self, command_id: str) -> bytes:
        """The sealed journal with the answer to a command; the same bytes for every player."""
        sealed = self._bodies.get(command_id)
        if sealed is None:
            facts = {"command_id": command_id, "outcome": CommandOutcome.DONE.value}
            row = said.JournalRow(seq=self.seq, at=None, kind=said.JournalKind.COMMAND.value, facts=facts)
            self.seq += 1
            body = said.encode(said.Journal(instance=INSTANCE, boot="b", rows=(row,)))
            sealed = self._bodies[command_id] = self.signer.seal(body)
        return sealed

    def hello(self, *, plan_version: int) -> bytes:
        """A sealed hello; `nonce` is the same for all."""
        return self.signer.seal(
            said.encode(
                said.Hello(
                    nonce="n",
                    instance=INSTANCE,
                    boot="b",
                    plan_version=plan_version,
                    next_seq=self.seq,
                    oldest_seq=self.seq,
                )
            )
        )


class _Player(asyncio.Protocol):
    """One connection: MQTT 3.1.1, QoS 1, a session that lasts."""

    def __init__(self, all_players: Players, account: Account) -> None:
        self._all, self._account = all_players, account
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._packet = 0
        self._failures = 0
        self._is_on = self._is_welcome = False

    async def open(self) -> None:
        """Connect; a connection that is lost is made again, ever more slowly, at random moments."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, self._all.host, self._all.port)
        except OSError:
            self._again()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say who it is."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer.clear()
        will = self._all.signer.seal(said.encode(said.Status(online=False, at=None, instance=INSTANCE, boot="b")))
        self._send(
            mqtt_packets.connect(
                self._account.username,
                clean=False,
                keepalive_s=_KEEP_ALIVE_S,
                login=(self._account.username, self._account.password),
                will=(topic_of(self._account.username, Topic.STATUS), will),
            )
        )

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Try again later."""
        if self._is_on:
            self._all.seen.connected -= 1
            self._is_on = False
        self._again()

    def data_received(self, data: bytes) -> None:
        """Take whole packets from what came."""
        self._all.seen.received_bytes += len(data)
        buffer = self._buffer
        buffer += data
        at = 0
        while (found := mqtt_packets.find(buffer, at, most=LARGEST_PLAN)) is not None:
            head, body_at, at = found
            self._take(head, bytes(buffer[body_at:at]))
        del buffer[:at]

    def _take(self, head: int, body: bytes) -> None:
        kind = head >> 4
        if kind == _PUBLISH:
            self._take_message(head, body)
        elif kind == _CONNACK and body[1] == 0:
            self._is_on, self._failures = True, 0
            self._all.seen.connected += 1
            topics = tuple(topic_of(self._account.username, topic) for topic in _READS)
            self._send(mqtt_packets.subscribe(self._next(), topics))
        elif kind == _SUBACK:
            self._is_welcome = False
            self._say_hello()

    def _take_message(self, head: int, body: bytes) -> None:
        (length,) = struct.unpack_from("!H", body)
        topic, at = body[2 : 2 + length], 2 + length
        if head & 0x06:
            self._send(mqtt_packets.puback(int.from_bytes(body[at : at + 2])))
            at += 2
        payload = body[at:]
        told = payload[payload.find(b"\n") + 1 :]
        seen, now = self._all.seen, time.monotonic()
        match topic.rpartition(b"/")[2]:
            case b"command":
                seen.commands, seen.last_command_at = seen.commands + 1, now
                if self._all.answers:
                    command = msgspec.json.decode(told, type=_CommandHead)
                    self._publish(Topic.JOURNAL, self._all.answer_to(command.command_id))
            case b"confirm":
                seen.confirmed, seen.last_confirm_at = seen.confirmed + 1, now
            case b"plan":
                seen.plans, seen.last_plan_at = seen.plans + 1, now
                seen.plan_bytes += len(payload)
                found = _VERSION.search(zlib.decompressobj().decompress(payload, _HEAD_BYTES))
                assert found is not None
                seen.versions[self._account.username] = int(found[1])
            case b"welcome":
                seen.welcomed += 0 if self._is_welcome else 1
                self._is_welcome = True

    def _say_hello(self) -> None:
        """A hello that nobody heard, since the station was not back yet, is said again, as a box does."""
        if self._is_welcome or not self._is_on:
            return
        version = self._all.seen.versions.get(self._account.username, 0)
        self._publish(Topic.HELLO, self._all.hello(plan_version=version))
        asyncio.get_running_loop().call_later(random.uniform(*_HELLO_AGAIN_S), self._say_hello)

    def _publish(self, topic: Topic, payload: bytes) -> None:
        self._send(mqtt_packets.publish(self._next(), topic_of(self._account.username, topic), payload))

    def _next(self) -> int:
        self._packet = self._packet % 65_535 + 1
        return self._packet

    def _send(self, packet: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._all.seen.sent_bytes += len(packet)
        self._transport.write(packet)

    def _again(self) -> None:
        longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        loop = asyncio.get_running_loop()
        if not loop.is_closed():
            loop.call_later(random.uniform(0, longest), lambda: loop.create_task(self.open()))
