"""The command of the broker's process: the embedded broker, or the files that Mosquitto reads."""

import asyncio
import logging
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import click

from scheduler.broker import files
from scheduler.broker.address import STATION_NAME, own_host, station_address
from scheduler.broker.embedded import EmbeddedBroker, Tls
from scheduler.errors import BadSettings
from scheduler.machine import check_port_free
from scheduler.services import pairing
from scheduler.station import Station

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""Mosquitto reads its files anew at most this often: it looks at every client's password then."""


@click.command()
@click.pass_obj
def broker(station: Station) -> None:
    """Run the embedded MQTT broker, or keep the files of the broker that is configured up to date."""
    if station.settings.broker_url:
        _keep_files(station)
    else:
        asyncio.run(_run_embedded(station))


def find_logins(station: Station) -> Mapping[str, str]:
    """The boxes that may connect: user name and hash of the password."""
    with station.readers.begin() as session:
        return {login.username: login.password_hash for login in pairing.find_logins(session)}


async def _run_embedded(station: Station) -> None:
    settings = station.settings
    tls = _read_certificate(settings.broker_certificate, settings.broker_key)
    plain = own_host(settings) if tls else settings.broker_host
    check_port_free(plain, settings.broker_port)
    password = station_address(settings).password
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    embedded = EmbeddedBroker(settings.home / "broker", station=STATION_NAME, password=password)
    try:
        await embedded.start()
        await embedded.look(lambda: find_logins(station))
        await embedded.gate.open(plain, settings.broker_port)
        if tls:
            await embedded.gate.open(settings.broker_host, settings.broker_tls_port, tls=tls.context)
        logger.info(
            "broker.started host=%s port=%s tls=%s", settings.broker_host, settings.broker_port, tls is not None
        )
        await embedded.keep(lambda: find_logins(station), stop=stop, tls=tls)
    finally:
        await embedded.close()


def _read_certificate(certificate: Path | None, key: Path | None) -> Tls | None:
    if certificate is None:
        return None
    try:
        return Tls(certificate, key)
    except OSError as error:  # what is wrong with a certificate is one too
        raise BadSettings(problems=f"LOABAN_BROKER_CERTIFICATE={str(certificate)!r}: {error}") from error


def _keep_files(station: Station) -> None:
    stop = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    folder = station.settings.broker_files
    if folder is None:
        logger.info("broker.elsewhere")  # somebody else tells it who may connect
        stop.wait()
        return
    is_due = False
    while not stop.is_set():
        try:
            is_due = _bring_up_to_date(station, folder, is_due=is_due)
        except Exception:  # edge of the loop: the broker goes on with the files it has
            logger.exception("broker.files_not_written")
        stop.wait(LOOK_EVERY_S)


def _bring_up_to_date(station: Station, folder: Path, *, is_due: bool) -> bool:
    """Write the files; tell whether Mosquitto has yet to be told of them."""
    own = station_address(station.settings)
    is_changed = files.write_files(folder, find_logins(station), station=own.username, password=own.password)
    if is_changed:
        logger.info("broker.files_written folder=%s", folder)
    process = station.settings.broker_process
    return process is not None and (is_changed or is_due) and not files.have_read_anew(process, now=station.clock.now())


COMMANDS: tuple[click.Command, ...] = (broker,)
