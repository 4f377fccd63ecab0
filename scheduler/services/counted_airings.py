"""The airings and editions behind the numbers of a count, one by one, so that an inspector can follow them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import Apart, apart_of
from scheduler.domain.planning import Priority
from scheduler.models import AiringTally, AreaAiringTally, Production, Series
from scheduler.services import counting, tally
from scheduler.services.area_counting import aired_in


@dataclass(frozen=True, kw_only=True, slots=True)
class AiringFilter:
    """Which airings of a period; what is None or empty does not limit."""

    first: date
    last: date
    language: str = ""
    area_id: int | None = None
    counted: bool | None = None
    reason: str = ""
    """The main reason of one that does not count: a `Reason` or a `Shortfall`."""
    apart: Apart = Apart.NO


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedAiring:
    """What became of an airing (in the areas asked about) and whether it counts."""

    airing_id: UUID
    local_day: date
    series_title: str
    episode_year: int
    episode_number: int
    title: str
    language: str
    apart: Apart
    zones_sounded: int
    zones_partial: int
    zones_missed: int
    best_share: float
    counts: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundAirings:
    """One page of airings, and how many there are in all."""

    airings: Sequence[CountedAiring]
    number: int


def find_airings(
    session: Session,
    wanted: AiringFilter,
    *,
    areas: Collection[int] | None = None,
    series: Series | None = None,
    page: int = 1,
    per_page: int = 100,
) -> FoundAirings:
    """The airings that fit, by day; exactly as many as the number that leads here."""
    asked = _asked_areas(areas, wanted.area_id)
    rows = (_of_station(wanted, series) if asked is None else _of_areas(wanted, asked, series)).subquery()
    query: Select[Any] = select(rows).order_by(rows.c.local_day, rows.c.episode_number, rows.c.language.desc())
    if wanted.counted is not None:
        query = query.where(rows.c.counts == int(wanted.counted))
    if wanted.reason:
        query = query.where(rows.c.airing_id.in_(_missed_for(session, rows, wanted.reason, asked)))
    number = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    shown = session.execute(query.limit(per_page).offset((page - 1) * per_page)).mappings().all()
    missed = [row["airing_id"] for row in shown if not row["counts"]]
    reasons = counting.find_main_reasons(session, missed, tally.read_rules(session), areas=asked)
    return FoundAirings(airings=[_as_airing(row, reasons) for row in shown], number=number)


def find_produced(
    session: Session, *, first: date, last: date, language: str = "", series: Series | None = None
) -> list[Production]:  # fmt: skip
    """The editions that were first approved in a period, by day."""
    query = select(Production).where(Production.local_day.between(first, last))
    if language:
        query = query.where(Production.language == language)
    if series is not None:
        query = query.where(Production.series_id == series.id)
    return list(session.scalars(query.order_by(Production.local_day, Production.id)))


def _asked_areas(areas: Collection[int] | None, area_id: int | None) -> Collection[int] | None:
    if area_id is None:
        return areas
    return {area_id} if areas is None or area_id in areas else ()


def _missed_for(session: Session, rows: Any, reason: str, asked: Collection[int] | None) -> list[UUID]:
    missed = select(rows.c.airing_id).where(rows.c.counts == 0)
    reasons = counting.find_main_reasons(session, missed, tally.read_rules(session), areas=asked)
    return [airing_id for airing_id, main in reasons.items() if main == reason]


def _of_station(wanted: AiringFilter, series: Series | None) -> Select[Any]:
    tally = AiringTally
    query = select(
        *_titles(), tally.local_day, tally.zones_sounded, tally.zones_partial, tally.zones_missed, tally.best_share,
        case((tally.counts.is_(True), 1), else_=0).label("counts"),
    ).where(tally.local_day.between(wanted.first, wanted.last), _is_apart(wanted.apart))  # fmt: skip
    if wanted.language:
        query = query.where(tally.language == wanted.language)
    return query if series is None else query.where(tally.series_id == series.id)


def _of_areas(wanted: AiringFilter, asked: Collection[int], series: Series | None) -> Select[Any]:
    area = AreaAiringTally
    query = (
        select(
            *_titles(),
            func.min(area.local_day).label("local_day"),
            *(func.sum(getattr(area, name)).label(name) for name in ("zones_sounded", "zones_partial", "zones_missed")),
            func.max(area.best_share).label("best_share"),
            func.max(case((area.counts.is_(True), 1), else_=0)).label("counts"),
        )
        .join(area, area.airing_id == AiringTally.airing_id)
        .where(*aired_in(wanted.first, wanted.last, asked, series), area.apart == wanted.apart.value)
        .group_by(*_titles())
    )
    return query.where(area.language == wanted.language) if wanted.language else query


def _titles() -> list[Any]:
    tally = AiringTally
    return [
        tally.airing_id, tally.series_title, tally.episode_year, tally.episode_number, tally.title, tally.language,
        tally.priority, tally.exercise,
    ]  # fmt: skip


def _is_apart(apart: Apart) -> ColumnElement[bool]:
    exercise, is_urgent = AiringTally.exercise, AiringTally.priority >= int(Priority.EMERGENCY)
    if apart is Apart.EXERCISE:
        return exercise.is_(True)
    return exercise.is_(False) & (is_urgent if apart is Apart.EMERGENCY else ~is_urgent)


def _as_airing(row: Any, reasons: Mapping[UUID, str]) -> CountedAiring:
    facts = {name: row[name] for name in row if name not in ("priority", "exercise", "counts")}
    return CountedAiring(
        **facts,
        apart=apart_of(priority=row["priority"], exercise=row["exercise"]),
        counts=bool(row["counts"]),
        reason="" if row["counts"] else reasons.get(row["airing_id"], ""),
    )
