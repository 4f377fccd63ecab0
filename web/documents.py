"""Pages of the documents: the report, the printed log and week, the workbook of the counts, calendars of the plan."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from scheduler.documents import calendar, counts_xlsx, log_sheet_pdf, log_sheet_xlsx, template, week_pdf
from scheduler.documents import report as report_file
from scheduler.documents.report import Form, name_file
from scheduler.domain.people import Right, Scope
from scheduler.domain.periods import Period, Preset, period_of
from scheduler.domain.time import local_day
from scheduler.models import Series
from scheduler.services import calendar_feed, count_overview, log_sheet, log_view, office, report, rules
from scheduler.services.week import Week, load_week
from web.document_forms import FeedForm, LogSheetForm, ReportForm, WeekForm
from web.forms import keep_errors, status_of
from web.plan_view import monday_of, reader
from web.security import Policy, allow, me, scope
from web.station import change, look, now, station

pages = Blueprint("documents", __name__)

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF_TYPE = "application/pdf"


@pages.get("/documents/")
@allow(Right.SEE)
def show_documents() -> ResponseReturnValue:
    """What can be made, each with its own form."""
    return _show(FeedForm(formdata=None))


def _show(feed: FeedForm, new_address: str = "") -> ResponseReturnValue:
    asked = ReportForm(request.args), LogSheetForm(request.args), WeekForm(request.args)
    today = _today()
    with look() as session:
        for form in asked:
            form.name_choices(log_view.find_choices(session, scope(Right.SEE)))
        held, feeds = office.read(session), list(calendar_feed.find_of(session, me()))
    if request.args and request.method == "GET":
        for form in asked:
            form.validate()
    return render_template(
        "documents/show.html",
        report=asked[0],
        log=asked[1],
        week=asked[2],
        feed=feed,
        feeds=feeds,
        new_address=new_address,
        office=held,
        own_template=template.own_path(station().settings.home).exists(),
        template_name=template.NAME,
        presets=[(preset, period_of(preset, today=today)) for preset in Preset],
        month=period_of(Preset.THIS_MONTH, today=today).until(today),
        monday=monday_of(today),
        year=period_of(Preset.THIS_YEAR, today=today),
    ), status_of(feed)


# --- the report and the counts --------------------------------------------------------------------------------------
@pages.get("/documents/report.<form>")
@allow(Right.SEE)
def make_report(form: str) -> ResponseReturnValue:
    """The report of the period as a file."""
    if form not in set(Form):
        abort(404)
    asked = ReportForm(request.args)
    at, zone = now(), station().settings.time_zone
    with look() as session:
        asked.name_choices(log_view.find_choices(session, scope(Right.SEE)))
        if not asked.validate():
            return _back()
        period, within = asked.period(_today()), _narrowed(session, asked.area_id)
        values = report.read_report(
            session, period, series=_find_series(session, asked), areas=within.area_ids, zone=zone, now=at
        )
        held = office.read(session)
    body = report_file.write_report(
        values,
        held,
        form=Form(form),
        home=station().settings.home,
        made_at=at.astimezone(zone),
        number=asked.number.data,
        signed_on=asked.signed_on.data,
    )
    return _send(body, DOCX_TYPE if form == Form.DOCX else PDF_TYPE, name_file("bao-cao", period, form))


@pages.get("/documents/counts.xlsx")
@allow(Right.SEE)
def make_counts() -> ResponseReturnValue:
    """All figures of the counts page as a workbook."""
    asked = ReportForm(request.args)
    with look() as session:
        asked.name_choices(log_view.find_choices(session, scope(Right.SEE)))
        if not asked.validate():
            return _back()
        period, within = asked.period(_today()), _narrowed(session, asked.area_id)
        series = _find_series(session, asked)
        view = count_overview.look(
            session,
            period,
            today=_today(),
            zone=station().settings.time_zone,
            areas=within.area_ids,
            series=series,
        )
        where = report.tell_where(session, within)
        title = "" if series is None else series.title
    body = counts_xlsx.write_counts(view, series=title, where=where, by=me().name, made_on=_today())
    return _send(body, XLSX_TYPE, name_file("so-lieu", period, "xlsx"))


def _find_series(session: Session, asked: ReportForm) -> Series | None:
    return log_view.get_series(session, asked.series.data) if asked.series.data else None


# --- the log and the week -------------------------------------------------------------------------------------------
@pages.get("/documents/log.<form>")
@allow(Right.SEE)
def make_log(form: str) -> ResponseReturnValue:
    """The log of up to a month, as an inspector reads it."""
    if form not in {"pdf", "xlsx"}:
        abort(404)
    asked = LogSheetForm(request.args)
    zone = station().settings.time_zone
    with look() as session:
        asked.name_choices(log_view.find_choices(session, scope(Right.SEE)))
        if not asked.validate():
            return _back()
        period, within = asked.period(_today()), _narrowed(session, asked.area_id)
        found = log_sheet.read_sheet(session, period.first, period.last, scope=within, zone=zone)
        where = report.tell_where(session, within)
        held, named = office.read(session), rules.read(session).station_name
    name = name_file("so-nhat-ky", period, form)
    if form == "xlsx":
        return _send(log_sheet_xlsx.write_sheet(found, where=where, zone=zone), XLSX_TYPE, name)
    at = now().astimezone(zone)
    body = log_sheet_pdf.write_sheet(found, held, where=where, station=named, zone=zone, made_at=at)
    return _send(body, PDF_TYPE, name)


@pages.get("/documents/week.pdf")
@allow(Right.SEE)
def make_week() -> ResponseReturnValue:
    """The broadcasts of a week for the wall."""
    asked = WeekForm(request.args)
    if not asked.validate():
        return _back()
    monday = monday_of(asked.day.data or _today())
    last = monday + timedelta(days=6)
    at, settings = now(), station().settings
    with look() as session:
        found = load_week(session, monday, last, reader=reader(), now=at, settings=settings)
        where = report.tell_where(session, scope(Right.SEE))
        held, named = office.read(session), rules.read(session).station_name
    body = week_pdf.write_week(
        found, held, where=where, station=named, zone=settings.time_zone, made_at=at.astimezone(settings.time_zone)
    )
    return _send(body, PDF_TYPE, name_file("lich-phat-song", Period(first=monday, last=last), "pdf"))


# --- calendars ------------------------------------------------------------------------------------------------------
@pages.post("/documents/calendars")
@allow(Right.SEE)
def make_feed() -> ResponseReturnValue:
    """A secret address at which a calendar program reads the plan; told this once."""
    form = FeedForm()
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                _feed, secret = calendar_feed.make(session, name=form.name.data or "", person=me(), now=now())
            root = (station().settings.public_url or request.host_url).rstrip("/")
            return _show(FeedForm(formdata=None), root + url_for(".read_feed", secret=secret))
    return _show(form)


@pages.post("/documents/calendars/<int:feed_id>/revoke")
@allow(Right.SEE)
def revoke_feed(feed_id: int) -> ResponseReturnValue:
    """Nobody reads at that address any more."""
    with change() as session:
        calendar_feed.revoke(session, feed_id, person=me(), now=now())
    flash(_("Đã hủy địa chỉ lịch; chương trình lịch nào đang dùng nó sẽ không đọc được nữa."))
    return redirect(url_for(".show_documents") + "#calendars", 303)


@pages.get("/calendar/<secret>.ics")
@allow(Policy.OPEN, by_person=False)
def read_feed(secret: str) -> ResponseReturnValue:
    """The plan as the person sees it whose address this is; the secret is the only key."""
    at, settings = now(), station().settings
    day = _today()
    with look() as session:
        found = calendar_feed.find_reader(session, secret, now=at)
        if found is None:
            abort(404)
        week = load_week(
            session, day - calendar.BEFORE, day + calendar.AFTER, reader=found, now=at, settings=settings
        )  # fmt: skip
        named = rules.read(session).station_name
    answer = Response(_feed_of(week, named, at), content_type="text/calendar; charset=utf-8")
    unchanged = _feed_of(week, named, datetime.fromtimestamp(0, UTC))
    answer.set_etag(hashlib.sha256(unchanged).hexdigest())
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)


def _feed_of(week: Week, named: str, at: datetime) -> bytes:
    return calendar.write_feed(week, name=named or week_pdf.NAME, host=request.host.partition(":")[0], made_at=at)


# --- inside ---------------------------------------------------------------------------------------------------------
def _today() -> date:
    return local_day(now(), station().settings.time_zone)


def _narrowed(session: Session, area_id: int | None) -> Scope:
    return report.narrow(session, scope(Right.SEE), area_id, on=_today())


def _back() -> ResponseReturnValue:
    """To the page, which shows what is wrong."""
    return redirect(f"{url_for('.show_documents')}?{urlencode(request.args)}", 303)


def _send(body: bytes, kind: str, name: str) -> Response:
    return Response(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
