"""Pages of the topic fleet: how ready the villages are, their boxes as list and map, one box, rows held back."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import Blueprint, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from scheduler import fleet_words
from scheduler.domain.fleet import FleetState, Lack
from scheduler.domain.people import Right
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.time import local_day
from scheduler.domain.village import CommandOutcome
from scheduler.errors import UnknownArea
from scheduler.labels import label
from scheduler.models import Area
from scheduler.services import area_view, coverage, fleet, fleet_box, fleet_commands, pairing, rules
from scheduler.services.fleet import Box
from web.coverage_forms import TokenForm
from web.filters import kept, page_number
from web.fleet_forms import BoxesForm, RevokeForm
from web.fleet_view import fleet_view
from web.security import allow, may, scope
from web.station import look, now, station
from web.translations import page_language

pages = Blueprint("fleet", __name__)

ORDERS_OF_BOX = 10
_CLOSED_LISTS: Mapping[str, type[StrEnum]] = {
    "kind": EntryKind,
    "reason": Reason,
    "evidence": Evidence,
    "outcome": CommandOutcome,
}
"""Facts of journal rows that come out of closed lists."""


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


# --- how things are written -----------------------------------------------------------------------------------------
@pages.app_template_filter("lack")
def tell_lack(lack: Lack) -> str:
    """What a box lacks, in a sentence."""
    return fleet_words.tell_lack(lack, zone=station().settings.time_zone, language=page_language())


@pages.app_template_filter("ago")
def tell_age(instant: datetime) -> str:
    """How long ago an instant was, roughly."""
    minutes = (now() - instant) // timedelta(minutes=1)
    if minutes >= 2 * 24 * 60:
        return str(ngettext("%(num)s ngày trước", "%(num)s ngày trước", minutes // (24 * 60)))
    if minutes >= 2 * 60:
        return str(ngettext("%(num)s giờ trước", "%(num)s giờ trước", minutes // 60))
    if minutes >= 1:
        return str(ngettext("%(num)s phút trước", "%(num)s phút trước", minutes))
    return str(_("vừa xong"))


@pages.app_template_filter("megabytes")
def write_megabytes(number: float) -> str:
    """Bytes as megabytes, with a decimal where they are few: `3,4`."""
    value = number / 1_000_000
    text = f"{value:.1f}" if value < 100 else f"{value:,.0f}".replace(",", ".")
    return text.replace(".", ",") if value < 100 and page_language() == "vi" else text


@pages.app_template_filter("decimal")
def write_decimal(value: float, digits: int = 1) -> str:
    """A number with so many decimals, with the page's comma or point."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if page_language() == "vi" else text


pages.add_app_template_filter(lambda code: fleet_words.word_clock(code, language=page_language()), "clock_source")
pages.add_app_template_filter(lambda code: fleet_words.word_amplifier(code, language=page_language()), "amplifier")
pages.add_app_template_filter(lambda code: fleet_words.word_refusal(code, language=page_language()), "refusal")


@pages.app_template_filter("revoke_reason")
def tell_revoke_reason(reason: str) -> str:
    """Why a box was revoked: by the station itself, or in the words of a person."""
    known = {pairing.REPLACED: _("đã thay bằng máy khác"), pairing.MOVED: _("đã chuyển sang vùng khác")}
    return str(known.get(reason, reason))


@pages.app_template_filter("start_told")
def tell_start(instant: datetime) -> str:
    """When a broadcast starts, as people say it: `05:30 ngày mai`."""
    local = instant.astimezone(station().settings.time_zone)
    days = (local.date() - today()).days
    if days == 0:
        return str(_("%(time)s hôm nay", time=f"{local:%H:%M}"))
    if days == 1:
        return str(_("%(time)s ngày mai", time=f"{local:%H:%M}"))
    return str(_("%(time)s ngày %(day)s", time=f"{local:%H:%M}", day=f"{local:%d/%m/%Y}"))


# --- all boxes ------------------------------------------------------------------------------------------------------
@pages.get("/fleet/")
@allow(Right.SEE)
def show_fleet() -> ResponseReturnValue:
    """How ready the villages are, the map, and the boxes that are looked for."""
    with look() as session:
        g.image_origin = rules.tile_origin(rules.read(session).tile_url)
        return render_template("fleet/show.html", **_read_list(session))


@pages.get("/fleet/now")
@allow(Right.SEE, by_person=False)
def show_now() -> ResponseReturnValue:
    """What moves on that page, for the page itself."""
    with look() as session:
        return render_template("fleet/_now.html", **_read_list(session))


def _read_list(session: Session) -> Mapping[str, Any]:
    form, view = BoxesForm(request.args), fleet_view().look()
    form.name_choices()
    form.validate()
    area = _find_area(session)
    inside = None if area is None else fleet.areas_in(coverage.load_tree(session), area.id, on=today())
    seen = fleet.seen_by(view, scope(Right.SEE))
    chosen = seen if inside is None else [box for box in seen if box.area_id in inside]
    found = fleet.find_boxes(session, view, chosen, form.wanted(None), on=today(), page=page_number())
    asked: dict[str, Any] = {**kept(form), **({} if area is None else {"area": area.id})}
    return {
        "form": form,
        "area": area,
        "kept": {} if area is None else {"area": area.id},
        "list_url": url_for(".show_fleet", **asked),
        "now_url": url_for(".show_now", **asked, page=page_number()),
        "readiness": fleet.sum_up(view, chosen),
        "counts": fleet.count_states(chosen),
        "found": found,
        "page": page_number(),
        "pages": max(1, -(-found.number // fleet.PER_PAGE)),
        "held_back": fleet_box.find_held_back(session, scope(Right.SEE))[1],
        "may_command": may(Right.PLAN),
        "may_stop_all": may(Right.PLAN) and scope(Right.PLAN).is_everywhere,
    }


def _find_area(session: Session) -> Area | None:
    """The area that the address names. Raises `UnknownArea`, also for one outside of the person's areas."""
    number = request.args.get("area", "")
    if not number:
        return None
    if not number.isdecimal() or len(number) > 9:
        raise UnknownArea(area=number, on=f"{today():%d/%m/%Y}")
    return area_view.get_area(session, int(number), scope(Right.SEE), on=today())


@pages.get("/fleet/points.json")
@allow(Right.SEE, by_person=False)
def tell_points() -> ResponseReturnValue:
    """Where the boxes stand and how they are, for the map."""
    view = fleet_view().look()
    with look() as session:
        tiles = rules.read(session).tile_url
    told = {state: label(state, language=page_language()) for state in FleetState}
    points = [_point_of(box, told) for box in fleet.seen_by(view, scope(Right.SEE)) if box.position is not None]
    return jsonify(points=points, tiles=tiles, zones=url_for(".show_box", code="-").removesuffix("-"))


def _point_of(box: Box, told: Mapping[FleetState, str]) -> dict[str, object]:
    seen_at = box.facts.seen_at
    contact = "" if seen_at is None or box.facts.online else ", " + tell_age(seen_at)
    at = None if box.position is None else [box.position.latitude, box.position.longitude]
    return {
        "code": box.code,
        "name": box.name,
        "area": box.area,
        "at": at,
        "state": box.state.value,
        "told": told[box.state] + contact,
    }


# --- one box --------------------------------------------------------------------------------------------------------
@pages.get("/fleet/zones/<code>")
@allow(Right.SEE)
def show_box(code: str) -> ResponseReturnValue:
    """The box of a zone: how it is, what it lacks and why, what it played, what it was told."""
    with look() as session:
        return render_template("fleet/box.html", **read_box(session, code))


@pages.get("/fleet/zones/<code>/now")
@allow(Right.SEE, by_person=False)
def show_box_now(code: str) -> ResponseReturnValue:
    """What moves on that page, for the page itself."""
    with look() as session:
        return render_template("fleet/_box.html", **read_box(session, code))


def read_box(session: Session, code: str, form: RevokeForm | None = None) -> Mapping[str, Any]:
    """All that the page of a box shows."""
    view = fleet_box.load(session, code, scope(Right.SEE), now=now(), on=today())
    orders, number = fleet_commands.find_orders(session, scope(Right.SEE), zone_id=view.zone.id, most=ORDERS_OF_BOX)
    day = today()
    return {
        "view": view,
        "zone": view.zone,
        "orders": orders,
        "orders_number": number,
        "day": f"{day:%Y-%m-%d}",
        "month": f"{day:%Y-%m}",
        "days_in_month": ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day,
        "may_command": scope(Right.PLAN).holds(view.zone.area_id),
        "may_pair": scope(Right.COVER).holds(view.zone.area_id),
        "may_correct": may(Right.CORRECT),
        "token": TokenForm(),
        "revoke": form or RevokeForm(formdata=None),
        "now": now(),
    }


# --- rows that were held back ---------------------------------------------------------------------------------------
@pages.get("/fleet/held-back")
@allow(Right.SEE)
def show_held_back() -> ResponseReturnValue:
    """Rows of village journals that the station could not use: kept, and shown to people."""
    with look() as session:
        rows, number = fleet_box.find_held_back(session, scope(Right.SEE), page=page_number())
        return render_template(
            "fleet/held_back.html",
            rows=rows,
            number=number,
            page=page_number(),
            pages=max(1, -(-number // fleet_box.HELD_BACK_PER_PAGE)),
        )


@pages.app_template_filter("held_back")
def tell_held_back(problem: Mapping[str, Any] | None) -> str:
    """Why a row was held back."""
    return fleet_words.tell_held_back(problem or {}, language=page_language())


pages.add_app_template_filter(lambda name: fleet_words.word_row(name, language=page_language()), "journal_word")


@pages.app_template_filter("journal_facts")
def tell_journal_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a box wrote in a row of its journal, each fact with what it is called."""
    language = page_language()
    return [(fleet_words.word_row(name, language=language), _write_fact(name, told)) for name, told in facts.items()]


def _write_fact(name: str, told: object) -> str:
    """A fact as the pages write such things; as it came where it is nothing that a station knows."""
    if isinstance(told, float):
        return write_decimal(told)
    if not isinstance(told, str):
        return json.dumps(told, ensure_ascii=False)
    try:
        if name.endswith("_at"):
            instant = datetime.fromisoformat(told).astimezone(station().settings.time_zone)
            return f"{instant:%H:%M:%S %d/%m/%Y}"
        if name in _CLOSED_LISTS:
            return label(_CLOSED_LISTS[name](told), language=page_language())
    except (ValueError, OverflowError):
        return told
    return told
