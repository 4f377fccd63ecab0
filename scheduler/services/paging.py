"""Reading rows page by page for other programs: what comes after a key, in an order that later rows do not disturb."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, defer, selectinload

from scheduler.domain.people import Scope
from scheduler.domain.programme import EditionState
from scheduler.domain.time import TimeSpan
from scheduler.errors import UnknownBroadcast, UnknownZone
from scheduler.models import Airing, Area, Broadcast, Edition, Episode, Programme, RunningOrder, Series, Zone
from scheduler.services import library

Row = TypeVar("Row")


class BroadcastKey(NamedTuple):
    """Where a broadcast stands in the order of the plan."""

    starts_at: datetime
    id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[Row]):
    """So many rows, and the key after which more follow; None where these were the last."""

    rows: Sequence[Row]
    after: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeFilter:
    """Which episodes; what is None or empty does not limit."""

    series: str = ""
    year: int | None = None
    language: str = ""
    state: EditionState | None = None
    search: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What a scope hears of a broadcast: how many of its zones, and in which languages."""

    zones: int = 0
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownBroadcast:
    """A broadcast with what a scope hears of it; airings in other languages are left out."""

    broadcast: Broadcast
    heard: Heard
    airings: Sequence[Airing] = field(default_factory=tuple)


# --- catalogue: it belongs to no area ----------------------------------------------------------------------------
def find_series(session: Session, *, after: str | None, limit: int) -> Page[Series]:
    """Series in use, by code."""
    wanted = select(Series).where(Series.removed_at.is_(None)).options(selectinload(Series.languages))
    if after is not None:
        wanted = wanted.where(Series.code > after)
    return _cut(session.scalars(wanted.order_by(Series.code).limit(limit + 1)).all(), limit, lambda row: row.code)


def find_episodes(
    session: Session, wanted: EpisodeFilter, *, after: int | None, limit: int
) -> Page[Episode]:  # fmt: skip
    """Episodes that fit, in the order in which they were entered."""
    query = _episodes(wanted)
    if after is not None:
        query = query.where(Episode.id > after)
    return _cut(session.scalars(query.order_by(Episode.id).limit(limit + 1)).all(), limit, lambda row: row.id)


def _episodes(wanted: EpisodeFilter) -> Select[Any]:
    query = (
        select(Episode)
        .join(Series)
        .where(Episode.removed_at.is_(None), Series.removed_at.is_(None))
        .options(
            selectinload(Episode.series),
            selectinload(Episode.editions).options(defer(Edition.script), selectinload(Edition.approved_recording)),
        )
    )
    if wanted.series:
        query = query.where(Series.code == wanted.series)
    if wanted.year is not None:
        query = query.where(Episode.year == wanted.year)
    for condition in library.search_conditions(wanted.search):
        query = query.where(condition)
    asked: list[ColumnElement[bool]] = []
    if wanted.language:
        asked.append(Edition.language == wanted.language)
    if wanted.state is not None:
        asked.append(Edition.state == wanted.state)
    return query.where(Episode.editions.any(and_(*asked))) if asked else query


# --- plan ---------------------------------------------------------------------------------------------------------
def find_broadcasts(
    session: Session, span: TimeSpan, scope: Scope, *, series: str = "", after: BroadcastKey | None, limit: int
) -> Page[ShownBroadcast]:
    """Broadcasts that start in a stretch of time and are heard in a zone of the scope, by start."""
    query = _broadcasts(scope).where(Broadcast.starts_at >= span.starts_at, Broadcast.starts_at < span.ends_at)
    if series:
        query = query.where(Broadcast.series.has(Series.code == series))
    if after is not None:
        query = query.where(
            or_(
                Broadcast.starts_at > after.starts_at,
                (Broadcast.starts_at == after.starts_at) & (Broadcast.id > after.id),
            )
        )
    rows = session.scalars(query.order_by(Broadcast.starts_at, Broadcast.id).limit(limit + 1)).all()
    page = _cut(rows, limit, lambda row: BroadcastKey(row.starts_at, row.id))
    return Page(rows=_shown(session, page.rows, scope), after=page.after)


def get_broadcast(session: Session, broadcast_id: UUID, scope: Scope) -> ShownBroadcast:
    """One broadcast that is heard in the scope. Raises `UnknownBroadcast`."""
    found = session.scalar(_broadcasts(scope).where(Broadcast.id == broadcast_id))
    if found is None:
        raise UnknownBroadcast(broadcast=str(broadcast_id))
    return _shown(session, [found], scope)[0]


def find_zones_of_broadcast(
    session: Session, broadcast_id: UUID, scope: Scope, *, after: str | None, limit: int
) -> Page[tuple[Zone, tuple[str, ...]]]:
    """The zones of the scope that hear a broadcast, by code, each with the languages it hears, in order."""
    query = (
        select(Zone, RunningOrder.parts)
        .join(Programme, Programme.zone_id == Zone.id)
        .join(RunningOrder, RunningOrder.key == Programme.running_order_key)
        .where(Programme.broadcast_id == broadcast_id, *_zones_in(scope))
    )
    if after is not None:
        query = query.where(Zone.code > after)
    found = session.execute(query.order_by(Zone.code).limit(limit + 1)).all()
    rows = [(zone, tuple(_languages_of(parts))) for zone, parts in found]
    return _cut(rows, limit, lambda row: row[0].code)


def _broadcasts(scope: Scope) -> Select[Broadcast]:
    query = select(Broadcast).options(
        selectinload(Broadcast.series), selectinload(Broadcast.episode), selectinload(Broadcast.slot)
    )
    if scope.is_everywhere:
        return query
    heard = select(Programme.zone_id).join(Zone, Zone.id == Programme.zone_id)
    return query.where(heard.where(Programme.broadcast_id == Broadcast.id, *_zones_in(scope)).exists())


def _shown(session: Session, rows: Sequence[Broadcast], scope: Scope) -> list[ShownBroadcast]:
    ids = [row.id for row in rows]
    heard = _heard(session, ids, scope)
    airings: dict[UUID, list[Airing]] = {number: [] for number in ids}
    for airing in session.scalars(
        select(Airing).where(Airing.broadcast_id.in_(ids)).order_by(Airing.language.desc(), Airing.id)
    ):
        if airing.language in heard.get(airing.broadcast_id, Heard()).languages or scope.is_everywhere:
            airings[airing.broadcast_id].append(airing)
    return [
        ShownBroadcast(broadcast=row, heard=heard.get(row.id, Heard()), airings=tuple(airings[row.id])) for row in rows
    ]


def _heard(session: Session, ids: Collection[UUID], scope: Scope) -> Mapping[UUID, Heard]:
    found = session.execute(
        select(Programme.broadcast_id, Programme.running_order_key)
        .join(Zone, Zone.id == Programme.zone_id)
        .where(Programme.broadcast_id.in_(ids), *_zones_in(scope))
    ).all()
    keys = {key for _, key in found}
    parts: dict[str, list[Any]] = dict(
        session.execute(select(RunningOrder.key, RunningOrder.parts).where(RunningOrder.key.in_(keys))).all()
    )
    zones: dict[UUID, int] = {}
    languages: dict[UUID, set[str]] = {}
    for broadcast_id, key in found:
        zones[broadcast_id] = zones.get(broadcast_id, 0) + 1
        languages.setdefault(broadcast_id, set()).update(_languages_of(parts[key]))
    return {key: Heard(zones=number, languages=frozenset(languages[key])) for key, number in zones.items()}


def _languages_of(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    return [part["language"] for part in parts if part.get("language")]


# --- places -------------------------------------------------------------------------------------------------------
def find_zones(session: Session, scope: Scope, *, after: str | None, limit: int) -> Page[Zone]:
    """Zones in use or paused that lie in the scope, by code."""
    query = (
        select(Zone)
        .where(Zone.removed_at.is_(None), *_zones_in(scope))
        .options(selectinload(Zone.languages), selectinload(Zone.loudspeakers), selectinload(Zone.area))
    )
    if after is not None:
        query = query.where(Zone.code > after)
    return _cut(session.scalars(query.order_by(Zone.code).limit(limit + 1)).all(), limit, lambda row: row.code)


def get_zone_ever(session: Session, code: str, scope: Scope) -> Zone:
    """A zone of the scope, also one taken out of use since: its past is in the log. Raises `UnknownZone`."""
    zone = session.scalar(select(Zone).where(Zone.code == code, *_zones_in(scope)))
    if zone is None:
        raise UnknownZone(zone=code)
    return zone


def find_areas(
    session: Session, scope: Scope, *, on: date, after: int | None, limit: int
) -> Page[Area]:  # fmt: skip
    """Areas of the scope that exist on a day, in the order in which they were entered."""
    query = select(Area).where(Area.valid_from <= on, or_(Area.valid_to.is_(None), Area.valid_to > on))
    query = query.options(selectinload(Area.codes))
    if scope.area_ids is not None:
        query = query.where(Area.id.in_(scope.area_ids))
    if after is not None:
        query = query.where(Area.id > after)
    return _cut(session.scalars(query.order_by(Area.id).limit(limit + 1)).all(), limit, lambda row: row.id)


def _zones_in(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.area_ids is None else [Zone.area_id.in_(scope.area_ids)]


def _cut(rows: Sequence[Row], limit: int, key_of: Any) -> Page[Row]:
    """One row more than asked for was read: where it is there, more follow."""
    shown = rows[:limit]
    return Page(rows=shown, after=key_of(shown[-1]) if len(rows) > limit else None)
