"""Pages of the topic programme: one edition's script and credits, and laying it before the approver."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from scheduler.domain.people import Right
from scheduler.domain.programme import Credit
from scheduler.labels import label
from scheduler.models import Edition, Series
from scheduler.services import approval, programme
from web.forms import keep_errors, status_of
from web.programme import EPISODE
from web.security import allow, me
from web.station import change, look, now
from web.translations import page_language

pages = Blueprint("edition", __name__, url_prefix="/programme")

EDITION = f"{EPISODE}/<language>"
LONGEST_SCRIPT = 100_000
LONGEST_NAME = 200


class ScriptForm(FlaskForm):  # type: ignore[misc]
    """The text that is read."""

    script = TextAreaField(_l("Kịch bản"), validators=[Length(max=LONGEST_SCRIPT)])


def credits_form(names: Mapping[str, Any]) -> FlaskForm:
    """A field for each role, called as the roles are on every screen."""
    fields = {
        role.value: StringField(
            label(role, language=page_language()).capitalize(), validators=[Length(max=LONGEST_NAME)]
        )
        for role in Credit
    }
    return type("CreditsForm", (FlaskForm,), fields)(**names)


@pages.get(f"{EDITION}/script")
@allow(Right.SEE)
def show_script(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """The script on a sheet for the reader, ready to print."""
    with look() as session:
        edition = programme.get_edition(session, series, year=year, number=number, language=language)
        return render_template("programme/script.html", edition=edition, title=programme.title_of(edition))


@pages.route(f"{EDITION}/script/edit", methods=["GET", "POST"])
@allow(Right.MAKE)
def edit_script(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """Change the script."""
    with look() as session:
        edition, _series = _open(session, series, year, number, language)
    form = ScriptForm(script=edition.script)
    if form.validate_on_submit():
        with keep_errors(form), change() as session:
            found = programme.get_edition(session, series, year=year, number=number, language=language)
            programme.write_script(found, form.script.data or "")
            return _saved(series, year, number)
    return render_template("programme/edit_script.html", form=form, edition=edition), status_of(form)


@pages.route(f"{EDITION}/credits", methods=["GET", "POST"])
@allow(Right.MAKE)
def edit_credits(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """Change who made the edition."""
    with look() as session:
        edition, _series = _open(session, series, year, number, language)
    form = credits_form(edition.credits)
    if form.validate_on_submit():
        with keep_errors(form), change() as session:
            found = programme.get_edition(session, series, year=year, number=number, language=language)
            programme.write_credits(found, {role: form[role.value].data or "" for role in Credit})
            return _saved(series, year, number)
    page = render_template("programme/edit_credits.html", form=form, edition=edition, roles=list(Credit))
    return page, status_of(form)


@pages.post(f"{EDITION}/submit")
@allow(Right.MAKE)
def submit(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """Lay the newest take before the approver."""
    with change() as session:
        edition = programme.get_edition(session, series, year=year, number=number, language=language)
        approval.submit(edition, by_user=me().id, now=now())
    flash(_("Đã trình duyệt. Người duyệt sẽ thấy bản này ở trang Duyệt."))
    return redirect(url_for("programme.show_episode", series=series, year=year, number=number), 303)


def _open(session: Session, series: str, year: int, number: int, language: str) -> tuple[Edition, Series]:
    """An edition and its series, all read: no transaction is open while something is written or a page is made."""
    edition = programme.get_edition(session, series, year=year, number=number, language=language)
    return edition, edition.episode.series


def _saved(series: str, year: int, number: int) -> ResponseReturnValue:
    flash(_("Đã lưu."))
    return redirect(url_for("programme.show_episode", series=series, year=year, number=number), 303)
