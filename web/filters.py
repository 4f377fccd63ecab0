"""What the filters in an address have in common: they are forms without a token, and a page number."""

from collections.abc import Iterable
from datetime import date, timedelta

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Form, SelectField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import TextInput

from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.models import Series
from web.formats import write_day
from web.translations import page_language

PER_PAGE = 100
_LAST_PAGE = 10**9
"""No list is so long; what a database is asked to leave out must be a number that it can hold."""
FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
"""As people write days, and as addresses hold them."""


YEARS = range(1900, 2200)
"""Years that a filter may name: the first and the last of the calendar have no day before or after them."""


def check_year(field: DateField) -> None:
    """Raises wtforms' ValidationError for a day of a year that nobody means."""
    if field.data is not None and field.data.year not in YEARS:
        raise ValidationError(_("Ngày phải có thật và viết như 24/11/2026."))


class PeriodForm(Form):
    """Two days; a day that cannot be read is told beside its field."""

    first = DateField(_l("Từ ngày"), format=FORMATS, widget=TextInput(), validators=[Optional()])
    last = DateField(_l("Đến hết ngày"), format=FORMATS, widget=TextInput(), validators=[Optional()])
    language = SelectField(_l("Bản tiếng"), default="")

    def validate_first(self, field: DateField) -> None:
        """A day that a calendar of ours can hold, with its neighbours."""
        check_year(field)

    def validate_last(self, field: DateField) -> None:
        """The same."""
        check_year(field)

    def name_languages(self) -> None:
        """Name the languages in the page's language."""
        told_in = page_language()
        names = [(code, words[told_in]) for code, words in LANGUAGE_NAMES.items()]
        self.language.choices = [("", _("tất cả các tiếng")), *names]

    def days(self, default: tuple[date, date]) -> tuple[date, date]:
        """The days asked for; a single one given means that day."""
        first, last = self.first.data, self.last.data
        if first is None:
            return default if last is None else (last, last)
        return first, first if last is None else last


def series_choices(series: Iterable[Series], *, by_code: bool = False) -> list[tuple[str, str]]:
    """Series to choose from."""
    return [
        ("", _("tất cả chuyên mục")),
        *((item.code if by_code else str(item.id), item.title) for item in series),
    ]


def area_name(name: str, ended_on: date | None) -> str:
    """A commune's name; one that ended says until when, since a newer one may bear the same name."""
    if ended_on is None:
        return name
    return str(_("%(name)s (đến %(day)s)", name=name, day=write_day(ended_on - timedelta(days=1))))


def kept(form: Form) -> dict[str, str]:
    """What the address asks for, of what the form knows: for the addresses of other pages of the same list."""
    return {name: request.args[name] for name in form.data if request.args.get(name)}


def page_number() -> int:
    """Which page of a list the address asks for."""
    return min(max(1, request.args.get("page", default=1, type=int)), _LAST_PAGE)


def pages_of(number: int) -> int:
    """How many pages so many lines make."""
    return max(1, -(-number // PER_PAGE))
