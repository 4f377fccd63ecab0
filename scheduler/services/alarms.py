"""Alarms as people see them: what is wrong now, what was, and who sees to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.text import tidy
from scheduler.errors import AlarmOver, UnknownAlarm
from scheduler.models import Alarm

PAGE = 50
LONGEST_NOTE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarms:
    """The open ones, the newest first, and a page of those that are over."""

    open: Sequence[Alarm]
    over: Sequence[Alarm]
    over_number: int


def look(session: Session, *, page: int = 1) -> Alarms:
    """What is wrong now and what was."""
    newest = (Alarm.raised_at.desc(), Alarm.id.desc())
    is_over = Alarm.cleared_at.is_not(None)
    return Alarms(
        open=list(session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(*newest))),
        over=list(
            session.scalars(select(Alarm).where(is_over).order_by(*newest).limit(PAGE).offset((page - 1) * PAGE))
        ),
        over_number=session.scalar(select(func.count()).select_from(Alarm).where(is_over)) or 0,
    )


def acknowledge(session: Session, alarm_id: int, *, by: str, note: str, now: datetime) -> Alarm:
    """Say that somebody sees to an outage. It holds for this outage alone: the next one is another alarm.

    Whoever said so first stays named. Raises `UnknownAlarm`, `AlarmOver`.
    """
    alarm = session.get(Alarm, alarm_id, with_for_update=True)
    if alarm is None:
        raise UnknownAlarm(alarm=alarm_id)
    if alarm.acknowledged_at is not None:
        return alarm
    if alarm.cleared_at is not None:
        raise AlarmOver(since=alarm.cleared_at)
    alarm.acknowledged_at, alarm.acknowledged_by = now, by
    alarm.acknowledgement = tidy(note)[:LONGEST_NOTE]
    return alarm
