"""How fast thousands of villages are told, answer, get a new plan and come back: real broker, real backbone process.

A command to all until the last box has it, until the last answer is committed; a changed plan until all boxes hold it;
a broker that is killed until all are back. Once on SQLite, and on PostgreSQL when LOABAN_TEST_POSTGRES_URL names one
(it is emptied). The boxes are simulated (`_village_players.py`): they do not verify and write nothing to a disk.
"""

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import exists, func, select, text, update

from benchmarks._village_players import Players
from benchmarks._village_station import fill_villages
from scheduler import database
from scheduler.config import load_settings
from scheduler.domain.village import CommandOutcome
from scheduler.models import CommandDelivery, Slot, VillagePlan
from scheduler.services import planning, village_commands
from scheduler.signing import Signer, station_key
from scheduler.station import Station, open_station
from scheduler.village_messages import Audience, CommandKind
from tests.brokers import Mosquitto

STATION_LOGIN = "mqtt://station@"
AIMS = {
    "stop-all at the last box": 1.0,
    "the last answer committed": 2.5,
    "a changed plan at the last box": 30.0,
    "all back after the broker was killed": 600.0,
}
LINES = (
    "allow_anonymous true",
    "max_connections -1",
    "set_tcp_nodelay true",
)


@dataclass
class Run:
    """A station with its broker, its backbone process and its boxes."""

    station: Station
    broker: Mosquitto
    players: Players
    environment: dict[str, str]
    figures: list[tuple[str, float]] = field(default_factory=list)

    def note(self, what: str, seconds: float) -> None:
        """Keep a figure."""
        self.figures.append((what, seconds))

    @property
    def many(self) -> int:
        """How many boxes there are."""
        return len(self.players.accounts)


async def measure(run: Run, *, rounds: int) -> None:
    """All figures of one database."""
    began = time.monotonic()
    await run.players.connect()
    await expect(run, lambda: run.players.seen.connected >= run.many, 120)
    run.note("all connected", time.monotonic() - began)
    await expect(run, lambda: len(run.players.seen.versions) >= run.many, 300)
    run.note("all welcomed and with a plan", time.monotonic() - began)
    run.note("(MB that the broker takes)", resident_mb(run.broker.pid))
    for _ in range(rounds):
        await tell_all(run)
    await change_plan(run)
    await kill_broker(run)


async def tell_all(run: Run) -> None:
    """One command to everybody."""
    seen, before = run.players.seen, run.players.seen.commands
    began = time.monotonic()
    await asyncio.to_thread(issue, run.station)
    await expect(run, lambda: seen.commands >= before + run.many, 60)
    run.note("stop-all at the last box", seen.last_command_at - began)
    await expect_rows(run, lambda: not lacks_answers(run.station), 60)
    run.note("the last answer committed", time.monotonic() - began)
    if left := open_answers(run.station):
        raise SystemExit(f"{left} boxes did not say that they obeyed")


async def change_plan(run: Run) -> None:
    """Every slot a minute later, so that the plan of every zone changes."""
    versions = dict(run.players.seen.versions)
    run.players.seen.plan_bytes = 0
    began = time.monotonic()
    await asyncio.to_thread(shift_slots, run.station)
    run.note("(writing the new plan, within the next)", time.monotonic() - began)
    seen = run.players.seen.versions
    await expect(run, lambda: all(seen[name] > version for name, version in versions.items()), 300)
    run.note("a changed plan at the last box", time.monotonic() - began)
    run.note("(bytes of a plan on the wire)", run.players.seen.plan_bytes / run.many)


async def kill_broker(run: Run) -> None:
    """The broker dies and comes back at once with what it kept."""
    welcomed = run.players.seen.welcomed
    began = time.monotonic()
    await asyncio.to_thread(run.broker.kill)
    await expect(run, lambda: run.players.seen.connected == 0, 60)
    await asyncio.to_thread(run.broker.start)
    await expect(run, lambda: run.players.seen.connected >= run.many, 600)
    await expect(run, lambda: run.players.seen.welcomed >= welcomed + run.many, 600)
    run.note("all back after the broker was killed", time.monotonic() - began)


async def expect(run: Run, is_so: Callable[[], bool], within_s: float) -> None:
    """Wait for what the boxes see."""
    if not await run.players.wait_for(lambda _seen: is_so(), within_s=within_s):
        raise SystemExit(f"not within {within_s} s; the boxes saw {run.players.seen!r}"[:1500])


async def expect_rows(run: Run, is_so: Callable[[], bool], within_s: float) -> None:
    """Wait for what the rows say; they are asked every 20 ms from another thread."""
    until = time.monotonic() + within_s
    while not await asyncio.to_thread(is_so):
        if time.monotonic() > until:
            raise SystemExit(f"not within {within_s} s; {open_answers(run.station)} answers lack")
        await asyncio.sleep(0.02)


def resident_mb(pid: int) -> float:
    """The memory of a process."""
    told = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(told[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def issue(station: Station) -> None:
    """Stop everything: the command that must arrive soonest."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        village_commands.issue(
            session, CommandKind.STOP, Audience(), by="benchmark", user_id=None, now=now,
            signer=station_key(station.settings.home), lasts=timedelta(minutes=5),
        )  # fmt: skip


def lacks_answers(station: Station) -> bool:
    """Whether any delivery of a command waits for an answer; it is asked often, so it must not count them all."""
    with station.readers.begin() as session:
        return session.scalar(select(exists().where(CommandDelivery.outcome.is_(None)))) or False


def open_answers(station: Station) -> int:
    """How many deliveries of commands have not ended well."""
    with station.readers.begin() as session:
        waiting = CommandDelivery.outcome.is_distinct_from(CommandOutcome.DONE)
        return session.scalar(select(func.count()).select_from(CommandDelivery).where(waiting)) or 0


def shift_slots(station: Station) -> None:
    """Move every slot by a minute and write the plan."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        for slot in session.scalars(select(Slot)):
            slot.starts_at_local = slot.starts_at_local.replace(minute=(slot.starts_at_local.minute + 1) % 60)
    with station.sessions.begin() as session:
        planning.write_plan(session, now=now, settings=station.settings)


@contextlib.contextmanager
def running(url: str, boxes: int, folder: Path, *, at_every_change: bool = False) -> Iterator[Run]:
    """Broker and backbone process on a new station; `url` is empty for SQLite."""
    broker = Mosquitto(folder / "broker", lines=LINES, saves=at_every_change)
    settings = {"LOABAN_HOME": str(folder / "home"), "LOABAN_BROKER_URL": f"{STATION_LOGIN}127.0.0.1:{broker.port}"}
    if url:
        settings["LOABAN_DATABASE_URL"] = url
    station = open_station(load_settings(settings))
    if url:
        empty(station)
    database.upgrade(station.engine)
    signer = Signer(bytes(32))
    accounts = fill_villages(station, boxes, signer)
    with station.sessions.begin() as session:
        session.execute(update(VillagePlan).values(sent_version=0))
    broker.start()
    environment = {**os.environ, **settings, "LOABAN_LOG_LEVEL": "WARNING"}
    backbone = subprocess.Popen([sys.executable, "-m", "scheduler", "backbone"], env=environment)
    try:
        yield Run(
            station=station,
            broker=broker,
            players=Players("127.0.0.1", broker.port, accounts, signer),
            environment=environment,
        )
    finally:
        backbone.terminate()
        backbone.wait(20)
        broker.kill()
        station.engine.dispose()


def empty(station: Station) -> None:
    """Take away what is in a PostgreSQL database."""
    with station.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="commands to everybody")
    parser.add_argument("--save-at-every-change", action="store_true", help="Mosquitto writes its store at each change")
    asked = parser.parse_args()
    console = Console()
    table = Table("database", "what", "seconds", "aim", title=f"{asked.boxes:,} boxes on one Mosquitto")
    urls = ["", *filter(None, [os.environ.get("LOABAN_TEST_POSTGRES_URL")])]
    for url in urls:
        with (
            tempfile.TemporaryDirectory() as folder,
            running(url, asked.boxes, Path(folder), at_every_change=asked.save_at_every_change) as run,
        ):
            asyncio.run(measure(run, rounds=asked.rounds))
            for what, seconds in run.figures:
                aim = AIMS.get(what)
                table.add_row(
                    "PostgreSQL" if url else "SQLite", what, f"{seconds:,.2f}", "" if aim is None else f"≤ {aim:g}"
                )
    console.print(table)


if __name__ == "__main__":
    main()
