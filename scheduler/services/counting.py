"""What was made and broadcast in a period, from the tallies, each day by its counting rule."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import Apart, Count, Rule, RuleDays, Shortfall, in_order, rule_days, rule_on
from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.playout import Reason
from scheduler.domain.time import STATION_ZONE, day_span
from scheduler.errors import BadPeriod
from scheduler.models import (
    Airing,
    AiringTally,
    AreaAiringTally,
    AsRunEntry,
    Broadcast,
    CountingRule,
    Production,
    Programme,
    Series,
    Zone,
    ZoneLanguage,
)
from scheduler.services import tally
from scheduler.services.month_blocks import read_blocks
from scheduler.services.tally import read_rules

__all__ = [
    "MonthRow", "count", "count_months", "count_produced", "count_reasons", "find_main_reasons", "find_rule_days",
    "find_rules", "planned_without_entry", "rule_in_force", "rule_on",
]  # fmt: skip


class MonthRow(NamedTuple):
    """What a month brought in one language to one area (commune); tens of thousands of them make a year."""

    month: str
    language: str
    area: str
    airings: int
    zones_sounded: int
    zones_partial: int
    zones_missed: int
    seconds: float


def count(
    session: Session, *, first: date, last: date, series: Series | None = None, zone: ZoneInfo = STATION_ZONE
) -> Count:
    """What was made and broadcast from the first to the last local day, of all series or of one.

    Raises `BadPeriod`.
    """
    if last < first:
        raise BadPeriod(first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    aired = _aired_in(first, last, series)
    ordinary = [*aired, AiringTally.exercise.is_(False), AiringTally.priority < Priority.EMERGENCY]
    rules = read_rules(session)
    missed = select(AiringTally.airing_id).where(*ordinary, AiringTally.counts.is_(False))
    tallied = session.scalar(select(func.count()).select_from(AiringTally).where(*ordinary)) or 0
    return Count(
        first=first,
        last=last,
        produced=count_produced(session, first, last, series),
        broadcast=_by_language(session, ordinary),
        planned=tallied + planned_without_entry(session, first, last, series, zone),
        missed_by_reason=count_reasons(find_main_reasons(session, missed, rules).values()),
        apart=_apart(session, aired),
        rule=rule_on(rules, last),
        rule_days=rule_days(rules, first=first, last=last),
        by_series=_by_series(session, first, last, series, ordinary),
    )


def count_months(
    session: Session,
    *,
    first: date,
    last: date,
    series: Series | None = None,
    areas: Collection[int] | None = None,
) -> list[MonthRow]:
    """Month by language and area, for the whole months the period touches; exercises and emergencies left out.

    With `areas`, of those areas only.
    """
    rows = [
        MonthRow(block.month, block.language, *numbers)
        for block in read_blocks(session, first=first, last=last, series=series, areas=areas)
        for numbers in zip(
            block.areas, block.airings, block.zones_sounded, block.zones_partial, block.zones_missed, block.seconds,
            strict=True,
        )
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.month, row.language != "vi", row.language, row.area))


def find_rule_days(session: Session) -> list[RuleDays]:
    """Which days are counted by which rule, in order; without a bound at both ends."""
    return rule_days(read_rules(session))


def find_rules(session: Session) -> list[CountingRule]:
    """The rules a station adopted, the last one first; empty where the first one still holds."""
    return list(session.scalars(select(CountingRule).order_by(CountingRule.number.desc())))


def rule_in_force(session: Session, *, on: date) -> Rule:
    """The counting rule that airings of a local day are counted by."""
    return rule_on(read_rules(session), on)


def _aired_in(first: date, last: date, series: Series | None) -> list[ColumnElement[bool]]:
    period: list[ColumnElement[bool]] = [AiringTally.local_day.between(first, last)]
    return period if series is None else [*period, AiringTally.series_id == series.id]


def _made_in(first: date, last: date, series: Series | None) -> list[ColumnElement[bool]]:
    period: list[ColumnElement[bool]] = [Production.local_day.between(first, last)]
    return period if series is None else [*period, Production.series_id == series.id]


def count_produced(session: Session, first: date, last: date, series: Series | None) -> dict[str, int]:
    """Editions first approved in the period, by language."""
    made = select(Production.language, func.count()).where(*_made_in(first, last, series))
    return in_order(_numbers(session, made.group_by(Production.language)))


def _by_language(session: Session, ordinary: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    counted = select(AiringTally.language, func.count()).where(*ordinary, AiringTally.counts.is_(True))
    return in_order(_numbers(session, counted.group_by(AiringTally.language)))


def _numbers(session: Session, query: Any) -> dict[Any, int]:
    return {key: number for key, number in session.execute(query)}  # noqa: C416 -- rows are not pairs to the checker


def _apart(session: Session, aired: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    kind = case(
        (AiringTally.exercise.is_(True), Apart.EXERCISE.value),
        (AiringTally.priority >= int(Priority.EMERGENCY), Apart.EMERGENCY.value),
        else_=Apart.NO.value,
    ).label("kind")
    found = _numbers(
        session, select(kind, func.count()).where(*aired, AiringTally.counts.is_(True)).group_by("kind")
    )  # fmt: skip
    return {part.value: found.get(part.value, 0) for part in (Apart.EXERCISE, Apart.EMERGENCY)}


def _by_series(
    session: Session, first: date, last: date, series: Series | None, ordinary: Sequence[ColumnElement[bool]]
) -> dict[str, int]:
    """Airings that count by the title the series bore last in the period; most airings first."""
    titles: dict[int, str] = {} if series is None else {series.id: series.title}
    numbers: dict[int, int] = dict.fromkeys(titles, 0)
    made = select(Production.series_id, Production.series_title).where(*_made_in(first, last, series))
    for series_id, title in session.execute(made.order_by(Production.local_day, Production.id)):
        titles[series_id] = title
        numbers.setdefault(series_id, 0)
    counted = func.sum(case((AiringTally.counts.is_(True), 1), else_=0))
    aired = (
        select(AiringTally.series_id, AiringTally.series_title, counted, func.max(AiringTally.local_day))
        .where(*ordinary)
        .group_by(AiringTally.series_id, AiringTally.series_title)
    )
    for series_id, title, number, _ in sorted(session.execute(aired), key=lambda row: (row[3], row[1])):
        titles[series_id] = title
        numbers[series_id] = numbers.get(series_id, 0) + number
    told = {item: number for item, number in numbers.items() if number} or numbers
    return {titles[item]: told[item] for item in sorted(told, key=lambda item: (-told[item], titles[item]))}


def planned_without_entry(
    session: Session,
    first: date,
    last: date,
    series: Series | None,
    zone: ZoneInfo,
    *,
    areas: Collection[int] | None = None,
) -> int:
    """Airings of the plan the log says nothing about yet; with `areas`, those that zones there are to hear."""
    span = day_span(first, last, zone)
    planned = (
        select(func.count(Airing.id))
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .where(
            Broadcast.starts_at >= span.starts_at,
            Broadcast.starts_at < span.ends_at,
            Broadcast.state != BroadcastState.CANCELLED,
            Broadcast.exercise.is_(False),
            Broadcast.priority < Priority.EMERGENCY,
        )
    )
    if areas is None:
        logged = select(AiringTally.airing_id).where(AiringTally.airing_id == Airing.id)
    else:
        logged = select(AreaAiringTally.airing_id).where(
            AreaAiringTally.airing_id == Airing.id, AreaAiringTally.area_id.in_(areas)
        )
        heard = (
            select(Programme.zone_id)
            .join(Zone, Zone.id == Programme.zone_id)
            .join(ZoneLanguage, (ZoneLanguage.zone_id == Zone.id) & (ZoneLanguage.language == Airing.language))
            .where(Programme.broadcast_id == Airing.broadcast_id, Zone.area_id.in_(areas))
        )
        planned = planned.where(heard.exists())
    planned = planned.where(~logged.exists())
    if series is not None:
        planned = planned.where(Broadcast.series_id == series.id)
    return session.scalar(planned) or 0


def find_main_reasons(
    session: Session, airings: Any, rules: Sequence[Rule], *, areas: Collection[int] | None = None
) -> dict[UUID, str]:  # fmt: skip
    """Why each of these airings (a query of their numbers) does not count: the reason most of its zones have.

    With `areas`, only the zones of those areas are asked.
    """
    proven = tally.proven_by(rules)
    asked = [] if areas is None else [AsRunEntry.area_id.in_(areas)]
    rows = session.execute(
        select(AsRunEntry.airing_id, AsRunEntry.reason, proven.label("proven"), func.count())
        .where(AsRunEntry.airing_id.in_(airings), *asked, tally.entry_holds())
        .group_by(AsRunEntry.airing_id, AsRunEntry.reason, "proven")
    )
    by_airing: dict[UUID, dict[str, int]] = {}
    for airing_id, reason, is_proven, number in rows:
        without = Reason.UNKNOWN.value if is_proven else Shortfall.NOT_PROVEN.value
        told = without if reason is None else reason.value
        reasons = by_airing.setdefault(airing_id, {})
        reasons[told] = reasons.get(told, 0) + number
    return {airing_id: _main(reasons) for airing_id, reasons in by_airing.items()}


def count_reasons(reasons: Iterable[str]) -> dict[str, int]:
    """How often each reason is among these, in the order in which reasons are told."""
    found = Counter(reasons)
    return {reason: found[reason] for reason in _REASONS if reason in found}


_REASONS = [*(reason.value for reason in Reason), *(shortfall.value for shortfall in Shortfall)]


def _main(reasons: Mapping[str, int]) -> str:
    return max(reasons, key=lambda reason: (reasons[reason], -_REASONS.index(reason)))
