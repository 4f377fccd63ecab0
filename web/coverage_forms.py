"""Forms of the topic coverage: the filter of zones; an area, a zone, a loudspeaker; a workbook of many."""

import re
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, Form, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import TextInput

from scheduler.domain.coverage import (
    AreaKind,
    CarrierKind,
    Hours,
    LoudspeakerState,
    Position,
    ZoneState,
    hours_from_stored,
    parse_hours,
    tell_hours,
)
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.text import fold, is_safe_code
from scheduler.errors import BadHours
from scheduler.labels import label
from scheduler.models import Area, Loudspeaker, Zone
from scheduler.services.coverage import tell_area
from scheduler.services.coverage_view import ZoneFilter, position_of
from web.filters import FORMATS
from web.translations import page_language

CHANGE, KEEP = "change", "keep"
NONE_AT_ALL = "không"
"""What a person writes for: never may anything sound here."""
_SHORT = (Length(max=200),)
"""For an area as people type it: its name, code or number."""
_POSITION = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)")


class DayForm(Form):
    """A day to look at."""

    on = DateField(_l("Ngày"), format=FORMATS, widget=TextInput(), validators=[Optional()])


class ZonesForm(DayForm):
    """Which zones to see, in the areas of a day."""

    search = StringField(_l("Tìm vùng phát"), validators=[Length(max=100)])
    state = SelectField(_l("Tình trạng"), default="", validate_choice=False)

    def name_choices(self) -> None:
        """Fill the list, in the page's language."""
        told = [(item.value, label(item, language=page_language())) for item in ZoneState]
        self.state.choices = [("", _("mọi tình trạng")), *told]

    def wanted(self, area_id: int | None) -> ZoneFilter:
        """What is asked for."""
        state = ZoneState(self.state.data) if self.state.data in set(ZoneState) else None
        return ZoneFilter(area_id=area_id, search=(self.search.data or "").strip(), state=state)


class _PlaceForm(FlaskForm):  # type: ignore[misc]
    """What areas and zones have in common."""

    name = StringField(_l("Tên"), validators=[DataRequired(_l("Hãy nhập tên.")), Length(max=120)])
    hours = StringField(_l("Giờ được phát"), validators=[Length(max=100)])
    position = StringField(_l("Vị trí trên bản đồ"), validators=[Length(max=60)])

    def validate_position(self, field: StringField) -> None:
        """Two numbers, as maps give them."""
        position = self.chosen_position()
        if (field.data or "").strip() and (position is None or not position.is_on_earth):
            raise ValidationError(_("Hãy ghi vĩ độ rồi kinh độ, ví dụ: 21.3270, 103.9140."))

    def chosen_hours(self) -> Hours | None:
        """The hours; None for those of the area above. Raises `BadHours`."""
        text = (self.hours.data or "").strip()
        if not text:
            return None
        if fold(text) == fold(NONE_AT_ALL):
            return ()
        try:
            return parse_hours(text)
        except ValueError as error:
            raise BadHours(field="hours", hours=text) from error

    def chosen_position(self) -> Position | None:
        """The place on the map, where one is given."""
        found = _POSITION.fullmatch((self.position.data or "").strip())
        if found is None:
            return None
        return Position(latitude=float(found[1]), longitude=float(found[2]))

    def start_from(self, thing: Area | Zone) -> None:
        """Show what is held now."""
        self.name.data = thing.name
        hours = hours_from_stored(thing.allowed_hours)
        self.hours.data = "" if hours is None else (tell_hours(hours).replace("–", "-") if hours else NONE_AT_ALL)
        position = position_of(thing.latitude, thing.longitude)
        self.position.data = "" if position is None else f"{position.latitude:.5f}, {position.longitude:.5f}"


class AreaForm(_PlaceForm):
    """An area."""

    kind = SelectField(_l("Loại"))
    parent = StringField(_l("Thuộc"), validators=[*_SHORT])
    code = StringField(_l("Mã đơn vị hành chính"), validators=[Length(max=32)])
    valid_from = DateField(_l("Có từ ngày"), format=FORMATS, widget=TextInput(), validators=[Optional()])
    valid_to = DateField(_l("Ngày không còn nữa"), format=FORMATS, widget=TextInput(), validators=[Optional()])

    def name_choices(self) -> None:
        """Fill the list, in the page's language."""
        self.kind.choices = [(item.value, label(item, language=page_language())) for item in AreaKind]


class MergeForm(FlaskForm):  # type: ignore[misc]
    """Into which area another goes on, and from when."""

    successor = StringField(_l("Nhập vào địa bàn"), validators=[DataRequired(_l("Hãy ghi một địa bàn.")), *_SHORT])
    on = DateField(
        _l("Kể từ ngày"),
        format=FORMATS,
        widget=TextInput(),
        validators=[InputRequired(_l("Hãy ghi ngày, ví dụ: 01/07/2025."))],
    )

    def day(self) -> date:
        """From which day on; a form that is valid has one."""
        if self.on.data is None:
            raise ValueError("no day")
        return self.on.data


class ZoneForm(_PlaceForm):
    """A zone."""

    area = StringField(_l("Địa bàn"), validators=[DataRequired(_l("Hãy ghi một địa bàn.")), *_SHORT])
    first = SelectField(_l("Tiếng phát trước"))
    second = SelectField(_l("Rồi đến tiếng"), default="")
    third = SelectField(_l("Tiếng thứ ba"), default="")
    fourth = SelectField(_l("Tiếng thứ tư"), default="")
    fifth = SelectField(_l("Tiếng thứ năm"), default="")
    carrier = SelectField(_l("Đường truyền"))
    active = BooleanField(_l("Đang dùng"), default=True)

    def name_choices(self) -> None:
        """Fill the lists, in the page's language."""
        told_in = page_language()
        named = [(code, words[told_in]) for code, words in LANGUAGE_NAMES.items()]
        self.first.choices = named
        for field in self.further():
            field.choices = [("", _("không có")), *named]
        self.carrier.choices = [(item.value, label(item, language=told_in)) for item in CarrierKind]

    def further(self) -> tuple[SelectField, ...]:
        """What may stay empty after the first language."""
        return (self.second, self.third, self.fourth, self.fifth)

    def shown_languages(self) -> list[SelectField]:
        """The first three, and one more than are filled in."""
        fields = [self.first, *self.further()]
        return fields[: max(3, len(self.chosen_languages()) + 1)]

    def validate_first(self, _field: SelectField) -> None:
        """Nobody hears the same twice."""
        chosen = self.chosen_languages()
        if len(set(chosen)) < len(chosen):
            raise ValidationError(_("Mỗi tiếng chỉ chọn một lần."))

    def chosen_languages(self) -> list[str]:
        """The languages in the order heard."""
        return [str(field.data) for field in (self.first, *self.further()) if field.data]

    def show_zone(self, zone: Zone) -> None:
        """Show what is held now."""
        self.start_from(zone)
        self.area.data = tell_area(zone.area_id, zone.area.name)
        self.carrier.data, self.active.data = zone.carrier, zone.active
        spoken = [item.language for item in zone.languages] + [""] * 5
        for field, code in zip((self.first, *self.further()), spoken, strict=False):
            field.data = code


class NewZoneForm(ZoneForm):
    """A zone that gets its code, once and for good."""

    code = StringField(_l("Mã"), validators=[DataRequired(_l("Hãy nhập mã.")), Length(max=64)])

    def validate_code(self, field: StringField) -> None:
        """Codes become parts of addresses and of names of files."""
        if not is_safe_code((field.data or "").strip()):
            raise ValidationError(_("Mã chỉ gồm chữ không dấu, số và gạch nối, không có dấu cách."))


class LoudspeakerForm(FlaskForm):  # type: ignore[misc]
    """A loudspeaker."""

    place = StringField(_l("Nơi đặt"), validators=[DataRequired(_l("Hãy ghi loa đặt ở đâu.")), Length(max=120)])
    model = StringField(_l("Kiểu máy"), validators=[Length(max=120)])
    identifier = StringField(_l("Số máy"), validators=[Length(max=120)])
    state = SelectField(_l("Tình trạng"), default=LoudspeakerState.WORKING.value)

    def name_choices(self) -> None:
        """Fill the list, in the page's language."""
        self.state.choices = [(item.value, label(item, language=page_language())) for item in LoudspeakerState]

    def show_loudspeaker(self, item: Loudspeaker) -> None:
        """Show what is held now."""
        self.place.data, self.model.data, self.identifier.data = item.place, item.model, item.identifier
        self.state.data = item.state


class ImportForm(FlaskForm):  # type: ignore[misc]
    """A workbook of areas, zones and loudspeakers."""

    file = FileField(_l("Tệp Excel (.xlsx)"), validators=[FileRequired(_l("Hãy chọn một tệp."))])
    known = RadioField(_l("Những gì đài đã có mà tệp ghi khác"), default=CHANGE)

    def name_choices(self) -> None:
        """Fill the list, in the page's language."""
        self.known.choices = [(CHANGE, _("sửa theo tệp")), (KEEP, _("giữ nguyên như đang có"))]

    def keeps_known(self) -> bool:
        """Tell whether what the station knows stays as it is."""
        return bool(self.known.data == KEEP)


class TakeForm(FlaskForm):  # type: ignore[misc]
    """A yes to the workbook that was looked at."""

    sha256 = HiddenField(validators=[InputRequired(), Length(max=64)])
    name = HiddenField(validators=[Length(max=80)])
    known = HiddenField(validators=[AnyOf([CHANGE, KEEP])])

    def keeps_known(self) -> bool:
        """Tell whether what the station knows stays as it is."""
        return bool(self.known.data == KEEP)


class TokenForm(FlaskForm):  # type: ignore[misc]
    """Only the token: what is paused, used again or removed stands in the address."""
