"""Commands of the topic coverage: the dated tree of areas, zones and loudspeakers."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click
from sqlalchemy.orm import Session

from scheduler.commands.listing import DAY, as_json_option, print_rows, today
from scheduler.domain.coverage import (
    AreaKind,
    AreaTree,
    CarrierKind,
    Hours,
    LoudspeakerState,
    hours_from_stored,
    hours_to_stored,
    is_valid,
    parse_hours,
    tell_hours,
)
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.text import tidy
from scheduler.errors import BadField, BadHours, UnknownCarrier
from scheduler.labels import label
from scheduler.models import Area, Zone
from scheduler.services import coverage
from scheduler.station import Station

LANGUAGES = click.Choice(list(LANGUAGE_NAMES))
KIND_LABELS = {
    AreaKind.PROVINCE: "tỉnh",
    AreaKind.CITY: "thành phố",
    AreaKind.COMMUNE: "xã, phường",
    AreaKind.VILLAGE: "tổ, bản",
}
AREA_HELP = "Area by code, name or #number."
HOURS_HELP = "Allowed hours, e.g. 05:00-21:00; `never` for none, `inherit` for those of the area above."

on_option = click.option("--on", "on", type=DAY, help="As it was on this day; default: today.")


@click.group()
def area() -> None:
    """Areas (địa bàn): the administrative tree over time."""


@area.command("add")
@click.option("--kind", type=click.Choice([kind.value for kind in AreaKind]), required=True)
@click.option("--name", required=True)
@click.option("--parent", help=AREA_HELP)
@click.option("--code", help="Official code, borne from the same day on.")
@click.option("--from", "valid_from", type=DAY, help="First day; default: today.")
@click.option("--hours", help=HOURS_HELP)
@click.option("--replaces", multiple=True, help="Area that goes on as (part of) this one from that day on; repeatable.")
@click.pass_obj
def add_area(station: Station, /, parent: str | None, hours: str | None, replaces: Sequence[str], **given: Any) -> None:
    """Add an area, possibly one that others become part of."""
    day = given.pop("valid_from") or today(station)
    with station.sessions.begin() as session:
        # Predecessors are found first: the new area may bear the code of one of them.
        before = [_get_predecessor(session, named, day) for named in replaces]
        code = given.pop("code")
        made = coverage.create_area(
            session,
            parent=coverage.get_area(session, parent, on=day) if parent else None,
            valid_from=day,
            hours=_hours(hours),
            **given,
        )
        coverage.merge_areas(session, before, made, on=day)
        if code:
            coverage.give_code(session, made, code, valid_from=day)
        click.echo(f"Đã thêm địa bàn #{made.id} {made.name}.")


@area.command("list")
@on_option
@click.option("--search", default="", help="Text of the name; diacritics do not matter.")
@as_json_option
@click.pass_obj
def list_areas(station: Station, on: date | None, search: str, as_json: bool) -> None:
    """List the areas of a day."""
    day = on or today(station)
    with station.sessions.begin() as session:
        tree = coverage.load_tree(session)
        rows = [_row_of_area(item, tree, day) for item in coverage.find_areas(session, on=day, search=search)]
    print_rows(
        {"id": "#", "code": "mã", "kind_label": "loại", "name": "địa bàn", "within": "thuộc", "sample": "mẫu"},
        rows,
        as_json=as_json,
    )


@area.command("show")
@click.argument("area", metavar="CODE|NAME|#NUMBER")
@on_option
@as_json_option
@click.pass_obj
def show_area(station: Station, area: str, on: date | None, as_json: bool) -> None:
    """Show one area: its codes over time, what it lies in and the zones in it."""
    day = on or today(station)
    with station.sessions.begin() as session:
        tree = coverage.load_tree(session)
        found = coverage.get_area(session, area, on=day)
        zones = coverage.zones_of(session, found, on=day, tree=tree)
        codes = [f"{item.code} ({_told_dates(item.valid_from, item.valid_to)})" for item in found.codes]
        row = _row_of_area(found, tree, day) | {"codes": codes, "zones": [zone.code for zone in zones]}
    headings = {"id": "#", "kind_label": "loại", "name": "địa bàn", "valid": "hiệu lực", "codes": "mã"}
    print_rows(headings | {"within": "thuộc", "zones": "vùng phát"}, [row], as_json=as_json)


@click.group()
def zone() -> None:
    """Zones (vùng phát): loudspeakers that hear the same thing."""


@zone.command("add")
@click.option("--code", required=True, help="Letters, digits, - _ . (not first); carriers use it in names of files.")
@click.option("--name", required=True)
@click.option("--area", required=True, help=AREA_HELP)
@click.option("--carrier", required=True)
@click.option("--language", "languages", multiple=True, type=LANGUAGES, required=True, help="In the order heard.")
@click.option("--hours", help=HOURS_HELP)
@click.pass_obj
def add_zone(station: Station, /, area: str, carrier: str, hours: str | None, **given: Any) -> None:
    """Add a zone."""
    _check_carrier(carrier)
    with station.sessions.begin() as session:
        made = coverage.create_zone(
            session,
            area=coverage.get_area(session, area, on=today(station)),
            carrier=carrier,
            hours=_hours(hours),
            now=station.clock.now(),
            **given,
        )
        click.echo(f"Đã thêm vùng phát {made.code}: {made.name}.")


@zone.command("set")
@click.argument("code")
@click.option("--name")
@click.option("--area", help=AREA_HELP)
@click.option("--carrier")
@click.option("--language", "languages", multiple=True, type=LANGUAGES, help="All of them, in the order heard.")
@click.option("--hours", help=HOURS_HELP)
@click.option("--active/--paused", default=None, help="Whether it is used.")
@click.pass_obj
def set_zone(station: Station, /, code: str, area: str | None, languages: Sequence[str], **given: Any) -> None:
    """Change a zone; what is not named stays."""
    with station.sessions.begin() as session:
        found = coverage.get_zone(session, code)
        if area is not None:
            found.area = coverage.get_area(session, area, on=today(station))
        if languages:
            coverage.set_languages(session, found, languages)
        _change_zone(found, **given)
        click.echo(f"Đã sửa vùng phát {found.code}: {found.name}.")


@zone.command("list")
@click.option("--area", help=AREA_HELP)
@click.option("--search", default="", help="Text of code or name; diacritics do not matter.")
@on_option
@as_json_option
@click.pass_obj
def list_zones(station: Station, area: str | None, search: str, on: date | None, as_json: bool) -> None:
    """List zones with what they hear, when they may sound and how many loudspeakers work."""
    day = on or today(station)
    with station.sessions.begin() as session:
        tree = coverage.load_tree(session)
        found = coverage.find_zones(session, search=search)
        if area is not None:
            target = coverage.get_area(session, area, on=day)
            found = [item for item in found if tree.lies_in(item.area_id, target.id, on=day)]
        rows = [_row_of_zone(item, tree, day, station.settings.allowed_hours) for item in found]
    headings = {"code": "mã", "name": "vùng phát", "commune": "xã, phường", "carrier": "đường truyền"}
    more = {"languages": "ngôn ngữ", "told_hours": "giờ được phát", "loudspeakers": "loa", "active": "dùng"}
    print_rows(headings | more, rows, as_json=as_json)


@zone.command("remove")
@click.argument("code")
@click.pass_obj
def remove_zone(station: Station, code: str) -> None:
    """Take a zone out of use for good; its past stays counted."""
    with station.sessions.begin() as session:
        coverage.remove_zone(coverage.get_zone(session, code), now=station.clock.now())
        click.echo(f"Đã bỏ vùng phát {code}; các lần phát đã ghi vẫn giữ nguyên.")


@click.group()
def loudspeaker() -> None:
    """Loudspeakers (loa) of a zone."""


@loudspeaker.command("add")
@click.option("--zone", required=True, metavar="CODE")
@click.option("--place", required=True, help="Where it hangs.")
@click.option("--model", default="")
@click.option("--identifier", default="")
@click.pass_obj
def add_loudspeaker(station: Station, /, zone: str, **given: Any) -> None:
    """Add a loudspeaker to a zone."""
    with station.sessions.begin() as session:
        made = coverage.add_loudspeaker(session, coverage.get_zone(session, zone), **given)
        click.echo(f"Đã thêm loa #{made.id} vào {zone}: {made.place}.")


@loudspeaker.command("list")
@click.option("--zone", metavar="CODE", help="Only of this zone.")
@as_json_option
@click.pass_obj
def list_loudspeakers(station: Station, zone: str | None, as_json: bool) -> None:
    """List loudspeakers."""
    with station.sessions.begin() as session:
        zones = [coverage.get_zone(session, zone)] if zone else coverage.find_zones(session)
        rows = [
            {"id": item.id, "zone": of.code, "place": item.place, "model": item.model, "identifier": item.identifier,
             "state": item.state, "state_label": label(LoudspeakerState(item.state))}
            for of in zones
            for item in of.loudspeakers
        ]  # fmt: skip
    print_rows(
        {
            "id": "#",
            "zone": "vùng",
            "place": "nơi đặt",
            "model": "kiểu",
            "identifier": "số máy",
            "state_label": "tình trạng",
        },
        rows,
        as_json=as_json,
    )


def _change_zone(zone: Zone, *, name: str | None, carrier: str | None, hours: str | None, active: bool | None) -> None:
    if name is not None:
        if not tidy(name):
            raise BadField(field="name", value=name)
        zone.name = tidy(name)
    if carrier is not None:
        _check_carrier(carrier)
        zone.carrier = carrier
    if hours is not None:
        zone.allowed_hours = hours_to_stored(_hours(hours))
    if active is not None:
        zone.active = active


def _check_carrier(name: str) -> None:
    if name not in set(CarrierKind):
        raise UnknownCarrier(name=name, known=", ".join(sorted(CarrierKind)))


def _hours(text: str | None) -> Hours | None:
    if text is None or text == "inherit":
        return None
    try:
        return parse_hours(text)
    except ValueError as error:
        raise BadHours(hours=text) from error


def _get_predecessor(session: Session, named: str, day: date) -> Area:
    return coverage.get_area(session, named, on=date.fromordinal(day.toordinal() - 1))


def _told_dates(valid_from: date, valid_to: date | None) -> str:
    return f"{valid_from:%d/%m/%Y}–" + ("" if valid_to is None else f"{valid_to:%d/%m/%Y}")


def _row_of_area(area: Area, tree: AreaTree, day: date) -> dict[str, Any]:
    above = [node.name for node in tree.lineage(area.id, on=day) if node.id != area.id]
    return {
        "id": area.id,
        "code": coverage.code_of(area, on=day),
        "kind": area.kind,
        "kind_label": KIND_LABELS.get(AreaKind(area.kind), area.kind),
        "name": area.name,
        "within": above,
        "valid_from": area.valid_from.isoformat(),
        "valid_to": area.valid_to.isoformat() if area.valid_to else None,
        "valid": _told_dates(area.valid_from, area.valid_to),
        "exists": is_valid(area.valid_from, area.valid_to, on=day),
        "allowed_hours": area.allowed_hours,
        "sample": area.sample,
    }


def _row_of_zone(zone: Zone, tree: AreaTree, day: date, station_hours: Hours) -> dict[str, Any]:
    hours = coverage.allowed_hours(zone, tree, station=station_hours, on=day)
    own = hours_from_stored(zone.allowed_hours)
    return {
        "code": zone.code,
        "name": zone.name,
        "area": zone.area.name,
        "commune": tree.commune_of(zone.area_id, on=day).name,
        "carrier": zone.carrier,
        "languages": [item.language for item in zone.languages],
        "allowed_hours": hours_to_stored(hours),
        "own_hours": hours_to_stored(own),
        "told_hours": tell_hours(hours),
        "loudspeakers": coverage.count_working(zone),
        "active": zone.active,
        "sample": zone.sample,
    }


COMMANDS: tuple[click.Command, ...] = (area, zone, loudspeaker)
