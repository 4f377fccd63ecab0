"""What entries of the audit trail point at, as it is today: the page of the thing, and names instead of numbers."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from scheduler.models import Area, AuditEntry, Edition, Episode, Recording, Row, Series, Slot, User, Zone
from scheduler.services.audit_labels import label_of

Thing = tuple[str, str]
"""A kind and the key of a row, as entries name them."""
Address = tuple[str | int, ...]
"""What tells the thing apart in the address of its page."""


NAMED: Mapping[str, type[Row]] = {
    "approved_recording_id": Recording,
    "area_id": Area,
    "asked_user_id": User,
    "decided_user_id": User,
    "edition_id": Edition,
    "episode_id": Episode,
    "parent_id": Area,
    "pinned_episode_id": Episode,
    "predecessor_id": Area,
    "received_by_user": User,
    "repeats_slot_id": Slot,
    "series_id": Series,
    "slot_id": Slot,
    "submitted_by_user": User,
    "successor_id": Area,
    "user_id": User,
    "zone_id": Zone,
}
"""Columns that hold the number of a row, which tells a person nothing."""


def find_names(session: Session, entries: Iterable[AuditEntry]) -> dict[tuple[str, int], str]:
    """What the rows are called whose numbers stand in entries, by column and number, but of those that are gone."""
    asked: dict[type[Row], set[int]] = {}
    pairs = {
        (column, number)
        for entry in entries
        for values in (entry.before, entry.after)
        for column, number in values.items()
        if column in NAMED and isinstance(number, int)
    }
    for column, number in pairs:
        asked.setdefault(NAMED[column], set()).add(number)
    labels = {kind: _labels_of(session, kind, numbers) for kind, numbers in asked.items()}
    return {pair: labels[NAMED[pair[0]]][pair[1]] for pair in pairs if pair[1] in labels[NAMED[pair[0]]]}


def _labels_of(session: Session, kind: type[Row], numbers: set[int]) -> dict[int, str]:
    (key,) = inspect(kind).primary_key
    return {number: label_of(row) for number, row in session.execute(select(key, kind).where(key.in_(numbers)))}


def find_addresses(session: Session, entries: Iterable[AuditEntry]) -> dict[Thing, Address]:
    """The addresses of those things that still have a page of their own."""
    asked: dict[str, set[int]] = {}
    for entry in entries:
        if entry.kind in _FINDERS and entry.subject.isdecimal():
            asked.setdefault(entry.kind, set()).add(int(entry.subject))
    return {
        (kind, str(number)): address
        for kind, numbers in asked.items()
        for number, address in _FINDERS[kind](session, numbers).items()
    }


def _find_areas(session: Session, numbers: set[int]) -> dict[int, Address]:
    return {number: (number,) for number in session.scalars(select(Area.id).where(Area.id.in_(numbers)))}


def _find_zones(session: Session, numbers: set[int]) -> dict[int, Address]:
    rows = session.execute(select(Zone.id, Zone.code).where(Zone.id.in_(numbers), Zone.removed_at.is_(None)))
    return {number: (code,) for number, code in rows}


def _find_users(session: Session, numbers: set[int]) -> dict[int, Address]:
    rows = session.execute(select(User.id, User.login).where(User.id.in_(numbers)))
    return {number: (login,) for number, login in rows}


def _find_slots(session: Session, numbers: set[int]) -> dict[int, Address]:
    rows = session.execute(select(Slot.id, Slot.code).where(Slot.id.in_(numbers), Slot.removed_at.is_(None)))
    return {number: (code,) for number, code in rows}


def _find_series(session: Session, numbers: set[int]) -> dict[int, Address]:
    rows = session.execute(select(Series.id, Series.code).where(Series.id.in_(numbers), Series.removed_at.is_(None)))
    return {number: (code,) for number, code in rows}


def _find_episodes(session: Session, numbers: set[int]) -> dict[int, Address]:
    rows = session.execute(
        select(Episode.id, Series.code, Episode.year, Episode.number)
        .join(Series)
        .where(Episode.id.in_(numbers), Episode.removed_at.is_(None))
    )
    return {row_id: (series, year, number) for row_id, series, year, number in rows}


_FINDERS: Mapping[str, Callable[[Session, set[int]], dict[int, Address]]] = {
    "area": _find_areas,
    "episode": _find_episodes,
    "series": _find_series,
    "slot": _find_slots,
    "user": _find_users,
    "zone": _find_zones,
}
