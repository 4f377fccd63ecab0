"""Forms of the page of documents: which days, which series, which area, and what only a report bears."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from scheduler.domain.periods import Period, Preset, period_of
from scheduler.services.log_view import Choices
from scheduler.services.office import LONGEST, LONGEST_LIST
from web.filters import FORMATS, area_name, check_year, series_choices


def _real_year(_form: Form, field: DateField) -> None:
    check_year(field)


def _day(text: str) -> Field:
    return DateField(text, format=FORMATS, widget=TextInput(), validators=[Optional(), _real_year])


class ReportForm(Form):
    """A period of all series or of one, in all areas or one; number and day of signature may stay open."""

    first = _day(_l("Từ ngày"))
    last = _day(_l("Đến hết ngày"))
    series = SelectField(_l("Chuyên mục"), default="")
    area = SelectField(_l("Địa bàn"), default="")
    number = IntegerField(_l("Số văn bản"), validators=[Optional(), NumberRange(1, 99_999)])
    signed_on = _day(_l("Ngày ký"))

    def name_choices(self, choices: Choices) -> None:
        """Fill the lists."""
        self.series.choices = series_choices(choices.series, by_code=True)
        self.area.choices = _areas(choices)

    def period(self, today: date) -> Period:
        """The days asked for; without any, this year."""
        return _period(self.first.data, self.last.data, period_of(Preset.THIS_YEAR, today=today))

    @property
    def area_id(self) -> int | None:
        """The area asked for."""
        return int(self.area.data) if self.area.data else None


class LogSheetForm(Form):
    """The days and the area of a printed log."""

    log_first = _day(_l("Từ ngày"))
    log_last = _day(_l("Đến hết ngày"))
    log_area = SelectField(_l("Địa bàn"), default="")

    def name_choices(self, choices: Choices) -> None:
        """Fill the list."""
        self.log_area.choices = _areas(choices)

    def period(self, today: date) -> Period:
        """The days asked for; without any, this month up to today."""
        month = period_of(Preset.THIS_MONTH, today=today)
        return _period(self.log_first.data, self.log_last.data, Period(first=month.first, last=today))

    @property
    def area_id(self) -> int | None:
        """The area asked for."""
        return int(self.log_area.data) if self.log_area.data else None


class WeekForm(Form):
    """A week, by any of its days."""

    day = _day(_l("Một ngày trong tuần"))

    def name_choices(self, choices: Choices) -> None:
        """A week has nothing to choose from."""


class FeedForm(FlaskForm):  # type: ignore[misc]
    """What a calendar's address is for."""

    name = StringField(_l("Dùng cho"), validators=[InputRequired(), Length(max=100)])


class OfficeForm(FlaskForm):  # type: ignore[misc]
    """Who speaks in the documents."""

    agency_above = StringField(_l("Cơ quan chủ quản"), validators=[Length(max=LONGEST)])
    agency_name = StringField(_l("Cơ quan ban hành"), validators=[Length(max=LONGEST)])
    document_symbol = StringField(_l("Ký hiệu báo cáo"), validators=[Length(max=LONGEST)])
    place_name = StringField(_l("Địa danh"), validators=[Length(max=LONGEST)])
    signed_for = StringField(_l("Quyền hạn ký"), validators=[Length(max=LONGEST)])
    signer_position = TextAreaField(_l("Chức vụ người ký"), validators=[Length(max=LONGEST)])
    signer_name = StringField(_l("Họ tên người ký"), validators=[Length(max=LONGEST)])
    bases = TextAreaField(_l("Căn cứ ban hành"), validators=[Length(max=LONGEST_LIST)])
    recipients = TextAreaField(_l("Nơi nhận văn bản"), validators=[Length(max=LONGEST_LIST)])


def _areas(choices: Choices) -> list[tuple[str, str]]:
    named = [(str(area.id), area_name(area.name, area.ended_on)) for area in choices.areas]
    return [("", _("tất cả địa bàn")), *named]


def _period(first: date | None, last: date | None, default: Period) -> Period:
    if first is None:
        return default if last is None else Period(first=last, last=last)
    return Period(first=first, last=first if last is None else last)
