"""The backbone process: its parts wired together, each turned by a thread of its own until it is told to stop."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from scheduler.alive import Life
from scheduler.backbone.consumer import Consumer
from scheduler.backbone.counts import Counts
from scheduler.backbone.inbox import Inbox
from scheduler.backbone.leading import Leader
from scheduler.backbone.opening import Directory
from scheduler.backbone.outbox import CommandOutbox, PlanOutbox
from scheduler.backbone.posting import Poster
from scheduler.backbone.watch import Watch
from scheduler.broker.address import STATION_CLIENTS
from scheduler.config import Settings
from scheduler.database import Sessions
from scheduler.domain.village import PlayerRef
from scheduler.errors import LinkFull
from scheduler.mqtt import BackOff, BrokerAddress
from scheduler.mqtt_bulk import BulkLink
from scheduler.ports import Clock
from scheduler.signing import Signer
from scheduler.village_messages import FROM_PLAYER, Hello, topic_of
from scheduler.village_plans import VillagePlans

logger = logging.getLogger(__name__)

MOST_MESSAGES = 500
"""In one transaction."""
POST_EVERY_S = 1.0
GIVE_WAY_S = 1.0
COMMANDS_EVERY_S = 0.1
PLANS_EVERY_S = 1.0
WATCH_EVERY_S = 5.0
NOBODY_EVERY_S = 2.0
"""So often a station without any paired box looks whether there is one."""
AGAIN_AFTER_S = 1.0
STOP_WITHIN_S = 4.0
BACK_OFF = BackOff(first_s=0.5, longest_s=10.0)
"""The broker is in the same house, and everything waits for this link."""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """All that a backbone process needs from outside."""

    clock: Clock
    sessions: Sessions
    readers: Sessions
    settings: Settings
    signer: Signer
    life: Life
    address: BrokerAddress
    member: str = ""
    """Name of this process among several that share the stream; empty: it has all of it."""


class Backbone:
    """One backbone process."""

    def __init__(self, outside: Outside) -> None:
        clock, sessions, readers = outside.clock, outside.sessions, outside.readers
        self._clock, self._life = clock, outside.life
        self.counts = Counts()
        self._stopping = threading.Event()
        self._kept = threading.Event()
        self._inbox = Inbox(clock)
        self.directory = Directory(readers, clock)
        self.link = BulkLink(
            outside.address,
            client_id=f"{STATION_CLIENTS}backbone" + (f"-{outside.member}" if outside.member else ""),
            filters=filters_of(outside.member),
            on_message=self._inbox.put,
            clock=clock,
            back_off=BACK_OFF,
        )
        self.leader = Leader(
            clock, owner=outside.life.owner, is_dead=outside.life.is_dead, lasts=outside.settings.lease
        )  # fmt: skip
        plans = VillagePlans(sessions=sessions, readers=readers, settings=outside.settings, signer=outside.signer)
        self._plans = PlanOutbox(
            clock=clock, sessions=sessions, readers=readers, plans=plans, road=self.link, counts=self.counts
        )
        self._commands = CommandOutbox(
            clock=clock,
            sessions=sessions,
            readers=readers,
            signer=outside.signer,
            road=self.link,
            counts=self.counts,
        )
        self._consumer = Consumer(
            clock=clock,
            sessions=sessions,
            directory=self.directory,
            signer=outside.signer,
            post=self.link,
            counts=self.counts,
            on_kept=self._kept.set,
            on_greeted=self._greet,
        )
        self._poster = Poster(
            clock=clock, sessions=sessions, readers=readers, settings=outside.settings, counts=self.counts
        )
        self._watch = Watch(
            clock=clock,
            sessions=sessions,
            life=outside.life,
            leader=self.leader,
            road=self.link,
            commands=self._commands,
            counts=self.counts,
        )

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop, then end what is under way and leave in due form."""
        threads = self.start()
        try:
            stopping.wait()
        finally:
            self.stop(threads)

    def start(self) -> list[threading.Thread]:
        """Begin; returns at once."""
        logger.info("backbone.started owner=%s", self._life.owner)
        wheels: dict[str, Callable[[], None]] = {
            "backbone-watch": lambda: self._turn(self._watch.turn, every_s=WATCH_EVERY_S),
            "backbone-commands": lambda: self._turn(self._leading(self._commands.turn), every_s=COMMANDS_EVERY_S),
            "backbone-plans": lambda: self._turn(self._leading(self._plans.turn), every_s=PLANS_EVERY_S),
            "backbone-posting": self._post,
            "backbone-consumer": self._consume,
        }
        threads = [threading.Thread(target=wheel, name=name, daemon=True) for name, wheel in wheels.items()]
        self.link.start()
        for thread in threads:
            thread.start()
        return threads

    def stop(self, threads: Sequence[threading.Thread]) -> None:
        """Let every part end what it does; what is not acknowledged comes again next time."""
        self._stopping.set()
        self._kept.set()
        until = self._clock.monotonic() + STOP_WITHIN_S
        for thread in threads:
            thread.join(max(0.0, until - self._clock.monotonic()))
        self.link.stop()
        try:
            self._watch.end()
        except SQLAlchemyError as error:  # the lease ends by itself
            logger.error("backbone.not_signed_off error=%s", str(error).partition("\n")[0])  # noqa: TRY400
        logger.info("backbone.stopped owner=%s", self._life.owner)

    # --- the wheels ---------------------------------------------------------------------------------------------
    def _consume(self) -> None:
        while not self._stopping.is_set():
            batch = self._inbox.take(most=MOST_MESSAGES, within_s=0.5)
            while batch and not self._stopping.is_set():
                more_waits = not self._inbox.is_empty
                if self._try(partial(self._consumer.deal_with, batch, more_waits=more_waits)) is not None:
                    break
                self._stopping.wait(AGAIN_AFTER_S)
        self._consumer.confirm()

    def _post(self) -> None:
        while not self._stopping.is_set():
            self._kept.clear()
            self._give_way()
            while self._try(self._poster.turn) and not self._stopping.is_set():
                self._give_way()
            self._kept.wait(POST_EVERY_S)

    def _give_way(self) -> None:
        """Let what arrives be kept first, a little while: a box waits for that, and for the log nobody does."""
        until = self._clock.monotonic() + GIVE_WAY_S
        while not self._inbox.is_empty and self._clock.monotonic() < until:
            self._stopping.wait(0.02)

    def _turn(self, turn: Callable[[], int], *, every_s: float) -> None:
        while not self._stopping.is_set():
            if not self._try(turn):
                self._stopping.wait(every_s)

    def _leading(self, turn: Callable[[], int]) -> Callable[[], int]:
        """Only one of several processes sends; one without any box to send to only looks for one now and then."""

        def lead() -> int:
            self.directory.look()
            if self.leader.leads and len(self.directory):
                return turn()
            self._stopping.wait(NOBODY_EVERY_S if not len(self.directory) else 0.0)
            return 0

        return lead

    def _greet(self, greeted: Sequence[tuple[PlayerRef, Hello]]) -> None:
        self._plans.greet(greeted)
        self._commands.greet(greeted)

    def _try(self, action: Callable[[], int]) -> int | None:
        """What the action says; None when it failed."""
        try:
            return action()
        except (SQLAlchemyError, LinkFull) as error:  # away or busy: one line each turn, it may last
            logger.error("backbone.away error=%s", str(error).partition("\n")[0])  # noqa: TRY400
        except Exception:  # edge of every loop: the next turn must come
            logger.exception("backbone.turn_failed")
        return None


def filters_of(member: str) -> tuple[str, ...]:
    """What a process asks the broker for: everything from all boxes, or its share of that."""
    everything = tuple(topic_of("+", topic) for topic in FROM_PLAYER)
    return tuple(f"$share/backbone/{item}" for item in everything) if member else everything
