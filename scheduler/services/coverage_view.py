"""What the page of places shows: the tree of areas, zones with how they are now, points of the map, one zone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaKind, AreaTree, Position, ZoneState, is_valid
from scheduler.domain.people import Scope
from scheduler.domain.planning import BroadcastState
from scheduler.domain.text import fold, sort_key
from scheduler.errors import UnknownZone
from scheduler.models import (
    Area,
    AsRunEntry,
    Broadcast,
    Episode,
    Programme,
    Zone,
    ZoneLanguage,
)
from scheduler.services import coverage, tally
from scheduler.services.zone_states import Now, States

PER_PAGE = 100
LAST_SHOWN, NEXT_SHOWN = 20, 5
LOOKED_BACK = timedelta(days=30)
AREAS_SHOWN = 20
AREAS_SUGGESTED = 200
TROUBLE = (
    ZoneState.NO_PLAYER, ZoneState.BOX_TROUBLE, ZoneState.OFFLINE, ZoneState.FILES_LACKING, ZoneState.CARRIER_DOWN,
    ZoneState.SILENT, ZoneState.NO_LOUDSPEAKER,
)  # fmt: skip
TREE_LEVELS = ("province", "city", "commune")
"""What the tree shows without being opened; villages may be thousands."""


@dataclass(kw_only=True, slots=True)
class AreaBranch:
    """An area of the tree with what lies directly below it."""

    id: int
    name: str
    kind: str
    zones: int
    """How many zones lie in it, at any depth."""
    on_air: int
    trouble: int
    """How many of them are silent, have no way for the sound, or no loudspeaker that works."""
    paused: int
    is_chosen: bool
    branches: list["AreaBranch"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneRow:
    """A zone of a list or a map, and how it is now."""

    id: int
    code: str
    name: str
    area_id: int
    area: str
    state: ZoneState
    position: Position | None
    sample: bool = False
    """It belongs to the sample, and so does its place on the map."""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundZones:
    """One page of zones, and how many there are."""

    rows: Sequence[ZoneRow]
    number: int
    unplaced: int
    """How many of them have no place on the map."""
    has_samples: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneFilter:
    """Which zones to see."""

    area_id: int | None = None
    search: str = ""
    state: ZoneState | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NextBroadcast:
    """A broadcast to come in a zone."""

    broadcast: Broadcast
    title: str
    number: int
    year: int


# --- zones ---------------------------------------------------------------------------------------------------------
def read_rows(session: Session, scope: Scope, *, moment: Now) -> list[ZoneRow]:
    """All zones in use or paused that a person sees, with how they are now."""
    states = States(session, moment=moment)
    found = session.execute(
        select(
            Zone.id, Zone.code, Zone.name, Zone.area_id, Area.name, Zone.carrier, Zone.active,
            Zone.latitude, Zone.longitude, Zone.sample,
        )
        .join(Area, Area.id == Zone.area_id)
        .where(Zone.removed_at.is_(None))
    )  # fmt: skip
    return [
        ZoneRow(
            id=zone_id,
            code=code,
            name=name,
            area_id=area_id,
            area=area,
            state=states.of(zone_id, active=active, carrier=carrier),
            position=position_of(latitude, longitude),
            sample=sample,
        )
        for zone_id, code, name, area_id, area, carrier, active, latitude, longitude, sample in found
        if scope.holds(area_id)
    ]


def find_zones(
    session: Session, rows: Sequence[ZoneRow], wanted: ZoneFilter, *, on: date, tree: AreaTree, page: int = 1
) -> FoundZones:
    """A page of the zones that fit, in the order of names."""
    text = fold(wanted.search)
    communes = {area_id: tree.commune_of(area_id, on=on).name for area_id in {row.area_id for row in rows}}
    inside = _areas_in(tree, wanted.area_id, on=on)
    found = [
        row
        for row in rows
        if (inside is None or row.area_id in inside)
        and (not text or text in fold(f"{row.code} {row.name} {row.area} {communes[row.area_id]}"))
        and (wanted.state is None or row.state is wanted.state)
    ]
    found.sort(key=lambda row: (_order_of(row.name), row.code))
    return FoundZones(
        rows=[
            replace(row, area=communes[row.area_id])
            for row in _with_languages(session, found[(page - 1) * PER_PAGE : page * PER_PAGE])
        ],
        number=len(found),
        unplaced=sum(1 for row in found if row.position is None),
        has_samples=any(row.sample and row.position is not None for row in found),
    )


def position_of(latitude: float | None, longitude: float | None) -> Position | None:
    """A place on the map, where both numbers are known."""
    if latitude is None or longitude is None:
        return None
    return Position(latitude=latitude, longitude=longitude)


def _with_languages(session: Session, rows: Sequence[ZoneRow]) -> list[ZoneRow]:
    languages: dict[int, list[str]] = defaultdict(list)
    numbers = [row.id for row in rows]
    for zone_id, language in session.execute(
        select(ZoneLanguage.zone_id, ZoneLanguage.language)
        .where(ZoneLanguage.zone_id.in_(numbers))
        .order_by(ZoneLanguage.zone_id, ZoneLanguage.position)
    ):
        languages[zone_id].append(language)
    return [replace(row, languages=tuple(languages[row.id])) for row in rows]


@lru_cache(maxsize=20_000)
def _order_of(name: str) -> bytes:
    return sort_key(name)


def _areas_in(tree: AreaTree, area_id: int | None, *, on: date) -> frozenset[int] | None:
    if area_id is None:
        return None
    return frozenset(number for number in tree.area_ids() if tree.lies_in(number, area_id, on=on))


# --- the tree -------------------------------------------------------------------------------------------------------
def find_tree(
    rows: Iterable[ZoneRow], scope: Scope, *, on: date, tree: AreaTree, chosen: int | None = None
) -> list[AreaBranch]:
    """The areas that a person sees, as a tree that is open down to the chosen one and what lies directly in it."""
    counts = _count_below(rows, tree, on=on)
    above_chosen = set() if chosen is None else {node.id for node in tree.lineage(chosen, on=on)}
    seen = [
        node
        for node in (tree.get(number) for number in tree.area_ids())
        if scope.holds(node.id) and is_valid(node.valid_from, node.valid_to, on=on)
    ]
    below: dict[int | None, list[AreaBranch]] = defaultdict(list)
    known = {node.id for node in seen}
    for node in seen:
        # A village of a commune that was merged lies in what the commune became.
        parent = next((above.id for above in tree.lineage(node.id, on=on)[1:2] if above.id in known), None)
        if node.kind not in TREE_LEVELS and parent is not None and parent not in above_chosen:
            continue
        below[parent].append(
            AreaBranch(
                id=node.id,
                name=node.name,
                kind=node.kind,
                zones=counts[node.id].total(),
                on_air=counts[node.id][ZoneState.ON_AIR],
                trouble=sum(counts[node.id][state] for state in TROUBLE),
                paused=counts[node.id][ZoneState.PAUSED],
                is_chosen=node.id == chosen,
                branches=below[node.id],
            )
        )
    for branches in below.values():
        branches.sort(key=lambda branch: (_order_of(branch.name), branch.id))
    return below[None]


def _count_below(rows: Iterable[ZoneRow], tree: AreaTree, *, on: date) -> dict[int, Counter[ZoneState]]:
    """How many zones of each state lie in an area on a day, at any depth."""
    counts: dict[int, Counter[ZoneState]] = defaultdict(Counter)
    for row in rows:
        for above in tree.lineage(row.area_id, on=on):
            counts[above.id][row.state] += 1
    return counts


def find_areas(scope: Scope, search: str, *, on: date, tree: AreaTree) -> list[tuple[int, str]]:
    """The areas of a day whose name holds the text (without diacritics), each with what it lies in."""
    wanted = fold(search)
    if not wanted:
        return []
    found = [
        (number, told)
        for number, told in find_area_choices(scope, on=on, tree=tree)
        if wanted in fold(tree.get(number).name)
    ]
    return found[:AREAS_SHOWN]


def find_area_choices(scope: Scope, *, on: date, tree: AreaTree, most: int | None = None) -> list[tuple[int, str]]:
    """The areas a person may put something in, each with what it lies in, in the order of the tree.

    Where there are more than `most`, villages are left out.
    """
    nodes = [tree.get(number) for number in tree.area_ids() if scope.holds(number)]
    nodes = [node for node in nodes if is_valid(node.valid_from, node.valid_to, on=on)]
    if most is not None and len(nodes) > most:
        nodes = [node for node in nodes if node.kind != AreaKind.VILLAGE]
    named: list[tuple[list[bytes], int, str]] = []
    for node in nodes:
        path = [item.name for item in reversed(tree.lineage(node.id, on=on))]
        named.append(([_order_of(name) for name in path], node.id, " › ".join(path)))
    return [(number, name) for _, number, name in sorted(named)]


def suggest_areas(scope: Scope, *, on: date, tree: AreaTree, but: int | None = None) -> list[tuple[str, str]]:
    """What is suggested to who types an area: `Chiềng An #12`, and where that is; a village may be typed all the same.

    A list of thousands takes long to make and to send, and nobody reads it.
    """
    found = find_area_choices(scope, on=on, tree=tree, most=AREAS_SUGGESTED)
    return [(coverage.tell_area(number, tree.get(number).name), path) for number, path in found if number != but]


# --- one zone -------------------------------------------------------------------------------------------------------
def find_last_deliveries(session: Session, zone: Zone, *, on: date) -> list[AsRunEntry]:
    """What became of the last airings in a zone, as the log says now; the newest first."""
    return list(
        session.scalars(
            select(AsRunEntry)
            .where(
                AsRunEntry.zone_id == zone.id,
                AsRunEntry.local_day.between(on - LOOKED_BACK, on),
                tally.entry_holds(),
            )
            .order_by(AsRunEntry.local_day.desc(), AsRunEntry.planned_at.desc(), AsRunEntry.id.desc())
            .limit(LAST_SHOWN)
        )
    )


def find_next(session: Session, zone: Zone, *, now: datetime, limit: int = NEXT_SHOWN) -> list[NextBroadcast]:
    """The broadcasts to come in a zone."""
    found = session.execute(
        select(Broadcast, Episode.title, Episode.number, Episode.year)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(Programme.zone_id == zone.id, Broadcast.state == BroadcastState.PLANNED, Broadcast.starts_at > now)
        .order_by(Broadcast.starts_at, Broadcast.id)
        .limit(limit)
    )
    return [NextBroadcast(broadcast=row, title=title, number=number, year=year) for row, title, number, year in found]


def where_hours_come_from(zone: Zone, tree: AreaTree, *, on: date) -> str | None:
    """The name of the area whose hours a zone keeps; None for the station's own, empty for the zone's own."""
    if zone.allowed_hours is not None:
        return ""
    return next((node.name for node in tree.lineage(zone.area_id, on=on) if node.hours is not None), None)


def get_zone(session: Session, code: str, scope: Scope) -> Zone:
    """A zone within a scope. Raises `UnknownZone`, also for one outside of it."""
    zone = coverage.get_zone(session, code)
    if not scope.holds(zone.area_id):
        raise UnknownZone(zone=code)
    return zone
