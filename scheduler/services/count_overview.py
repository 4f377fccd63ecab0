"""All that one look at a period asks for: the count, its cuts, the same period a year before, the yearly target."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.counting import Count
from scheduler.domain.periods import Period, year_before
from scheduler.models import CountingRule, Series
from scheduler.services import area_counting, count_tables, counting
from scheduler.services.count_tables import AreaRow, Cut

ByLanguage = Mapping[str, Sequence[int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What of a period has passed beside the same days a year before."""

    now: Period
    before: Period
    produced_now: int
    produced_before: int
    broadcast_now: int
    broadcast_before: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """A period's numbers; `broadcast`, `produced` and `before` are by language and by stretch of the cut."""

    period: Period
    count: Count
    cut: Cut
    produced: ByLanguage
    broadcast: ByLanguage
    before: ByLanguage
    compared: Compared | None
    """None for a period that has not begun."""
    areas: Sequence[AreaRow]
    target: int | None
    """Airings promised for a year, of the series that promise any."""
    towards_target: int
    """Airings of those series that count; what others aired does not bring the station nearer to it."""
    """Airings promised for a year; None without a promise, or where only some areas are counted."""
    rules: Sequence[CountingRule]

    @property
    def waiting(self) -> int:
        """Airings of the plan the log says nothing about yet."""
        return self.count.planned - self.count.broadcast_total - sum(self.count.missed_by_reason.values())


def look(
    session: Session,
    period: Period,
    *,
    today: date,
    zone: ZoneInfo,
    areas: Collection[int] | None = None,
    series: Series | None = None,
) -> Overview:
    """A period's numbers, of the whole station or of some areas. Raises `BadPeriod`."""
    if areas is None:
        count = counting.count(session, first=period.first, last=period.last, series=series, zone=zone)
    else:
        count = area_counting.count_in_areas(
            session, first=period.first, last=period.last, areas=areas, series=series, zone=zone
        )
    cut = count_tables.cut(period)
    promising = _find_promising(session, series) if areas is None else []
    return Overview(
        period=period,
        count=count,
        cut=cut,
        produced=count_tables.count_produced(session, cut.stretches, series=series),
        broadcast=count_tables.count_broadcast(session, cut.stretches, areas=areas, series=series),
        before=count_tables.count_broadcast(
            session, [year_before(stretch) for stretch in cut.stretches], areas=areas, series=series
        ),
        compared=_compare(session, period, today=today, areas=areas, series=series),
        areas=count_tables.count_areas(session, cut.stretches, areas=areas, series=series),
        target=sum(one.yearly_target or 0 for one in promising) or None,
        towards_target=sum(
            _total(count_tables.count_broadcast(session, cut.stretches, areas=areas, series=one)) for one in promising
        ),
        rules=counting.find_rules(session),
    )


def _compare(
    session: Session, period: Period, *, today: date, areas: Collection[int] | None, series: Series | None
) -> Compared | None:
    """A year that is not over is compared with as much of the year before, not with all of it."""
    now = period.until(today)
    if now is None:
        return None
    before = year_before(now)
    produced = [count_tables.count_produced(session, [days], series=series) for days in (now, before)]
    broadcast = [count_tables.count_broadcast(session, [days], areas=areas, series=series) for days in (now, before)]
    return Compared(
        now=now,
        before=before,
        produced_now=_total(produced[0]),
        produced_before=_total(produced[1]),
        broadcast_now=_total(broadcast[0]),
        broadcast_before=_total(broadcast[1]),
    )


def _total(by_language: ByLanguage) -> int:
    return sum(sum(numbers) for numbers in by_language.values())


def _find_promising(session: Session, series: Series | None) -> list[Series]:
    """The series asked for that have a yearly target."""
    if series is not None:
        return [series] if series.yearly_target else []
    wanted = select(Series).where(Series.removed_at.is_(None), Series.yearly_target > 0)
    return list(session.scalars(wanted))
