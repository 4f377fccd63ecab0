"""The life of a player: it waits for a time to trust and a plan, then lets the daemon play and looks after the rest."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from audio.village import missing_time
from audio.village.journal import Journal
from audio.village.mirror import WantedFile
from audio.village.plan import PlanKeeper
from audio.village.trust import TrustedClock
from scheduler.database import Sessions, said_by_driver
from scheduler.domain.village import BoxProblem
from scheduler.errors import BroadcastError
from scheduler.ports import Clock
from scheduler.village_messages import Health, Plan, Status, ZoneRules

logger = logging.getLogger(__name__)

TURN_S = 0.3
"""Seconds between looks at what sounds."""
CLOCK_EVERY_S = 5.0
ANEW_AFTER_S = 60.0
"""Seconds after which a daemon that could not be started is tried again."""
A_DAY = timedelta(days=1)
_MOST_TOLD = 20


class Playing(Protocol):
    """The daemon, as the player sees it."""

    def start(self) -> None: ...  # noqa: D102
    def watch(self) -> None: ...  # noqa: D102
    def stop(self) -> None: ...  # noqa: D102

    @property
    def on_air(self) -> UUID | None:
        """The broadcast that sounds now."""
        ...


class Files(Protocol):
    """The files of this player."""

    def missing(self, wanted: Sequence[WantedFile]) -> Iterable[str]:
        """The SHA-256 of those that are not here whole."""
        ...

    @property
    def use(self) -> "Use":
        """What went over the SIM for them."""
        ...

    @property
    def problems(self) -> Sequence[BoxProblem]:
        """What keeps them away now."""
        ...


class Use(Protocol):
    """Bytes of a local day."""

    @property
    def day(self) -> str: ...  # noqa: D102
    @property
    def bytes(self) -> int: ...  # noqa: D102


class Player:
    """One zone's player; `look` is its one turn."""

    def __init__(
        self,
        *,
        system: Clock,
        trust: TrustedClock,
        sessions: Sessions,
        journal: Journal,
        keeper: PlanKeeper,
        start_daemon: Callable[[Plan], Playing],
        boot: str,
        program: str = "",
        files: Files | None = None,
        health: Callable[[], Health] | None = None,
    ) -> None:
        """`start_daemon` makes and starts a daemon by a plan's rules; `boot` names this life of the program."""
        self._system, self._trust, self._sessions = system, trust, sessions
        self._journal, self._keeper, self._start_daemon = journal, keeper, start_daemon
        self._boot, self._program, self._files, self._health = boot, program, files, health
        self._daemon: Playing | None = None
        self._rules: tuple[str, float] | None = None
        self._looked_at_clock = float("-inf")
        self._tried_at = float("-inf")
        self._broken: Mapping[str, Sequence[str]] = {}
        self._is_expiry_noted = False

    # --- turning --------------------------------------------------------------------------------------------------
    def run(self, stopping: threading.Event, *, each_turn: Callable[[], None] = lambda: None) -> None:
        """Play until told to stop, then let what sounds end in an orderly way."""
        self.begin()
        try:
            while not stopping.wait(TURN_S):
                self.look()
                each_turn()
        finally:
            self.stop()

    def begin(self) -> None:
        """Say that the program runs, and whether it knows the time."""
        self._trust.look()
        self._note("program_started", program=self._program, boot=self._boot)
        if not self._trust.is_trusted:
            logger.warning("player.no_trusted_time")
            self._note(BoxProblem.NO_TRUSTED_TIME)

    def look(self) -> None:
        """One turn: the time, the daemon, what sounds. Never raises."""
        try:
            self._look_at_clock()
            self._look_at_daemon()
        except Exception:  # edge of the loop: the next turn must come
            logger.exception("player.turn_failed")
        if self._daemon is not None:
            self._daemon.watch()

    def stop(self) -> None:
        """Fall silent and write down what sounded."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.stop()

    def hear(self, facts: Mapping[str, object], broken: Mapping[str, Sequence[str]]) -> None:  # noqa: ARG002 -- a port
        """What the daemon says of itself at every tick."""
        self._broken = dict(broken)

    # --- steps ----------------------------------------------------------------------------------------------------
    def _look_at_clock(self) -> None:
        monotonic = self._system.monotonic()
        if monotonic - self._looked_at_clock >= CLOCK_EVERY_S:
            self._looked_at_clock = monotonic
            self._trust.look()

    def _look_at_daemon(self) -> None:
        plan = self._keeper.current
        if plan is None or not self._trust.is_trusted:
            return
        self._look_at_expiry(plan)
        rules = (plan.rules.time_zone, plan.rules.join_least_share)
        if self._daemon is not None and (rules == self._rules or self._daemon.on_air is not None):
            return
        monotonic = self._system.monotonic()
        if monotonic - self._tried_at < ANEW_AFTER_S and self._daemon is None and self._rules == rules:
            return
        self._tried_at, was_playing = monotonic, self._daemon is not None
        self.stop()
        self._rules = rules
        if not was_playing:
            self._account(plan.rules)
        self._daemon = self._start_daemon(plan)

    def _account(self, rules: ZoneRules) -> None:
        """Log what could not sound because the time was not known, before the daemon looks at what it is late for."""
        now = self._trust.now()
        with self._sessions.begin() as session:
            missed = missing_time.log_missed(
                session,
                since=now - self._trust.blind_for,
                now=now,
                owner=f"player.{self._boot}",
                zone=ZoneInfo(rules.time_zone),
                least_share=rules.join_least_share,
            )
        if missed:
            logger.warning("player.missed_without_time number=%s", missed)

    def _look_at_expiry(self, plan: Plan) -> None:
        is_expired = self._trust.now() >= plan.until
        if is_expired and not self._is_expiry_noted:
            self._note(BoxProblem.PLAN_EXPIRED, version=plan.version, until=plan.until)
        self._is_expiry_noted = is_expired

    def _note(self, code: str, **facts: object) -> None:
        """A note that cannot be written (a full card) must not keep the box from playing."""
        try:
            self._journal.note(code, at=self._trust.trusted_now, **facts)
        except SQLAlchemyError as error:
            logger.warning("player.not_noted code=%s reason=%s", code, said_by_driver(error))

    # --- telling --------------------------------------------------------------------------------------------------
    def tell_status(self) -> Status:
        """The newest state, for the station and for whoever stands at the box. Never raises for what is wrong here."""
        now, plan = self._trust.now(), self._keeper.current
        wanted = soon_wanted(self._keeper.wanted(now), now=now)
        missing = tuple(self._files.missing(wanted)) if self._files is not None else ()
        use = None if self._files is None else self._files.use
        next_seq = self._journal.next_seq
        return Status(
            online=True,
            at=self._trust.trusted_now,
            instance=self._journal.instance,
            boot=self._boot,
            plan_version=self._keeper.version,
            plan_until=None if plan is None else plan.until,
            files_wanted=len(wanted),
            files_ready=len(wanted) - len(missing),
            files_missing=missing[:_MOST_TOLD],
            journal_next_seq=next_seq,
            journal_waiting=len(self._journal),
            data_day=use.day or None if use else None,
            data_bytes=use.bytes if use else 0,
            on_air=None if self._daemon is None else self._daemon.on_air,
            program=self._program,
            health=self._tell_health(),
        )

    def _tell_health(self) -> Health:
        try:
            health = Health(clock=self._trust.state()) if self._health is None else self._health()
        except (BroadcastError, OSError):
            logger.exception("player.health_not_read")
            health = Health(clock=self._trust.state())
        problems = dict.fromkeys((*health.problems, *self._find_problems()))
        return msgspec.structs.replace(health, problems=tuple(problems))

    def _find_problems(self) -> Iterable[BoxProblem]:
        if not self._trust.is_trusted:
            yield BoxProblem.NO_TRUSTED_TIME
        if self._keeper.current is None:
            yield BoxProblem.NO_PLAN
        elif self._keeper.is_expired(self._trust.now()):
            yield BoxProblem.PLAN_EXPIRED
        if self._broken:
            yield BoxProblem.SOUND_DEVICE
        if self._files is not None:
            yield from self._files.problems

    def tell_wanted(self) -> tuple[Sequence[WantedFile], ZoneRules, datetime] | None:
        """What is to be fetched, by which rules, and the time; None while one of them is not known."""
        plan, now = self._keeper.current, self._trust.trusted_now
        return None if plan is None or now is None else (self._keeper.wanted(now), plan.rules, now)


def soon_wanted(wanted: Sequence[WantedFile], *, now: datetime) -> list[WantedFile]:
    """The files of the coming day, and those of what comes next, however far off: by them a box is called ready.

    `wanted` begins with the one needed first.
    """
    until = max([now + A_DAY, *(item.needed_at for item in wanted[:1])])
    return [item for item in wanted if item.needed_at <= until]
