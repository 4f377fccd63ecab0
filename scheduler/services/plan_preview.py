"""What a slot would air in the weeks to come, before anybody keeps it: drawn with it in place, nothing written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.planning import Coverage, Era, Finding, Plan, PlannedBroadcast, SlotToPlan
from scheduler.domain.time import day_span, local_day
from scheduler.models import Slot, Zone
from scheduler.services import coverage as coverage_service
from scheduler.services import plan_findings
from scheduler.services.plan_source import (
    FREEZE,
    PlanningSettings,
    Source,
    load_source,
    reached_by,
    recurrence_of,
    rule_of,
)
from scheduler.services.planning import draw

WEEKS = 4
_NOT_KEPT = 0
"""The number of a slot that has none yet; rows count from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewDate:
    """One date of the slot: what it would air, or nothing, and what was found."""

    on: date
    starts_at: datetime
    planned: PlannedBroadcast | None
    findings: tuple[Finding, ...]

    @property
    def zones(self) -> int:
        """In how many zones it would sound."""
        return 0 if self.planned is None else sum(len(item.zone_ids) for item in self.planned.programmes)


@dataclass(frozen=True, kw_only=True, slots=True)
class SlotPreview:
    """What a slot would air from a day on for four weeks, and how many zones hear which languages."""

    first: date
    last: date
    dates: tuple[PreviewDate, ...]
    heard: Mapping[tuple[str, ...], int]
    """Languages in their order → zones, as the slot's places have them."""

    @property
    def findings(self) -> int:
        """How many findings there are on all dates."""
        return sum(len(item.findings) for item in self.dates)


def preview_slot(
    session: Session, slot: Slot, *, instead_of: Slot | None = None, now: datetime, settings: PlanningSettings
) -> SlotPreview:
    """What a slot built by `slots.build_slot` would air; `instead_of` is the kept one that it would change."""
    zone = settings.time_zone
    first = max(local_day(now, zone), slot.valid_from)
    last = first + timedelta(weeks=WEEKS) - timedelta(days=1)
    start, end = now + settings.claim_lead + FREEZE, day_span(first, last, zone).ends_at
    source = load_source(session, start=start, end=end, cutoff=start, settings=settings)
    wanted = _to_plan(slot, instead_of, settings)
    source = _with_slot(session, source, wanted, slot)
    plan = draw(source, start, end, settings)
    mine = [item for item in plan.findings if item.subject.slot_id == wanted.id]
    plan = replace(plan, findings=tuple(plan_findings.with_titles(session, mine)))
    reached = source.coverage.eras[-1].reached[wanted.id]
    return SlotPreview(
        first=first,
        last=last,
        dates=tuple(_dates(plan, wanted, first, last, after=start)),
        heard=Counter(item.languages for item in source.coverage.zones if item.id in reached),
    )


def _to_plan(slot: Slot, instead_of: Slot | None, settings: PlanningSettings) -> SlotToPlan:
    return SlotToPlan(
        id=_NOT_KEPT if instead_of is None else instead_of.id,
        code=slot.code,
        series=rule_of(slot.series),
        recurrence=recurrence_of(slot, settings.time_zone),
        priority=slot.priority,
        selection=slot.selection,
        repeats_slot_id=slot.repeats_slot_id,
        pinned_episode_id=slot.pinned_episode_id,
    )


def _with_slot(session: Session, source: Source, wanted: SlotToPlan, slot: Slot) -> Source:
    """The source as if the slot were kept; in the place of its former self where it has one."""
    tree = coverage_service.load_tree(session)
    places = session.execute(select(Zone.id, Zone.area_id).where(Zone.active, Zone.removed_at.is_(None))).all()
    eras = tuple(
        Era(
            first_day=era.first_day,
            reached={**era.reached, wanted.id: reached_by(slot.targets, places, tree, on=era.first_day)},
            hours=era.hours,
        )
        for era in source.coverage.eras
    )
    return replace(
        source,
        slots=[*(item for item in source.slots if item.id != wanted.id), wanted],
        coverage=Coverage(zones=source.coverage.zones, eras=eras),
    )


def _dates(plan: Plan, wanted: SlotToPlan, first: date, last: date, *, after: datetime) -> list[PreviewDate]:
    aired = {item.subject.occurrence_on: item for item in plan.broadcasts if item.subject.slot_id == wanted.id}
    found: dict[date | None, list[Finding]] = {}
    for finding in plan.findings:
        found.setdefault(finding.subject.occurrence_on, []).append(finding)
    days = dict(wanted.recurrence.between(first, last))
    days |= {on: item.starts_at for on, item in aired.items() if on is not None}
    return [
        PreviewDate(on=on, starts_at=starts_at, planned=aired.get(on), findings=tuple(found.get(on, ())))
        for on, starts_at in sorted(days.items())
        if starts_at >= after
    ]
