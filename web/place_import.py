"""Pages that bring in many places at once: the workbook to fill in, a look at what it would do, and the import."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.domain.people import Right
from scheduler.domain.place_sheet import AREAS, COLUMNS, LOUDSPEAKERS, ZONES
from scheduler.domain.text import tidy
from scheduler.errors import LogbookProblems, LogbookUnreadable, UploadLost
from scheduler.services import coverage_export, coverage_import
from scheduler.services.coverage_import import ImportedPlaces
from scheduler.wording import word
from web import held_file
from web.coverage import today
from web.coverage_forms import ImportForm, TakeForm
from web.forms import HAS_ERRORS, OK, refuse
from web.log_files import XLSX_TYPE
from web.security import allow, scope
from web.station import change, look, now, rehearse
from web.translations import page_language

pages = Blueprint("place_import", __name__)

MOST_TOLD = 500
"""So many problems are listed; who has more has made the same mistake many times."""
LINES_SHOWN = 200


@pages.route("/coverage/import", methods=["GET", "POST"])
@allow(Right.COVER)
def import_places() -> ResponseReturnValue:
    """Look at what a workbook would do: nothing is brought in yet."""
    form = ImportForm()
    form.name_choices()
    if not form.validate_on_submit():
        return _show(form)
    sha256 = held_file.hold(form.file.data)
    name = tidy(form.file.data.filename or "")[:80]
    try:
        with rehearse() as session:
            done = _import(session, held_file.find(sha256), name, keeps_known=form.keeps_known())
    except (LogbookProblems, LogbookUnreadable) as error:
        held_file.drop()
        refuse(form, error)
        return _show(form, problems=error.facts.get("problems", ()))  # type: ignore[arg-type]
    take = TakeForm(formdata=None, sha256=sha256, known=form.known.data, name=name)
    return render_template(
        "coverage/import_check.html", form=take, name=name, done=done, sheets=(AREAS, ZONES, LOUDSPEAKERS),
        shown=done.lines[:LINES_SHOWN],
    )  # fmt: skip


@pages.post("/coverage/import/take")
@allow(Right.COVER)
def take_places() -> ResponseReturnValue:
    """Bring in the workbook that was looked at, all of it or nothing."""
    form, again = TakeForm(), ImportForm(formdata=None)
    again.name_choices()
    if not form.validate_on_submit():
        return redirect(url_for(".import_places"), 303)
    try:
        path = held_file.find(str(form.sha256.data))
        with change() as session:
            done = _import(session, path, str(form.name.data), keeps_known=form.keeps_known())
    except (LogbookProblems, LogbookUnreadable, UploadLost) as error:
        refuse(again, error)
        return _show(again, problems=error.facts.get("problems", ()))  # type: ignore[arg-type]
    held_file.drop()
    flash(_tell(done))
    return redirect(url_for("coverage.show_coverage"), 303)


def _show(form: ImportForm, *, problems: Sequence[Mapping[str, Any]] = ()) -> ResponseReturnValue:
    page = render_template(
        "coverage/import.html",
        form=form,
        columns=COLUMNS,
        problems=[
            {**problem, "told": word(problem["code"], problem["facts"], language=page_language())}
            for problem in problems[:MOST_TOLD]
        ],
        more=max(0, len(problems) - MOST_TOLD),
    )
    return page, HAS_ERRORS if form.errors or form.form_errors else OK


def _import(session: Session, path: Path, name: str, *, keeps_known: bool) -> ImportedPlaces:
    """The name of the file is only ever shown."""
    try:
        return coverage_import.import_file(
            session, path, scope=scope(Right.COVER), now=now(), on=today(), keeps_known=keeps_known
        )
    except LogbookUnreadable as error:
        raise LogbookUnreadable(**{**error.facts, "name": name}) from error


def _tell(done: ImportedPlaces) -> str:
    return str(
        _(
            "Đã nhập: thêm %(areas)s địa bàn, %(zones)s vùng phát, %(loudspeakers)s loa; sửa %(changed)s dòng đã có; "
            "%(same)s dòng không đổi.",
            areas=done.count(AREAS, new=True),
            zones=done.count(ZONES, new=True),
            loudspeakers=done.count(LOUDSPEAKERS, new=True),
            changed=sum(done.count(sheet, new=False) for sheet in (AREAS, ZONES, LOUDSPEAKERS)),
            same=done.same + done.left,
        )
    )


@pages.get("/coverage/places.xlsx")
@allow(Right.COVER)
def send_workbook() -> ResponseReturnValue:
    """The workbook with all that the person may change, to fill in or to correct."""
    file = io.BytesIO()
    with look() as session:
        coverage_export.write_file(session, file, scope=scope(Right.COVER), on=today())
    file.seek(0)
    return send_file(file, mimetype=XLSX_TYPE, as_attachment=True, download_name="dia-ban-vung-phat.xlsx")
