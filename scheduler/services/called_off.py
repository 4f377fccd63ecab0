"""What a zone would have heard on a day had nobody cancelled or moved it, with who did that and why."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.coverage import AreaTree
from scheduler.domain.planning import BroadcastState
from scheduler.domain.silence import CalledOff
from scheduler.domain.time import day_span
from scheduler.models import AuditEntry, Broadcast, Episode, Programme, Slot, SlotException, Zone
from scheduler.services import coverage
from scheduler.services.plan_source import recurrence_of

NOBODY_KNOWN = "?"


def find(session: Session, zone: Zone, *, day: date, zone_of_time: ZoneInfo) -> list[CalledOff]:
    """The broadcasts of a local day that were called off for a zone, by start."""
    found = [*_find_dates(session, zone, day, zone_of_time), *_find_one_offs(session, zone, day, zone_of_time)]
    return sorted(found, key=lambda item: item.at)


def _find_dates(session: Session, zone: Zone, day: date, zone_of_time: ZoneInfo) -> Iterator[CalledOff]:
    exceptions = session.scalars(
        select(SlotException)
        .where(SlotException.on == day, or_(SlotException.cancelled, SlotException.moved_to.is_not(None)))
        .options(selectinload(SlotException.slot).selectinload(Slot.targets))
    ).all()
    tree = coverage.load_tree(session) if exceptions else None
    for exception in exceptions:
        slot = exception.slot
        usual = recurrence_of(slot, zone_of_time).find(day)
        if tree is None or usual is None or not _reaches(slot, zone, tree, day):
            continue
        yield CalledOff(
            at=usual,
            title=slot.title or slot.series.title,
            by=exception.made_by or NOBODY_KNOWN,
            reason=exception.reason,
            moved_to=None if exception.cancelled else exception.moved_to,
        )


def _reaches(slot: Slot, zone: Zone, tree: AreaTree, day: date) -> bool:
    return any(
        target.zone_id == zone.id
        or (target.area_id is not None and tree.lies_in(zone.area_id, target.area_id, on=day))
        for target in slot.targets
    )  # fmt: skip


def _find_one_offs(session: Session, zone: Zone, day: date, zone_of_time: ZoneInfo) -> Iterator[CalledOff]:
    span = day_span(day, day, zone_of_time)
    found = session.execute(
        select(Broadcast, Episode.title)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(
            Programme.zone_id == zone.id,
            Broadcast.slot_id.is_(None),
            Broadcast.state == BroadcastState.CANCELLED,
            Broadcast.starts_at >= span.starts_at,
            Broadcast.starts_at < span.ends_at,
        )
    )
    for broadcast, title in found:
        yield CalledOff(at=broadcast.starts_at, title=title, by=_who_cancelled(session, broadcast))


def _who_cancelled(session: Session, broadcast: Broadcast) -> str:
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.kind == Broadcast.__tablename__, AuditEntry.subject == str(broadcast.id))
        .order_by(AuditEntry.id.desc())
    )
    cancelled = (entry.who for entry in entries if entry.after.get("state") == BroadcastState.CANCELLED.value)
    return next(cancelled, "") or NOBODY_KNOWN
