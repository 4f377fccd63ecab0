"""Forms of the topic planning: a slot, a one-off, one date of a slot."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar

from flask import abort, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import TextInput

from scheduler.domain.planning import Priority, Selection
from scheduler.labels import label
from scheduler.services.plan_choices import EpisodeChoice
from web.translations import page_language

WEEKDAYS = (
    ("MO", _l("Thứ Hai")),
    ("TU", _l("Thứ Ba")),
    ("WE", _l("Thứ Tư")),
    ("TH", _l("Thứ Năm")),
    ("FR", _l("Thứ Sáu")),
    ("SA", _l("Thứ Bảy")),
    ("SU", _l("Chủ nhật")),
)
Value = TypeVar("Value")


class WallTimeField(TimeField):
    """A time of day in 24 hours; a browser's own picker would show the hours of its language (05:30 PM)."""

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(
            label,
            validators=validators,
            format=["%H:%M", "%Hh%M", "%H.%M", "%H:%M:%S"],
            render_kw={"placeholder": "05:30", "inputmode": "numeric", "autocomplete": "off", "maxlength": "8"},
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the time, or say how to write it."""
        try:
            super().process_formdata([value.strip() for value in valuelist])
        except ValueError as error:
            raise ValueError(gettext("Hãy ghi giờ:phút, ví dụ 05:30.")) from error


class PlacesForm(FlaskForm):  # type: ignore[misc]
    """What a slot and a one-off have in common: places and a level."""

    targets = SelectMultipleField(_l("Nơi nhận"), validate_choice=False)
    priority = RadioField(_l("Mức ưu tiên"), coerce=int, default=int(Priority.ORDINARY))

    def fill_priorities(self) -> None:
        """Name the levels in the page's language."""
        self.priority.choices = [(int(item), label(item, language=page_language())) for item in Priority]

    def is_sent(self) -> bool:
        """Tell whether it is to be acted on: sent, and nothing in it wrong. One sent to open a branch is only shown."""
        return "open" not in request.form and bool(self.validate_on_submit())

    def opened(self) -> list[str]:
        """The areas of the tree of places that somebody opened."""
        return [*request.form.getlist("opened"), *request.form.getlist("open")]

    def validate_targets(self, field: SelectMultipleField) -> None:
        """At least one place."""
        if not field.data:
            raise ValidationError(_l("Hãy chọn ít nhất một nơi nhận."))


class SlotForm(PlacesForm):
    """A slot: when, what, where."""

    title = StringField(_l("Tên khung giờ"), validators=[Length(max=120)])
    code = StringField(_l("Mã"), validators=[Length(max=64)])
    series = SelectField(_l("Chuyên mục"), validators=[InputRequired(_l("Hãy chọn chuyên mục."))])
    days = SelectMultipleField(_l("Các ngày trong tuần"), choices=lambda: list(WEEKDAYS))
    starts_at_local = WallTimeField(_l("Giờ bắt đầu"), validators=[InputRequired(_l("Hãy nhập giờ bắt đầu."))])
    valid_from = DateField(_l("Từ ngày"), validators=[InputRequired(_l("Hãy chọn ngày đầu tiên."))])
    valid_to = DateField(_l("Đến hết ngày"), validators=[Optional()])
    selection = RadioField(_l("Cách chọn số"), default=Selection.NEXT.value)
    repeats = SelectField(_l("Phát lại số của khung giờ"), validate_choice=False)
    episode = SelectField(_l("Số luôn phát"), validate_choice=False)
    kept_rule = ""
    """A recurrence that says more than weekdays, kept as long as no weekday is ticked."""

    def validate_days(self, field: SelectMultipleField) -> None:
        """At least one day."""
        if not field.data and not self.kept_rule:
            raise ValidationError(_l("Hãy chọn ít nhất một ngày."))

    def validate_valid_to(self, field: DateField) -> None:
        """Not before the first day."""
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_l("Ngày cuối không được trước ngày đầu."))

    def validate_repeats(self, field: SelectField) -> None:
        """Chosen exactly when the slot repeats another."""
        if self.selection.data == Selection.REPEAT and not field.data:
            raise ValidationError(_l("Hãy chọn khung giờ để phát lại."))

    def validate_episode(self, field: SelectField) -> None:
        """Chosen exactly when it is pinned."""
        if self.selection.data == Selection.PINNED and not field.data:
            raise ValidationError(_l("Hãy chọn số luôn phát."))


class OneOffForm(PlacesForm):
    """A broadcast outside all slots."""

    episode = SelectField(_l("Số phát"), validators=[InputRequired(_l("Hãy chọn số phát."))])
    day = DateField(_l("Ngày"), validators=[InputRequired(_l("Hãy chọn ngày."))])
    starts_at_local = WallTimeField(_l("Giờ bắt đầu"), validators=[InputRequired(_l("Hãy nhập giờ bắt đầu."))])
    exercise = BooleanField(_l("Phát thử (ghi nhật ký nhưng thống kê riêng)"))


class ReplaceForm(FlaskForm):  # type: ignore[misc]
    """Another episode for one date."""

    episode = SelectField(_l("Số phát thay"), validators=[InputRequired(_l("Hãy chọn số phát."))])
    reason = StringField(_l("Lý do"), validators=[Length(max=300)])


class MoveForm(FlaskForm):  # type: ignore[misc]
    """Another time for one date."""

    day = DateField(_l("Ngày mới"), validators=[InputRequired(_l("Hãy chọn ngày."))])
    starts_at_local = WallTimeField(_l("Giờ mới"), validators=[InputRequired(_l("Hãy nhập giờ bắt đầu."))])
    reason = StringField(_l("Lý do"), validators=[Length(max=300)])


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a date is cancelled."""

    reason = StringField(_l("Lý do"), validators=[Length(max=300)])


class EndForm(FlaskForm):  # type: ignore[misc]
    """The last day of a slot."""

    last_day = DateField(_l("Phát lần cuối ngày"), validators=[InputRequired(_l("Hãy chọn ngày."))])


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop:
    """Where one date of a slot was dropped in the calendar."""

    code: str
    on: date
    day: date
    at: time

    @classmethod
    def from_request(cls) -> "Drop":
        """What the calendar sent; 400 for anything else."""
        told = request.form
        try:
            to = datetime.fromisoformat(told["to"])
            return cls(code=told["slot"], on=date.fromisoformat(told["on"]), day=to.date(), at=to.time())
        except (ValueError, KeyError):
            abort(400)


def given(value: Value | None) -> Value:
    """What a field holds that was checked to hold something."""
    if value is None:
        raise TypeError("a field that must be filled in is empty")
    return value


def episode_choices(found: list[EpisodeChoice]) -> list[tuple[str, str]]:
    """Episodes for a select."""
    return [(str(item.id), name_of(item)) for item in found]


def episodes_by_series(found: list[EpisodeChoice]) -> dict[str, list[tuple[str, str]]]:
    """Episodes for a select, under their series; the first choice is none."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("", gettext("— chọn —"))]}
    for item in found:
        groups.setdefault(item.series_title, []).append((str(item.id), name_of(item)))
    return groups


def name_of(item: EpisodeChoice) -> str:
    """An episode as a person chooses it."""
    return f"{item.number}/{item.year} · {item.title}"
