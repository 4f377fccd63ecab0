"""Commands to villages as a person gives and follows them: whom one would reach, what became of it, those given before.

A saying that is heard in several ways is several commands of one broadcast; here it is one order.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from scheduler import village_messages
from scheduler.domain.people import Scope
from scheduler.domain.text import sort_key
from scheduler.domain.village import CommandOutcome
from scheduler.errors import NoPlayerThere, NotForWholeStation, UnknownArea, UnknownCommand, UnknownZone
from scheduler.models import Area, Broadcast, Episode, Zone
from scheduler.models.village import CommandDelivery, PlayerState, VillageCommand
from scheduler.services import village_commands
from scheduler.village_messages import Audience

S = TypeVar("S", bound="Select[*tuple[Any, ...]]")
NAMES_SHOWN = 12
PLACES_SHOWN = 3
PER_PAGE = 100
ORDERS_PER_PAGE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Whom a command would reach."""

    place: str
    """The name of the zone or the area; empty for everything."""
    boxes: int
    online: int
    names: Sequence[str]
    """The first few zones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What became of an order so far, by zones."""

    all: int
    sent: int
    """Taken by the broker."""
    done: int
    refused: int
    expired: int

    @property
    def open(self) -> int:
        """Those that have not answered and may still."""
        return self.all - self.done - self.refused - self.expired


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A command (or the commands of one saying) with what became of it, in the zones that a person sees."""

    command: VillageCommand
    ids: Sequence[UUID]
    place: str
    """The name of the zone or the area; empty for everything."""
    counts: Counts
    episode: Episode | None
    """What was said."""
    is_signed: bool
    """False while what is to be said waits for its file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What became of an order in one zone."""

    row: CommandDelivery
    kind: str
    zone_code: str
    zone_name: str
    online: bool


# --- before ---------------------------------------------------------------------------------------------------------
def check_audience(session: Session, audience: Audience, scope: Scope) -> str:
    """The name of the place; empty for everything.

    Raises `UnknownZone`, `UnknownArea` for what does not lie in the scope, `NotForWholeStation` for everything.
    """
    if audience.zone_id is not None:
        zone = session.get(Zone, audience.zone_id)
        if zone is None or zone.removed_at is not None or not scope.holds(zone.area_id):
            raise UnknownZone(zone=str(audience.zone_id))
        return zone.name
    if audience.area_id is not None:
        area = session.get(Area, audience.area_id)
        if area is None or not scope.holds(area.id):
            raise UnknownArea(area=str(audience.area_id), on="")
        return area.name
    if not scope.is_everywhere:
        raise NotForWholeStation
    return ""


def find_reach(session: Session, audience: Audience, scope: Scope, *, on: date) -> Reach:
    """Whom a command would reach; also nobody. Raises as `check_audience` does."""
    place = check_audience(session, audience, scope)
    try:
        reached = village_commands.find_reached(session, audience, on=on)
    except NoPlayerThere:
        return Reach(place=place, boxes=0, online=0, names=())
    players = {item.player_id for item in reached}
    online = set(session.scalars(select(PlayerState.player_id).where(PlayerState.online.is_(True))))
    first = [item.zone_id for item in reached[:NAMES_SHOWN]]
    names = session.scalars(select(Zone.name).where(Zone.id.in_(first)).order_by(Zone.code))
    return Reach(place=place, boxes=len(reached), online=len(players & online), names=tuple(names))


# --- after ----------------------------------------------------------------------------------------------------------
def get_order(session: Session, command_id: UUID, scope: Scope) -> Order:
    """A command with what became of it. Raises `UnknownCommand`, also when it reached no zone of the scope."""
    command = session.get(VillageCommand, command_id)
    if command is None:
        raise UnknownCommand(command=str(command_id))
    order = _orders_of(session, [command], scope)[0]
    if not order.counts.all:
        raise UnknownCommand(command=str(command_id))
    return order


def find_orders(
    session: Session, scope: Scope, *, page: int = 1, zone_id: int | None = None, most: int = ORDERS_PER_PAGE
) -> tuple[list[Order], int]:
    """A page of what was ordered (to one zone), the newest first; and how many orders there were."""
    sibling = aliased(VillageCommand)
    is_first = ~exists().where(sibling.broadcast_id == VillageCommand.broadcast_id, sibling.id < VillageCommand.id)
    statement = select(VillageCommand.id).where(is_first)
    if zone_id is not None or scope.area_ids is not None:
        other = aliased(VillageCommand)
        of_seen = select(func.coalesce(other.broadcast_id, other.id)).where(other.id.in_(_seen(scope, zone_id)))
        statement = statement.where(func.coalesce(VillageCommand.broadcast_id, VillageCommand.id).in_(of_seen))
    number = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    newest_first = statement.order_by(VillageCommand.issued_at.desc(), VillageCommand.id.desc())
    ids = list(session.scalars(newest_first.limit(most).offset((page - 1) * most)))
    commands = {item.id: item for item in session.scalars(select(VillageCommand).where(VillageCommand.id.in_(ids)))}
    return _orders_of(session, [commands[item] for item in ids], scope, zone_id=zone_id), number


def find_deliveries(session: Session, order: Order, scope: Scope, *, page: int = 1) -> list[Delivery]:
    """A page of the zones of an order that a person sees: refusals first, then what is open, then what was done."""
    outcome = CommandDelivery.outcome
    done_last = case((outcome == CommandOutcome.DONE, 2), (outcome.is_(None), 1), else_=0)
    statement = (
        select(CommandDelivery, VillageCommand.kind, Zone.code, Zone.name, PlayerState.online)
        .join(VillageCommand, VillageCommand.id == CommandDelivery.command_id)
        .join(Zone, Zone.id == CommandDelivery.zone_id)
        .outerjoin(PlayerState, PlayerState.player_id == CommandDelivery.player_id)
        .where(CommandDelivery.command_id.in_(order.ids))
        .order_by(done_last, Zone.code)
    )
    rows = session.execute(_within(statement, scope).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return [
        Delivery(row=row, kind=kind, zone_code=code, zone_name=name, online=bool(online))
        for row, kind, code, name, online in rows
    ]


def _orders_of(
    session: Session, commands: Sequence[VillageCommand], scope: Scope, *, zone_id: int | None = None
) -> list[Order]:
    siblings = _find_siblings(session, commands)
    counts = _count(session, [number for ids in siblings.values() for number in ids], scope, zone_id=zone_id)
    episodes = _find_episodes(session, commands)
    places = _name_places(session, [number for ids in siblings.values() for number in ids])
    unsigned = set(
        session.scalars(
            select(VillageCommand.id).where(
                VillageCommand.id.in_([command.id for command in commands]), func.length(VillageCommand.body) == 0
            )
        )
    )
    return [
        Order(
            command=command,
            ids=siblings[command.id],
            place=_join_names([places[number] for number in siblings[command.id]]),
            counts=_add_up([counts[number] for number in siblings[command.id] if number in counts]),
            episode=episodes.get(command.broadcast_id) if command.broadcast_id is not None else None,
            is_signed=command.id not in unsigned,
        )
        for command in commands
    ]


def _find_siblings(session: Session, commands: Sequence[VillageCommand]) -> dict[UUID, list[UUID]]:
    """The commands of the same broadcast, each command's own number first."""
    broadcasts = {item.broadcast_id for item in commands if item.broadcast_id is not None}
    found: dict[UUID, list[UUID]] = {}
    for number, broadcast_id in session.execute(
        select(VillageCommand.id, VillageCommand.broadcast_id).where(VillageCommand.broadcast_id.in_(broadcasts))
    ):
        if broadcast_id is not None:
            found.setdefault(broadcast_id, []).append(number)
    return {
        item.id: sorted(found.get(item.broadcast_id, [item.id])) if item.broadcast_id is not None else [item.id]
        for item in commands
    }


def _count(session: Session, ids: Collection[UUID], scope: Scope, *, zone_id: int | None) -> dict[UUID, Counts]:
    row = CommandDelivery
    statement = (
        select(row.command_id, row.outcome, func.count(), func.count(row.sent_at))
        .join(Zone, Zone.id == row.zone_id)
        .where(row.command_id.in_(ids))
        .group_by(row.command_id, row.outcome)
    )
    if zone_id is not None:
        statement = statement.where(row.zone_id == zone_id)
    found: dict[UUID, dict[CommandOutcome | None, tuple[int, int]]] = {}
    for command_id, outcome, number, sent in session.execute(_within(statement, scope)):
        found.setdefault(command_id, {})[outcome] = (number, sent)
    return {
        command_id: Counts(
            all=sum(number for number, _ in by_outcome.values()),
            sent=sum(sent for _, sent in by_outcome.values()),
            done=by_outcome.get(CommandOutcome.DONE, (0, 0))[0],
            refused=by_outcome.get(CommandOutcome.REFUSED, (0, 0))[0],
            expired=by_outcome.get(CommandOutcome.EXPIRED, (0, 0))[0],
        )
        for command_id, by_outcome in found.items()
    }


def _add_up(parts: Sequence[Counts]) -> Counts:
    return Counts(
        all=sum(part.all for part in parts),
        sent=sum(part.sent for part in parts),
        done=sum(part.done for part in parts),
        refused=sum(part.refused for part in parts),
        expired=sum(part.expired for part in parts),
    )


def _find_episodes(session: Session, commands: Sequence[VillageCommand]) -> dict[UUID, Episode]:
    rows = session.execute(
        select(Broadcast.id, Episode)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(Broadcast.id.in_([item.broadcast_id for item in commands if item.broadcast_id is not None]))
    )
    return dict(rows.all())


def _name_places(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The name of the zone or area of each command; empty for everything."""
    found: dict[UUID, str] = {}
    for number, audience in session.execute(
        select(VillageCommand.id, VillageCommand.audience).where(VillageCommand.id.in_(list(ids)))
    ):
        told = village_messages.from_facts(audience, Audience)
        zone = None if told.zone_id is None else session.get(Zone, told.zone_id)
        area = None if told.area_id is None else session.get(Area, told.area_id)
        found[number] = zone.name if zone is not None else "" if area is None else area.name
    return found


def _join_names(names: Sequence[str]) -> str:
    """The places of one order by name; empty as soon as one of them is everything."""
    different = sorted(set(names), key=sort_key)
    if "" in different:
        return ""
    return ", ".join(different[:PLACES_SHOWN]) + ("…" if len(different) > PLACES_SHOWN else "")


def _seen(scope: Scope, zone_id: int | None) -> Select[UUID]:
    """The commands that reached a zone a person sees."""
    statement = select(CommandDelivery.command_id).join(Zone, Zone.id == CommandDelivery.zone_id)
    if zone_id is not None:
        statement = statement.where(CommandDelivery.zone_id == zone_id)
    return _within(statement, scope)


def _within(statement: S, scope: Scope) -> S:
    return statement if scope.area_ids is None else statement.where(Zone.area_id.in_(scope.area_ids))
