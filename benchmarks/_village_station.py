"""A station of many villages for benchmarks: a plan of two weeks, files to send, one paired box in every zone."""

import secrets

from sqlalchemy import insert, update

from benchmarks._large_catalogue import make_catalogue, make_places, make_slots
from benchmarks._station_rows import Size
from benchmarks._village_players import Account
from scheduler.broker.passwords import hash_password
from scheduler.domain.coverage import CarrierKind
from scheduler.domain.time import local_day
from scheduler.models import Player, RunningOrder
from scheduler.services import planning
from scheduler.signing import Signer
from scheduler.station import Station

PASSWORD = "simulated"


def fill_villages(station: Station, zones: int, signer: Signer) -> list[Account]:
    """Fill an empty database with `zones` villages; all boxes share a key and a password."""
    now = station.clock.now()
    today = local_day(now, station.settings.time_zone)
    size = Size(zones=zones, communes=max(1, zones // 80), years=1, broadcasts_a_year=1, carrier=CarrierKind.VILLAGE)
    hashed = hash_password(PASSWORD)
    accounts = [Account(username=f"z{number}-{number:08x}", password=PASSWORD) for number in range(1, zones + 1)]
    with station.sessions.begin() as session:
        make_places(session, size, now)
        make_catalogue(session, size, today, now)
        make_slots(session, size, today, now)
        session.execute(
            insert(Player),
            [
                {
                    "zone_id": number,
                    "username": account.username,
                    "public_key": signer.public,
                    "broker_password": hashed,
                    "token_sha256": secrets.token_hex(32),
                    "paired_at": now,
                    "paired_by": "benchmark",
                }
                for number, account in enumerate(accounts, 1)
            ],
        )
    with station.sessions.begin() as session:
        planning.write_plan(session, now=now, settings=station.settings)
        session.execute(
            update(RunningOrder).values(
                rendition_sha256=RunningOrder.key,
                transport_sha256=RunningOrder.key,
                transport_bytes=5_000_000,
                seconds=1_090.0,
            )
        )
    return accounts
