"""All that stands behind one airing: its entries by zone, the recording, who approved it, the seals that hold them."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.people import Scope
from scheduler.domain.programme import Decision
from scheduler.errors import UnknownDelivery
from scheduler.models import Airing, AiringTally, AsRunEntry, Production, Recording, Review, Seal
from scheduler.services.log_reading import LogLine, lines_of, within

PER_PAGE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class SealRef:
    """A seal as far as a row of the log names it."""

    number: int
    day: date
    sealed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """Who said that these bytes may air, when, and what they wrote."""

    by: str
    at: datetime
    note: str
    recording_sha256: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AiringTrail:
    """One airing as an inspector follows it."""

    first: AsRunEntry
    """The first entry about it; what it was called stands there."""
    counts: bool
    best_share: float
    lines: Sequence[LogLine]
    """A page of its deliveries, by zone."""
    number: int
    """How many deliveries there are in all."""
    recordings: Sequence[Recording]
    """What was heard, as far as the station still has it."""
    approvals: Sequence[Approval]
    production: Production | None
    seals: Mapping[int, SealRef]
    """By the number of an entry; an entry that is not there is not sealed yet."""
    production_seal: SealRef | None


def get_airing(session: Session, airing_id: UUID, scope: Scope, *, page: int = 1) -> AiringTrail:
    """What stands behind an airing. Raises `UnknownDelivery` when the scope holds none of its deliveries."""
    of_airing = (AsRunEntry.airing_id == airing_id, *within(scope))
    first = session.scalar(select(AsRunEntry).where(*of_airing).order_by(AsRunEntry.id).limit(1))
    if first is None:
        raise UnknownDelivery(airing=str(airing_id)[:8], zone=0)
    deliveries = (*of_airing, AsRunEntry.attempt == 1)
    firsts = session.scalars(
        select(AsRunEntry)
        .where(*deliveries)
        .order_by(AsRunEntry.zone_name, AsRunEntry.zone_id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    lines = lines_of(session, firsts)
    recordings = _find_recordings(session, airing_id)
    tally = session.get(AiringTally, airing_id)
    production = _find_production(session, airing_id)
    return AiringTrail(
        first=first,
        counts=tally is not None and tally.counts,
        best_share=0.0 if tally is None else tally.best_share,
        lines=lines,
        number=session.scalar(select(func.count()).select_from(AsRunEntry).where(*deliveries)) or 0,
        recordings=recordings,
        approvals=_find_approvals(session, airing_id, recordings),
        production=production,
        seals=find_seals_of(session, [entry.id for line in lines for entry in line.entries]),
        production_seal=None if production is None else _find_production_seal(session, production),
    )


def find_seals_of(session: Session, entries: Sequence[int]) -> dict[int, SealRef]:
    """The seals that hold these entries; those written after the newest seal are left out."""
    if not entries:
        return {}
    seals = session.execute(
        select(Seal.entries_until, Seal.id, Seal.day, Seal.sealed_at)
        .where(Seal.entries_until >= min(entries), Seal.entries_after < max(entries))
        .order_by(Seal.entries_until, Seal.id)
    ).all()
    ends = [until for until, *_ in seals]
    found = {}
    for entry in entries:
        place = bisect_left(ends, entry)
        if place < len(seals):
            _, number, day, sealed_at = seals[place]
            found[entry] = SealRef(number=number, day=day, sealed_at=sealed_at)
    return found


def _find_recordings(session: Session, airing_id: UUID) -> list[Recording]:
    """Takes of the airing's edition with the bytes that the log names; the same bytes may be in other editions too."""
    heard = select(AsRunEntry.recording_sha256).where(AsRunEntry.airing_id == airing_id).distinct()
    edition = select(Airing.edition_id).where(Airing.id == airing_id)
    named = Recording.sha256.in_(heard)
    found = session.scalars(
        select(Recording).where(named, Recording.edition_id.in_(edition)).order_by(Recording.id)
    ).all()
    if found:
        return list(found)
    by_bytes: dict[str, Recording] = {}
    for recording in session.scalars(select(Recording).where(named).order_by(Recording.id)):
        by_bytes.setdefault(recording.sha256, recording)
    return list(by_bytes.values())


def _find_approvals(session: Session, airing_id: UUID, recordings: Sequence[Recording]) -> list[Approval]:
    """Decisions on the very bytes; for a past from a logbook, whose sound is lost, those on its edition."""
    wanted = select(Review).where(Review.decision == Decision.APPROVED)
    if recordings:
        wanted = wanted.where(
            Review.recording_sha256.in_({item.sha256 for item in recordings}),
            Review.edition_id.in_({item.edition_id for item in recordings}),
        )
    else:
        wanted = wanted.where(
            Review.edition_id.in_(select(Airing.edition_id).where(Airing.id == airing_id)),
            Review.recording_sha256.is_(None),
        )
    return [
        Approval(by=item.reviewer, at=item.decided_at, note=item.reason, recording_sha256=item.recording_sha256)
        for item in session.scalars(wanted.order_by(Review.id))
    ]


def _find_production(session: Session, airing_id: UUID) -> Production | None:
    edition = select(Airing.edition_id).where(Airing.id == airing_id)
    return session.scalar(select(Production).where(Production.edition_id.in_(edition)))


def _find_production_seal(session: Session, production: Production) -> SealRef | None:
    seal = session.execute(
        select(Seal.id, Seal.day, Seal.sealed_at)
        .where(Seal.productions_until >= production.id)
        .order_by(Seal.productions_until, Seal.id)
        .limit(1)
    ).first()
    return None if seal is None else SealRef(number=seal[0], day=seal[1], sealed_at=seal[2])
