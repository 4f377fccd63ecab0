"""Pages of the topic planning: broadcasts outside all slots, made, shown, replaced, moved and cancelled."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from scheduler.domain.people import Right
from scheduler.domain.planning import Finding
from scheduler.domain.time import local_instant
from scheduler.errors import NothingToPlan, UnknownBroadcast
from scheduler.models import Broadcast
from scheduler.plan_words import in_words
from scheduler.services import one_offs, plan_choices, plan_detail, plan_findings, plan_scope, planning, slots
from web.forms import keep_errors, status_of
from web.occurrences import told_again
from web.plan_forms import MoveForm, OneOffForm, ReasonForm, ReplaceForm, episode_choices, episodes_by_series, given
from web.plan_view import day_of, find_places, flash_findings, local, make, monday_of, reader, refresh, today
from web.security import allow
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("one_offs", __name__)


@pages.route("/planning/one-offs/new", methods=["GET", "POST"])
@allow(Right.PLAN)
def new_one_off() -> ResponseReturnValue:
    """Plan a broadcast outside all slots."""
    form = OneOffForm()
    form.fill_priorities()
    if request.method == "GET":
        form.day.data = max(day_of(request.args.get("day")), today())
    with look() as session:
        form.episode.choices = episodes_by_series(plan_choices.find_episodes(session))
        places = find_places(session, form)
    if form.is_sent():
        with keep_errors(form):
            planned_at = _plan(form)
            return redirect(url_for("planning.show_week", week=monday_of(local(planned_at).date()).isoformat()), 303)
    return render_template("planning/one_off.html", form=form, places=places), status_of(form)


def _plan(form: OneOffForm) -> datetime:
    zone = station().settings.time_zone
    starts_at = local_instant(given(form.day.data), given(form.starts_at_local.data), zone)
    try:
        with change() as session:
            areas, zones = plan_scope.places_of(session, form.targets.data or (), reader())
            planned = planning.plan_one_off(
                session,
                plan_choices.get_episode(session, form.episode.data),
                plan_scope.zones_in(session, areas, zones, on=given(form.day.data)),
                starts_at=starts_at,
                now=now(),
                settings=station().settings,
                priority=given(form.priority.data),
                exercise=form.exercise.data,
            )
            heard = len(planned.broadcast.programmes)
            found = plan_findings.with_titles(session, planned.findings)
    except NothingToPlan as error:
        raise in_words(error, zone=zone, language=page_language()) from error
    flash(
        _("Đã thêm buổi phát lúc %(at)s.", at=f"{local(starts_at):%H:%M %d/%m/%Y}")
        + " "
        + ngettext("Sẽ nghe tại %(num)s vùng.", "Sẽ nghe tại %(num)s vùng.", heard),
        "good",
    )
    flash_findings(found)
    return starts_at


@pages.get("/planning/one-offs/<uuid:broadcast_id>")
@allow(Right.SEE)
def show_one_off(broadcast_id: UUID) -> ResponseReturnValue:
    """A one-off with its three actions."""
    with look() as session:
        broadcast = _get(session, broadcast_id)
        detail = plan_detail.load_broadcast(
            session, broadcast, reader=reader(), now=now(), settings=station().settings
        )  # fmt: skip
        changeable = detail.entry.changeable and detail.entry.state != "cancelled"
        episodes = plan_choices.find_episodes(session, series_id=detail.series_id) if changeable else []
        starts = local(detail.entry.starts_at)
        replace = ReplaceForm(formdata=None, episode=str(broadcast.episode_id))
        replace.episode.choices = episode_choices(episodes)
        return render_template(
            "planning/broadcast.html",
            detail=detail,
            entry=detail.entry,
            replace=replace,
            move=MoveForm(formdata=None, day=starts.date(), starts_at_local=starts.time()),
            cancel=ReasonForm(formdata=None),
            action=lambda name: url_for(f"one_offs.{name}_one_off", broadcast_id=broadcast_id),
            places=[],
            differs=False,
            monday=monday_of(starts.date()),
            now=now(),
        )


@pages.post("/planning/one-offs/<uuid:broadcast_id>/replace")
@allow(Right.PLAN)
def replace_one_off(broadcast_id: UUID) -> ResponseReturnValue:
    """Let a one-off air another episode."""
    form = ReplaceForm()
    form.episode.choices = [(request.form.get("episode", ""), "")]

    def act(session: Session, broadcast: Broadcast) -> None:
        episode = plan_choices.get_episode(session, form.episode.data)
        one_offs.replace_one_off(session, broadcast, episode, now=now(), settings=station().settings)

    return _change(broadcast_id, form, act, done=_("Đã thay số phát của buổi này."))


@pages.post("/planning/one-offs/<uuid:broadcast_id>/move")
@allow(Right.PLAN)
def move_one_off(broadcast_id: UUID) -> ResponseReturnValue:
    """Let a one-off start at another time."""
    form = MoveForm()

    def act(session: Session, broadcast: Broadcast) -> None:
        to = local_instant(given(form.day.data), given(form.starts_at_local.data), station().settings.time_zone)
        one_offs.move_one_off(session, broadcast, to=to, now=now(), settings=station().settings)

    return _change(broadcast_id, form, act, done=_("Đã dời buổi này."))


@pages.post("/planning/one-offs/<uuid:broadcast_id>/cancel")
@allow(Right.PLAN)
def cancel_one_off(broadcast_id: UUID) -> ResponseReturnValue:
    """Call a one-off off."""
    form = ReasonForm()

    def act(session: Session, broadcast: Broadcast) -> None:
        slots.cancel_broadcast(session, broadcast, now=now(), settings=station().settings)
        refresh(session)

    return _change(broadcast_id, form, act, done=_("Đã hủy buổi này."))


def _change(
    broadcast_id: UUID, form: FlaskForm, act: Callable[[Session, Broadcast], None], *, done: str
) -> ResponseReturnValue:
    here = url_for("one_offs.show_one_off", broadcast_id=broadcast_id)
    if not form.validate_on_submit():
        with look() as session:
            plan_scope.check_broadcast_changeable(session, _get(session, broadcast_id), reader())
        return told_again(form, here)

    def change_it(session: Session) -> list[Finding]:
        broadcast = _get(session, broadcast_id)
        plan_scope.check_broadcast_changeable(session, broadcast, reader())
        act(session, broadcast)
        return []

    return make(change_it, done=done, back=here)


def _get(session: Session, broadcast_id: UUID) -> Broadcast:
    found = slots.find_broadcast(session, broadcast_id)
    if found is None or found.slot_id is not None:
        raise UnknownBroadcast(broadcast=str(broadcast_id))
    return found
