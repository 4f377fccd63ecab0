"""Pages of the as-run log: its lines by filter, the airings behind a number, one delivery and its correction."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from scheduler.domain.people import Right
from scheduler.domain.periods import year_of
from scheduler.domain.reconciliation import came_later
from scheduler.domain.time import local_day
from scheduler.log_words import came_to, tell_outcome, tell_writer
from scheduler.models import AsRunEntry
from scheduler.services import (
    as_run,
    closed_books,
    counted_airings,
    countersigning,
    countersigning_view,
    log_export,
    log_reading,
    log_view,
)
from scheduler.services.log_reading import LogLine
from web.filters import kept, page_number, pages_of
from web.forms import keep_errors, status_of
from web.log_forms import AiringsForm, CorrectionForm, LogForm
from web.security import allow, may, me, scope
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("logbook", __name__)
pages.add_app_template_filter(came_to, "came_to")
pages.add_app_template_filter(lambda name: tell_writer(name, language=page_language()), "writer")
pages.add_app_template_filter(lambda entry: tell_outcome(entry, language=page_language()), "outcome")


@pages.app_template_filter("came_late")
def came_late(entry: AsRunEntry) -> bool:
    """Tell whether the place itself told of it on a later day."""
    written_on = local_day(entry.recorded_at, station().settings.time_zone)
    return came_later(source=entry.source, written_on=written_on, day=entry.local_day)


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


@pages.get("/log/")
@allow(Right.SEE)
def show_log() -> ResponseReturnValue:
    """The lines of the log that fit the filter in the address."""
    form, view, wanted, books = LogForm(request.args), None, None, closed_books.ClosedBooks()
    within = scope(Right.SEE)
    with look() as session:
        form.name_choices(log_view.find_choices(session, within))
        if form.validate():
            wanted = form.wanted(today())
            with keep_errors(form):
                view = log_view.read(session, wanted, within, zone=station().settings.time_zone, page=page_number())
                books = closed_books.read(session, wanted.first, wanted.last)
    return render_template(
        "logbook/log.html",
        form=form,
        kept=kept(form),
        one_day_long=timedelta(days=1),
        second_long=timedelta(seconds=1),
        view=view,
        books=books,
        wanted=wanted,
        page=page_number(),
        pages=1 if view is None else pages_of(view.found.number),
        now=now(),
        today=today(),
        most_xlsx=log_export.MOST_XLSX_LINES,
    ), status_of(form)


@pages.get("/log/airings")
@allow(Right.SEE)
def show_airings() -> ResponseReturnValue:
    """The airings behind a number of a count, each once."""
    form, found, wanted = AiringsForm(request.args), None, None
    within = scope(Right.SEE)
    with look() as session:
        form.name_choices(log_view.find_choices(session, within))
        if form.validate():
            year = year_of(today().year)
            wanted = form.wanted((year.first, year.last))
            series = log_view.get_series(session, form.series.data) if form.series.data else None
            found = counted_airings.find_airings(
                session, wanted, areas=within.area_ids, series=series, page=page_number()
            )  # fmt: skip
    return render_template(
        "logbook/airings.html",
        form=form,
        kept=kept(form),
        found=found,
        wanted=wanted,
        page=page_number(),
        pages=1 if found is None else pages_of(found.number),
        limited=not within.is_everywhere,
    ), status_of(form)


@pages.get("/log/<uuid:airing>/<int:zone>")
@allow(Right.SEE)
def show_delivery(airing: UUID, zone: int) -> ResponseReturnValue:
    """All that the log says of one airing in one zone."""
    seen, own = scope(Right.SEE), scope(Right.CORRECT)
    with look() as session:
        line = log_reading.get_delivery(session, airing, zone, seen)
        correctable = may(Right.CORRECT) and log_reading.find_delivery(session, airing, zone, own)
        day = line.first.local_day
        books = closed_books.read(session, day, day)
        requests = countersigning_view.find_about(session, airing, zone)
    return render_template(
        "logbook/delivery.html",
        line=line,
        correctable=bool(correctable),
        books=books,
        close=books.close_of(day),
        requests=requests,
    )


@pages.route("/log/<uuid:airing>/<int:zone>/correct", methods=["GET", "POST"])
@allow(Right.CORRECT)
def correct_delivery(airing: UUID, zone: int) -> ResponseReturnValue:
    """Say what the delivery really came to: a new entry with a reason and the person's name."""
    own = scope(Right.CORRECT)
    with look() as session:
        line = log_reading.get_delivery(session, airing, zone, own)
        day = line.first.local_day
        close = closed_books.read(session, day, day).close_of(day)
    form = CorrectionForm()
    form.name_choices()
    if form.validate_on_submit():
        with keep_errors(form):
            if close is None:
                _correct(form, line)
                flash(_("Đã ghi đính chính. Dòng cũ vẫn được giữ trong nhật ký."))
            else:
                _ask(form, line)
                flash(_("Đã gửi đề nghị đính chính; khi người thứ hai đồng ý thì mới vào nhật ký."))
            return redirect(url_for("logbook.show_delivery", airing=airing, zone=zone), 303)
    elif not form.is_submitted():
        form.start_from(line.holds)
    return render_template("logbook/correction.html", form=form, line=line, close=close), status_of(form)


def _correct(form: CorrectionForm, line: LogLine) -> None:
    with change() as session:
        as_run.correct(
            session,
            airing_id=line.first.airing_id,
            zone_id=line.first.zone_id,
            seconds_sounded=form.seconds(line.first.seconds_planned),
            reason=form.chosen_reason(),
            author=me().name,
            note=form.note.data or "",
            now=now(),
            zone=station().settings.time_zone,
            after=form.after.data,
        )


def _ask(form: CorrectionForm, line: LogLine) -> None:
    wish = countersigning.Wish(
        airing_id=line.first.airing_id,
        zone_id=line.first.zone_id,
        after=int(form.after.data or 0),
        seconds_sounded=form.seconds(line.first.seconds_planned),
        reason=form.chosen_reason(),
        note=form.note.data or "",
    )
    with change() as session:
        countersigning.ask(session, wish, by=me().name, user_id=me().id, now=now())
