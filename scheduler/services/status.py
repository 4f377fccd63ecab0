"""What a station does now, read from rows: what the daemons report on air, what comes next, today's log."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import PLAYOUT, Readings, SignOfLife, find_clock_problems, find_disk_problems, is_alive
from scheduler.domain.status import (
    NAMED_PLACES,
    Coming,
    Logged,
    OnAir,
    Picture,
    PlacedPart,
    Places,
    Stated,
    Tally,
    YearCount,
    group_on_air,
)
from scheduler.domain.time import local_day
from scheduler.models import (
    Airing,
    AsRunEntry,
    Broadcast,
    Claim,
    Episode,
    Programme,
    Pulse,
    RunningOrder,
    Series,
    UtcDateTime,
    Zone,
)
from scheduler.services import counting, doctor, tally

OVERDUE_SHOWN = timedelta(minutes=30)
"""So long a broadcast that did not begin stays in the list of what comes."""


def read_signs(session: Session) -> list[SignOfLife]:
    """The last sign of life of every process."""
    return [
        SignOfLife(owner=owner, role=role, at=at)
        for owner, role, at in session.execute(select(Pulse.owner, Pulse.role, Pulse.at))
    ]


def find_on_air(session: Session, *, signs: Iterable[SignOfLife], now: datetime, silence: timedelta) -> list[OnAir]:
    """What the daemons report to be sounding, in groups of zones; the one that ends first comes first."""
    alive = {sign.owner for sign in signs if is_alive(sign, now=now, silence=silence)}
    return group_on_air(_read_stated(session), alive=alive, now=now)


def _read_stated(session: Session) -> list[Stated]:
    found = session.execute(
        select(
            Claim.broadcast_id, Claim.owner, Claim.started_at, Claim.offset_s,
            Zone.name, Programme.running_order_key, Series.title, Episode.number, Episode.title,
        )
        .join(Programme, (Programme.broadcast_id == Claim.broadcast_id) & (Programme.zone_id == Claim.zone_id))
        .join(Zone, Zone.id == Claim.zone_id)
        .join(Broadcast, Broadcast.id == Claim.broadcast_id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .join(Series, Series.id == Broadcast.series_id)
        .where(Claim.closed_at.is_(None), Claim.started_at.is_not(None))
    )  # fmt: skip
    rows = list(found)
    orders = _read_orders(session, {row[5] for row in rows})
    return [
        Stated(
            broadcast_id=broadcast_id,
            owner=owner,
            zone_name=zone_name,
            started_at=started_at,
            offset_s=offset_s,
            running_order_key=key,
            seconds=orders[key][0],
            parts=orders[key][1],
            series_title=series_title,
            number=number,
            title=title,
        )
        for broadcast_id, owner, started_at, offset_s, zone_name, key, series_title, number, title in rows
        if started_at is not None
    ]


def _read_orders(session: Session, keys: set[str]) -> dict[str, tuple[float, tuple[PlacedPart, ...]]]:
    orders = {}
    for order in session.scalars(select(RunningOrder).where(RunningOrder.key.in_(keys))):
        lengths = [float(part["seconds"]) for part in order.parts]
        starts = order.starts_s or [sum(lengths[:i]) for i in range(len(lengths))]
        parts = tuple(
            (str(part["role"]), part.get("language"), float(start))
            for part, start in zip(order.parts, starts, strict=False)
        )
        orders[order.key] = (sum(lengths) if order.seconds is None else order.seconds, parts)
    return orders


def find_coming(session: Session, *, now: datetime, limit: int = 5) -> list[Coming]:
    """The next broadcasts, and those whose instant passed lately without anything on air or in the log."""
    begun = select(Claim.broadcast_id).where(Claim.broadcast_id == Broadcast.id, Claim.started_at.is_not(None))
    logged = select(AsRunEntry.id).where(AsRunEntry.broadcast_id == Broadcast.id)
    zones = select(func.count()).where(Programme.broadcast_id == Broadcast.id).scalar_subquery()
    found = session.execute(
        select(Broadcast, Series.title, Episode.number, Episode.title, zones)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .join(Series, Series.id == Broadcast.series_id)
        .where(
            Broadcast.state == BroadcastState.PLANNED,
            Broadcast.starts_at >= now - OVERDUE_SHOWN,
            ~begun.exists(),
            ~logged.exists(),
        )
        .order_by(Broadcast.starts_at, Broadcast.id)
        .limit(limit)
    )
    rows = list(found)
    languages = _read_languages(session, [row[0].id for row in rows])
    return [
        Coming(
            broadcast_id=broadcast.id,
            series_title=series_title,
            number=number,
            title=title,
            starts_at=broadcast.starts_at,
            languages=tuple(languages[broadcast.id]),
            zones=zones_number,
            priority=broadcast.priority,
            exercise=broadcast.exercise,
        )
        for broadcast, series_title, number, title, zones_number in rows
    ]


def _read_languages(session: Session, broadcast_ids: list[UUID]) -> dict[UUID, list[str]]:
    languages: dict[UUID, list[str]] = defaultdict(list)
    for broadcast_id, language in session.execute(
        select(Airing.broadcast_id, Airing.language)
        .where(Airing.broadcast_id.in_(broadcast_ids))
        .order_by(Airing.language.desc())
    ):
        languages[broadcast_id].append(language)
    return languages


def read_log(session: Session, *, day: date) -> list[Logged]:
    """What became of each airing of a local day, over all zones; the newest first."""
    by_airing: dict[UUID, list[_LogRow]] = defaultdict(list)
    for row in session.execute(_log_of(day)):
        by_airing[row[0]].append(row)
    names = _read_names_of_trouble(session, day=day)
    logged = [_as_logged(rows, names) for rows in by_airing.values()]
    return sorted(logged, key=lambda item: (item.planned_at, item.language), reverse=True)


_Ending = tuple[UUID, EntryKind, Reason | None]
_LogRow = tuple[UUID, EntryKind, Reason | None, datetime, datetime | None, int, int, str, str, bool]


def _still_holds(day: date) -> ColumnElement[bool]:
    return and_(AsRunEntry.local_day == day, tally.entry_holds())


def _log_of(day: date) -> Select[*_LogRow]:
    return (
        select(
            AsRunEntry.airing_id,
            AsRunEntry.kind,
            AsRunEntry.reason,
            func.min(AsRunEntry.planned_at, type_=UtcDateTime()),
            func.min(AsRunEntry.started_at, type_=UtcDateTime()),
            func.count(),
            func.min(AsRunEntry.episode_number),
            func.min(AsRunEntry.title),
            func.min(AsRunEntry.language),
            AsRunEntry.exercise,
        )
        .where(_still_holds(day))
        .group_by(AsRunEntry.airing_id, AsRunEntry.kind, AsRunEntry.reason, AsRunEntry.exercise)
    )


def _read_names_of_trouble(session: Session, *, day: date) -> dict[_Ending, list[str]]:
    """The first zones of each ending other than sounded; where all went well the number is enough."""
    ending = (AsRunEntry.airing_id, AsRunEntry.kind, AsRunEntry.reason)
    place = func.row_number().over(partition_by=ending, order_by=AsRunEntry.zone_name)
    ranked = (
        select(*ending, AsRunEntry.zone_name, place.label("place"))
        .where(_still_holds(day), AsRunEntry.kind != EntryKind.SOUNDED)
        .subquery()
    )
    names: dict[_Ending, list[str]] = defaultdict(list)
    found = select(ranked.c.airing_id, ranked.c.kind, ranked.c.reason, ranked.c.zone_name)
    for airing_id, kind, reason, name in session.execute(
        found.where(ranked.c.place <= NAMED_PLACES).order_by(ranked.c.place)
    ):
        names[airing_id, kind, reason].append(name)
    return names


def _as_logged(rows: list[_LogRow], names: Mapping[_Ending, list[str]]) -> Logged:
    airing_id, _, _, _, _, _, number, title, language, exercise = rows[0]
    return Logged(
        airing_id=airing_id,
        planned_at=min(row[3] for row in rows),
        started_at=min((row[4] for row in rows if row[4] is not None), default=None),
        number=number,
        title=title,
        language=language,
        exercise=exercise,
        outcomes=tuple(
            Tally(kind=row[1], reason=row[2], places=Places(names=tuple(names.get(row[:3], ())), number=row[5]))
            for row in sorted(rows, key=lambda row: (list(EntryKind).index(row[1]), str(row[2])))
        ),
    )


def count_year(session: Session, *, year: int, zone: ZoneInfo) -> YearCount:
    """What was made and broadcast in a calendar year so far."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    counted = counting.count(session, first=first, last=last, zone=zone)
    target = session.scalar(select(func.sum(Series.yearly_target)).where(Series.removed_at.is_(None)))
    return YearCount(
        year=year,
        produced=counted.produced,
        broadcast=counted.broadcast,
        broadcast_total=counted.broadcast_total,
        target=target,
        sentence=counted.sentence,
    )


def look(session: Session, readings: Readings, *, now: datetime, zone: ZoneInfo, silence: timedelta) -> Picture:
    """All that the status page shows of this instant, problems first."""
    signs = read_signs(session)
    coming = find_coming(session, now=now)
    today = local_day(now, zone)
    problems = [
        *doctor.find_running_problems(session, signs=signs, now=now, silence=silence),
        *doctor.find_overdue(coming, now=now),
        *find_disk_problems(free_bytes=readings.free_bytes, total_bytes=readings.total_bytes),
        *find_clock_problems(synchronised=readings.synchronised),
        *doctor.find_plan_problems(session, now=now, zone=zone),
    ]
    return Picture(
        now=now,
        problems=tuple(sorted(problems, key=lambda problem: not problem.severe)),
        on_air=tuple(find_on_air(session, signs=signs, now=now, silence=silence)),
        coming=tuple(coming),
        log=tuple(read_log(session, day=today)),
        count=count_year(session, year=today.year, zone=zone),
        synchronised=readings.synchronised,
        daemon_alive=any(sign.role == PLAYOUT and is_alive(sign, now=now, silence=silence) for sign in signs),
    )
