"""Pages of the topic people: the audit trail, from what to what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length

from scheduler import audit_words as words
from scheduler.domain.people import Right
from scheduler.models import AuditEntry
from scheduler.services import audit_links, audit_reading
from web.filters import PeriodForm
from web.security import allow, scope
from web.station import look, station
from web.translations import page_language

pages = Blueprint("audit", __name__)


class AuditForm(PeriodForm):
    """What of the trail is asked for."""

    person = SelectField(_l("Người sửa"), default="")
    kind = SelectField(_l("Thứ được sửa"), default="")
    action = SelectField(_l("Việc đã làm"), default="")
    words = StringField(_l("Tên có chữ"), validators=[Length(max=100)])


THINGS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "area": ("coverage.show_area", ("number",)),
    "episode": ("programme.show_episode", ("series", "year", "number")),
    "series": ("series.edit_series", ("code",)),
    "slot": ("slots.change_slot", ("code",)),
    "user": ("people.edit_user", ("login",)),
    "zone": ("coverage.show_zone", ("code",)),
}
"""The page of a thing, and what its address names."""


RowNames = Mapping[tuple[str, int], str]
"""What rows are called whose numbers stand in entries."""


class Difference(NamedTuple):
    """A column from what to what, in words."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An entry of the trail as a person reads it."""

    id: int
    change_id: UUID
    at: datetime
    who: str
    action: str
    is_new: bool
    kind: str
    label: str
    link: str | None
    """The page of the thing, where it still has one."""
    is_undo: bool
    differences: tuple[Difference, ...]


@pages.get("/audit")
@allow(Right.MANAGE)
def show_audit() -> ResponseReturnValue:
    """The trail, the newest first."""
    form = AuditForm(request.args)
    del form.language
    told_in = page_language()
    zone, within = station().settings.time_zone, scope(Right.MANAGE)
    with look() as session:
        names = audit_reading.find_names(session, within=within)
        form.person.choices = [("", _("mọi người")), *((str(number), name) for number, name in names)]
        form.kind.choices = [("", _("mọi thứ")), *((key, item[told_in]) for key, item in words.KINDS.items())]
        form.action.choices = [("", _("mọi việc")), *((key, item[told_in]) for key, item in words.ACTIONS.items())]
        found = []
        if form.validate():
            found = audit_reading.find_entries(session, _asked(form), within=within, zone=zone)
        addresses = audit_links.find_addresses(session, found)
        row_names = audit_links.find_names(session, found)
    older = found[-1].id if len(found) == audit_reading.PAGE else None
    entries = [_tell(entry, addresses.get((entry.kind, entry.subject)), row_names) for entry in found]
    return render_template("audit/trail.html", form=form, entries=entries, older=older)


def _asked(form: AuditForm) -> audit_reading.AuditFilter:
    before = request.args.get("before", "")
    return audit_reading.AuditFilter(
        user_id=int(form.person.data) if form.person.data else None,
        kind=form.kind.data,
        action=form.action.data,
        first=form.first.data,
        last=form.last.data,
        words=form.words.data or "",
        before=int(before) if before.isdecimal() and len(before) < len(str(2**63)) else None,
    )


def _tell(entry: AuditEntry, address: audit_links.Address | None, row_names: RowNames) -> Told:
    told_in = page_language()
    return Told(
        id=entry.id,
        change_id=entry.change_id,
        at=entry.at,
        who=entry.who or _("chưa đăng nhập"),
        action=words.word_action(entry.action, language=told_in),
        is_new=entry.action == "created",
        kind=words.word_kind(entry.kind, language=told_in),
        label=words.word_label(entry.kind, entry.label, language=told_in),
        link=_link_to(entry.kind, address),
        is_undo=entry.undoes is not None,
        differences=tuple(_differences(entry, told_in, row_names)),
    )


def _link_to(kind: str, address: audit_links.Address | None) -> str | None:
    if address is None:
        return None
    endpoint, names = THINGS[kind]
    values: dict[str, Any] = dict(zip(names, address, strict=True))
    return url_for(endpoint, **values)


def _differences(entry: AuditEntry, told_in: str, row_names: RowNames) -> Iterator[Difference]:
    zone = station().settings.time_zone
    for column in sorted({*entry.before, *entry.after}):
        if entry.action != "changed" and words.is_background(entry.kind, column):
            continue
        before, after = (
            row_names.get((column, value), value) if isinstance(value, int) else value
            for value in (entry.before.get(column), entry.after.get(column))
        )
        if entry.action != "changed" and not (before or after) and column != "value":
            continue
        yield Difference(
            words.word_column(column, language=told_in),
            words.word_value(entry.kind, column, before, zone=zone, language=told_in),
            words.word_value(entry.kind, column, after, zone=zone, language=told_in),
        )
