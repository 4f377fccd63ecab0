"""Pages of the topic planning: one date of a slot, and what may be done with it: replace, move, cancel, restore."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from scheduler.domain.people import Right
from scheduler.domain.planning import Finding
from scheduler.domain.time import local_instant
from scheduler.models import Slot
from scheduler.services import plan_choices, plan_detail, plan_scope, slots
from web.plan_forms import MoveForm, ReasonForm, ReplaceForm, episode_choices, given
from web.plan_view import day_of, local, make, monday_of, reader, refresh
from web.security import allow, me
from web.station import look, now, station

pages = Blueprint("occurrences", __name__)


@pages.get("/planning/slots/<code>/<on>")
@allow(Right.SEE)
def show_date(code: str, on: str) -> ResponseReturnValue:
    """One date of a slot with its three actions."""
    with look() as session:
        detail = plan_detail.load_date(
            session, code, day_of(on), reader=reader(), now=now(), settings=station().settings
        )
        episodes = plan_choices.find_episodes(session, series_id=detail.series_id) if detail.entry.changeable else []
        starts = local(detail.entry.starts_at)
        replace = ReplaceForm(formdata=None, episode=str(detail.entry.episode.id) if detail.entry.episode else "")
        replace.episode.choices = episode_choices(episodes)
        move = MoveForm(formdata=None, day=starts.date(), starts_at_local=starts.time())
        return render_template(
            "planning/broadcast.html",
            detail=detail,
            entry=detail.entry,
            replace=replace,
            move=move,
            cancel=ReasonForm(formdata=None),
            action=lambda name: url_for(f"occurrences.{name}_date", code=code, on=on),
            places=plan_detail.places_told(session, detail.slot) if detail.slot is not None else [],
            differs=detail.entry.is_moved or detail.entry.pinned or detail.entry.state == "cancelled",
            monday=monday_of(starts.date()),
            now=now(),
        )


@pages.post("/planning/slots/<code>/<on>/replace")
@allow(Right.PLAN)
def replace_date(code: str, on: str) -> ResponseReturnValue:
    """Give one date another episode."""
    form = ReplaceForm()

    def act(session: Session, slot: Slot, day: date) -> None:
        episode = plan_choices.get_episode(session, form.episode.data)
        slots.pin_date(
            session, slot, day, episode, now=now(), settings=station().settings, **_told_by(form)
        )  # fmt: skip

    form.episode.choices = [(request.form.get("episode", ""), "")]
    return _change_date(code, on, form, act, done=_("Đã thay số phát của buổi này."))


@pages.post("/planning/slots/<code>/<on>/move")
@allow(Right.PLAN)
def move_date(code: str, on: str) -> ResponseReturnValue:
    """Let one date start at another time."""
    form = MoveForm()

    def act(session: Session, slot: Slot, day: date) -> None:
        to = local_instant(given(form.day.data), given(form.starts_at_local.data), station().settings.time_zone)
        slots.move_date(
            session, slot, day, to=to, now=now(), settings=station().settings, **_told_by(form)
        )  # fmt: skip

    return _change_date(code, on, form, act, done=_("Đã dời buổi này."))


@pages.post("/planning/slots/<code>/<on>/cancel")
@allow(Right.PLAN)
def cancel_date(code: str, on: str) -> ResponseReturnValue:
    """Let nothing air on one date."""
    form = ReasonForm()

    def act(session: Session, slot: Slot, day: date) -> None:
        slots.cancel_date(
            session, slot, day, now=now(), settings=station().settings, **_told_by(form)
        )  # fmt: skip

    return _change_date(code, on, form, act, done=_("Đã hủy buổi này."))


@pages.post("/planning/slots/<code>/<on>/restore")
@allow(Right.PLAN)
def restore_date(code: str, on: str) -> ResponseReturnValue:
    """Let one date be like the others again."""

    def act(session: Session, slot: Slot, day: date) -> None:
        slots.restore_date(session, slot, day, now=now(), settings=station().settings)

    return _change_date(code, on, FlaskForm(), act, done=_("Buổi này lại như thường lệ."))


def _told_by(form: ReplaceForm | MoveForm | ReasonForm) -> dict[str, str]:
    return {"by": me().name, "reason": form.reason.data or ""}


def _change_date(
    code: str, on: str, form: FlaskForm, act: Callable[[Session, Slot, date], None], *, done: str
) -> ResponseReturnValue:
    """Do it, write the plan, and show the week; what is wrong is told on the page of the date."""
    day = day_of(on)
    here = url_for("occurrences.show_date", code=code, on=on)
    if not form.validate_on_submit():
        with look() as session:
            plan_scope.check_slot_changeable(session, slots.get_slot(session, code), reader())
        return told_again(form, here)

    def change(session: Session) -> list[Finding]:
        slot = slots.get_slot(session, code)
        plan_scope.check_slot_changeable(session, slot, reader())
        act(session, slot, day)
        found = refresh(session)
        return [item for item in found if (item.subject.slot_id, item.subject.occurrence_on) == (slot.id, day)]

    back = url_for("planning.show_week", week=monday_of(day).isoformat())
    return make(change, done=done, back=back, refused_to=here)


def told_again(form: FlaskForm, here: str) -> ResponseReturnValue:
    """Go back to the page of the form and say there what is wrong in it."""
    for errors in form.errors.values():
        for error in errors:
            flash(str(error), "bad")
    return redirect(here, 303)
