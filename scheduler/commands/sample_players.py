"""The players beside a sample station: paired without a person, and run by `loaban up --players`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import select

from audio.village.home import Membership, PlayerHome
from scheduler.broker.address import public_url
from scheduler.commands.people import address_of
from scheduler.errors import BadMembership, NotPaired
from scheduler.models import Player, Zone
from scheduler.services import pairing
from scheduler.services import sample_data as data
from scheduler.signing import station_key
from scheduler.station import Station
from scheduler.supervisor import ProcessSpec, own_process

BY = "loaban sample"
BOX = "máy phát mẫu trên máy này"


def pair_players(station: Station) -> None:
    """Pair a player on this machine with each village of the sample; one that is paired learns today's addresses."""
    for zone_id, code in _find_zones(station):
        home = PlayerHome(_folder(station) / code)
        membership = _known(home, station) or _pair(home, station, zone_id)
        told = msgspec.structs.replace(
            membership, station_url=address_of(station.settings).rstrip("/"), broker_url=public_url(station.settings)
        )
        home.keep(told)


def find_players(station: Station) -> Iterator[ProcessSpec]:
    """A process for each player whose folder lies in the station's."""
    for folder in sorted(_folder(station).glob("*/membership.json")):
        own = own_process("player")
        options = ("run", "--home", str(folder.parent), "--carrier", "file", "--demo")
        yield ProcessSpec(name=folder.parent.name.lower(), command=(*own.command, *options))


def _folder(station: Station) -> Path:
    return station.settings.home / "players"


def _find_zones(station: Station) -> Sequence[tuple[int, str]]:
    with station.readers.begin() as session:
        rows = session.execute(select(Zone.id, Zone.code).where(Zone.code.in_(data.VILLAGE_ZONES)))
        return [(zone_id, code) for zone_id, code in rows]


def _known(home: PlayerHome, station: Station) -> Membership | None:
    """What the player was given, if the station still lets it in."""
    try:
        membership = home.membership()
    except (NotPaired, BadMembership):
        return None
    with station.readers.begin() as session:
        let_in = select(Player.id).where(Player.username == membership.username, Player.revoked_at.is_(None))
        return membership if session.scalar(let_in) is not None else None


def _pair(home: PlayerHome, station: Station, zone_id: int) -> Membership:
    now = station.clock.now()
    with station.sessions.begin() as session:
        code = pairing.make_code(session, zone_id=zone_id, by=BY, now=now)
        paired = pairing.pair(session, code, public_key=home.signer.public, box=BOX, now=now)
    return Membership(
        station_url="",
        broker_url="",
        username=paired.player.username,
        password=paired.password,
        token=paired.token,
        station_key=station_key(station.settings.home).public,
        zone_id=zone_id,
        zone_code=paired.zone.code,
        zone_name=paired.zone.name,
        paired_at=now,
        instance=paired.instance,
    )
