"""Going to air in rows: claims taken, adopted and closed, renditions noted, broadcasts moved on, alarms and pulses."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, exists, insert, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import NewEntry
from scheduler.models import Alarm, Broadcast, Claim, Player, Programme, Pulse, RunningOrder, Zone
from scheduler.ports import Rendition
from scheduler.services import as_run, due

Key = tuple[UUID, int]
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class NewClaim:
    """A claim to be taken with the token of the zone's lease; `entries` when it is closed at once, as missed."""

    key: Key
    token: int
    offset_s: float = 0.0
    entries: tuple[NewEntry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """A claim of ours with what became of it."""

    key: Key
    token: int
    entries: tuple[NewEntry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adoption:
    """An open claim of a past life as it was seen, and the token it is to be taken over with."""

    key: Key
    old_token: int
    token: int
    offset_s: float


def claim(
    session: Session, wanted: Sequence[NewClaim], *, owner: str, now: datetime, zone: ZoneInfo
) -> set[Key]:  # fmt: skip
    """Take claims in one batch; says which are ours. Those with entries are logged and closed in the same transaction.

    The caller holds the zones' leases in this transaction (`lease.lock_held`). A second claim of a programme is
    impossible: whoever comes later is simply not among the answers.
    """
    if not wanted:
        return set()
    rows = [
        {
            "broadcast_id": item.key[0],
            "zone_id": item.key[1],
            "owner": owner,
            "token": item.token,
            "claimed_at": now,
            "offset_s": item.offset_s,
            "closed_at": now if item.entries else None,
        }
        for item in wanted
    ]
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(Claim).on_conflict_do_nothing().returning(Claim.broadcast_id, Claim.zone_id)
    taken = {(broadcast_id, zone_id) for broadcast_id, zone_id in session.execute(statement, rows)}
    entries = [entry for item in wanted if item.key in taken for entry in item.entries]
    if entries:
        as_run.record(session, entries, now=now, zone=zone)
    return taken


def adopt(session: Session, wanted: Iterable[Adoption], *, owner: str) -> set[Key]:
    """Take open claims over from past lives, each only if it still is as it was seen; says which are ours now."""
    alike: dict[tuple[UUID, int, int, float], list[int]] = {}
    for item in wanted:
        alike.setdefault((item.key[0], item.old_token, item.token, item.offset_s), []).append(item.key[1])
    adopted: set[Key] = set()
    for (broadcast_id, old_token, token, offset_s), zones in alike.items():
        for first in range(0, len(zones), _AT_ONCE):
            statement = (
                update(Claim)
                .where(
                    Claim.broadcast_id == broadcast_id,
                    Claim.zone_id.in_(zones[first : first + _AT_ONCE]),
                    Claim.token == old_token,
                    Claim.closed_at.is_(None),
                )
                .values(owner=owner, token=token, offset_s=offset_s)
                .returning(Claim.zone_id)
                .execution_options(synchronize_session=False)
            )
            adopted |= {(broadcast_id, zone_id) for zone_id in session.scalars(statement)}
    return adopted


def note_started(session: Session, started: Mapping[Key, datetime], *, owner: str) -> None:
    """Write down when the carriers were given the first sample, and that these broadcasts are on air."""
    if not started:
        return
    table = Claim.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(
            table.c.broadcast_id == bindparam("b"),
            table.c.zone_id == bindparam("z"),
            table.c.owner == owner,
            table.c.started_at.is_(None),
        )
        .values(started_at=bindparam("at"))
    )
    rows = [{"b": broadcast_id, "z": zone_id, "at": at} for (broadcast_id, zone_id), at in started.items()]
    session.connection().execute(statement, rows)
    _move(session, {number for number, _ in started}, BroadcastState.PLANNED, BroadcastState.ON_AIR)


def close(session: Session, closings: Sequence[Closing], *, owner: str, now: datetime, zone: ZoneInfo) -> set[Key]:
    """Log what became of claims and close them, in this one transaction; says which were still ours to close."""
    ours = _lock_open(session, {item.key[0] for item in closings}, owner=owner)
    closed = [item for item in closings if ours.get(item.key) == item.token]
    by_broadcast: dict[UUID, list[int]] = {}
    for item in closed:
        by_broadcast.setdefault(item.key[0], []).append(item.key[1])
    for broadcast_id, zones in by_broadcast.items():
        for first in range(0, len(zones), _AT_ONCE):
            session.execute(
                update(Claim)
                .where(Claim.broadcast_id == broadcast_id, Claim.zone_id.in_(zones[first : first + _AT_ONCE]))
                .values(closed_at=now)
                .execution_options(synchronize_session=False)
            )
    as_run.record(session, [entry for item in closed for entry in item.entries], now=now, zone=zone)
    return {item.key for item in closed}


def end_broadcasts(session: Session, *, now: datetime) -> None:
    """Broadcasts whose every programme is closed are done.

    Once its time is over, a broadcast does not wait for villages: they may tell of it a week later.
    """
    begun = (BroadcastState.PLANNED, BroadcastState.ON_AIR)
    found = session.scalars(
        select(Broadcast.id).where(
            Broadcast.state.in_(begun),
            Broadcast.starts_at <= now,
            exists().where(Programme.broadcast_id == Broadcast.id),
            ~exists()
            .where(Programme.broadcast_id == Broadcast.id)
            .where(or_(Broadcast.ends_at > now, ~_is_of_village()))
            .where(
                ~exists().where(
                    and_(
                        Claim.broadcast_id == Programme.broadcast_id,
                        Claim.zone_id == Programme.zone_id,
                        Claim.closed_at.is_not(None),
                    )
                )
            ),
        )
    )
    for number in list(found):
        session.execute(
            update(Broadcast)
            .where(Broadcast.id == number, Broadcast.state.in_(begun))
            .values(state=BroadcastState.DONE)
        )


def _is_of_village() -> ColumnElement[bool]:
    return exists().where(Zone.id == Programme.zone_id, Zone.carrier == CarrierKind.VILLAGE)


def find_cancelled(session: Session, broadcasts: Collection[UUID]) -> set[UUID]:
    """Which of these broadcasts were cancelled meanwhile."""
    return set(
        session.scalars(
            select(Broadcast.id).where(
                Broadcast.id.in_(list(broadcasts)[:_AT_ONCE]), Broadcast.state == BroadcastState.CANCELLED
            )
        )
    )


def note_rendition(session: Session, key: str, rendition: Rendition, *, now: datetime) -> None:
    """Write down the file made from a running order."""
    session.execute(
        update(RunningOrder)
        .where(RunningOrder.key == key)
        .values(
            rendition_sha256=rendition.sha256,
            seconds=rendition.seconds,
            starts_s=list(rendition.starts_s),
            assembled_at=now,
        )
    )


def find_used_carriers(session: Session) -> set[str]:
    """The carriers of zones in use that are sounded here: those of villages are in the villages."""
    used = set(session.scalars(select(Zone.carrier).where(Zone.active, Zone.removed_at.is_(None)).distinct()))
    return used - {CarrierKind.VILLAGE}


def find_zones(session: Session, *, carriers: Collection[str], codes: Collection[str], now: datetime) -> list[int]:
    """The zones a daemon wants: those in use that it can sound in, and any other with something to account for.

    `codes` limits them, when it is not empty. A zone that is out of use or whose carrier is broken still owes the log
    what became of its programmes. Villages account for theirs by themselves.
    """
    scope = Zone.code.in_(list(codes)) if codes else true()
    usable = select(Zone.id).where(scope, Zone.active, Zone.removed_at.is_(None), Zone.carrier.in_(list(carriers)))
    of_claim = and_(Claim.broadcast_id == Programme.broadcast_id, Claim.zone_id == Programme.zone_id)
    owing = (
        select(Programme.zone_id)
        .join(Zone, Zone.id == Programme.zone_id)
        .outerjoin(Claim, of_claim)
        .where(
            scope,
            Programme.broadcast_id.in_(due.open_broadcasts(until=now)),
            Claim.closed_at.is_(None),
            or_(Claim.owner.is_(None), Claim.owner.not_in(select(Player.username))),
            or_(Claim.owner.is_not(None), Zone.carrier != CarrierKind.VILLAGE),
        )
    )
    return sorted({*session.scalars(usable), *session.scalars(owing)})


# --- alarms and pulses --------------------------------------------------------------------------------------------
def raise_alarm(session: Session, *, kind: str, subject: str, facts: Mapping[str, Any], now: datetime) -> bool:
    """Note that something is wrong; one row for each outage, however often it is seen. True when it is new."""
    open_one = session.scalar(
        select(Alarm).where(Alarm.kind == kind, Alarm.subject == subject, Alarm.cleared_at.is_(None))
    )
    if open_one is not None:
        open_one.seen_at = now
        return False
    session.execute(
        insert(Alarm).values(kind=kind, subject=subject, facts=dict(facts), raised_at=now, seen_at=now, cleared_at=None)
    )
    return True


def clear_alarms(session: Session, *, subject: str, now: datetime, kinds: Iterable[str] = ()) -> None:
    """What was wrong with this is mended."""
    statement = update(Alarm).where(Alarm.subject == subject, Alarm.cleared_at.is_(None))
    if wanted := list(kinds):
        statement = statement.where(Alarm.kind.in_(wanted))
    session.execute(statement.values(cleared_at=now))


def settle_alarm(session: Session, *, kind: str, subject: str, facts: Mapping[str, Any] | None, now: datetime) -> None:
    """Raise an alarm with these facts, or clear it when there are none: all is well."""
    if facts is None:
        clear_alarms(session, subject=subject, now=now, kinds=(kind,))
    else:
        raise_alarm(session, kind=kind, subject=subject, facts=facts, now=now)


def find_alarms(session: Session, *, also_cleared: bool = False) -> list[Alarm]:
    """Alarms, the oldest first."""
    statement = select(Alarm).order_by(Alarm.raised_at, Alarm.id)
    return list(session.scalars(statement if also_cleared else statement.where(Alarm.cleared_at.is_(None))))


def facts_of(alarm: Alarm) -> dict[str, object]:
    """What an alarm tells, with its kind and subject; instants, which the row keeps as text, are instants again."""
    kept = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and isinstance(value, str) else value
        for name, value in alarm.facts.items()
    }
    return {"kind": alarm.kind, "subject": alarm.subject, **kept}


def beat(session: Session, *, owner: str, role: str, now: datetime, facts: Mapping[str, Any]) -> None:
    """Give a sign of life."""
    session.merge(Pulse(owner=owner, role=role, at=now, facts=dict(facts)))


def find_owners(session: Session, *, role: str) -> list[str]:
    """The processes of a role that gave signs of life and did not take them away."""
    return list(session.scalars(select(Pulse.owner).where(Pulse.role == role)))


def end_pulse(session: Session, *, owner: str) -> None:
    """Take the sign of life away: the process ends on purpose."""
    if (pulse := session.get(Pulse, owner)) is not None:
        session.delete(pulse)


def _lock_open(session: Session, broadcasts: Collection[UUID], *, owner: str) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for number in sorted(broadcasts):
        rows = session.execute(
            select(Claim.zone_id, Claim.token)
            .where(Claim.broadcast_id == number, Claim.owner == owner, Claim.closed_at.is_(None))
            .order_by(Claim.zone_id)
            .with_for_update()
        )
        found |= {(number, zone_id): token for zone_id, token in rows}
    return found


def _move(session: Session, broadcasts: Collection[UUID], before: BroadcastState, after: BroadcastState) -> None:
    for number in broadcasts:
        session.execute(
            update(Broadcast).where(Broadcast.id == number, Broadcast.state == before).values(state=after)
        )  # fmt: skip
