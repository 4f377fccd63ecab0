"""Deliveries of the plan about which the as-run log says nothing yet: to come, under way, or not reported."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaTree, CarrierKind
from scheduler.domain.log_filter import LogFilter, Sort
from scheduler.domain.people import Scope
from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.time import TimeSpan, day_span, local_day
from scheduler.models import Airing, AsRunEntry, Broadcast, Edition, Episode, Programme, RunningOrder, Series, Zone
from scheduler.services import coverage, village_reports
from scheduler.services.log_reading import find_zone_ids

_OPEN = (BroadcastState.PLANNED, BroadcastState.ON_AIR)
"""Once every zone of a broadcast is in the log the broadcast is done, villages apart: they may tell weeks later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedAiring:
    """An airing of the plan, as the lines of its zones tell of it."""

    id: UUID
    broadcast_id: UUID
    starts_at: datetime
    series_title: str
    year: int
    number: int
    title: str
    language: str
    seconds: float
    priority: int
    exercise: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingAiring:
    """How many of an airing's zones that fit the filter are not in the log yet."""

    airing: PlannedAiring
    zones: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingLine:
    """One zone of an airing that is not in the log yet; `area_name` is the commune on that day."""

    airing: PlannedAiring
    planned_at: datetime
    zone_id: int
    zone_code: str
    zone_name: str
    area_name: str


def count_waiting(session: Session, wanted: LogFilter, scope: Scope, *, zone: ZoneInfo) -> list[WaitingAiring]:
    """The airings that wait, by time, each with the number of its zones."""
    look = _Look(session, wanted, scope, zone)
    airings = look.airings()
    planned: Counter[tuple[UUID, str]] = Counter()
    for broadcast_id, key, number in session.execute(look.programmes_by_order(airings.values())):
        for language in look.orders[key]:
            planned[broadcast_id, language] += number
    reported = {airing_id: number for airing_id, number in session.execute(look.reported_by_airing(airings.values()))}  # noqa: C416 -- rows are not pairs to the checker
    found = [
        WaitingAiring(airing=item, zones=planned[item.broadcast_id, item.language] - reported.get(item.id, 0))
        for item in airings.values()
    ]
    return [item for item in found if item.zones > 0]


def stream_waiting(session: Session, wanted: LogFilter, scope: Scope, *, zone: ZoneInfo) -> Iterator[WaitingLine]:
    """Zone by zone what waits, by time."""
    look = _Look(session, wanted, scope, zone)
    by_broadcast: dict[UUID, dict[str, PlannedAiring]] = {}
    for item in look.airings().values():
        by_broadcast.setdefault(item.broadcast_id, {})[item.language] = item
    for broadcast_id, by_language in by_broadcast.items():
        reported = look.reported_of(broadcast_id)
        for zone_id, code, name, area_id, key in session.execute(look.programmes_of(broadcast_id)):
            for language, starts_s in look.orders[key].items():
                airing = by_language.get(language)
                if airing is not None and (airing.id, zone_id) not in reported:
                    yield WaitingLine(
                        airing=airing,
                        planned_at=airing.starts_at + timedelta(seconds=starts_s),
                        zone_id=zone_id,
                        zone_code=code,
                        zone_name=name,
                        area_name=look.commune_of(area_id, airing.starts_at),
                    )


class _Look:
    """One look at the plan by one filter: what is read once for all broadcasts."""

    def __init__(self, session: Session, wanted: LogFilter, scope: Scope, zone: ZoneInfo) -> None:
        self._session = session
        self._wanted = wanted
        self._zone = zone
        self._tree: AreaTree = coverage.load_tree(session)
        self._zones = self._zone_conditions(scope)
        self.orders: Mapping[str, Mapping[str, float]] = {}

    def airings(self) -> dict[UUID, PlannedAiring]:
        """The airings of open broadcasts that fit, by time."""
        wanted = self._wanted
        if wanted.asks_what_happened:
            return {}
        span = day_span(wanted.first, wanted.last, self._zone)
        query = (
            select(
                Airing.id, Airing.broadcast_id, Airing.language, Airing.seconds, Broadcast.starts_at,
                Broadcast.priority, Broadcast.exercise, Series.title.label("series_title"), Episode.year,
                Episode.number, func.coalesce(func.nullif(Edition.title, ""), Episode.title).label("title"),
            )
            .join(Broadcast, Broadcast.id == Airing.broadcast_id)
            .join(Edition, Edition.id == Airing.edition_id)
            .join(Episode, Episode.id == Broadcast.episode_id)
            .join(Series, Series.id == Broadcast.series_id)
            .where(
                or_(Broadcast.state.in_(_OPEN), self._is_told_late(span)),
                Broadcast.starts_at >= span.starts_at,
                Broadcast.starts_at < span.ends_at,
                *_static(wanted),
            )
            .order_by(Broadcast.starts_at, Broadcast.id, Airing.language.desc())
        )  # fmt: skip
        found = {row["id"]: PlannedAiring(**row) for row in self._session.execute(query).mappings()}
        self.orders = self._read_orders({item.broadcast_id for item in found.values()})
        return found

    def _is_told_late(self, span: TimeSpan) -> ColumnElement[bool]:
        """Broadcasts of the last weeks of a stretch that are over, and that villages hear."""
        if not village_reports.has_villages(self._session):
            return false()
        in_village = select(Programme.zone_id).join(Zone, Zone.id == Programme.zone_id)
        in_village = in_village.where(Programme.broadcast_id == Broadcast.id, Zone.carrier == CarrierKind.VILLAGE)
        return and_(
            Broadcast.state == BroadcastState.DONE,
            Broadcast.starts_at >= span.ends_at - village_reports.LOOKED_BACK,
            in_village.exists(),
        )

    def programmes_by_order(self, airings: Iterable[PlannedAiring]) -> Select[*tuple[Any, ...]]:
        """How many zones that fit have each running order, by broadcast."""
        query = (
            select(Programme.broadcast_id, Programme.running_order_key, func.count())
            .where(Programme.broadcast_id.in_({item.broadcast_id for item in airings}))
            .group_by(Programme.broadcast_id, Programme.running_order_key)
        )
        return query.join(Zone, Zone.id == Programme.zone_id).where(*self._zones) if self._zones else query

    def reported_by_airing(self, airings: Iterable[PlannedAiring]) -> Select[*tuple[Any, ...]]:
        """How many zones that fit have told, by airing."""
        query = (
            select(AsRunEntry.airing_id, func.count())
            .where(AsRunEntry.airing_id.in_({item.id for item in airings}), AsRunEntry.attempt == 1)
            .group_by(AsRunEntry.airing_id)
        )
        return query.join(Zone, Zone.id == AsRunEntry.zone_id).where(*self._zones) if self._zones else query

    def programmes_of(self, broadcast_id: UUID) -> Select[*tuple[Any, ...]]:
        """The zones of a broadcast that fit."""
        return (
            select(Zone.id, Zone.code, Zone.name, Zone.area_id, Programme.running_order_key)
            .join(Programme, Programme.zone_id == Zone.id)
            .where(Programme.broadcast_id == broadcast_id, *self._zones)
            .order_by(Zone.id)
        )

    def reported_of(self, broadcast_id: UUID) -> set[tuple[UUID, int]]:
        """Which airings of a broadcast are in the log, with the zones."""
        query = select(AsRunEntry.airing_id, AsRunEntry.zone_id).where(AsRunEntry.broadcast_id == broadcast_id)
        return set(self._session.execute(query).all())

    def commune_of(self, area_id: int, at: datetime) -> str:
        """The name of the commune an area belongs to at an instant."""
        return self._tree.commune_of(area_id, on=local_day(at, self._zone)).name

    def _zone_conditions(self, scope: Scope) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if scope.area_ids is not None:
            found.append(Zone.area_id.in_(scope.area_ids))
        if self._wanted.place:
            found.append(Zone.id.in_(find_zone_ids(self._session, self._wanted.place)))
        if self._wanted.area_id is not None:
            found.append(Zone.area_id.in_(self._areas_of_commune(self._wanted.area_id, self._wanted.last)))
        return found

    def _areas_of_commune(self, commune_id: int, on: date) -> Sequence[int]:
        return [number for number in self._tree.area_ids() if self._tree.commune_of(number, on=on).id == commune_id]

    def _read_orders(self, broadcasts: set[UUID]) -> dict[str, dict[str, float]]:
        """Where each language begins in the running orders of broadcasts, in seconds, by key and language."""
        keys = select(Programme.running_order_key).where(Programme.broadcast_id.in_(broadcasts)).distinct()
        found = {}
        for order in self._session.scalars(select(RunningOrder).where(RunningOrder.key.in_(keys))):
            lengths = [float(part["seconds"]) for part in order.parts]
            starts = order.starts_s or [sum(lengths[:place]) for place in range(len(lengths))]
            found[order.key] = {
                str(part["language"]): float(start)
                for part, start in zip(order.parts, starts, strict=False)
                if part["role"] == "edition"
            }
        return found


def _static(wanted: LogFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.language:
        found.append(Airing.language == wanted.language)
    if wanted.series_id is not None:
        found.append(Broadcast.series_id == wanted.series_id)
    if wanted.airing_id is not None:
        found.append(Airing.id == wanted.airing_id)
    if wanted.sort is not None:
        is_urgent = Broadcast.priority >= int(Priority.EMERGENCY)
        ordinary = and_(Broadcast.exercise.is_(False), is_urgent if wanted.sort is Sort.EMERGENCY else ~is_urgent)
        found.append(Broadcast.exercise.is_(True) if wanted.sort is Sort.EXERCISE else ordinary)
    return found
