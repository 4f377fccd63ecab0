"""A box with its link and a station that speaks to it, over a real broker; both keep what they are told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import insert

from audio.village.home import PlayerHome
from audio.village.link import VillageLink
from audio.village.rows import JournalEntry
from audio.village.speaker import Speaker
from audio.village.store import mark_of, open_rows
from scheduler.clock import SystemClock
from scheduler.errors import PlanRefused
from scheduler.mqtt import Arrived, BrokerAddress, Link
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import (
    Clock,
    Confirm,
    Health,
    Hello,
    Journal,
    Message,
    Plan,
    Status,
    Topic,
    Welcome,
    decode,
    encode,
    pack,
    topic_of,
)
from tests.audio.village.commanded import MEMBERSHIP, STATION, Box
from tests.brokers import QUICK, Mosquitto, wait_until

PLAYER = Signer(b"p" * 32)
NAME = MEMBERSHIP.username
CLOCK = SystemClock()


@dataclass
class Keeper:
    """Holds plans, unless it is told to fail."""

    version: int = 0
    accepted: list[int] = field(default_factory=list)
    fails: int = 0

    def accept(self, sealed: bytes) -> Plan:
        if self.fails:
            self.fails -= 1
            raise OSError("no space left")
        plan = decode(Verifier(STATION.public).open(sealed), Plan)
        if plan.version < self.version:
            raise PlanRefused(reason="older", version=plan.version)
        self.version = plan.version
        self.accepted.append(plan.version)
        return plan


class Player:
    """A box with its link."""

    def __init__(self, folder: Path, broker: Mosquitto, *, trusted: bool = False) -> None:
        membership = msgspec.structs.replace(MEMBERSHIP, broker_url=broker.url)
        home = PlayerHome(folder)
        home.keep(membership)
        self.box = Box(open_rows(home), CLOCK, trusted=trusted, is_demonstration=True)
        self.keeper = Keeper()
        self.status = Status(online=True, at=None, instance="i", boot="b", health=Health(clock=Clock(source="none")))
        self.refreshed = 0
        self.held_off_s = 0.0
        self.link = VillageLink(
            speaker=Speaker(membership=membership, signer=PLAYER, boot="b", program="loaban 0.1.0"),
            keeper=self.keeper,
            journal=self.box.journal,
            trust=self.box.trust,
            orders=self.box.orders,
            tell_status=lambda: self.status,
            files=self,
            back_off=QUICK,
        )

    def wake(self) -> None:
        self.refreshed += 1

    def hold_off(self, seconds: float) -> None:
        self.held_off_s = seconds

    def write_rows(self, number: int) -> None:
        body = '{"code":"x"}'
        row = {"at": None, "kind": "note", "facts": body, "mark": mark_of("note", None, body)}
        with self.box.sessions.begin() as session:
            session.execute(insert(JournalEntry), [row] * number)


class Station:
    """What the station says to a box, over a link of its own; it keeps every row it is given."""

    def __init__(self, broker: Mosquitto) -> None:
        self.hellos: list[Hello] = []
        self.statuses: list[Status] = []
        self.rows: list[int] = []
        self.kept: set[int] = set()
        self.answers = self.confirms = True
        self.offset = timedelta(0)
        self.addressee = NAME
        self.gives_nonce: Callable[[str], str] = lambda nonce: nonce
        self.link = Link(
            BrokerAddress.parse(broker.url), client_id="station-1", on_message=self._read, clock=CLOCK, back_off=QUICK
        )
        self.link.subscribe(*(topic_of("+", topic) for topic in (Topic.HELLO, Topic.STATUS, Topic.JOURNAL)))
        self.link.start()
        wait_until(lambda: self.link.is_settled)

    def say(self, topic: Topic, message: Message, *, retain: bool = False, packed: bool = False) -> None:
        sealed = STATION.seal(encode(message))  # type: ignore[arg-type]
        self.link.publish(topic_of(NAME, topic), pack(sealed) if packed else sealed, retain=retain)

    def order(self, *sealed: bytes) -> None:
        for item in sealed:
            self.link.publish(topic_of(NAME, Topic.COMMAND), item)

    def _read(self, arrived: Arrived) -> None:
        body = Verifier(PLAYER.public).open(arrived.payload)
        kind = arrived.topic.rpartition("/")[2]
        if kind == Topic.HELLO:
            self._answer(decode(body, Hello))
        elif kind == Topic.STATUS:
            self.statuses.append(decode(body, Status))
        else:
            self._keep(decode(body, Journal))
        self.link.acknowledge(arrived)

    def _answer(self, hello: Hello) -> None:
        self.hellos.append(hello)
        if self.answers:
            self.say(Topic.WELCOME, self.welcome(self.gives_nonce(hello.nonce)))

    def welcome(self, nonce: str) -> Welcome:
        below = next(seq for seq in range(1, 100_000) if seq not in self.kept)
        return Welcome(
            to=self.addressee, nonce=nonce, now=CLOCK.now() + self.offset, plan_version=0, confirmed_below=below
        )

    def _keep(self, journal: Journal) -> None:
        self.rows += [row.seq for row in journal.rows]
        self.kept.update(row.seq for row in journal.rows)
        if self.confirms:
            self.say(
                Topic.CONFIRM, Confirm(to=NAME, instance=journal.instance, seqs=tuple(row.seq for row in journal.rows))
            )


def now() -> datetime:
    return CLOCK.now()
