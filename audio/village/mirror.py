"""The signed plan as rows of the player's database, exactly those the daemon needs: one code plays everywhere."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from audio.village.mirrored_editions import Editions
from scheduler.domain.coverage import AreaKind
from scheduler.domain.planning import BroadcastState
from scheduler.domain.time import local_day, local_instant
from scheduler.models import Airing, Area, Broadcast, Claim, Programme, RunningOrder, Zone
from scheduler.village_messages import Plan, PlannedProgramme, VillageFile

PLAN, SAY = "plan", "say"
"""Where a broadcast came from: a later plan takes back what an earlier one held, not what a command told."""
KEPT_FOR = timedelta(days=45)
"""Days after which what is over leaves the rows; far longer than any plan looks back."""
_OPEN = (BroadcastState.PLANNED, BroadcastState.ON_AIR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """What the plan does not say of the zone: how this box makes sound, and since when it stands for the zone."""

    carrier: str
    paired_at: datetime
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirrored:
    """How many broadcasts came in, changed and were called off."""

    added: int = 0
    changed: int = 0
    cancelled: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    state: BroadcastState
    starts_at: datetime
    source: str
    digest: str
    is_claimed: bool
    is_closed: bool


def apply(session: Session, plan: Plan, box: Box, *, now: datetime, heard_since: datetime | None) -> Mirrored:
    """Bring the rows in line with a plan; what was claimed stays as it is, but falls silent when it is called off.

    `heard_since` is when the plan before was made: of what has begun since then and is over, this box knew nothing,
    and says in the log that it was missed. What lies before it is no business of this plan.
    """
    _put_zone(session, plan, box, now=now)
    known = _find_known(session)
    editions = Editions(session, now=now)
    added = changed = 0
    called_off: list[UUID] = []
    for programme in plan.programmes:
        was = known.get(programme.broadcast_id)
        if not _is_playable(programme) or programme.starts_at >= plan.until:
            called_off.append(programme.broadcast_id)
        elif was is None:
            if _is_to_come(programme, now=now, since=heard_since, paired_at=box.paired_at):
                _insert(session, programme, plan.zone_id, editions, source=PLAN, now=now)
                added += 1
        elif not was.is_claimed and was.source == PLAN and _differs(was, programme):
            _replace(session, programme, plan.zone_id, editions, source=PLAN, now=now)
            changed += 1
    called_off += _find_vanished(plan, known)
    cancelled = _cancel(session, [number for number in called_off if number in known and not known[number].is_closed])
    return Mirrored(added=added, changed=changed, cancelled=cancelled)


def set_sound(session: Session, plan: Plan, box: Box) -> None:
    """The program may have been started with another carrier or device than when the plan came."""
    zone = session.get(Zone, plan.zone_id)
    if zone is not None:
        _fill_sound(zone, plan, box)


def add(session: Session, programme: PlannedProgramme, zone_id: int, *, now: datetime) -> bool:
    """Take in one programme that a command told; False when it is over, was called off, or cannot be played.

    One that the plan holds already, or that sounds by now, is that same one: it is not sounded twice.
    """
    if not _is_playable(programme) or programme.starts_at + _length(programme) <= now:
        return False
    known = session.get(Broadcast, programme.broadcast_id)
    if known is None:
        _insert(session, programme, zone_id, Editions(session, now=now), source=SAY, now=now)
        return True
    is_claimed = session.scalar(select(exists().where(Claim.broadcast_id == known.id)))
    if known.state in _OPEN and not is_claimed:  # the plan came first; what the command says of its start counts
        _replace(session, programme, zone_id, Editions(session, now=now), source=SAY, now=now)
    return known.state in _OPEN


def cancel_all(session: Session) -> int:
    """Call everything off that is not over: there is no plan that can be believed."""
    return _cancel(session, [number for number, was in _find_known(session).items() if not was.is_closed])


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedFile:
    """A file that will air, and when first."""

    file: VillageFile
    needed_at: datetime


def find_wanted(session: Session, *, now: datetime) -> list[WantedFile]:
    """The files of all broadcasts to come or on air, the one needed first first."""
    rows = session.execute(
        select(RunningOrder.transport_sha256, RunningOrder.transport_bytes, RunningOrder.seconds, Broadcast.starts_at)
        .join(Programme, Programme.running_order_key == RunningOrder.key)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .where(Broadcast.state.in_(_OPEN), Broadcast.ends_at > now, RunningOrder.transport_sha256.is_not(None))
        .order_by(Broadcast.starts_at)
    )
    wanted: dict[str, WantedFile] = {}
    for sha256, size_bytes, seconds, starts_at in rows:
        if sha256 is not None:
            file = VillageFile(sha256=sha256, size_bytes=size_bytes or 0, seconds=seconds or 0.0)
            wanted.setdefault(sha256, WantedFile(file=file, needed_at=starts_at))
    return list(wanted.values())


def prune(session: Session, *, now: datetime) -> None:
    """Let go of broadcasts that are long over; what became of them is in the log."""
    old = select(Broadcast.id).where(Broadcast.starts_at < now - KEPT_FOR)
    gone = list(
        session.scalars(old.where(~exists().where(Claim.broadcast_id == Broadcast.id, Claim.closed_at.is_(None))))
    )
    for table in (Claim, Airing, Programme):
        session.execute(delete(table).where(table.broadcast_id.in_(gone)))
    session.execute(delete(Broadcast).where(Broadcast.id.in_(gone)))
    is_used = exists().where(Programme.running_order_key == RunningOrder.key)
    session.execute(delete(RunningOrder).where(~is_used))


# --- what is to be done ---------------------------------------------------------------------------------------------
def _is_playable(programme: PlannedProgramme) -> bool:
    editions = [piece for piece in programme.pieces if piece.role == "edition"]
    return (
        not programme.cancelled
        and bool(programme.pieces)
        and all(piece.airing_id is not None and piece.language for piece in editions)
        and len({piece.language for piece in editions}) == len(editions)
        and _length(programme) > timedelta(0)
    )


def _is_to_come(programme: PlannedProgramme, *, now: datetime, since: datetime | None, paired_at: datetime) -> bool:
    if programme.starts_at < paired_at:
        return False
    is_over = programme.starts_at + _length(programme) <= now
    return not is_over or (since is not None and programme.starts_at >= since)


def _differs(was: _Known, programme: PlannedProgramme) -> bool:
    return was.digest != _digest(programme) or was.state is BroadcastState.CANCELLED


def _find_vanished(plan: Plan, known: dict[UUID, _Known]) -> Iterable[UUID]:
    """What an earlier plan held for the days this one speaks of and that is not in it any more."""
    zone = ZoneInfo(plan.rules.time_zone)
    since = local_instant(local_day(plan.made_at, zone), time.min, zone)
    told = {programme.broadcast_id for programme in plan.programmes}
    return [
        number for number, was in known.items() if number not in told and was.source == PLAN and was.starts_at >= since
    ]


def _find_known(session: Session) -> dict[UUID, _Known]:
    rows = session.execute(
        select(
            Broadcast.id, Broadcast.state, Broadcast.starts_at, Broadcast.why, Claim.claimed_at, Claim.closed_at
        ).outerjoin(Claim, Claim.broadcast_id == Broadcast.id)
    )
    return {
        number: _Known(
            state=state,
            starts_at=starts_at,
            source=why.get("code", PLAN),
            digest=why.get("digest", ""),
            is_claimed=claimed_at is not None,
            is_closed=closed_at is not None,
        )
        for number, state, starts_at, why, claimed_at, closed_at in rows
    }


# --- writing --------------------------------------------------------------------------------------------------------
def _put_zone(session: Session, plan: Plan, box: Box, *, now: datetime) -> None:
    area_id = plan.area_ids[0] if plan.area_ids else 1
    area = session.get(Area, area_id) or Area(id=area_id, kind=AreaKind.VILLAGE, valid_from=date(2000, 1, 1))
    area.name, area.name_search = plan.zone_name, ""
    session.add(area)
    session.flush()
    zone = session.get(Zone, plan.zone_id) or Zone(id=plan.zone_id, created_at=now)
    zone.code, zone.name, zone.area_id = plan.zone_code, plan.zone_name, area_id
    _fill_sound(zone, plan, box)
    zone.allowed_hours = [list(stretch) for stretch in plan.rules.allowed_hours]
    session.add(zone)
    session.flush()


def _fill_sound(zone: Zone, plan: Plan, box: Box) -> None:
    told = {"volume": plan.rules.volume, "volume_cap": plan.rules.volume_cap, **box.settings}
    if (zone.carrier, zone.settings) != (box.carrier, told):
        zone.carrier, zone.settings = box.carrier, told


def _insert(
    session: Session, programme: PlannedProgramme, zone_id: int, editions: Editions, *, source: str, now: datetime
) -> None:
    broadcast = Broadcast(id=programme.broadcast_id, planned_at=now, state=BroadcastState.PLANNED)
    _fill(session, broadcast, programme, editions, source=source)
    session.add(broadcast)
    session.flush()
    _put_programme(session, programme, zone_id, editions)


def _replace(
    session: Session, programme: PlannedProgramme, zone_id: int, editions: Editions, *, source: str, now: datetime
) -> None:
    """Write an unclaimed broadcast anew; one that was called off and is over by now stays called off."""
    broadcast = session.get_one(Broadcast, programme.broadcast_id)
    if programme.starts_at + _length(programme) <= now and broadcast.state is BroadcastState.CANCELLED:
        return
    broadcast.state = BroadcastState.PLANNED
    _fill(session, broadcast, programme, editions, source=source)
    session.flush()
    for table in (Airing, Programme):
        session.execute(delete(table).where(table.broadcast_id == broadcast.id))
    session.expire(broadcast)
    _put_programme(session, programme, zone_id, editions)


def _fill(
    session: Session, broadcast: Broadcast, programme: PlannedProgramme, editions: Editions, *, source: str
) -> None:
    first = next((piece for piece in programme.pieces if piece.role == "edition"), programme.pieces[0])
    edition = editions.of(session, first)
    broadcast.series_id, broadcast.episode_id = edition.series_id, edition.episode_id
    broadcast.starts_at, broadcast.ends_at = programme.starts_at, programme.starts_at + _length(programme)
    broadcast.priority, broadcast.exercise = programme.priority, programme.exercise
    broadcast.why = {"code": source, "digest": _digest(programme)}


def _put_programme(session: Session, programme: PlannedProgramme, zone_id: int, editions: Editions) -> None:
    for piece in programme.pieces:
        if piece.role == "edition" and piece.airing_id is not None:
            session.add(
                Airing(
                    id=piece.airing_id,
                    broadcast_id=programme.broadcast_id,
                    edition_id=editions.of(session, piece).edition_id,
                    language=piece.language or "",
                    recording_sha256=piece.recording_sha256 or "",
                    master_sha256=piece.sha256,
                    seconds=piece.seconds,
                )
            )
    order = _order_of(programme)
    session.merge(order)
    session.flush()
    session.add(Programme(broadcast_id=programme.broadcast_id, zone_id=zone_id, running_order_key=order.key))
    session.flush()


def _order_of(programme: PlannedProgramme) -> RunningOrder:
    """The running order with the file that airs: the daemon only verifies it, nothing is assembled in a village."""
    parts = [
        {"role": piece.role, "sha256": piece.sha256, "seconds": piece.seconds, "language": piece.language}
        for piece in programme.pieces
    ]
    starts = [piece.starts_s for piece in programme.pieces]
    file = programme.file
    key = hashlib.sha256(msgspec.json.encode([parts, starts, file])).hexdigest()
    return RunningOrder(
        key=key,
        parts=parts,
        starts_s=starts,
        seconds=_length(programme).total_seconds(),
        rendition_sha256=None if file is None else file.sha256,
        transport_sha256=None if file is None else file.sha256,
        transport_bytes=None if file is None else file.size_bytes,
    )


def _cancel(session: Session, numbers: list[UUID]) -> int:
    wanted = set(numbers)
    if not wanted:
        return 0
    found = session.scalars(
        update(Broadcast)
        .where(Broadcast.id.in_(wanted), Broadcast.state.in_(_OPEN))
        .values(state=BroadcastState.CANCELLED)
        .returning(Broadcast.id)
        .execution_options(synchronize_session=False)
    )
    return len(found.all())


def _length(programme: PlannedProgramme) -> timedelta:
    if programme.file is not None:
        return timedelta(seconds=programme.file.seconds)
    return timedelta(seconds=max((piece.starts_s + piece.seconds for piece in programme.pieces), default=0.0))


def _digest(programme: PlannedProgramme) -> str:
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(programme, cancelled=False))).hexdigest()
