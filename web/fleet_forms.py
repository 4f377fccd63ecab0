"""Forms of the topic fleet: the filter of boxes, a command, why a box is revoked."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from scheduler.domain.fleet import FleetSort, FleetState
from scheduler.domain.planning import Priority
from scheduler.labels import label
from scheduler.services.fleet import FleetFilter
from scheduler.services.plan_choices import EpisodeChoice
from scheduler.village_messages import CommandKind
from web.plan_forms import episodes_by_series
from web.translations import page_language

KINDS = (CommandKind.SAY, CommandKind.VOLUME, CommandKind.STOP, CommandKind.REFRESH, CommandKind.REPORT)


class BoxesForm(Form):
    """Which boxes to see, and in what order."""

    search = StringField(_l("Tìm máy"), validators=[Length(max=100)])
    state = SelectField(_l("Tình trạng"), default="", validate_choice=False)
    sort = SelectField(_l("Thứ tự"), default=FleetSort.STATE.value, validate_choice=False)
    lacking = BooleanField(_l("Chỉ máy chưa sẵn sàng"))

    def name_choices(self) -> None:
        """Fill the lists, in the page's language."""
        language = page_language()
        told = [(item.value, label(item, language=language)) for item in FleetState]
        self.state.choices = [("", _("mọi tình trạng")), *told]
        self.sort.choices = [(item.value, label(item, language=language)) for item in FleetSort]

    def wanted(self, area_ids: frozenset[int] | None) -> FleetFilter:
        """What is asked for."""
        return FleetFilter(
            area_ids=area_ids,
            search=(self.search.data or "").strip()[:100],
            state=FleetState(self.state.data) if self.state.data in set(FleetState) else None,
            not_ready=bool(self.lacking.data),
            sort=FleetSort(self.sort.data) if self.sort.data in set(FleetSort) else FleetSort.STATE,
        )


class PlaceForm(Form):
    """Whom a command is for, as people type it."""

    place = StringField(_l("Vùng phát hoặc địa bàn"), validators=[Length(max=200)])


class CommandForm(FlaskForm):  # type: ignore[misc]
    """What boxes are to do."""

    kind = RadioField(_l("Lệnh"))
    volume = IntegerField(_l("Âm lượng (%)"), validators=[Optional(), NumberRange(0, 100)])
    episode = SelectField(_l("Số phát"), default="", validate_choice=False)
    priority = RadioField(_l("Mức ưu tiên"), coerce=int, default=int(Priority.ORDINARY))

    def name_choices(self, episodes: list[EpisodeChoice], *, exercise: bool) -> None:
        """Fill the lists, in the page's language; an exercise only says something."""
        language = page_language()
        kinds = (CommandKind.SAY,) if exercise else KINDS
        self.kind.choices = [(item.value, label(item, language=language)) for item in kinds]
        if exercise:
            self.kind.data = CommandKind.SAY.value
        self.episode.choices = episodes_by_series(episodes)
        self.priority.choices = [(int(item), label(item, language=language)) for item in Priority]

    def validate(self, extra_validators: Any = None) -> bool:
        """As any form, and the volume is asked for where it is set: an optional field is not looked at when empty."""
        is_valid = bool(super().validate(extra_validators))
        if self.kind.data != CommandKind.VOLUME or self.volume.data is not None or self.volume.errors:
            return is_valid
        self.volume.errors = [_("Hãy ghi âm lượng từ 0 đến 100.")]
        return False

    def validate_episode(self, field: SelectField) -> None:
        """Asked for exactly where something is said."""
        if self.kind.data == CommandKind.SAY and not field.data:
            raise ValidationError(_("Hãy chọn một số đã duyệt."))


class RevokeForm(FlaskForm):  # type: ignore[misc]
    """Why a box is let in no more."""

    reason = TextAreaField(_l("Lý do thu hồi"), validators=[DataRequired(_l("Hãy ghi lý do.")), Length(max=300)])
