"""What stands behind a zone: which computer sounds it, how its carrier is, and what is played around its programme."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.station import PLAYOUT, Problem, is_alive
from scheduler.models import Lease, Player, PlayerState, Zone
from scheduler.services import lease, silence, status


@dataclass(frozen=True, kw_only=True, slots=True)
class Carriage:
    """How sound gets to a zone now."""

    owner: str | None
    """The daemon that holds the zone, or the player there; None while nobody does."""
    is_alive: bool
    """It gave a sign of life lately."""
    until: datetime | None
    alarms: tuple[Problem, ...]
    """Open alarms of the carrier and of the zone."""

    @property
    def is_well(self) -> bool:
        """Tell whether a daemon that lives holds the zone and nothing is reported broken."""
        return self.owner is not None and self.is_alive and not self.alarms


def find_carriage(session: Session, zone: Zone, *, now: datetime, silence_after: timedelta) -> Carriage:
    """Who holds a zone, and what is wrong with its carrier."""
    if zone.carrier == CarrierKind.VILLAGE:
        return _carriage_of_village(session, zone)
    held = session.get(Lease, lease.zone_lease(zone.id))
    owner = held.owner if held is not None and held.owner else None
    signs = status.read_signs(session)
    return Carriage(
        owner=owner,
        is_alive=any(
            sign.owner == owner and sign.role == PLAYOUT and is_alive(sign, now=now, silence=silence_after)
            for sign in signs
        ),
        until=held.expires_at if held is not None and owner is not None else None,
        alarms=tuple(silence.find_alarms(session, zone)),
    )


def _carriage_of_village(session: Session, zone: Zone) -> Carriage:
    found = session.execute(
        select(Player.username, PlayerState.online)
        .outerjoin(PlayerState, PlayerState.player_id == Player.id)
        .where(Player.zone_id == zone.id, Player.revoked_at.is_(None))
    ).first()
    owner, online = (None, False) if found is None else (found[0], bool(found[1]))
    return Carriage(owner=owner, is_alive=online, until=None, alarms=tuple(silence.find_alarms(session, zone)))
