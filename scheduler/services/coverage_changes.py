"""Changing what there is of areas, zones and loudspeakers."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaKind, CarrierKind, Hours, LoudspeakerState, Position, hours_to_stored
from scheduler.domain.text import fold, tidy
from scheduler.errors import BadField, UnknownCarrier, UnknownLoudspeaker
from scheduler.models import Area, Loudspeaker, Zone
from scheduler.services import coverage, plan_findings

LONGEST = 120


def change_area(
    session: Session,
    area: Area,
    *,
    name: str,
    kind: AreaKind,
    parent: Area | None,
    hours: Hours | None,
    position: Position | None,
    valid_to: date | None,
) -> None:
    """What an area is from now on; the log keeps what it was. Raises `BadField`."""
    if parent is not None and is_within(parent, area):
        raise BadField(field="parent", value=parent.name)
    area.name = _check_text("name", name)
    area.name_search = fold(area.name)
    area.kind = kind.value
    area.parent = parent
    area.allowed_hours = hours_to_stored(hours)
    place(area, position)
    if valid_to != area.valid_to:
        _end_or_reopen(area, valid_to)
    session.flush()


def _end_or_reopen(area: Area, valid_to: date | None) -> None:
    if valid_to is None:
        area.valid_to = None
    else:
        coverage.end_area(area, on=valid_to)


def add_zone(
    session: Session,
    *,
    code: str,
    name: str,
    area: Area,
    carrier: str,
    languages: Sequence[str],
    hours: Hours | None,
    position: Position | None,
    active: bool,
    now: datetime,
) -> Zone:
    """A new zone, for which the plan is drawn again.

    Raises `BadField`, `ZoneExists`, `UnknownLanguage`, `UnknownCarrier`.
    """
    zone = coverage.create_zone(
        session,
        code=code,
        name=name,
        area=area,
        carrier=check_carrier(carrier),
        languages=languages,
        hours=hours,
        now=now,
    )
    place(zone, position)
    zone.active = active
    plan_findings.mark_wanted(session, now=now)
    return zone


def change_zone(
    session: Session,
    zone: Zone,
    *,
    name: str,
    area: Area,
    carrier: str,
    languages: Sequence[str],
    hours: Hours | None,
    position: Position | None,
    active: bool,
) -> None:
    """What a zone is from now on. Raises `BadField`, `UnknownLanguage`, `UnknownCarrier`."""
    zone.name = _check_text("name", name)
    zone.area = area
    zone.carrier = check_carrier(carrier)
    zone.allowed_hours = hours_to_stored(hours)
    zone.active = active
    place(zone, position)
    if [item.language for item in zone.languages] != list(languages):
        coverage.set_languages(session, zone, languages)
    session.flush()


def change_loudspeaker(
    session: Session,
    loudspeaker: Loudspeaker,
    *,
    place: str,
    model: str,
    identifier: str,
    state: LoudspeakerState,
) -> None:
    """What a loudspeaker is from now on. Raises `BadField`."""
    loudspeaker.place = _check_text("place", place)
    loudspeaker.model, loudspeaker.identifier = tidy(model), tidy(identifier)
    loudspeaker.state = state.value
    session.flush()


def place(thing: Area | Zone, position: Position | None) -> None:
    """Put an area or a zone on the map, or take it off. Raises `BadField`."""
    if position is not None and not position.is_on_earth:
        raise BadField(field="position", value=f"{position.latitude}, {position.longitude}")
    thing.latitude = None if position is None else position.latitude
    thing.longitude = None if position is None else position.longitude


def set_in_use(zone: Zone, *, active: bool) -> None:
    """Pause a zone, or let it sound again by the plan."""
    zone.active = active


def get_loudspeaker(session: Session, number: int) -> Loudspeaker:
    """A loudspeaker of a zone in use, by its number. Raises `UnknownLoudspeaker`."""
    found = session.scalar(
        select(Loudspeaker)
        .join(Zone, Zone.id == Loudspeaker.zone_id)
        .where(Loudspeaker.id == number, Zone.removed_at.is_(None))
    )
    if found is None:
        raise UnknownLoudspeaker(loudspeaker=number)
    return found


def check_carrier(name: str) -> str:
    """The name of a carrier that there is. Raises `UnknownCarrier`."""
    if name not in set(CarrierKind):
        raise UnknownCarrier(field="carrier", name=name, known=", ".join(CarrierKind))
    return name


def _check_text(field: str, value: str) -> str:
    text = tidy(value)
    if not text or len(text) > LONGEST:
        raise BadField(field=field, value=value[:40])
    return text


def is_within(area: Area, container: Area) -> bool:
    """Tell whether an area is another one, or was entered somewhere below it."""
    above: Area | None = area
    seen: set[int] = set()
    while above is not None and above.id not in seen:
        if above.id == container.id:
            return True
        seen.add(above.id)
        above = above.parent
    return False
