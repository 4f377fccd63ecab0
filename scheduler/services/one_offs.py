"""Changing broadcasts that belong to no slot: another episode, another time."""

from datetime import datetime

from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.errors import BadField, NothingToPlan
from scheduler.models import Broadcast, Episode
from scheduler.services import plan_findings, planning, slots
from scheduler.services.plan_source import FREEZE, PlanningSettings


def move_one_off(
    session: Session, broadcast: Broadcast, *, to: datetime, now: datetime, settings: PlanningSettings
) -> None:
    """Let it start at another instant. Raises `TooLateToPlan`, `NothingToPlan` when no zone can carry it then."""
    slots.check_not_begun(session, broadcast, now=now, settings=settings, margin=FREEZE)
    slots.check_time(to, now=now, settings=settings, margin=FREEZE)
    lasts = broadcast.ends_at - broadcast.starts_at
    broadcast.starts_at, broadcast.ends_at = to, to + lasts
    _plan_again(session, broadcast, now=now, settings=settings)


def replace_one_off(
    session: Session, broadcast: Broadcast, episode: Episode, *, now: datetime, settings: PlanningSettings
) -> None:
    """Let it air another episode of its series. Raises `BadField`, `TooLateToPlan`, `NothingToPlan`."""
    if episode.series_id != broadcast.series_id:
        raise BadField(field="episode", value=f"{episode.number}/{episode.year}")
    slots.check_not_begun(session, broadcast, now=now, settings=settings, margin=FREEZE)
    broadcast.episode = episode
    _plan_again(session, broadcast, now=now, settings=settings)


def _plan_again(session: Session, broadcast: Broadcast, *, now: datetime, settings: PlanningSettings) -> None:
    session.flush()
    planning.write_plan(session, now=now, settings=settings)
    if broadcast.state is not BroadcastState.CANCELLED:
        return
    subject = plan_findings.subject_of(broadcast)
    found = tuple(plan_findings.find_with_zones(session, subject))
    raise NothingToPlan(findings=", ".join(dict.fromkeys(item.code.value for item in found)), found=found)
