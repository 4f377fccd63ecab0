"""Planning last week's one-offs and pinned episodes again a week later: all of them or nothing.

What was moved or cancelled was so on that day only and is not copied; everything that is not copied is told with why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.domain.time import day_span, local_instant
from scheduler.domain.week import CopyKind, NotCopied
from scheduler.errors import NothingToCopy
from scheduler.models import Broadcast, Episode, Programme, Slot, SlotException, Zone
from scheduler.services import plan_scope, planning, slots
from scheduler.services.plan_scope import Reader
from scheduler.services.plan_source import FREEZE, PlanningSettings, recurrence_of
from scheduler.services.planning import OneOffWish

A_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyItem:
    """Something of last week, and what becomes of it in this one."""

    kind: CopyKind
    title: str
    episode: Episode | None
    was_at: datetime
    becomes_at: datetime | None
    why_not: NotCopied | None
    broadcast: Broadcast | None = None
    exception: SlotException | None = None


def find_copies(
    session: Session, monday: date, *, reader: Reader, now: datetime, settings: PlanningSettings
) -> list[CopyItem]:
    """What of the week before this Monday would be planned again, and what would not; changes nothing."""
    too_late = now + settings.claim_lead + FREEZE
    items = [
        *_one_offs(session, monday, reader=reader, too_late=too_late, settings=settings),
        *_dates(session, monday, reader=reader, too_late=too_late, settings=settings),
    ]
    return sorted(items, key=lambda item: item.was_at)


def copy_week(
    session: Session, monday: date, *, reader: Reader, now: datetime, settings: PlanningSettings, by: str
) -> list[CopyItem]:
    """Plan last week's one-offs and pins again. Raises `NothingToCopy`, `NothingToPlan` for one that has no zone.

    The plan is written when there is a one-off; the caller writes it otherwise.
    """
    items = find_copies(session, monday, reader=reader, now=now, settings=settings)
    copied = [item for item in items if item.why_not is None]
    if not copied:
        raise NothingToCopy
    for item in copied:
        if item.exception is not None and item.episode is not None:
            slot, on = item.exception.slot, item.exception.on + A_WEEK
            slots.pin_date(session, slot, on, item.episode, now=now, settings=settings, by=by)
    wishes = [
        _wish_of(session, item.broadcast, item.becomes_at)
        for item in copied
        if item.broadcast is not None and item.becomes_at is not None
    ]
    if wishes:
        planning.plan_one_offs(session, wishes, now=now, settings=settings)
    return items


# --- one-offs -------------------------------------------------------------------------------------------------------
def _one_offs(
    session: Session, monday: date, *, reader: Reader, too_late: datetime, settings: PlanningSettings
) -> list[CopyItem]:
    last, this = _find_one_offs(session, monday - A_WEEK, settings), _find_one_offs(session, monday, settings)
    within = plan_scope.one_offs_within(session, reader, broadcast_ids=[row.id for row in last])
    there = {(row.episode_id, row.starts_at) for row in this if row.state is not BroadcastState.CANCELLED}
    items = []
    for row in last:
        if row.id not in within.shown:
            continue
        becomes_at = _week_later(row.starts_at, settings)
        why_not = None
        if row.state is BroadcastState.CANCELLED:
            why_not = NotCopied.CANCELLED
        elif row.id not in within.changeable:
            why_not = NotCopied.NOT_YOURS
        elif becomes_at <= too_late:
            why_not = NotCopied.TOO_LATE
        elif (row.episode_id, becomes_at) in there:
            why_not = NotCopied.ALREADY_THERE
        items.append(
            CopyItem(
                kind=CopyKind.ONE_OFF,
                title=row.series.title,
                episode=row.episode,
                was_at=row.starts_at,
                becomes_at=becomes_at,
                why_not=why_not,
                broadcast=row,
            )
        )
    return items


def _find_one_offs(session: Session, monday: date, settings: PlanningSettings) -> Sequence[Broadcast]:
    span = day_span(monday, monday + timedelta(days=6), settings.time_zone)
    return session.scalars(
        select(Broadcast)
        .where(Broadcast.slot_id.is_(None), Broadcast.starts_at >= span.starts_at, Broadcast.starts_at < span.ends_at)
        .order_by(Broadcast.starts_at, Broadcast.id)
    ).all()


def _wish_of(session: Session, row: Broadcast, starts_at: datetime) -> OneOffWish:
    zones = session.scalars(
        select(Zone)
        .join(Programme, Programme.zone_id == Zone.id)
        .where(Programme.broadcast_id == row.id, Zone.active, Zone.removed_at.is_(None))
    )
    return OneOffWish(
        episode=row.episode,
        zones=tuple(zones),
        starts_at=starts_at,
        priority=row.priority,
        exercise=row.exercise,
    )


def _week_later(instant: datetime, settings: PlanningSettings) -> datetime:
    local = instant.astimezone(settings.time_zone)
    return local_instant(local.date() + A_WEEK, local.time(), settings.time_zone)


# --- dates that differed --------------------------------------------------------------------------------------------
def _dates(
    session: Session, monday: date, *, reader: Reader, too_late: datetime, settings: PlanningSettings
) -> list[CopyItem]:
    rows = session.scalars(
        select(SlotException)
        .join(Slot, Slot.id == SlotException.slot_id)
        .where(SlotException.on >= monday - A_WEEK, SlotException.on < monday, Slot.removed_at.is_(None))
    ).all()
    within = plan_scope.slots_within(session, reader, slot_ids={row.slot_id for row in rows})
    differing = set(
        session.execute(
            select(SlotException.slot_id, SlotException.on).where(
                SlotException.on >= monday, SlotException.on < monday + A_WEEK
            )
        )
    )
    items = []
    for row in rows:
        was_at = recurrence_of(row.slot, settings.time_zone).find(row.on)
        if row.slot_id not in within.shown or was_at is None:
            continue
        becomes_at = recurrence_of(row.slot, settings.time_zone).find(row.on + A_WEEK)
        why_not = _obstacle(
            row,
            becomes_at,
            mine=row.slot_id in within.changeable,
            differs=(row.slot_id, row.on + A_WEEK) in differing,
            too_late=too_late,
        )
        items.append(
            CopyItem(
                kind=_kind_of(row),
                title=row.slot.title,
                episode=None if row.episode_id is None else session.get(Episode, row.episode_id),
                was_at=row.moved_to or was_at,
                becomes_at=becomes_at,
                why_not=why_not,
                exception=row,
            )
        )
    return items


def _kind_of(row: SlotException) -> CopyKind:
    if row.cancelled:
        return CopyKind.CANCELLATION
    return CopyKind.PIN if row.episode_id is not None else CopyKind.MOVE


def _obstacle(
    row: SlotException, becomes_at: datetime | None, *, mine: bool, differs: bool, too_late: datetime
) -> NotCopied | None:
    checks = (
        (row.cancelled or row.episode_id is None, NotCopied.ONLY_THAT_DAY),
        (not mine, NotCopied.NOT_YOURS),
        (becomes_at is None, NotCopied.NO_SUCH_DATE),
        (becomes_at is not None and becomes_at <= too_late, NotCopied.TOO_LATE),
        (differs, NotCopied.DIFFERS_ALREADY),
    )
    return next((why for holds, why in checks if holds), None)
