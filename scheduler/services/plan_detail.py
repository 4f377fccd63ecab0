"""One broadcast in full: its week entry, where it is heard in which languages, and all that was found of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.planning import Finding, Subject
from scheduler.domain.week import Entry
from scheduler.errors import NotAnOccurrence, UnknownBroadcast
from scheduler.models import Area, Broadcast, Programme, RunningOrder, Slot, Zone
from scheduler.services import plan_findings, plan_scope
from scheduler.services.plan_scope import Reader
from scheduler.services.plan_source import PlanningSettings
from scheduler.services.slots import get_slot
from scheduler.services.week import load_entry, load_one_off

MOST_NAMED = 60
"""Zones named on the page of a broadcast; the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardBy:
    """The zones that hear the same thing, as far as the person sees them."""

    languages: tuple[str, ...]
    seconds: float
    zones: int
    named: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundHere:
    """A finding with the names of its zones, as far as the person sees them."""

    finding: Finding
    zones: int
    named: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail:
    """All that the page of a broadcast tells."""

    entry: Entry
    slot: Slot | None
    why: Mapping[str, Any]
    heard_by: tuple[HeardBy, ...]
    findings: tuple[FoundHere, ...]
    series_id: int
    slot_changeable: bool = False


def load_date(
    session: Session, code: str, on: date, *, reader: Reader, now: datetime, settings: PlanningSettings
) -> Detail:
    """One date of a slot. Raises `UnknownSlot`, `NotAnOccurrence`; the same for what the person does not see."""
    slot = get_slot(session, code)
    plan_scope.check_slot_shown(session, slot, reader)
    entry = load_entry(session, slot, on, reader=reader, now=now, settings=settings)
    if entry is None:
        raise NotAnOccurrence(slot=slot.code, on=f"{on:%d/%m/%Y}")
    return _detail(session, entry, slot, reader)


def load_broadcast(
    session: Session, broadcast: Broadcast, *, reader: Reader, now: datetime, settings: PlanningSettings
) -> Detail:
    """A one-off. Raises `UnknownBroadcast`, also for one that the person does not see."""
    entry = load_one_off(session, broadcast, reader=reader, now=now, settings=settings)
    if entry is None:
        raise UnknownBroadcast(broadcast=str(broadcast.id))
    return _detail(session, entry, None, reader)


def _detail(session: Session, entry: Entry, slot: Slot | None, reader: Reader) -> Detail:
    broadcast = None if entry.broadcast_id is None else session.get(Broadcast, entry.broadcast_id)
    subject = Subject(
        slot_id=entry.slot_id,
        name=entry.slot_code or "",
        occurrence_on=entry.occurrence_on,
        starts_at=entry.starts_at,
        broadcast_id=entry.broadcast_id,
    )
    found = plan_findings.find_with_zones(session, subject)
    names = _names(session, {zone_id for item in found for zone_id in item.zone_ids}, reader)
    series_id = slot.series_id if slot is not None else broadcast.series_id if broadcast is not None else 0
    return Detail(
        entry=entry,
        slot=slot,
        why={} if broadcast is None else broadcast.why,
        heard_by=() if broadcast is None else tuple(_heard_by(session, broadcast, reader)),
        findings=tuple(_found_here(found, names)),
        series_id=series_id,
        slot_changeable=slot is not None and plan_scope.check_slot_shown(session, slot, reader),
    )


def _found_here(found: Iterable[Finding], names: Mapping[int, str]) -> Iterable[FoundHere]:
    for item in found:
        zones = sum(zone_id in names for zone_id in item.zone_ids)
        if zones or not item.zone_ids:
            yield FoundHere(finding=item, zones=zones, named=_first(item.zone_ids, names))


def _heard_by(session: Session, broadcast: Broadcast, reader: Reader) -> Iterable[HeardBy]:
    rows = session.execute(
        select(Programme.running_order_key, Programme.zone_id).where(Programme.broadcast_id == broadcast.id)
    ).all()
    names = _names(session, {zone_id for _, zone_id in rows}, reader)
    by_key: dict[str, list[int]] = defaultdict(list)
    for key, zone_id in rows:
        by_key[key].append(zone_id)
    groups: dict[tuple[tuple[str, ...], float], list[int]] = defaultdict(list)
    orders = session.execute(
        select(RunningOrder.key, RunningOrder.parts, RunningOrder.seconds).where(RunningOrder.key.in_(by_key))
    )
    for key, parts, seconds in orders:
        languages = tuple(part["language"] for part in parts if part.get("language"))
        lasts = seconds if seconds is not None else sum(part["seconds"] for part in parts)
        groups[languages, lasts].extend(by_key[key])
    for (languages, lasts), zone_ids in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield HeardBy(languages=languages, seconds=lasts, zones=len(zone_ids), named=_first(zone_ids, names))


def _names(session: Session, zone_ids: Iterable[int], reader: Reader) -> dict[int, str]:
    wanted = set(zone_ids)
    if not wanted:
        return {}
    rows = session.execute(select(Zone.id, Zone.name, Zone.area_id).order_by(Zone.name))
    return {number: name for number, name, area_id in rows if number in wanted and reader.sees.holds(area_id)}


def _first(zone_ids: Iterable[int], names: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted(names[number] for number in zone_ids if number in names)[:MOST_NAMED])


def places_told(session: Session, slot: Slot) -> list[str]:
    """The places of a slot by name."""
    areas = [session.get_one(Area, item.area_id).name for item in slot.targets if item.area_id is not None]
    return areas + [session.get_one(Zone, item.zone_id).name for item in slot.targets if item.zone_id is not None]
