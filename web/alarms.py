"""Pages of alarms: what is wrong now, who sees to it, and what was wrong before."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from scheduler.domain.people import Right
from scheduler.domain.station import Problem
from scheduler.models import Alarm
from scheduler.problem_words import tell
from scheduler.services import alarms, audit, playout
from web.filters import page_number
from web.forms import keep_errors, status_of
from web.security import allow, may, me
from web.station import actor, change, look, now, station
from web.translations import page_language

pages = Blueprint("alarms", __name__, url_prefix="/alarms")


class AcknowledgeForm(FlaskForm):  # type: ignore[misc]
    """What whoever sees to it wants the others to know."""

    note = StringField(_l("Ghi chú (không bắt buộc)"), validators=[Length(max=alarms.LONGEST_NOTE)])


def sentence(alarm: Alarm) -> str:
    """What an alarm says, in words."""
    problem = Problem(code=alarm.kind, facts=playout.facts_of(alarm))
    return tell(problem, zone=station().settings.time_zone, language=page_language())


pages.add_app_template_filter(sentence, "alarm_sentence")


@pages.get("/")
@allow(Right.SEE)
def show_alarms() -> ResponseReturnValue:
    """All alarms, those of now first."""
    return _page(AcknowledgeForm(formdata=None))


@pages.post("/<int:number>/acknowledge")
@allow(Right.PLAN)
def acknowledge(number: int) -> ResponseReturnValue:
    """Say that one sees to it."""
    form = AcknowledgeForm()
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                alarm = alarms.acknowledge(session, number, by=me().name, note=form.note.data or "", now=now())
                name = alarm.acknowledged_by
                audit.note(
                    session, actor=actor(), now=now(), action="acknowledged", kind="alarm", subject=str(number),
                    label=sentence(alarm)[:200],
                )  # fmt: skip
            flash(_("%(name)s đang xử lý báo động này.", name=name))
            return redirect(url_for(".show_alarms"), 303)
    return _page(form)


def _page(form: AcknowledgeForm) -> ResponseReturnValue:
    page = page_number()
    with look() as session:
        found = alarms.look(session, page=page)
        shown = render_template(
            "alarms/alarms.html",
            found=found,
            form=form,
            may_see_to=may(Right.PLAN),
            page=page,
            pages=max(1, -(-found.over_number // alarms.PAGE)),
        )
    return shown, status_of(form)
