"""Why a zone is silent: what the rows say of this moment, handed to the judgement in the domain."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind, Hours, LoudspeakerState, is_within_allowed_hours
from scheduler.domain.planning import BroadcastState, Finding
from scheduler.domain.playout import EntryKind
from scheduler.domain.silence import CalledOff, Due, Moment, Outcome, Paused, Sounding, Unreported, why_now
from scheduler.domain.station import BACKBONE, PLAYOUT, Problem, find_pulse_problems, is_alive
from scheduler.domain.time import TimeSpan, local_day
from scheduler.log_words import came_to
from scheduler.models import Alarm, AsRunEntry, AuditEntry, Broadcast, Claim, Episode, Programme, Zone
from scheduler.services import (
    called_off,
    coverage_view,
    fleet_box,
    plan_findings,
    playout,
    status,
    tally,
    village_reports,
)

LATELY = timedelta(hours=36)
"""A failure before yesterday says nothing of today."""
SOON = timedelta(days=2)
FINDINGS_SHOWN = 2
TOLD_AS_LACKS = ("village_offline", "village_problem", "village_twins")
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """About which zone, at which instant, by which of the station's numbers."""

    zone: Zone
    hours: Hours
    """When the zone may sound that day."""
    now: datetime
    time_zone: ZoneInfo
    patience: timedelta
    """So long a daemon may say nothing."""


def explain(session: Session, ask: Ask) -> list[Problem]:
    """Why nothing is heard in a zone now (or that something is): the first sentence is the answer."""
    return why_now(look(session, ask))


def look(session: Session, ask: Ask) -> Moment:
    """All that the rows say of a zone now."""
    there = [item for item in ask.zone.loudspeakers if item.state != LoudspeakerState.REMOVED]
    moment = TimeSpan(starts_at=ask.now, ends_at=ask.now + A_MOMENT)
    signs = status.read_signs(session)
    alive = {sign.owner for sign in signs if is_alive(sign, now=ask.now, silence=ask.patience)}
    alive |= village_reports.find_sounding_players(session)
    is_village = ask.zone.carrier == CarrierKind.VILLAGE
    coming = coverage_view.find_next(session, ask.zone, now=ask.now, limit=1)
    return Moment(
        hours=ask.hours,
        is_within_hours=is_within_allowed_hours(moment, ask.hours, ask.time_zone),
        removed_at=ask.zone.removed_at,
        paused=None if ask.zone.active else find_paused(session, ask.zone),
        sounding=_find_sounding(session, ask.zone, alive=alive),
        playout=find_pulse_problems(signs, role=BACKBONE if is_village else PLAYOUT, now=ask.now, silence=ask.patience),
        alarms=find_alarms(session, ask.zone),
        awaited=_find_awaited(session, ask),
        called_off=_find_called_off(session, ask),
        last=_find_last(session, ask),
        loudspeakers=len(there),
        broken=sum(item.state == LoudspeakerState.BROKEN for item in there),
        coming=next((Due(at=item.broadcast.starts_at, title=item.title) for item in coming), None),
        found=_find_soon(session, ask),
        is_village=is_village,
        lacks=fleet_box.find_lacks_of(session, ask.zone, now=ask.now) if is_village else (),
        unreported=_find_unreported(session, ask) if is_village else None,
    )


def _find_unreported(session: Session, ask: Ask) -> Unreported | None:
    span = TimeSpan(starts_at=ask.now - village_reports.LOOKED_BACK, ends_at=ask.now)
    return village_reports.find_unreported(session, ask.zone, span=span)


def find_paused(session: Session, zone: Zone) -> Paused:
    """Who put a zone out of use, as far as the audit trail knows."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.kind == Zone.__tablename__, AuditEntry.subject == str(zone.id))
        .order_by(AuditEntry.id.desc())
    )
    done = next((entry for entry in entries if entry.after.get("active") is False), None)
    return Paused() if done is None or not done.who else Paused(by=done.who, since=done.at)


def _find_sounding(session: Session, zone: Zone, *, alive: Collection[str]) -> Sounding | None:
    """What a daemon that lives reports to sound in a zone."""
    found = session.execute(
        _broadcasts_of(zone)
        .join(Claim, (Claim.broadcast_id == Broadcast.id) & (Claim.zone_id == zone.id))
        .add_columns(Claim.started_at)
        .where(Claim.closed_at.is_(None), Claim.started_at.is_not(None), Claim.owner.in_(alive))
        .order_by(Claim.started_at.desc())
    ).first()
    return None if found is None or found[2] is None else Sounding(title=found[1], since=found[2])


def find_alarms(session: Session, zone: Zone) -> list[Problem]:
    """The open alarms of a zone and of its carrier, the oldest first."""
    subjects = (f"carrier:{zone.carrier}", f"zone:{zone.code}")
    alarms = session.scalars(
        select(Alarm)
        .where(Alarm.cleared_at.is_(None), Alarm.subject.in_(subjects), Alarm.kind.not_in(TOLD_AS_LACKS))
        .order_by(Alarm.raised_at, Alarm.id)
    )  # fmt: skip
    return [
        Problem(code=alarm.kind, facts={**playout.facts_of(alarm), "since": alarm.raised_at}, severe=True)
        for alarm in alarms
    ]


def worst_of(entries: Iterable[AsRunEntry]) -> Outcome:
    """What a broadcast came to in a zone: of its languages the one that went worst."""
    order = (EntryKind.MISSED, EntryKind.FAILED, EntryKind.INTERRUPTED, EntryKind.PARTIAL, EntryKind.SOUNDED)
    told = sorted(entries, key=lambda entry: order.index(came_to(entry)))
    kind = came_to(told[0])
    heard = sum(entry.seconds_sounded for entry in told)
    if kind in order[:2] and heard > 0:  # one language was lost, the other was heard
        kind = EntryKind.PARTIAL
    return Outcome(
        kind=kind,
        reason=told[0].reason,
        seconds_sounded=heard,
        seconds_planned=sum(entry.seconds_planned for entry in told),
    )


def _find_awaited(session: Session, ask: Ask) -> list[Due]:
    """Broadcasts that should sound here right now, of which nothing is on air or in the log."""
    logged = select(AsRunEntry.id).where(
        AsRunEntry.broadcast_id == Broadcast.id, AsRunEntry.zone_id == ask.zone.id
    )  # fmt: skip
    states = (BroadcastState.PLANNED, BroadcastState.ON_AIR)
    due = _broadcasts_of(ask.zone).where(
        Broadcast.starts_at <= ask.now, Broadcast.ends_at > ask.now, Broadcast.state.in_(states), ~logged.exists()
    )
    found = session.execute(due.order_by(Broadcast.starts_at))
    return [Due(at=broadcast.starts_at, title=title) for broadcast, title in found]


def _find_called_off(session: Session, ask: Ask) -> list[CalledOff]:
    """What was called off today; what was moved to later today will be heard, and is no longer missed."""
    today = local_day(ask.now, ask.time_zone)
    return [
        item
        for item in called_off.find(session, ask.zone, day=today, zone_of_time=ask.time_zone)
        if item.moved_to is None or item.moved_to > ask.now
    ]


def _find_last(session: Session, ask: Ask) -> tuple[Due, Outcome] | None:
    """The last delivery, when it was lately."""
    first_day = local_day(ask.now - LATELY, ask.time_zone)
    entries = session.scalars(
        select(AsRunEntry)
        .where(
            AsRunEntry.zone_id == ask.zone.id,
            AsRunEntry.local_day >= first_day,
            AsRunEntry.planned_at.between(ask.now - LATELY, ask.now),
            tally.entry_holds(),
        )
        .order_by(AsRunEntry.planned_at.desc(), AsRunEntry.id)
    ).all()
    if not entries:
        return None
    of_one = [entry for entry in entries if entry.broadcast_id == entries[0].broadcast_id]
    at = min(entry.planned_at for entry in of_one)
    return Due(at=at, title=of_one[-1].title), worst_of(of_one)


def _find_soon(session: Session, ask: Ask) -> list[tuple[datetime, Finding]]:
    span = TimeSpan(starts_at=ask.now, ends_at=ask.now + SOON)
    found = plan_findings.find_of_zone(session, span, ask.zone.id)[:FINDINGS_SHOWN]
    return [(finding.subject.starts_at, finding) for finding in found]


def _broadcasts_of(zone: Zone) -> Select[Broadcast, str]:
    return (
        select(Broadcast, Episode.title)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(Programme.zone_id == zone.id)
    )
