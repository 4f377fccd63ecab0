"""What the central information system is told, kept as rows until it has taken it: at least once, by its number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from scheduler.domain.central import ClusterStatus, LogLine, MessageKind
from scheduler.domain.coverage import CarrierKind, ZoneState
from scheduler.domain.identity import uuid7
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.models import AsRunEntry, Broadcast, CentralMessage, Claim, Episode, Series, Zone
from scheduler.services import zone_states
from scheduler.services.zone_states import Now

AT_ONCE: Final = 200
RETRY_AFTER: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=30)
"""Rows that were taken stay so long, so that people can see what was told."""
STATUS_AGAIN: Final = timedelta(minutes=30)
"""A zone in which nothing changes is told of so often."""
_MARK, _OF_LOG = "mark", "log"
_SPACE: Final = UUID("8b0d3b44-3a53-4f6e-9a4e-0d8d4f6f2c11")
_OUT_OF_CONTACT = frozenset({ZoneState.OFFLINE, ZoneState.NO_PLAYER, ZoneState.CARRIER_DOWN})
_NO_ANSWER = frozenset({CarrierKind.FILE.value, CarrierKind.MEMORY.value})


# --- filling --------------------------------------------------------------------------------------------------------
def fill_log(session: Session, *, now: datetime) -> int:
    """Take new entries of the log into the outbox; says how many. What was before the first look is not told."""
    mark = session.scalar(
        select(CentralMessage).where(CentralMessage.kind == _MARK, CentralMessage.subject == _OF_LOG)
    )  # fmt: skip
    if mark is None:
        newest = session.scalar(select(func.max(AsRunEntry.id))) or 0
        body = {"entry": newest}
        session.add(
            CentralMessage(id=uuid7(now=now), kind=_MARK, subject=_OF_LOG, body=body, made_at=now, taken_at=now)
        )
        return 0
    after = int(mark.body["entry"])
    found = session.execute(
        select(AsRunEntry, Zone.carrier)
        .outerjoin(Zone, Zone.id == AsRunEntry.zone_id)
        .where(AsRunEntry.id > after)
        .order_by(AsRunEntry.id)
        .limit(5 * AT_ONCE)
    ).all()
    for entry, carrier in found:
        line = _line(entry, carrier or "")
        session.add(_message(MessageKind.LOG, f"entry:{entry.id}", line, line.id, now=now))
    if found:
        mark.body = {"entry": found[-1][0].id}
    return len(found)


def _line(entry: AsRunEntry, carrier: str) -> LogLine:
    return LogLine(
        id=uuid5(_SPACE, f"entry:{entry.airing_id}:{entry.zone_id}:{entry.attempt}"),
        entry=entry.id, airing_id=entry.airing_id, attempt=entry.attempt, kind=entry.kind, zone_code=entry.zone_code,
        zone_name=entry.zone_name, area_name=entry.area_name, carrier=carrier, series_title=entry.series_title,
        title=entry.title, year=entry.episode_year, number=entry.episode_number, language=entry.language,
        priority=entry.priority, exercise=entry.exercise, planned_at=entry.planned_at, started_at=entry.started_at,
        ended_at=entry.ended_at, seconds_sounded=entry.seconds_sounded, evidence=entry.evidence, reason=entry.reason,
        note=entry.note,
    )  # fmt: skip


def fill_status(session: Session, *, moment: Now) -> int:
    """Take how each zone is into the outbox, where it changed or was not told for a while; says how many."""
    states = zone_states.States(session, moment=moment)
    playing = _playing(session)
    kept = {
        row.subject: row
        for row in session.scalars(select(CentralMessage).where(CentralMessage.kind == MessageKind.STATUS.value))
    }
    told = 0
    for zone in session.scalars(select(Zone).where(Zone.removed_at.is_(None)).order_by(Zone.id)):
        state = states.of(zone.id, active=zone.active, carrier=zone.carrier)
        started_at, title = playing.get(zone.id, (None, ""))
        status = ClusterStatus(
            id=uuid7(now=moment.at), zone_code=zone.code, zone_name=zone.name, carrier=zone.carrier, at=moment.at,
            is_playing=state is ZoneState.ON_AIR, is_paused=state is ZoneState.PAUSED,
            is_connected=None if zone.carrier in _NO_ANSWER else state not in _OUT_OF_CONTACT,
            latitude=zone.latitude, longitude=zone.longitude,
            started_at=started_at if state is ZoneState.ON_AIR else None,
            title=title if state is ZoneState.ON_AIR else "",
        )  # fmt: skip
        told += _tell_status(session, kept.get(zone.code), status, now=moment.at)
    return told


def _tell_status(session: Session, kept: CentralMessage | None, status: ClusterStatus, *, now: datetime) -> int:
    fresh = _message(MessageKind.STATUS, status.zone_code, status, status.id, now=now)
    if kept is None:
        session.add(fresh)
        return 1
    same = {**kept.body, "at": "", "id": ""} == {**fresh.body, "at": "", "id": ""}
    if same and now - kept.made_at < STATUS_AGAIN:
        return 0
    kept.body, kept.made_at, kept.attempts, kept.next_at, kept.taken_at = fresh.body, now, 0, now, None
    return 1


def _playing(session: Session) -> dict[int, tuple[datetime, str]]:
    rows = session.execute(
        select(Claim.zone_id, Claim.started_at, Series.title, Episode.number)
        .join(Broadcast, Broadcast.id == Claim.broadcast_id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .join(Series, Series.id == Episode.series_id)
        .where(Claim.closed_at.is_(None), Claim.started_at.is_not(None))
    )
    return {
        zone_id: (started_at, f"{title} – số {number}")
        for zone_id, started_at, title, number in rows
        if started_at is not None
    }


def _message(
    kind: MessageKind, subject: str, about: ClusterStatus | LogLine, number: UUID, *, now: datetime
) -> CentralMessage:  # fmt: skip
    body = {name: _plain(value) for name, value in asdict(about).items()}
    return CentralMessage(id=number, kind=kind.value, subject=subject, body=body, made_at=now, next_at=now)


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


# --- sending --------------------------------------------------------------------------------------------------------
def take_due(session: Session, kind: MessageKind, *, now: datetime) -> list[tuple[UUID, Mapping[str, Any]]]:
    """What is to be sent now, the oldest first, noted as tried; it comes again unless `note_taken` follows."""
    due = session.scalars(
        select(CentralMessage)
        .where(CentralMessage.kind == kind.value, CentralMessage.next_at <= now)
        .order_by(CentralMessage.made_at, CentralMessage.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for message in due:
        message.attempts += 1
        message.next_at = now + min(RETRY_AFTER * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
    in_order = sorted(due, key=lambda message: int(message.body.get("entry", 0)))
    return [(message.id, message.body) for message in in_order]


def note_taken(session: Session, kind: MessageKind, numbers: Collection[UUID], *, now: datetime) -> None:
    """They arrived. What was changed meanwhile stays to be told."""
    session.execute(
        update(CentralMessage)
        .where(CentralMessage.kind == kind.value, CentralMessage.id.in_(numbers), CentralMessage.made_at <= now)
        .values(taken_at=now, next_at=None, problem="")
    )


def note_failed(session: Session, numbers: Collection[UUID], *, problem: str) -> None:
    """They did not; they come again."""
    session.execute(update(CentralMessage).where(CentralMessage.id.in_(numbers)).values(problem=problem[:300]))


def forget_old(session: Session, *, now: datetime) -> None:
    """Rows of the log that were taken long ago go; the log itself stays."""
    old = CentralMessage.kind == MessageKind.LOG.value, CentralMessage.taken_at < now - KEPT
    session.execute(delete(CentralMessage).where(*old))


def read_status(body: Mapping[str, Any]) -> ClusterStatus:
    """A status as it was kept."""
    return ClusterStatus(**_values(ClusterStatus, body))


def read_line(body: Mapping[str, Any]) -> LogLine:
    """A line of the log as it was kept."""
    values = _values(LogLine, body)
    reason = values["reason"]
    return LogLine(
        **{
            **values,
            "airing_id": UUID(values["airing_id"]),
            "kind": EntryKind(values["kind"]),
            "evidence": Evidence(values["evidence"]),
            "reason": None if reason is None else Reason(reason),
        }
    )


def _values(kind: type, body: Mapping[str, Any]) -> dict[str, Any]:
    known: Sequence[str] = [item.name for item in fields(kind)]
    found = {name: body[name] for name in known if name in body}
    for name, value in found.items():
        if (name.endswith("_at") or name == "at") and isinstance(value, str):
            found[name] = datetime.fromisoformat(value)
    return {**found, "id": UUID(found["id"])}


def count_waiting(session: Session) -> tuple[int, str]:
    """How much waits, and what came of the last attempt that failed."""
    waiting = session.scalar(select(func.count()).where(CentralMessage.next_at.is_not(None))) or 0
    problem = session.scalar(
        select(CentralMessage.problem)
        .where(CentralMessage.next_at.is_not(None), CentralMessage.problem != "")
        .order_by(CentralMessage.made_at.desc())
        .limit(1)
    )
    return waiting, problem or ""
