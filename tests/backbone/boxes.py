"""Boxes in villages as the backbone meets them: keys of their own, real links to a real broker."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduler.database import Sessions
from scheduler.domain.village import PlayerRef
from scheduler.models import Player
from scheduler.mqtt import Arrived
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import (
    AnyMessage,
    Confirm,
    Hello,
    Journal,
    JournalRow,
    Topic,
    Welcome,
    decode,
    encode,
    topic_of,
)
from tests.brokers import Listener
from tests.services.village_station import INSTANCE, Villages, make_villages

STATION = Signer(hashlib.sha256(b"station").digest())


def key_of(username: str) -> Signer:
    """The key of a box of the tests."""
    return Signer(hashlib.sha256(username.encode()).digest())


def make_boxes(sessions: Sessions) -> Villages:
    """Villages whose boxes have keys."""
    villages = make_villages(sessions)
    with sessions.begin() as session:
        for player in (villages.tong, villages.hum):
            session.get_one(Player, player.player_id).public_key = key_of(player.username).public
    return villages


def arrived(player: PlayerRef, topic: Topic, message: AnyMessage, *, signer: Signer | None = None) -> Arrived:
    """A message as the broker brings it."""
    sealed = (signer or key_of(player.username)).seal(encode(message))
    return Arrived(topic_of(player.username, topic), sealed)


def journal(rows: Sequence[JournalRow], *, instance: str = INSTANCE, boot: str = "boot-1") -> Journal:
    return Journal(instance=instance, boot=boot, rows=tuple(rows))


def hello(nonce: str = "n1", *, boot: str = "boot-1", plan_version: int = 0) -> Hello:
    return Hello(nonce=nonce, instance=INSTANCE, boot=boot, plan_version=plan_version, oldest_seq=1, next_seq=1)


@dataclass
class Posted:
    """Stands for the link: remembers what was told, and what was acknowledged when."""

    told: list[tuple[str, bytes]] = field(default_factory=list)
    acknowledged: list[Arrived] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    connected: bool = True

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> "Posted":
        self.told.append((topic, payload))
        self.order.append("told")
        return self

    def acknowledge(self, arrived: Arrived) -> None:
        self.acknowledged.append(arrived)
        self.order.append("acknowledged")

    @property
    def done(self) -> bool:
        return self.connected

    def wait(self, seconds: float) -> bool:
        return self.connected

    def confirms(self) -> list[Confirm]:
        return [decode(open_sealed(payload), Confirm) for topic, payload in self.told if topic.endswith("/confirm")]

    def welcomes(self) -> list[Welcome]:
        return [decode(open_sealed(payload), Welcome) for topic, payload in self.told if topic.endswith("/welcome")]


def open_sealed(payload: bytes) -> bytes:
    """What the station signed."""
    return Verifier(STATION.public).open(payload)


def told_to(listener: Listener, topic: Topic) -> list[bytes]:
    """What came to a box on one of its topics."""
    return [item.payload for item in listener.arrived if item.topic.endswith(f"/{topic.value}")]
