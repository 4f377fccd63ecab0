"""Pages that change the topic coverage: areas and zones, made, changed and taken out of use."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import StringField

from scheduler.domain.coverage import AreaKind
from scheduler.domain.people import Right
from scheduler.errors import UnknownArea
from scheduler.models import Area, Zone
from scheduler.services import area_view, coverage, coverage_changes, coverage_view, plan_findings
from web.coverage import today
from web.coverage_forms import AreaForm, MergeForm, NewZoneForm, TokenForm, ZoneForm
from web.forms import keep_errors, status_of
from web.security import allow, scope
from web.station import change, look, now

pages = Blueprint("places", __name__)


# --- areas ----------------------------------------------------------------------------------------------------------
@pages.route("/coverage/areas/new", methods=["GET", "POST"])
@allow(Right.COVER)
def new_area() -> ResponseReturnValue:
    """A new area within another."""
    form = AreaForm()
    form.name_choices()
    with look() as session:
        suggested = _suggest(session)
        if request.method == "GET":
            form.parent.data, form.kind.data = _asked_for(session), AreaKind.VILLAGE.value
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                made = coverage.create_area(
                    session,
                    kind=str(form.kind.data),
                    name=str(form.name.data),
                    parent=_parent(session, form, None),
                    valid_from=form.valid_from.data or today(),
                    code=(form.code.data or "").strip() or None,
                    hours=form.chosen_hours(),
                )
                coverage_changes.place(made, form.chosen_position())
                number = made.id
            flash(_("Đã thêm địa bàn."))
            return redirect(url_for("coverage.show_coverage", area=number), 303)
    return render_template("coverage/area_form.html", form=form, area=None, suggested=suggested), status_of(form)


@pages.route("/coverage/areas/<int:number>/edit", methods=["GET", "POST"])
@allow(Right.COVER)
def change_area(number: int) -> ResponseReturnValue:
    """Another name, place or end of an area."""
    form = AreaForm()
    form.name_choices()
    with look() as session:
        area = _get_area(session, number)
        suggested = _suggest(session, but=number)
        if request.method == "GET":
            _show_area(form, area)
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                held = _get_area(session, number)
                coverage_changes.change_area(
                    session,
                    held,
                    name=str(form.name.data),
                    kind=AreaKind(form.kind.data),
                    parent=_parent(session, form, held),
                    hours=form.chosen_hours(),
                    position=form.chosen_position(),
                    valid_to=form.valid_to.data,
                )
                area_view.change_code(session, held, form.code.data or "", on=today())
                plan_findings.mark_wanted(session, now=now())
            flash(_("Đã lưu địa bàn."))
            return redirect(url_for("coverage.show_area", number=number), 303)
    return render_template("coverage/area_form.html", form=form, area=area, suggested=suggested), status_of(form)


@pages.route("/coverage/areas/<int:number>/merge", methods=["GET", "POST"])
@allow(Right.COVER)
def merge_area(number: int) -> ResponseReturnValue:
    """From a day on an area is part of another."""
    form = MergeForm()
    with look() as session:
        area = _get_area(session, number)
        suggested = _suggest(session, but=number)
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                successor = _read_area(session, form.successor)
                area_view.merge(session, _get_area(session, number), successor, on=form.day())
                plan_findings.mark_wanted(session, now=now())
            flash(_("Đã ghi việc sáp nhập. Số liệu trước ngày đó vẫn theo địa bàn cũ."))
            return redirect(url_for("coverage.show_area", number=number), 303)
    return render_template("coverage/merge.html", form=form, area=area, suggested=suggested), status_of(form)


def _show_area(form: AreaForm, area: Area) -> None:
    form.start_from(area)
    form.kind.data = area.kind
    form.parent.data = _told(area.parent)
    form.valid_to.data = area.valid_to
    form.code.data = coverage.code_of(area, on=today()) or ""


def _parent(session: Session, form: AreaForm, held: Area | None) -> Area | None:
    """What the area is to lie in; what it lies in already may stay. Raises `UnknownArea`, `AmbiguousArea`."""
    typed = (form.parent.data or "").strip()
    if held is not None and typed == _told(held.parent):
        return held.parent
    return None if not typed and scope(Right.COVER).is_everywhere else _read_area(session, form.parent)


def _suggest(session: Session, *, but: int | None = None) -> list[tuple[str, str]]:
    within = scope(Right.COVER)
    return coverage_view.suggest_areas(within, on=today(), tree=coverage.load_tree(session), but=but)


def _asked_for(session: Session) -> str:
    """The area in which the person began, as it is told; nothing where it is none of theirs."""
    number = request.args.get("in", type=int)
    try:
        return "" if number is None else _told(_get_area(session, number))
    except UnknownArea:
        return ""


def _told(area: Area | None) -> str:
    return "" if area is None else coverage.tell_area(area.id, area.name)


def _read_area(session: Session, field: StringField) -> Area:
    """The area that was typed. Raises `UnknownArea`, `AmbiguousArea`."""
    return area_view.get_told_area(
        session, field.data or "", scope(Right.COVER), on=today(), field=field.name
    )  # fmt: skip


def _get_area(session: Session, number: int) -> Area:
    """An area of the person's. Raises `UnknownArea`."""
    return area_view.get_area(session, number, scope(Right.COVER), on=today())


# --- zones ----------------------------------------------------------------------------------------------------------
@pages.route("/coverage/zones/new", methods=["GET", "POST"])
@allow(Right.COVER)
def new_zone() -> ResponseReturnValue:
    """A new zone in an area."""
    form = NewZoneForm()
    form.name_choices()
    with look() as session:
        suggested = _suggest(session)
        if request.method == "GET":
            form.area.data, form.first.data = _asked_for(session), "vi"
    if form.validate_on_submit():
        with keep_errors(form):
            code = (form.code.data or "").strip()
            with change() as session:
                coverage_changes.add_zone(session, code=code, now=now(), **_asked(session, form, None))
            flash(_("Đã thêm vùng phát."))
            return redirect(url_for("coverage.show_zone", code=code), 303)
    return render_template("coverage/zone_form.html", form=form, zone=None, suggested=suggested), status_of(form)


@pages.route("/coverage/zones/<code>/edit", methods=["GET", "POST"])
@allow(Right.COVER)
def change_zone(code: str) -> ResponseReturnValue:
    """Other languages, hours, carrier or place of a zone; pausing it and using it again."""
    form = ZoneForm()
    form.name_choices()
    with look() as session:
        zone = coverage_view.get_zone(session, code, scope(Right.COVER))
        suggested = _suggest(session)
        if request.method == "GET":
            form.show_zone(zone)
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                held = coverage_view.get_zone(session, code, scope(Right.COVER))
                coverage_changes.change_zone(session, held, **_asked(session, form, held))
                plan_findings.mark_wanted(session, now=now())
            flash(_("Đã lưu vùng phát."))
            return redirect(url_for("coverage.show_zone", code=code), 303)
    return render_template("coverage/zone_form.html", form=form, zone=zone, suggested=suggested), status_of(form)


@pages.post("/coverage/zones/<code>/pause")
@allow(Right.COVER)
def pause_zone(code: str) -> ResponseReturnValue:
    """Nothing sounds in a zone until it is used again."""
    _use(code, active=False)
    flash(_("Đã tạm dừng: vùng này không phát gì cho đến khi bạn cho phát lại."))
    return redirect(url_for("coverage.show_zone", code=code), 303)


@pages.post("/coverage/zones/<code>/resume")
@allow(Right.COVER)
def resume_zone(code: str) -> ResponseReturnValue:
    """A zone that was paused is used again."""
    _use(code, active=True)
    flash(_("Vùng này lại được phát theo kế hoạch."))
    return redirect(url_for("coverage.show_zone", code=code), 303)


def _use(code: str, *, active: bool) -> None:
    with change() as session:
        coverage_changes.set_in_use(coverage_view.get_zone(session, code, scope(Right.COVER)), active=active)
        plan_findings.mark_wanted(session, now=now())


@pages.post("/coverage/zones/<code>/remove")
@allow(Right.COVER)
def remove_zone(code: str) -> ResponseReturnValue:
    """Take a zone out of use for good; its past stays."""
    form = TokenForm()
    if form.validate_on_submit():
        with change() as session:
            coverage.remove_zone(coverage_view.get_zone(session, code, scope(Right.COVER)), now=now())
            plan_findings.mark_wanted(session, now=now())
        flash(_("Đã bỏ vùng phát; những lần đã phát vẫn được giữ và được tính."))
    return redirect(url_for("coverage.show_coverage"), 303)


def _asked(session: Session, form: ZoneForm, held: Zone | None) -> dict[str, Any]:
    """What the form says of a zone; where it lies already it may stay. Raises `BadHours`, `BadField`, `UnknownArea`."""
    stays = held is not None and (form.area.data or "").strip() == _told(held.area)
    return {
        "name": str(form.name.data),
        "area": held.area if held is not None and stays else _read_area(session, form.area),
        "carrier": str(form.carrier.data),
        "languages": form.chosen_languages(),
        "hours": form.chosen_hours(),
        "position": form.chosen_position(),
        "active": bool(form.active.data),
    }
