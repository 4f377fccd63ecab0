"""The as-run log as a file: exactly the lines that the page shows with the same filter, however many pages."""

import io
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request, send_file, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import Right, Scope
from scheduler.domain.time import local_day
from scheduler.services import log_export, log_view
from web.log_forms import LogForm
from web.security import allow, me, scope
from web.station import look, now, station
from web.translations import page_language

pages = Blueprint("log_files", __name__)

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/log/export.csv")
@allow(Right.SEE)
def export_csv() -> ResponseReturnValue:
    """The lines as CSV, sent while they are read."""
    within = scope(Right.SEE)
    with look() as session:
        wanted = _read_filter(session, within)
        if wanted is None:
            return _back()
        told = _describe(session, wanted)
    name = log_export.file_name(wanted, "csv")
    return Response(
        stream_with_context(_pieces(wanted, within, told, language=page_language())),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@pages.get("/log/export.xlsx")
@allow(Right.SEE)
def export_xlsx() -> ResponseReturnValue:
    """The lines as a workbook."""
    within = scope(Right.SEE)
    with look() as session:
        wanted = _read_filter(session, within)
        if wanted is None:
            return _back()
        file = io.BytesIO()  # the limit on lines keeps it at a few megabytes
        log_export.write_xlsx(
            session,
            file,
            wanted,
            within,
            told=_describe(session, wanted),
            zone=station().settings.time_zone,
            language=page_language(),
        )
    file.seek(0)
    name = log_export.file_name(wanted, "xlsx")
    return send_file(file, mimetype=XLSX_TYPE, as_attachment=True, download_name=name)


def _read_filter(session: Session, within: Scope) -> LogFilter | None:
    form = LogForm(request.args)
    form.name_choices(log_view.find_choices(session, within))
    return form.wanted(local_day(now(), station().settings.time_zone)) if form.validate() else None


def _back() -> ResponseReturnValue:
    """To the page, which shows what is wrong with the filter."""
    return redirect(f"{url_for('logbook.show_log')}?{urlencode(request.args)}", 303)


def _describe(session: Session, wanted: LogFilter) -> list[str]:
    zone = station().settings.time_zone
    return log_export.describe(session, wanted, by=me().name, now=now(), zone=zone, language=page_language())


def _pieces(wanted: LogFilter, within: Scope, told: Sequence[str], *, language: str) -> Iterator[str]:
    zone = station().settings.time_zone
    with look() as session:
        yield from log_export.stream_csv(session, wanted, within, told=told, zone=zone, language=language)
