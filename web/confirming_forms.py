"""Forms of what people confirm: what waits, what somebody said of it, and a workbook of many confirmations."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from scheduler.domain.confirmation import Told, Waits
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.logbook import tell_seconds
from scheduler.domain.playout import Reason
from scheduler.labels import label
from scheduler.services.log_view import Choices
from web.filters import PeriodForm, area_name
from web.translations import page_language


class WaitingForm(PeriodForm):
    """Which of the waiting deliveries to see."""

    place = StringField(_l("Vùng phát"), validators=[Length(max=100)])
    area = SelectField(_l("Địa bàn"), default="")
    waits = SelectField(_l("Đang chờ"), default="")

    def name_choices(self, choices: Choices) -> None:
        """Fill the lists, in the page's language."""
        self.name_languages()
        areas = [(str(area.id), area_name(area.name, area.ended_on)) for area in choices.areas]
        self.area.choices = [("", _("tất cả địa bàn")), *areas]
        told = [(item.value, label(item, language=page_language())) for item in Waits]
        self.waits.choices = [("", _("tự chọn")), *told]

    def wanted(self, today: date) -> LogFilter:
        """What is asked for; without days, today."""
        first, last = self.days((today, today))
        return LogFilter(
            first=first,
            last=last,
            place=(self.place.data or "").strip(),
            area_id=int(self.area.data) if self.area.data else None,
            language=self.language.data or "",
        )

    def sort_of(self) -> Waits | None:
        """For what the deliveries wait."""
        return Waits(self.waits.data) if self.waits.data else None


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """What somebody said of the lines that are ticked, and who it was."""

    all = BooleanField(_l("Mọi dòng của bộ lọc này"))
    how = RadioField(_l("Thực tế"), validators=[InputRequired(_l("Hãy chọn kết quả thực tế."))])
    seconds_sounded = StringField(_l("Phát được bao lâu (phút:giây)"), validators=[Length(max=12)])
    reason = SelectField(_l("Lý do không phát đủ"))
    told_by = StringField(
        _l("Người báo"), validators=[DataRequired(_l("Hãy ghi ai cho biết.")), Length(max=120)]
    )  # fmt: skip
    phone = StringField(_l("Số điện thoại"), validators=[Length(max=24)])
    note = StringField(_l("Ghi thêm"), validators=[Length(max=300)])

    def name_choices(self) -> None:
        """Fill the lists, in the page's language."""
        self.how.choices = [
            (Told.FULL.value, _("Đã phát đủ")),
            (Told.PART.value, _("Chỉ phát được một phần")),
            (Told.NONE.value, _("Không phát được gì")),
        ]
        told = [(item.value, label(item, language=page_language())) for item in Reason]
        self.reason.choices = [("", _("chọn lý do")), *told]

    def seconds(self) -> float | None:
        """How much sounded; None for all of it. Raises `BadField`."""
        if self.how.data == Told.FULL.value:
            return None
        if self.how.data == Told.NONE.value:
            return 0.0
        return tell_seconds(self.seconds_sounded.data or "", field="seconds_sounded")

    def chosen_reason(self) -> Reason | None:
        """Why not all of it sounded."""
        return None if self.how.data == Told.FULL.value or not self.reason.data else Reason(self.reason.data)

    def validate_seconds_sounded(self, field: StringField) -> None:
        """A part has a length."""
        if self.how.data == Told.PART.value and not (field.data or "").strip():
            raise ValidationError(_("Hãy ghi phát được bao lâu, ví dụ 06:30."))

    def validate_reason(self, field: SelectField) -> None:
        """What did not sound in full has a reason."""
        if self.how.data in (Told.PART.value, Told.NONE.value) and not field.data:
            raise ValidationError(_("Hãy chọn lý do không phát đủ."))


class ConfirmFileForm(FlaskForm):  # type: ignore[misc]
    """A workbook of confirmations."""

    file = FileField(_l("Tệp Excel (.xlsx)"), validators=[FileRequired(_l("Hãy chọn một tệp."))])


class TakeFileForm(FlaskForm):  # type: ignore[misc]
    """A yes to the workbook that was looked at."""

    sha256 = HiddenField(validators=[InputRequired(), Length(max=64)])
    name = HiddenField(validators=[Length(max=80)])
