"""The station's rules that people change on a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.text import tidy
from scheduler.errors import BadField
from scheduler.models import StationSetting

_LONGEST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class StationRules:
    """All rules, each with what holds until somebody changes it."""

    station_name: str = ""
    """Shown on top of every page and on printed sheets."""
    author_may_not_approve: bool = True
    """Who delivered or submitted a recording does not approve it."""
    tile_url: str = ""
    """Where the map's ground comes from, with {z}, {x} and {y}; empty: a blank ground, nothing is fetched."""


def read(session: Session) -> StationRules:
    """The rules as they are now."""
    kept: dict[str, Any] = dict(session.execute(select(StationSetting.name, StationSetting.value)).all())
    known = {item.name for item in fields(StationRules)}
    return StationRules(**{name: value for name, value in kept.items() if name in known})


def change(session: Session, changes: Mapping[str, Any], *, by: str, now: datetime) -> None:
    """Let rules hold from now on, all or none of them. Raises `BadField`."""
    for name, value in changes.items():
        checked = _CHECKS[name](name, value)
        row = session.get(StationSetting, name)
        if row is None and checked == getattr(StationRules(), name):
            continue
        if row is None:
            session.add(StationSetting(name=name, value=checked, changed_at=now, changed_by=by))
        elif row.value != checked:
            row.value, row.changed_at, row.changed_by = checked, now, by
    session.flush()


def _check_text(name: str, value: Any) -> str:
    text = tidy(str(value or ""))
    if len(text) > _LONGEST:
        raise BadField(field=name, value=text[:40])
    return text


def _check_yes_no(_name: str, value: Any) -> bool:
    return bool(value)


def _check_tiles(name: str, value: Any) -> str:
    text = _check_text(name, value)
    told = urlsplit(text)
    fits = told.scheme in {"http", "https"} and told.hostname and all(part in text for part in ("{z}", "{x}", "{y}"))
    if text and not (fits and not any(sign in text for sign in " ;,'\"")):
        raise BadField(field=name, value=text)
    return text


def tile_origin(tile_url: str) -> str:
    """The origin that a map's pictures come from; empty when there are none."""
    told = urlsplit(tile_url)
    return f"{told.scheme}://{told.netloc}" if told.netloc else ""


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "station_name": _check_text,
    "author_may_not_approve": _check_yes_no,
    "tile_url": _check_tiles,
}
