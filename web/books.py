"""Pages of closed books: the closes of periods, closing one, and corrections that wait for a second person."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import TextInput

from scheduler.domain.counting import tell_count
from scheduler.domain.people import Right
from scheduler.domain.periods import Preset, period_of
from scheduler.domain.time import local_day
from scheduler.errors import Refused
from scheduler.services import closed_books, closing, countersigning, countersigning_view
from scheduler.wording import word_error
from web.filters import FORMATS, PeriodForm, check_year
from web.forms import keep_errors, status_of
from web.log_forms import LONGEST_NOTE
from web.security import allow, may, me, scope
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("books", __name__)

_PERIODS = (Preset.LAST_MONTH, Preset.LAST_QUARTER, Preset.LAST_YEAR, Preset.REPORT)


class CloseForm(FlaskForm):  # type: ignore[misc]
    """Which period to close; ticked by somebody who has read what it says."""

    first = DateField(
        _l("Từ ngày"), format=FORMATS, widget=TextInput(), validators=[InputRequired(_l("Cần điền ô này."))]
    )
    last = DateField(
        _l("Đến hết ngày"), format=FORMATS, widget=TextInput(), validators=[InputRequired(_l("Cần điền ô này."))]
    )
    note = StringField(_l("Ghi chú"), validators=[Length(max=LONGEST_NOTE)])
    sure = BooleanField(
        _l("Tôi đã đọc các số trên. Từ nay sổ của kỳ này chỉ thay đổi bằng đính chính do hai người cùng ghi."),
        validators=[DataRequired(_l("Hãy đánh dấu là đã đọc."))],
    )

    def validate_first(self, field: DateField) -> None:
        """A day that a calendar of ours can hold, with its neighbours."""
        check_year(field)

    def validate_last(self, field: DateField) -> None:
        """The same."""
        check_year(field)


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


# --- closes -----------------------------------------------------------------------------------------------------------
@pages.get("/log/closes")
@allow(Right.SEE)
def show_closes() -> ResponseReturnValue:
    """The periods that were closed, and what closing another one would say."""
    return _show_closes(PeriodForm(request.args), CloseForm())


@pages.post("/log/closes")
@allow(Right.CLOSE)
def close() -> ResponseReturnValue:
    """Close the books of a period."""
    if not scope(Right.CLOSE).is_everywhere:
        abort(403)
    form = CloseForm()
    if form.validate_on_submit() and form.first.data is not None and form.last.data is not None:
        with keep_errors(form):
            with change() as session:
                closed = closing.close(
                    session,
                    form.first.data,
                    form.last.data,
                    by=me().name,
                    user_id=me().id,
                    note=form.note.data or "",
                    now=now(),
                    zone=station().settings.time_zone,
                )
                number = closed.id
            flash(_("Đã chốt sổ. Từ nay mọi thay đổi của kỳ này là đính chính do hai người cùng ghi."))
            return redirect(url_for(".show_close", number=number), 303)
    return _show_closes(PeriodForm(request.form), form)


@pages.get("/log/closes/<int:number>")
@allow(Right.SEE)
def show_close(number: int) -> ResponseReturnValue:
    """A close as it was written then, with what came after it; made to be printed and signed."""
    with look() as session:
        closed = closing.get_close(session, number)
        later = closing.find_later(session, closed, zone=station().settings.time_zone)
    return render_template(
        "books/close.html",
        closed=closed,
        later=later,
        told_now=tell_count(later.count, language="vi"),
        most_later=closing.MOST_LATER,
    )


def _show_closes(asked: PeriodForm, form: CloseForm) -> ResponseReturnValue:
    asked.name_languages()
    found = None
    zone, is_right = station().settings.time_zone, asked.validate()
    with look() as session:
        if is_right and asked.first.data is not None:
            first, last = asked.days((today(), today()))
            form.first.data, form.last.data = first, last
            with keep_errors(form):
                found = closing.preview(session, first, last, now=now(), zone=zone)
        page = render_template(
            "books/closes.html",
            asked=asked,
            form=form,
            found=found,
            sentence="" if found is None else tell_count(found.count, language=page_language()),
            closes=closed_books.find_closes(session),
            may_close=may(Right.CLOSE) and scope(Right.CLOSE).is_everywhere,
            presets=[(preset, _until_yesterday(preset)) for preset in _PERIODS],
        )
    return page, status_of(form) if is_right else 422


def _until_yesterday(preset: Preset) -> tuple[date, date]:
    period = period_of(preset, today=today())
    return period.first, period.last


# --- corrections by two persons ---------------------------------------------------------------------------------------
@pages.get("/log/requests")
@allow(Right.SEE)
def show_requests() -> ResponseReturnValue:
    """Corrections of closed books that wait for a second person, and those that were decided."""
    with look() as session:
        waiting = countersigning_view.find_open(session, scope(Right.SEE))
        decided = countersigning_view.find_decided(session, scope(Right.SEE))
        mine = {item.request.id for item in countersigning_view.find_open(session, scope(Right.CLOSE))}
    return render_template(
        "books/requests.html", waiting=waiting, decided=decided, decidable=mine if may(Right.CLOSE) else set()
    )


@pages.post("/log/requests/<int:number>/agree")
@allow(Right.CLOSE)
def agree(number: int) -> ResponseReturnValue:
    """Write what was asked for into the log, under both names."""
    try:
        with change() as session:
            countersigning.agree(
                session,
                number,
                by=me().name,
                user_id=me().id,
                now=now(),
                zone=station().settings.time_zone,
                note=_note(),
                scope=scope(Right.CLOSE),
            )
    except Refused as error:
        flash(word_error(error, language=page_language()), "error")
    else:
        flash(_("Đã ghi đính chính vào nhật ký, với tên của hai người."))
    return redirect(url_for(".show_requests"), 303)


@pages.post("/log/requests/<int:number>/refuse")
@allow(Right.CLOSE)
def refuse(number: int) -> ResponseReturnValue:
    """Let a request fall, saying why."""
    try:
        with change() as session:
            countersigning.refuse(
                session, number, by=me().name, user_id=me().id, now=now(), note=_note(), scope=scope(Right.CLOSE)
            )
    except Refused as error:
        flash(word_error(error, language=page_language()), "error")
    else:
        flash(_("Đã từ chối đề nghị; nhật ký giữ nguyên."))
    return redirect(url_for(".show_requests"), 303)


@pages.post("/log/requests/<int:number>/withdraw")
@allow(Right.CORRECT)
def withdraw(number: int) -> ResponseReturnValue:
    """Take one's own request back."""
    try:
        with change() as session:
            countersigning.withdraw(session, number, by=me().name, user_id=me().id, now=now())
    except Refused as error:
        flash(word_error(error, language=page_language()), "error")
    else:
        flash(_("Đã rút đề nghị; nhật ký giữ nguyên."))
    return redirect(url_for(".show_requests"), 303)


def _note() -> str:
    return request.form.get("note", "")[:LONGEST_NOTE]
