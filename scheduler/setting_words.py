"""The settings of a station as a person reads them: name, value without secrets, default, what it means."""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from scheduler.config import HOLD_PASSWORDS, PREFIX, Settings
from scheduler.domain.coverage import hours_to_stored
from scheduler.labels import SETTING_MEANINGS


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldSetting:
    """One setting in words."""

    name: str
    value: str
    default: str
    meaning: str


def tell_settings(settings: Settings, *, language: str) -> list[ToldSetting]:
    """All settings with what they mean."""
    meanings = SETTING_MEANINGS if language == "vi" else {}
    return [
        ToldSetting(
            name=PREFIX + item.name.upper(),
            value=written_setting(settings, item.name),
            default=item.metadata["default"],
            meaning=meanings.get(item.name, item.metadata["meaning"]),
        )
        for item in fields(Settings)
    ]


def written_setting(settings: Settings, name: str) -> str:
    """A setting's value as it would be typed; the address of a database or broker without its password."""
    value = getattr(settings, name)
    if name == "allowed_hours":
        return ",".join("-".join(stretch) for stretch in hours_to_stored(value) or ())
    return _masked(value) if name in HOLD_PASSWORDS else _written(value)


def _masked(address: str) -> str:
    if not address:
        return ""
    try:
        url = make_url(address)
    except ArgumentError:
        return "***"
    hidden = {key: "***" for key in url.query if "pass" in key.lower() or "secret" in key.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, ZoneInfo):
        return value.key
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
