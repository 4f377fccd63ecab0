"""Finding what is wrong with a station in its rows and files; files and carriers come in through ports."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.planning import BroadcastState
from scheduler.domain.programme import EditionState, IngestState
from scheduler.domain.reach import TOLD_LIVE
from scheduler.domain.station import BACKBONE, CLERK, PLAYOUT, Problem, SignOfLife, find_pulse_problems
from scheduler.domain.status import Coming
from scheduler.domain.time import TimeSpan, day_span, local_day
from scheduler.errors import BroadcastError, MediaCorrupt, MediaMissing
from scheduler.models import (
    Airing,
    Broadcast,
    Edition,
    Episode,
    IngestRequest,
    Player,
    Programme,
    Recording,
    Slot,
    SlotException,
    Zone,
)
from scheduler.models import RunningOrder as Order
from scheduler.ports import MediaStore
from scheduler.services import playout, tally, tally_differences
from scheduler.services.plan_source import recurrence_of

INGEST_PATIENCE = timedelta(minutes=30)
"""Two hours of sound take some minutes; what waits longer waits in vain."""
FAILURES_SHOWN = timedelta(days=1)
PREVIEW = timedelta(days=2)
"""Files of broadcasts up to so far ahead are looked for."""
NAMED_ZONES = 5


def find_running_problems(
    session: Session, *, signs: Iterable[SignOfLife], now: datetime, silence: timedelta
) -> list[Problem]:
    """Processes without a sign of life, open alarms and recordings that wait in vain."""
    signs = tuple(signs)
    return [
        *find_pulse_problems(signs, role=PLAYOUT, now=now, silence=silence),
        *_find_backbone_problems(session, signs, now=now, silence=silence),
        *_find_clerk_problems(signs, now=now, silence=silence),
        *_find_alarms(session),
        *_find_stuck_ingest(session, now=now),
    ]


def _find_backbone_problems(
    session: Session, signs: Iterable[SignOfLife], *, now: datetime, silence: timedelta
) -> Iterator[Problem]:
    """Nobody needs it where no box is paired; where boxes are, they play on without it for a fortnight."""
    if session.scalar(select(Player.id).where(Player.revoked_at.is_(None)).limit(1)) is not None:
        for problem in find_pulse_problems(signs, role=BACKBONE, now=now, silence=silence):
            yield replace(problem, severe=False)


def _find_clerk_problems(signs: Iterable[SignOfLife], *, now: datetime, silence: timedelta) -> Iterator[Problem]:
    """One that died; where none ever ran, days that stay unsealed tell of it."""
    if any(sign.role == CLERK for sign in signs):
        for problem in find_pulse_problems(signs, role=CLERK, now=now, silence=silence):
            yield replace(problem, severe=False)


def _find_alarms(session: Session) -> Iterator[Problem]:
    told: list[tuple[str, object]] = []
    for alarm in playout.find_alarms(session):
        if alarm.kind in TOLD_LIVE or (alarm.facts and (alarm.kind, alarm.facts) in told):
            continue  # a hundred places with one trouble are one sentence
        told.append((alarm.kind, alarm.facts))
        facts = {**playout.facts_of(alarm), "since": alarm.raised_at, "seen_to_by": alarm.acknowledged_by}
        yield Problem(code=alarm.kind, facts=facts)


def _find_stuck_ingest(session: Session, *, now: datetime) -> Iterator[Problem]:
    waiting = select(func.count(), func.min(IngestRequest.queued_at, type_=IngestRequest.queued_at.type)).where(
        IngestRequest.state.in_([IngestState.QUEUED, IngestState.RUNNING]),
        IngestRequest.queued_at < now - INGEST_PATIENCE,
    )
    number, since = session.execute(waiting).one()
    if number:
        yield Problem(code="ingest_stuck", facts={"number": number, "since": since})
    failed = session.scalar(
        select(func.count()).where(
            IngestRequest.state == IngestState.FAILED, IngestRequest.finished_at >= now - FAILURES_SHOWN
        )
    )
    if failed:
        yield Problem(code="ingest_failed", facts={"number": failed})


def find_overdue(coming: Iterable[Coming], *, now: datetime) -> list[Problem]:
    """Broadcasts whose instant has passed although nothing reports them on air."""
    return [
        Problem(code="broadcast_overdue", facts={"title": item.title, "at": item.starts_at}, severe=True)
        for item in coming
        if item.is_overdue(now=now)
    ]


def find_plan_problems(session: Session, *, now: datetime, zone: ZoneInfo) -> list[Problem]:
    """Whether tomorrow has something to air, and whether all of it is still approved byte for byte."""
    today = local_day(now, zone)
    tomorrow, week_on = today + timedelta(days=1), today + timedelta(days=7)
    gone = [
        Problem(code="approval_gone", facts={"title": title, "at": starts_at, "language": language})
        for title, starts_at, language in _read_unapproved(session, until=tomorrow, now=now, zone=zone)
    ]
    if not _count_broadcasts(session, day_span(today, week_on, zone), now=now):
        return [Problem(code="nothing_planned", facts={"day": week_on})]
    if not _count_broadcasts(session, day_span(tomorrow, tomorrow, zone), now=now) and _is_slot_due(
        session, day=tomorrow, zone=zone
    ):
        return [Problem(code="nothing_for_tomorrow", facts={"day": tomorrow}), *gone]
    return gone


def _is_slot_due(session: Session, *, day: date, zone: ZoneInfo) -> bool:
    """Whether any slot has an occurrence on that day that nobody cancelled; a slot moved elsewhere is still due."""
    cancelled = select(SlotException.id).where(
        SlotException.slot_id == Slot.id, SlotException.on == day, SlotException.cancelled
    )
    slots = session.scalars(
        select(Slot).where(
            Slot.removed_at.is_(None),
            Slot.valid_from <= day,
            or_(Slot.valid_to.is_(None), Slot.valid_to > day),
            ~cancelled.exists(),
        )
    )
    return any(recurrence_of(slot, zone).find(day) is not None for slot in slots)


def _count_broadcasts(session: Session, span: TimeSpan, *, now: datetime) -> int:
    return (
        session.scalar(
            select(func.count(Broadcast.id.distinct()))
            .join(Programme, Programme.broadcast_id == Broadcast.id)
            .where(
                Broadcast.starts_at >= max(now, span.starts_at),
                Broadcast.starts_at < span.ends_at,
                Broadcast.state != BroadcastState.CANCELLED,
            )
        )
        or 0
    )


def _read_unapproved(
    session: Session, *, until: date, now: datetime, zone: ZoneInfo
) -> list[tuple[str, datetime, str]]:
    found = session.execute(
        select(Episode.title, Broadcast.starts_at, Airing.language)
        .join(Airing, Airing.broadcast_id == Broadcast.id)
        .join(Edition, Edition.id == Airing.edition_id)
        .join(Episode, Episode.id == Edition.episode_id)
        .outerjoin(Recording, Recording.id == Edition.approved_recording_id)
        .where(
            Broadcast.state == BroadcastState.PLANNED,
            Broadcast.starts_at >= now,
            Broadcast.starts_at < day_span(until, until, zone).ends_at,
            or_(
                Edition.state != EditionState.APPROVED,
                Recording.id.is_(None),
                Recording.master_sha256 != Airing.master_sha256,
            ),
        )
        .order_by(Broadcast.starts_at)
    )
    return [(title, starts_at, language) for title, starts_at, language in found]


def find_row_problems(session: Session, *, carriers: Collection[str]) -> list[Problem]:
    """What a long look at the rows finds: zones on carriers nobody knows, tallies that differ from the log."""
    unknown: dict[str, list[str]] = {}
    for carrier, code in session.execute(
        select(Zone.carrier, Zone.code)
        .where(Zone.removed_at.is_(None), Zone.carrier.not_in([*carriers, CarrierKind.VILLAGE]))
        .order_by(Zone.code)
    ):
        unknown.setdefault(carrier, []).append(code)
    problems = [
        Problem(code="zone_carrier_unknown", facts={"name": name, "zones": _some(codes)}, severe=True)
        for name, codes in unknown.items()
    ]
    if differences := tally.check(session):
        problems.append(Problem(code="tally_wrong", facts={"found": tally_differences.summary(differences)}))
    return problems


def _some(codes: list[str]) -> str:
    return ", ".join(codes[:NAMED_ZONES]) + (" …" if len(codes) > NAMED_ZONES else "")


def carriers_in_use(session: Session) -> set[str]:
    """The carriers that zones in use need."""
    return set(session.scalars(select(Zone.carrier).where(Zone.removed_at.is_(None), Zone.active).distinct()))


def wanted_media(session: Session, *, now: datetime) -> dict[str, str]:
    """Files the station must have, by hash and with whose they are: approved masters, and all of what airs soon."""
    wanted: dict[str, str] = {}
    approved = (
        select(Recording.master_sha256, Episode.title, Edition.language)
        .join(Edition, Edition.approved_recording_id == Recording.id)
        .join(Episode, Episode.id == Edition.episode_id)
        .where(Edition.state == EditionState.APPROVED, Episode.removed_at.is_(None))
    )
    for sha256, title, language in session.execute(approved):
        if sha256 is not None:
            wanted[sha256] = f"{title} ({language})"
    soon = (
        select(Order.parts)
        .join(Programme, Programme.running_order_key == Order.key)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .where(Broadcast.state == BroadcastState.PLANNED, Broadcast.starts_at.between(now, now + PREVIEW))
    )
    for parts in session.scalars(soon):
        for part in parts:
            wanted.setdefault(part["sha256"], str(part["role"]))
    return wanted


def find_media_problems(wanted: Mapping[str, str], media: MediaStore, *, deep: bool) -> Iterator[Problem]:
    """Files that are missing or, when read in full (`deep`), not the bytes of their name."""
    for sha256 in wanted:
        try:
            media.verify(sha256) if deep else media.path(sha256)
        except (MediaMissing, MediaCorrupt) as error:
            yield Problem(code=error.code, facts={**error.facts, "whose": wanted[sha256]}, severe=True)


def run_checks(checks: Iterable[tuple[str, Callable[[], Iterable[Problem]]]]) -> Iterator[Problem]:
    """What checks of files and devices find; one that fails itself is a problem too and stops none of the others."""
    for part, check in checks:
        try:
            yield from check()
        except (BroadcastError, OSError) as error:
            yield Problem(code="check_failed", facts={"part": part, "reason": str(error)}, severe=True)
