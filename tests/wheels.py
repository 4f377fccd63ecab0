"""Doubles of the timer and of the precise thread that turn only when told, and a station to play on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from audio.carriers.memory import MemoryCarrier
from scheduler.alive import Life
from scheduler.config import Settings, load_settings
from scheduler.daemon import Daemon, Outside
from scheduler.database import Sessions
from scheduler.errors import BroadcastError, MediaMissing
from scheduler.models import AsRunEntry, Claim
from scheduler.ports import Part, Rendition, StoredFile
from scheduler.precise import LATEST, Batch
from tests.factories import a_sha256
from tests.fakes import SteppingClock


class HandTimer:
    """Wakes what is due when told."""

    def __init__(self, clock: SteppingClock) -> None:
        self.clock = clock
        self.single: dict[str, tuple[datetime, Callable[[], None]]] = {}
        self.roused = 0

    def start(self) -> None: ...

    def every(self, seconds: float, action: Callable[[], None], name: str) -> None: ...

    def once(self, at: datetime, action: Callable[[], None], name: str) -> None:
        self.single[name] = (at, action)

    def rouse(self) -> None:
        self.roused += 1
        self.single.clear()

    def close(self) -> None: ...

    def turn(self) -> None:
        for name, (at, action) in sorted(self.single.items(), key=lambda item: item[1][0]):
            if at <= self.clock.now():
                self.single.pop(name, None)
                action()


class HandPrecise:
    """Starts what is due when told, with the rule of the precise thread for what is late."""

    def __init__(self, clock: SteppingClock) -> None:
        self.clock = clock
        self.batches: list[Batch] = []

    def start(self) -> None: ...

    def add(self, batch: Batch) -> None:
        self.batches.append(batch)

    def seconds_to_next(self) -> float | None:
        return None

    def close(self) -> None: ...

    def turn(self) -> None:
        for batch in sorted(self.batches, key=lambda item: item.at):
            late = (self.clock.now() - batch.at).total_seconds()
            if late < 0:
                continue
            self.batches.remove(batch)
            if late > LATEST:
                batch.done(None)
                continue
            for start in batch.starts:
                start()
            batch.done(self.clock.now())


class EndToEnd:
    """An assembler that lays parts end to end without touching sound."""

    def __init__(self) -> None:
        self.assembled: list[tuple[Part, ...]] = []
        self.fails: BroadcastError | None = None

    def assemble(self, parts: Sequence[Part]) -> Rendition:
        if self.fails is not None:
            raise self.fails
        self.assembled.append(tuple(parts))
        starts = [sum(part.seconds for part in parts[:n]) for n in range(len(parts))]
        return Rendition(
            sha256=a_sha256(repr(parts)), seconds=sum(part.seconds for part in parts), starts_s=tuple(starts)
        )


class Shelf:
    """A media store that has every file but those that are missing."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.verified: list[str] = []

    def add(self, source: BinaryIO) -> StoredFile:
        raise AssertionError("playing stores no file")

    def adopt(self, path: Path) -> StoredFile:
        raise AssertionError("playing stores no file")

    def path(self, sha256: str) -> Path:
        if sha256 in self.missing:
            raise MediaMissing(sha256=sha256)
        return Path("/nowhere") / sha256

    def verify(self, sha256: str) -> None:
        self.path(sha256)
        self.verified.append(sha256)


class Playing:
    """A daemon on a clock that moves only when told, with everything it touches within reach."""

    def __init__(
        self, clock: SteppingClock, sessions: Sessions, home: Path, *, shelf: Shelf | None = None, **changed: object
    ) -> None:
        self.clock, self.sessions = clock, sessions
        self.settings: Settings = replace(load_settings({"LOABAN_HOME": str(home)}), **changed)  # type: ignore[arg-type]
        self.timer, self.precise = HandTimer(clock), HandPrecise(clock)
        self.shelf, self.assembler = shelf or Shelf(), EndToEnd()
        self.carrier = MemoryCarrier(clock=clock, media=self.shelf)
        self.life = Life(home / "run")
        self.tally_checks: list[datetime] = []
        self.plans: list[datetime] = []
        self.daemon = Daemon(
            Outside(
                clock=clock,
                sessions=sessions,
                settings=self.settings,
                carriers={"memory": self.carrier},
                assembler=self.assembler,
                media=self.shelf,
                life=self.life,
                timer=self.timer,
                precise=self.precise,
                check_tallies=lambda: self.tally_checks.append(clock.now()),
                plan=lambda: self.plans.append(clock.now()),
            )
        )

    def turn(self) -> None:
        """Every wheel once, in the order in which they run beside each other."""
        self.precise.turn()
        self.daemon.watch()
        self.daemon.readiness.look()
        self.daemon.tick()
        self.timer.turn()
        self.precise.turn()
        self.daemon.watch()

    def live_on(self, lasts: timedelta, *, beside: Sequence["Playing"] = ()) -> None:
        """Let time pass with all wheels turning at least every 20 seconds and at every instant that is waited for."""
        until = self.clock.now() + lasts
        while self.clock.now() < until:
            now = self.clock.now()
            waited_for = [at for playing in (self, *beside) for at in playing.instants() if at > now]
            self.clock.advance(min([until, now + timedelta(seconds=20), *waited_for]) - now)
            for playing in (self, *beside):
                playing.turn()

    def let_carrier_live(self, lasts: timedelta) -> None:
        """Let time pass in which only the carrier does its work: it looks at its permits."""
        self.clock.advance(lasts)
        for transmission, _ in self.carrier.start_instants():
            for sounding in self.carrier.heard(transmission.zone_code):
                sounding.outcome()

    def instants(self) -> list[datetime]:
        return [*(at for at, _ in self.timer.single.values()), *(batch.at for batch in self.precise.batches)]

    def die(self) -> None:
        """As with kill -9: the kernel lets go of the lock, nothing else happens; the lock file stays."""
        self.close(leave_file=True)

    def close(self, *, leave_file: bool = False) -> None:
        if leave_file and self.life._lock is not None:
            self.life._lock.close()
            self.life._lock = None
        self.life.end()
        self.carrier.close()

    def heard(self, zone_code: str) -> list[tuple[datetime, float]]:
        """When something began to sound in a zone, and from where."""
        return [(sounding.started_at, sounding.transmission.offset_s) for sounding in self.carrier.heard(zone_code)]

    def log(self) -> list[AsRunEntry]:
        with self.sessions.begin() as session:
            return list(session.scalars(select(AsRunEntry).order_by(AsRunEntry.planned_at, AsRunEntry.zone_id)))

    def claims(self) -> list[Claim]:
        with self.sessions.begin() as session:
            return list(session.scalars(select(Claim)))
