"""Corrections of closed books by two persons: one asks, another agrees or refuses; only then it is in the log."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.playout import Evidence, NewEntry, Reason
from scheduler.domain.text import tidy
from scheduler.errors import (
    AlreadyAsked,
    AlreadyDecided,
    BadField,
    CountersignNeeded,
    DeliveryChanged,
    NotInLog,
    ReasonMissing,
    UnknownRequest,
)
from scheduler.models import AsRunEntry, CorrectionRequest, Zone
from scheduler.services import as_run, tally, unreported


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody wants written about a delivery; `after` is the attempt they looked at, 0 without an entry."""

    airing_id: UUID
    zone_id: int
    after: int
    seconds_sounded: float
    reason: Reason | None
    note: str
    evidence: Evidence = Evidence.CONFIRMED
    started_at: datetime | None = None


def wish_of(entry: NewEntry, *, started_at: datetime | None = None) -> Wish:
    """What to ask for where an entry cannot be written at once; without `started_at` it began when the log says."""
    return Wish(
        airing_id=entry.airing_id,
        zone_id=entry.zone_id,
        after=entry.attempt - 1,
        seconds_sounded=entry.seconds_sounded,
        started_at=started_at,
        reason=entry.reason,
        evidence=entry.evidence,
        note=entry.note,
    )


def ask(
    session: Session, wish: Wish, *, by: str, user_id: int | None, now: datetime
) -> CorrectionRequest:  # fmt: skip
    """Ask for an entry about a day whose books are closed; nothing is written into the log yet.

    Raises `BadField`, `ReasonMissing`, `NotInLog` (neither log nor plan know the delivery), `DeliveryChanged`,
    `AlreadyAsked`.
    """
    if not tidy(by):
        raise BadField(field="by", value=by)
    if not tidy(wish.note):
        raise ReasonMissing(decision="correction")
    last = _find_last(session, wish.airing_id, wish.zone_id)
    planned = last.seconds_planned if last is not None else _planned_seconds(session, wish)
    if not 0 <= wish.seconds_sounded <= planned:
        raise BadField(field="seconds_sounded", value=wish.seconds_sounded)
    if last is not None and last.attempt != wish.after:
        raise DeliveryChanged(by=last.recorded_by, seconds=f"{last.seconds_sounded:g}".replace(".", ","))
    waiting = session.scalar(select(CorrectionRequest).where(*is_about(wish.airing_id, wish.zone_id), is_open()))
    if waiting is not None:
        raise AlreadyAsked(by=waiting.asked_by)
    request = _row_of(wish, by=by, user_id=user_id, now=now)
    session.add(request)
    session.flush()
    return request


def ask_all(
    session: Session, wishes: Sequence[Wish], *, by: str, user_id: int | None, now: datetime
) -> int:  # fmt: skip
    """Ask for many entries at once, leaving out what was asked for already; says for how many. Wishes were checked."""
    about = {wish.airing_id for wish in wishes}
    waiting = session.execute(
        select(CorrectionRequest.airing_id, CorrectionRequest.zone_id).where(
            CorrectionRequest.airing_id.in_(about), is_open()
        )
    ).all()
    known = {(airing_id, zone_id) for airing_id, zone_id in waiting}
    fresh = [wish for wish in wishes if (wish.airing_id, wish.zone_id) not in known]
    session.add_all([_row_of(wish, by=by, user_id=user_id, now=now) for wish in fresh])
    session.flush()
    return len(fresh)


def agree(
    session: Session,
    request_id: int,
    *,
    by: str,
    user_id: int | None,
    now: datetime,
    zone: ZoneInfo,
    note: str = "",
    scope: Scope = EVERYWHERE,
) -> CorrectionRequest:
    """Write what was asked for into the log, by both names.

    Raises `UnknownRequest`, `AlreadyDecided`, `CountersignNeeded` for the person who asked, `BadField` without a name,
    `DeliveryChanged` when the log says something else by now than when it was asked for.
    """
    if not tidy(by):
        raise BadField(field="by", value=by)
    tally.lock(session)
    request = _get_undecided(session, request_id, scope)
    if _is_same_person(request, by=by, user_id=user_id):
        raise CountersignNeeded(by=request.asked_by)
    if request.after == 0:
        _write_first(session, request, by=tidy(by), now=now, zone=zone)
    else:
        as_run.correct(
            session,
            airing_id=request.airing_id,
            zone_id=request.zone_id,
            seconds_sounded=request.seconds_sounded,
            author=request.asked_by,
            note=request.note,
            now=now,
            zone=zone,
            reason=request.reason,
            evidence=request.evidence,
            after=request.after,
            countersigned_by=tidy(by),
            started_at=request.started_at,
        )
    return _decide(request, accepted=True, by=by, user_id=user_id, now=now, note=note)


def refuse(
    session: Session,
    request_id: int,
    *,
    by: str,
    user_id: int | None,
    now: datetime,
    note: str,
    scope: Scope = EVERYWHERE,
) -> CorrectionRequest:
    """Let a request fall, saying why. Raises `UnknownRequest`, `AlreadyDecided`, `ReasonMissing`."""
    if not tidy(note):
        raise ReasonMissing(decision="rejected")
    request = _get_undecided(session, request_id, scope)
    return _decide(request, accepted=False, by=by, user_id=user_id, now=now, note=note)


def withdraw(
    session: Session, request_id: int, *, by: str, user_id: int | None, now: datetime
) -> CorrectionRequest:  # fmt: skip
    """Take one's own request back. Raises `UnknownRequest` (also for another's), `AlreadyDecided`."""
    request = _get_undecided(session, request_id, EVERYWHERE)
    if not _is_same_person(request, by=by, user_id=user_id):
        raise UnknownRequest(number=request_id)
    return _decide(request, accepted=False, by=by, user_id=user_id, now=now, note="")


def _write_first(session: Session, request: CorrectionRequest, *, by: str, now: datetime, zone: ZoneInfo) -> None:
    """The first entry about a delivery that nobody had reported."""
    key = (request.airing_id, request.zone_id)
    found = unreported.find(session, [key])
    if key not in found:
        last = _find_last(session, *key)
        if last is None:
            raise NotInLog(airing=str(request.airing_id)[:8], zone=request.zone_id)
        raise DeliveryChanged(by=last.recorded_by, seconds=f"{last.seconds_sounded:g}".replace(".", ","))
    entry = unreported.entry_of(
        found[key],
        seconds=request.seconds_sounded,
        reason=request.reason,
        by=request.asked_by,
        note=request.note,
        countersigned_by=by,
        started_at=request.started_at,
    )
    as_run.record(session, [entry], now=now, zone=zone)


def _decide(
    request: CorrectionRequest, *, accepted: bool, by: str, user_id: int | None, now: datetime, note: str
) -> CorrectionRequest:
    request.accepted = accepted
    request.decided_by = tidy(by)
    request.decided_user_id = user_id
    request.decided_at = now
    request.decision_note = tidy(note)
    return request


def _is_same_person(request: CorrectionRequest, *, by: str, user_id: int | None) -> bool:
    """By number where both have one; commands on the machine itself know only names."""
    if request.asked_user_id is not None and user_id is not None:
        return request.asked_user_id == user_id
    return tidy(request.asked_by).casefold() == tidy(by).casefold()


# --- rows -------------------------------------------------------------------------------------------------------------
def _get_undecided(session: Session, request_id: int, scope: Scope) -> CorrectionRequest:
    query = select(CorrectionRequest).where(CorrectionRequest.id == request_id, *within(scope))
    request = session.scalar(query.with_for_update())
    if request is None:
        raise UnknownRequest(number=request_id)
    if request.decided_at is not None:
        raise AlreadyDecided(by=request.decided_by)
    return request


def within(scope: Scope) -> list[ColumnElement[bool]]:
    """Requests about zones of a scope."""
    if scope.area_ids is None:
        return []
    return [CorrectionRequest.zone_id.in_(select(Zone.id).where(Zone.area_id.in_(scope.area_ids)))]


def is_open() -> ColumnElement[bool]:
    """Requests that nobody has decided on."""
    return CorrectionRequest.decided_at.is_(None)


def is_about(airing_id: UUID, zone_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Requests about one delivery."""
    return CorrectionRequest.airing_id == airing_id, CorrectionRequest.zone_id == zone_id


def _find_last(session: Session, airing_id: UUID, zone_id: int) -> AsRunEntry | None:
    query = select(AsRunEntry).where(AsRunEntry.airing_id == airing_id, AsRunEntry.zone_id == zone_id)
    return session.scalar(query.order_by(AsRunEntry.attempt.desc()).limit(1))


def _planned_seconds(session: Session, wish: Wish) -> float:
    found = unreported.find(session, [(wish.airing_id, wish.zone_id)])
    if not found:
        raise NotInLog(airing=str(wish.airing_id)[:8], zone=wish.zone_id)
    return next(iter(found.values())).seconds


def _row_of(wish: Wish, *, by: str, user_id: int | None, now: datetime) -> CorrectionRequest:
    asked = {**asdict(wish), "note": tidy(wish.note)}
    return CorrectionRequest(**asked, asked_by=tidy(by), asked_user_id=user_id, asked_at=now)
