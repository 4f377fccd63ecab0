"""Reading what is due: programmes of zones with all that a daemon must know to sound and to log them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind, Hours, hours_from_stored
from scheduler.domain.going_to_air import Delivery
from scheduler.domain.planning import BroadcastState, Priority
from scheduler.models import Airing, Broadcast, Claim, Player, Programme, RunningOrder, Zone
from scheduler.ports import Cue, Part
from scheduler.services import approval

OPEN_STATES = (BroadcastState.PLANNED, BroadcastState.ON_AIR)
_AT_ONCE = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A running order in one broadcast: where its editions lie, what they deliver, whether all are approved."""

    key: str
    parts: tuple[Part, ...]
    rendition_sha256: str | None
    seconds: float
    cues: tuple[Cue, ...]
    deliveries: tuple[Delivery, ...]
    is_approved: bool
    """Every edition's approved recording and master are exactly those its airing names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueProgramme:
    """One programme of one zone; `token` and `begun_at` are those of its open claim, when it has one."""

    broadcast_id: UUID
    zone_id: int
    zone_code: str
    area_id: int
    carrier: str
    settings: dict[str, Any]
    own_hours: Hours | None
    is_zone_active: bool
    starts_at: datetime
    priority: int
    order: Order
    token: int | None = None
    begun_at: datetime | None = None

    @property
    def key(self) -> tuple[UUID, int]:
        """What identifies it, also in claims."""
        return (self.broadcast_id, self.zone_id)

    @property
    def ends_at(self) -> datetime:
        """When it ends if it starts on time."""
        return self.starts_at + timedelta(seconds=self.order.seconds)

    @property
    def is_emergency(self) -> bool:
        """Whether it may sound at any hour."""
        return self.priority >= Priority.EMERGENCY


def find_unclaimed(session: Session, *, until: datetime) -> list[DueProgramme]:
    """Programmes that start until then and that nobody has claimed, however old; the more urgent first.

    Those of villages are left to the players there.
    """
    statement = (
        _programmes()
        .outerjoin(Claim, and_(Claim.broadcast_id == Programme.broadcast_id, Claim.zone_id == Programme.zone_id))
        .where(Claim.broadcast_id.is_(None), Programme.broadcast_id.in_(open_broadcasts(until=until)))
        .where(Zone.carrier != CarrierKind.VILLAGE)
    )
    return _load(session, statement)


def find_open(session: Session, *, but: Collection[tuple[UUID, int]] = ()) -> list[DueProgramme]:
    """Programmes with a claim that no daemon here has closed; those in `but` are left out, and those of players."""
    statement = (
        _programmes()
        .join(Claim, and_(Claim.broadcast_id == Programme.broadcast_id, Claim.zone_id == Programme.zone_id))
        .where(Claim.closed_at.is_(None), Claim.owner.not_in(select(Player.username)))
    )
    return _load(session, statement, but=frozenset(but))


def find_instants(session: Session, *, after: datetime, until: datetime) -> list[datetime]:
    """The distinct instants in (after, until] at which something starts."""
    return list(
        session.scalars(
            select(Broadcast.starts_at)
            .where(Broadcast.state.in_(OPEN_STATES), Broadcast.starts_at > after, Broadcast.starts_at <= until)
            .distinct()
            .order_by(Broadcast.starts_at)
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """A running order that will be needed, and when first."""

    key: str
    parts: tuple[Part, ...]
    rendition_sha256: str | None
    first_at: datetime


def find_coming(session: Session, *, now: datetime, until: datetime) -> list[Coming]:
    """The running orders that start here until then and are not over, the one needed first first.

    What only villages hear is another thing (`village_transport`): it is needed days ahead, and as another file.
    """
    found = session.execute(
        select(RunningOrder.key, RunningOrder.parts, RunningOrder.rendition_sha256, Broadcast.starts_at)
        .join(Programme, Programme.running_order_key == RunningOrder.key)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .join(Zone, Zone.id == Programme.zone_id)
        .where(Programme.broadcast_id.in_(open_broadcasts(until=until)), Broadcast.ends_at > now)
        .where(Zone.carrier != CarrierKind.VILLAGE)
        .group_by(RunningOrder.key, Broadcast.id)
        .order_by(Broadcast.starts_at)
    )
    first: dict[str, Coming] = {}
    for key, parts, rendition, at in found:
        first.setdefault(
            key, Coming(key=key, parts=parts_from_stored(parts), rendition_sha256=rendition, first_at=at)
        )  # fmt: skip
    return list(first.values())


def find_orders(session: Session, keys: Collection[str]) -> dict[str, RunningOrder]:
    """Running orders as they are now, by key."""
    found: dict[str, RunningOrder] = {}
    for some in _slices(sorted(keys)):
        rows = session.scalars(
            select(RunningOrder).where(RunningOrder.key.in_(some)).execution_options(populate_existing=True)
        )
        found |= {row.key: row for row in rows}
    return found


def find_withdrawn(session: Session, broadcasts: Collection[UUID]) -> set[UUID]:
    """The airings of broadcasts of whose edition nothing may air any more."""
    airings: dict[UUID, int] = {}
    for some in _slices(sorted(broadcasts)):
        rows = session.execute(select(Airing.id, Airing.edition_id).where(Airing.broadcast_id.in_(some)))
        airings |= dict(rows.all())
    approved: set[int] = set()
    for editions in _slices(sorted(set(airings.values()))):
        approved |= approval.find_approved_of(session, editions).keys()
    return {airing_id for airing_id, edition_id in airings.items() if edition_id not in approved}


def open_broadcasts(*, until: datetime) -> Select[UUID]:
    """Broadcasts that start until then and are not over, however old.

    Asked for like this, SQLite begins with these few and not with the programmes of years.
    """
    return select(Broadcast.id).where(Broadcast.state.in_(OPEN_STATES), Broadcast.starts_at <= until)


def parts_from_stored(stored: Iterable[dict[str, Any]]) -> tuple[Part, ...]:
    """The parts of a running order as its row holds them."""
    return tuple(
        Part(role=part["role"], sha256=part["sha256"], seconds=part["seconds"], language=part.get("language"))
        for part in stored
    )


def laid_end_to_end(parts: Sequence[Part]) -> list[float]:
    """Where parts begin in a file that is not made yet, without the pauses between them."""
    starts, at = [], 0.0
    for part in parts:
        starts.append(at)
        at += part.seconds
    return starts


def _programmes() -> Select[Any]:
    return (
        select(
            Programme.broadcast_id, Programme.zone_id, Programme.running_order_key, Zone.code, Zone.carrier,
            Zone.settings, Zone.area_id, Zone.allowed_hours, Zone.active, Zone.removed_at,
            Claim.token, Claim.started_at,
        )
        .select_from(Programme)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .join(Zone, Zone.id == Programme.zone_id)
        .order_by(Broadcast.starts_at, Broadcast.priority.desc(), Broadcast.id, Programme.zone_id)
    )  # fmt: skip


def _load(
    session: Session, statement: Select[Any], *, but: frozenset[tuple[UUID, int]] = frozenset()
) -> list[DueProgramme]:  # fmt: skip
    rows = [row for row in session.execute(statement) if (row[0], row[1]) not in but]
    if not rows:
        return []
    broadcasts = _load_broadcasts(session, {row[0] for row in rows})
    orders = _load_orders(session, {(row[0], row[2]) for row in rows}, broadcasts)
    hours: dict[str, Hours | None] = {}
    due = []
    for broadcast_id, zone_id, key, code, carrier, settings, area_id, said, active, removed_at, token, begun in rows:
        if (told := repr(said)) not in hours:
            hours[told] = hours_from_stored(said)
        starts_at, priority = broadcasts[broadcast_id]
        due.append(
            DueProgramme(
                broadcast_id=broadcast_id,
                zone_id=zone_id,
                zone_code=code,
                area_id=area_id,
                carrier=carrier,
                settings=settings,
                own_hours=hours[told],
                is_zone_active=active and removed_at is None,
                starts_at=starts_at,
                priority=priority,
                order=orders[broadcast_id, key],
                token=token,
                begun_at=begun,
            )
        )
    return due


def _load_broadcasts(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[datetime, int]]:
    found: dict[UUID, tuple[datetime, int]] = {}
    for some in _slices(sorted(ids)):
        rows = session.execute(
            select(Broadcast.id, Broadcast.starts_at, Broadcast.priority).where(Broadcast.id.in_(some))
        )
        found |= {number: (starts_at, priority) for number, starts_at, priority in rows}
    return found


def _load_orders(
    session: Session, wanted: Collection[tuple[UUID, str]], broadcasts: dict[UUID, tuple[datetime, int]]
) -> dict[tuple[UUID, str], Order]:
    rows = find_orders(session, {key for _, key in wanted})
    airings = _load_airings(session, {number for number, _ in wanted})
    return {
        (number, key): _order_of(rows[key], airings.get(number, {}), starts_at=broadcasts[number][0])
        for number, key in wanted
    }


def _load_airings(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, tuple[Airing, bool]]]:
    """The airings of broadcasts by language, each with whether its very bytes may still air."""
    airings: list[Airing] = []
    for some in _slices(sorted(ids)):
        airings += session.scalars(select(Airing).where(Airing.broadcast_id.in_(some)))
    approved: dict[int, approval.ApprovedSound] = {}
    for editions in _slices(sorted({airing.edition_id for airing in airings})):
        approved |= approval.find_approved_of(session, editions)
    found: dict[UUID, dict[str, tuple[Airing, bool]]] = {}
    for airing in airings:
        sound = approved.get(airing.edition_id)
        same = sound is not None and (airing.recording_sha256, airing.master_sha256) == (
            sound.recording_sha256,
            sound.master_sha256,
        )
        found.setdefault(airing.broadcast_id, {})[airing.language] = (airing, same)
    return found


def _order_of(row: RunningOrder, airings: dict[str, tuple[Airing, bool]], *, starts_at: datetime) -> Order:
    parts = parts_from_stored(row.parts)
    starts = row.starts_s if row.starts_s is not None else laid_end_to_end(parts)
    cues, deliveries, approved = [], [], True
    for part, start in zip(parts, starts, strict=True):
        airing, same = airings.get(part.language or "", (None, False)) if part.role == "edition" else (None, True)
        approved = approved and same and (airing is None or airing.master_sha256 == part.sha256)
        cues.append(Cue(airing_id=airing.id if airing else None, starts_s=start, lasts_s=part.seconds))
        if airing is not None:
            planned_at = starts_at + timedelta(seconds=start)
            deliveries.append(Delivery(airing_id=airing.id, planned_at=planned_at, seconds=part.seconds))
    return Order(
        key=row.key,
        parts=parts,
        rendition_sha256=row.rendition_sha256,
        seconds=row.seconds if row.seconds is not None else sum(part.seconds for part in parts),
        cues=tuple(cues),
        deliveries=tuple(deliveries),
        is_approved=approved,
    )


def _slices(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))
