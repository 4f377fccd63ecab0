"""The station's rules that people change on a page."""

from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.models import StationSetting


@dataclass(frozen=True, kw_only=True, slots=True)
class StationRules:
    """All rules, each with what holds until somebody changes it."""

    station_name: str = ""
    author_may_not_approve: bool = True
    """Who delivered or submitted a recording does not approve it."""
    tile_url: str = ""


def read(session: Session) -> StationRules:
    """The rules as they are now."""
    kept = dict(session.execute(select(StationSetting.name, StationSetting.value)).tuples().all())
    known = {item.name for item in fields(StationRules)}
    return StationRules(**{name: value for name, value in kept.items() if name in known})
