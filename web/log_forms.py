"""Forms of the log: the filters of its two lists, and the correction of a delivery."""

from datetime import date
from uuid import UUID

import wtforms.validators
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from scheduler.domain.counting import Apart, Shortfall
from scheduler.domain.log_filter import Ending, LogFilter, Sort
from scheduler.domain.logbook import tell_seconds
from scheduler.domain.playout import Reason
from scheduler.labels import label, label_missed
from scheduler.models import AsRunEntry
from scheduler.services.counted_airings import AiringFilter
from scheduler.services.log_view import Choices
from web.filters import PeriodForm, area_name, series_choices
from web.translations import page_language

FULL, PART, NONE = "full", "part", "none"
LONGEST_NOTE = 500


class LogForm(PeriodForm):
    """What to see of the log, line by line."""

    place = StringField(_l("Vùng phát"), validators=[Length(max=100)])
    area = SelectField(_l("Địa bàn"), default="")
    ending = SelectField(_l("Kết quả"), default="")
    reason = SelectField(_l("Lý do"), default="")
    series = SelectField(_l("Chuyên mục"), default="")
    sort = SelectField(_l("Loại"), default="")
    airing = HiddenField(validators=[Optional(), wtforms.validators.UUID()])

    def name_choices(self, choices: Choices) -> None:
        """Fill the lists, in the page's language."""
        self.name_languages()
        told_in = page_language()
        self.area.choices = [("", _("tất cả địa bàn")), *_areas(choices)]
        self.ending.choices = [
            ("", _("mọi kết quả")),
            *((item.value, label(item, language=told_in)) for item in Ending),
        ]
        self.reason.choices = [("", _("mọi lý do")), *((item.value, label(item, language=told_in)) for item in Reason)]
        self.sort.choices = [("", _("mọi loại")), *((item.value, label(item, language=told_in)) for item in Sort)]
        self.series.choices = series_choices(choices.series)

    def wanted(self, today: date) -> LogFilter:
        """What is asked for; without days, today."""
        first, last = self.days((today, today))
        return LogFilter(
            first=first,
            last=last,
            place=(self.place.data or "").strip(),
            area_id=int(self.area.data) if self.area.data else None,
            language=self.language.data or "",
            ending=Ending(self.ending.data) if self.ending.data else None,
            reason=Reason(self.reason.data) if self.reason.data else None,
            series_id=int(self.series.data) if self.series.data else None,
            sort=Sort(self.sort.data) if self.sort.data else None,
            airing_id=UUID(self.airing.data) if self.airing.data else None,
        )


class AiringsForm(PeriodForm):
    """Which airings to see, each once whatever the number of its zones."""

    area = SelectField(_l("Địa bàn"), default="")
    counted = SelectField(_l("Có tính"), default="")
    reason = SelectField(_l("Lý do không tính"), default="")
    series = SelectField(_l("Chuyên mục"), default="")
    apart = SelectField(_l("Loại"), default="")

    def name_choices(self, choices: Choices) -> None:
        """Fill the lists, in the page's language."""
        self.name_languages()
        told_in = page_language()
        reasons = [item.value for item in (*Reason, *Shortfall)]
        self.area.choices = [("", _("tất cả địa bàn")), *_areas(choices)]
        self.counted.choices = [("", _("tất cả")), ("1", _("được tính")), ("0", _("không tính"))]
        self.reason.choices = [
            ("", _("mọi lý do")),
            *((code, label_missed(code, language=told_in)) for code in reasons),
        ]
        self.series.choices = series_choices(choices.series, by_code=True)
        sorts = ((Apart.NO, Sort.ORDINARY), (Apart.EXERCISE, Sort.EXERCISE), (Apart.EMERGENCY, Sort.EMERGENCY))
        self.apart.choices = [(apart.value, label(sort, language=told_in)) for apart, sort in sorts]

    def wanted(self, year: tuple[date, date]) -> AiringFilter:
        """What is asked for; without days, the year."""
        first, last = self.days(year)
        return AiringFilter(
            first=first,
            last=last,
            language=self.language.data or "",
            area_id=int(self.area.data) if self.area.data else None,
            counted=None if not self.counted.data else self.counted.data == "1",
            reason=self.reason.data or "",
            apart=Apart(self.apart.data or ""),
        )


class CorrectionForm(FlaskForm):  # type: ignore[misc]
    """What a delivery really came to."""

    how = RadioField(_l("Thực tế tại vùng này"), validators=[InputRequired(_l("Hãy chọn kết quả thực tế."))])
    seconds_sounded = StringField(_l("Phát được bao lâu (phút:giây)"), validators=[Length(max=12)])
    reason = SelectField(_l("Lý do không phát đủ"))
    note = TextAreaField(
        _l("Căn cứ"),
        validators=[
            DataRequired(_l("Hãy ghi căn cứ: ai cho biết, nghe ở đâu, vì sao sửa.")),
            Length(max=LONGEST_NOTE),
        ],
    )
    after = IntegerField(validators=[InputRequired()])

    def name_choices(self) -> None:
        """Fill the lists, in the page's language."""
        self.how.choices = [
            (FULL, _("Đã phát đủ")),
            (PART, _("Chỉ phát được một phần")),
            (NONE, _("Không phát được gì")),
        ]
        told = [(item.value, label(item, language=page_language())) for item in Reason]
        self.reason.choices = [("", _("chọn lý do")), *told]

    def start_from(self, entry: AsRunEntry) -> None:
        """Show what the log says now; `after` binds the correction to it."""
        self.after.data = entry.attempt
        self.reason.data = "" if entry.reason is None else entry.reason.value

    def seconds(self, planned: float) -> float:
        """How much sounded, of so many planned. Raises `BadField`."""
        if self.how.data != PART:
            return planned if self.how.data == FULL else 0.0
        return tell_seconds(self.seconds_sounded.data or "", field="seconds_sounded")

    def chosen_reason(self) -> Reason | None:
        """Why not all of it sounded."""
        return None if self.how.data == FULL or not self.reason.data else Reason(self.reason.data)

    def validate_seconds_sounded(self, field: StringField) -> None:
        """A part has a length."""
        if self.how.data == PART and not (field.data or "").strip():
            raise ValidationError(_("Hãy ghi phát được bao lâu, ví dụ 06:30."))

    def validate_reason(self, field: SelectField) -> None:
        """What did not sound in full has a reason."""
        if self.how.data in (PART, NONE) and not field.data:
            raise ValidationError(_("Hãy chọn lý do không phát đủ."))


def _areas(choices: Choices) -> list[tuple[str, str]]:
    return [(str(area.id), area_name(area.name, area.ended_on)) for area in choices.areas]
