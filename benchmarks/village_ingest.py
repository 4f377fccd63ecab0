"""How fast the journals of villages are taken in: from the boxes through a real Mosquitto to confirmed, and to the log.

A thousand villages were without a link for a fortnight and hand over all they did: starts and deliveries, a hundred
rows to a message, each message signed. Measured are the seconds until the last row is confirmed (kept, committed,
acknowledged, the confirmation back at a box) and until the last row is in the log with its tallies. `loaban backbone`
runs as a process of its own, as many as are asked for. Once on SQLite, and on PostgreSQL when LOABAN_TEST_POSTGRES_URL
names one (it is emptied).
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import func, select, text

from benchmarks._village_station import fill_villages
from scheduler import database
from scheduler.clock import SystemClock
from scheduler.config import load_settings
from scheduler.domain.playout import EntryKind, Evidence
from scheduler.models import Airing, AsRunEntry, Broadcast, Player, Programme, RunningOrder, VillageJournalRow
from scheduler.mqtt import Arrived, BrokerAddress, Link
from scheduler.services import as_run
from scheduler.signing import Signer, Verifier, station_key
from scheduler.station import Station, open_station
from scheduler.village_messages import (
    Confirm,
    DeliveryFacts,
    Journal,
    JournalKind,
    JournalRow,
    StartedFacts,
    Topic,
    decode,
    encode,
    to_facts,
    topic_of,
    username_in,
)
from tests.brokers import Mosquitto

AGO = timedelta(days=15)
AIM = 10_000
INSTANCE = "simulated"
LINKS = 8
LINES = ("allow_anonymous true", "set_tcp_nodelay true")
WITHIN_S = 600.0


class Earlier(SystemClock):
    """The computer's clock, a fortnight ago: so that the plan written by it has been played."""

    def now(self) -> datetime:
        """An instant of the past."""
        return super().now() - AGO


@dataclass
class Boxes:
    """Everything the villages hand over, and what was confirmed of it."""

    signer: Signer
    station_key: str
    messages: list[tuple[str, bytes]]
    rows: int
    confirmed: set[tuple[str, int]] = field(default_factory=set)
    first_at: float = 0.0
    last_at: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)

    def hear(self, arrived: Arrived) -> None:
        """Take a confirmation."""
        confirm = decode(Verifier(self.station_key).open(arrived.payload), Confirm)
        username = username_in(arrived.topic)
        self.confirmed.update((username, seq) for seq in confirm.seqs)
        self.last_at = time.monotonic()
        if len(self.confirmed) >= self.rows:
            self.done.set()


# --- what the villages did --------------------------------------------------------------------------------------------
def write_journals(station: Station, signer: Signer, *, rows: int, per_message: int) -> Iterator[tuple[str, bytes]]:
    """The journals of the first villages, until there are so many rows."""
    left = rows
    with station.readers.begin() as session:
        deliveries = _deliveries(session)
        for player in session.scalars(select(Player).order_by(Player.id)):
            told = list(islice(_rows_of(deliveries, session, player), left))
            left -= len(told)
            for first in range(0, len(told), per_message):
                some = tuple(told[first : first + per_message])
                body = encode(Journal(instance=INSTANCE, boot="b", rows=some))
                yield topic_of(player.username, Topic.JOURNAL), signer.seal(body)
            if not left:
                return
    raise SystemExit(f"the plan has {left} rows too few; ask for fewer")


def _deliveries(session: Any) -> dict[Any, dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for airing in session.execute(select(Airing.id, Airing.broadcast_id, Airing.master_sha256, Airing.seconds)):
        found.setdefault(airing.broadcast_id, {})[airing.master_sha256] = airing
    return found


def _rows_of(deliveries: dict[Any, dict[str, Any]], session: Any, player: Player) -> Iterator[JournalRow]:
    found = session.execute(
        select(Broadcast.id, Broadcast.starts_at, RunningOrder.parts, RunningOrder.transport_sha256)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(RunningOrder, RunningOrder.key == Programme.running_order_key)
        .where(Programme.zone_id == player.zone_id, Broadcast.ends_at < SystemClock().now())
        .order_by(Broadcast.starts_at, Broadcast.id)
    )
    seq = 0
    for broadcast_id, starts_at, parts, transport in found:
        seq, at = seq + 1, starts_at
        facts: Any = StartedFacts(broadcast_id=broadcast_id, started_at=at)
        yield JournalRow(seq=seq, at=at, kind=JournalKind.STARTED.value, facts=to_facts(facts))
        for part in parts:
            airing = deliveries[broadcast_id].get(part["sha256"])
            if part["role"] != "edition" or airing is None:
                continue
            seq += 1
            ends_at = at + timedelta(seconds=airing.seconds)
            facts = DeliveryFacts(
                broadcast_id=broadcast_id, airing_id=airing.id, kind=EntryKind.SOUNDED, planned_at=at, started_at=at,
                ended_at=ends_at, seconds_planned=airing.seconds, seconds_sounded=airing.seconds,
                evidence=Evidence.HEARD, rendition_sha256=transport,
            )  # fmt: skip
            yield JournalRow(seq=seq, at=ends_at, kind=JournalKind.DELIVERY.value, facts=to_facts(facts))
            at = ends_at


# --- measuring --------------------------------------------------------------------------------------------------------
def publish(boxes: Boxes, broker: Mosquitto) -> None:
    """Hand everything over on a few connections, as fast as the broker takes it."""
    clock = SystemClock()
    address = BrokerAddress.parse(broker.url)
    links = [
        Link(address, client_id=f"village-{number}", on_message=lambda _: None, clock=clock) for number in range(LINKS)
    ]
    for link in links:
        link.start()
    wait_until(lambda: all(link.connected for link in links))
    boxes.first_at = time.monotonic()
    for number, (topic, sealed) in enumerate(boxes.messages):
        links[number % LINKS].publish(topic, sealed)
    boxes.done.wait(WITHIN_S)
    for link in links:
        link.stop()


def measure(station: Station, broker: Mosquitto, boxes: Boxes) -> tuple[float, float]:
    """Seconds until all is confirmed, and until all is in the log."""
    ears: list[Link] = []

    def hear(arrived: Arrived) -> None:
        boxes.hear(arrived)
        ears[0].acknowledge(arrived)

    ears.append(Link(BrokerAddress.parse(broker.url), client_id="ears", on_message=hear, clock=SystemClock()))
    ears[0].subscribe(topic_of("+", Topic.CONFIRM))
    ears[0].start()
    wait_until(lambda: ears[0].is_settled)
    publish(boxes, broker)
    if not boxes.done.is_set():
        raise SystemExit(f"only {len(boxes.confirmed)} of {boxes.rows} rows were confirmed")
    wait_until(lambda: not count(station, VillageJournalRow.state == "received"))
    posted_at = time.monotonic()
    ears[0].stop()
    check(station, boxes)
    return boxes.last_at - boxes.first_at, posted_at - boxes.first_at


def check(station: Station, boxes: Boxes) -> None:
    """Every row is there once and was posted; tallies and log agree."""
    told = {"kept": count(station), "set aside": count(station, VillageJournalRow.state == "quarantined")}
    if told != {"kept": boxes.rows, "set aside": 0}:
        raise SystemExit(f"{boxes.rows} rows were handed over, but: {told}")
    with station.readers.begin() as session:
        entries = session.scalar(select(func.count()).select_from(AsRunEntry)) or 0
        if as_run.check(session) or not entries:
            raise SystemExit("log and tallies differ")


def count(station: Station, *where: Any) -> int:
    """How many journal rows there are."""
    with station.readers.begin() as session:
        return session.scalar(select(func.count()).select_from(VillageJournalRow).where(*where)) or 0


def wait_until(is_so: Callable[[], object]) -> None:
    """Look again and again."""
    until = time.monotonic() + WITHIN_S
    while not is_so():
        if time.monotonic() > until:
            raise SystemExit("it takes too long")
        time.sleep(0.02)


@contextlib.contextmanager
def running(url: str, folder: Path, asked: argparse.Namespace) -> Iterator[tuple[Station, Mosquitto, Boxes]]:
    """A station whose plan of a fortnight is over, its broker and its backbone processes."""
    # Its whole store written at every change is many times slower than all of ours together.
    broker = Mosquitto(folder / "broker", lines=LINES, saves=False)
    settings = {"LOABAN_HOME": str(folder / "home"), "LOABAN_BROKER_URL": f"mqtt://station@127.0.0.1:{broker.port}"}
    if url:
        settings["LOABAN_DATABASE_URL"] = url
    station = open_station(load_settings(settings))
    if url:
        with station.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    database.upgrade(station.engine)
    signer = Signer(bytes(32))
    fill_villages(Station(settings=station.settings, clock=Earlier()), asked.boxes, signer)
    messages = list(write_journals(station, signer, rows=asked.rows, per_message=asked.per_message))
    key = station_key(station.settings.home).public
    broker.start()
    environment = {**os.environ, **settings, "LOABAN_LOG_LEVEL": "WARNING"}
    members = [[]] if asked.processes == 1 else [["--member", chr(ord("a") + n)] for n in range(asked.processes)]
    command = [sys.executable, "-m", "scheduler", "backbone"]
    processes = [subprocess.Popen([*command, *member], env=environment) for member in members]
    try:
        time.sleep(asked.settle)  # plans of all boxes go out first: they are not what is measured
        yield station, broker, Boxes(signer=signer, station_key=key, messages=messages, rows=asked.rows)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
        broker.kill()
        station.engine.dispose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--per-message", type=int, default=100, help="rows in a message")
    parser.add_argument("--processes", type=int, default=1, help="backbone processes that share the stream")
    parser.add_argument("--settle", type=float, default=8.0, help="seconds before it begins")
    asked = parser.parse_args()
    table = Table("database", "kept, committed, acknowledged: rows/s", "aim", "in the log with tallies: rows/s",
                  title=f"{asked.rows:,} rows of {asked.boxes:,} boxes, {asked.processes} process(es)")  # fmt: skip
    for url in ["", *filter(None, [os.environ.get("LOABAN_TEST_POSTGRES_URL")])]:
        with tempfile.TemporaryDirectory() as folder, running(url, Path(folder), asked) as (station, broker, boxes):
            confirmed_s, posted_s = measure(station, broker, boxes)
        name = "PostgreSQL" if url else "SQLite"
        table.add_row(name, f"{asked.rows / confirmed_s:,.0f}", f"≥ {AIM:,}", f"{asked.rows / posted_s:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
