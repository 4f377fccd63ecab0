"""Sealing days of the log: one hash over all that was written since the seal before, chained to it and signed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scheduler.domain.canonical import ENTRY_FORM, PRODUCTION_FORM
from scheduler.domain.merkle import Tree
from scheduler.domain.seals import NOTHING_BEFORE, Statement, digest, gather, write_marks
from scheduler.domain.time import day_span, local_day
from scheduler.errors import DayNotOver, SealMadeMeanwhile, UnknownSeal
from scheduler.models import AsRunEntry, Seal
from scheduler.services import sealed_rows, tally
from scheduler.signing import Signer


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """The newest rows there are, every older one committed."""

    entries: int
    productions: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A seal that is to be made: its day, what was before it and up to which rows it goes."""

    day: date
    latest: Seal | None
    until: Bounds

    @property
    def number(self) -> int:
        """The number it will bear."""
        return 1 if self.latest is None else self.latest.id + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A seal as it will be signed."""

    statement: Statement
    marks: bytes


def lock_bounds(session: Session) -> Bounds:
    """The newest rows; the lock that all writers of these tables take makes sure that no older one is still to come."""
    tally.lock(session)
    return Bounds(
        entries=sealed_rows.newest(session, ENTRY_FORM), productions=sealed_rows.newest(session, PRODUCTION_FORM)
    )


def find_wanted(session: Session, day: date, *, until: Bounds, now: datetime, zone: ZoneInfo) -> Wanted | None:
    """The next seal to make so that `day` is sealed in the end; None when there is none. Raises `DayNotOver`.

    The seal of `day` holds all that is written by now, late journals and corrections of other days included. Before it
    come those of earlier days on which something was written that no seal holds yet, each with what was written until
    its end.
    """
    if day >= local_day(now, zone):
        raise DayNotOver(day=f"{day:%d/%m/%Y}")
    latest = latest_seal(session)
    if latest is not None and latest.day >= day:
        return None
    after = 0 if latest is None else latest.entries_until
    first = session.scalar(_recorded_at(after, until.entries).limit(1))
    if first is None and latest is None and not until.productions:
        return None
    earlier = day if first is None else local_day(first, zone)
    if latest is not None:
        earlier = max(earlier, latest.day + timedelta(days=1))
    if earlier >= day:
        return Wanted(day=day, latest=latest, until=until)
    ends_at = day_span(earlier, earlier, zone).ends_at
    beyond = session.scalar(
        select(AsRunEntry.id)
        .where(AsRunEntry.id > after, AsRunEntry.id <= until.entries, AsRunEntry.recorded_at >= ends_at)
        .order_by(AsRunEntry.id)
        .limit(1)
    )
    entries = until.entries if beyond is None else beyond - 1
    return Wanted(day=earlier, latest=latest, until=Bounds(entries=entries, productions=until.productions))


def draw_up(session: Session, wanted: Wanted, *, now: datetime, key: str) -> Drawn:
    """Read the rows and say what the seal says; changes nothing, so it may take its time."""
    latest, until, tree = wanted.latest, wanted.until, Tree()
    parts, gathered = [], []
    for form, after, last in (
        (ENTRY_FORM, 0 if latest is None else latest.entries_until, until.entries),
        (PRODUCTION_FORM, 0 if latest is None else latest.productions_until, until.productions),
    ):
        rows = gather(sealed_rows.read(session, form, after=after, until=last), tree)
        parts.append(rows.as_part(form, after=after, until=last))
        gathered.append(rows)
    marks = write_marks(*gathered)
    statement = Statement(
        number=wanted.number,
        day=wanted.day,
        sealed_at=now,
        entries=parts[0],
        productions=parts[1],
        root=tree.root.hex(),
        marks=hashlib.sha256(marks).hexdigest(),
        previous=NOTHING_BEFORE if latest is None else digest(latest.statement),
        key=key,
    )
    return Drawn(statement=statement, marks=marks)


def keep(session: Session, drawn: Drawn, *, signer: Signer) -> Seal:
    """Sign the seal and write it down. Raises `SealMadeMeanwhile`."""
    tally.lock(session)
    said, latest = drawn.statement, latest_seal(session)
    if (0 if latest is None else latest.id) != said.number - 1:
        raise SealMadeMeanwhile(number=said.number)
    text = said.tell()
    seal = Seal(
        id=said.number,
        day=said.day,
        entries_after=said.entries.after,
        entries_until=said.entries.until,
        entries=said.entries.number,
        productions_after=said.productions.after,
        productions_until=said.productions.until,
        productions=said.productions.number,
        root=said.root,
        marks=drawn.marks,
        previous=said.previous,
        statement=text,
        signature=signer.sign(text.encode()).hex(),
        key=said.key,
        sealed_at=said.sealed_at,
    )
    session.add(seal)
    session.flush()
    return seal


# --- what is asked of seals -----------------------------------------------------------------------------------------
def latest_seal(session: Session) -> Seal | None:
    """The newest seal."""
    return session.scalar(select(Seal).order_by(Seal.id.desc()).limit(1))


def find_seal(session: Session, number: int) -> Seal | None:
    """The seal of this number, if there is one."""
    return session.get(Seal, number)


def find_seals_after(session: Session, number: int, *, limit: int) -> list[Seal]:
    """Seals of higher numbers, the oldest first."""
    return list(session.scalars(select(Seal).where(Seal.id > number).order_by(Seal.id).limit(limit)))


def get_seal(session: Session, number: int) -> Seal:
    """The seal of this number. Raises `UnknownSeal`."""
    seal = session.get(Seal, number)
    if seal is None:
        raise UnknownSeal(number=number)
    return seal


def find_seals(session: Session, *, limit: int, before: int | None = None) -> Sequence[Seal]:
    """Seals, the newest first; with `before`, those of lower numbers."""
    query = select(Seal).order_by(Seal.id.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(Seal.id < before)))


def find_seal_of(session: Session, entry_id: int) -> Seal | None:
    """The seal that holds an as-run entry; None when it was written after the newest seal."""
    return session.scalar(
        select(Seal).where(Seal.entries_until >= entry_id).order_by(Seal.entries_until, Seal.id).limit(1)
    )


def count_unsealed(session: Session, latest: Seal | None) -> int:
    """How many entries were written after the newest seal."""
    after = 0 if latest is None else latest.entries_until
    return session.scalar(select(func.count()).select_from(AsRunEntry).where(AsRunEntry.id > after)) or 0


def _recorded_at(after: int, until: int) -> Select[datetime]:
    return select(AsRunEntry.recorded_at).where(AsRunEntry.id > after, AsRunEntry.id <= until).order_by(AsRunEntry.id)
