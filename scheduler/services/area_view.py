"""One area with its past: codes over time, what it came from and what it became; merging it into another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import is_valid
from scheduler.domain.people import Scope
from scheduler.domain.text import tidy
from scheduler.errors import AmbiguousArea, BadField, UnknownArea
from scheduler.models import Area, AreaCode, AreaSuccession
from scheduler.services import coverage, coverage_changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """Another area that this one came from or went on as; `shown` when the person sees that one too."""

    id: int
    name: str
    on: date
    shown: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaPast:
    """What an area was before, and what it became."""

    codes: Sequence[AreaCode]
    before: Sequence[Related]
    after: Sequence[Related]


def look(session: Session, area: Area, scope: Scope) -> AreaPast:
    """The history of an area, by day."""
    return AreaPast(
        codes=sorted(area.codes, key=lambda item: (item.valid_from, item.code)),
        before=_related(session, area, scope, forward=False),
        after=_related(session, area, scope, forward=True),
    )


def _related(session: Session, area: Area, scope: Scope, *, forward: bool) -> list[Related]:
    own, other = AreaSuccession.predecessor_id, AreaSuccession.successor_id
    if not forward:
        own, other = other, own
    found = session.execute(
        select(Area.id, Area.name, AreaSuccession.on)
        .join(AreaSuccession, other == Area.id)
        .where(own == area.id)
        .order_by(AreaSuccession.on, Area.name)
    )
    return [Related(id=number, name=name, on=on, shown=scope.holds(number)) for number, name, on in found]


def get_area(session: Session, area_id: int, scope: Scope, *, on: date) -> Area:
    """The area with this number within a scope. Raises `UnknownArea`, also for one outside of it."""
    area = session.get(Area, area_id)
    if area is None or not scope.holds(area.id):
        raise UnknownArea(area=f"#{area_id}", on=f"{on:%d/%m/%Y}")
    return area


def get_told_area(session: Session, text: str, scope: Scope, *, on: date, field: str) -> Area:
    """The area that somebody typed, within a scope and there on that day. Raises `UnknownArea`, `AmbiguousArea`."""
    try:
        area = coverage.get_area(session, coverage.read_told(text), on=on, within=scope)
    except (UnknownArea, AmbiguousArea) as error:
        raise type(error)(**{**error.facts, "field": field}) from error
    if not is_valid(area.valid_from, area.valid_to, on=on):
        raise UnknownArea(field=field, area=text, on=f"{on:%d/%m/%Y}")
    return area


def change_code(session: Session, area: Area, code: str, *, on: date) -> None:
    """From a day on an area bears this code (none: no code). Raises `AreaCodeTaken`."""
    code = tidy(code)
    held = [
        item
        for item in area.codes
        if item.scheme == coverage.OFFICIAL and is_valid(item.valid_from, item.valid_to, on=on)
    ]
    if [item.code for item in held] == ([code] if code else []):
        return
    for item in held:
        if item.valid_from == on:
            session.delete(item)
            area.codes.remove(item)
        else:
            item.valid_to = on
    session.flush()
    if code:
        coverage.give_code(session, area, code, valid_from=max(on, area.valid_from), valid_to=area.valid_to)


def merge(session: Session, area: Area, successor: Area, *, on: date) -> None:
    """From a day on an area is part of another. Raises `BadField` where that makes no sense."""
    if coverage_changes.is_within(successor, area):
        raise BadField(field="successor", value=successor.name)
    if area.valid_to is not None and area.valid_to < on:
        raise BadField(field="on", value=f"{on:%d/%m/%Y}")
    if not is_valid(successor.valid_from, successor.valid_to, on=on) or on <= area.valid_from:
        raise BadField(field="on", value=f"{on:%d/%m/%Y}")
    coverage.merge_areas(session, [area], successor, on=on)
