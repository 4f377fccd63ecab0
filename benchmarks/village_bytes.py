"""What villages cost in bytes: on a SIM in a month, on the station's disk in a year, each from what is measured here.

Messages are made by the code itself from a generated station; rows are written by the services into SQLite and the file
is measured before and after.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import func, select, text

from benchmarks._village_station import fill_villages
from benchmarks.village_ingest import Earlier, write_journals
from scheduler import database
from scheduler.config import load_settings
from scheduler.domain.village import PlayerRef
from scheduler.models import Player, VillageJournalRow, VillagePlan
from scheduler.services import village_journal, village_plan, village_posting
from scheduler.services.village_journal import Handed
from scheduler.signing import Signer, Verifier
from scheduler.station import Station
from scheduler.village_messages import (
    Clock,
    Confirm,
    Health,
    Hello,
    Journal,
    Status,
    Welcome,
    decode,
    encode,
    username_in,
)

BOXES = 200
ROWS = 20_000
WIRE = 190
"""Bytes of a message at QoS 1 beside its payload: topic 30, MQTT 6, its PUBACK 4, TLS 2 × 22, TCP/IP 2 × 52."""
PING = 2 * (2 + 22 + 52)
PINGS_A_MONTH = 30 * 24 * 60
STATUSES_A_MONTH = 30 * 24 * 12
PROGRAMMES_A_MONTH = 4 * 30
"""Four programmes a day: morning and evening, two series."""
FILES_A_MONTH = 30
"""Each programme is fetched once and sounds four times: a new one every day."""
FILE_BYTES_PER_S = 4_420
"""Of a transport file at 36 kbit/s, framing included: ten minutes were 2.65 MB."""
PROGRAMME_S = 1_090.0
HELLOS_A_MONTH = 60
PLANS_A_MONTH = 60
ROWS_A_PROGRAMME = 3


@dataclass(frozen=True)
class Sizes:
    """Bytes of what was made and written."""

    plan: int
    status: int
    journal_of_three: int
    confirm: int
    hello: int
    welcome: int
    raw_row: float
    log_entry: float


def measure(folder: Path) -> Sizes:
    """Make messages and rows, and measure them."""
    settings = load_settings({"LOABAN_HOME": str(folder)})
    station = Station(settings=settings, clock=Earlier())
    database.upgrade(station.engine)
    signer = Signer(bytes(32))
    fill_villages(station, BOXES, signer)
    with station.sessions.begin() as session:
        village_plan.refresh(session, now=station.clock.now(), settings=settings, signer=signer)
        bodies = village_plan.body_of(session, session.scalars(select(VillagePlan.zone_id)).all())
    plan = sum(map(len, bodies.values())) // len(bodies)
    raw_row, log_entry = measure_rows(station, signer)
    now = datetime.now(UTC)
    told = Status(
        online=True, at=now, instance="a" * 16, boot="b" * 16, plan_version=123, plan_until=now, files_wanted=2,
        files_ready=2, journal_next_seq=12_345, data_day="2026-11-24", data_bytes=12_345_678, program="loaban 0.1.0",
        health=Health(
            clock=Clock(source="ntp", offset_s=0.012, uncertainty_s=0.004), disk_free_bytes=10**10,
            disk_total_bytes=3 * 10**10, temperature_c=51.5, memory_bytes=77 * 10**6, signal_percent=63, sim="8984",
            amplifier="on", volume=80,
        ),
    )  # fmt: skip
    hello = Hello(
        nonce="a" * 16,
        instance="a" * 16,
        boot="b" * 16,
        plan_version=3,
        next_seq=4,
        oldest_seq=4,
        program="loaban 0.1.0",
    )
    three = next(sealed for _, sealed in write_journals(station, signer, rows=3, per_message=3))
    return Sizes(
        plan=plan,
        status=len(signer.seal(encode(told))),
        journal_of_three=len(three),
        confirm=len(signer.seal(encode(Confirm(to="z123-3fa94c01", instance="a" * 16, seqs=(1, 2, 3))))),
        hello=len(signer.seal(encode(hello))),
        welcome=len(
            signer.seal(encode(Welcome(to="z123-3fa94c01", nonce="a" * 16, now=now, plan_version=3, confirmed_below=4)))
        ),
        raw_row=raw_row,
        log_entry=log_entry,
    )


def measure_rows(station: Station, signer: Signer) -> tuple[float, float]:
    """Bytes of a raw journal row, and of a delivery in the log with its claim and tallies' share, on SQLite."""
    before = size_of(station)
    with station.sessions.begin() as session:
        boxes = {player.username: player for player in session.scalars(select(Player))}
    verifier = Verifier(signer.public)
    with station.sessions.begin() as session:
        for topic, sealed in write_journals(station, signer, rows=ROWS, per_message=100):
            player = boxes[username_in(topic)]
            ref = PlayerRef(
                player_id=player.id, zone_id=player.zone_id, username=player.username, public_key=player.public_key
            )
            journal = decode(verifier.open(sealed), Journal)
            village_journal.keep(session, [Handed(player=ref, journal=journal)], now=datetime.now(UTC))
    kept = size_of(station)
    posted = 0
    while True:
        with station.sessions.begin() as session:
            done = village_posting.post(session, now=datetime.now(UTC), zone=station.settings.time_zone)
        if not done.rows:
            break
        posted += done.rows
    with station.readers.begin() as session:
        rows = session.scalar(select(func.count()).select_from(VillageJournalRow)) or 0
    if posted != rows:
        raise SystemExit(f"{posted} of {rows} rows were posted")
    return (kept - before) / rows, (size_of(station) - kept) / (rows * 2 / 3)


def size_of(station: Station) -> int:
    """Bytes of the database file, with nothing beside it."""
    raw = station.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()
    with station.readers.begin() as session:
        free = session.scalar(text("PRAGMA freelist_count")) or 0
        pages = session.scalar(text("PRAGMA page_count")) or 0
        size = session.scalar(text("PRAGMA page_size")) or 0
    return int((pages - free) * size)


def print_month(sizes: Sizes, console: Console) -> None:
    """Bytes of one SIM in a month."""
    file_bytes = PROGRAMME_S * FILE_BYTES_PER_S
    lines = (
        ("files", FILES_A_MONTH, file_bytes),
        ("statuses, every five minutes", STATUSES_A_MONTH, sizes.status + WIRE),
        ("signs of life of the connection", PINGS_A_MONTH, PING),
        ("plans, packed", PLANS_A_MONTH, sizes.plan + WIRE),
        ("hello and welcome", HELLOS_A_MONTH, sizes.hello + sizes.welcome + 2 * WIRE),
        ("journals and confirmations", PROGRAMMES_A_MONTH, sizes.journal_of_three + sizes.confirm + 2 * WIRE),
    )
    table = Table("what", "times", "bytes each", "MB a month", title="one SIM in a month")
    total = 0.0
    for what, times, each in lines:
        total += times * each
        table.add_row(what, f"{times:,}", f"{each:,.0f}", f"{times * each / 1e6:,.1f}")
    table.add_row("all", "", "", f"{total / 1e6:,.1f}")
    console.print(table)


def print_year(sizes: Sizes, zones: int, console: Console) -> None:
    """Messages and rows of many zones."""
    programmes = PROGRAMMES_A_MONTH * 12 * zones
    deliveries = programmes * 2
    rows = programmes * ROWS_A_PROGRAMME
    table = Table("what", "number", "GB", title=f"{zones:,} zones in a year")
    table.add_row("journal rows as handed over", f"{rows:,}", f"{rows * sizes.raw_row / 1e9:,.0f}")
    table.add_row(
        "entries in the log, with claims and tallies", f"{deliveries:,}", f"{deliveries * sizes.log_entry / 1e9:,.0f}"
    )
    table.add_row(
        "messages in a second, on average", f"{(STATUSES_A_MONTH + PINGS_A_MONTH / 30) * zones / 30 / 86_400:,.0f}", ""
    )
    table.add_row("rows in the busiest minute (05:30 in every zone)", f"{ROWS_A_PROGRAMME * zones:,}", "")
    console.print(table)
    console.print(
        f"raw row {sizes.raw_row:,.0f} bytes, log entry {sizes.log_entry:,.0f} bytes (SQLite, indices included); "
        f"plan {sizes.plan:,}, status {sizes.status:,}, three journal rows {sizes.journal_of_three:,} bytes"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=100_000)
    asked = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        sizes = measure(Path(folder))
    print_month(sizes, console)
    print_year(sizes, asked.zones, console)


if __name__ == "__main__":
    main()
