"""Killing a broker at random instants while villages and station talk through it, and what came of all they said.

Broker, backbone process, database, links, journals and commands are the real ones; sound is not wanted.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from audio.village.home import Membership, PlayerHome
from audio.village.journal import Journal
from audio.village.link import VillageLink
from audio.village.orders import Orders
from audio.village.speaker import Speaker
from audio.village.store import open_rows
from audio.village.trust import TrustedClock
from scheduler.clock import SystemClock
from scheduler.domain.village import CommandOutcome
from scheduler.models import CommandDelivery, Player, VillageJournalRow
from scheduler.mqtt import BackOff
from scheduler.services import village_commands
from scheduler.signing import Signer, Verifier, station_key
from scheduler.village_messages import (
    Audience,
    Clock,
    CommandKind,
    Health,
    JournalKind,
    Plan,
    Status,
    decode,
)
from tests.contracts.running_brokers import RunningBroker

BOX_KEY = Signer(bytes(range(32)))
BACK_OFF = BackOff(first_s=0.2, longest_s=2.0)
"""Quicker than in the field, so that much is under way at every kill."""
HEALS_WITHIN_S = 240.0


@dataclass(frozen=True)
class Came:
    """What came of it all."""

    kills: int
    rows: int
    """Written at the boxes."""
    kept: int
    """At the station, each once."""
    twice: int
    """Rows that the station has under two numbers."""
    commands: int
    """Deliveries: a command to three boxes is three."""
    answered: int
    obeyed: int
    healed_s: float
    """From the last kill until every row was confirmed and every command answered."""

    @property
    def is_whole(self) -> bool:
        """Tell whether everything arrived, once, and as it was."""
        return self.rows == self.kept and not self.twice and self.commands == self.answered == self.obeyed


@dataclass
class Silent:
    """A box's sound and link controls, which only count."""

    obeyed: int = 0

    def set_volume(self, percent: int, *, by: str) -> None:  # noqa: ARG002
        self.obeyed += 1

    def stop(self) -> None:
        self.obeyed += 1

    def say(self, programme: object) -> None:  # noqa: ARG002
        self.obeyed += 1


@dataclass
class NewestPlan:
    """Keeps the number of the newest plan."""

    station: str
    version: int = 0
    plan: Plan | None = None

    def accept(self, sealed: bytes) -> Plan:
        plan = decode(Verifier(self.station).open(sealed), Plan)
        if plan.version >= self.version:
            self.version, self.plan = plan.version, plan
        return plan


@dataclass
class Box:
    """A paired box with rows of its own on disk."""

    link: VillageLink
    journal: Journal
    sound: Silent
    rows: Any
    written: int = 0

    def write(self) -> None:
        """One more row, numbered so that it can be recognised."""
        self.written += 1
        self.journal.note("chaos", at=None, number=self.written)
        self.link.push()


def open_box(broker: RunningBroker, player: Player, folder: Path, station: Signer) -> Box:
    """A box that was paired."""
    clock = SystemClock()
    membership = Membership(
        station_url="https://127.0.0.1:1", broker_url=f"mqtts://127.0.0.1:{broker.port}", username=player.username,
        password="of a box", token="", station_key=station.public, zone_id=player.zone_id, zone_code="",
        zone_name="", paired_at=player.paired_at, instance="paired",
    )  # fmt: skip
    home = PlayerHome(folder)
    home.keep(membership)
    rows = open_rows(home)
    journal, trust, sound = Journal(rows), TrustedClock(clock), Silent()
    trust.learn(clock.now(), source="station")
    keeper = NewestPlan(station.public)
    orders = Orders(
        verifier=Verifier(station.public), membership=membership, sessions=rows, clock=trust, sound=sound,
        find_plan=lambda: keeper.plan,
    )  # fmt: skip
    status = Status(
        online=True, at=None, instance=journal.instance, boot="b", health=Health(clock=Clock(source="station"))
    )
    speaker = Speaker(membership=membership, signer=BOX_KEY, boot="b", ca_file=broker.tls.authority)
    link = VillageLink(
        speaker=speaker, keeper=keeper, journal=journal, trust=trust, orders=orders, tell_status=lambda: status,
        back_off=BACK_OFF,
    )  # fmt: skip
    return Box(link, journal, sound, rows)


@contextmanager
def talking(broker: RunningBroker, folder: Path, boxes: int) -> Iterator[tuple[list[Box], Signer]]:
    """Broker, backbone process and boxes that are connected."""
    station = station_key(Path(broker.environ["LOABAN_HOME"]))
    players = broker.fill(boxes, public_key=BOX_KEY.public)
    opened: list[Box] = []
    try:
        broker.start()
        broker.run_beside("backbone")
        opened += [open_box(broker, player, folder / player.username, station) for player in players]
        for box in opened:
            box.link.start()
        yield opened, station
    finally:
        for box in opened:
            box.link.stop()
            box.rows.kw["bind"].dispose()
        broker.close()


def kill_brokers(broker: RunningBroker, folder: Path, *, kills: int, boxes: int = 3, seed: int | None = None) -> Came:
    """Kill it so often, between a tenth of a second and one and a half after it came back, while everybody talks."""
    chance, stopping = random.Random(seed), threading.Event()
    with talking(broker, folder, boxes) as (opened, station):
        commands = 0

        def talk() -> None:
            nonlocal commands
            while not stopping.wait(0.02):
                chance.choice(opened).write()
                if chance.random() < 0.1:
                    issue(broker, station)
                    commands += boxes

        talker = threading.Thread(target=talk)
        talker.start()
        try:
            for _ in range(kills):
                time.sleep(chance.uniform(0.1, 1.5))
                broker.strike()
        finally:
            stopping.set()
            talker.join()
        return settle(broker, opened, kills=kills, commands=commands)


def settle(broker: RunningBroker, opened: list[Box], *, kills: int, commands: int) -> Came:
    """Wait until nothing is under way any more, then count."""
    began = time.monotonic()
    while time.monotonic() - began < HEALS_WITHIN_S:
        answered, obeyed = count_answers(broker), sum(box.sound.obeyed for box in opened)
        if answered == obeyed == commands and not any(box.journal.waiting(limit=1) for box in opened):
            break
        time.sleep(0.1)
    healed = time.monotonic() - began
    with broker.sessions.begin() as session:
        notes = session.execute(
            select(VillageJournalRow.player_id, VillageJournalRow.facts).where(
                VillageJournalRow.kind == JournalKind.NOTE.value
            )
        ).all()
    chaos = [(player, facts["number"]) for player, facts in notes if facts["code"] == "chaos"]
    return Came(
        kills=kills,
        rows=sum(box.written for box in opened),
        kept=len(set(chaos)),
        twice=len(chaos) - len(set(chaos)),
        commands=commands,
        answered=count_answers(broker),
        obeyed=sum(box.sound.obeyed for box in opened),
        healed_s=healed,
    )


def issue(broker: RunningBroker, station: Signer) -> None:
    """Tell every box to sound at some volume; each such command is obeyed once, or it shows."""
    now = SystemClock().now()
    with broker.sessions.begin() as session:
        village_commands.issue(
            session, CommandKind.VOLUME, Audience(), by="chaos", user_id=None, now=now, signer=station,
            lasts=timedelta(hours=1), volume=random.randrange(100),
        )  # fmt: skip


def count_answers(broker: RunningBroker) -> int:
    """How many deliveries of commands were answered as done."""
    done = select(func.count()).select_from(CommandDelivery).where(CommandDelivery.outcome == CommandOutcome.DONE)
    with broker.sessions.begin() as session:
        return session.scalar(done) or 0
