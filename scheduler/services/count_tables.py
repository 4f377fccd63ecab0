"""The numbers of a period cut up for a table and a chart: by stretch of days, language and area (commune)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import Apart, in_order
from scheduler.domain.periods import Period, months_of, split_months, years_of
from scheduler.domain.planning import Priority
from scheduler.domain.text import sort_key
from scheduler.models import AiringTally, Area, AreaAiringTally, MonthTally, Production, Series
from scheduler.services.area_counting import aired_in

MOST_MONTHS = 13
"""A longer period is told by years: its months do not fit on a screen or a sheet."""
_ORDINARY = Apart.NO.value
_ZONES = ("zones_sounded", "zones_partial", "zones_missed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A period in stretches, and whether those are months (else years)."""

    stretches: Sequence[Period]
    by_month: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaRow:
    """One area's numbers: airings that count there by language and stretch, and what became of the deliveries."""

    area_id: int
    name: str
    ended_on: date | None
    """The first day the area no longer existed."""
    airings: Mapping[str, Sequence[int]]
    zones_sounded: int
    zones_partial: int
    zones_missed: int


@dataclass(slots=True)
class _Sums:
    airings: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    zones: Counter[str] = field(default_factory=Counter)
    name: str = ""


def cut(period: Period) -> Cut:
    """Months, or years where there are too many months."""
    months = months_of(period)
    by_month = len(months) <= MOST_MONTHS
    return Cut(stretches=months if by_month else years_of(period), by_month=by_month)


def count_broadcast(
    session: Session, stretches: Sequence[Period], *, areas: Collection[int] | None = None, series: Series | None = None
) -> dict[str, list[int]]:  # fmt: skip
    """Airings that count in each stretch, by language; one that several areas heard counts once."""
    first, last = stretches[0].first, stretches[-1].last
    table: Any = AiringTally if areas is None else AreaAiringTally
    number = func.count() if areas is None else func.count(AreaAiringTally.airing_id.distinct())
    query = select(table.local_day, table.language, number).where(table.counts.is_(True))
    if areas is None:
        query = query.where(AiringTally.local_day.between(first, last), *_ordinary_airings(series))
    else:
        query = query.where(*aired_in(first, last, areas, series), AreaAiringTally.apart == _ORDINARY)
    return _by_stretch(session.execute(query.group_by(table.local_day, table.language)), stretches)


def count_produced(
    session: Session, stretches: Sequence[Period], *, series: Series | None = None
) -> dict[str, list[int]]:  # fmt: skip
    """Editions first approved in each stretch, by language."""
    query = select(Production.local_day, Production.language, func.count()).where(
        Production.local_day.between(stretches[0].first, stretches[-1].last)
    )
    if series is not None:
        query = query.where(Production.series_id == series.id)
    return _by_stretch(session.execute(query.group_by(Production.local_day, Production.language)), stretches)


def count_areas(
    session: Session, stretches: Sequence[Period], *, areas: Collection[int] | None = None, series: Series | None = None
) -> list[AreaRow]:  # fmt: skip
    """Each area's numbers in each stretch, exactly for its days; areas with nothing are left out.

    Whole months come from the months' tally; parts of months from the tally of areas, day by day.
    """
    sums: dict[int, _Sums] = defaultdict(_Sums)
    period = Period(first=stretches[0].first, last=stretches[-1].last)
    whole, parts = split_months(period)
    if whole:
        _add(sums, session.execute(_months_query(whole, areas, series)), stretches)
    known = set(session.scalars(select(MonthTally.area_id).distinct()))
    asked = known if areas is None else known & set(areas)
    for part in parts:
        _add(sums, session.execute(_days_query(part, asked, series)), stretches)
    ends: dict[int, date | None] = dict(session.execute(select(Area.id, Area.valid_to).where(Area.id.in_(sums))).all())
    rows = [
        AreaRow(
            area_id=area_id,
            name=item.name,
            ended_on=ends.get(area_id),
            airings={
                language: [numbers[place] for place in range(len(stretches))]
                for language, numbers in in_order(item.airings).items()
            },
            **{name: item.zones[name] for name in _ZONES},
        )
        for area_id, item in sums.items()
        if any(item.zones.values())
    ]
    return sorted(rows, key=lambda row: (sort_key(row.name), row.area_id))


def _ordinary_airings(series: Series | None) -> list[Any]:
    asked = [AiringTally.exercise.is_(False), AiringTally.priority < int(Priority.EMERGENCY)]
    return asked if series is None else [*asked, AiringTally.series_id == series.id]


def _months_query(whole: Sequence[Period], areas: Collection[int] | None, series: Series | None) -> Any:
    row = MonthTally
    first, last = (f"{month.first:%Y-%m}" for month in (whole[0], whole[-1]))
    zones = (getattr(row, name) for name in _ZONES)
    query = select(row.local_month, row.language, row.area_id, row.area_name, row.airings_counted, *zones).where(
        row.local_month.between(first, last), row.apart == _ORDINARY
    )
    if areas is not None:
        query = query.where(row.area_id.in_(areas))
    return query if series is None else query.where(row.series_id == series.id)


def _days_query(part: Period, areas: Collection[int], series: Series | None) -> Any:
    row = AreaAiringTally
    return (
        select(
            func.min(row.local_day), row.language, row.area_id, func.max(row.area_name),
            func.sum(_as_number(row.counts)), *(func.sum(getattr(row, name)) for name in _ZONES),
        )
        .where(*aired_in(part.first, part.last, areas, series), row.apart == _ORDINARY)
        .group_by(row.area_id, row.language)
    )  # fmt: skip


def _as_number(condition: Any) -> Any:
    return case((condition.is_(True), 1), else_=0)


def _add(sums: dict[int, _Sums], rows: Iterable[Any], stretches: Sequence[Period]) -> None:
    for when, language, area_id, name, counted, *zones in rows:
        day = date(int(when[:4]), int(when[5:7]), 1) if isinstance(when, str) else when
        item = sums[area_id]
        item.name = name
        item.airings[language][_place(day, stretches)] += counted
        for column, number in zip(_ZONES, zones, strict=True):
            item.zones[column] += number


def _by_stretch(rows: Iterable[Any], stretches: Sequence[Period]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for day, language, number in rows:
        found.setdefault(language, [0] * len(stretches))[_place(day, stretches)] += number
    return in_order(found)


def _place(day: date, stretches: Sequence[Period]) -> int:
    """In which stretch a day lies."""
    for place, stretch in enumerate(stretches):
        if day <= stretch.last:
            return place
    return len(stretches) - 1
