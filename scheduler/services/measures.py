"""The station in numbers for monitoring, counted anew at every look over all processes: they meet in the rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import ZoneState
from scheduler.domain.periods import year_of
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind
from scheduler.domain.programme import IngestState
from scheduler.domain.village import JournalState
from scheduler.models import (
    Alarm,
    AsRunEntry,
    Broadcast,
    CentralMessage,
    IngestRequest,
    NoticeDelivery,
    PlanFinding,
    PlanState,
    Player,
    PlayerState,
    Pulse,
    Seal,
    UtcDateTime,
    Zone,
)
from scheduler.models.village import VillageJournalRow
from scheduler.services import count_tables, tally
from scheduler.services.zone_states import Now, States

A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """What is counted; instants are None where there was none yet."""

    zones: Mapping[ZoneState, int]
    deliveries_today: Mapping[EntryKind, int]
    """By the entry that holds."""
    produced_this_year: Mapping[str, int]
    broadcast_this_year: Mapping[str, int]
    alarms: Mapping[tuple[str, bool], int]
    """Open alarms by kind and by whether somebody said that they see to it."""
    signs: Mapping[str, datetime]
    """The newest sign of life of each role."""
    broadcasts_next_day: int
    next_broadcast_at: datetime | None
    plan_written_at: datetime | None
    findings: int
    players: int
    players_online: int
    journal_waiting: int
    journal_held_back: int
    ingest_waiting: int
    notices_waiting: int
    notices_given_up: int
    central_waiting: int
    seals: int
    sealed_until: date | None


def read(session: Session, *, now: datetime, day: date, patience: timedelta) -> Measures:
    """All numbers of this instant."""
    year = [year_of(day.year)]
    coming = (Broadcast.state == BroadcastState.PLANNED, Broadcast.starts_at > now)
    seals, sealed_until = session.execute(select(func.count(Seal.id), func.max(Seal.day))).one()
    return Measures(
        zones=_zones(session, now=now, day=day, patience=patience),
        deliveries_today=_deliveries(session, day),
        produced_this_year=_sums(count_tables.count_produced(session, year)),
        broadcast_this_year=_sums(count_tables.count_broadcast(session, year)),
        alarms=_alarms(session),
        signs=_signs(session),
        broadcasts_next_day=_number(session, Broadcast.id, *coming, Broadcast.starts_at <= now + A_DAY),
        next_broadcast_at=session.scalar(select(func.min(Broadcast.starts_at, type_=UtcDateTime())).where(*coming)),
        plan_written_at=session.scalar(select(PlanState.written_at)),
        findings=_number(session, PlanFinding.key, PlanFinding.starts_at > now),
        players=_number(session, Player.id, Player.revoked_at.is_(None)),
        players_online=session.scalar(
            select(func.count(Player.id))
            .join(PlayerState, PlayerState.player_id == Player.id)
            .where(Player.revoked_at.is_(None), PlayerState.online)
        )
        or 0,
        journal_waiting=_number(session, VillageJournalRow.state, VillageJournalRow.state == JournalState.RECEIVED),
        journal_held_back=_number(
            session, VillageJournalRow.state, VillageJournalRow.state == JournalState.QUARANTINED
        ),
        ingest_waiting=_number(
            session, IngestRequest.id, IngestRequest.state.in_((IngestState.QUEUED, IngestState.RUNNING))
        ),
        notices_waiting=_number(session, NoticeDelivery.notice_id, NoticeDelivery.next_at.is_not(None)),
        notices_given_up=_number(session, NoticeDelivery.notice_id, NoticeDelivery.given_up_at.is_not(None)),
        central_waiting=_number(session, CentralMessage.id, CentralMessage.next_at.is_not(None)),
        seals=seals,
        sealed_until=sealed_until,
    )


def _number(session: Session, column: object, *conditions: object) -> int:
    found: int | None = session.scalar(select(func.count(column)).where(*conditions))  # type: ignore[arg-type]
    return found or 0


def _zones(session: Session, *, now: datetime, day: date, patience: timedelta) -> Mapping[ZoneState, int]:
    states = States(session, moment=Now(at=now, day=day, patience=patience))
    rows = session.execute(select(Zone.id, Zone.active, Zone.carrier).where(Zone.removed_at.is_(None)))
    found = Counter(states.of(zone_id, active=active, carrier=carrier) for zone_id, active, carrier in rows)
    return {state: found[state] for state in ZoneState}


def _deliveries(session: Session, day: date) -> Mapping[EntryKind, int]:
    rows = session.execute(
        select(AsRunEntry.kind, func.count())
        .where(AsRunEntry.local_day == day, tally.entry_holds())
        .group_by(AsRunEntry.kind)
    )
    found = dict(rows.all())
    return {kind: found.get(kind, 0) for kind in EntryKind}


def _alarms(session: Session) -> Mapping[tuple[str, bool], int]:
    rows = session.execute(select(Alarm.kind, Alarm.acknowledged_at).where(Alarm.cleared_at.is_(None)))
    return Counter((kind, seen_to is not None) for kind, seen_to in rows)


def _signs(session: Session) -> Mapping[str, datetime]:
    newest = select(Pulse.role, func.max(Pulse.at, type_=UtcDateTime())).group_by(Pulse.role)
    return dict(session.execute(newest).all())


def _sums(by_language: Mapping[str, list[int]]) -> dict[str, int]:
    return {language: sum(numbers) for language, numbers in by_language.items()}
