"""Taking back a person's last change of the plan, as the audit trail tells it: every row becomes what it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, inspect, select
from sqlalchemy.orm import Session, aliased

from scheduler.domain.planning import BroadcastState
from scheduler.errors import ChangedSince, NothingToUndo
from scheduler.models import AuditEntry, Broadcast, Row, Slot, SlotException, SlotTarget, UtcDateTime
from scheduler.services import plan_scope, slots
from scheduler.services.plan_scope import Reader
from scheduler.services.plan_source import FREEZE, PlanningSettings

OFFERED_FOR = timedelta(hours=24)
KINDS: Mapping[str, type[Row]] = {kind.__tablename__: kind for kind in (Slot, SlotTarget, SlotException, Broadcast)}
"""In this order a change is taken back: slots first, since the others belong to them."""


_WATCHED = frozenset({"starts_at", "episode_id", "state", "priority"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Undoable:
    """A change that may be taken back, and what it was about."""

    change_id: UUID
    at: datetime
    kind: str
    action: str
    labels: tuple[str, ...]


def find_last(session: Session, *, user_id: int, now: datetime) -> Undoable | None:
    """The person's last change of the plan that was not taken back yet and is no undo itself."""
    later = aliased(AuditEntry)
    last = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.user_id == user_id, AuditEntry.kind.in_(KINDS), AuditEntry.undoes.is_(None))
        .where(AuditEntry.at > now - OFFERED_FOR)
        .where(~exists().where(later.undoes == AuditEntry.change_id, later.user_id == user_id))
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    if last is None:
        return None
    entries = _entries_of(session, last.change_id)
    main = min(entries, key=lambda entry: (list(KINDS).index(entry.kind) if entry.kind in KINDS else 0, entry.id))
    labels = dict.fromkeys(entry.label for entry in entries if entry.kind == main.kind)
    return Undoable(
        change_id=last.change_id, at=last.at, kind=main.kind, action=main.action, labels=tuple(labels)
    )  # fmt: skip


def undo(
    session: Session, change_id: UUID, *, user_id: int, reader: Reader, now: datetime, settings: PlanningSettings
) -> list[str]:
    """Take back a change; says of what. The caller writes the plan afterwards.

    Raises `NothingToUndo`, `ChangedSince` when somebody changed the same since, `TooLateToPlan`, and `UnknownSlot` or
    `UnknownBroadcast` for what the person may not change any more.
    """
    last = find_last(session, user_id=user_id, now=now)
    if last is None or last.change_id != change_id:
        raise NothingToUndo
    entries = _entries_of(session, change_id)
    made = {entry.subject for entry in entries if entry.kind == "slot" and entry.action == "created"}
    steps = [entry for entry in entries if entry.kind != "slot_target" or str(_slot_of(entry)) not in made]
    for entry in sorted(steps, key=lambda item: list(KINDS).index(item.kind)):
        _take_back(session, entry, reader=reader, now=now, settings=settings)
        session.flush()
    return list(last.labels)


def _entries_of(session: Session, change_id: UUID) -> list[AuditEntry]:
    found = session.scalars(select(AuditEntry).where(AuditEntry.change_id == change_id).order_by(AuditEntry.id))
    return list(found)


def _take_back(
    session: Session, entry: AuditEntry, *, reader: Reader, now: datetime, settings: PlanningSettings
) -> None:
    if entry.kind not in KINDS:
        raise NothingToUndo
    kind = KINDS[entry.kind]
    row = session.get(kind, _key_of(kind, entry.subject), populate_existing=True)
    if entry.action == "removed":
        if row is not None:
            raise ChangedSince(what=entry.label)
        row = kind(**_values_of(kind, entry.before))
        session.add(row)
        session.flush()
        _check(session, row, reader=reader, now=now, settings=settings)
        return
    if row is None or not _is_as(row, entry.after):
        raise ChangedSince(what=entry.label)
    _check(session, row, reader=reader, now=now, settings=settings)
    if entry.action == "created":
        _remove(session, row, now=now, settings=settings)
        return
    for name, value in _values_of(kind, entry.before).items():
        setattr(row, name, value)
    session.flush()
    _check(session, row, reader=reader, now=now, settings=settings)


def _remove(session: Session, row: Row, *, now: datetime, settings: PlanningSettings) -> None:
    match row:
        case Slot():
            slots.remove_slot(row, now=now)
        case Broadcast():
            slots.cancel_broadcast(session, row, now=now, settings=settings)
        case SlotException():
            usual = slots.usual_start(session.get_one(Slot, row.slot_id), row.on, settings)
            slots.check_time(usual, now=now, settings=settings, margin=FREEZE)
            session.delete(row)
        case _:
            session.delete(row)


def _check(session: Session, row: Row, *, reader: Reader, now: datetime, settings: PlanningSettings) -> None:
    """The person may change it, and it is not too late: neither for what it is nor for what it becomes."""
    match row:
        case Slot():
            plan_scope.check_slot_changeable(session, row, reader)
        case SlotTarget():
            plan_scope.check_slot_changeable(session, session.get_one(Slot, row.slot_id), reader)
        case SlotException():
            slot = session.get_one(Slot, row.slot_id)
            plan_scope.check_slot_changeable(session, slot, reader)
            slots.check_open(session, slot, row.on, now=now, settings=settings, margin=FREEZE)
            slots.check_time(
                row.moved_to or slots.usual_start(slot, row.on, settings), now=now, settings=settings, margin=FREEZE
            )
        case Broadcast():
            plan_scope.check_broadcast_changeable(session, row, reader)
            if row.state is BroadcastState.CANCELLED:
                slots.check_time(row.starts_at, now=now, settings=settings, margin=FREEZE)
            else:
                slots.check_not_begun(session, row, now=now, settings=settings, margin=FREEZE)


# --- rows as the trail tells them -----------------------------------------------------------------------------------
def _slot_of(entry: AuditEntry) -> object:
    return entry.after.get("slot_id", entry.before.get("slot_id"))


def _key_of(kind: type[Row], subject: str) -> object:
    return UUID(subject) if kind is Broadcast else int(subject)


def _is_as(row: Row, told: Mapping[str, Any]) -> bool:
    """Tell whether the row is still what the change made of it."""
    values = _values_of(type(row), told)
    if isinstance(row, Broadcast):  # the plan keeps the rest of a one-off up to date by itself
        values = {name: value for name, value in values.items() if name in _WATCHED}
    return all(getattr(row, name) == value for name, value in values.items())


def _values_of(kind: type[Row], told: Mapping[str, Any]) -> dict[str, Any]:
    columns = inspect(kind).columns
    return {name: _value(columns[name].type, value) for name, value in told.items() if name in columns}


def _value(column_type: Any, told: Any) -> Any:
    if told is None:
        return None
    python_type = _python_type(column_type)
    reading = _READINGS.get(python_type)
    if reading is not None:
        return reading(told)
    return python_type(told) if issubclass(python_type, Enum | UUID) else told


def _python_type(column_type: Any) -> type:
    if isinstance(column_type, UtcDateTime):  # a decorated type does not say what it gives
        return datetime
    enum_class = getattr(column_type, "enum_class", None)
    found: type = enum_class or column_type.python_type
    return found


_READINGS: dict[type, Callable[[str], object]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
}
