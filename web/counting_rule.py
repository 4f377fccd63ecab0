"""The page of the counting rule: what holds from when, what another would do to a year, and its adoption."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, DecimalField, Form, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from scheduler.domain.counting import FIRST_RULE, Rule, tell_count
from scheduler.domain.people import Right
from scheduler.domain.periods import year_of
from scheduler.domain.playout import Evidence
from scheduler.domain.time import local_day
from scheduler.errors import RuleReachesClosedBooks
from scheduler.labels import label
from scheduler.services import counting, counting_rule
from scheduler.services.counting_rule import RulePreview
from scheduler.wording import word_error
from web.filters import FORMATS
from web.forms import HAS_ERRORS, OK, keep_errors, status_of
from web.security import allow, may, me, scope
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("counting_rule", __name__)

MOST_SHOWN = 200
"""So many airings that would change are listed; the numbers are of all."""


class PercentField(DecimalField):
    """A percentage typed 87,5 or 87.5."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read a comma as the point that the parser knows."""
        super().process_formdata([str(value).replace(",", ".") for value in valuelist])


class AskForm(Form):
    """Another rule and the year to look at; in the address, since looking changes nothing."""

    share = PercentField(
        _l("Phát được ít nhất (%)"),
        widget=TextInput(),
        validators=[InputRequired(_l("Cần điền ô này.")), NumberRange(min=1, max=100)],
        places=None,
    )
    evidence = SelectField(_l("Bằng chứng ít nhất"))
    valid_from = DateField(_l("Từ ngày"), format=FORMATS, widget=TextInput(), validators=[Optional()])
    year = IntegerField(
        _l("Xem thử trên năm"), widget=TextInput(), validators=[InputRequired(), NumberRange(min=1950, max=9000)]
    )

    def name_choices(self) -> None:
        """Fill the list, in the page's language."""
        self.evidence.choices = [(item.value, label(item, language=page_language())) for item in Evidence]

    def asked(self) -> dict[str, Any]:
        """The rule as the services take it."""
        return {
            "least_share": float(self.share.data or 0) / 100,
            "least_evidence": Evidence(self.evidence.data),
            "valid_from": self.valid_from.data,
        }


class AdoptForm(FlaskForm):  # type: ignore[misc]
    """A yes by somebody who has seen what the rule would do."""

    note = StringField(
        _l("Căn cứ"), validators=[InputRequired(_l("Hãy ghi căn cứ, ví dụ: theo công văn số …")), Length(max=300)]
    )
    sure = BooleanField(
        _l("Tôi đã xem các số trên và áp dụng quy tắc này."), validators=[DataRequired(_l("Hãy đánh dấu là đã xem."))]
    )


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


@pages.get("/counts/rule")
@allow(Right.SEE)
def show_rule() -> ResponseReturnValue:
    """The rules that hold, and, when the address asks for it, what another would do."""
    return _show(AdoptForm())


@pages.post("/counts/rule")
@allow(Right.CLOSE)
def adopt() -> ResponseReturnValue:
    """Count by the rule in the address from its day on."""
    if not scope(Right.CLOSE).is_everywhere:
        abort(403)
    form, asked = AdoptForm(), AskForm(request.args)
    asked.name_choices()
    if asked.validate() and form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                rule = counting_rule.adopt(session, **asked.asked(), by=me().name, now=now(), note=form.note.data or "")
            flash(_("Đã áp dụng quy tắc đếm số %(number)s. Nhật ký không bị sửa.", number=rule.number))
            return redirect(url_for(".show_rule"), 303)
    return _show(form)


def _show(form: AdoptForm) -> ResponseReturnValue:
    asked, found, blocked, zone = AskForm(request.args), None, "", station().settings.time_zone
    is_asked = bool(request.args)
    with look() as session:
        held = counting.rule_in_force(session, on=today())
        asked.name_choices()
        if not is_asked:
            _start_from(asked, held)
        elif asked.validate():
            year = year_of(asked.year.data or today().year)
            with keep_errors(form):
                rule = counting_rule.propose(session, **asked.asked())
                found = counting_rule.preview(session, rule, first=year.first, last=year.last, zone=zone)
                blocked = _told_by_books(session, asked)
        page = render_template(
            "counting/rule.html",
            asked=asked,
            form=form,
            held=held,
            days=counting.find_rule_days(session),
            adopted=counting.find_rules(session),
            first_rule=FIRST_RULE,
            found=found,
            blocked=blocked,
            sentences=_sentences(found),
            languages=[] if found is None else list({**found.before.broadcast, **found.after.broadcast}),
            reasons=[] if found is None else list({**found.before.missed_by_reason, **found.after.missed_by_reason}),
            kept=request.args.to_dict(),
            shown=[] if found is None else found.changed[:MOST_SHOWN],
            may_adopt=may(Right.CLOSE) and scope(Right.CLOSE).is_everywhere,
        )
    fits = not asked.errors and status_of(form) == OK
    return page, OK if fits else HAS_ERRORS


def _told_by_books(session: Session, asked: AskForm) -> str:
    """Why closed books do not let the rule be adopted; looking is free all the same."""
    try:
        counting_rule.check_books(session, asked.valid_from.data)
    except RuleReachesClosedBooks as error:
        return word_error(error, language=page_language())
    return ""


def _start_from(form: AskForm, held: Rule) -> None:
    form.share.process_data(f"{held.least_share * 100:.4g}")
    form.evidence.process_data(held.least_evidence.value)
    form.year.process_data(today().year)


def _sentences(found: RulePreview | None) -> tuple[str, str]:
    if found is None:
        return "", ""
    language = page_language()
    return tell_count(found.before, language=language), tell_count(found.after, language=language)
