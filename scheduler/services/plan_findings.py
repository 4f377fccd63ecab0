"""Keeping what was found of the plan, so that a page shows it without drawing the plan again."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, undefer

from scheduler.domain.coverage import hours_from_stored, hours_to_stored
from scheduler.domain.planning import Finding, Subject
from scheduler.domain.time import TimeSpan
from scheduler.domain.week import Told
from scheduler.models import Broadcast, PlanFinding, PlanState, Slot

KEPT_FOR = timedelta(days=40)
"""What was found of past broadcasts stays for a look at last month."""
_AT_ONCE = 400
_THE_ONE = 1


def keep(session: Session, findings: Iterable[Finding], *, start: datetime, end: datetime) -> None:
    """Make the rows of [start, end) say what was found; what they say already is left alone."""
    rows = [_row_of(item) for item in findings if start <= item.subject.starts_at < end]
    wanted = {row["key"]: row for row in rows}
    in_span = (PlanFinding.starts_at >= start, PlanFinding.starts_at < end)
    held = set(session.scalars(select(PlanFinding.key).where(*in_span)))
    gone = sorted(held - wanted.keys())
    for at in range(0, len(gone), _AT_ONCE):
        session.execute(delete(PlanFinding).where(PlanFinding.key.in_(gone[at : at + _AT_ONCE])))
    fresh = [wanted[key] for key in sorted(wanted.keys() - held)]
    for at in range(0, len(fresh), _AT_ONCE):
        session.execute(insert(PlanFinding), fresh[at : at + _AT_ONCE])
    session.execute(delete(PlanFinding).where(PlanFinding.starts_at < start - KEPT_FOR))


def find(session: Session, span: TimeSpan, *, seen: frozenset[int] | None = None) -> list[Told]:
    """What was found of the broadcasts of a stretch of time, by start.

    With `seen` only what is about these zones (or about none), and how many of them.
    """
    statement = (
        select(PlanFinding)
        .where(PlanFinding.starts_at >= span.starts_at, PlanFinding.starts_at < span.ends_at)
        .order_by(PlanFinding.starts_at, PlanFinding.code, PlanFinding.key)
    )
    if seen is not None:
        statement = statement.options(undefer(PlanFinding.zone_ids))
    counted = []
    for row in session.scalars(statement):
        zones = row.zones if seen is None else len(seen.intersection(row.zone_ids))
        if zones or not row.zones:
            counted.append((_finding_of(row), zones))
    named = with_titles(session, [finding for finding, _ in counted])
    return [Told(finding=finding, zones=zones) for finding, (_, zones) in zip(named, counted, strict=True)]


def find_with_zones(session: Session, subject: Subject) -> list[Finding]:
    """What was found of one broadcast, with the zones."""
    of_one = (
        PlanFinding.broadcast_id == subject.broadcast_id
        if subject.slot_id is None
        else (PlanFinding.slot_id == subject.slot_id) & (PlanFinding.occurrence_on == subject.occurrence_on)
    )
    rows = session.scalars(
        select(PlanFinding)
        .where(PlanFinding.starts_at == subject.starts_at, of_one)
        .options(undefer(PlanFinding.zone_ids))
        .order_by(PlanFinding.code, PlanFinding.key)
    )
    return with_titles(session, [_finding_of(row, zone_ids=row.zone_ids) for row in rows])


def find_of_zone(session: Session, span: TimeSpan, zone_id: int) -> list[Finding]:
    """What was found of a zone in the broadcasts of a stretch of time, by start."""
    rows = session.scalars(
        select(PlanFinding)
        .where(PlanFinding.starts_at >= span.starts_at, PlanFinding.starts_at < span.ends_at)
        .options(undefer(PlanFinding.zone_ids))
        .order_by(PlanFinding.starts_at, PlanFinding.code, PlanFinding.key)
    )
    return with_titles(session, [_finding_of(row, zone_ids=[zone_id]) for row in rows if zone_id in row.zone_ids])


def with_titles(session: Session, findings: Iterable[Finding]) -> list[Finding]:
    """The findings with slots called by their titles, as people know them, instead of by their codes."""
    found = list(findings)
    codes = {str(item.facts["other"]) for item in found if "other" in item.facts}
    titles: dict[str, str] = {}
    if codes:
        titles = dict(session.execute(select(Slot.code, Slot.title).where(Slot.code.in_(codes))).all())
    return [
        replace(item, facts={**item.facts, "other": titles.get(str(item.facts["other"]), item.facts["other"])})
        if "other" in item.facts
        else item
        for item in found
    ]


def subject_of(broadcast: Broadcast) -> Subject:
    """Which broadcast is meant, as a plan tells it."""
    return Subject(
        slot_id=broadcast.slot_id,
        name=str(broadcast.id)[-8:] if broadcast.slot is None else broadcast.slot.code,
        occurrence_on=broadcast.occurrence_on,
        starts_at=broadcast.starts_at,
        broadcast_id=broadcast.id,
    )


# --- is the plan up to date? --------------------------------------------------------------------------------------
def mark_wanted(session: Session, *, now: datetime) -> None:
    """Say that a change waits for the plan to be written."""
    _state(session).wanted_at = now


def mark_written(session: Session, *, now: datetime) -> None:
    """Say that the plan holds all changes made so far."""
    state = _state(session)
    state.written_at, state.wanted_at = now, None


def is_wanted(session: Session) -> bool:
    """Tell whether a change waits for the plan to be written."""
    state = session.get(PlanState, _THE_ONE)
    return state is not None and state.wanted_at is not None


def _state(session: Session) -> PlanState:
    state = session.get(PlanState, _THE_ONE)
    if state is None:
        state = PlanState(id=_THE_ONE)
        session.add(state)
    return state


# --- values and rows ----------------------------------------------------------------------------------------------
def _row_of(finding: Finding) -> dict[str, Any]:
    subject, zone_ids = finding.subject, sorted(finding.zone_ids)
    said = {
        "slot_id": subject.slot_id,
        "name": subject.name,
        "code": finding.code.value,
        "facts": {name: _to_stored(value) for name, value in finding.facts.items()},
        "zone_ids": zone_ids,
        "on": None if subject.occurrence_on is None else subject.occurrence_on.isoformat(),
        "broadcast": None if subject.broadcast_id is None else str(subject.broadcast_id),
        "at": subject.starts_at.isoformat(),
    }
    return {
        "key": hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest(),
        "starts_at": subject.starts_at,
        "slot_id": subject.slot_id,
        "occurrence_on": subject.occurrence_on,
        "broadcast_id": None if subject.slot_id is not None else subject.broadcast_id,
        "name": subject.name,
        "code": finding.code,
        "facts": said["facts"],
        "zones": len(zone_ids),
        "zone_ids": zone_ids,
    }


def _to_stored(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return hours_to_stored(value) if isinstance(value, tuple) else value


def _finding_of(row: PlanFinding, *, zone_ids: Iterable[int] = ()) -> Finding:
    subject = Subject(
        slot_id=row.slot_id,
        name=row.name,
        occurrence_on=row.occurrence_on,
        starts_at=row.starts_at,
        broadcast_id=row.broadcast_id,
    )
    return Finding(code=row.code, subject=subject, zone_groups=(tuple(zone_ids),), facts=_facts_of(row.facts))


def _facts_of(stored: Mapping[str, Any]) -> dict[str, object]:
    facts: dict[str, object] = dict(stored)
    for name, value in stored.items():
        if name.endswith("_at") and isinstance(value, str):
            facts[name] = datetime.fromisoformat(value)
        elif name.endswith("_on") and isinstance(value, str):
            facts[name] = date.fromisoformat(value)
        elif name == "hours":
            facts[name] = hours_from_stored(value)
    return facts
