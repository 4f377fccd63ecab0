"""Pages of the topic fleet: telling villages what to do at once, as an exercise too, and what became of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.domain.people import Right, Scope
from scheduler.domain.planning import Priority
from scheduler.errors import NotASamplePlayer, NothingToPlan, UnknownArea, UnknownZone
from scheduler.models import VillageCommand
from scheduler.plan_words import in_words
from scheduler.services import (
    audit,
    coverage,
    coverage_view,
    fleet_box,
    fleet_commands,
    pairing,
    plan_choices,
    plan_findings,
    village_commands,
    village_say,
)
from scheduler.services.fleet_commands import Order, Reach
from scheduler.village_messages import Audience, CommandKind
from web.coverage_forms import TokenForm
from web.filters import page_number
from web.fleet import today
from web.fleet_forms import CommandForm, PlaceForm
from web.fleet_keys import signer
from web.forms import keep_errors, status_of
from web.plan_forms import given
from web.plan_view import flash_findings
from web.security import allow, me, scope
from web.station import actor, change, look, now, station
from web.translations import page_language

pages = Blueprint("fleet_commands", __name__)

UNPLUGGED_S = 120


# --- giving a command -----------------------------------------------------------------------------------------------
@pages.route("/fleet/command", methods=["GET", "POST"])
@allow(Right.PLAN)
def give_command() -> ResponseReturnValue:
    """Tell a zone, an area or every village what to do; asks before it is sent."""
    return _command_page(exercise=False)


@pages.route("/fleet/exercise", methods=["GET", "POST"])
@allow(Right.PLAN)
def give_exercise() -> ResponseReturnValue:
    """The same as an exercise (diễn tập): it sounds in earnest, and looks and is logged as an exercise."""
    return _command_page(exercise=True)


@pages.route("/fleet/stop-all", methods=["GET", "POST"])
@allow(Right.PLAN)
def stop_all() -> ResponseReturnValue:
    """Let every village fall silent now; asks once."""
    form, everything = TokenForm(), Audience()
    with look() as session:
        reach = fleet_commands.find_reach(session, everything, scope(Right.PLAN), on=today())
    if form.validate_on_submit():
        with change() as session:
            row = _issue(session, CommandKind.STOP, everything)
            number = row.id
        return redirect(url_for(".show_order", command_id=number), 303)
    return render_template("fleet/stop_all.html", form=form, reach=reach)


def _command_page(*, exercise: bool) -> ResponseReturnValue:
    form = CommandForm()
    with look() as session:
        audience, problem = _find_audience(session)
        form.name_choices(plan_choices.find_episodes(session), exercise=exercise)
        reach = None
        if audience is not None:
            reach = fleet_commands.find_reach(session, audience, scope(Right.PLAN), on=today())
        suggested = _suggest(session)
    if request.method == "GET" and form.kind.data is None:
        form.kind.data = request.args.get("kind") or CommandKind.SAY.value
    if audience is not None and reach is not None and form.validate_on_submit():
        if "confirmed" not in request.form:
            return _ask(form, audience, reach, exercise=exercise)
        with keep_errors(form):
            return redirect(url_for(".show_order", command_id=_give(form, audience, exercise=exercise)), 303)
    return render_template(
        "fleet/command.html", form=form, place=PlaceForm(request.args), problem=problem, reach=reach,
        audience=_address_of(audience), exercise=exercise, suggested=suggested,
        everywhere=scope(Right.PLAN).is_everywhere,
    ), (422 if problem else status_of(form))  # fmt: skip


def _ask(form: CommandForm, audience: Audience, reach: Reach, *, exercise: bool) -> ResponseReturnValue:
    """Say whom it reaches before it is sent."""
    with look() as session:
        said = None if form.kind.data != CommandKind.SAY else plan_choices.get_episode(session, form.episode.data)
    return render_template(
        "fleet/confirm.html",
        form=form,
        kind=CommandKind(form.kind.data),
        reach=reach,
        episode=said,
        audience=_address_of(audience),
        exercise=exercise,
    )


def _give(form: CommandForm, audience: Audience, *, exercise: bool) -> UUID:
    kind = CommandKind(form.kind.data)
    with change() as session:
        if kind is CommandKind.SAY:
            return _say(session, form, audience, exercise=exercise).id
        volume = form.volume.data if kind is CommandKind.VOLUME else None
        return _issue(session, kind, audience, volume=volume).id


def _issue(
    session: Session, kind: CommandKind, audience: Audience, *, volume: int | None = None, seconds: int | None = None
) -> VillageCommand:
    place = fleet_commands.check_audience(session, audience, scope(Right.PLAN))
    row = village_commands.issue(
        session, kind, audience, by=me().name, user_id=me().id, now=now(), signer=signer(),
        lasts=village_commands.LASTS[kind], volume=volume, seconds=seconds, on=today(),
    )  # fmt: skip
    _note(session, row, place)
    return row


def _say(session: Session, form: CommandForm, audience: Audience, *, exercise: bool) -> VillageCommand:
    place = fleet_commands.check_audience(session, audience, scope(Right.PLAN))
    settings = station().settings
    try:
        said = village_say.say(
            session, plan_choices.get_episode(session, form.episode.data), audience, by=me().name, user_id=me().id,
            now=now(), signer=signer(), settings=settings, priority=given(form.priority.data), exercise=exercise,
        )  # fmt: skip
    except NothingToPlan as error:
        raise in_words(error, zone=settings.time_zone, language=page_language()) from error
    first = min(said.commands, key=lambda row: row.id)
    _note(session, first, place)
    flash_findings(plan_findings.with_titles(session, said.findings))
    return first


def _note(session: Session, row: VillageCommand, place: str) -> None:
    """Every command stands in the trail with who gave it."""
    audit.note(
        session,
        actor=actor(),
        now=now(),
        action="commanded",
        kind="village_command",
        subject=str(row.id),
        label=place or str(_("mọi vùng")),
        after={"command": row.kind, "exercise": row.exercise, **_told(row)},
    )


def _told(row: VillageCommand) -> Mapping[str, object]:
    volume = row.facts.get("volume")
    return {} if volume is None else {"volume": volume}


# --- whom it is for -------------------------------------------------------------------------------------------------
def _find_audience(session: Session) -> tuple[Audience | None, str]:
    """Whom the address names, by zone, area or what was typed; None while nobody is chosen. And what is wrong."""
    within = scope(Right.PLAN)
    code, area, typed = (request.args.get(name, "").strip() for name in ("zone", "area", "place"))
    if code:
        return Audience(zone_id=fleet_box.get_zone(session, code, within).id), ""
    if area:
        if not area.isdecimal() or len(area) > 9:
            raise UnknownArea(area=area, on=f"{today():%d/%m/%Y}")
        return Audience(area_id=int(area)), ""
    if typed:
        found = _read_place(session, typed, within, on=today())
        return found, "" if found is not None else _(
            "Không có vùng phát hay địa bàn nào tên như vậy trong quyền của bạn."
        )
    if within.is_everywhere and "all" in request.args:
        return Audience(), ""
    return None, ""


def _read_place(session: Session, typed: str, within: Scope, *, on: date) -> Audience | None:
    """The zone with this code, else the area of this name, else the one zone of this name."""
    try:
        return Audience(zone_id=fleet_box.get_zone(session, typed.rpartition("·")[2].strip(), within).id)
    except UnknownZone:
        pass
    try:
        return Audience(area_id=coverage.get_area(session, coverage.read_told(typed), on=on, within=within).id)
    except UnknownArea:
        zone = fleet_box.find_zone_named(session, typed, within)
        return None if zone is None else Audience(zone_id=zone.id)


def _address_of(audience: Audience | None) -> Mapping[str, Any]:
    """What the address of a page says of whom a command is for."""
    if audience is None:
        return {}
    if audience.zone_id is not None:
        with look() as session:
            return {"zone": coverage.zone_codes(session)[audience.zone_id]}
    return {"all": 1} if audience.area_id is None else {"area": audience.area_id}


def _suggest(session: Session) -> list[tuple[str, str]]:
    return coverage_view.suggest_areas(scope(Right.PLAN), on=today(), tree=coverage.load_tree(session))


# --- what became of it ----------------------------------------------------------------------------------------------
@pages.get("/fleet/commands/")
@allow(Right.SEE)
def show_orders() -> ResponseReturnValue:
    """All that villages were told, the newest first."""
    with look() as session:
        orders, number = fleet_commands.find_orders(session, scope(Right.SEE), page=page_number())
        return render_template(
            "fleet/orders.html",
            orders=orders,
            number=number,
            page=page_number(),
            pages=max(1, -(-number // fleet_commands.ORDERS_PER_PAGE)),
            now=now(),
        )


@pages.get("/fleet/commands/<uuid:command_id>")
@allow(Right.SEE)
def show_order(command_id: UUID) -> ResponseReturnValue:
    """A command, and zone by zone what became of it."""
    with look() as session:
        return render_template("fleet/order.html", **_read_order(session, command_id))


@pages.get("/fleet/commands/<uuid:command_id>/now")
@allow(Right.SEE, by_person=False)
def show_order_now(command_id: UUID) -> ResponseReturnValue:
    """What moves on that page, for the page itself."""
    with look() as session:
        return render_template("fleet/_order.html", **_read_order(session, command_id))


def _read_order(session: Session, command_id: UUID) -> Mapping[str, Any]:
    order = fleet_commands.get_order(session, command_id, scope(Right.SEE))
    return {
        "order": order,
        "deliveries": fleet_commands.find_deliveries(session, order, scope(Right.SEE), page=page_number()),
        "page": page_number(),
        "pages": max(1, -(-order.counts.all // fleet_commands.PER_PAGE)),
        "now": now(),
    }


@pages.app_template_filter("order_told")
def tell_order(order: Order) -> str:
    """What was ordered beside its kind: the volume, or what was said."""
    if order.command.kind == CommandKind.VOLUME:
        return str(_("%(volume)s%%", volume=order.command.facts.get("volume", "")))
    if order.episode is not None:
        episode = order.episode
        return str(
            _("Số %(number)s/%(year)s: %(title)s", number=episode.number, year=episode.year, title=episode.title)
        )
    return ""


pages.add_app_template_filter(lambda name: CommandKind(name) if name in set(CommandKind) else name, "command_kind")
pages.add_app_template_filter(lambda level: level == Priority.EMERGENCY, "is_emergency")


# --- the demonstration ----------------------------------------------------------------------------------------------
@pages.post("/fleet/zones/<code>/unplug")
@allow(Right.PLAN)
def unplug(code: str) -> ResponseReturnValue:
    """Cut the link of a sample player for two minutes, to see that it goes on by itself."""
    with change() as session:
        zone = fleet_box.get_zone(session, code, scope(Right.PLAN))
        if not pairing.get_player(session, zone.id).sample:
            raise NotASamplePlayer(zone=code)
        _issue(session, CommandKind.UNPLUG, Audience(zone_id=zone.id), seconds=UNPLUGGED_S)
    flash(_("Đã bảo máy cắt đường truyền trong 2 phút: máy mất liên lạc, vẫn phát đúng giờ, rồi nộp nhật ký."))
    return redirect(url_for("fleet.show_box", code=code), 303)
