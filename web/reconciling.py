"""The page that lays plan and log of a day beside each other, and asks for the reasons that are missing."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Form, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import TextInput

from scheduler.domain.people import Right
from scheduler.domain.playout import Reason
from scheduler.domain.reconciliation import OPEN, LineClass
from scheduler.domain.time import local_day
from scheduler.errors import NothingToAnswer
from scheduler.labels import label
from scheduler.services import book_view, explaining, reconciliation
from scheduler.services.explaining import Explained
from scheduler.services.unreported import Delivery
from web.filters import FORMATS, PER_PAGE, check_year, page_number, pages_of
from web.formats import WEEKDAYS, write_number
from web.forms import keep_errors, status_of
from web.log_forms import LONGEST_NOTE
from web.security import allow, may, me, scope
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("reconciling", __name__)

ONLY_OPEN = "open"
SHORT_WEEKDAYS = {
    "vi": ("T2", "T3", "T4", "T5", "T6", "T7", "CN"),
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
}


class DayForm(Form):
    """Which day to lay open, and which lines of it."""

    day = DateField(_l("Ngày"), format=FORMATS, widget=TextInput(), validators=[Optional()])
    shown = SelectField(_l("Dòng"), default="")

    @classmethod
    def read(cls) -> "DayForm":
        """What the address asks for."""
        form = cls(request.args)
        form.shown.choices = [("", ""), (ONLY_OPEN, ""), *((kind.value, "") for kind in LineClass)]
        return form

    def validate_day(self, field: DateField) -> None:
        """The months beside it are real ones."""
        check_year(field)

    def wanted(self) -> frozenset[LineClass] | None:
        """The classes asked for; None for all."""
        if not self.shown.data:
            return None
        return OPEN if self.shown.data == ONLY_OPEN else frozenset({LineClass(self.shown.data)})


class ExplainForm(FlaskForm):  # type: ignore[misc]
    """Why lines did not sound, of those that are ticked or of all that are open on the day."""

    all = BooleanField(_l("Mọi dòng còn thiếu của ngày này"))
    reason = SelectField(_l("Lý do"), validators=[DataRequired(_l("Hãy chọn lý do."))])
    note = StringField(
        _l("Căn cứ"),
        validators=[
            InputRequired(_l("Hãy ghi căn cứ: ai cho biết, bằng cách nào.")),
            Length(max=LONGEST_NOTE),
        ],
    )

    def name_choices(self) -> None:
        """Fill the list, in the page's language."""
        told = [(item.value, label(item, language=page_language())) for item in Reason]
        self.reason.choices = [("", _("chọn lý do")), *told]


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


@pages.get("/log/reconcile")
@allow(Right.SEE)
def show_day() -> ResponseReturnValue:
    """A day's books."""
    return _show(ExplainForm())


@pages.post("/log/reconcile")
@allow(Right.CORRECT)
def explain() -> ResponseReturnValue:
    """Give lines a reason, each as a new entry under the person's name."""
    form = ExplainForm()
    form.name_choices()
    if form.validate_on_submit():
        with keep_errors(form):
            done = _explain(form, _day())
            flash(_tell(done))
            return redirect(url_for(".show_day", **_kept()), 303)
    return _show(form)


def _explain(form: ExplainForm, day: date) -> Explained:
    zone, own = station().settings.time_zone, scope(Right.CORRECT)
    with change() as session:
        lines = list(_ticked())
        if form.all.data:
            book = reconciliation.reconcile(session, day, zone=zone, now=now(), areas=own.area_ids, wanted=OPEN)
            lines = [(line.airing_id, line.zone_id) for line in book.lines]
        if not lines:
            raise NothingToAnswer
        return explaining.explain(
            session,
            lines,
            reason=Reason(form.reason.data),
            note=form.note.data or "",
            by=me().name,
            user_id=me().id,
            now=now(),
            zone=zone,
            scope=own,
        )


def _ticked() -> list[Delivery]:
    """The lines that were ticked; what is no line is left out."""
    found = []
    for text in request.form.getlist("line"):
        airing, _, zone = text.partition("_")
        try:
            found.append((UUID(airing), int(zone)))
        except ValueError:
            continue
    return found


def _tell(done: Explained) -> str:
    told = []
    if done.written:
        number = write_number(done.written)
        told.append(
            ngettext("Đã ghi lý do cho %(count)s dòng.", "Đã ghi lý do cho %(count)s dòng.", done.written, count=number)
        )
    if done.asked:
        number = write_number(done.asked)
        told.append(
            ngettext(
                "Sổ ngày này đã chốt: đã gửi đề nghị cho %(count)s dòng, chờ người thứ hai đồng ý.",
                "Sổ ngày này đã chốt: đã gửi đề nghị cho %(count)s dòng, chờ người thứ hai đồng ý.",
                done.asked,
                count=number,
            )
        )
    return " ".join(told) or _("Những dòng này đã có đề nghị, đang chờ người thứ hai.")


def _kept() -> dict[str, Any]:
    """What the address asks for, for the address of the same lines after an answer."""
    return {name: request.args[name] for name in ("day", "shown") if request.args.get(name)}


def _day() -> date:
    asked = DayForm.read()
    return asked.day.data if asked.validate() and asked.day.data is not None else today()


def _show(form: ExplainForm) -> ResponseReturnValue:
    asked, zone = DayForm.read(), station().settings.time_zone
    is_right = asked.validate()
    day = asked.day.data if is_right and asked.day.data is not None else today()
    with look() as session:
        view = book_view.look(
            session,
            day,
            zone=zone,
            now=now(),
            areas=scope(Right.SEE).area_ids,
            wanted=asked.wanted() if is_right else None,
            page=page_number(),
            per_page=PER_PAGE,
        )
    form.name_choices()
    page = render_template(
        "reconciling/day.html",
        asked=asked,
        kept=_kept(),
        form=form,
        view=view,
        book=view.book,
        classes=LineClass,
        shown=asked.shown.data or "" if is_right else "",
        today=today(),
        one_day=timedelta(days=1),
        before=view.book.day.replace(day=1) - timedelta(days=1),
        after=view.book.day.replace(day=28) + timedelta(days=4),
        weekdays=list(zip(SHORT_WEEKDAYS[page_language()], WEEKDAYS[page_language()], strict=True)),
        page=page_number(),
        pages=pages_of(view.book.found),
        may_answer=may(Right.CORRECT),
        ticked={f"{airing}_{zone_id}" for airing, zone_id in _ticked()},
    )
    return page, status_of(form) if is_right else 422
