"""All that a page shows of the box of one zone: how it is, what it holds and lacks, which boxes were there before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler import village_messages
from scheduler.domain.coverage import CarrierKind
from scheduler.domain.fleet import Lack, NextFile, find_lacks
from scheduler.domain.people import Scope
from scheduler.domain.planning import BroadcastState
from scheduler.domain.text import fold
from scheduler.domain.village import DataUsed, JournalState
from scheduler.errors import BadMessage, UnknownZone
from scheduler.models import AsRunEntry, Broadcast, Episode, Programme, RunningOrder, Zone
from scheduler.models.village import PairingCode, Player, PlayerState, VillageJournalRow, VillagePlan
from scheduler.services import coverage_view, fleet
from scheduler.services.fleet import Box
from scheduler.village_messages import Health

ROWS_SHOWN = 20
HELD_BACK_PER_PAGE = 50
BUDGET_BYTES = village_messages.ZoneRules(time_zone="", allowed_hours=()).budget_bytes_per_day


@dataclass(frozen=True, kw_only=True, slots=True)
class LackingFile:
    """A file that a box says it has not got; for a broadcast to come where it belongs to one."""

    sha256: str
    starts_at: datetime | None = None
    year: int = 0
    number: int = 0
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """A journal row that the station could not use, with whose it is."""

    row: VillageJournalRow
    zone_code: str
    zone_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxView:
    """The box of a zone, whole."""

    zone: Zone
    box: Box
    lacks: Sequence[Lack]
    coming: NextFile | None
    player: Player | None
    state: PlayerState | None
    health: Health | None
    program: str
    plan: VillagePlan | None
    lacking: Sequence[LackingFile]
    used: DataUsed
    budget_bytes: int
    """A day."""
    open_code: PairingCode | None
    former: Sequence[Player]
    played: Sequence[AsRunEntry]
    held_back: Sequence[VillageJournalRow]
    held_back_number: int


def load(session: Session, code: str, scope: Scope, *, now: datetime, on: date) -> BoxView:
    """The box of a zone within a scope; `on` is the station's day.

    Raises `UnknownZone`, also for a zone that is not reached through a box in the village.
    """
    zone = get_zone(session, code, scope)
    box = fleet.load_box(session, zone.id, now=now)
    players = list(session.scalars(select(Player).where(Player.zone_id == zone.id).order_by(Player.id.desc())))
    player = next((item for item in players if item.revoked_at is None), None)
    if box is None:
        raise UnknownZone(zone=code)
    state = None if player is None else session.get(PlayerState, player.id)
    status = {} if state is None else state.status
    missing = tuple(str(item) for item in status.get("files_missing") or ())
    coming = _find_coming(session, zone, missing, now=now)
    held_back = _held_back_of(zone.id)
    return BoxView(
        zone=zone,
        box=box,
        lacks=find_lacks(box.facts, coming, now=now),
        coming=coming,
        player=player,
        state=state,
        health=_health_in(status),
        program=str(status.get("program") or ""),
        plan=session.get(VillagePlan, zone.id),
        lacking=_name_files(session, zone, missing, now=now),
        used=_used_by(state),
        budget_bytes=budget_of(zone),
        open_code=_find_open_code(session, zone, now=now),
        former=[item for item in players if item.revoked_at is not None],
        played=coverage_view.find_last_deliveries(session, zone, on=on),
        held_back=list(session.scalars(held_back.order_by(VillageJournalRow.received_at.desc()).limit(ROWS_SHOWN))),
        held_back_number=session.scalar(select(func.count()).select_from(held_back.subquery())) or 0,
    )


def find_lacks_of(session: Session, zone: Zone, *, now: datetime) -> list[Lack]:
    """What the box of a village lacks for what it is to play next; empty for a zone that is no village."""
    box = fleet.load_box(session, zone.id, now=now)
    if box is None:
        return []
    status = session.scalar(
        select(PlayerState.status)
        .join(Player, Player.id == PlayerState.player_id)
        .where(Player.zone_id == zone.id, Player.revoked_at.is_(None))
    )
    missing = tuple(str(item) for item in (status or {}).get("files_missing") or ())
    return find_lacks(box.facts, _find_coming(session, zone, missing, now=now), now=now)


def get_zone(session: Session, code: str, scope: Scope) -> Zone:
    """A zone of the villages within a scope. Raises `UnknownZone`."""
    zone = coverage_view.get_zone(session, code, scope)
    has_box = select(Player.id).where(Player.zone_id == zone.id, Player.revoked_at.is_(None))
    if zone.carrier != CarrierKind.VILLAGE and session.scalar(has_box) is None:
        raise UnknownZone(zone=code)
    return zone


def find_zone_named(session: Session, name: str, scope: Scope) -> Zone | None:
    """The one village zone of this name within a scope, however it is typed; None for none and for several."""
    zones = session.scalars(select(Zone).where(Zone.carrier == CarrierKind.VILLAGE, Zone.removed_at.is_(None)))
    found = [zone for zone in zones if fold(zone.name) == fold(name) and scope.holds(zone.area_id)]
    return found[0] if len(found) == 1 else None


def budget_of(zone: Zone) -> int:
    """Bytes a day that a zone's SIM may carry."""
    told = zone.settings.get("budget_mb_per_day")
    return int(told * 1_000_000) if isinstance(told, int | float) and told > 0 else BUDGET_BYTES


def find_held_back(session: Session, scope: Scope, *, page: int = 1) -> tuple[list[HeldBack], int]:
    """A page of the journal rows that could not be used, of the zones that a person sees; and how many there are."""
    statement = (
        select(VillageJournalRow, Zone.code, Zone.name)
        .join(Zone, Zone.id == VillageJournalRow.zone_id)
        .where(VillageJournalRow.state == JournalState.QUARANTINED)
    )
    if scope.area_ids is not None:
        statement = statement.where(Zone.area_id.in_(scope.area_ids))
    number = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    newest_first = statement.order_by(VillageJournalRow.received_at.desc(), VillageJournalRow.seq.desc())
    rows = session.execute(newest_first.limit(HELD_BACK_PER_PAGE).offset((page - 1) * HELD_BACK_PER_PAGE))
    return [HeldBack(row=row, zone_code=code, zone_name=name) for row, code, name in rows], number


def _held_back_of(zone_id: int) -> Any:
    return select(VillageJournalRow).where(
        VillageJournalRow.state == JournalState.QUARANTINED, VillageJournalRow.zone_id == zone_id
    )


def _find_open_code(session: Session, zone: Zone, *, now: datetime) -> PairingCode | None:
    return session.scalar(
        select(PairingCode)
        .where(PairingCode.zone_id == zone.id, PairingCode.used_at.is_(None), PairingCode.expires_at > now)
        .order_by(PairingCode.id.desc())
        .limit(1)
    )


def _find_coming(session: Session, zone: Zone, missing: tuple[str, ...], *, now: datetime) -> NextFile | None:
    """What this zone hears next, whatever others hear before."""
    found = session.execute(
        select(Broadcast.starts_at, RunningOrder.transport_sha256)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(RunningOrder, RunningOrder.key == Programme.running_order_key)
        .where(Programme.zone_id == zone.id, Broadcast.state == BroadcastState.PLANNED, Broadcast.starts_at > now)
        .where(fleet.is_no_order())
        .order_by(Broadcast.starts_at)
        .limit(1)
    ).one_or_none()
    return None if found is None else NextFile(starts_at=found[0], sha256=found[1], missing=missing)


def _name_files(session: Session, zone: Zone, missing: tuple[str, ...], *, now: datetime) -> list[LackingFile]:
    """What the lacking files are for: the first broadcast to come of each, in the order of need."""
    found: dict[str, LackingFile] = {}
    rows = session.execute(
        select(RunningOrder.transport_sha256, Broadcast.starts_at, Episode.year, Episode.number, Episode.title)
        .join(Programme, Programme.running_order_key == RunningOrder.key)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(RunningOrder.transport_sha256.in_(missing), Programme.zone_id == zone.id, Broadcast.ends_at > now)
        .order_by(Broadcast.starts_at)
    )
    for sha256, starts_at, year, number, title in rows:
        if sha256 is not None and sha256 not in found:
            found[sha256] = LackingFile(sha256=sha256, starts_at=starts_at, year=year, number=number, title=title)
    return [*found.values(), *(LackingFile(sha256=item) for item in missing if item not in found)]


def _used_by(state: PlayerState | None) -> DataUsed:
    if state is None:
        return DataUsed()
    return DataUsed(
        day=state.data_day, day_bytes=state.data_bytes, month=state.data_month, earlier_bytes=state.data_earlier_bytes
    )


def _health_in(status: dict[str, Any]) -> Health | None:
    """What the box said of its health; None where it said nothing that can be read."""
    told = status.get("health")
    if told is None:
        return None
    try:
        return village_messages.from_facts(told, Health)
    except BadMessage:
        return None
