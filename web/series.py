"""Pages of the topic programme: the series (chuyên mục) that episodes belong to."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, Field, IntegerField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from scheduler.domain.people import Right
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.services import programme
from web.formats import write_language
from web.forms import keep_errors, status_of
from web.security import allow
from web.station import change, look, now
from web.translations import page_language

pages = Blueprint("series", __name__, url_prefix="/programme/series")

MINUTE = 60
LONGEST_MINUTES = 180
_minutes = [
    InputRequired(_l("Cần nhập số phút.")),
    NumberRange(0, LONGEST_MINUTES, _l("Thời lượng phải từ 0 đến 180 phút.")),
]


class Box(CheckboxInput):
    """A box of several: that one of them is needed does not mean that each is, as `required` would tell a browser."""

    validation_attrs = ["disabled"]  # noqa: RUF012 -- as the library has it


class Ticks(SelectMultipleField):
    """Several choices as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = Box()


class Minutes(DecimalField):
    """Minutes with a comma, as people here write them, or a point."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        super().process_formdata([text.strip().replace(",", ".") for text in valuelist])

    def _value(self) -> str:
        text = str(super()._value())  # type: ignore[misc]
        return text.replace(".", ",") if page_language() == "vi" else text


class SeriesForm(FlaskForm):  # type: ignore[misc]
    """What a series is and promises."""

    title = StringField(_l("Tên chuyên mục"), validators=[DataRequired(_l("Cần nhập tên.")), Length(max=300)])
    languages = Ticks(_l("Làm bằng các tiếng"), validators=[InputRequired(_l("Cần chọn ít nhất một tiếng."))])
    shortest = Minutes(_l("Ngắn nhất (phút)"), places=None, validators=_minutes)
    longest = Minutes(_l("Dài nhất (phút)"), places=None, validators=_minutes)
    yearly_target = IntegerField(
        _l("Chỉ tiêu lần phát trong năm"),
        validators=[Optional(), NumberRange(0, 100_000, _l("Chỉ tiêu phải là số từ 0 trở lên."))],
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        told_in = page_language()
        self.languages.choices = [(code, write_language(code, told_in=told_in)) for code in LANGUAGE_NAMES]

    def validate_longest(self, field: Field) -> None:
        """The longest is no shorter than the shortest."""
        if self.shortest.data is not None and field.data is not None and field.data < self.shortest.data:
            raise ValidationError(_("Dài nhất phải bằng hoặc hơn ngắn nhất."))

    def promises(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        return {
            "title": self.title.data,
            "languages": self.languages.data,
            "shortest_seconds": float(self.shortest.data or 0) * MINUTE,
            "longest_seconds": float(self.longest.data or 0) * MINUTE,
            "yearly_target": self.yearly_target.data,
        }


class NewSeriesForm(SeriesForm):
    """The same, with the code, which is told once only."""

    code = StringField(_l("Mã chuyên mục"), validators=[DataRequired(_l("Cần nhập mã.")), Length(max=64)])


@pages.get("")
@allow(Right.SEE)
def show_all() -> ResponseReturnValue:
    """All series with what they promise."""
    with look() as session:
        return render_template("programme/series_list.html", all_series=programme.find_series(session))


@pages.route("/new", methods=["GET", "POST"])
@allow(Right.MAKE)
def new_series() -> ResponseReturnValue:
    """Add a series."""
    form = NewSeriesForm(languages=["vi", "blt"], shortest=Decimal(8), longest=Decimal(10))
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                programme.create_series(session, code=(form.code.data or "").strip(), now=now(), **form.promises())
            flash(_("Đã thêm chuyên mục “%(title)s”.", title=form.title.data))
            return redirect(url_for(".show_all"), 303)
    return render_template("programme/series.html", form=form), status_of(form)


@pages.route("/<code>", methods=["GET", "POST"])
@allow(Right.MAKE)
def edit_series(code: str) -> ResponseReturnValue:
    """Change what a series promises."""
    with look() as session:
        series = programme.get_series(session, code)
        form = SeriesForm(
            title=series.title,
            languages=[item.language for item in series.languages],
            shortest=_in_minutes(series.shortest_seconds),
            longest=_in_minutes(series.longest_seconds),
            yearly_target=series.yearly_target,
        )
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                programme.change_series(session, programme.get_series(session, code), now=now(), **form.promises())
            flash(_("Đã lưu."))
            return redirect(url_for(".show_all"), 303)
    return render_template("programme/series.html", form=form, code=code), status_of(form)


def _in_minutes(seconds: float) -> Decimal:
    return (Decimal(str(seconds)) / MINUTE).quantize(Decimal("0.01")).normalize() + 0
