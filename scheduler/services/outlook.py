"""What the plan lacks for tomorrow, what yesterday lacks, how far the year has come: slow things, read now and then."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import Finding, FindingCode, Priority
from scheduler.domain.station import Problem
from scheduler.domain.status import Outlook, Progress, expected_by
from scheduler.domain.text import sort_key
from scheduler.domain.time import day_span, local_day
from scheduler.models import AiringTally, Production, Series
from scheduler.services import doctor, plan_findings, reconciliation, village_doctor

FINDINGS_SHOWN = 6
ACCEPTED = frozenset({FindingCode.DURATION_OUTSIDE_RULE})
"""Findings that ask nobody for anything: it was approved as it is."""


def look(session: Session, *, now: datetime, zone: ZoneInfo) -> Outlook:
    """What is missing for tomorrow, in villages for what they play next, and of yesterday; the year's progress."""
    today = local_day(now, zone)
    return Outlook(
        progress=tuple(read_progress(session, day=today)),
        problems=(
            *doctor.find_plan_problems(session, now=now, zone=zone),
            *find_gaps(session, day=today + timedelta(days=1), zone=zone),
            *village_doctor.find_problems(session, now=now),
            *reconciliation.find_problems(session, now=now, zone=zone),
        ),
    )


def find_gaps(session: Session, *, day: date, zone: ZoneInfo) -> list[Problem]:
    """What the plan of a day lacks: editions that are missing or not approved, places that get nothing, overlaps."""
    kept = (item.finding for item in plan_findings.find(session, day_span(day, day, zone)))
    told = _without_repeats(item for item in kept if item.code not in ACCEPTED)
    problems = [
        Problem(
            code="plan_finding",
            facts={"at": item.subject.starts_at, "finding": item.code.value, "found": item, "day": day},
        )
        for item in told[:FINDINGS_SHOWN]
    ]
    if len(told) > FINDINGS_SHOWN:
        problems.append(Problem(code="plan_findings_more", facts={"number": len(told) - FINDINGS_SHOWN, "day": day}))
    return problems


def _without_repeats(findings: Iterable[Finding]) -> list[Finding]:
    """One of those that say the same of a broadcast, though of different zones; what leaves a place silent first."""
    kinds = list(FindingCode)
    found: dict[tuple[object, ...], Finding] = {}
    for item in findings:
        facts = tuple(sorted((name, str(value)) for name, value in item.facts.items()))
        found.setdefault((item.code, item.subject.name, item.subject.starts_at, facts), item)
    return sorted(
        found.values(), key=lambda item: (_can_wait(item.code), kinds.index(item.code), item.subject.starts_at)
    )


def _can_wait(code: FindingCode) -> bool:
    return code not in {FindingCode.EDITION_MISSING, FindingCode.EDITION_NOT_APPROVED, FindingCode.NOTHING_LEFT_TO_AIR}


def read_progress(session: Session, *, day: date) -> list[Progress]:
    """What every series brought from New Year to a day; those with a target first."""
    first = date(day.year, 1, 1)
    broadcast = dict(
        session.execute(
            select(AiringTally.series_id, func.count())
            .where(
                AiringTally.local_day.between(first, day),
                AiringTally.counts.is_(True),
                AiringTally.exercise.is_(False),
                AiringTally.priority < Priority.EMERGENCY,
            )
            .group_by(AiringTally.series_id)
        ).all()
    )
    produced: dict[int, dict[str, int]] = defaultdict(dict)
    for series_id, language, number in session.execute(
        select(Production.series_id, Production.language, func.count())
        .where(Production.local_day.between(first, day))
        .group_by(Production.series_id, Production.language)
        .order_by(Production.language.desc())
    ):
        produced[series_id][language] = number
    found = session.execute(select(Series.id, Series.title, Series.yearly_target).where(Series.removed_at.is_(None)))
    progress = [
        Progress(
            series_title=title,
            produced=produced.get(number, {}),
            broadcast=broadcast.get(number, 0),
            target=target,
            expected=None if target is None else expected_by(target, day=day),
        )
        for number, title, target in found
    ]
    shown = [item for item in progress if item.target is not None or item.broadcast or item.produced]
    return sorted(shown, key=lambda item: (item.target is None, sort_key(item.series_title)))
