"""Pages of the topic coverage: the tree of areas beside the map, zones as they are, and why one of them is silent."""

from datetime import date, timedelta

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaKind, CarrierKind, LoudspeakerState, ZoneState, is_valid
from scheduler.domain.people import Right
from scheduler.domain.time import local_day
from scheduler.errors import UnknownArea
from scheduler.labels import label
from scheduler.models import Area, Zone
from scheduler.services import (
    area_view,
    coverage,
    coverage_changes,
    coverage_view,
    rules,
    silence,
    silence_days,
    zone_view,
)
from scheduler.services.coverage_view import position_of
from scheduler.services.zone_states import Now, States
from web.coverage_forms import DayForm, LoudspeakerForm, TokenForm, ZonesForm
from web.filters import page_number
from web.forms import HAS_ERRORS, OK, keep_errors, status_of
from web.security import allow, may, scope
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("coverage", __name__)

MOST_DIGITS = 9


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


def this_moment() -> Now:
    """The present instant, for how zones are."""
    return Now(at=now(), day=today(), patience=station().settings.silence)


@pages.app_template_filter("carrier")
def name_carrier(name: str) -> str:
    """What people call a carrier; its own name where it has none."""
    return label(CarrierKind(name), language=page_language()) if name in set(CarrierKind) else name


@pages.get("/coverage/")
@allow(Right.SEE)
def show_coverage() -> ResponseReturnValue:
    """The tree of a day, the map, and the zones of the chosen area or of what is looked for."""
    form, within = ZonesForm(request.args), scope(Right.SEE)
    form.name_choices()
    day = form.on.data if form.validate() and form.on.data else today()
    with look() as session:
        area = _find_chosen(session, day)
        tree = coverage.load_tree(session)
        number = None if area is None else area.id
        rows = coverage_view.read_rows(session, within, moment=this_moment())
        wanted = form.wanted(number)
        found = coverage_view.find_zones(session, rows, wanted, on=day, tree=tree, page=page_number())
        _allow_tiles(session)
        return render_template(
            "coverage/show.html",
            form=form,
            day=day,
            today=today(),
            branches=coverage_view.find_tree(rows, within, on=day, tree=tree, chosen=number),
            areas=coverage_view.find_areas(within, wanted.search, on=day, tree=tree),
            area=area,
            within=within,
            above=[] if area is None else tree.lineage(area.id, on=day)[1:],
            hours=None if area is None else tree.hours_of(
                area.id, own=None, station=station().settings.allowed_hours, on=day
            ),
            found=found,
            page=page_number(),
            pages=max(1, -(-found.number // coverage_view.PER_PAGE)),
            kept={} if day == today() else {"on": day.isoformat()},
        ), (HAS_ERRORS if form.errors else OK)  # fmt: skip


@pages.get("/coverage/areas/<int:number>")
@allow(Right.SEE)
def show_area(number: int) -> ResponseReturnValue:
    """One area: its codes and days, what it came from and what it became."""
    day, within, covered = today(), scope(Right.SEE), scope(Right.COVER)
    with look() as session:
        area = area_view.get_area(session, number, within, on=day)
        tree = coverage.load_tree(session)
        return render_template(
            "coverage/area.html",
            area=area,
            kind=AreaKind(area.kind) if area.kind in set(AreaKind) else None,
            above=tree.lineage(area.id, on=day)[1:],
            hours=tree.hours_of(area.id, own=None, station=station().settings.allowed_hours, on=day),
            position=position_of(area.latitude, area.longitude),
            past=area_view.look(session, area, within),
            zones=len(coverage.zones_of(session, area, on=day, tree=tree)),
            within=within,
            one_day=timedelta(days=1),
            is_valid=is_valid(area.valid_from, area.valid_to, on=day),
            changeable=covered.holds(area.id),
        )


@pages.get("/coverage/points.json")
@allow(Right.SEE)
def tell_points() -> ResponseReturnValue:
    """Where zones stand and how they are, for the map."""
    within = scope(Right.SEE)
    with look() as session:
        rows = coverage_view.read_rows(session, within, moment=this_moment())
        tiles = rules.read(session).tile_url
    told = {state: label(state, language=page_language()) for state in ZoneState}
    points = [
        {
            "code": row.code,
            "name": row.name,
            "area": row.area,
            "at": [row.position.latitude, row.position.longitude],
            "state": row.state.value,
            "told": told[row.state],
        }
        for row in rows
        if row.position is not None
    ]
    return jsonify(points=points, tiles=tiles, zones=url_for(".show_zone", code="-").removesuffix("-"))


@pages.get("/coverage/zones/<code>")
@allow(Right.SEE)
def show_zone(code: str) -> ResponseReturnValue:
    """One zone: what it hears and when, how it is now and why it is silent, what was heard there and what comes."""
    within, _covered = scope(Right.SEE), scope(Right.COVER)  # both are read before the transaction
    with look() as session:
        zone = coverage_view.get_zone(session, code, within)
        return _zone_page(session, zone, LoudspeakerForm())


def _zone_page(session: Session, zone: Zone, form: LoudspeakerForm) -> ResponseReturnValue:
    day, settings = today(), station().settings
    asked = DayForm(request.args)
    then = asked.on.data if asked.validate() else None
    tree = coverage.load_tree(session)
    hours = coverage.allowed_hours(zone, tree, station=settings.allowed_hours, on=day)
    form.name_choices()
    ask = silence.Ask(
        zone=zone, hours=hours, now=now(), time_zone=settings.time_zone, patience=settings.silence
    )  # fmt: skip
    _allow_tiles(session)
    page = render_template(
        "coverage/zone.html",
        zone=zone,
        state=States(session, moment=this_moment()).of(zone.id, active=zone.active, carrier=zone.carrier),
        within=scope(Right.SEE),
        above=tree.lineage(zone.area_id, on=day),
        hours=hours,
        hours_of=coverage_view.where_hours_come_from(zone, tree, on=day),
        reasons=silence.explain(session, ask),
        asked=asked,
        then=then,
        reasons_then=[] if then is None else silence_days.explain_day(session, ask, then),
        carriage=zone_view.find_carriage(session, zone, now=now(), silence_after=settings.silence),
        last=coverage_view.find_last_deliveries(session, zone, on=day),
        coming=coverage_view.find_next(session, zone, now=now()),
        position=position_of(zone.latitude, zone.longitude),
        working=coverage.count_working(zone),
        loudspeakers=[item for item in zone.loudspeakers if item.state != LoudspeakerState.REMOVED],
        kind=LoudspeakerState,
        form=form,
        token=TokenForm(),
        changeable=may(Right.COVER) and scope(Right.COVER).holds(zone.area_id),
    )
    return page, status_of(form)


@pages.post("/coverage/zones/<code>/loudspeakers")
@allow(Right.COVER)
def add_loudspeaker(code: str) -> ResponseReturnValue:
    """One more loudspeaker of a zone."""
    form = LoudspeakerForm()
    form.name_choices()
    with look() as session:
        coverage_view.get_zone(session, code, scope(Right.COVER))
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                coverage.add_loudspeaker(
                    session,
                    coverage.get_zone(session, code),
                    place=str(form.place.data),
                    model=form.model.data or "",
                    identifier=form.identifier.data or "",
                )
            flash(_("Đã thêm loa."))
            return redirect(url_for(".show_zone", code=code), 303)
    with look() as session:
        return _zone_page(session, coverage.get_zone(session, code), form)


@pages.route("/coverage/loudspeakers/<int:number>", methods=["GET", "POST"])
@allow(Right.COVER)
def change_loudspeaker(number: int) -> ResponseReturnValue:
    """Another state, place or number of a loudspeaker."""
    form = LoudspeakerForm()
    form.name_choices()
    with look() as session:
        item = coverage_changes.get_loudspeaker(session, number)
        zone = coverage_view.get_zone(session, item.zone.code, scope(Right.COVER))
        code, name = zone.code, zone.name
        if request.method == "GET":
            form.show_loudspeaker(item)
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                coverage_changes.change_loudspeaker(
                    session,
                    coverage_changes.get_loudspeaker(session, number),
                    place=str(form.place.data),
                    model=form.model.data or "",
                    identifier=form.identifier.data or "",
                    state=LoudspeakerState(form.state.data),
                )
            flash(_("Đã lưu loa."))
            return redirect(url_for(".show_zone", code=code), 303)
    return render_template("coverage/loudspeaker.html", form=form, code=code, name=name), status_of(form)


def _find_chosen(session: Session, day: date) -> Area | None:
    """The area that the address names. Raises `UnknownArea`, also for one outside of the person's areas."""
    named = request.args.get("area", "")
    if not named:
        return None
    if not named.isdecimal() or len(named) > MOST_DIGITS:
        raise UnknownArea(area=named, on=f"{day:%d/%m/%Y}")
    return area_view.get_area(session, int(named), scope(Right.SEE), on=day)


def _allow_tiles(session: Session) -> None:
    """Let this page's map fetch its ground from where the station's rule says."""
    g.image_origin = rules.tile_origin(rules.read(session).tile_url)
