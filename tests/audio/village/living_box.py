"""A village player on a clock that moves only when told: the real daemon, rows and plan; carrier and wheels by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import event, select

from audio.carriers.memory import MemoryCarrier
from audio.village.journal import Journal
from audio.village.plan import PlanKeeper
from audio.village.player import Player
from audio.village.sole import SolePlayer
from audio.village.store import open_rows
from audio.village.trust import TrustedClock
from audio.village.verified import NothingToAssemble, VerifiedStore
from scheduler.config import load_settings
from scheduler.daemon import Daemon, Outside
from scheduler.models import AsRunEntry, Claim
from scheduler.signing import Verifier
from scheduler.village_messages import DeliveryFacts, JournalKind, Plan, PlannedProgramme, StartedFacts, from_facts
from tests.audio.village.homes import NOON, pair, plan, sealed
from tests.fakes import SteppingClock
from tests.wheels import HandPrecise, HandTimer, Shelf

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class HandDaemon:
    """The daemon as the player drives it, its other wheels turned by hand."""

    def __init__(self, box: "Box", told: Plan) -> None:
        self.box = box
        self.timer, self.precise = HandTimer(box.trust), HandPrecise(box.trust)  # type: ignore[arg-type]
        settings = replace(
            load_settings({"LOABAN_HOME": str(box.home.folder)}),
            time_zone=ZoneInfo(told.rules.time_zone),
            join_least_share=told.rules.join_least_share,
            lease=DAY,
        )
        self.daemon = Daemon(
            Outside(
                clock=box.trust, sessions=box.rows, settings=settings, carriers={"memory": box.carrier},
                assembler=NothingToAssemble(), media=VerifiedStore(box.shelf), life=box.sole.life(), timer=self.timer,
                precise=self.precise, tell=box.player.hear,
            )
        )  # fmt: skip

    def start(self) -> None: ...

    def watch(self) -> None:
        self.daemon.watch()

    def stop(self) -> None:
        self.daemon.stop()

    @property
    def on_air(self):  # type: ignore[no-untyped-def]
        now = self.box.trust.now()
        begun = [live.due.broadcast_id for live in self.daemon.on_air.live.values() if live.begins_at <= now]
        return begun[0] if begun else None

    def turn(self) -> None:
        self.precise.turn()
        self.daemon.watch()
        self.daemon.readiness.look()
        self.daemon.tick()
        self.timer.turn()
        self.precise.turn()
        self.daemon.watch()

    def instants(self) -> list[datetime]:
        return [*(at for at, _ in self.timer.single.values()), *(batch.at for batch in self.precise.batches)]


class Box:
    """The computer: its clocks, its card; `boot` and `die` are the lives of the program on it."""

    def __init__(self, folder: Path, *, wall: datetime = NOON, is_synchronised: bool = True) -> None:
        self.home = pair(folder)
        self.system = SteppingClock(wall)
        self.true = NOON
        """The time of the world, whatever the box thinks."""
        self.is_synchronised = is_synchronised
        self.shelf = Shelf()
        self.heard: list[tuple[str, datetime, float]] = []
        """What began to sound: the broadcast, when by the true time, from where."""
        self.computer = 0
        self.boot()

    def boot(self, *, power_cut: bool = False) -> None:
        """The program begins; after a power cut the computer too."""
        self.computer += power_cut
        self.sole = SolePlayer(self.home.folder)
        self.rows = open_rows(self.home)
        event.listen(self.rows.kw["bind"], "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
        self.rows.kw["bind"].dispose()
        self.journal = Journal(self.rows)
        self.trust = TrustedClock(
            self.system, is_synchronised=lambda: self.is_synchronised, kept=self.home.folder / "run" / "clock.json",
            boot=f"boot {self.computer}", note=self.journal.note,
        )  # fmt: skip
        self.carrier = MemoryCarrier(clock=self.trust, media=self.shelf)
        membership = self.home.membership()
        self.keeper = PlanKeeper(self.rows, Verifier(membership.station_key), membership, self.trust, carrier="memory")
        self.daemons: list[HandDaemon] = []
        self.player = Player(
            system=self.system, trust=self.trust, sessions=self.rows, journal=self.journal, keeper=self.keeper,
            start_daemon=self._start, boot="life", program="loaban test",
        )  # fmt: skip
        self.player.begin()
        self._known = 0

    def _start(self, told: Plan) -> HandDaemon:
        self.daemons.append(HandDaemon(self, told))
        return self.daemons[-1]

    def die(self) -> None:
        """As with kill -9: nothing is said, the kernel lets go of the locks."""
        for daemon in self.daemons:
            life = daemon.daemon._outside.life
            if life._lock is not None:
                life._lock.close()
                life._lock = None
        self.daemons = []
        self.carrier.close()
        self.sole.end()
        self.rows.kw["bind"].dispose()

    def close(self) -> None:
        self.player.stop()
        self.carrier.close()
        self.sole.end()
        self.rows.kw["bind"].dispose()

    # --- time -------------------------------------------------------------------------------------------------------
    def take(self, *programmes: PlannedProgramme, version: int = 1, **changed: object) -> None:
        """A plan comes in."""
        self.keeper.accept(sealed(plan(*programmes, version=version, **changed)))

    def turn(self) -> None:
        self.player.look()
        for daemon in self.daemons[-1:]:
            daemon.turn()
        self._listen()

    def live_on(self, lasts: timedelta, *, every: timedelta = 20 * SECOND) -> None:
        """Time passes with all wheels turning, and at every instant that is waited for."""
        until = self.true + lasts
        while self.true < until:
            now = self.trust.now()
            waited_for = [at - now for daemon in self.daemons[-1:] for at in daemon.instants() if at > now]
            self.pass_time(min([until - self.true, every, *waited_for]))
            self.turn()

    def pass_time(self, lasts: timedelta) -> None:
        """Time passes and nobody looks."""
        self.system.advance(lasts)
        self.true += lasts

    def skip_to(self, at: datetime) -> None:
        """Time passes with few turns: nothing is due in between."""
        while self.true < at:
            self.pass_time(min(at - self.true, timedelta(hours=1)))
            self.turn()

    def _listen(self) -> None:
        started = self.carrier.start_instants()
        off = self.true - self.trust.now()
        for transmission, at in started[self._known :]:
            self.heard.append((str(transmission.broadcast_id), at + off, transmission.offset_s))
        self._known = len(started)

    # --- what it left -----------------------------------------------------------------------------------------------
    def log(self) -> list[AsRunEntry]:
        with self.rows.begin() as session:
            return list(session.scalars(select(AsRunEntry).order_by(AsRunEntry.planned_at)))

    def claims(self) -> list[Claim]:
        with self.rows.begin() as session:
            return list(session.scalars(select(Claim)))

    def notes(self) -> list[str]:
        rows = self.journal.waiting(limit=100_000)
        return [row.facts["code"] for row in rows if row.kind == JournalKind.NOTE]

    def started(self) -> list[StartedFacts]:
        rows = self.journal.waiting(limit=100_000)
        return [from_facts(row.facts, StartedFacts) for row in rows if row.kind == JournalKind.STARTED]

    def deliveries(self) -> list[DeliveryFacts]:
        rows = self.journal.waiting(limit=100_000)
        return [from_facts(row.facts, DeliveryFacts) for row in rows if row.kind == JournalKind.DELIVERY]


MakeBox = Callable[..., Box]
