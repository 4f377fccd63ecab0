"""How every zone is at this moment, read for all of them at once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind, LoudspeakerState, ZoneState
from scheduler.domain.station import is_alive
from scheduler.models import Alarm, Claim, Loudspeaker
from scheduler.services import status, today, village_reports


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """The instant of a look, the station's day, and how long a daemon may say nothing."""

    at: datetime
    day: date
    patience: timedelta


class States:
    """How all zones are now, read at once; what a daemon that no longer lives claimed to sound does not."""

    def __init__(self, session: Session, *, moment: Now) -> None:
        day = moment.day
        signs = status.read_signs(session)
        alive = {sign.owner for sign in signs if is_alive(sign, now=moment.at, silence=moment.patience)}
        alive |= village_reports.find_sounding_players(session)
        self._villages = village_reports.read_states(session)
        self._on_air = set(
            session.scalars(
                select(Claim.zone_id).where(
                    Claim.closed_at.is_(None), Claim.started_at.is_not(None), Claim.owner.in_(alive)
                )
            )
        )
        down = session.scalars(select(Alarm.subject).where(Alarm.kind == "carrier_down", Alarm.cleared_at.is_(None)))
        self._down = {subject.removeprefix("carrier:") for subject in down}
        self._silent = today.find_silent_zones(session, day=day)
        there = session.execute(
            select(Loudspeaker.zone_id, Loudspeaker.state)
            .where(Loudspeaker.state != LoudspeakerState.REMOVED.value)
            .distinct()
        ).all()
        self._has_loudspeakers = {zone_id for zone_id, _ in there}
        self._has_working = {zone_id for zone_id, state in there if state == LoudspeakerState.WORKING}

    def of(self, zone_id: int, *, active: bool, carrier: str) -> ZoneState:
        """How a zone is now."""
        if not active:
            return ZoneState.PAUSED
        if zone_id in self._on_air:
            return ZoneState.ON_AIR
        if carrier == CarrierKind.VILLAGE:
            state = self._villages.get(zone_id, ZoneState.NO_PLAYER)
            if state is not ZoneState.READY:
                return state
        if carrier in self._down:
            return ZoneState.CARRIER_DOWN
        if zone_id in self._silent:
            return ZoneState.SILENT
        if zone_id in self._has_loudspeakers and zone_id not in self._has_working:
            return ZoneState.NO_LOUDSPEAKER
        return ZoneState.READY
