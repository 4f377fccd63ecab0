"""What a station's own state makes an alarm of: disk, clock, a missed broadcast, a promise for tomorrow, the backup."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import FindingCode
from scheduler.domain.reach import TOLD_LIVE
from scheduler.domain.station import Problem, Readings, find_clock_problems, find_disk_problems
from scheduler.domain.time import day_span, local_day
from scheduler.models import Alarm, AsRunEntry
from scheduler.services import plan_findings, playout, tally
from scheduler.services.today import ON_PURPOSE, UNHEARD

MISSED_TOLD_FOR = timedelta(days=1)
"""A missed broadcast cannot be mended: after so long the alarm ends by itself."""
SILENCES = frozenset({FindingCode.EDITION_MISSING, FindingCode.EDITION_NOT_APPROVED, FindingCode.NOTHING_LEFT_TO_AIR})
"""Findings after which a promised programme would not be heard."""
_STATION = "station"
KINDS = frozenset({*TOLD_LIVE, "backup_old", "backup_never"})

Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupState:
    """Where backups are kept and how old the newest may be; None where no folder was named."""

    newest_at: datetime | None
    most: timedelta


def settle(
    session: Session, *, readings: Readings, backup: BackupState | None, now: datetime, zone: ZoneInfo
) -> None:  # fmt: skip
    """Raise what is wrong now and clear what is not any more; an outage keeps its row as long as it lasts."""
    wanted: dict[Key, Mapping[str, Any]] = dict(_find_machine(readings))
    wanted.update(_find_missed(session, now=now))
    wanted.update(_find_silent_tomorrow(session, now=now, zone=zone))
    wanted.update(_find_backup(backup, now=now))
    for alarm in session.scalars(select(Alarm).where(Alarm.kind.in_(KINDS), Alarm.cleared_at.is_(None))):
        if (alarm.kind, alarm.subject) not in wanted:
            alarm.cleared_at = now
    session.flush()
    for (kind, subject), facts in wanted.items():
        playout.raise_alarm(session, kind=kind, subject=subject, facts=facts, now=now)


def _find_machine(readings: Readings) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    problems: list[Problem] = [
        *find_disk_problems(free_bytes=readings.free_bytes, total_bytes=readings.total_bytes),
        *find_clock_problems(synchronised=readings.synchronised),
    ]
    for problem in problems:
        yield (problem.code, _STATION), problem.facts


def _find_missed(session: Session, *, now: datetime) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """Broadcasts that places should have heard in the last day and did not; what somebody wanted is none."""
    entry = AsRunEntry
    rows = session.execute(
        select(
            entry.broadcast_id,
            func.min(entry.series_title),
            func.min(entry.planned_at, type_=entry.planned_at.type),
            func.count(entry.zone_id.distinct()),
        )
        .where(
            entry.planned_at > now - MISSED_TOLD_FOR,
            entry.planned_at <= now,
            entry.kind.in_(UNHEARD),
            entry.reason.is_(None) | entry.reason.not_in(ON_PURPOSE),
            entry.exercise.is_(False),
            entry.local_day >= (now - MISSED_TOLD_FOR - timedelta(days=1)).date(),  # lets an index serve
            tally.entry_holds(),
        )
        .group_by(entry.broadcast_id)
    )
    for broadcast_id, title, planned_at, zones in rows:
        facts = {"title": title, "starts_at": planned_at.isoformat(), "zones": zones}
        yield ("broadcast_missed", f"broadcast:{broadcast_id}"), facts


def _find_silent_tomorrow(
    session: Session, *, now: datetime, zone: ZoneInfo
) -> Iterator[tuple[Key, Mapping[str, Any]]]:  # fmt: skip
    day = local_day(now, zone) + timedelta(days=1)
    span = day_span(day, day, zone)
    found = [item.finding for item in plan_findings.find(session, span) if item.finding.code in SILENCES]
    if found:
        facts = {"day": f"{day:%d/%m/%Y}", "number": len(found)}
        yield ("nothing_to_air", f"day:{day.isoformat()}"), facts


def _find_backup(backup: BackupState | None, *, now: datetime) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    if backup is None:
        return
    if backup.newest_at is None:
        yield ("backup_never", _STATION), {}
    elif now - backup.newest_at > backup.most:
        yield ("backup_old", _STATION), {"made_at": backup.newest_at.isoformat()}
