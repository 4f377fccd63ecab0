"""Who sees and who may change what is planned: by the areas and zones a slot or a one-off is heard in.

Something is shown where any of its places lies in what the person may see, or contains it (a village sees what the
whole city hears); it may be changed only by who has the right over all of its places. What is not shown is missing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.errors import UnknownArea, UnknownBroadcast, UnknownSlot, UnknownZone
from scheduler.models import Area, Broadcast, Programme, Slot, SlotTarget, Zone
from scheduler.services import coverage


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Where a person sees, and where they plan, on a day."""

    sees: Scope
    plans: Scope
    on: date


EVERYBODY = Reader(sees=EVERYWHERE, plans=EVERYWHERE, on=date.min)
"""For commands on the machine itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Within:
    """What a person sees, and what of it they may change."""

    shown: frozenset[object]
    changeable: frozenset[object]


def slots_within(session: Session, reader: Reader, *, slot_ids: Collection[int] | None = None) -> Within:
    """The slots (of these, or all there ever were) that a person sees and may change."""
    statement = select(SlotTarget.slot_id, SlotTarget.area_id, Zone.area_id).outerjoin(
        Zone, Zone.id == SlotTarget.zone_id
    )
    if slot_ids is not None:
        statement = statement.where(SlotTarget.slot_id.in_(slot_ids))
    places: dict[object, list[tuple[int | None, int | None]]] = defaultdict(list)
    for slot_id, area_id, zone_area_id in session.execute(statement):
        places[slot_id].append((area_id, zone_area_id))
    above = _areas_above(session, reader)
    shown = frozenset(key for key, found in places.items() if any(_is_seen(*item, reader, above) for item in found))
    changeable = frozenset(key for key, found in places.items() if all(_is_planned(*item, reader) for item in found))
    return Within(shown=shown, changeable=changeable & shown)


def one_offs_within(session: Session, reader: Reader, *, broadcast_ids: Collection[UUID]) -> Within:
    """The one-offs of these that a person sees and may change."""
    ids = frozenset(broadcast_ids)
    if not ids or (reader.sees.is_everywhere and reader.plans.is_everywhere):
        return Within(shown=ids, changeable=ids)
    rows = session.execute(
        select(Programme.broadcast_id, Zone.area_id)
        .join(Zone, Zone.id == Programme.zone_id)
        .where(Programme.broadcast_id.in_(ids))
        .distinct()
    )
    areas: dict[object, set[int]] = defaultdict(set)
    for broadcast_id, area_id in rows:
        areas[broadcast_id].add(area_id)
    shown = frozenset(key for key, found in areas.items() if any(reader.sees.holds(area_id) for area_id in found))
    changeable = frozenset(key for key, found in areas.items() if all(reader.plans.holds(item) for item in found))
    return Within(shown=shown, changeable=changeable & shown)


# --- one of them --------------------------------------------------------------------------------------------------
def check_slot_shown(session: Session, slot: Slot, reader: Reader) -> bool:
    """Tell whether the person may change a slot that they see. Raises `UnknownSlot` when they do not see it."""
    within = slots_within(session, reader, slot_ids=[slot.id])
    if slot.id not in within.shown:
        raise UnknownSlot(slot=slot.code)
    return slot.id in within.changeable


def check_slot_changeable(session: Session, slot: Slot, reader: Reader) -> None:
    """Raises `UnknownSlot` when the person may not change the slot."""
    if not check_slot_shown(session, slot, reader):
        raise UnknownSlot(slot=slot.code)


def check_broadcast_shown(session: Session, broadcast: Broadcast, reader: Reader) -> bool:
    """Tell whether the person may change a broadcast that they see. Raises `UnknownBroadcast` when they do not."""
    if broadcast.slot_id is not None:
        within, key = slots_within(session, reader, slot_ids=[broadcast.slot_id]), broadcast.slot_id
    else:
        within, key = one_offs_within(session, reader, broadcast_ids=[broadcast.id]), broadcast.id  # type: ignore[assignment]
    if key not in within.shown:
        raise UnknownBroadcast(broadcast=str(broadcast.id))
    return key in within.changeable


def check_broadcast_changeable(session: Session, broadcast: Broadcast, reader: Reader) -> None:
    """Raises `UnknownBroadcast` when the person may not change the broadcast."""
    if not check_broadcast_shown(session, broadcast, reader):
        raise UnknownBroadcast(broadcast=str(broadcast.id))


def places_of(session: Session, keys: Iterable[str], reader: Reader) -> tuple[list[Area], list[Zone]]:
    """The areas (`a12`) and zones (`z34`) that a person picked. Raises `UnknownArea`, `UnknownZone`."""
    areas, zones = [], []
    for key in keys:
        number = int(key[1:]) if key[1:].isdecimal() and len(key) < 12 else 0
        if key.startswith("z"):
            zone = session.get(Zone, number)
            if zone is None or zone.removed_at is not None or not reader.plans.holds(zone.area_id):
                raise UnknownZone(field="targets", zone=key)
            zones.append(zone)
        else:
            area = session.get(Area, number) if key.startswith("a") else None
            if area is None or not reader.plans.holds(area.id):
                raise UnknownArea(field="targets", area=key, on=f"{reader.on:%d/%m/%Y}")
            areas.append(area)
    return areas, zones


def zones_seen(session: Session, reader: Reader) -> frozenset[int] | None:
    """The zones that a person sees; None for all."""
    if reader.sees.area_ids is None:
        return None
    return frozenset(session.scalars(select(Zone.id).where(Zone.area_id.in_(reader.sees.area_ids))))


def zones_in(session: Session, areas: Sequence[Area], zones: Sequence[Zone], *, on: date) -> list[Zone]:
    """The active zones of these areas on a day, and these zones; each once."""
    found = {zone.id: zone for zone in zones}
    tree = coverage.load_tree(session) if areas else None
    for area in areas:
        found |= {zone.id: zone for zone in coverage.zones_of(session, area, on=on, tree=tree)}
    return list(found.values())


def _areas_above(session: Session, reader: Reader) -> frozenset[int]:
    """The areas that contain what the person sees: what the whole city hears is heard in the village too."""
    if reader.sees.area_ids is None:
        return frozenset()
    tree = coverage.load_tree(session)
    return frozenset(
        above.id for area_id in reader.sees.area_ids for above in tree.lineage(area_id, on=reader.on)
    )  # fmt: skip


def _is_seen(area_id: int | None, zone_area_id: int | None, reader: Reader, above: frozenset[int]) -> bool:
    if area_id is not None:
        return reader.sees.holds(area_id) or area_id in above
    return zone_area_id is not None and reader.sees.holds(zone_area_id)


def _is_planned(area_id: int | None, zone_area_id: int | None, reader: Reader) -> bool:
    place = area_id if area_id is not None else zone_area_id
    return place is not None and reader.plans.holds(place)
