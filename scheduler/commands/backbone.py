"""The command of the process that talks with the villages."""

import re
import signal
import threading

import click

from scheduler.alive import Life
from scheduler.backbone.process import Backbone, Outside
from scheduler.broker.address import station_address
from scheduler.database import check_up_to_date
from scheduler.domain.station import BACKBONE
from scheduler.errors import BadField
from scheduler.signing import station_key
from scheduler.station import Station

_MEMBER = re.compile(r"[a-z0-9]{0,16}")


@click.command("backbone")
@click.option(
    "--member",
    default="",
    help="Name of this process where several share the stream of the villages (a, b, …); each needs another one.",
)
@click.pass_obj
def backbone(station: Station, member: str) -> None:
    """Talk with the villages through the broker: plans and commands out, status and journals in."""
    if _MEMBER.fullmatch(member) is None:
        raise BadField(field="member", value=member)
    check_up_to_date(station.engine)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    Backbone(
        Outside(
            clock=station.clock,
            sessions=station.sessions,
            readers=station.readers,
            settings=station.settings,
            signer=station_key(station.settings.home),
            life=Life(station.settings.home / "run", role=BACKBONE),
            address=station_address(station.settings),
            member=member,
        )
    ).run(stopping)


COMMANDS: tuple[click.Command, ...] = (backbone,)
