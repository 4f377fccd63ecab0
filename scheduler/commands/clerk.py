"""The command of the process that does the office's duties, and which duties there are."""

import signal
import threading

import click

from scheduler import outreach
from scheduler.alive import Life
from scheduler.clerk import Clerk, Duty
from scheduler.database import check_up_to_date
from scheduler.domain.station import CLERK
from scheduler.station import Station


def build_duties(station: Station) -> list[Duty]:
    """All that the clerk does, one line each."""
    return [*outreach.build_duties(station)]


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
