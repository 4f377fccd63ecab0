"""The clerk (văn thư): does the office's duties again and again, each in a thread of its own, and tells what fails."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from scheduler.alive import Life
from scheduler.backbone.leading import Leader
from scheduler.database import Sessions, said_by_driver
from scheduler.domain.station import CLERK
from scheduler.errors import BroadcastError
from scheduler.ports import Clock
from scheduler.services import lease, playout

logger = logging.getLogger(__name__)

FAILURES_BEFORE_ALARM = 3
WATCH_EVERY_S = 5.0
STOP_WITHIN_S = 4.0
KIND = "clerk_failing"
LEASE = lease.role_lease(CLERK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """Something the clerk does every so often; it opens its own transactions, and its failing stops no other duty."""

    name: str
    """A short word in code letters (`seal`); alarms and log lines name it."""
    every: timedelta
    do: Callable[[datetime], object]
    """Does what is due at that instant. Whatever it raises is logged and, when it goes on failing, an alarm."""


class Clerk:
    """One clerk; of several on one database only one works at a time."""

    def __init__(
        self, *, clock: Clock, sessions: Sessions, life: Life, lasts: timedelta, duties: Sequence[Duty]
    ) -> None:  # fmt: skip
        self._clock, self._sessions, self._life, self._duties = clock, sessions, life, duties
        self.leader = Leader(clock, owner=life.owner, is_dead=life.is_dead, lasts=lasts, name=LEASE)
        self._stopping = threading.Event()
        self._leading = threading.Event()
        self._failures: dict[str, int] = dict.fromkeys((duty.name for duty in duties), 0)

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop, then end what is under way and leave in due form."""
        logger.info("clerk.started owner=%s duties=%s", self._life.owner, ",".join(self._failures))
        threads = [threading.Thread(target=self._watch, name="clerk-watch", daemon=True)]
        threads += [
            threading.Thread(target=self._turn, args=(duty,), name=f"clerk-{duty.name}", daemon=True)
            for duty in self._duties
        ]
        for thread in threads:
            thread.start()
        try:
            stopping.wait()
        finally:
            self._stop(threads)

    def look(self, duty: Duty) -> bool:
        """Do a duty once; False when it failed. After some failures in a row there is an alarm, until it works."""
        now = self._clock.now()
        try:
            duty.do(now)
        except Exception as error:  # noqa: BLE001 -- edge of the loop: the next turn must come, other duties too
            self._note_failure(duty, error, now=now)
            return False
        if self._failures[duty.name]:
            logger.info("clerk.works_again duty=%s", duty.name)
        self._failures[duty.name] = 0
        self._settle(duty, None, now=now)
        return True

    def beat(self) -> None:
        """Give a sign of life, renew the lease and bury those of earlier lives."""
        now = self._clock.now()
        with self._sessions.begin() as session:
            count = self.leader.renew(session)
            dead = [owner for owner in playout.find_owners(session, role=CLERK) if self._life.is_dead(owner)]
            for owner in dead:
                playout.end_pulse(session, owner=owner)
            facts = {"failing": sorted(name for name, failures in self._failures.items() if failures)}
            playout.beat(session, owner=self._life.owner, role=CLERK, now=now, facts=facts)
        count()
        for owner in dead:
            self._life.bury(owner)
        if self.leader.leads:
            self._leading.set()

    def leave(self) -> None:
        """Take the sign of life away and give the lease back, so that another may work at once."""
        try:
            with self._sessions.begin() as session:
                playout.end_pulse(session, owner=self._life.owner)
                self.leader.end(session)
        except SQLAlchemyError as error:  # the lease ends by itself
            logger.error("clerk.not_signed_off error=%s", said_by_driver(error))  # noqa: TRY400
        self._life.end()
        logger.info("clerk.stopped owner=%s", self._life.owner)

    # --- the wheels ---------------------------------------------------------------------------------------------
    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self.beat()
            except SQLAlchemyError as error:
                logger.error("clerk.away error=%s", said_by_driver(error))  # noqa: TRY400 -- one line each turn
            except Exception:  # edge of the loop: without signs of life nobody would know of the clerk
                logger.exception("clerk.beat_failed")
            self._stopping.wait(WATCH_EVERY_S)

    def _turn(self, duty: Duty) -> None:
        self._leading.wait()
        while not self._stopping.is_set():
            if self.leader.leads:
                self.look(duty)
                self._stopping.wait(duty.every.total_seconds())
            else:
                self._stopping.wait(WATCH_EVERY_S)

    def _stop(self, threads: Sequence[threading.Thread]) -> None:
        self._stopping.set()
        self._leading.set()
        until = self._clock.monotonic() + STOP_WITHIN_S
        for thread in threads:
            thread.join(max(0.0, until - self._clock.monotonic()))
        self.leave()

    # --- what fails -----------------------------------------------------------------------------------------------
    def _note_failure(self, duty: Duty, error: Exception, *, now: datetime) -> None:
        self._failures[duty.name] += 1
        if isinstance(error, SQLAlchemyError | BroadcastError | OSError):
            logger.error("clerk.failed duty=%s times=%s error=%s", duty.name, self._failures[duty.name], _told(error))
        else:
            logger.error("clerk.failed duty=%s times=%s", duty.name, self._failures[duty.name], exc_info=error)
        if self._failures[duty.name] >= FAILURES_BEFORE_ALARM:
            self._settle(duty, {"duty": duty.name, "reason": _told(error)}, now=now)

    def _settle(self, duty: Duty, facts: dict[str, str] | None, *, now: datetime) -> None:
        try:
            with self._sessions.begin() as session:
                playout.settle_alarm(session, kind=KIND, subject=f"{CLERK}:{duty.name}", facts=facts, now=now)
        except SQLAlchemyError as error:
            logger.error("clerk.alarm_not_kept duty=%s error=%s", duty.name, said_by_driver(error))  # noqa: TRY400


def _told(error: Exception) -> str:
    """What failed, without the values of a statement."""
    if isinstance(error, SQLAlchemyError):
        return said_by_driver(error)
    return str(error).partition("\n")[0] or type(error).__name__
