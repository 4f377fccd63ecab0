"""Commands of the topic playout: the daemon itself, and the alarms it raised."""

import logging
import signal
import subprocess
import sys
import threading
from functools import partial
from typing import Any

import click

from scheduler.alive import Life
from scheduler.commands.listing import as_json_option, print_rows
from scheduler.daemon import Daemon, Outside
from scheduler.database import check_up_to_date
from scheduler.domain.station import Problem
from scheduler.errors import BroadcastError, UnknownCarrier
from scheduler.ports import Carrier, MediaStore
from scheduler.precise import PreciseThread
from scheduler.problem_words import tell
from scheduler.services import planning
from scheduler.services import playout as going_to_air
from scheduler.station import Station
from scheduler.timer import Timer
from scheduler.wording import word_error

logger = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005
"""Python lets a thread run for 5 ms before another gets its turn: too long for one that starts sound on time."""


@click.command("playout")
@click.pass_obj
def playout(station: Station) -> None:
    """Play what is planned, on time, until told to stop (SIGTERM or Ctrl-C)."""
    from audio.assemble import ChildAssembler
    from audio.store import FileMediaStore
    from audio.transport import ChildEncoder

    sys.setswitchinterval(SWITCH_SECONDS)
    check_up_to_date(station.engine)
    media = FileMediaStore(station.settings.home)
    carriers = open_carriers(station, media)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    daemon = Daemon(
        Outside(
            clock=station.clock,
            sessions=station.sessions,
            settings=station.settings,
            carriers=carriers,
            assembler=ChildAssembler(station.settings.home),
            encoder=ChildEncoder(station.settings.home, bits_per_s=station.settings.opus_kbps * 1000),
            media=media,
            life=Life(station.settings.home / "run"),
            timer=Timer(station.clock),
            precise=PreciseThread(station.clock),
            plan=partial(write_plan, station),
            check_tallies=check_tallies,
        )
    )
    try:
        daemon.run(stopping)
    finally:
        for carrier in carriers.values():
            carrier.close()


@click.command("alarms")
@click.option("--all", "also_cleared", is_flag=True, help="Also those that are over.")
@as_json_option
@click.pass_obj
def alarms(station: Station, also_cleared: bool, as_json: bool) -> None:
    """List what a person must look at."""
    zone, language = station.settings.time_zone, station.settings.language
    with station.sessions.begin() as session:
        rows: list[dict[str, Any]] = [
            {
                "raised_at": f"{alarm.raised_at.astimezone(zone):%d/%m/%Y %H:%M:%S}",
                "cleared_at": f"{alarm.cleared_at.astimezone(zone):%d/%m/%Y %H:%M:%S}" if alarm.cleared_at else "",
                "kind": alarm.kind,
                "subject": alarm.subject,
                "told": tell(
                    Problem(code=alarm.kind, facts=going_to_air.facts_of(alarm)), zone=zone, language=language
                ),
            }
            for alarm in going_to_air.find_alarms(session, also_cleared=also_cleared)
        ]
    headings = {"raised_at": "từ lúc", "cleared_at": "đến lúc", "subject": "về", "told": "cảnh báo"}
    print_rows(headings, rows, as_json=as_json)


def open_carriers(station: Station, media: MediaStore) -> dict[str, Carrier]:
    """Every carrier that opens; one that does not is named and left out. Raises `UnknownCarrier` for a zone's."""
    from audio.carriers import CARRIERS, open_carrier

    with station.sessions.begin() as session:
        used = going_to_air.find_used_carriers(session)
    if unknown := sorted(used - set(CARRIERS)):
        raise UnknownCarrier(name=", ".join(unknown), known=", ".join(sorted(CARRIERS)))
    opened: dict[str, Carrier] = {}
    for name in CARRIERS:
        try:
            opened[name] = open_carrier(
                name,
                clock=station.clock,
                media=media,
                home=station.settings.home,
                time_zone=station.settings.time_zone,
            )
        except (BroadcastError, OSError) as error:
            told = word_error(error) if isinstance(error, BroadcastError) else str(error)
            log = logger.error if name in used else logger.info
            log("carrier.left_out name=%s reason=%s", name, told)
    return opened


def write_plan(station: Station) -> None:
    """Write the rolling plan."""
    with station.sessions.begin() as session:
        planning.write_plan(session, now=station.clock.now(), settings=station.settings)


def check_tallies() -> None:
    """Compare the tallies with the log in a process of its own: years of log must not hold up what sounds."""
    command = [sys.executable, "-m", "scheduler", "tally", "check", "--alarm", "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        logger.error("tally.check status=%s said=%s", done.returncode, (done.stderr or done.stdout)[-500:])


COMMANDS: tuple[click.Command, ...] = (playout, alarms)
