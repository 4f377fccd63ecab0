"""Pages for what people confirm: deliveries that wait for a person's word, many ticked at once, or a workbook."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from scheduler.domain.confirmation import COLUMNS, tell_source
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import Right
from scheduler.domain.text import tidy
from scheduler.domain.time import local_day
from scheduler.errors import LogbookUnreadable, Refused
from scheduler.services import confirm_import, confirming, confirming_view, log_view
from scheduler.services.confirm_import import ImportedConfirmations
from scheduler.services.confirming import Confirmation, Confirmed
from scheduler.services.confirming_view import FoundWaiting
from scheduler.wording import word
from web import held_file
from web.confirming_forms import ConfirmFileForm, ConfirmForm, TakeFileForm, WaitingForm
from web.filters import PER_PAGE, kept, page_number, pages_of
from web.formats import write_number
from web.forms import HAS_ERRORS, OK, keep_errors, refuse, status_of
from web.log_files import XLSX_TYPE
from web.security import allow, me, scope
from web.station import change, look, now, rehearse, station
from web.translations import page_language

pages = Blueprint("confirming", __name__)

MOST_TOLD = 500
LINES_SHOWN = 200


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


# --- one by one and in bulk -----------------------------------------------------------------------------------------
@pages.get("/log/confirm")
@allow(Right.CORRECT)
def show_waiting() -> ResponseReturnValue:
    """What waits for a person's word on some days."""
    return _show(ConfirmForm())


@pages.post("/log/confirm")
@allow(Right.CORRECT)
def confirm() -> ResponseReturnValue:
    """Write down what somebody said of the lines that are ticked."""
    form = ConfirmForm()
    form.name_choices()
    if form.validate_on_submit():
        with keep_errors(form):
            done = _confirm(form)
            flash(_tell(done))
            return redirect(url_for(".show_waiting", **_kept(WaitingForm(request.args))), 303)
    return _show(form)


def _confirm(form: ConfirmForm) -> Confirmed:
    own, zone, asked = scope(Right.CORRECT), station().settings.time_zone, WaitingForm(request.args)
    source = tell_source(form.told_by.data or "", phone=form.phone.data or "", note=form.note.data or "")
    with change() as session:
        ticked = list(_ticked())
        if form.all.data:
            asked.name_choices(log_view.find_choices(session, own))
            wanted = asked.wanted(today()) if asked.validate() else LogFilter(first=today(), last=today())
            chosen = confirming_view.find(
                session, wanted, own, waits=asked.sort_of(), now=now(), zone=zone, per_page=confirming_view.MOST_LINES
            )
            ticked = [(*line.key, line.attempt) for line in chosen.lines]
        said = [
            Confirmation(
                airing_id=airing,
                zone_id=number,
                seconds=form.seconds(),
                reason=form.chosen_reason(),
                source=source,
                seen=attempt,
            )
            for airing, number, attempt in ticked
        ]
        return confirming.take(session, said, by=me().name, user_id=me().id, now=now(), zone=zone, scope=own)


def _kept(asked: WaitingForm) -> dict[str, Any]:
    """What the address asks for, for another address of the same lines."""
    return dict(kept(asked))


def _ticked() -> list[tuple[UUID, int, int]]:
    """The lines that were ticked, each with the attempt that was shown; what is no line is left out."""
    found = []
    for text in request.form.getlist("line"):
        try:
            airing, zone, attempt = text.split("_")
            found.append((UUID(airing), int(zone), int(attempt)))
        except ValueError:
            continue
    return found


def _tell(done: Confirmed) -> str:
    told = []
    if done.written:
        told.append(
            ngettext(
                "Đã ghi xác nhận cho %(count)s dòng.",
                "Đã ghi xác nhận cho %(count)s dòng.",
                done.written,
                count=write_number(done.written),
            )
        )
    if done.asked:
        told.append(
            ngettext(
                "Sổ đã chốt: đã gửi đề nghị cho %(count)s dòng, chờ người thứ hai đồng ý.",
                "Sổ đã chốt: đã gửi đề nghị cho %(count)s dòng, chờ người thứ hai đồng ý.",
                done.asked,
                count=write_number(done.asked),
            )
        )
    if done.known:
        told.append(
            ngettext(
                "%(count)s dòng đã được xác nhận như vậy từ trước.",
                "%(count)s dòng đã được xác nhận như vậy từ trước.",
                done.known,
                count=write_number(done.known),
            )
        )
    return " ".join(told)


def _show(form: ConfirmForm) -> ResponseReturnValue:
    asked, own = WaitingForm(request.args), scope(Right.CORRECT)
    found: FoundWaiting | None = None
    with look() as session:
        asked.name_choices(log_view.find_choices(session, own))
        is_right = asked.validate()
        if is_right:
            with keep_errors(asked):
                found = confirming_view.find(
                    session,
                    asked.wanted(today()),
                    own,
                    waits=asked.sort_of(),
                    now=now(),
                    zone=station().settings.time_zone,
                    page=page_number(),
                    per_page=PER_PAGE,
                )
    form.name_choices()
    days = asked.wanted(today()) if is_right else None
    page = render_template(
        "confirming/waiting.html",
        asked=asked,
        kept=kept(asked),
        form=form,
        found=found,
        days=days,
        page=page_number(),
        pages=1 if found is None else pages_of(found.number),
        today=today(),
        week=today() - timedelta(days=today().weekday()),
        ticked={"_".join(map(str, line)) for line in _ticked()},
        most=confirming_view.MOST_LINES,
    )
    return page, status_of(form) if status_of(asked) == OK else HAS_ERRORS


# --- from a workbook ------------------------------------------------------------------------------------------------
@pages.get("/log/confirm.xlsx")
@allow(Right.CORRECT)
def send_workbook() -> ResponseReturnValue:
    """The workbook with all that waits on the days asked for, to fill in while telephoning."""
    asked, own, file = WaitingForm(request.args), scope(Right.CORRECT), io.BytesIO()
    zone = station().settings.time_zone
    with look() as session:
        asked.name_choices(log_view.find_choices(session, own))
        if not asked.validate():
            return redirect(url_for(".show_waiting", **_kept(asked)), 303)
        wanted = asked.wanted(today())
        try:
            lines = confirming_view.find_all(session, wanted, own, waits=asked.sort_of(), now=now(), zone=zone)
        except Refused:  # the page tells why
            return redirect(url_for(".show_waiting", **_kept(asked)), 303)
        confirm_import.write_file(file, lines, zone=zone)
    file.seek(0)
    name = f"xac-nhan-{wanted.first:%Y-%m-%d}-{wanted.last:%Y-%m-%d}.xlsx"
    return send_file(file, mimetype=XLSX_TYPE, as_attachment=True, download_name=name)


@pages.route("/log/confirm/import", methods=["GET", "POST"])
@allow(Right.CORRECT)
def check_file() -> ResponseReturnValue:
    """Look at what a workbook of confirmations says: nothing is written yet."""
    form = ConfirmFileForm()
    if not form.validate_on_submit():
        return _show_import(form)
    sha256 = held_file.hold(form.file.data)
    name = tidy(form.file.data.filename or "")[:80]
    try:
        with rehearse() as session:
            done = _import(session, held_file.find(sha256), name)
    except Refused as error:
        held_file.drop()
        refuse(form, error)
        return _show_import(form, problems=error.facts.get("problems", ()))  # type: ignore[arg-type]
    take = TakeFileForm(formdata=None, sha256=sha256, name=name)
    return render_template(
        "confirming/import_check.html", form=take, name=name, done=done, shown=done.lines[:LINES_SHOWN]
    )


@pages.post("/log/confirm/import/take")
@allow(Right.CORRECT)
def take_file() -> ResponseReturnValue:
    """Write down what the workbook says that was looked at, all of it or nothing."""
    form, again = TakeFileForm(), ConfirmFileForm(formdata=None)
    if not form.validate_on_submit():
        return redirect(url_for(".check_file"), 303)
    try:
        path = held_file.find(str(form.sha256.data))
        with change() as session:
            done = _import(session, path, str(form.name.data))
    except Refused as error:
        refuse(again, error)
        return _show_import(again, problems=error.facts.get("problems", ()))  # type: ignore[arg-type]
    held_file.drop()
    flash(_tell(done.done) or _("Tệp không có gì mới."))
    return redirect(url_for(".show_waiting"), 303)


def _show_import(form: ConfirmFileForm, *, problems: Sequence[Mapping[str, Any]] = ()) -> ResponseReturnValue:
    page = render_template(
        "confirming/import.html",
        form=form,
        columns=COLUMNS,
        problems=[
            {**problem, "told": word(problem["code"], problem["facts"], language=page_language())}
            for problem in problems[:MOST_TOLD]
        ],
        more=max(0, len(problems) - MOST_TOLD),
    )
    return page, HAS_ERRORS if form.errors or form.form_errors else OK


def _import(session: Session, path: Path, name: str) -> ImportedConfirmations:
    """The name of the file is only ever shown."""
    try:
        return confirm_import.import_file(
            session,
            path,
            by=me().name,
            user_id=me().id,
            now=now(),
            zone=station().settings.time_zone,
            scope=scope(Right.CORRECT),
        )
    except LogbookUnreadable as error:
        raise LogbookUnreadable(**{**error.facts, "name": name}) from error
