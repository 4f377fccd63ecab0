"""The log of some days as an inspector reads it: a line for each airing, with who made it and what became of it."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, and_, case, func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import FULL_SHARE, SECONDS_TOLERANCE
from scheduler.domain.log_filter import LogFilter, Sort
from scheduler.domain.people import Scope
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.programme import Credit, Decision
from scheduler.domain.time import local_day
from scheduler.errors import BadPeriod, TooManyDays
from scheduler.log_words import sort_of
from scheduler.models import Airing, AsRunEntry, Edition, Production, Review, Seal
from scheduler.services import log_reading, log_waiting, tally
from scheduler.services.log_waiting import WaitingAiring

MOST_DAYS = 31


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetLine:
    """An airing over all the zones asked for."""

    day: date
    planned_at: datetime
    started_at: datetime | None
    """The first zone's."""
    ended_at: datetime | None
    """The last zone's."""
    series_title: str
    year: int
    number: int
    title: str
    language: str
    sort: Sort
    seconds: float
    zones_sounded: int = 0
    zones_partial: int = 0
    zones_missed: int = 0
    zones_waiting: int = 0
    """In the plan, and nobody has reported them."""
    reasons: Mapping[Reason, int]
    """Why zones did not sound or not all of it, and how many of them."""
    readers: str = ""
    approver: str = ""
    confirmed_by: Sequence[str] = ()
    """Who answers for what no machine could tell, or corrected it."""
    corrected: int = 0
    """Zones whose first entry was corrected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogSheet:
    """The lines of some days in order; `seals` says by which seal all of a day was sealed, if all of it is."""

    first: date
    last: date
    lines: Sequence[SheetLine]
    seals: Mapping[date, int]

    def days(self) -> dict[date, list[SheetLine]]:
        """The lines by day; days without any are left out."""
        found: dict[date, list[SheetLine]] = {}
        for line in self.lines:
            found.setdefault(line.day, []).append(line)
        return found


def read_sheet(session: Session, first: date, last: date, *, scope: Scope, zone: ZoneInfo) -> LogSheet:
    """The airings of the local days from first to last, in the zones of a scope. Raises `BadPeriod`, `TooManyDays`."""
    if last < first:
        raise BadPeriod(first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    if (last - first).days >= MOST_DAYS:
        raise TooManyDays(limit=MOST_DAYS)
    asked = [AsRunEntry.local_day.between(first, last), *log_reading.within(scope), tally.entry_holds()]
    waiting = log_waiting.count_waiting(session, LogFilter(first=first, last=last), scope, zone=zone)
    open_zones = {item.airing.id: item.zones for item in waiting}
    rows = session.execute(_airings(asked)).mappings().all()
    known = {row["airing_id"] for row in rows}
    reasons, names = _read_reasons(session, asked), _read_names(session, asked)
    makers = _Makers(session, [*known, *open_zones])
    lines = [
        SheetLine(
            **_facts(row),
            zones_waiting=open_zones.get(row["airing_id"], 0),
            reasons=reasons.get(row["airing_id"], {}),
            readers=makers.readers(row["airing_id"]),
            approver=makers.approver(row["airing_id"], row["sha256"]),
            confirmed_by=names.get(row["airing_id"], ()),
        )
        for row in rows
    ]
    lines += [_waiting_line(item, makers, zone) for item in waiting if item.airing.id not in known]
    newest: dict[date, int] = {}
    for row in rows:
        newest[row["local_day"]] = max(newest.get(row["local_day"], 0), row["newest"])
    return LogSheet(
        first=first,
        last=last,
        lines=sorted(lines, key=lambda line: (line.day, line.planned_at, line.series_title, line.language != "vi")),
        seals=_find_seals(session, newest),
    )


def _find_seals(session: Session, newest: Mapping[date, int]) -> dict[date, int]:
    """The seal that holds the newest entry about each day: journals and corrections may come weeks later."""
    rows = session.execute(select(Seal.id, Seal.entries_until).order_by(Seal.id)).all()
    until = [entries_until for _, entries_until in rows]
    places = {day: bisect_left(until, entry) for day, entry in newest.items()}
    return {day: rows[place][0] for day, place in places.items() if place < len(rows)}


# --- what happened --------------------------------------------------------------------------------------------------
def _airings(asked: Sequence[ColumnElement[bool]]) -> Any:
    """One row an airing: the log is summed up by the database, however many zones there are."""
    entry = AsRunEntry
    corrected = entry.kind == EntryKind.CORRECTION
    whole = entry.seconds_sounded >= entry.seconds_planned * FULL_SHARE - SECONDS_TOLERANCE
    sounded = or_(entry.kind == EntryKind.SOUNDED, and_(corrected, entry.seconds_sounded > 0, whole))
    missed = or_(
        entry.kind.in_((EntryKind.MISSED, EntryKind.FAILED)), and_(corrected, entry.seconds_sounded <= 0)
    )  # fmt: skip
    firsts = (
        func.min(getattr(entry, name)).label(name)
        for name in (
            "local_day", "planned_at", "started_at", "series_title", "episode_year", "episode_number", "title",
            "language", "priority",
        )
    )  # fmt: skip
    return (
        select(
            entry.airing_id,
            *firsts,
            func.max(entry.id).label("newest"),
            func.max(entry.ended_at).label("ended_at"),
            func.max(entry.seconds_planned).label("seconds"),
            func.max(entry.recording_sha256).label("sha256"),
            _number(entry.exercise.is_(True)).label("exercise"),
            _number(sounded).label("sounded"),
            _number(missed).label("missed"),
            _number(entry.attempt > 1).label("corrected"),
            func.count().label("zones"),
        )
        .where(*asked)
        .group_by(entry.airing_id)
    )


def _number(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _facts(row: RowMapping) -> dict[str, Any]:
    return {
        "day": row["local_day"],
        "planned_at": row["planned_at"],
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "series_title": row["series_title"],
        "year": row["episode_year"],
        "number": row["episode_number"],
        "title": row["title"],
        "language": row["language"],
        "sort": sort_of(priority=row["priority"], exercise=row["exercise"] > 0),
        "seconds": row["seconds"],
        "zones_sounded": row["sounded"],
        "zones_missed": row["missed"],
        "zones_partial": row["zones"] - row["sounded"] - row["missed"],
        "corrected": row["corrected"],
    }


def _read_reasons(session: Session, asked: Sequence[ColumnElement[bool]]) -> dict[UUID, dict[Reason, int]]:
    rows = session.execute(
        select(AsRunEntry.airing_id, AsRunEntry.reason, func.count())
        .where(*asked, AsRunEntry.reason.is_not(None))
        .group_by(AsRunEntry.airing_id, AsRunEntry.reason)
    )
    found: dict[UUID, dict[Reason, int]] = defaultdict(dict)
    for airing_id, reason, number in rows:
        if reason is not None:
            found[airing_id][reason] = number
    return {key: dict(Counter(item).most_common()) for key, item in found.items()}


def _read_names(session: Session, asked: Sequence[ColumnElement[bool]]) -> dict[UUID, list[str]]:
    """Only people: what a machine recorded is signed by nobody."""
    by_person = or_(AsRunEntry.evidence == Evidence.CONFIRMED, AsRunEntry.attempt > 1)
    rows = session.execute(
        select(AsRunEntry.airing_id, AsRunEntry.recorded_by).where(*asked, by_person).distinct()
    )  # fmt: skip
    found: dict[UUID, list[str]] = defaultdict(list)
    for airing_id, name in rows:
        found[airing_id].append(name)
    return {key: sorted(names) for key, names in found.items()}


# --- who made it, and what nobody has reported ----------------------------------------------------------------------
class _Makers:
    """Readers and approvers of the editions that some airings are of."""

    def __init__(self, session: Session, airings: Collection[UUID]) -> None:
        editions = select(Airing.id, Edition.id, Edition.credits, Airing.recording_sha256).join(
            Edition, Edition.id == Airing.edition_id
        )
        rows = session.execute(editions.where(Airing.id.in_(airings))).all()
        self._edition = {airing_id: edition_id for airing_id, edition_id, _, _ in rows}
        self._sha256 = {airing_id: sha256 for airing_id, _, _, sha256 in rows}
        self._credits = {edition_id: credits_ for _, edition_id, credits_, _ in rows}
        asked = set(self._credits)
        approved = select(Review.edition_id, Review.recording_sha256, Review.reviewer).where(
            Review.edition_id.in_(asked), Review.decision == Decision.APPROVED
        )
        self._approvals = {(edition, sha): name for edition, sha, name in session.execute(approved.order_by(Review.id))}
        first = select(Production.edition_id, Production.approved_by).where(Production.edition_id.in_(asked))
        self._first = dict(session.execute(first).all())

    def readers(self, airing_id: UUID) -> str:
        told = self._credits.get(self._edition.get(airing_id, 0), {}).get(Credit.READER.value, "")
        return ", ".join(told) if isinstance(told, list) else str(told)

    def approver(self, airing_id: UUID, sha256: str | None) -> str:
        """Of the very bytes that aired; of the edition, where nobody knows the bytes any more."""
        edition = self._edition.get(airing_id, 0)
        sha256 = sha256 or self._sha256.get(airing_id)
        return self._approvals.get((edition, sha256)) or self._first.get(edition, "")


def _waiting_line(item: WaitingAiring, makers: _Makers, zone: ZoneInfo) -> SheetLine:
    airing = item.airing
    return SheetLine(
        day=local_day(airing.starts_at, zone),
        planned_at=airing.starts_at,
        started_at=None,
        ended_at=None,
        series_title=airing.series_title,
        year=airing.year,
        number=airing.number,
        title=airing.title,
        language=airing.language,
        sort=sort_of(priority=airing.priority, exercise=airing.exercise),
        seconds=airing.seconds,
        zones_waiting=item.zones,
        reasons={},
        readers=makers.readers(airing.id),
        approver=makers.approver(airing.id, None),
    )
