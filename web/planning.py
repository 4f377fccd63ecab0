"""Pages of the topic planning: the week as table, day, list and sheet, data for the calendar, undo, copy."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from scheduler.domain.people import Right
from scheduler.domain.planning import Priority
from scheduler.domain.time import local_instant
from scheduler.domain.week import Entry
from scheduler.errors import Refused
from scheduler.labels import label
from scheduler.plan_words import word_why
from scheduler.services import copy_week, plan_scope, slots, undo
from scheduler.services.undo import Undoable
from scheduler.services.week import Week, load_week
from web.errors import is_missing
from web.formats import write_day, write_remaining, write_weekday
from web.plan_forms import Drop
from web.plan_view import day_of, local, monday_of, reader, refresh, tell_finding, tell_refusal, today
from web.security import allow, may, me
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("planning", __name__)


# --- looking --------------------------------------------------------------------------------------------------------
@pages.get("/planning/")
@allow(Right.SEE)
def show_week() -> ResponseReturnValue:
    """The week as a table; the calendar takes its place where there is a script and room."""
    monday = monday_of(day_of(request.args.get("week")))
    return _show("planning/week.html", monday, monday + timedelta(days=6), step=7, view="week")


@pages.get("/planning/day")
@allow(Right.SEE)
def show_day() -> ResponseReturnValue:
    """One day, hour by hour."""
    day = day_of(request.args.get("day"))
    return _show("planning/list.html", day, day, step=1, view="day")


@pages.get("/planning/list")
@allow(Right.SEE)
def show_list() -> ResponseReturnValue:
    """The week as a list with all that is found."""
    monday = monday_of(day_of(request.args.get("week")))
    return _show("planning/list.html", monday, monday + timedelta(days=6), step=7, view="list")


@pages.get("/planning/print")
@allow(Right.SEE)
def print_week() -> ResponseReturnValue:
    """The week as a sheet for the wall."""
    monday = monday_of(day_of(request.args.get("week")))
    return _show("planning/sheet.html", monday, monday + timedelta(days=6), step=7, view="print")


@pages.get("/planning/events.json")
@allow(Right.SEE, by_person=False)
def tell_events() -> ResponseReturnValue:
    """The broadcasts of some days for the calendar."""
    first, last = day_of(request.args.get("first")), day_of(request.args.get("last"))
    week = _load(first, min(max(first, last), first + timedelta(days=41)))
    return jsonify([_event(entry) for entry in week.entries])


def _show(template: str, first: date, last: date, *, step: int, view: str) -> ResponseReturnValue:
    week = _load(first, last)
    return render_template(
        template,
        week=week,
        days=week.days(station().settings.time_zone),
        view=view,
        earlier=first - timedelta(days=step),
        later=first + timedelta(days=step),
        today=today(),
        last_change=_last_change(),
        now=now(),
    )


def _load(first: date, last: date) -> Week:
    with look() as session:
        return load_week(session, first, last, reader=reader(), now=now(), settings=station().settings)


def _last_change() -> Undoable | None:
    if not may(Right.PLAN):
        return None
    with look() as session:
        return undo.find_last(session, user_id=me().id, now=now())


def _event(entry: Entry) -> dict[str, object]:
    return {
        "id": f"{entry.slot_code}/{entry.occurrence_on}" if entry.slot_id is not None else str(entry.broadcast_id),
        "title": entry.title,
        "start": local(entry.starts_at).isoformat(),
        "end": local(entry.ends_at or entry.starts_at + timedelta(minutes=15)).isoformat(),
        "url": url_of(entry),
        "startEditable": entry.changeable and entry.slot_id is not None,
        "extendedProps": {
            "state": entry.state.value,
            "told": label(entry.state, language=page_language()),
            "episode": "" if entry.episode is None else f"{entry.episode.number}/{entry.episode.year}",
            "episodeTitle": "" if entry.episode is None else entry.episode.title,
            "zones": ngettext("%(num)s vùng", "%(num)s vùng", entry.zones) if entry.zones else "",
            "findings": [tell_finding(item.finding) for item in entry.findings],
            "moved": entry.is_moved,
            "pinned": entry.pinned,
            "exercise": entry.exercise,
            "priority": entry.priority,
            "slot": entry.slot_code,
            "on": None if entry.occurrence_on is None else entry.occurrence_on.isoformat(),
        },
    }


def url_of(entry: Entry) -> str:
    """The page of one broadcast."""
    if entry.slot_id is None:
        return url_for("one_offs.show_one_off", broadcast_id=entry.broadcast_id)
    assert entry.occurrence_on is not None  # noqa: S101 -- an occurrence of a slot has its date
    return url_for("occurrences.show_date", code=entry.slot_code, on=entry.occurrence_on.isoformat())


pages.add_app_template_filter(url_of, "entry_url")
pages.add_app_template_filter(tell_finding, "finding")
pages.add_app_template_filter(write_day, "on_day")
pages.add_app_template_filter(lambda day: write_weekday(day, language=page_language()), "weekday_of")
pages.add_app_template_filter(lambda level: label(Priority(level), language=page_language()), "priority")
pages.add_app_template_filter(lambda seconds: write_remaining(timedelta(seconds=seconds)), "length_of")
pages.add_app_template_filter(lambda why: word_why(why, language=page_language()), "why")


# --- dragging -------------------------------------------------------------------------------------------------------
@pages.post("/planning/drag")
@allow(Right.PLAN)
def drag() -> ResponseReturnValue:
    """Move one date of a slot to where it was dropped; says what became of it in a sentence."""
    drop = Drop.from_request()
    try:
        with change() as session:
            slot = slots.get_slot(session, drop.code)
            plan_scope.check_slot_changeable(session, slot, reader())
            zone = station().settings.time_zone
            moved_to = local_instant(drop.day, drop.at, zone)
            slots.move_date(
                session, slot, drop.on, to=moved_to, now=now(), settings=station().settings, by=me().name
            )  # fmt: skip
            refresh(session)
    except Refused as error:
        return jsonify({"told": tell_refusal(error)}), 404 if is_missing(error) else 409
    told = _("Đã dời buổi ngày %(on)s sang %(to)s.", on=f"{drop.on:%d/%m/%Y}", to=f"{local(moved_to):%H:%M %d/%m/%Y}")
    flash(told, "good")
    return jsonify({"told": told})


# --- taking back and copying ----------------------------------------------------------------------------------------
@pages.post("/planning/undo")
@allow(Right.PLAN)
def undo_last() -> ResponseReturnValue:
    """Take back the person's last change of the plan."""
    change_id = _uuid_of(request.form.get("change_id", ""))
    back = _week_url(request.form.get("week"))
    try:
        with change(undoes=change_id) as session:
            undo.undo(
                session, change_id, user_id=me().id, reader=reader(), now=now(), settings=station().settings
            )  # fmt: skip
            refresh(session)
    except Refused as error:
        flash(tell_refusal(error), "bad")
        return redirect(back, 303)
    flash(_("Đã hoàn tác thay đổi cuối của bạn."), "good")
    return redirect(back, 303)


@pages.get("/planning/copy")
@allow(Right.PLAN)
def show_copy() -> ResponseReturnValue:
    """What of last week would be planned again, and what not."""
    monday = monday_of(day_of(request.args.get("week")))
    with look() as session:
        items = copy_week.find_copies(session, monday, reader=reader(), now=now(), settings=station().settings)
        return render_template("planning/copy.html", items=items, monday=monday)


@pages.post("/planning/copy")
@allow(Right.PLAN)
def copy_last_week() -> ResponseReturnValue:
    """Plan last week's one-offs and pins again, all or none."""
    monday = monday_of(day_of(request.form.get("week")))
    try:
        with change() as session:
            items = copy_week.copy_week(
                session, monday, reader=reader(), now=now(), settings=station().settings, by=me().name
            )
            refresh(session)
    except Refused as error:
        flash(tell_refusal(error), "bad")
        return redirect(url_for("planning.show_copy", week=monday.isoformat()), 303)
    done = sum(item.why_not is None for item in items)
    flash(
        _("Đã chép %(done)s mục của tuần trước, không chép %(left)s mục.", done=done, left=len(items) - done), "good"
    )  # fmt: skip
    return redirect(url_for("planning.show_week", week=monday.isoformat()), 303)


def _uuid_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        abort(400)


def _week_url(text: str | None) -> str:
    return url_for("planning.show_week", week=monday_of(day_of(text)).isoformat())
