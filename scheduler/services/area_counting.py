"""Counts of some areas only: an airing counts there when at least one zone there sounded enough of it."""

from collections.abc import Collection
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import Apart, Count, in_order, rule_days, rule_on
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadPeriod
from scheduler.models import AiringTally, AreaAiringTally, Series
from scheduler.services import counting, tally

Conditions = list[ColumnElement[bool]]


def count_in_areas(
    session: Session,
    *,
    first: date,
    last: date,
    areas: Collection[int],
    series: Series | None = None,
    zone: ZoneInfo = STATION_ZONE,
) -> Count:
    """What was broadcast in some areas; what was made is the whole station's, since editions belong to no area.

    An airing heard in several of the areas counts once. Raises `BadPeriod`.
    """
    if last < first:
        raise BadPeriod(first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    aired = aired_in(first, last, areas, series)
    ordinary = [*aired, AreaAiringTally.apart == Apart.NO.value]
    counted = [*ordinary, AreaAiringTally.counts.is_(True)]
    rules = tally.read_rules(session)
    missed = (
        select(AreaAiringTally.airing_id)
        .where(*ordinary)
        .group_by(AreaAiringTally.airing_id)
        .having(func.max(case((AreaAiringTally.counts.is_(True), 1), else_=0)) == 0)
    )
    reasons = counting.find_main_reasons(session, missed, rules, areas=areas)
    number = func.count(AreaAiringTally.airing_id.distinct())
    tallied = session.scalar(select(number).where(*ordinary)) or 0
    without = counting.planned_without_entry(session, first, last, series, zone, areas=areas)
    return Count(
        first=first,
        last=last,
        produced=counting.count_produced(session, first, last, series),
        broadcast=in_order(_numbers(session, AreaAiringTally.language, counted)),
        planned=tallied + without,
        missed_by_reason=counting.count_reasons(reasons.values()),
        apart=_apart(session, [*aired, AreaAiringTally.counts.is_(True)]),
        rule=rule_on(rules, last),
        rule_days=rule_days(rules, first=first, last=last),
        by_series=_by_series(session, first, last, counted),
    )


def aired_in(first: date, last: date, areas: Collection[int], series: Series | None) -> Conditions:
    """What the tally of areas is asked about."""
    asked: Conditions = [AreaAiringTally.area_id.in_(areas), AreaAiringTally.local_day.between(first, last)]
    return asked if series is None else [*asked, AreaAiringTally.series_id == series.id]


def _numbers(session: Session, by: Any, conditions: Conditions) -> dict[Any, int]:
    number = func.count(AreaAiringTally.airing_id.distinct())
    found = session.execute(select(by, number).where(*conditions).group_by(by))
    return {key: counted for key, counted in found}  # noqa: C416 -- rows are not pairs to the checker


def _apart(session: Session, conditions: Conditions) -> dict[str, int]:
    found = _numbers(session, AreaAiringTally.apart, conditions)
    return {part.value: found.get(part.value, 0) for part in (Apart.EXERCISE, Apart.EMERGENCY)}


def _by_series(session: Session, first: date, last: date, counted: Conditions) -> dict[str, int]:
    """Airings that count by the title the series bore last; most airings first."""
    numbers = _numbers(session, AreaAiringTally.series_id, counted)
    named = session.execute(
        select(AiringTally.series_id, AiringTally.series_title)
        .where(AiringTally.series_id.in_(numbers), AiringTally.local_day.between(first, last))
        .group_by(AiringTally.series_id, AiringTally.series_title)
        .order_by(func.max(AiringTally.local_day))
    )
    titles = dict(named.all())
    return {titles[item]: numbers[item] for item in sorted(numbers, key=lambda item: (-numbers[item], titles[item]))}
