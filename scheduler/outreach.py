"""The clerk's duties that look outward: alarms of the station's own state, notices to send, a backup each night."""

from datetime import datetime, timedelta

from scheduler.backup import make_backup, newest_backup
from scheduler.clerk import Duty
from scheduler.dispatch import Dispatcher
from scheduler.domain.time import local_day
from scheduler.exchange import Exchange
from scheduler.machine import read_machine
from scheduler.reaching import ROADS
from scheduler.services import watch
from scheduler.services.watch import BackupState
from scheduler.station import Station

WATCH_EVERY = timedelta(minutes=1)
NOTICES_EVERY = timedelta(seconds=5)
CENTRAL_EVERY = timedelta(seconds=30)
BACKUP_EVERY = timedelta(minutes=10)
BACKUP_HOUR = 1
"""From one o'clock in the night on: nothing airs, and the day before is sealed."""


def build_duties(station: Station) -> list[Duty]:
    """What the clerk does for people outside."""
    settings = station.settings
    dispatcher = Dispatcher(
        station.sessions,
        roads={kind: road() for kind, road in ROADS.items()},
        zone=settings.time_zone,
        language=settings.language,
    )
    exchange = Exchange(station.sessions, settings=settings)
    return [
        Duty(name="watch", every=WATCH_EVERY, do=lambda now: look(station, now)),
        Duty(name="notices", every=NOTICES_EVERY, do=dispatcher.turn),
        *([Duty(name="central", every=CENTRAL_EVERY, do=exchange.turn)] if settings.central_url else []),
        Duty(name="backup", every=BACKUP_EVERY, do=lambda now: back_up(station, now)),
    ]


def look(station: Station, now: datetime) -> None:
    """Raise and clear the alarms of disk, clock, missed broadcasts, tomorrow's plan and backups."""
    settings = station.settings
    backup = None
    if settings.backup_folder is not None:
        most = timedelta(days=settings.backup_most_days)
        backup = BackupState(newest_at=newest_backup(settings.backup_folder), most=most)
    readings = read_machine(settings.home)
    with station.sessions.begin() as session:
        watch.settle(session, readings=readings, backup=backup, now=now, zone=settings.time_zone)


def back_up(station: Station, now: datetime) -> None:
    """Once each night, where a folder for backups was named."""
    settings = station.settings
    local = now.astimezone(settings.time_zone)
    if settings.backup_folder is None or local.hour < BACKUP_HOUR:
        return
    newest = newest_backup(settings.backup_folder)
    if newest is None or local_day(newest, settings.time_zone) < local.date():
        make_backup(station.engine, home=settings.home, folder=settings.backup_folder, now=now)
