"""Keeping the area tree, zones and loudspeakers, and finding them by code, name and day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.coverage import (
    AreaNode,
    AreaTree,
    Hours,
    LoudspeakerState,
    Succession,
    hours_from_stored,
    hours_to_stored,
    is_valid,
)
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.programme import check_language
from scheduler.domain.text import fold, is_safe_code, sort_key, tidy
from scheduler.errors import AmbiguousArea, AreaCodeTaken, BadField, UnknownArea, UnknownZone, ZoneExists
from scheduler.models import Area, AreaCode, AreaSuccession, Loudspeaker, Zone, ZoneLanguage

OFFICIAL = "gso"
"""The scheme of the statistical office's codes (mã đơn vị hành chính)."""
_LONGEST_NUMBER = 9


# --- areas ----------------------------------------------------------------------------------------------------
def create_area(
    session: Session,
    *,
    kind: str,
    name: str,
    parent: Area | None,
    valid_from: date,
    valid_to: date | None = None,
    code: str | None = None,
    hours: Hours | None = None,
    sample: bool = False,
) -> Area:
    """A new area below its parent. Raises `BadField`, `AreaCodeTaken`."""
    if not tidy(name):
        raise BadField(field="name", value=name)
    check_dates(valid_from, valid_to)
    area = Area(
        parent=parent,
        kind=kind,
        name=tidy(name),
        name_search=fold(name),
        valid_from=valid_from,
        valid_to=valid_to,
        allowed_hours=hours_to_stored(hours),
        sample=sample,
    )
    session.add(area)
    session.flush()
    if code is not None:
        give_code(session, area, code, valid_from=valid_from, valid_to=valid_to)
    return area


def give_code(
    session: Session,
    area: Area,
    code: str,
    *,
    valid_from: date,
    valid_to: date | None = None,
    scheme: str = OFFICIAL,
) -> None:
    """Let an area bear a code for a stretch of days. Raises `AreaCodeTaken` while another one bears it."""
    check_dates(valid_from, valid_to)
    for held in session.scalars(select(AreaCode).where(AreaCode.scheme == scheme, AreaCode.code == code)):
        ends_before = held.valid_to is not None and held.valid_to <= valid_from
        begins_after = valid_to is not None and valid_to <= held.valid_from
        if not (ends_before or begins_after):
            raise AreaCodeTaken(area_code=code, area=held.area.name)
    area.codes.append(AreaCode(scheme=scheme, code=code, valid_from=valid_from, valid_to=valid_to))
    session.flush()


def merge_areas(session: Session, predecessors: Iterable[Area], successor: Area, *, on: date) -> None:
    """From a day on, areas go on as (part of) another: they and their codes end on that day."""
    for area in predecessors:
        end_area(area, on=on)
        session.merge(AreaSuccession(predecessor_id=area.id, successor_id=successor.id, on=on))
    session.flush()


def end_area(area: Area, *, on: date) -> None:
    """The area no longer exists from that day on, and bears no code any more."""
    check_dates(area.valid_from, on)
    area.valid_to = on
    for held in area.codes:
        if held.valid_from < on and (held.valid_to is None or held.valid_to > on):
            held.valid_to = on


def find_area(session: Session, code: str, *, on: date, scheme: str = OFFICIAL) -> Area | None:
    """The area that bore this code on that day; a code alone is no identity, since codes are reused."""
    borne = select(AreaCode).where(AreaCode.scheme == scheme, AreaCode.code == code)
    return next((held.area for held in session.scalars(borne) if is_valid(held.valid_from, held.valid_to, on=on)), None)


def get_area(session: Session, named: str, *, on: date, within: Scope = EVERYWHERE) -> Area:
    """The area that goes by a number (`#12`), a code or a name on that day. Raises `UnknownArea`, `AmbiguousArea`.

    Areas outside of `within` are as unknown as those that do not exist.
    """
    number = named.removeprefix("#")
    if number != named and number.isdecimal() and len(number) <= _LONGEST_NUMBER:
        area = session.get(Area, int(number))
    else:
        area = find_area(session, named, on=on) or _find_by_name(session, named, on=on, within=within)
    if area is None or not within.holds(area.id):
        raise UnknownArea(area=named, on=f"{on:%d/%m/%Y}")
    return area


def tell_area(area_id: int, name: str) -> str:
    """An area as it is suggested to who types one: `Chiềng An #12`."""
    return f"{name} #{area_id}"


def read_told(text: str) -> str:
    """What was typed, for `get_area`: a suggestion (`Chiềng An #12`) is its number, all else what it is."""
    number = text.rpartition("#")[2].strip()
    return f"#{number}" if "#" in text and number.isdecimal() else text.strip()


def find_areas(session: Session, *, on: date, search: str = "", but: Sequence[str] = ()) -> list[Area]:
    """The areas that exist on a day and whose name holds the text (without diacritics), in the order of names.

    Those of the kinds `but` are left out.
    """
    areas = session.scalars(
        select(Area)
        .where(Area.name_search.contains(fold(search), autoescape=True), Area.kind.not_in(but))
        .options(selectinload(Area.codes))
    )
    return sorted(
        (area for area in areas if is_valid(area.valid_from, area.valid_to, on=on)),
        key=lambda area: (sort_key(area.name), area.id),
    )


def code_of(area: Area, *, on: date, scheme: str = OFFICIAL) -> str | None:
    """The code an area bears on a day."""
    borne = (held for held in area.codes if held.scheme == scheme)
    return next((held.code for held in borne if is_valid(held.valid_from, held.valid_to, on=on)), None)


def load_tree(session: Session) -> AreaTree:
    """All areas with what they became, for decisions."""
    found = session.execute(
        select(
            Area.id, Area.parent_id, Area.kind, Area.name, Area.valid_from, Area.valid_to, Area.allowed_hours
        )
    )  # fmt: skip
    areas = [
        AreaNode(
            id=number,
            parent_id=parent_id,
            kind=kind,
            name=name,
            valid_from=valid_from,
            valid_to=valid_to,
            hours=hours_from_stored(hours),
        )
        for number, parent_id, kind, name, valid_from, valid_to, hours in found
    ]
    steps = session.execute(select(AreaSuccession.predecessor_id, AreaSuccession.successor_id))
    return AreaTree(areas, [Succession(predecessor_id=old, successor_id=new) for old, new in steps])


def check_dates(valid_from: date, valid_to: date | None) -> None:
    """Raises `BadField` when something would end before it begins."""
    if valid_to is not None and valid_to <= valid_from:
        raise BadField(field="valid_to", value=f"{valid_to:%d/%m/%Y}")


def _find_by_name(session: Session, name: str, *, on: date, within: Scope) -> Area | None:
    wanted = fold(name)
    same = (area for area in find_areas(session, on=on, search=name) if area.name_search == wanted)
    found = [area for area in same if within.holds(area.id)]
    exact = [area for area in found if area.name.casefold() == tidy(name).casefold()]
    found = exact or found
    if len(found) > 1:
        raise AmbiguousArea(area=name, found=", ".join(f"#{area.id} {area.name}" for area in found))
    return found[0] if found else None


# --- zones ----------------------------------------------------------------------------------------------------
def create_zone(
    session: Session,
    *,
    code: str,
    name: str,
    area: Area,
    carrier: str,
    languages: Sequence[str],
    now: datetime,
    hours: Hours | None = None,
    settings: dict[str, Any] | None = None,
    sample: bool = False,
) -> Zone:
    """A new zone in an area. Raises `BadField`, `ZoneExists`, `UnknownLanguage`."""
    if not is_safe_code(code):
        raise BadField(field="code", value=code)
    if session.scalar(select(Zone.id).where(Zone.code == code)) is not None:
        raise ZoneExists(zone=code)
    if not tidy(name):
        raise BadField(field="name", value=name)
    zone = Zone(
        code=code,
        name=tidy(name),
        area=area,
        carrier=carrier,
        settings=settings or {},
        allowed_hours=hours_to_stored(hours),
        sample=sample,
        created_at=now,
    )
    session.add(zone)
    set_languages(session, zone, languages)
    return zone


def set_languages(session: Session, zone: Zone, languages: Sequence[str]) -> None:
    """What a zone hears, in this order. Raises `UnknownLanguage`, `BadField` for none or one twice."""
    if not languages or len(set(languages)) < len(languages):
        raise BadField(field="languages", value=", ".join(languages))
    for language in languages:
        check_language(language)
    held = {item.language: item for item in zone.languages}
    zone.languages[:] = [held.get(language) or ZoneLanguage(language=language) for language in languages]
    for position, item in enumerate(zone.languages):
        item.position = position
    session.flush()


def get_zone(session: Session, code: str) -> Zone:
    """The zone with this code. Raises `UnknownZone`."""
    zone = session.scalar(select(Zone).where(Zone.code == code, Zone.removed_at.is_(None)))
    if zone is None:
        raise UnknownZone(zone=code)
    return zone


def find_zones(session: Session, *, search: str = "") -> list[Zone]:
    """All zones in use or paused whose code or name holds the text (without diacritics), in the order of names."""
    zones = session.scalars(
        select(Zone)
        .where(Zone.removed_at.is_(None))
        .options(selectinload(Zone.languages), selectinload(Zone.loudspeakers), selectinload(Zone.area))
    )
    wanted = fold(search)
    found = [zone for zone in zones if wanted in fold(f"{zone.code} {zone.name}")]
    return sorted(found, key=lambda zone: (sort_key(zone.name), zone.code))


def zone_codes(session: Session) -> dict[int, str]:
    """The code of every zone there ever was, by its number."""
    return dict(session.execute(select(Zone.id, Zone.code)).all())


def zones_of(session: Session, area: Area, *, on: date, tree: AreaTree | None = None) -> list[Zone]:
    """The active zones that lie in an area on a day, by code.

    Villages of a merged commune lie in what it became; a target that no longer exists means the places it had last.
    """
    tree = tree or load_tree(session)
    in_use = (Zone.removed_at.is_(None), Zone.active)
    # Which areas lie in this one first: rows of all zones of a large station would be made to throw most of them away.
    areas = session.scalars(select(Zone.area_id).where(*in_use).distinct())
    below = [number for number in areas if tree.lies_in(number, area.id, on=on)]
    zones = select(Zone).where(*in_use, Zone.area_id.in_(below)).options(selectinload(Zone.languages))
    return list(session.scalars(zones.order_by(Zone.code)))


def allowed_hours(zone: Zone, tree: AreaTree, *, station: Hours, on: date) -> Hours:
    """When a zone may sound on a day: its own hours, else those of the nearest area above, else the station's."""
    own = hours_from_stored(zone.allowed_hours)
    return tree.hours_of(zone.area_id, own=own, station=station, on=on)


def remove_zone(zone: Zone, *, now: datetime) -> None:
    """Take a zone out of use for good; its row and its past stay."""
    zone.active = False
    zone.removed_at = now


# --- loudspeakers -----------------------------------------------------------------------------------------------
def add_loudspeaker(session: Session, zone: Zone, *, place: str, model: str = "", identifier: str = "") -> Loudspeaker:
    """One more loudspeaker of a zone. Raises `BadField`."""
    if not tidy(place):
        raise BadField(field="place", value=place)
    loudspeaker = Loudspeaker(
        zone=zone,
        place=tidy(place),
        model=tidy(model),
        identifier=tidy(identifier),
        state=LoudspeakerState.WORKING,
    )
    session.add(loudspeaker)
    session.flush()
    return loudspeaker


def count_working(zone: Zone) -> int:
    """How many loudspeakers of a zone can be heard."""
    return sum(item.state == LoudspeakerState.WORKING for item in zone.loudspeakers)
