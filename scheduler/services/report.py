"""What the report to the city says of a period: its numbers, coverage, rule, seals and whether its books are closed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaKind
from scheduler.domain.people import Scope
from scheduler.domain.periods import Period
from scheduler.domain.time import local_day
from scheduler.errors import UnknownArea
from scheduler.models import Area, AsRunEntry, PeriodClose, Seal, Series, Zone
from scheduler.services import count_overview, coverage, people, tally
from scheduler.services.count_overview import Overview


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How far the airings of a period reached: places where at least one sounded."""

    zones: int
    villages: int
    communes: int
    loudspeakers: int
    """Those that worked, of the zones reached."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """The newest seal, and how many entries of the log came after it."""

    id: int
    day: date
    root: str
    signature: str
    key: str
    sealed_at: datetime
    entries_after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """The close of the books that ended the period."""

    on: date
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportValues:
    """All that a report is filled from."""

    period: Period
    overview: Overview
    series_title: str
    """Empty where several series are counted."""
    area_names: Sequence[str]
    """Of the areas asked for; empty for the whole station."""
    coverage: Coverage
    seal: Sealed | None
    closed: Closed | None
    """None while a day of the period is not closed."""
    made_on: date


def read_report(
    session: Session,
    period: Period,
    *,
    series: Series | None = None,
    areas: Collection[int] | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> ReportValues:
    """Read what a report says, of the whole station or of some areas. Raises `BadPeriod`."""
    today = local_day(now, zone)
    overview = count_overview.look(session, period, today=today, zone=zone, areas=areas, series=series)
    titles = list(overview.count.by_series)
    named = series.title if series is not None else titles[0] if len(titles) == 1 else ""
    return ReportValues(
        period=period,
        overview=overview,
        series_title=named,
        area_names=_name_areas(session, areas),
        coverage=find_coverage(session, period, series=series, areas=areas, communes=len(_reached(overview))),
        seal=_find_seal(session),
        closed=_find_close(session, period, zone=zone),
        made_on=today,
    )


def find_coverage(
    session: Session, period: Period, *, series: Series | None, areas: Collection[int] | None, communes: int
) -> Coverage:
    """Zones, villages and loudspeakers reached; one look into the log for each zone, whatever the log's size."""
    heard = (
        select(AsRunEntry.loudspeakers)
        .where(
            AsRunEntry.zone_id == Zone.id,
            AsRunEntry.local_day.between(period.first, period.last),
            AsRunEntry.seconds_sounded > 0,
            AsRunEntry.exercise.is_(False),
            tally.entry_holds(),
        )
        .order_by(AsRunEntry.local_day.desc())
        .limit(1)
    )
    if series is not None:
        heard = heard.where(AsRunEntry.series_id == series.id)
    if areas is not None:
        heard = heard.where(AsRunEntry.area_id.in_(areas))
    asked = select(Zone.area_id, Area.kind, heard.correlate(Zone).scalar_subquery()).join(Area, Area.id == Zone.area_id)
    reached = [row for row in session.execute(asked) if row[2] is not None]
    return Coverage(
        zones=len(reached),
        villages=len({area_id for area_id, kind, _ in reached if kind == AreaKind.VILLAGE.value}),
        communes=communes,
        loudspeakers=sum(number for _, _, number in reached),
    )


def _reached(overview: Overview) -> list[int]:
    return [row.area_id for row in overview.areas if row.zones_sounded + row.zones_partial > 0]


def _name_areas(session: Session, areas: Collection[int] | None) -> list[str]:
    """The topmost of the areas asked for: who asks for a commune does not mean to list its villages."""
    if areas is None:
        return []
    rows = session.execute(select(Area.name, Area.parent_id).where(Area.id.in_(areas)).order_by(Area.name)).all()
    return [name for name, parent in rows if parent not in areas]


def _find_seal(session: Session) -> Sealed | None:
    seal = session.scalar(select(Seal).order_by(Seal.id.desc()).limit(1))
    if seal is None:
        return None
    after = select(func.count()).select_from(AsRunEntry).where(AsRunEntry.id > seal.entries_until)
    return Sealed(
        id=seal.id,
        day=seal.day,
        root=seal.root,
        signature=seal.signature,
        key=seal.key,
        sealed_at=seal.sealed_at,
        entries_after=session.scalar(after) or 0,
    )


def _find_close(session: Session, period: Period, *, zone: ZoneInfo) -> Closed | None:
    """The last of the closes that together cover every day of the period."""
    asked = select(PeriodClose).where(PeriodClose.first <= period.last, PeriodClose.last >= period.first)
    closes = sorted(session.scalars(asked), key=lambda close: close.first)
    reached = period.first
    for close in closes:
        if close.first <= reached <= close.last:
            reached = close.last + timedelta(days=1)
    if reached <= period.last:
        return None
    last = max(closes, key=lambda close: close.closed_at)
    return Closed(on=local_day(last.closed_at, zone), by=last.closed_by)


def narrow(session: Session, scope: Scope, area_id: int | None, *, on: date) -> Scope:
    """One area of a scope with all that lies in it, also a commune that has ended. Raises `UnknownArea`."""
    if area_id is None:
        return scope
    if session.get(Area, area_id) is None or not scope.holds(area_id):
        raise UnknownArea(area=f"#{area_id}", on=f"{on:%d/%m/%Y}")
    tree = coverage.load_tree(session)
    below = people.scope_below(tree, [area_id], on=on).area_ids or frozenset()
    return Scope(area_ids=frozenset({area_id, *below}))


def tell_where(session: Session, scope: Scope) -> str:
    """Which areas a scope is, for the heading of a document; empty for the whole station."""
    return ", ".join(_name_areas(session, scope.area_ids))
