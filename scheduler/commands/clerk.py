"""The command of the process that does the office's duties, and which duties there are."""

import logging
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from functools import partial

import click

from scheduler import outreach
from scheduler.alive import Life
from scheduler.clerk import Clerk, Duty
from scheduler.commands.sealing import open_sealer
from scheduler.database import check_up_to_date
from scheduler.domain.station import CLERK
from scheduler.domain.time import local_day
from scheduler.sealer import Sealer
from scheduler.station import Station

logger = logging.getLogger(__name__)

SEAL_EVERY = timedelta(minutes=5)
"""A look costs a query; a day is sealed within so long after midnight."""


def build_duties(station: Station) -> list[Duty]:
    """All that the clerk does, one line each."""
    return [
        Duty(name="seal", every=SEAL_EVERY, do=partial(seal_yesterday, open_sealer(station))),
        *outreach.build_duties(station),
    ]


def seal_yesterday(sealer: Sealer, now: datetime) -> None:
    """Seal what is over; after a new seal the whole log is held against its seals, in a process of its own."""
    if sealer.seal(local_day(now, sealer.zone) - timedelta(days=1), now=now):
        command = [sys.executable, "-m", "scheduler", "verify", "--alarm"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            logger.error("seal.verify status=%s said=%s", done.returncode, (done.stdout + done.stderr)[-500:])


@click.command("clerk")
@click.pass_obj
def clerk(station: Station) -> None:
    """Do the office's duties: seal each day after midnight, tell people outside what is wrong."""
    check_up_to_date(station.engine)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    Clerk(
        clock=station.clock,
        sessions=station.sessions,
        life=Life(station.settings.home / "run", role=CLERK),
        lasts=station.settings.lease,
        duties=build_duties(station),
    ).run(stopping)


COMMANDS: tuple[click.Command, ...] = (clerk,)
