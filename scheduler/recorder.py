"""Writing down what really sounded: starts, outcomes and ends, kept until the database takes them."""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime

from scheduler.config import Settings
from scheduler.database import Sessions
from scheduler.domain.playout import Reason
from scheduler.live import Live, Past
from scheduler.on_air import OnAir
from scheduler.ports import Clock, Outcome
from scheduler.services import due, playout
from scheduler.services.playout import Closing, Key

logger = logging.getLogger(__name__)

_AT_ONCE = 500
"""Closings in one transaction: a daemon beside ours must not wait long for the database."""


class Recorder:
    """Follows everything in `OnAir` and writes it; nothing is forgotten before its transaction has ended well."""

    def __init__(self, *, clock: Clock, sessions: Sessions, settings: Settings, owner: str, on_air: OnAir) -> None:
        self._clock, self._sessions, self._settings, self._owner = clock, sessions, settings, owner
        self._on_air = on_air
        self._writing = threading.Lock()
        self._begun: dict[Key, datetime] = {}
        self._may_end_broadcasts = True
        self.last_start_error_s = 0.0
        """How late the last batch was started."""

    def look(self) -> None:
        """Gather what happened since the last look, then write it."""
        with self._writing:
            self._gather_starts()
            self._gather_outcomes()
            self._write_starts()
            self._write_closings()

    def end_broadcasts(self) -> None:
        """Mark broadcasts done whose every delivery is in the log, also those that a dead daemon left."""
        with self._sessions.begin() as session:
            playout.end_broadcasts(session, now=self._clock.now())

    def stop_cancelled(self) -> None:
        """Let fall silent what was cancelled or withdrawn while it was armed or sounding."""
        live = list(self._on_air.live.values())
        if not live:
            return
        with self._sessions.begin() as session:
            broadcasts = {item.due.broadcast_id for item in live}
            cancelled = playout.find_cancelled(session, broadcasts)
            withdrawn = due.find_withdrawn(session, broadcasts)
        for item in live:
            if item.due.broadcast_id in cancelled:
                item.stop(Reason.CANCELLED)
            elif any(delivery.airing_id in withdrawn for delivery in item.due.order.deliveries):
                item.stop(Reason.NOT_APPROVED)

    def _gather_starts(self) -> None:
        while self._on_air.started:
            lives, began_at = self._on_air.started.popleft()
            if began_at is None:
                self._let_go(lives)
                continue
            self.last_start_error_s = (began_at - lives[0].begins_at).total_seconds()
            self._begun |= {live.due.key: began_at for live in lives}

    def _let_go(self, lives: Sequence[Live]) -> None:
        """The instant passed while this process was held up or the clock was set: decide anew, from the open claim."""
        for live in lives:
            live.sounding.stop()
            self._on_air.past[live.due.key] = Past(stretches=live.earlier, reason=Reason.TOO_LATE)
            self._on_air.live.pop(live.due.key, None)

    def _gather_outcomes(self) -> None:
        for key, live in list(self._on_air.live.items()):
            outcome = live.sounding.outcome()
            if outcome is not None:
                self._gather(key, live, outcome)

    def _gather(self, key: Key, live: Live, outcome: Outcome) -> None:
        if outcome.started_at is None:
            self._begun.pop(key, None)  # it was told to start, but nothing came of it
        if live.lost_permit(outcome):
            # Another daemon may hold the zone by now and go on; if not, this one adopts its own claim.
            heard = (*live.earlier, *outcome.stretches)
            self._on_air.past[key] = Past(stretches=heard, reason=Reason.LEASE_LOST)
        else:
            entries = live.tell(outcome, owner=self._owner)
            self._on_air.to_close.append(Closing(key=key, token=live.tenure.token, entries=entries))
        self._on_air.live.pop(key, None)

    def _write_starts(self) -> None:
        if not self._begun:
            return
        begun = dict(self._begun)
        with self._sessions.begin() as session:
            playout.note_started(session, begun, owner=self._owner)
        for key in begun:
            del self._begun[key]

    def _write_closings(self) -> None:
        pending = self._on_air.to_close
        while pending:
            some = [pending[n] for n in range(min(_AT_ONCE, len(pending)))]
            now = self._clock.now()
            with self._sessions.begin() as session:
                closed = playout.close(session, some, owner=self._owner, now=now, zone=self._settings.time_zone)
            if len(closed) < len(some):
                logger.warning("claim.not_ours_any_more number=%s", len(some) - len(closed))
            for _ in some:
                pending.popleft()
            self._may_end_broadcasts = True
        if self._may_end_broadcasts:
            self.end_broadcasts()
            self._may_end_broadcasts = False
