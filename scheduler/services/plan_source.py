"""Reading from the rows what a plan is drawn up from, as values."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.coverage import AreaTree, Hours, hours_from_stored
from scheduler.domain.planning import (
    Aired,
    BroadcastState,
    Coverage,
    DateException,
    EditionToPlan,
    EpisodeToPlan,
    Era,
    Fixed,
    OneOff,
    SeriesRule,
    SlotToPlan,
    Take,
    ZoneToPlan,
)
from scheduler.domain.recurrence import Recurrence
from scheduler.domain.time import TimeSpan, local_day
from scheduler.errors import BadRecurrence
from scheduler.models import (
    AsRunEntry,
    Broadcast,
    Claim,
    Edition,
    Episode,
    Programme,
    Recording,
    RunningOrder,
    Series,
    Slot,
    SlotException,
    SlotTarget,
    Zone,
)
from scheduler.ports import Part
from scheduler.services import coverage as coverage_service
from scheduler.services.plan_history import about_to_air, load_history

LONGEST_PROGRAMME = timedelta(days=1)
"""A broadcast that began earlier cannot sound any more."""
FREEZE = timedelta(seconds=60)
"""What starts so soon after the claim lead is not planned again: another transaction may be claiming it."""


class PlanningSettings(Protocol):
    """The settings that planning needs; `scheduler.config.Settings` has them all."""

    @property
    def time_zone(self) -> ZoneInfo: ...  # noqa: D102
    @property
    def allowed_hours(self) -> Hours: ...  # noqa: D102
    @property
    def horizon_days(self) -> int: ...  # noqa: D102
    @property
    def claim_lead(self) -> timedelta: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """All values a plan is drawn from, and the written broadcasts by what they are of."""

    slots: list[SlotToPlan]
    exceptions: list[DateException]
    episodes: list[EpisodeToPlan]
    history: list[Aired]
    coverage: Coverage
    one_offs: list[OneOff]
    fixed: list[Fixed]
    written: dict[UUID, Broadcast]
    frozen: frozenset[UUID]


def load_source(
    session: Session, *, start: datetime, end: datetime, cutoff: datetime, settings: PlanningSettings
) -> Source:
    """Everything that a plan from `start` to `end` depends on; what begins before the cutoff is fixed."""
    zone = settings.time_zone
    series = _load_series(session)
    slots = _load_slots(session, series, zone)
    exceptions = _load_exceptions(session, [slot.id for slot in slots])
    written = _load_written(session, exceptions, start=start, zone=zone)
    frozen = _frozen_of(session, written, cutoff=cutoff)
    keeps_zones = [item for item in written.values() if item.slot_id is None or item.id in frozen]
    spans = _spans_of(session, [item for item in keeps_zones if item.state is not BroadcastState.CANCELLED])
    return Source(
        slots=slots,
        exceptions=exceptions,
        episodes=_load_episodes(session),
        history=load_history(session, zone, start=start) + about_to_air(written, frozen, start=start),
        coverage=load_coverage(
            session, slots, first=local_day(start, zone), last=local_day(end, zone), settings=settings
        ),
        one_offs=_one_offs_of(written, frozen, spans, series),
        fixed=[_fixed_of(item, spans) for item in written.values() if item.id in frozen],
        written=written,
        frozen=frozen,
    )


# --- what is wanted ---------------------------------------------------------------------------------------------
def _load_series(session: Session) -> dict[int, SeriesRule]:
    rows = session.scalars(select(Series).where(Series.removed_at.is_(None)).options(selectinload(Series.languages)))
    return {row.id: rule_of(row) for row in rows}


def rule_of(series: Series) -> SeriesRule:
    """What planning must know of a series."""
    return SeriesRule(
        id=series.id,
        languages=tuple(item.language for item in series.languages),
        shortest_seconds=series.shortest_seconds,
        longest_seconds=series.longest_seconds,
    )


def _load_slots(session: Session, series: dict[int, SeriesRule], zone: ZoneInfo) -> list[SlotToPlan]:
    rows = session.scalars(select(Slot).where(Slot.removed_at.is_(None)).order_by(Slot.code))
    return [_slot_of(row, series[row.series_id], zone) for row in rows if row.series_id in series]


def _slot_of(row: Slot, series: SeriesRule, zone: ZoneInfo) -> SlotToPlan:
    return SlotToPlan(
        id=row.id,
        code=row.code,
        series=series,
        recurrence=recurrence_of(row, zone),
        priority=row.priority,
        selection=row.selection,
        repeats_slot_id=row.repeats_slot_id,
        pinned_episode_id=row.pinned_episode_id,
    )


def recurrence_of(slot: Slot, zone: ZoneInfo) -> Recurrence:
    """The days of a slot. Raises `BadRecurrence`."""
    try:
        return Recurrence(
            rule=slot.rrule,
            starts_at_local=slot.starts_at_local,
            valid_from=slot.valid_from,
            valid_to=slot.valid_to,
            zone=zone,
        )
    except BadRecurrence as error:
        raise BadRecurrence(**{**error.facts, "slot": slot.code}) from error


def _load_exceptions(session: Session, slot_ids: Sequence[int]) -> list[DateException]:
    rows = session.scalars(select(SlotException).where(SlotException.slot_id.in_(slot_ids)))
    return [
        DateException(
            slot_id=row.slot_id,
            on=row.on,
            cancelled=row.cancelled,
            moved_to=row.moved_to,
            episode_id=row.episode_id,
        )
        for row in rows
    ]


def _load_episodes(session: Session) -> list[EpisodeToPlan]:
    recorded = set(session.scalars(select(Recording.edition_id).distinct()))
    rows = session.execute(
        select(
            Edition.episode_id,
            Edition.id,
            Edition.language,
            Recording.sha256,
            Recording.master_sha256,
            Recording.master_seconds,
        ).outerjoin(Recording, Recording.id == Edition.approved_recording_id)
    )
    editions: dict[int, dict[str, EditionToPlan]] = defaultdict(dict)
    for episode_id, edition_id, language, sha256, master, seconds in rows:
        take = None
        if sha256 is not None and master is not None and seconds:
            take = Take(recording_sha256=sha256, master_sha256=master, seconds=seconds)
        editions[episode_id][language] = EditionToPlan(
            id=edition_id, language=language, recorded=edition_id in recorded, take=take
        )
    episodes = session.scalars(select(Episode).where(Episode.removed_at.is_(None)))
    return [
        EpisodeToPlan(
            id=row.id,
            series_id=row.series_id,
            year=row.year,
            number=row.number,
            title=row.title,
            editions=editions[row.id],
        )
        for row in episodes
    ]


# --- where ------------------------------------------------------------------------------------------------------
def load_coverage(
    session: Session, slots: Sequence[SlotToPlan], *, first: date, last: date, settings: PlanningSettings
) -> Coverage:
    """The active zones, and what slots reach and hours hold, for every stretch of days between changes of areas."""
    tree = coverage_service.load_tree(session)
    zones = list(
        session.scalars(
            select(Zone)
            .where(Zone.active, Zone.removed_at.is_(None))
            .options(selectinload(Zone.languages))
            .order_by(Zone.code)
        )
    )
    targets: dict[int, list[SlotTarget]] = defaultdict(list)
    for target in session.scalars(select(SlotTarget).where(SlotTarget.slot_id.in_([slot.id for slot in slots]))):
        targets[target.slot_id].append(target)
    return Coverage(
        zones=tuple(_zone_of(zone) for zone in zones),
        eras=tuple(
            Era(
                first_day=day,
                reached={slot.id: reached_by(targets[slot.id], zones, tree, on=day) for slot in slots},
                hours={
                    zone.id: tree.hours_of(
                        zone.area_id, own=hours_from_stored(zone.allowed_hours), station=settings.allowed_hours, on=day
                    )
                    for zone in zones
                },
            )
            for day in [first, *tree.change_days(first, last)]
        ),
    )


def _zone_of(row: Zone) -> ZoneToPlan:
    return ZoneToPlan(
        id=row.id,
        languages=tuple(item.language for item in row.languages),
        chime=_frame("chime", row.chime_sha256, row.chime_seconds),
        outro=_frame("outro", row.outro_sha256, row.outro_seconds),
    )


def _frame(role: str, sha256: str | None, seconds: float | None) -> Part | None:
    return None if sha256 is None or seconds is None else Part(role=role, sha256=sha256, seconds=seconds)


def reached_by(targets: Iterable[SlotTarget], zones: Iterable[Any], tree: AreaTree, *, on: date) -> frozenset[int]:
    """The zones that the places of a slot hold on a day; a zone here is anything with `id` and `area_id`."""
    reached: set[int] = set()
    for target in targets:
        if target.zone_id is not None:
            reached.add(target.zone_id)
        elif target.area_id is not None:
            reached.update(zone.id for zone in zones if tree.lies_in(zone.area_id, target.area_id, on=on))
    return frozenset(reached)


# --- what is written --------------------------------------------------------------------------------------------
def _load_written(
    session: Session, exceptions: Iterable[DateException], *, start: datetime, zone: ZoneInfo
) -> dict[UUID, Broadcast]:
    """Broadcasts that are still to come or may still sound, and those of occurrences that were moved here from afar."""
    since = start - LONGEST_PROGRAMME
    wanted = [Broadcast.starts_at >= since, Broadcast.occurrence_on >= local_day(since, zone)]
    moved = {(item.slot_id, item.on) for item in exceptions if item.moved_to is not None and item.moved_to >= since}
    if moved:
        wanted.append(Broadcast.occurrence_on.in_({on for _, on in moved}))
    return {row.id: row for row in session.scalars(select(Broadcast).where(or_(*wanted)))}


def _frozen_of(session: Session, written: dict[UUID, Broadcast], *, cutoff: datetime) -> frozenset[UUID]:
    """What is never planned again: on air, past, claimed, in the log, or so near that it is about to be claimed."""
    touched = set(session.scalars(select(Claim.broadcast_id).where(Claim.broadcast_id.in_(written)).distinct()))
    touched |= set(
        session.scalars(select(AsRunEntry.broadcast_id).where(AsRunEntry.broadcast_id.in_(written)).distinct())
    )
    return frozenset(
        item.id
        for item in written.values()
        if item.id in touched
        or item.state in (BroadcastState.ON_AIR, BroadcastState.DONE)
        or (item.state is BroadcastState.PLANNED and item.starts_at < cutoff)
    )


def _spans_of(session: Session, broadcasts: Sequence[Broadcast]) -> dict[UUID, list[tuple[TimeSpan, frozenset[int]]]]:
    """When each broadcast sounds in which zones."""
    starts = {item.id: item.starts_at for item in broadcasts}
    rows = session.execute(
        select(Programme.broadcast_id, Programme.zone_id, RunningOrder.key, RunningOrder.parts, RunningOrder.seconds)
        .join(RunningOrder, RunningOrder.key == Programme.running_order_key)
        .where(Programme.broadcast_id.in_(starts))
    )
    grouped: dict[tuple[UUID, float], set[int]] = defaultdict(set)
    for broadcast_id, zone_id, _, parts, seconds in rows:
        lasts = seconds if seconds is not None else sum(part["seconds"] for part in parts)
        grouped[broadcast_id, lasts].add(zone_id)
    spans: dict[UUID, list[tuple[TimeSpan, frozenset[int]]]] = defaultdict(list)
    for (broadcast_id, lasts), zone_ids in grouped.items():
        begins = starts[broadcast_id]
        span = TimeSpan(starts_at=begins, ends_at=begins + timedelta(seconds=lasts))
        spans[broadcast_id].append((span, frozenset(zone_ids)))
    return spans


def _fixed_of(row: Broadcast, spans: dict[UUID, list[tuple[TimeSpan, frozenset[int]]]]) -> Fixed:
    return Fixed(
        broadcast_id=row.id,
        slot_id=row.slot_id,
        name=row.slot.code if row.slot is not None else str(row.id)[-8:],
        occurrence_on=row.occurrence_on,
        spans=tuple(spans.get(row.id, ())),
        priority=row.priority,
    )


def _one_offs_of(
    written: dict[UUID, Broadcast],
    frozen: frozenset[UUID],
    spans: dict[UUID, list[tuple[TimeSpan, frozenset[int]]]],
    series: dict[int, SeriesRule],
) -> list[OneOff]:
    return [
        OneOff(
            id=row.id,
            series=series[row.series_id],
            episode_id=row.episode_id,
            starts_at=row.starts_at,
            zone_ids=frozenset(zone_id for _, zone_ids in spans.get(row.id, ()) for zone_id in zone_ids),
            priority=row.priority,
        )
        for row in written.values()
        if row.slot_id is None
        and row.id not in frozen
        and row.state is BroadcastState.PLANNED
        and row.series_id in series
    ]
