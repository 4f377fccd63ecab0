"""The boxes of all villages at once: how each is, whether it holds what it is to play next, lists of them, counts."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, select
from sqlalchemy.orm import Session, aliased

from scheduler.domain.coverage import AreaTree, CarrierKind, Position
from scheduler.domain.fleet import (
    TWIN_TOLD_FOR,
    BoxFacts,
    FleetSort,
    FleetState,
    Lack,
    NextFile,
    find_lacks,
    holds_its_file,
    may_be_silent,
    state_of,
)
from scheduler.domain.people import Scope
from scheduler.domain.planning import BroadcastState
from scheduler.domain.text import fold, sort_key
from scheduler.domain.village import JournalState
from scheduler.models import Area, AuditEntry, Broadcast, Programme, RunningOrder, Zone
from scheduler.models.village import (
    CommandDelivery,
    PairingCode,
    Player,
    PlayerState,
    VillageCommand,
    VillageJournalRow,
    VillagePlan,
)
from scheduler.services.coverage import load_tree
from scheduler.services.coverage_view import position_of

PER_PAGE = 100
OVERLAP = timedelta(seconds=5)
"""What is told at one instant may be written a while later than what was told after it."""
_WORST_FIRST = {state: place for place, state in enumerate(FleetState)}


class Box(NamedTuple):
    """A zone of the villages with its box, as a list or a map shows it."""

    zone_id: int
    code: str
    name: str
    area_id: int
    area: str
    position: Position | None
    player_id: int | None
    sample: bool
    facts: BoxFacts
    state: FleetState


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A box of a list: with what it lacks and the area above its own."""

    box: Box
    commune: str
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """All boxes at one instant, and what each is to play at the next start; shared by all who look."""

    at: datetime
    boxes: Sequence[Box]
    starts_at: datetime | None
    """When the next broadcast starts that any village hears."""
    coming: Mapping[int, NextFile]
    """By zone: what it hears then; a zone that hears nothing then is not in it."""
    lacks: Mapping[int, Sequence[Lack]]
    """By zone: what its box lacks for what it is to play next."""

    def lacks_of(self, box: Box) -> Sequence[Lack]:
        """What a box lacks for what it is to play next."""
        return self.lacks[box.zone_id]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """Numbers that change when something does."""

    structure: tuple[Any, ...]
    """Which boxes, plans, files and names there are: with another one all is read again."""
    spoken: tuple[Any, ...]
    """What boxes said, and what they were told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """How many of the villages that hear the next broadcast hold its file."""

    starts_at: datetime
    zones: int
    ready: int
    doubtful: int
    """Of the ready ones: those that say of themselves that they may not be heard."""
    offline: int
    """Of the ready ones: those out of contact, which go on by themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetFilter:
    """Which boxes to see, and in what order."""

    area_ids: Collection[int] | None = None
    search: str = ""
    state: FleetState | None = None
    not_ready: bool = False
    sort: FleetSort = FleetSort.STATE


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One page of boxes, and how many there are."""

    rows: Sequence[Row]
    number: int
    unplaced: int


# --- reading -------------------------------------------------------------------------------------------------------
def load(session: Session, *, now: datetime) -> Fleet:
    """All boxes, read at once."""
    boxes = _read_boxes(session, now=now)
    starts_at = _next_start(session, now=now)
    coming = {} if starts_at is None else _read_coming(session, starts_at)
    return Fleet(at=now, boxes=boxes, starts_at=starts_at, coming=coming, lacks=_find_lacks(boxes, coming, now=now))


def load_box(session: Session, zone_id: int, *, now: datetime) -> Box | None:
    """The box of one zone; None when the zone is not reached through one."""
    return next(iter(_read_boxes(session, now=now, zone_ids=[zone_id])), None)


def renew(session: Session, before: Fleet, *, now: datetime) -> Fleet:
    """The boxes a moment later, where no box was paired or revoked and no plan is newer: only what spoke is read."""
    since = before.at - OVERLAP
    state = PlayerState
    spoke = session.scalars(
        select(Player.zone_id)
        .join(state, state.player_id == Player.id)
        .where((state.seen_at >= since) | (state.turned_at >= since) | (state.twin_at >= now - TWIN_TOLD_FOR - OVERLAP))
    ).all()
    if len(spoke) > len(before.boxes) // 2 or before.starts_at is None or before.starts_at <= now:
        return load(session, now=now)
    newer = {box.zone_id: box for box in _read_boxes(session, now=now, zone_ids=spoke)}
    missing = _read_missing(session, zone_ids=spoke)
    heard = {zone_id: before.coming[zone_id] for zone_id in spoke if zone_id in before.coming}
    coming = {zone_id: replace(file, missing=missing.get(zone_id, ())) for zone_id, file in heard.items()}
    return Fleet(
        at=now,
        boxes=[newer.get(box.zone_id, box) for box in before.boxes],
        starts_at=before.starts_at,
        coming={**before.coming, **coming},
        lacks={**before.lacks, **_find_lacks(newer.values(), coming, now=now)},
    )


def read_signature(session: Session, *, now: datetime) -> Signature:
    """Something that is another as soon as anything changed that pages of boxes show; cheap to read."""
    state, delivery = PlayerState, CommandDelivery
    structure = (
        select(func.count(), func.max(Player.id), func.count(Player.revoked_at)),
        select(func.count(), func.sum(VillagePlan.version)),
        select(func.count(RunningOrder.transport_sha256)),
        select(func.max(AuditEntry.id)),
    )
    spoken = (
        select(
            func.count(), func.max(state.seen_at), func.max(state.turned_at), func.sum(state.plan_version),
            func.sum(state.files_ready), func.sum(state.files_wanted), func.sum(state.journal_waiting),
            func.sum(state.data_bytes), func.count(state.on_air), func.max(state.twin_at),
        ),
        select(func.count(), func.count(PairingCode.used_at)),
        select(func.count()).where(VillageJournalRow.state == JournalState.QUARANTINED),
        select(func.count(), func.count(delivery.sent_at), func.count(delivery.outcome))
        .join(VillageCommand, VillageCommand.id == delivery.command_id)
        .where(VillageCommand.expires_at > now),
        select(func.max(VillageCommand.issued_at)),
    )  # fmt: skip

    def read(statement: Select[*tuple[Any, ...]]) -> tuple[Any, ...]:
        return tuple(session.execute(statement).one())

    return Signature(structure=tuple(map(read, structure)), spoken=tuple(map(read, spoken)))


def _read_boxes(session: Session, *, now: datetime, zone_ids: Collection[int] | None = None) -> list[Box]:
    player, state, plan = Player, PlayerState, VillagePlan
    zone = (Zone.id, Zone.code, Zone.name, Zone.area_id, Area.name, Zone.latitude, Zone.longitude, Zone.active)
    statement = (
        select(
            *zone,
            player.id, player.sample, state.online, state.seen_at, state.turned_at, state.twin_at, state.plan_version,
            state.plan_until, state.files_wanted, state.files_ready, state.on_air.is_not(None),
            cast(state.problems, Text), plan.version,
        )
        .join(Area, Area.id == Zone.area_id)
        .outerjoin(player, and_(player.zone_id == Zone.id, player.revoked_at.is_(None)))
        .outerjoin(state, state.player_id == player.id)
        .outerjoin(plan, plan.zone_id == Zone.id)
        .where(Zone.removed_at.is_(None))
        .where((Zone.carrier == CarrierKind.VILLAGE) | player.id.is_not(None))
    )  # fmt: skip
    if zone_ids is not None:
        statement = statement.where(Zone.id.in_(zone_ids))
    # Thousands of rows that are no objects: the connection gives them in half the time of the session.
    return [_box_of(row, now=now) for row in session.connection().execute(statement)]


def _box_of(row: tuple[Any, ...], *, now: datetime) -> Box:
    (zone_id, code, name, area_id, area, latitude, longitude, active, player_id, sample, online, seen_at, turned_at,
     twin_at, plan_version, plan_until, wanted, ready, on_air, problems, newest) = row  # fmt: skip
    facts = BoxFacts(
        active=active, has_player=player_id is not None, online=bool(online), on_air=bool(on_air),
        seen_at=seen_at, turned_at=turned_at, twin_at=twin_at, plan_version=plan_version or 0, plan_until=plan_until,
        files_wanted=wanted or 0, files_ready=ready or 0, problems=_problems_in(problems), station_version=newest,
    )  # fmt: skip
    return Box(
        zone_id, code, name, area_id, area, position_of(latitude, longitude), player_id, bool(sample), facts,
        state_of(facts, now=now),
    )  # fmt: skip


@lru_cache(maxsize=1000)
def _problems_in(text: str | None) -> tuple[str, ...]:
    """Thousands of boxes say the same few things: each is read once."""
    return tuple(str(problem) for problem in json.loads(text)) if text else ()


def is_no_order() -> ColumnElement[bool]:
    """What a person lets villages say at once is in no plan: nobody is to be ready for it beforehand."""
    return ~exists().where(VillageCommand.broadcast_id == Broadcast.id)


def _next_start(session: Session, *, now: datetime) -> datetime | None:
    """When the next broadcast starts that a village hears; one start after another, since most reach villages."""
    hears_it = (
        select(Programme.broadcast_id)
        .join(Zone, Zone.id == Programme.zone_id)
        .where(Programme.broadcast_id == Broadcast.id, Zone.carrier == CarrierKind.VILLAGE, Zone.removed_at.is_(None))
        .exists()
    )
    return session.scalar(
        select(Broadcast.starts_at)
        .where(Broadcast.state == BroadcastState.PLANNED, Broadcast.starts_at > now, hears_it, is_no_order())
        .order_by(Broadcast.starts_at)
        .limit(1)
    )


def _read_coming(session: Session, starts_at: datetime) -> dict[int, NextFile]:
    statement = (
        select(Programme.zone_id, RunningOrder.transport_sha256)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .join(RunningOrder, RunningOrder.key == Programme.running_order_key)
        .join(Zone, Zone.id == Programme.zone_id)
        .where(Broadcast.starts_at == starts_at, Broadcast.state == BroadcastState.PLANNED, is_no_order())
        .where(Zone.carrier == CarrierKind.VILLAGE, Zone.removed_at.is_(None))
    )
    missing = _read_missing(session)
    same = cache(lambda sha256, lacking: NextFile(starts_at=starts_at, sha256=sha256, missing=lacking))
    rows = session.connection().execute(statement)
    return {zone_id: same(sha256, missing.get(zone_id, ())) for zone_id, sha256 in rows}


def _read_missing(session: Session, *, zone_ids: Collection[int] | None = None) -> dict[int, tuple[str, ...]]:
    """What boxes say they have not got, by zone; only those that lack something have their whole status read."""
    statement = (
        select(Player.zone_id, PlayerState.status)
        .join(Player, Player.id == PlayerState.player_id)
        .where(Player.revoked_at.is_(None), PlayerState.files_ready < PlayerState.files_wanted)
    )
    if zone_ids is not None:
        statement = statement.where(Player.zone_id.in_(zone_ids))
    rows = session.execute(statement)
    return {zone_id: tuple(status.get("files_missing") or ()) for zone_id, status in rows}


def _find_lacks(boxes: Iterable[Box], coming: Mapping[int, NextFile], *, now: datetime) -> dict[int, Sequence[Lack]]:
    return {box.zone_id: find_lacks(box.facts, coming.get(box.zone_id), now=now) for box in boxes}


# --- what a person sees of it --------------------------------------------------------------------------------------
def seen_by(fleet: Fleet, scope: Scope) -> list[Box]:
    """The boxes in the areas that a person sees."""
    return list(fleet.boxes) if scope.is_everywhere else [box for box in fleet.boxes if scope.holds(box.area_id)]


def count_states(boxes: Sequence[Box]) -> dict[FleetState, int]:
    """How many boxes are in each state."""
    counts = Counter(box.state for box in boxes)
    return {state: counts[state] for state in FleetState}


def sum_up(fleet: Fleet, boxes: Sequence[Box]) -> Readiness | None:
    """How ready these boxes are for the next start; None while nothing is planned for any village."""
    hearing = [box for box in boxes if box.zone_id in fleet.coming]
    if fleet.starts_at is None or not hearing:
        return None
    ready = [(box, found) for box in hearing if holds_its_file(found := fleet.lacks_of(box))]
    return Readiness(
        starts_at=fleet.starts_at,
        zones=len(hearing),
        ready=len(ready),
        doubtful=sum(may_be_silent(found) for _, found in ready),
        offline=sum(not box.facts.online for box, _ in ready),
    )


def find_boxes(
    session: Session, fleet: Fleet, boxes: Sequence[Box], wanted: FleetFilter, *, on: date, page: int = 1
) -> Found:
    """A page of the boxes that fit, with the communes of a day."""
    text = fold(wanted.search)
    communes = _read_communes(session, on=on) if text else {}
    found = [
        box
        for box in boxes
        if (wanted.area_ids is None or box.area_id in wanted.area_ids)
        and (wanted.state is None or box.state is wanted.state)
        and (not text or text in _folded(f"{box.code} {box.name} {box.area} {communes.get(box.area_id, '')}"))
        and (not wanted.not_ready or _is_not_ready(fleet, box))
    ]
    found.sort(key=lambda box: _order_of(box, wanted.sort))
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    above = _read_communes(session, {box.area_id for box in shown}, on=on)
    return Found(
        rows=[Row(box=box, commune=above.get(box.area_id, ""), lacks=tuple(fleet.lacks_of(box))) for box in shown],
        number=len(found),
        unplaced=sum(1 for box in found if box.position is None),
    )


def areas_in(tree: AreaTree, area_id: int, *, on: date) -> frozenset[int]:
    """An area with all that lies in it on a day."""
    return frozenset(number for number in tree.area_ids() if tree.lies_in(number, area_id, on=on))


def _is_not_ready(fleet: Fleet, box: Box) -> bool:
    lacks = fleet.lacks_of(box)
    return not holds_its_file(lacks) or may_be_silent(lacks)


def _order_of(box: Box, sort: FleetSort) -> tuple[Any, ...]:
    name = (sort_key(box.name), box.code)
    match sort:
        case FleetSort.STATE:
            return (_WORST_FIRST[box.state], *name)
        case FleetSort.SEEN:
            return (box.facts.seen_at is not None, box.facts.seen_at or 0, *name)
        case FleetSort.FILES:
            return (box.facts.files_ready - box.facts.files_wanted, *name)
    return name


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    return fold(text)


def _read_communes(session: Session, area_ids: Collection[int] | None = None, *, on: date) -> dict[int, str]:
    """The name of the area above an area on a day; of these, or of all."""
    above = aliased(Area)
    statement = select(Area.id, above.name, above.valid_to).join(above, above.id == Area.parent_id)
    if area_ids is not None:
        statement = statement.where(Area.id.in_(area_ids))
    found = session.execute(statement).all()
    if all(ended is None or ended > on for _, _, ended in found):
        return {area_id: name for area_id, name, _ in found}
    tree = load_tree(session)
    return {area_id: _name_above(tree, area_id, name, on=on) for area_id, name, _ in found}


def _name_above(tree: AreaTree, area_id: int, name: str, *, on: date) -> str:
    """What an area lies in on a day: a commune that was merged has given its villages to another."""
    lineage = tree.lineage(area_id, on=on)
    return lineage[1].name if len(lineage) > 1 else name
