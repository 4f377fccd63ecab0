"""What villages have told and what they have not yet: a village that says nothing may well have sounded all of it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, func, select, union
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind, ZoneState
from scheduler.domain.planning import BroadcastState
from scheduler.domain.silence import Unreported
from scheduler.domain.time import TimeSpan
from scheduler.models import AsRunEntry, Broadcast, Claim, Player, PlayerState, Programme, UtcDateTime, Zone

LOOKED_BACK = timedelta(days=35)
"""A player holds a plan of two weeks and keeps its journal; what it has not told after five weeks is not waited for."""


def has_villages(session: Session) -> bool:
    """Tell whether any zone is sounded by a player of its own."""
    return session.scalar(select(Zone.id).where(Zone.carrier == CarrierKind.VILLAGE).limit(1)) is not None


def of_villages() -> ScalarSelect[int]:
    """How many villages hear the broadcast of the row."""
    return (
        select(func.count())
        .select_from(Programme)
        .join(Zone, Zone.id == Programme.zone_id)
        .where(Programme.broadcast_id == Broadcast.id, Zone.carrier == CarrierKind.VILLAGE)
        .scalar_subquery()
    )


def count_villages(session: Session, span: TimeSpan) -> dict[UUID, int]:
    """How many villages hear each broadcast that starts in a stretch of time; those that none hears are left out."""
    if not has_villages(session):
        return {}
    found = session.execute(
        select(Broadcast.id, of_villages()).where(
            Broadcast.starts_at >= span.starts_at, Broadcast.starts_at < span.ends_at
        )
    )
    return {broadcast_id: number for broadcast_id, number in found if number}


def count_reported(session: Session, broadcasts: Collection[UUID]) -> dict[UUID, int]:
    """How many villages have told of each of these broadcasts, that it sounds now or what became of it."""
    if not broadcasts:
        return {}
    told = union(
        select(Claim.broadcast_id, Claim.zone_id).where(Claim.broadcast_id.in_(broadcasts)),
        select(AsRunEntry.broadcast_id, AsRunEntry.zone_id).where(AsRunEntry.broadcast_id.in_(broadcasts)),
    ).subquery()
    found = session.execute(
        select(told.c.broadcast_id, func.count())
        .join(Zone, Zone.id == told.c.zone_id)
        .where(Zone.carrier == CarrierKind.VILLAGE)
        .group_by(told.c.broadcast_id)
    )
    return {broadcast_id: number for broadcast_id, number in found}  # noqa: C416 -- rows are not pairs to the checker


def find_unreported(session: Session, zone: Zone, *, span: TimeSpan) -> Unreported | None:
    """What a village has not told of yet, of the broadcasts that were over in a stretch of time."""
    told = select(AsRunEntry.id).where(AsRunEntry.broadcast_id == Broadcast.id, AsRunEntry.zone_id == zone.id)
    number, since = session.execute(
        select(func.count(), func.min(Broadcast.starts_at, type_=UtcDateTime()))
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .where(
            Programme.zone_id == zone.id,
            Broadcast.starts_at >= span.starts_at,
            Broadcast.ends_at <= span.ends_at,
            Broadcast.state != BroadcastState.CANCELLED,
            ~told.exists(),
        )
    ).one()
    return Unreported(number=number, since=since) if number else None


def find_sounding_players(session: Session) -> frozenset[str]:
    """Players in contact that said that something sounds and not yet that it is over."""
    return frozenset(
        session.scalars(
            select(Claim.owner)
            .join(Player, Player.username == Claim.owner)
            .join(PlayerState, PlayerState.player_id == Player.id)
            .where(Claim.closed_at.is_(None), Claim.started_at.is_not(None), PlayerState.online)
        )
    )


def read_states(session: Session) -> dict[int, ZoneState]:
    """How the players of villages are, by zone; a village that is not among them has none."""
    rows = session.execute(
        select(
            Player.zone_id, PlayerState.online, PlayerState.problems, PlayerState.files_ready, PlayerState.files_wanted
        )
        .outerjoin(PlayerState, PlayerState.player_id == Player.id)
        .where(Player.revoked_at.is_(None))
    )
    return {row[0]: _state_of(row) for row in rows}


def _state_of(row: Row[int, bool | None, list[Any] | None, int | None, int | None]) -> ZoneState:
    _, online, problems, ready, wanted = row
    if not online:
        return ZoneState.OFFLINE
    if problems:
        return ZoneState.BOX_TROUBLE
    return ZoneState.FILES_LACKING if (ready or 0) < (wanted or 0) else ZoneState.READY
