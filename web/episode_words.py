"""How the changes of an episode and its editions are told on its page, from what the audit trail kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.domain.programme import Credit, EditionState
from scheduler.labels import label
from scheduler.models import AuditEntry
from scheduler.services.episode_history import EpisodeSheet
from web.translations import page_language

FIELDS: Mapping[str, Any] = {
    "title": _l("tên"),
    "topic": _l("chủ đề"),
    "procedures": _l("thủ tục"),
    "summary": _l("tóm tắt"),
    "script": _l("kịch bản"),
    "credits": _l("người thực hiện"),
    "state": _l("tình trạng"),
    "removed_at": _l("bỏ khỏi thư viện"),
}
LONG = frozenset({"script", "summary", "removed_at"})
"""Told by name only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldChange:
    """One entry of the trail in words; `language` names the edition it is about, empty for the episode."""

    at: datetime
    who: str
    language: str
    told: tuple[str, ...]


def tell_changes(sheet: EpisodeSheet) -> list[ToldChange]:
    """The changes that say something to a person, the newest first."""
    languages = {str(item.edition.id): item.edition.language for item in sheet.editions}
    told = [
        ToldChange(
            at=entry.at,
            who=entry.who,
            language=languages.get(entry.subject, "") if entry.kind == "edition" else "",
            told=_tell(entry),
        )
        for entry in sheet.changes
    ]
    return [change for change in told if change.told]


def _tell(entry: AuditEntry) -> tuple[str, ...]:
    if entry.action == "created":
        return (_("thêm mới"),)
    changed = [name for name in FIELDS if name in entry.after]
    return tuple(_tell_field(name, entry.before.get(name), entry.after[name]) for name in changed)


def _tell_field(name: str, before: Any, after: Any) -> str:
    field = str(FIELDS[name])
    if name in LONG:
        return field
    shown = {"field": field, "before": _shown(name, before), "after": _shown(name, after)}
    return str(_("%(field)s: “%(before)s” thành “%(after)s”", **shown))


def _shown(name: str, value: Any) -> str:
    if not value:
        return "—"
    if name == "state":
        return _word(EditionState(value))
    if name == "credits":
        return ", ".join(f"{_word(Credit(role))}: {who}" for role, who in value.items())
    return "; ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _word(value: StrEnum) -> str:
    return label(value, language=page_language())
