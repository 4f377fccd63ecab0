"""Sending villages what they are to know: plans and commands from their rows, until the broker has taken them."""

import logging
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from scheduler.backbone.counts import Counts
from scheduler.database import Sessions
from scheduler.domain.village import PlayerRef
from scheduler.ports import Clock
from scheduler.services import village_commands, village_plan, village_say
from scheduler.services.village_commands import OutgoingCommand
from scheduler.services.village_plan import ToSend
from scheduler.signing import Signer
from scheduler.village_messages import Hello, Topic, topic_of
from scheduler.village_plans import VillagePlans

logger = logging.getLogger(__name__)

PLANS_AT_ONCE = 500
COMMANDS_AT_ONCE = 20_000
"""A command to all villages goes out whole."""
TAKEN_WITHIN_S = 2.0

K = TypeVar("K")


class Leaving(Protocol):
    """A message on its way to the broker."""

    @property
    def done(self) -> bool: ...  # noqa: D102
    def wait(self, seconds: float) -> bool: ...  # noqa: D102


class Road(Protocol):
    """What the outbox asks of the link."""

    @property
    def connected(self) -> bool: ...  # noqa: D102
    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Leaving: ...  # noqa: D102


class UnderWay(Generic[K]):
    """Messages that were handed to the link and that the broker has not taken yet; none is handed over twice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent: dict[K, Leaving] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._sent

    def __len__(self) -> int:
        return len(self._sent)

    def add(self, key: K, sent: Leaving) -> None:
        """Follow a message until the broker has it."""
        self._sent[key] = sent

    def take_arrived(self, *, within_s: float) -> list[K]:
        """Those that the broker has by now; waits for all of them, but not for long."""
        until = self._clock.monotonic() + within_s
        for sent in list(self._sent.values()):
            sent.wait(max(0.0, until - self._clock.monotonic()))
        done = [key for key, sent in self._sent.items() if sent.done]
        for key in done:
            del self._sent[key]
        return done


class PlanOutbox:
    """Keeps all plans up to date and tells them to their boxes.

    They are not left at the broker: a store of all plans made Mosquitto slow, and whoever says hello is told anyway.
    """

    def __init__(
        self, *, clock: Clock, sessions: Sessions, readers: Sessions, plans: VillagePlans, road: Road, counts: Counts
    ) -> None:
        self._clock, self._sessions, self._readers = clock, sessions, readers
        self._plans, self._road, self._counts = plans, road, counts
        self._under_way: UnderWay[ToSend] = UnderWay(clock)

    def turn(self) -> int:
        """Draw what changed and publish some of what waits; says how many plans went out."""
        self._plans.refresh(now=self._clock.now())
        if not self._road.connected:
            return 0
        with self._readers.begin() as session:
            waiting = village_plan.find_to_send(session, limit=PLANS_AT_ONCE + len(self._under_way))
            fresh = [item for item in waiting if item not in self._under_way]
            bodies = village_plan.body_of(session, [item.zone_id for item in fresh])
        for item in fresh:
            sent = self._road.publish(topic_of(item.username, Topic.PLAN), bodies[item.zone_id])
            self._under_way.add(item, sent)
        return self._note_arrived()

    def _note_arrived(self) -> int:
        if not self._under_way:
            return 0
        done = self._under_way.take_arrived(within_s=TAKEN_WITHIN_S)
        if done:
            with self._sessions.begin() as session:
                village_plan.note_sent(session, done)
            self._counts.add(plans=len(done))
        return len(done)

    def greet(self, greeted: Sequence[tuple[PlayerRef, Hello]]) -> None:
        """Publish the plan once more to those whose hello told of another one."""
        zones = {player.zone_id: (player, hello) for player, hello in greeted}
        with self._readers.begin() as session:
            versions = village_plan.versions_of(session, zones)
            wanted = [zone_id for zone_id, number in versions.items() if number != zones[zone_id][1].plan_version]
            bodies = village_plan.body_of(session, wanted)
        for zone_id, body in bodies.items():
            self._road.publish(topic_of(zones[zone_id][0].username, Topic.PLAN), body)


class CommandOutbox:
    """Brings commands to the broker as soon as they are issued."""

    def __init__(
        self, *, clock: Clock, sessions: Sessions, readers: Sessions, signer: Signer, road: Road, counts: Counts
    ) -> None:
        self._clock, self._sessions, self._readers = clock, sessions, readers
        self._signer, self._road, self._counts = signer, road, counts
        self._under_way: UnderWay[village_commands.Key] = UnderWay(clock)

    def turn(self) -> int:
        """Publish what waits; says how many went out."""
        is_unsigned, waiting = self._look()
        if is_unsigned:
            with self._sessions.begin() as session:
                village_say.sign_ready(session, now=self._clock.now(), signer=self._signer)
            _, waiting = self._look()
        for item in waiting:
            if item.key not in self._under_way:
                sent = self._road.publish(topic_of(item.username, Topic.COMMAND), item.body)
                self._under_way.add(item.key, sent)
        return self._note_arrived()

    def _look(self) -> tuple[bool, list[OutgoingCommand]]:
        """Whether a command can be signed by now, and those that can be sent."""
        with self._readers.begin() as session:
            is_unsigned = village_say.has_unsigned(session, now=self._clock.now())
            if not self._road.connected:
                return is_unsigned, []
            return is_unsigned, village_commands.find_to_send(session, limit=COMMANDS_AT_ONCE)

    def _note_arrived(self) -> int:
        if not self._under_way:
            return 0
        done = self._under_way.take_arrived(within_s=TAKEN_WITHIN_S)
        if done:
            with self._sessions.begin() as session:
                village_commands.note_sent(session, done, self._clock.now())
            self._counts.add(commands=len(done))
        return len(done)

    def expire(self) -> int:
        """Close what nobody answered before its end."""
        with self._readers.begin() as session:
            if not village_commands.has_expired(session, self._clock.now()):
                return 0
        with self._sessions.begin() as session:
            return village_commands.expire(session, self._clock.now())

    def greet(self, greeted: Sequence[tuple[PlayerRef, Hello]]) -> None:
        """Send once more what those who said hello have not answered: the broker may have lost it."""
        zones = {player.zone_id for player, _ in greeted}
        with self._readers.begin() as session:
            waiting = village_commands.waiting_for_zones(session, zones, self._clock.now())
        for item in waiting:
            if item.key not in self._under_way:
                self._road.publish(topic_of(item.username, Topic.COMMAND), item.body)
