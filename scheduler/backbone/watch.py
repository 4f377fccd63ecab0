"""The slow wheel of a backbone process: its sign of life, its lease, silent boxes, commands that ran out, alarms."""

import logging

from scheduler.alive import Life
from scheduler.backbone.counts import Counts
from scheduler.backbone.leading import Leader
from scheduler.backbone.outbox import CommandOutbox, Road
from scheduler.database import Sessions
from scheduler.domain.station import BACKBONE
from scheduler.ports import Clock
from scheduler.services import playout, village_alarms, village_state

logger = logging.getLogger(__name__)


class Watch:
    """Looks around every few seconds."""

    def __init__(
        self,
        *,
        clock: Clock,
        sessions: Sessions,
        life: Life,
        leader: Leader,
        road: Road,
        commands: CommandOutbox,
        counts: Counts,
    ) -> None:
        self._clock, self._sessions, self._life = clock, sessions, life
        self._leader, self._road, self._commands, self._counts = leader, road, commands, counts

    def turn(self) -> int:
        """One look."""
        self._beat()
        if self._leader.leads:
            self._look_at_villages()
            self._commands.expire()
        return 0

    def _beat(self) -> None:
        refused = self._counts.take_refused()
        facts = {**self._counts.facts(), "connected": self._road.connected, "leads": self._leader.leads}
        now = self._clock.now()
        with self._sessions.begin() as session:
            count = self._leader.renew(session)
            playout.beat(session, owner=self._life.owner, role=BACKBONE, now=now, facts=facts)
            if refused:
                village_alarms.note_refused(session, refused, now=now)
        count()

    def _look_at_villages(self) -> None:
        now = self._clock.now()
        with self._sessions.begin() as session:
            dead = [owner for owner in playout.find_owners(session, role=BACKBONE) if self._life.is_dead(owner)]
            for owner in dead:
                playout.end_pulse(session, owner=owner)
            if self._road.connected:  # a link of the station that is away says nothing about the boxes
                village_state.note_silent(session, now=now)
            village_alarms.settle(session, now=now)
            village_alarms.end_refused(session, now=now)
        for owner in dead:
            self._life.bury(owner)

    def end(self) -> None:
        """Take the sign of life away and give the lease back."""
        with self._sessions.begin() as session:
            playout.end_pulse(session, owner=self._life.owner)
            self._leader.end(session)
        self._life.end()
