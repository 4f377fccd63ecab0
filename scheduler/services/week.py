"""A week of broadcasts as a person sees it: what was written, and what the slots promise beyond."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.domain.time import TimeSpan, day_span, local_day
from scheduler.domain.week import Entry, EntryState, EpisodeNamed, Told, state_of, state_of_unwritten
from scheduler.models import Airing, Broadcast, Episode, PlanState, Programme, Series, Slot, SlotException
from scheduler.services import plan_findings, plan_scope
from scheduler.services.plan_scope import Reader
from scheduler.services.plan_source import FREEZE, PlanningSettings, recurrence_of

OPEN_STATES = frozenset({EntryState.PLANNED, EntryState.EXPECTED, EntryState.EMPTY, EntryState.CANCELLED})
"""What may still be changed when it is not too late."""
Key = tuple[int, date]
"""A slot and a date of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """The entries of some days, and whether a change still waits for the plan."""

    first: date
    last: date
    entries: tuple[Entry, ...]
    is_behind: bool

    def days(self, zone: ZoneInfo) -> list[tuple[date, list[Entry]]]:
        """The entries by local day, with the days on which there are none."""
        found: dict[date, list[Entry]] = {
            self.first + timedelta(days=n): [] for n in range((self.last - self.first).days + 1)
        }
        for entry in self.entries:
            found[local_day(entry.starts_at, zone)].append(entry)
        return list(found.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sources:
    """What was read of the rows."""

    span: TimeSpan
    now: datetime
    settings: PlanningSettings
    slots: dict[int, Slot]
    exceptions: dict[Key, SlotException]
    written_until: datetime


def load_week(
    session: Session, first: date, last: date, *, reader: Reader, now: datetime, settings: PlanningSettings
) -> Week:
    """The broadcasts of the local days from first to last, as far as the person sees them."""
    entries, is_behind = _entries(session, day_span(first, last, settings.time_zone), now=now, settings=settings)
    seen = _seen(session, entries, reader, too_late=_too_late(now, settings))
    return Week(first=first, last=last, entries=tuple(_completed(session, seen, reader)), is_behind=is_behind)


def load_entry(
    session: Session, slot: Slot, on: date, *, reader: Reader, now: datetime, settings: PlanningSettings
) -> Entry | None:
    """The entry of one date of a slot, wherever it was moved to; None when the slot has none."""
    exception = session.scalar(select(SlotException).where(SlotException.slot_id == slot.id, SlotException.on == on))
    moved_to = None if exception is None else exception.moved_to
    days = sorted({on, on if moved_to is None else local_day(moved_to, settings.time_zone)})
    found: list[Entry] = []
    for day in days:
        entries, _ = _entries(session, day_span(day, day, settings.time_zone), now=now, settings=settings)
        found += [item for item in entries if (item.slot_id, item.occurrence_on) == (slot.id, on)]
    return next(
        iter(_completed(session, _seen(session, found, reader, too_late=_too_late(now, settings)), reader)), None
    )


def load_one_off(
    session: Session, broadcast: Broadcast, *, reader: Reader, now: datetime, settings: PlanningSettings
) -> Entry | None:
    """The entry of a one-off."""
    day = local_day(broadcast.starts_at, settings.time_zone)
    entries, _ = _entries(session, day_span(day, day, settings.time_zone), now=now, settings=settings)
    found = [item for item in entries if item.broadcast_id == broadcast.id]
    return next(
        iter(_completed(session, _seen(session, found, reader, too_late=_too_late(now, settings)), reader)), None
    )


def _too_late(now: datetime, settings: PlanningSettings) -> datetime:
    """What starts before is not changed any more."""
    return now + settings.claim_lead + FREEZE


# --- what there is --------------------------------------------------------------------------------------------------
def _entries(
    session: Session, span: TimeSpan, *, now: datetime, settings: PlanningSettings
) -> tuple[list[Entry], bool]:
    state = session.get(PlanState, 1)
    written_at = None if state is None else state.written_at
    zone = settings.time_zone
    first, last = local_day(span.starts_at, zone), local_day(span.ends_at - timedelta(seconds=1), zone)
    exceptions = _find_exceptions(session, span, first, last)
    sources = _Sources(
        span=span,
        now=now,
        settings=settings,
        slots={slot.id: slot for slot in session.scalars(select(Slot).where(Slot.removed_at.is_(None)))},
        exceptions={(item.slot_id, item.on): item for item in exceptions},
        written_until=now if written_at is None else written_at + timedelta(days=settings.horizon_days),
    )
    moved = [key for key, item in sources.exceptions.items() if item.moved_to is not None]
    written = [_entry_of(row, sources) for row in _find_written(session, span, moved)]
    entries = [item for item in written if item is not None and span.contains(item.starts_at)]
    done = {(item.slot_id, item.occurrence_on) for item in written if item is not None}
    entries += [item for item in _expected(sources, first, last) if (item.slot_id, item.occurrence_on) not in done]
    return entries, state is not None and state.wanted_at is not None


def _find_exceptions(session: Session, span: TimeSpan, first: date, last: date) -> Sequence[SlotException]:
    arrives = and_(SlotException.moved_to >= span.starts_at, SlotException.moved_to < span.ends_at)
    return session.scalars(
        select(SlotException).where(or_(SlotException.on.between(first, last), arrives))
    ).all()  # fmt: skip


def _find_written(session: Session, span: TimeSpan, moved: Collection[Key]) -> list[Any]:
    columns = (
        select(
            Broadcast.id, Broadcast.slot_id, Broadcast.occurrence_on, Broadcast.starts_at, Broadcast.ends_at,
            Broadcast.state, Broadcast.priority, Broadcast.exercise, Broadcast.pinned, Broadcast.episode_id,
            Episode.year, Episode.number, Episode.title, Series.title.label("series_title"), Slot.code,
            Slot.title.label("slot_title"), Slot.removed_at,
        )
        .join(Episode, Episode.id == Broadcast.episode_id)
        .join(Series, Series.id == Broadcast.series_id)
        .outerjoin(Slot, Slot.id == Broadcast.slot_id)
    )  # fmt: skip
    in_span = and_(Broadcast.starts_at >= span.starts_at, Broadcast.starts_at < span.ends_at)
    rows: dict[UUID, Any] = {row.id: row for row in session.execute(columns.where(in_span))}
    for slot_id, on in moved:  # few: what was moved into or out of the week, and may not be written yet
        for row in session.execute(columns.where(Broadcast.slot_id == slot_id, Broadcast.occurrence_on == on)):
            rows[row.id] = row
    return list(rows.values())


def _entry_of(row: Any, sources: _Sources) -> Entry | None:
    """A written broadcast; None for one that the plan gave up because its occurrence is no more."""
    entry = Entry(
        slot_id=row.slot_id,
        slot_code=row.code,
        occurrence_on=row.occurrence_on,
        broadcast_id=row.id,
        title=row.slot_title or row.series_title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        usual_at=None,
        state=state_of(row.state, starts_at=row.starts_at, ends_at=row.ends_at, now=sources.now),
        priority=row.priority,
        episode=EpisodeNamed(id=row.episode_id, year=row.year, number=row.number, title=row.title),
        exercise=row.exercise,
        pinned=row.pinned,
    )
    if row.slot_id is None:
        return entry
    exception = sources.exceptions.get((row.slot_id, row.occurrence_on))
    slot = sources.slots.get(row.slot_id)
    usual = None if slot is None else recurrence_of(slot, sources.settings.time_zone).find(row.occurrence_on)
    if row.state is BroadcastState.CANCELLED and (exception is None or not exception.cancelled):
        return None if usual is None else _unwritten(slot, row.occurrence_on, usual, exception, sources)
    return _with_exception(entry, exception, usual)


def _with_exception(entry: Entry, exception: SlotException | None, usual: datetime | None) -> Entry:
    """The entry as the exception wants it, also before the plan is written anew."""
    if exception is None:
        return entry
    entry = replace(entry, reason=exception.reason, pinned=entry.pinned or exception.episode_id is not None)
    if exception.moved_to is None:
        return entry
    starts_at = exception.moved_to if entry.state is EntryState.PLANNED else entry.starts_at
    lasts = timedelta(0) if entry.ends_at is None else entry.ends_at - entry.starts_at
    return replace(entry, starts_at=starts_at, ends_at=starts_at + lasts, usual_at=usual)


def _expected(sources: _Sources, first: date, last: date) -> Iterable[Entry]:
    zone = sources.settings.time_zone
    for slot in sources.slots.values():
        recurrence = recurrence_of(slot, zone)
        days = list(recurrence.between(first, last))
        known = {on for on, _ in days}
        for slot_id, on in sources.exceptions:
            usual = recurrence.find(on) if slot_id == slot.id and on not in known else None
            if usual is not None:
                days.append((on, usual))
        for on, usual in days:
            entry = _unwritten(slot, on, usual, sources.exceptions.get((slot.id, on)), sources)
            if entry is not None:
                yield entry


def _unwritten(
    slot: Slot | None, on: date, usual: datetime, exception: SlotException | None, sources: _Sources
) -> Entry | None:
    starts_at = usual if exception is None or exception.moved_to is None else exception.moved_to
    if slot is None or starts_at <= sources.now or not sources.span.contains(starts_at):
        return None
    cancelled = exception is not None and exception.cancelled
    return Entry(
        slot_id=slot.id,
        slot_code=slot.code,
        occurrence_on=on,
        broadcast_id=None,
        title=slot.title,
        starts_at=starts_at,
        ends_at=None,
        usual_at=usual if starts_at != usual else None,
        state=state_of_unwritten(starts_at, written_until=sources.written_until, cancelled=cancelled),
        priority=slot.priority,
        episode=None,
        pinned=exception is not None and exception.episode_id is not None,
        reason="" if exception is None else exception.reason,
    )


# --- what the person sees of it -------------------------------------------------------------------------------------
def _seen(session: Session, entries: Sequence[Entry], reader: Reader, *, too_late: datetime) -> list[Entry]:
    slots = plan_scope.slots_within(
        session, reader, slot_ids={item.slot_id for item in entries if item.slot_id is not None}
    )
    ids: set[UUID] = {item.broadcast_id for item in entries if item.slot_id is None and item.broadcast_id is not None}
    one_offs = plan_scope.one_offs_within(session, reader, broadcast_ids=ids)
    seen = []
    for item in entries:
        key: object = item.broadcast_id if item.slot_id is None else item.slot_id
        within = one_offs if item.slot_id is None else slots
        if key in within.shown:
            is_open = item.starts_at > too_late and item.state in OPEN_STATES
            seen.append(replace(item, changeable=is_open and key in within.changeable))
    return seen


def _completed(session: Session, entries: Sequence[Entry], reader: Reader) -> list[Entry]:
    """The entries with their zones, languages and findings, in order."""
    ids = [item.broadcast_id for item in entries if item.broadcast_id is not None]
    zones, languages = _count_zones(session, ids), _languages(session, ids)
    findings = _findings(session, entries, reader)
    done = []
    for item in entries:
        written = item.broadcast_id
        if written is not None:
            item = replace(item, zones=zones.get(written, 0), languages=languages.get(written, ()))  # noqa: PLW2901
        done.append(replace(item, findings=tuple(findings.get(_subject_of(item), ()))))
    return sorted(done, key=lambda item: item.order)


def _subject_of(entry: Entry) -> object:
    return entry.broadcast_id if entry.slot_id is None else (entry.slot_id, entry.occurrence_on)


def _count_zones(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    counted = (
        select(Programme.broadcast_id, func.count())
        .where(Programme.broadcast_id.in_(ids))
        .group_by(Programme.broadcast_id)
    )
    return dict(session.execute(counted).all()) if ids else {}


def _languages(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    rows = (
        select(Airing.broadcast_id, Airing.language)
        .where(Airing.broadcast_id.in_(ids))
        .order_by(Airing.broadcast_id, Airing.language)
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for broadcast_id, language in session.execute(rows) if ids else ():
        found[broadcast_id].append(language)
    return {key: tuple(item) for key, item in found.items()}


def _findings(session: Session, entries: Sequence[Entry], reader: Reader) -> dict[object, list[Told]]:
    found: dict[object, list[Told]] = defaultdict(list)
    if entries:
        starts = [item.starts_at for item in entries if item.state is not EntryState.CANCELLED] or [
            entries[0].starts_at
        ]
        span = TimeSpan(starts_at=min(starts), ends_at=max(starts) + timedelta(seconds=1))
        for told in plan_findings.find(session, span, seen=plan_scope.zones_seen(session, reader)):
            subject = told.finding.subject
            key = subject.broadcast_id if subject.slot_id is None else (subject.slot_id, subject.occurrence_on)
            found[key].append(told)
    return found
