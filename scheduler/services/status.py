"""What a station does now, read from rows: what the daemons report on air, what comes next, what is wrong."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.station import PLAYOUT, Readings, SignOfLife, find_clock_problems, find_disk_problems, is_alive
from scheduler.domain.status import Coming, DayLook, Group, Outlook, Picture, PlacedPart, Stated, group_stated
from scheduler.models import Airing, AsRunEntry, Broadcast, Claim, Episode, Programme, Pulse, RunningOrder, Series, Zone
from scheduler.services import doctor, village_reports

COMING_SHOWN = 3
OVERDUE_SHOWN = timedelta(minutes=30)
"""So long a broadcast that did not begin stays in the list of what comes."""


def read_signs(session: Session) -> list[SignOfLife]:
    """The last sign of life of every process."""
    return [
        SignOfLife(owner=owner, role=role, at=at)
        for owner, role, at in session.execute(select(Pulse.owner, Pulse.role, Pulse.at))
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class AirLook:
    """What was reported on air, and by what it is known that the reports are still the same."""

    mark: tuple[object, ...]
    groups: tuple[Group, ...]


def look_at_air(session: Session, *, alive: frozenset[str], before: AirLook | None = None) -> AirLook:
    """What daemons and players report to be sounding; `alive` are the daemons that gave a sign of life lately.

    Thousands of zones are read again only when a claim was made, moved or closed since the look before.
    """
    claims = select(
        func.count(), func.min(Claim.started_at), func.max(Claim.started_at), func.sum(Claim.offset_s),
        func.sum(Claim.zone_id), func.sum(Claim.token), func.max(Claim.claimed_at),
    ).where(Claim.closed_at.is_(None), Claim.started_at.is_not(None))  # fmt: skip
    alive |= village_reports.find_sounding_players(session)
    mark = (*session.execute(claims).one(), alive)
    if before is not None and before.mark == mark:
        return before
    return AirLook(mark=mark, groups=tuple(group_stated(_read_stated(session), alive=alive)))


def owners_alive(signs: Iterable[SignOfLife], *, now: datetime, silence: timedelta) -> frozenset[str]:
    """The processes that gave a sign of life lately."""
    return frozenset(sign.owner for sign in signs if is_alive(sign, now=now, silence=silence))


def _read_stated(session: Session) -> list[Stated]:
    found = session.execute(
        select(
            Claim.broadcast_id, Claim.owner, Claim.started_at, Claim.offset_s,
            Zone.name, Programme.running_order_key, Series.title, Episode.number, Episode.title, Broadcast.exercise,
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
            exercise=exercise,
        )
        for broadcast_id, owner, started_at, offset_s, zone_name, key, series_title, number, title, exercise in rows
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
    """The next broadcasts, and those whose instant passed lately without anything on air or in the log.

    One that only villages hear is not missed for that: they tell of it when they can.
    """
    begun = select(Claim.broadcast_id).where(Claim.broadcast_id == Broadcast.id, Claim.started_at.is_not(None))
    here = select(Programme.zone_id).join(Zone, Zone.id == Programme.zone_id)
    here = here.where(Programme.broadcast_id == Broadcast.id, Zone.carrier != CarrierKind.VILLAGE)
    logged = select(AsRunEntry.id).where(AsRunEntry.broadcast_id == Broadcast.id)
    zones = select(func.count()).where(Programme.broadcast_id == Broadcast.id).scalar_subquery()
    found = session.execute(
        select(Broadcast, Series.title, Episode.number, Episode.title, zones)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .join(Series, Series.id == Broadcast.series_id)
        .where(
            Broadcast.state == BroadcastState.PLANNED,
            Broadcast.starts_at >= now - OVERDUE_SHOWN,
            or_(Broadcast.starts_at > now, here.exists()),
            ~begun.exists(),
            ~logged.exists(),
        )
        .order_by(Broadcast.starts_at, Broadcast.id)
        .limit(limit)
    )
    rows = list(found)
    languages = read_languages(session, [row[0].id for row in rows])
    return [
        Coming(
            broadcast_id=broadcast.id,
            series_title=series_title,
            number=number,
            title=title,
            starts_at=broadcast.starts_at,
            languages=tuple(languages[broadcast.id]),
            zones=zones_number,
            priority=Priority(broadcast.priority),
            exercise=broadcast.exercise,
        )
        for broadcast, series_title, number, title, zones_number in rows
    ]


def read_languages(session: Session, broadcast_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The languages of each broadcast, tiếng phổ thông first."""
    languages: dict[UUID, list[str]] = defaultdict(list)
    for broadcast_id, language in session.execute(
        select(Airing.broadcast_id, Airing.language)
        .where(Airing.broadcast_id.in_(broadcast_ids))
        .order_by(Airing.language.desc())
    ):
        languages[broadcast_id].append(language)
    return languages


def look(
    session: Session,
    readings: Readings,
    *,
    signs: Sequence[SignOfLife],
    air: AirLook,
    day: DayLook,
    outlook: Outlook,
    now: datetime,
    silence: timedelta,
) -> Picture:
    """All that the dashboard shows of this instant, problems first; what changes slowly was read a little earlier."""
    coming = find_coming(session, now=now)
    problems = [
        *doctor.find_running_problems(session, signs=signs, now=now, silence=silence),
        *doctor.find_overdue(coming, now=now),
        *find_disk_problems(free_bytes=readings.free_bytes, total_bytes=readings.total_bytes),
        *find_clock_problems(synchronised=readings.synchronised),
        *day.problems,
        *outlook.problems,
    ]
    return Picture(
        now=now,
        problems=tuple(sorted(problems, key=lambda problem: not problem.severe)),
        on_air=tuple(group.at(now) for group in air.groups),
        coming=tuple(coming[:COMING_SHOWN]),
        today=day.today,
        progress=outlook.progress,
        synchronised=readings.synchronised,
        daemon_alive=any(sign.role == PLAYOUT and is_alive(sign, now=now, silence=silence) for sign in signs),
    )
