"""Broadcasts as they were written, in the form in which a plan shows them."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.planning import EpisodeToPlan, PlannedBroadcast, PlannedProgramme, Subject
from scheduler.models import Broadcast, Programme, RunningOrder
from scheduler.ports import Part
from scheduler.services.due import parts_from_stored


def as_planned(session: Session, rows: Sequence[Broadcast]) -> list[PlannedBroadcast]:
    """The rows as values; one whose programmes are gone is left out."""
    zones: dict[UUID, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    orders: dict[str, tuple[Part, ...]] = {}
    found = session.execute(
        select(Programme.broadcast_id, Programme.zone_id, Programme.running_order_key)
        .where(Programme.broadcast_id.in_([row.id for row in rows]))
        .order_by(Programme.zone_id)
    )
    for broadcast_id, zone_id, key in found:
        zones[broadcast_id][key].append(zone_id)
    keys = {key for by_key in zones.values() for key in by_key}
    for key, parts in session.execute(select(RunningOrder.key, RunningOrder.parts).where(RunningOrder.key.in_(keys))):
        orders[key] = parts_from_stored(parts)
    return [_as_planned(row, {orders[key]: ids for key, ids in zones[row.id].items()}) for row in rows if zones[row.id]]


def _as_planned(row: Broadcast, zones: dict[tuple[Part, ...], list[int]]) -> PlannedBroadcast:
    return PlannedBroadcast(
        subject=Subject(
            slot_id=row.slot_id,
            name=row.slot.code if row.slot is not None else str(row.id)[-8:],
            occurrence_on=row.occurrence_on,
            starts_at=row.starts_at,
            broadcast_id=row.id,
        ),
        series_id=row.series_id,
        episode=EpisodeToPlan(
            id=row.episode_id,
            series_id=row.series_id,
            year=row.episode.year,
            number=row.episode.number,
            title=row.episode.title,
            editions={},
        ),
        priority=row.priority,
        pinned=row.pinned,
        why=row.why,
        programmes=tuple(
            PlannedProgramme(
                zone_groups=(tuple(zone_ids),),
                parts=parts,
                starts_at=row.starts_at,
                seconds=sum(part.seconds for part in parts),
            )
            for parts, zone_ids in zones.items()
        ),
    )
