"""Why a zone is silent: what the rows say of this moment, as sentences with the weightiest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import Hours, LoudspeakerState, is_within_allowed_hours, tell_hours
from scheduler.domain.planning import BroadcastState
from scheduler.domain.station import PLAYOUT, Problem, find_pulse_problems
from scheduler.domain.time import TimeSpan
from scheduler.models import Alarm, AsRunEntry, Broadcast, Claim, Episode, Programme, Zone
from scheduler.services import coverage_view, plan_findings, status, tally
from scheduler.services.today import UNHEARD

LATELY = timedelta(hours=36)
"""A failure before yesterday says nothing of today."""
SOON = timedelta(days=2)
FINDINGS_SHOWN = 2
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
    if not ask.zone.active:
        return [Problem(code="zone_paused")]
    sounding = _find_sounding(session, ask)
    if sounding is not None:
        return [sounding, *_find_broken_loudspeakers(ask)]
    broken = [
        *find_pulse_problems(status.read_signs(session), role=PLAYOUT, now=ask.now, silence=ask.patience),
        *_find_alarms(session, ask),
        *_find_awaited(session, ask),
        *_find_missed(session, ask),
        *_find_broken_loudspeakers(ask),
    ]
    return [*broken, *_tell_plan(session, ask)]


def _find_sounding(session: Session, ask: Ask) -> Problem | None:
    found = session.execute(
        _broadcasts_of(ask.zone)
        .join(Claim, (Claim.broadcast_id == Broadcast.id) & (Claim.zone_id == ask.zone.id))
        .add_columns(Claim.started_at)
        .where(Claim.closed_at.is_(None), Claim.started_at.is_not(None))
    ).first()
    return None if found is None else Problem(code="zone_sounds", facts={"title": found[1], "since": found[2]})


def _find_alarms(session: Session, ask: Ask) -> Iterator[Problem]:
    subjects = (f"carrier:{ask.zone.carrier}", f"zone:{ask.zone.code}")
    alarms = session.scalars(
        select(Alarm).where(Alarm.cleared_at.is_(None), Alarm.subject.in_(subjects)).order_by(Alarm.raised_at)
    )
    for alarm in alarms:
        facts = {**alarm.facts, "kind": alarm.kind, "subject": alarm.subject, "since": alarm.raised_at}
        yield Problem(code=alarm.kind, facts=facts, severe=True)


def _find_awaited(session: Session, ask: Ask) -> Iterator[Problem]:
    """Broadcasts that should sound here right now, of which nothing is on air or in the log."""
    logged = select(AsRunEntry.id).where(
        AsRunEntry.broadcast_id == Broadcast.id, AsRunEntry.zone_id == ask.zone.id
    )  # fmt: skip
    states = (BroadcastState.PLANNED, BroadcastState.ON_AIR)
    due = _broadcasts_of(ask.zone).where(
        Broadcast.starts_at <= ask.now, Broadcast.ends_at > ask.now, Broadcast.state.in_(states), ~logged.exists()
    )
    for broadcast, title in session.execute(due.order_by(Broadcast.starts_at)):
        yield Problem(code="zone_awaited", facts={"at": broadcast.starts_at, "title": title}, severe=True)


def _find_missed(session: Session, ask: Ask) -> Iterator[Problem]:
    """The last delivery, when nothing of it was heard."""
    last = session.scalar(
        select(AsRunEntry)
        .where(AsRunEntry.zone_id == ask.zone.id, AsRunEntry.planned_at <= ask.now, tally.entry_holds())
        .order_by(AsRunEntry.local_day.desc(), AsRunEntry.planned_at.desc())
        .limit(1)
    )
    if last is None or last.planned_at < ask.now - LATELY or last.kind not in UNHEARD:
        return
    facts = {"at": last.planned_at, "title": last.title, "reason": last.reason}
    yield Problem(code="zone_missed", facts=facts, severe=True)


def _find_broken_loudspeakers(ask: Ask) -> Iterator[Problem]:
    there = [item for item in ask.zone.loudspeakers if item.state != LoudspeakerState.REMOVED]
    if there and all(item.state == LoudspeakerState.BROKEN for item in there):
        yield Problem(code="zone_without_loudspeaker", facts={"number": len(there)})


def _tell_plan(session: Session, ask: Ask) -> Iterator[Problem]:
    """What the plan says: nothing is due at this hour, and what comes, or why nothing does."""
    moment = TimeSpan(starts_at=ask.now, ends_at=ask.now + A_MOMENT)
    if not is_within_allowed_hours(moment, ask.hours, ask.time_zone):
        yield Problem(code="zone_outside_hours", facts={"hours": tell_hours(ask.hours)})
    coming = coverage_view.find_next(session, ask.zone, now=ask.now, limit=1)
    for item in coming:
        yield Problem(code="zone_waits", facts={"at": item.broadcast.starts_at, "title": item.title})
    if not coming:
        yield Problem(code="zone_not_planned")
    span = TimeSpan(starts_at=ask.now, ends_at=ask.now + SOON)
    for finding in plan_findings.find_of_zone(session, span, ask.zone.id)[:FINDINGS_SHOWN]:
        yield Problem(code="zone_found", facts={"at": finding.subject.starts_at, "found": finding})


def _broadcasts_of(zone: Zone) -> Select[Broadcast, str]:
    return (
        select(Broadcast, Episode.title)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(Programme.zone_id == zone.id)
    )
