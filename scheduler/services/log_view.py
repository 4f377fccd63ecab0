"""What the page of the as-run log shows at once: lines, what waits, and the names to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaKind
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import Scope
from scheduler.domain.text import sort_key
from scheduler.errors import UnknownSeries
from scheduler.log_words import Names
from scheduler.models import AiringTally, Area, MonthTally, Series
from scheduler.services import log_reading, log_waiting
from scheduler.services.log_reading import MOST_LINES, FoundLines
from scheduler.services.log_waiting import WaitingAiring, WaitingLine


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaChoice:
    """A commune of the log; one that has ended is told apart from a newer one of the same name."""

    id: int
    name: str
    ended_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What a filter may name."""

    areas: Sequence[AreaChoice]
    series: Sequence[Series]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogView:
    """A page of the log. `waiting` are the airings that wait; `waiting_lines` their zones, when those are asked for."""

    found: FoundLines
    waiting: Sequence[WaitingAiring]
    waiting_lines: Sequence[WaitingLine]


def find_choices(session: Session, scope: Scope) -> Choices:
    """The communes that the person may see (those of the log and those of today), and all series there ever were."""
    logged = select(MonthTally.area_id).distinct()
    found = session.execute(
        select(Area.id, Area.name, Area.valid_to).where((Area.kind == AreaKind.COMMUNE.value) | Area.id.in_(logged))
    )
    areas = [AreaChoice(id=number, name=name, ended_on=ended) for number, name, ended in found if scope.holds(number)]
    series = session.scalars(select(Series))
    return Choices(
        areas=sorted(areas, key=lambda area: (sort_key(area.name), area.ended_on is not None, area.id)),
        series=sorted(series, key=lambda item: (sort_key(item.title), item.id)),
    )


def read(
    session: Session, wanted: LogFilter, scope: Scope, *, zone: ZoneInfo, page: int = 1, per_page: int = 100
) -> LogView:  # fmt: skip
    """A page of what fits a filter. Raises `BadPeriod`, `PeriodTooLong`."""
    found = log_reading.find_lines(session, wanted, scope, page=page, per_page=per_page)
    waiting = log_waiting.count_waiting(session, wanted, scope, zone=zone)
    lines: list[WaitingLine] = []
    if wanted.asks_what_waits:
        number = min(sum(item.zones for item in waiting), MOST_LINES)
        start = (page - 1) * per_page
        found = FoundLines(lines=(), number=number, is_cut=sum(item.zones for item in waiting) > MOST_LINES)
        lines = list(islice(log_waiting.stream_waiting(session, wanted, scope, zone=zone), start, start + per_page))
    return LogView(found=found, waiting=waiting, waiting_lines=lines)


def name_filter(session: Session, wanted: LogFilter) -> Names:
    """What the numbers in a filter are called."""
    series = session.get(Series, wanted.series_id) if wanted.series_id is not None else None
    area = session.get(Area, wanted.area_id) if wanted.area_id is not None else None
    return Names(
        series=series.title if series else "",
        area=area.name if area else "",
        airing=name_airing(session, wanted.airing_id) if wanted.airing_id is not None else "",
    )


def name_airing(session: Session, airing_id: UUID) -> str:
    """What people call an airing: its episode and day; its number where the log does not know it yet."""
    tally = session.get(AiringTally, airing_id)
    if tally is None:
        return str(airing_id)[:8]
    return f"{tally.local_day:%d/%m/%Y}, {tally.episode_number}/{tally.episode_year}: {tally.title}"


def get_series(session: Session, code: str) -> Series:
    """A series by its code, also one that was removed: its past is still in the log. Raises `UnknownSeries`."""
    series = session.scalar(select(Series).where(Series.code == code))
    if series is None:
        raise UnknownSeries(series=code)
    return series
