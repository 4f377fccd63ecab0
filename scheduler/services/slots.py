"""Keeping slots and what differs on single dates, and calling broadcasts off; `planning` writes the plan afterwards."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.planning import BroadcastState, Priority, Selection
from scheduler.domain.text import fold, is_safe_code, tidy
from scheduler.errors import BadField, NotAnOccurrence, SlotExists, TooLateToPlan, UnknownBroadcast, UnknownSlot
from scheduler.models import Area, Broadcast, Claim, Episode, Series, Slot, SlotException, SlotTarget, Zone
from scheduler.services.coverage import check_dates
from scheduler.services.plan_source import FREEZE, PlanningSettings, recurrence_of

NO_MARGIN = timedelta(0)


def create_slot(
    session: Session,
    series: Series,
    *,
    code: str,
    rrule: str,
    starts_at_local: time,
    valid_from: date,
    now: datetime,
    settings: PlanningSettings,
    areas: Sequence[Area] = (),
    zones: Sequence[Zone] = (),
    valid_to: date | None = None,
    title: str = "",
    priority: int = Priority.ORDINARY,
    selection: Selection = Selection.NEXT,
    repeats: Slot | None = None,
    episode: Episode | None = None,
) -> Slot:
    """A new slot; without a code it gets one from its title. Raises `BadField`, `SlotExists`, `BadRecurrence`."""
    code = code or _free_code(session, tidy(title) or series.title)
    if not is_safe_code(code):
        raise BadField(field="code", value=code)
    if session.scalar(select(Slot.id).where(Slot.code == code)) is not None:
        raise SlotExists(field="code", slot=code)
    slot = build_slot(
        series,
        code=code,
        rrule=rrule,
        starts_at_local=starts_at_local,
        valid_from=valid_from,
        valid_to=valid_to,
        now=now,
        settings=settings,
        areas=areas,
        zones=zones,
        title=title,
        priority=priority,
        selection=selection,
        repeats=repeats,
        episode=episode,
    )
    session.add(slot)
    session.flush()
    return slot


def build_slot(
    series: Series,
    *,
    code: str,
    rrule: str,
    starts_at_local: time,
    valid_from: date,
    now: datetime,
    settings: PlanningSettings,
    areas: Sequence[Area] = (),
    zones: Sequence[Zone] = (),
    valid_to: date | None = None,
    title: str = "",
    priority: int = Priority.ORDINARY,
    selection: Selection = Selection.NEXT,
    repeats: Slot | None = None,
    episode: Episode | None = None,
) -> Slot:
    """A slot that is not kept yet, for a look at what it would air. Raises `BadField`, `BadRecurrence`."""
    check_dates(valid_from, valid_to)
    if not areas and not zones:
        raise BadField(field="targets", value="")
    _check_selection(series, selection, repeats, episode)
    slot = Slot(
        code=code,
        title=tidy(title) or series.title,
        series=series,
        series_id=series.id,
        rrule=rrule.strip().upper().removeprefix("RRULE:"),
        starts_at_local=starts_at_local,
        valid_from=valid_from,
        valid_to=valid_to,
        priority=Priority(priority),
        selection=selection,
        repeats_slot_id=None if repeats is None else repeats.id,
        pinned_episode_id=None if episode is None else episode.id,
        created_at=now,
        targets=[
            *(SlotTarget(area_id=area.id) for area in areas),
            *(SlotTarget(zone_id=zone.id) for zone in zones),
        ],
    )
    recurrence_of(slot, settings.time_zone).check_happens()
    return slot


def change_slot(session: Session, slot: Slot, wanted: Slot) -> None:
    """Let a slot be from now on as one that was built; what aired in it stays as it was. Its code stays."""
    for name in _CHANGEABLE:
        setattr(slot, name, getattr(wanted, name))
    held = {(target.area_id, target.zone_id): target for target in slot.targets}
    places = dict.fromkeys((target.area_id, target.zone_id) for target in wanted.targets)
    slot.targets[:] = [held.get(place) or SlotTarget(area_id=place[0], zone_id=place[1]) for place in places]
    session.flush()


def end_slot(slot: Slot, *, last_day: date, today: date) -> None:
    """Let a slot hold up to this day and no longer. Raises `BadField` for a day past or before it begins."""
    if last_day < max(today, slot.valid_from):
        raise BadField(field="last_day", value=f"{last_day:%d/%m/%Y}")
    slot.valid_to = last_day + timedelta(days=1)


def get_slot(session: Session, code: str) -> Slot:
    """The slot with this code. Raises `UnknownSlot`."""
    slot = session.scalar(select(Slot).where(Slot.code == code, Slot.removed_at.is_(None)))
    if slot is None:
        raise UnknownSlot(slot=code)
    return slot


def find_slots(session: Session) -> list[Slot]:
    """All slots in use, by time of day and code."""
    found = session.scalars(
        select(Slot)
        .where(Slot.removed_at.is_(None))
        .options(selectinload(Slot.targets), selectinload(Slot.series))
        .order_by(Slot.starts_at_local, Slot.code)
    )
    return list(found)


def remove_slot(slot: Slot, *, now: datetime) -> None:
    """Take a slot out of use for good; its row and its past broadcasts stay."""
    slot.removed_at = now


# --- one date ---------------------------------------------------------------------------------------------------
def cancel_date(
    session: Session, slot: Slot, on: date, *, now: datetime, settings: PlanningSettings, by: str = "", reason: str = ""
) -> SlotException:
    """Nothing airs in the slot on that day. Raises `NotAnOccurrence`, `TooLateToPlan`."""
    broadcast = check_open(session, slot, on, now=now, settings=settings, margin=NO_MARGIN)
    exception = _exception_of(session, slot, on, now=now, by=by, reason=reason)
    exception.cancelled = True
    if broadcast is not None:
        broadcast.state = BroadcastState.CANCELLED
    session.flush()
    return exception


def move_date(
    session: Session,
    slot: Slot,
    on: date,
    *,
    to: datetime,
    now: datetime,
    settings: PlanningSettings,
    by: str = "",
    reason: str = "",
) -> SlotException:
    """The occurrence of that day airs at another instant, of any day. Raises `NotAnOccurrence`, `TooLateToPlan`."""
    check_open(session, slot, on, now=now, settings=settings, margin=FREEZE)
    check_time(to, now=now, settings=settings, margin=FREEZE)
    exception = _exception_of(session, slot, on, now=now, by=by, reason=reason)
    exception.moved_to, exception.cancelled = to, False
    session.flush()
    return exception


def pin_date(
    session: Session,
    slot: Slot,
    on: date,
    episode: Episode,
    *,
    now: datetime,
    settings: PlanningSettings,
    by: str = "",
    reason: str = "",
) -> SlotException:
    """That day gets this episode. Raises `NotAnOccurrence`, `TooLateToPlan`, `BadField` for another series' episode."""
    if episode.series_id != slot.series_id:
        raise BadField(field="episode", value=f"{episode.number}/{episode.year}")
    check_open(session, slot, on, now=now, settings=settings, margin=FREEZE)
    exception = _exception_of(session, slot, on, now=now, by=by, reason=reason)
    exception.episode_id, exception.cancelled = episode.id, False
    session.flush()
    return exception


def restore_date(session: Session, slot: Slot, on: date, *, now: datetime, settings: PlanningSettings) -> None:
    """That day is like the others again. Raises `NotAnOccurrence`, `TooLateToPlan`."""
    check_open(session, slot, on, now=now, settings=settings, margin=FREEZE)
    check_time(usual_start(slot, on, settings), now=now, settings=settings, margin=FREEZE)
    exception = _find_exception(session, slot, on)
    if exception is not None:
        session.delete(exception)
        session.flush()


# --- one broadcast ----------------------------------------------------------------------------------------------
def get_broadcast(session: Session, named: str) -> Broadcast:
    """The broadcast whose identifier begins or ends with these characters. Raises `UnknownBroadcast`."""
    wanted = named.strip().lower()
    found = []
    if len(wanted) >= _SHORTEST_NAME:
        ids = session.scalars(select(Broadcast.id))
        found = [item for item in ids if str(item).startswith(wanted) or str(item).endswith(wanted)]
    broadcast = session.get(Broadcast, found[0]) if len(found) == 1 else None
    if broadcast is None:
        raise UnknownBroadcast(broadcast=named)
    return broadcast


def find_broadcast(session: Session, broadcast_id: UUID) -> Broadcast | None:
    """The broadcast with this identifier."""
    return session.get(Broadcast, broadcast_id)


def cancel_broadcast(
    session: Session, broadcast: Broadcast, *, now: datetime, settings: PlanningSettings, by: str = "", reason: str = ""
) -> None:
    """Call a broadcast off before it is on air; the date of its slot stays cancelled. Raises `TooLateToPlan`."""
    if broadcast.state is BroadcastState.CANCELLED:
        return
    if broadcast.slot is not None and broadcast.occurrence_on is not None:
        cancel_date(session, broadcast.slot, broadcast.occurrence_on, now=now, settings=settings, by=by, reason=reason)
        return
    check_not_begun(session, broadcast, now=now, settings=settings, margin=NO_MARGIN)
    broadcast.state = BroadcastState.CANCELLED
    session.flush()


_SHORTEST_NAME = 6
_CHANGEABLE = (
    "title", "rrule", "starts_at_local", "valid_from", "valid_to", "priority", "selection",
    "repeats_slot_id", "pinned_episode_id",
)  # fmt: skip


def _free_code(session: Session, title: str) -> str:
    """A code from the words of a title that no slot has, nor had."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:40].strip("-") or "khung-gio"
    taken = set(session.scalars(select(Slot.code).where(Slot.code.startswith(words, autoescape=True))))
    return next(code for number in count(1) if (code := words if number == 1 else f"{words}-{number}") not in taken)


def _check_selection(series: Series, selection: Selection, repeats: Slot | None, episode: Episode | None) -> None:
    if (selection is Selection.REPEAT) != (repeats is not None):
        raise BadField(field="repeats", value="" if repeats is None else repeats.code)
    if repeats is not None and repeats.series_id != series.id:
        raise BadField(field="repeats", value=repeats.code)
    if (selection is Selection.PINNED) != (episode is not None):
        raise BadField(field="episode", value="" if episode is None else episode.number)
    if episode is not None and episode.series_id != series.id:
        raise BadField(field="episode", value=f"{episode.number}/{episode.year}")


def usual_start(slot: Slot, on: date, settings: PlanningSettings) -> datetime:
    """When the slot's occurrence of that day starts before any exception. Raises `NotAnOccurrence`."""
    usual = recurrence_of(slot, settings.time_zone).find(on)
    if usual is None:
        raise NotAnOccurrence(slot=slot.code, on=f"{on:%d/%m/%Y}")
    return usual


def check_open(
    session: Session, slot: Slot, on: date, *, now: datetime, settings: PlanningSettings, margin: timedelta
) -> Broadcast | None:
    """The written broadcast of an occurrence, if there is one and it may still be changed."""
    usual = usual_start(slot, on, settings)
    written = select(Broadcast).where(Broadcast.slot_id == slot.id, Broadcast.occurrence_on == on)
    broadcast = session.scalar(written.with_for_update())
    exception = _find_exception(session, slot, on)
    if broadcast is not None and broadcast.state is not BroadcastState.CANCELLED:
        check_not_begun(session, broadcast, now=now, settings=settings, margin=margin)
        return broadcast
    if exception is None or not exception.cancelled:
        starts_at = usual if exception is None else exception.moved_to or usual
        check_time(starts_at, now=now, settings=settings, margin=margin)
    return None


def check_not_begun(
    session: Session, broadcast: Broadcast, *, now: datetime, settings: PlanningSettings, margin: timedelta
) -> None:
    """Raises `TooLateToPlan` for a broadcast that is claimed, on air, over, cancelled or too near."""
    claimed = session.scalar(select(Claim.zone_id).where(Claim.broadcast_id == broadcast.id).limit(1)) is not None
    if claimed or broadcast.state is not BroadcastState.PLANNED:
        raise TooLateToPlan(starts_at=_told(broadcast.starts_at, settings))
    check_time(broadcast.starts_at, now=now, settings=settings, margin=margin)


def check_time(starts_at: datetime, *, now: datetime, settings: PlanningSettings, margin: timedelta) -> None:
    """Raises `TooLateToPlan` for an instant that is past or too near."""
    if starts_at <= now + settings.claim_lead + margin:
        raise TooLateToPlan(starts_at=_told(starts_at, settings))


def _told(instant: datetime, settings: PlanningSettings) -> str:
    return f"{instant.astimezone(settings.time_zone):%H:%M %d/%m/%Y}"


def _find_exception(session: Session, slot: Slot, on: date) -> SlotException | None:
    return session.scalar(select(SlotException).where(SlotException.slot_id == slot.id, SlotException.on == on))


def _exception_of(session: Session, slot: Slot, on: date, *, now: datetime, by: str, reason: str) -> SlotException:
    exception = _find_exception(session, slot, on)
    if exception is None:
        exception = SlotException(slot_id=slot.id, on=on, cancelled=False)
        session.add(exception)
    exception.made_at, exception.made_by, exception.reason = now, tidy(by), tidy(reason)
    return exception
