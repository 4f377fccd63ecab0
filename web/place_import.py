"""Pages that bring in many places at once: the workbook to fill in, and its import with every problem named."""

import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from scheduler.domain.people import Right
from scheduler.domain.place_sheet import COLUMNS
from scheduler.domain.text import tidy
from scheduler.errors import LogbookProblems, LogbookUnreadable
from scheduler.services import coverage_import
from scheduler.services.coverage_import import ImportedPlaces
from scheduler.wording import word
from web.coverage import today
from web.coverage_forms import ImportForm
from web.forms import HAS_ERRORS, OK, refuse
from web.log_files import XLSX_TYPE
from web.security import allow, scope
from web.station import change, look, now
from web.translations import page_language

pages = Blueprint("place_import", __name__)

MOST_TOLD = 500
"""So many problems are listed; who has more has made the same mistake many times."""


@pages.route("/coverage/import", methods=["GET", "POST"])
@allow(Right.COVER)
def import_places() -> ResponseReturnValue:
    """Bring in a workbook, all of it or nothing."""
    form = ImportForm()
    problems: Sequence[Mapping[str, Any]] = ()
    if form.validate_on_submit():
        try:
            flash(_tell(_import(form.file.data)))
        except LogbookProblems as error:
            problems = error.facts["problems"]  # type: ignore[assignment]
            refuse(form, error)
        except LogbookUnreadable as error:
            refuse(form, error)
        else:
            return redirect(url_for("coverage.show_coverage"), 303)
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


def _import(upload: FileStorage) -> ImportedPlaces:
    """Read the file from a place of its own; its name is only ever shown."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "places.xlsx"
        upload.save(path)
        try:
            with change() as session:
                return coverage_import.import_file(session, path, scope=scope(Right.COVER), now=now(), on=today())
        except LogbookUnreadable as error:
            raise LogbookUnreadable(**{**error.facts, "name": tidy(upload.filename or "")[:80]}) from error


def _tell(done: ImportedPlaces) -> str:
    return str(
        _(
            "Đã nhập: thêm %(areas)s địa bàn, %(zones)s vùng phát, %(loudspeakers)s loa; sửa %(changed)s vùng phát; "
            "%(known)s dòng đã có sẵn.",
            areas=done.areas,
            zones=done.zones,
            loudspeakers=done.loudspeakers,
            changed=done.zones_changed,
            known=done.known,
        )
    )


@pages.get("/coverage/places.xlsx")
@allow(Right.COVER)
def send_workbook() -> ResponseReturnValue:
    """The workbook with all that the person may change, to fill in or to correct."""
    file = io.BytesIO()
    with look() as session:
        coverage_import.write_file(session, file, scope=scope(Right.COVER), on=today())
    file.seek(0)
    return send_file(file, mimetype=XLSX_TYPE, as_attachment=True, download_name="dia-ban-vung-phat.xlsx")
