"""The audit trail: what somebody changes in the station's rows, from what to what, written in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session

from scheduler.domain.identity import uuid7
from scheduler.models import (
    Area,
    AreaCode,
    AreaSuccession,
    AuditEntry,
    Broadcast,
    CorrectionRequest,
    CountingRule,
    Edition,
    Episode,
    Grant,
    Loudspeaker,
    PeriodClose,
    Recording,
    Row,
    Series,
    SeriesLanguage,
    Slot,
    SlotException,
    SlotTarget,
    StationSetting,
    User,
    Zone,
    ZoneLanguage,
)
from scheduler.services.audit_labels import area_of, label_of

AUDITED: tuple[type[Row], ...] = (
    Area, AreaCode, AreaSuccession, Broadcast, CorrectionRequest, CountingRule, Edition, Episode, Grant, Loudspeaker,
    PeriodClose, Recording, Series, SeriesLanguage, Slot, SlotException, SlotTarget, StationSetting, User, Zone,
    ZoneLanguage,
)  # fmt: skip
SECRET = frozenset({"password_hash"})
UNTOLD = frozenset({"title_search", "title_sort", "name_search", "peaks", "rendering", "last_seen_at"})
"""Columns that follow from others or say nothing to a person."""
HIDDEN = "•••"


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who changes something; without a number it is a command on the machine itself."""

    user_id: int | None
    name: str


@dataclass(kw_only=True, slots=True)
class _Change:
    """What became of one row since the transaction began."""

    row: Row
    action: str
    before: dict[str, Any]
    after: dict[str, Any]
    label: str = ""
    area_id: int | None = None


@dataclass(kw_only=True, slots=True)
class _Watch:
    actor: Actor
    now: datetime
    undoes: UUID | None = None
    change_id: UUID
    changes: dict[tuple[str, str], _Change] = field(default_factory=dict)


def watch(session: Session, *, actor: Actor, now: datetime, undoes: UUID | None = None) -> UUID:
    """Write what changes in the audited rows of this transaction into the trail; gives the number of the change."""
    found = _Watch(actor=actor, now=now, undoes=undoes, change_id=uuid7(now=now))
    session.info["audit"] = found
    event.listen(session, "after_flush", _note_flush)
    event.listen(session, "persistent_to_deleted", _note_removal)
    event.listen(session, "before_commit", _write)
    return found.change_id


def note(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    kind: str,
    subject: str,
    label: str = "",
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry for what is no change of a row: signing in, an export, a password chosen."""
    entry = AuditEntry(
        change_id=uuid7(now=now), at=now, user_id=actor.user_id, who=actor.name, action=action, kind=kind,
        subject=subject, label=label, before={}, after=dict(after or {}),
    )  # fmt: skip
    session.add(entry)
    session.flush()


def _note_flush(session: Session, _context: object) -> None:
    watched: _Watch = session.info["audit"]
    for row in (*session.new, *session.dirty):
        if isinstance(row, AUDITED) and _is_of_people(row):
            _note_row(watched, row, "created" if row in session.new else "changed")


def _note_removal(session: Session, row: object) -> None:
    """Also of what was only taken out of a list that owns it: such a row is nowhere named as deleted before."""
    if isinstance(row, AUDITED) and _is_of_people(row):
        _note_row(session.info["audit"], row, "removed")


def _is_of_people(row: Row) -> bool:
    """What the plan's rules draw up by themselves is nobody's change: only one-offs are."""
    return not isinstance(row, Broadcast) or row.slot_id is None


def _note_row(watched: _Watch, row: Row, action: str) -> None:
    before, after = _columns_of(row, action)
    if not before and not after:
        return
    key = (row.__tablename__, _key_of(row))
    earlier = watched.changes.get(key)
    if earlier is None:
        change = watched.changes[key] = _Change(row=row, action=action, before=before, after=after)
    else:
        change = _joined(earlier, action, before, after)
        watched.changes[key] = change
    if action == "removed":  # nothing can be read from it later
        change.label, change.area_id = label_of(row), area_of(row)


def _joined(earlier: _Change, action: str, before: dict[str, Any], after: dict[str, Any]) -> _Change:
    """A row that changed twice in a transaction changed once, from what it was to what it is."""
    if action == "removed":
        return _Change(row=earlier.row, action=action, before={**before, **earlier.before}, after={})
    earlier.before = {**before, **earlier.before} if earlier.action != "created" else {}
    earlier.after = {**earlier.after, **after}
    return earlier


def _columns_of(row: Row, action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if name in UNTOLD:
            continue
        history = state.attrs[name].history
        old = history.deleted[0] if history.deleted else None
        if action == "changed" and history.has_changes():
            before[name], after[name] = _told(name, old), _told(name, getattr(row, name))
        elif action == "created":
            after[name] = _told(name, getattr(row, name))
        elif action == "removed":
            before[name] = _told(name, old if history.deleted else getattr(row, name))
    if before == after:
        return {}, {}
    return before, after


def _told(name: str, value: Any) -> Any:
    if name in SECRET:
        return None if value is None else HIDDEN
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID) else value


def _key_of(row: Row) -> str:
    return "/".join(str(part) for part in inspect(row).mapper.primary_key_from_instance(row))


def _write(session: Session) -> None:
    session.flush()
    watched: _Watch = session.info["audit"]
    for change in watched.changes.values():
        _leave_out_what_stayed(change)
    entries = [
        _entry_of(watched, key, change) for key, change in watched.changes.items() if change.before != change.after
    ]
    watched.changes.clear()
    if entries:
        session.execute(insert(AuditEntry), entries)


def _leave_out_what_stayed(change: _Change) -> None:
    """What was changed and changed back in the same transaction is no change."""
    if change.action == "changed":
        stayed = [name for name, value in change.after.items() if change.before.get(name) == value]
        for name in stayed:
            del change.before[name], change.after[name]


def _entry_of(watched: _Watch, key: tuple[str, str], change: _Change) -> dict[str, Any]:
    removed = change.action == "removed"
    return {
        "change_id": watched.change_id,
        "at": watched.now,
        "user_id": watched.actor.user_id,
        "who": watched.actor.name,
        "action": change.action,
        "kind": key[0],
        "subject": key[1],
        "label": change.label if removed else label_of(change.row),
        "area_id": change.area_id if removed else area_of(change.row),
        "before": change.before,
        "after": change.after,
        "undoes": watched.undoes,
    }
