"""The playout daemon: arm, claim, commit, sound, record; this module wires the parts and turns their wheels."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from scheduler.alive import Life
from scheduler.config import Settings
from scheduler.database import Sessions
from scheduler.domain.playout import Reason
from scheduler.domain.time import TimeSpan, latest_night
from scheduler.guard import ClockGuard
from scheduler.judging import Judge
from scheduler.on_air import OnAir
from scheduler.ports import Assembler, Carrier, Clock, MediaStore
from scheduler.precise import Batch
from scheduler.readiness import Readiness
from scheduler.recorder import Recorder
from scheduler.services import due, lease, plan_findings, playout
from scheduler.services.plan_refresh import QUIET
from scheduler.tenure import Tenures
from scheduler.transport import Encoder, Transports

logger = logging.getLogger(__name__)

HORIZON = timedelta(minutes=2)
"""How far ahead instants are loaded; every tick loads it anew."""
RECORD_EVERY = 0.3
"""Seconds between looks at what sounds and at the clocks."""
PLAN_EVERY = timedelta(minutes=10)
NIGHTLY_AT = time(2, 30)
"""Local time of what is done once a night; a station that was off then does it the next night."""
LATEST_PLAN = timedelta(minutes=30)
STOP_WITHIN = 5.0
"""Seconds that carriers get to fall silent and tell what sounded."""
_AWAY_REMEMBERED = 20


class Waker(Protocol):
    """What the daemon asks of the timer."""

    def start(self) -> None: ...  # noqa: D102
    def every(self, seconds: float, action: Callable[[], None], name: str) -> None: ...  # noqa: D102
    def once(self, at: datetime, action: Callable[[], None], name: str) -> None: ...  # noqa: D102
    def rouse(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Starter(Protocol):
    """What the daemon asks of the precise thread."""

    def start(self) -> None: ...  # noqa: D102
    def add(self, batch: Batch) -> None: ...  # noqa: D102
    def seconds_to_next(self) -> float | None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Outside:
    """All that a daemon needs from outside."""

    clock: Clock
    sessions: Sessions
    settings: Settings
    carriers: Mapping[str, Carrier]
    assembler: Assembler
    media: MediaStore
    life: Life
    timer: Waker
    precise: Starter
    plan: Callable[[], None] | None = None
    encoder: Encoder | None = None
    """Makes what villages fetch; a daemon without one leaves that to others."""
    check_tallies: Callable[[], None] | None = None
    """Compares the tallies with the log, in a process of its own: it reads the whole log."""
    tell: Callable[[Mapping[str, object], Mapping[str, Sequence[str]]], None] | None = None
    """Hears at every tick what the daemon says of itself, and of carriers with problems, instead of the rows of pulses
    and alarms: a memory card does not bear to be written to every two seconds."""


class Daemon:
    """One playout daemon; several may share a database, each zone is in the hands of one of them."""

    def __init__(self, outside: Outside) -> None:
        self._clock, self._sessions, self._settings = outside.clock, outside.sessions, outside.settings
        self._outside, self.owner = outside, outside.life.owner
        self.guard = ClockGuard(outside.clock)
        self.tenures = Tenures(
            outside.clock, owner=self.owner, is_dead=outside.life.is_dead, lasts=outside.settings.lease
        )
        self.readiness = Readiness(
            clock=outside.clock,
            sessions=outside.sessions,
            assembler=outside.assembler,
            media=outside.media,
            preflight=outside.settings.preflight,
            on_ready=self._wake_now,
            keeps_alarms=outside.tell is None,
        )
        self.transports = None if outside.encoder is None else _transports_of(outside, outside.encoder)
        judge = Judge(
            settings=outside.settings,
            guard=self.guard,
            usable_carriers=lambda: self._usable,
            unready=lambda: self.readiness.problems,
            away=lambda: self._away,
        )
        self._usable: Mapping[str, Carrier] = dict(outside.carriers)
        self.on_air = OnAir(
            clock=outside.clock,
            sessions=outside.sessions,
            settings=outside.settings,
            owner=self.owner,
            carriers=self._usable,
            tenures=self.tenures,
            judge=judge,
            start_at=outside.precise.add,
        )
        self.recorder = Recorder(
            clock=outside.clock,
            sessions=outside.sessions,
            settings=outside.settings,
            owner=self.owner,
            on_air=self.on_air,
        )
        self._stopping = threading.Event()
        self._ticking = threading.Lock()
        self._last_well_at = outside.clock.now()
        self._is_away = False
        self._away: tuple[TimeSpan, ...] = ()
        """Stretches during which the database did not answer."""
        self._planned_at: datetime | None = None
        self._checked_night = self._latest_night()
        self._looked_for_ends_at: datetime | None = None

    # --- the life of the process --------------------------------------------------------------------------------
    def run(self, stopping: threading.Event) -> None:
        """Play until told to stop, then let what sounds end in an orderly way."""
        self.start()
        try:
            while not stopping.wait(RECORD_EVERY):
                self.watch()
        finally:
            self.stop()

    def start(self) -> None:
        """Begin: timer, precise thread."""
        logger.info("daemon.started owner=%s", self.owner)
        self._outside.precise.start()
        self._outside.timer.every(self._settings.tick.total_seconds(), self._safely(self.tick), "playout.tick")
        self._outside.timer.every(
            self._settings.tick.total_seconds(), self._safely(self.readiness.look), "playout.ready"
        )
        self._outside.timer.every(
            self._settings.tick.total_seconds(), self._safely(self.make_transports), "playout.transport"
        )
        self._outside.timer.every(10, self._safely(self.plan), "playout.plan")
        self._outside.timer.every(60, self._safely(self.check_tallies), "playout.tallies")
        self._outside.timer.start()

    def stop(self) -> None:
        """Fall silent, record what sounded, give the zones back."""
        self._outside.timer.close()
        self.on_air.stop_all(Reason.STOPPED)
        waited = 0.0
        while waited < STOP_WITHIN:
            self._safely(self.recorder.look)()
            if not self.on_air.live and not self.on_air.to_close:
                break
            self._clock.sleep(0.02)
            waited += 0.02
        self._outside.precise.close()
        self._safely(self._give_back)()
        self.tenures.end()
        self._outside.life.end()
        logger.info("daemon.stopped owner=%s", self.owner)

    # --- the wheels ---------------------------------------------------------------------------------------------
    def watch(self) -> None:
        """The quick wheel, apart from APScheduler: are the clocks in step, what began, what is over."""
        self._let_start(within=0.1)
        self._safely(self._look_at_clocks)()
        self._safely(self.recorder.look)()

    def tick(self) -> None:
        """The slow wheel: leases, past lives, what is late, what comes next, a sign of life."""
        with self._ticking:
            self._let_start(within=0.5)
            self._look_at_clocks()
            self._keep_zones()
            self.on_air.adopt()
            self.on_air.arm(until=self._clock.now())
            self._load_horizon()
            self.recorder.stop_cancelled()
            self._end_broadcasts_now_and_then()
            self._beat()

    def arm(self, instant: datetime) -> None:
        """Claim and make ready what starts at an instant, a little ahead of it."""
        self._look_at_clocks()
        self.on_air.arm(until=instant)

    def plan(self) -> None:
        """Write the rolling plan now and then, by one daemon of the station, and not shortly before a start."""
        now = self._clock.now()
        if self._outside.plan is None or self.tenures.of(lease.role_lease("plan")) is None:
            return
        waited = None if self._planned_at is None else now - self._planned_at
        if waited is not None and waited < PLAN_EVERY and not self._is_plan_wanted():
            return
        if (waited is None or waited < LATEST_PLAN) and self._starts_within(QUIET, now=now):
            return
        self._outside.plan()
        self._planned_at = now
        self._wake_now()

    def make_transports(self) -> None:
        """Make a file that villages lack, by one daemon of the station."""
        if self.transports is not None and self.tenures.of(lease.role_lease("plan")) is not None:
            self.transports.look()

    def _is_plan_wanted(self) -> bool:
        """Tell whether somebody changed something that was left to us, shortly before a start."""
        with self._sessions.begin() as session:
            return plan_findings.is_wanted(session)

    def _let_start(self, *, within: float) -> None:
        """Stay out of the way of a start that is this near: work of ours would make it late."""
        wait = self._outside.precise.seconds_to_next()
        if wait is not None and 0 < wait < within:
            self._clock.sleep(wait + 0.02)

    def check_tallies(self) -> None:
        """Have the tallies compared with the log once a night, by one daemon of the station."""
        night = self._latest_night()
        check = self._outside.check_tallies
        if check is None or night == self._checked_night or self.tenures.of(lease.role_lease("plan")) is None:
            return
        self._checked_night = night
        check()

    # --- steps ----------------------------------------------------------------------------------------------------
    def _look_at_clocks(self) -> None:
        step = self.guard.look()
        if step is not None:
            logger.error("clock.stepped by_s=%.1f", step.total_seconds())
            self._planned_at = None
            self._outside.timer.rouse()

    def _keep_zones(self) -> None:
        try:
            self._renew_and_take()
        except Exception:
            self._is_away = True
            raise
        now = self._clock.now()
        if self._is_away and now > self._last_well_at:
            span = TimeSpan(starts_at=self._last_well_at, ends_at=now)
            self._away = (*self._away, span)[-_AWAY_REMEMBERED:]
        self._is_away, self._last_well_at = False, now

    def _renew_and_take(self) -> None:
        with self._sessions.begin() as session:
            zones = playout.find_zones(
                session,
                carriers=self._usable.keys(),
                codes=self._settings.playout_zones,
                now=self._clock.now(),
            )
            wanted = [lease.role_lease("plan"), *(lease.zone_lease(zone_id) for zone_id in zones)]
            taken = self.tenures.keep(session, wanted)
            for owner in taken.gone:
                playout.end_pulse(session, owner=owner)
        self.tenures.settle(taken)
        for owner in taken.gone:
            self._outside.life.bury(owner)

    def _load_horizon(self) -> None:
        now = self._clock.now()
        with self._sessions.begin() as session:
            instants = due.find_instants(session, after=now, until=now + HORIZON + self._settings.claim_lead)
        for instant in instants:
            at = max(now, instant - self._settings.claim_lead)
            name = f"playout.arm:{instant.isoformat()}"
            self._outside.timer.once(at, self._safely(lambda instant=instant: self.arm(instant)), name)  # type: ignore[misc]

    def _end_broadcasts_now_and_then(self) -> None:
        now = self._clock.now()
        if self._looked_for_ends_at is None or abs(now - self._looked_for_ends_at) >= timedelta(seconds=30):
            self.recorder.end_broadcasts()
            self._looked_for_ends_at = now

    def _beat(self) -> None:
        with self._sessions.begin() as session:
            used = playout.find_used_carriers(session)
        opened = {name: carrier for name, carrier in self._usable.items() if name in used}
        broken = {name: problems for name, carrier in opened.items() if (problems := carrier.problems())}
        broken |= {name: ["not opened"] for name in used - set(opened)}
        step = self.guard.last_step
        facts = {
            "zones": len(self.tenures),
            "on_air": len(self.on_air.live),
            "start_error_ms": round(self.recorder.last_start_error_s * 1000, 3),
            "clock_step_s": round(step[1].total_seconds(), 3) if step else None,
            "clock_stepped_at": step[0].isoformat() if step else None,
        }
        if self._outside.tell is not None:
            self._outside.tell(facts, broken)
            return
        now = self._clock.now()
        with self._sessions.begin() as session:
            playout.beat(session, owner=self.owner, role="playout", now=now, facts=facts)
            self._tell_alarms(session, broken, now=now)

    def _tell_alarms(self, session: Session, broken: Mapping[str, list[str]], *, now: datetime) -> None:
        for name in {*self._usable, *broken}:
            subject = f"carrier:{name}"
            facts = {"name": name, "reason": "; ".join(broken[name])} if name in broken else None
            playout.settle_alarm(session, kind="carrier_down", subject=subject, facts=facts, now=now)
        step = self.guard.last_step
        if step is not None and abs(now - step[0]) < self._settings.tick * 2:
            by = {"by_s": round(step[1].total_seconds(), 1)}
            playout.raise_alarm(session, kind="clock_stepped", subject=f"clock:{self.owner}"[:128], facts=by, now=now)
        elif step is None or abs(now - step[0]) > timedelta(hours=1):
            playout.clear_alarms(session, subject=f"clock:{self.owner}"[:128], now=now)

    def _give_back(self) -> None:
        with self._sessions.begin() as session:
            lease.release(session, owner=self.owner, now=self._clock.now())
            playout.end_pulse(session, owner=self.owner)

    def _latest_night(self) -> date:
        return latest_night(self._clock.now(), NIGHTLY_AT, self._settings.time_zone)

    def _starts_within(self, stretch: timedelta, *, now: datetime) -> bool:
        with self._sessions.begin() as session:
            return bool(due.find_instants(session, after=now, until=now + stretch))

    def _wake_now(self) -> None:
        """Look at once at what is due: something became ready."""
        self._outside.timer.once(self._clock.now(), self._safely(self.tick), "playout.ready_now")

    def _safely(self, action: Callable[[], None]) -> Callable[[], None]:
        def act() -> None:
            try:
                action()
            except SQLAlchemyError as error:  # away or locked: one line each turn, it may last
                logger.error("daemon.database_away error=%s", str(error).partition("\n")[0])  # noqa: TRY400
            except Exception:  # edge of every loop: the next turn must come
                logger.exception("daemon.turn_failed")

        return act


def _transports_of(outside: Outside, encoder: Encoder) -> Transports:
    return Transports(
        clock=outside.clock,
        sessions=outside.sessions,
        assembler=outside.assembler,
        encoder=encoder,
        media=outside.media,
    )
