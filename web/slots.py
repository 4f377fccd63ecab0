"""Pages of the topic planning: the slots of the week, made, previewed before they are kept, changed and ended."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.domain.people import Right
from scheduler.domain.planning import Finding, Selection
from scheduler.domain.recurrence import weekly_on
from scheduler.labels import label
from scheduler.models import Slot
from scheduler.plan_words import weekdays_of, word_days
from scheduler.services import plan_choices, plan_detail, plan_findings, plan_preview, plan_scope, programme, slots
from scheduler.services.plan_preview import SlotPreview
from web.forms import keep_errors, status_of
from web.occurrences import told_again
from web.plan_forms import EndForm, SlotForm, episodes_by_series, given
from web.plan_view import find_places, flash_findings, make, reader, refresh, today
from web.security import allow
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("slots", __name__)
pages.add_app_template_filter(lambda rule: word_days(rule, language=page_language()), "days_of_week")

A_DAY = timedelta(days=1)
PREVIEW = "preview"


@pages.get("/planning/slots/")
@allow(Right.SEE)
def show_slots() -> ResponseReturnValue:
    """The slots in use."""
    with look() as session:
        found = slots.find_slots(session)
        within = plan_scope.slots_within(session, reader(), slot_ids=[slot.id for slot in found])
        shown = [slot for slot in found if slot.id in within.shown]
        places = {slot.id: plan_detail.places_told(session, slot) for slot in shown}
        return render_template(
            "planning/slots.html", slots=shown, places=places, changeable=within.changeable, today=today()
        )  # fmt: skip


@pages.route("/planning/slots/new", methods=["GET", "POST"])
@allow(Right.PLAN)
def new_slot() -> ResponseReturnValue:
    """A new slot, looked at before it is kept."""
    form = SlotForm()
    _fill_choices(form)
    if request.method == "GET":
        form.valid_from.data = today()
    preview: SlotPreview | None = None
    if form.is_sent():
        with keep_errors(form):
            if request.form.get("do") == PREVIEW:
                preview = _preview(form, None)
            else:
                code = _create(form)
                return redirect(url_for("slots.show_slots", _anchor=f"slot-{code}"), 303)
    return _form_page(form, preview, slot=None)


@pages.route("/planning/slots/<code>/edit", methods=["GET", "POST"])
@allow(Right.PLAN)
def change_slot(code: str) -> ResponseReturnValue:
    """Another time, other days, other places for a slot."""
    with look() as session:
        slot = slots.get_slot(session, code)
        plan_scope.check_slot_changeable(session, slot, reader())
        form = SlotForm(data=_as_told(slot) if request.method == "GET" else {"series": slot.series.code})
        series_code = slot.series.code
    form.kept_rule = "" if weekdays_of(slot.rrule) is not None else slot.rrule
    _fill_choices(form, but=code)
    form.series.data = series_code
    preview: SlotPreview | None = None
    if form.is_sent():
        with keep_errors(form):
            if request.form.get("do") == PREVIEW:
                preview = _preview(form, code)
            else:
                _change(form, code)
                return redirect(url_for("slots.show_slots", _anchor=f"slot-{code}"), 303)
    return _form_page(form, preview, slot=slot)


@pages.post("/planning/slots/<code>/end")
@allow(Right.PLAN)
def end_slot(code: str) -> ResponseReturnValue:
    """The last day of a slot."""
    form, back = EndForm(), url_for("slots.show_slots")
    if not form.validate_on_submit():
        with look() as session:
            _mine(session, code)
        return told_again(form, back)

    def act(session: Session) -> list[Finding]:
        slots.end_slot(_mine(session, code), last_day=given(form.last_day.data), today=today())
        refresh(session)
        return []

    return make(
        act, done=_("Khung giờ sẽ phát lần cuối ngày %(day)s.", day=f"{form.last_day.data:%d/%m/%Y}"), back=back
    )


@pages.post("/planning/slots/<code>/remove")
@allow(Right.PLAN)
def remove_slot(code: str) -> ResponseReturnValue:
    """Take a slot out of use at once; what aired in it stays in the log."""

    def act(session: Session) -> list[Finding]:
        slots.remove_slot(_mine(session, code), now=now())
        refresh(session)
        return []

    return make(act, done=_("Đã ngừng khung giờ."), back=url_for("slots.show_slots"))


def _mine(session: Session, code: str) -> Slot:
    slot = slots.get_slot(session, code)
    plan_scope.check_slot_changeable(session, slot, reader())
    return slot


@pages.get("/planning/places/<int:number>")
@allow(Right.PLAN)
def show_branch(number: int) -> ResponseReturnValue:
    """What lies in an area of the tree of places."""
    with look() as session:
        place = plan_choices.find_place(session, reader().plans, number, on=today())
        return render_template("planning/_branch.html", place=place)


# --- the form -------------------------------------------------------------------------------------------------------
def _fill_choices(form: SlotForm, *, but: str | None = None) -> None:
    form.fill_priorities()
    form.selection.choices = [(item.value, label(item, language=page_language())) for item in Selection]
    with look() as session:
        form.series.choices = [(item.code, item.title) for item in programme.find_series(session)]
        found = [slot for slot in slots.find_slots(session) if slot.code != but]
        within = plan_scope.slots_within(session, reader(), slot_ids=[slot.id for slot in found])
        others = [slot for slot in found if slot.id in within.shown]
        form.repeats.choices = [("", _("— chọn —")), *((slot.code, f"{slot.title} ({slot.code})") for slot in others)]
        form.episode.choices = episodes_by_series(plan_choices.find_episodes(session))


def _form_page(form: SlotForm, preview: SlotPreview | None, *, slot: Slot | None) -> ResponseReturnValue:
    with look() as session:
        places = find_places(session, form)
        page = render_template(
            "planning/slot.html", form=form, places=places, preview=preview, slot=slot, end=EndForm()
        )
    return page, status_of(form)


def _as_told(slot: Slot) -> dict[str, object]:
    return {
        "title": slot.title,
        "code": slot.code,
        "series": slot.series.code,
        "days": list(weekdays_of(slot.rrule) or ()),
        "starts_at_local": slot.starts_at_local,
        "valid_from": slot.valid_from,
        "valid_to": None if slot.valid_to is None else slot.valid_to - A_DAY,
        "priority": slot.priority,
        "selection": slot.selection.value,
        "targets": plan_choices.keys_of(slot.targets),
        "repeats": "" if slot.repeats is None else slot.repeats.code,
        "episode": "" if slot.pinned_episode_id is None else str(slot.pinned_episode_id),
    }


def _wanted(session: Session, form: SlotForm) -> dict[str, Any]:
    """What the form says, as the service takes it."""
    areas, zones = plan_scope.places_of(session, form.targets.data or (), reader())
    selection, last = Selection(form.selection.data), form.valid_to.data
    return {
        "series": programme.get_series(session, form.series.data),
        "title": form.title.data or "",
        "rrule": weekly_on(",".join(form.days.data)) if form.days.data else form.kept_rule,
        "starts_at_local": form.starts_at_local.data,
        "valid_from": form.valid_from.data,
        "valid_to": _day_after(last),
        "priority": form.priority.data,
        "selection": selection,
        "repeats": slots.get_slot(session, form.repeats.data) if selection is Selection.REPEAT else None,
        "episode": plan_choices.get_episode(session, form.episode.data) if selection is Selection.PINNED else None,
        "areas": areas,
        "zones": zones,
        "now": now(),
        "settings": station().settings,
    }


def _day_after(last: date | None) -> date | None:
    return None if last is None else last + A_DAY


def _create(form: SlotForm) -> str:
    with change() as session:
        slot = slots.create_slot(session, code=(form.code.data or "").strip(), **_wanted(session, form))
        found = _found(session, slot)
        code = slot.code
    flash(_("Đã tạo khung giờ “%(title)s”.", title=slot.title), "good")
    flash_findings(found)
    return code


def _change(form: SlotForm, code: str) -> None:
    with change() as session:
        slot = _mine(session, code)
        slots.change_slot(session, slot, slots.build_slot(code=code, **_wanted(session, form)))
        found = _found(session, slot)
    flash(_("Đã sửa khung giờ “%(title)s”.", title=slot.title), "good")
    flash_findings(found)


def _found(session: Session, slot: Slot) -> list[Finding]:
    found = refresh(session)
    return plan_findings.with_titles(session, [item for item in found if item.subject.slot_id == slot.id])


def _preview(form: SlotForm, code: str | None) -> SlotPreview:
    with look() as session:
        wanted = slots.build_slot(code=code or form.code.data or "", **_wanted(session, form))
        kept = None if code is None else slots.get_slot(session, code)
        return plan_preview.preview_slot(session, wanted, instead_of=kept, now=now(), settings=station().settings)
