"""Where what an entry of the audit trail is about can be seen today: the name in its page's address."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.models import Area, AuditEntry, Episode, Series, Slot, User, Zone

Thing = tuple[str, str]
"""A kind and the key of a row, as entries name them."""
Address = tuple[str | int, ...]
"""What tells the thing apart in the address of its page."""


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
