"""Drawing up the running plan, previewing it and writing it to rows for the days ahead."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from scheduler.domain.drawing import draw_up
from scheduler.domain.identity import uuid7
from scheduler.domain.planning import BroadcastState, Finding, OneOff, Plan, Priority
from scheduler.domain.time import TimeSpan, day_span, local_day
from scheduler.errors import NothingToPlan, TooLateToPlan
from scheduler.models import Broadcast, Episode, Zone
from scheduler.services import plan_findings
from scheduler.services.plan_rows import Written, write
from scheduler.services.plan_shown import as_planned
from scheduler.services.plan_source import FREEZE, PlanningSettings, Source, load_source, rule_of

_PLANNERS = 0x10AB_A9
"""The number of the lock that lets one planner after another write on PostgreSQL; SQLite has one writer anyway."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OneOffWish:
    """A broadcast outside all slots, as somebody wants it."""

    episode: Episode
    zones: tuple[Zone, ...]
    starts_at: datetime
    priority: int = Priority.ORDINARY
    exercise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OneOffPlanned:
    """A one-off that was written, and what was found of it: zones that it leaves out, and why."""

    broadcast: Broadcast
    findings: tuple[Finding, ...]


def preview(session: Session, first: date, last: date, *, now: datetime, settings: PlanningSettings) -> Plan:
    """The plan of the local days from first to last, both included; changes nothing.

    What has begun is shown as it was written. A stretch wholly in the past is drawn as if it were to come. Days ahead
    are drawn from now on, so that they get the episodes they will have when they are written.
    """
    wanted = day_span(first, last, settings.time_zone)
    cutoff = _cutoff(now, settings)
    start = cutoff if wanted.ends_at > now else wanted.starts_at
    source = load_source(session, start=start, end=wanted.ends_at, cutoff=cutoff, settings=settings)
    drawn = draw(source, start, wanted.ends_at, settings)
    begun = [row for row in find_broadcasts(session, first, last, settings=settings) if _is_begun(row, source, start)]
    shown = [*as_planned(session, begun), *drawn.broadcasts]
    return Plan(
        broadcasts=tuple(
            sorted(
                (item for item in shown if wanted.contains(item.starts_at)),
                key=lambda item: (item.starts_at, item.subject.name),
            )
        ),
        findings=tuple(item for item in drawn.findings if wanted.contains(item.subject.starts_at)),
    )


def write_plan(session: Session, *, now: datetime, settings: PlanningSettings) -> Written:
    """Write the plan of the days ahead (`settings.horizon_days`, the last of them whole).

    What is on air, past, claimed or due is left alone.
    Idempotent on (slot, occurrence): a second time changes nothing, and a broadcast keeps its identifier whatever
    changes about it.
    """
    _take_turn(session)
    start, end = _cutoff(now, settings), _horizon(now, settings)
    source = load_source(session, start=start, end=end, cutoff=start, settings=settings)
    written = write(session, draw(source, start, end, settings), source, start=start, end=end, now=now)
    _keep_findings(session, written, start=start, end=end, now=now)
    return written


def plan_one_off(
    session: Session,
    episode: Episode,
    zones: Sequence[Zone],
    *,
    starts_at: datetime,
    now: datetime,
    settings: PlanningSettings,
    priority: int = 1,
    exercise: bool = False,
) -> OneOffPlanned:
    """Plan a broadcast that belongs to no slot, and what gives way to it.

    Zones that cannot carry it are left out and told. Raises `TooLateToPlan`, and `NothingToPlan` when no zone is left.
    """
    wish = OneOffWish(
        episode=episode, zones=tuple(zones), starts_at=starts_at, priority=priority, exercise=exercise
    )  # fmt: skip
    return plan_one_offs(session, [wish], now=now, settings=settings)[0]


def plan_one_offs(
    session: Session, wishes: Sequence[OneOffWish], *, now: datetime, settings: PlanningSettings
) -> list[OneOffPlanned]:
    """Plan several at once, all or none. Raises `TooLateToPlan`, and `NothingToPlan` when one has no zone left."""
    zone = settings.time_zone
    for wish in wishes:
        if wish.starts_at < now + settings.claim_lead:
            raise TooLateToPlan(starts_at=f"{wish.starts_at.astimezone(zone):%H:%M:%S %d/%m/%Y}")
    _take_turn(session)
    cutoff, horizon = _cutoff(now, settings), _horizon(now, settings)
    start = min([cutoff, *(wish.starts_at for wish in wishes)])
    end = max([horizon, *(wish.starts_at + timedelta(seconds=1) for wish in wishes)])
    source = load_source(session, start=start, end=end, cutoff=cutoff, settings=settings)
    one_offs = [_one_off_of(wish, now=now) for wish in wishes]
    source = replace(source, one_offs=[*source.one_offs, *one_offs])
    plan = _only_open(
        draw(source, start, end, settings), {item.id for item in one_offs}, TimeSpan(starts_at=cutoff, ends_at=horizon)
    )
    found = [_check_planned(plan, one_off) for one_off in one_offs]
    for wish, one_off in zip(wishes, one_offs, strict=True):
        source.written[one_off.id] = _row_of(session, one_off, exercise=wish.exercise, now=now)
    written = write(session, plan, source, start=start, end=horizon, now=now)
    _keep_findings(session, written, start=cutoff, end=horizon, now=now)
    return [
        OneOffPlanned(broadcast=source.written[one_off.id], findings=findings)
        for one_off, findings in zip(one_offs, found, strict=True)
    ]


def _check_planned(plan: Plan, one_off: OneOff) -> tuple[Finding, ...]:
    """What was found of a one-off. Raises `NothingToPlan` when it has no zone left."""
    findings = tuple(item for item in plan.findings if item.subject.broadcast_id == one_off.id)
    if not any(item.subject.broadcast_id == one_off.id for item in plan.broadcasts):
        raise NothingToPlan(findings=", ".join(dict.fromkeys(item.code.value for item in findings)), found=findings)
    return findings


def find_broadcasts(session: Session, first: date, last: date, *, settings: PlanningSettings) -> list[Broadcast]:
    """The written broadcasts that start on the local days from first to last, the cancelled ones too."""
    span = day_span(first, last, settings.time_zone)
    return list(
        session.scalars(
            select(Broadcast)
            .where(Broadcast.starts_at >= span.starts_at, Broadcast.starts_at < span.ends_at)
            .order_by(Broadcast.starts_at, Broadcast.id)
        )
    )


def _keep_findings(session: Session, written: Written, *, start: datetime, end: datetime, now: datetime) -> None:
    plan_findings.keep(session, written.findings, start=start, end=end)
    plan_findings.mark_written(session, now=now)


def _is_begun(row: Broadcast, source: Source, start: datetime) -> bool:
    if row.state is BroadcastState.CANCELLED:
        return False
    return row.starts_at < start or row.id in source.frozen


def _cutoff(now: datetime, settings: PlanningSettings) -> datetime:
    return now + settings.claim_lead + FREEZE


def _horizon(now: datetime, settings: PlanningSettings) -> datetime:
    """The end of a local day: what is sent to villages then changes once a day, not with every start."""
    last = local_day(now + timedelta(days=settings.horizon_days), settings.time_zone)
    return day_span(last, last, settings.time_zone).ends_at


def draw(source: Source, start: datetime, end: datetime, settings: PlanningSettings) -> Plan:
    """The plan from what was read; changes nothing."""
    return draw_up(
        source.slots,
        source.exceptions,
        source.episodes,
        source.history,
        source.coverage,
        start,
        end,
        zone=settings.time_zone,
        one_offs=source.one_offs,
        fixed=source.fixed,
    )


def _take_turn(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _PLANNERS})


def _one_off_of(wish: OneOffWish, *, now: datetime) -> OneOff:
    return OneOff(
        id=uuid7(now=now),
        series=rule_of(wish.episode.series),
        episode_id=wish.episode.id,
        starts_at=wish.starts_at,
        zone_ids=frozenset(zone.id for zone in wish.zones),
        priority=wish.priority,
    )


def _row_of(session: Session, one_off: OneOff, *, exercise: bool, now: datetime) -> Broadcast:
    row = Broadcast(
        id=one_off.id,
        series_id=one_off.series.id,
        episode_id=one_off.episode_id,
        starts_at=one_off.starts_at,
        ends_at=one_off.starts_at,
        priority=one_off.priority,
        state=BroadcastState.PLANNED,
        exercise=exercise,
        why={},
        planned_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _only_open(plan: Plan, one_off_ids: Collection[UUID], open_span: TimeSpan) -> Plan:
    """Outside the minutes and days that are planned now, only the one-offs themselves are written."""
    kept = tuple(
        item
        for item in plan.broadcasts
        if open_span.contains(item.starts_at) or item.subject.broadcast_id in one_off_ids
    )
    return Plan(broadcasts=kept, findings=plan.findings)
