"""Writing the as-run log: entries with their copied facts, and the tallies kept in the same transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaTree, LoudspeakerState
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.reconciliation import BY_HAND, BY_STATION
from scheduler.domain.text import tidy
from scheduler.domain.time import local_day, local_month
from scheduler.errors import BadField, DeliveryChanged, NotInLog, ReasonMissing, UnknownAiring
from scheduler.models import Airing, AsRunEntry, Broadcast, Edition, Episode, Loudspeaker, Series, Zone
from scheduler.services import bulk, closed_books, coverage, tally
from scheduler.services.bulk import OnConflict
from scheduler.services.tally import check, recompute
from scheduler.services.tally_differences import TallyDifference, summary

__all__ = [
    "TallyDifference", "check", "correct", "correction_of", "find_entries", "recompute", "record", "summary",
]  # fmt: skip

Values = dict[str, Any]
EntryKey = tuple[UUID, int, int]

_AT_ONCE = 5_000
_BY_KEY = OnConflict(keys=("airing_id", "zone_id", "attempt"))
_OWN_FACTS = tuple(field.name for field in fields(NewEntry))  # asdict would copy every identifier deeply
_AIRING_FACTS = (
    "broadcast_id", "recording_sha256", "master_sha256", "priority", "exercise", "series_id", "series_title",
    "episode_year", "episode_number", "title", "language",
)  # fmt: skip
_ZONE_FACTS = ("zone_code", "zone_name", "area_id", "area_name", "loudspeakers")
_DAY_FACTS = ("local_day", "local_month")


def record(session: Session, entries: Iterable[NewEntry], *, now: datetime, zone: ZoneInfo) -> int:
    """Append entries to the as-run log and bring the tallies along; says how many were written.

    Titles, language, area, local day and month are copied from the rows of today; `zone` is the station's time zone.
    An entry for an (airing, zone, attempt) that is in the log already is left out: the log holds exactly one.
    A correction copies the facts of the entry it corrects. Raises `UnknownAiring`, and `BooksClosed` where a single
    person says something of a day whose books are closed; what the station and its players tell is always taken.
    """
    left = iter(entries)
    written = 0
    while chunk := list(islice(left, _AT_ONCE)):
        tally.lock(session)
        asked = _rows_of(session, chunk, now=now, zone=zone)
        closed_books.check_open(session, {row["local_day"] for row in asked if _is_one_persons_word(row)})
        rows = _append(session, asked)
        if rows:
            tally.bring_along(session, rows)
        written += len(rows)
    return written


def _is_one_persons_word(row: Values) -> bool:
    return row["source"] != BY_STATION and not row["countersigned_by"]


def correct(
    session: Session,
    *,
    airing_id: UUID,
    zone_id: int,
    seconds_sounded: float,
    author: str,
    note: str,
    now: datetime,
    zone: ZoneInfo,
    reason: Reason | None = None,
    evidence: Evidence = Evidence.CONFIRMED,
    after: int | None = None,
    countersigned_by: str = "",
    started_at: datetime | None = None,
) -> int:
    """Say what a delivery really came to: a new entry with author and reason; says which attempt it is.

    The earlier entry stays as it is. `after` is the attempt that the author looked at: the same said twice (a form sent
    twice) is written once, and what another has written meanwhile is not overruled unseen. Of a day whose books are
    closed `countersigned_by` names the second person. `started_at` is when it began, where that was told. Raises
    `NotInLog`, `BadField` without an author, `ReasonMissing` without a note, `DeliveryChanged`, `BooksClosed`.
    """
    if not tidy(author):
        raise BadField(field="author", value=author)
    if not tidy(note):
        raise ReasonMissing(decision="correction")
    tally.lock(session)
    last = session.scalar(
        select(AsRunEntry)
        .where(AsRunEntry.airing_id == airing_id, AsRunEntry.zone_id == zone_id)
        .order_by(AsRunEntry.attempt.desc())
        .limit(1)
    )
    if last is None:
        raise NotInLog(airing=str(airing_id)[:8], zone=zone_id)
    if not 0 <= seconds_sounded <= last.seconds_planned:
        raise BadField(field="seconds_sounded", value=seconds_sounded)
    if after is not None and last.attempt != after:
        _check_same(last, (seconds_sounded, reason, evidence, tidy(author), tidy(note)))
        return last.attempt
    entry = correction_of(
        last,
        seconds_sounded=seconds_sounded,
        reason=reason,
        evidence=evidence,
        by=tidy(author),
        note=tidy(note),
        countersigned_by=countersigned_by,
        started_at=started_at,
    )
    record(session, [entry], now=now, zone=zone)
    return entry.attempt


def correction_of(
    last: AsRunEntry,
    *,
    seconds_sounded: float,
    reason: Reason | None,
    evidence: Evidence,
    by: str,
    note: str,
    countersigned_by: str = "",
    started_at: datetime | None = None,
) -> NewEntry:
    """The entry by which somebody says that a delivery came to something else than its last entry says."""
    began, ended = last.started_at, last.ended_at
    if started_at is not None:
        began, ended = started_at, started_at + timedelta(seconds=seconds_sounded)
    return NewEntry(
        airing_id=last.airing_id,
        zone_id=last.zone_id,
        attempt=last.attempt + 1,
        kind=EntryKind.CORRECTION,
        planned_at=last.planned_at,
        started_at=began if seconds_sounded else None,
        ended_at=ended if seconds_sounded else None,
        seconds_planned=last.seconds_planned,
        seconds_sounded=seconds_sounded,
        reason=reason,
        evidence=evidence,
        rendition_sha256=last.rendition_sha256,
        recorded_by=by,
        countersigned_by=countersigned_by,
        source=BY_HAND,
        note=note,
    )


def _check_same(last: AsRunEntry, said: tuple[object, ...]) -> None:
    """Raises `DeliveryChanged` unless the last entry says this already."""
    if (last.seconds_sounded, last.reason, last.evidence, last.recorded_by, last.note) != said:
        raise DeliveryChanged(by=last.recorded_by, seconds=f"{last.seconds_sounded:g}".replace(".", ","))


def find_entries(session: Session, *, day: date, zone_code: str = "") -> list[AsRunEntry]:
    """All entries of a local day (corrections after what they correct), of all zones or of one by its code then."""
    wanted = select(AsRunEntry).where(AsRunEntry.local_day == day)
    if zone_code:
        wanted = wanted.where(func.lower(AsRunEntry.zone_code) == zone_code.lower())
    order = (AsRunEntry.planned_at, AsRunEntry.zone_code, AsRunEntry.airing_id, AsRunEntry.attempt)
    return list(session.scalars(wanted.order_by(*order)))


def _append(session: Session, rows: Sequence[Values]) -> list[Values]:
    """Write the rows whose (airing, zone, attempt) is not in the log yet; gives those back. The lock is held."""
    by_key: dict[EntryKey, Values] = {}
    for row in rows:
        by_key.setdefault(_key_of(row), row)
    entry = AsRunEntry
    about = {key[0] for key in by_key}, {key[1] for key in by_key}
    found = session.execute(
        select(entry.airing_id, entry.zone_id, entry.attempt).where(
            bulk.among(session, entry.airing_id, about[0]), bulk.among(session, entry.zone_id, about[1])
        )
    )
    known = {(airing_id, zone_id, attempt) for airing_id, zone_id, attempt in found}
    fresh = [row for key, row in by_key.items() if key not in known]
    if bulk.insert(session, entry, fresh, conflict=_BY_KEY) != len(fresh):
        raise RuntimeError("somebody writes into the log without its lock")
    return fresh


def _key_of(row: Values) -> EntryKey:
    return row["airing_id"], row["zone_id"], row["attempt"]


# --- copied facts ---------------------------------------------------------------------------------------------------
def _rows_of(session: Session, entries: Sequence[NewEntry], *, now: datetime, zone: ZoneInfo) -> list[Values]:
    earlier = _facts_of_corrected(session, entries)
    fresh = [entry for entry in entries if (entry.airing_id, entry.zone_id) not in earlier]
    airings = _airing_facts(session, {entry.airing_id for entry in fresh})
    places = _Places(session, {entry.zone_id for entry in fresh})
    rows = []
    for entry in entries:
        copied = earlier.get((entry.airing_id, entry.zone_id))
        if copied is None:
            day = local_day(entry.planned_at, zone)
            copied = {
                **airings[entry.airing_id],
                **places.facts(entry.zone_id, day),
                "local_day": day,
                "local_month": local_month(entry.planned_at, zone),
            }
        rows.append({**{name: getattr(entry, name) for name in _OWN_FACTS}, **copied, "recorded_at": now})
    return rows


def _facts_of_corrected(session: Session, entries: Sequence[NewEntry]) -> dict[tuple[UUID, int], Values]:
    """The facts on the first entry of each delivery that a correction is about, whatever became of the catalogue."""
    about = {(entry.airing_id, entry.zone_id) for entry in entries if entry.attempt > 1}
    if not about:
        return {}
    names = ("airing_id", "zone_id", *_AIRING_FACTS, *_ZONE_FACTS, *_DAY_FACTS)
    rows = session.execute(
        select(*(getattr(AsRunEntry, name) for name in names))
        .where(AsRunEntry.airing_id.in_({airing for airing, _ in about}))
        .where(AsRunEntry.zone_id.in_({zone for _, zone in about}))
        .order_by(AsRunEntry.attempt.desc())
    ).mappings()
    found = {}
    for row in rows:
        key = (row["airing_id"], row["zone_id"])
        if key in about:
            found[key] = {name: row[name] for name in names}
    return found


def _airing_facts(session: Session, airings: Collection[UUID]) -> dict[UUID, Values]:
    rows = session.execute(
        select(
            Airing.id,
            Airing.broadcast_id,
            Airing.recording_sha256,
            Airing.master_sha256,
            Airing.language,
            Broadcast.priority,
            Broadcast.exercise,
            Episode.series_id,
            Series.title.label("series_title"),
            Episode.year.label("episode_year"),
            Episode.number.label("episode_number"),
            func.coalesce(func.nullif(Edition.title, ""), Episode.title).label("title"),
        )
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .join(Edition, Edition.id == Airing.edition_id)
        .join(Episode, Episode.id == Edition.episode_id)
        .join(Series, Series.id == Episode.series_id)
        .where(bulk.among(session, Airing.id, airings))
    ).mappings()
    facts = {row["id"]: {name: row[name] for name in _AIRING_FACTS} for row in rows}
    for airing in airings:
        if airing not in facts:
            raise UnknownAiring(airing=str(airing))
    return facts


class _Places:
    """What zones are called, what lies above them on a day and how many loudspeakers work in them, read once."""

    def __init__(self, session: Session, zones: Collection[int]) -> None:
        self._zones: dict[int, Values] = {}
        if not zones:
            return
        working = dict(self._working(session, zones))
        these = bulk.among(session, Zone.id, zones)
        found = session.execute(select(Zone.id, Zone.code, Zone.name, Zone.area_id).where(these))
        for number, code, name, area_id in found:
            self._zones[number] = {
                "zone_code": code,
                "zone_name": name,
                "area_id": area_id,
                "loudspeakers": working.get(number, 0),
            }
        self._tree: AreaTree = coverage.load_tree(session)

    def facts(self, zone_id: int, day: date) -> Values:
        """The facts to copy for a zone on a day; its area is the commune, or its own area without one."""
        facts = self._zones[zone_id]
        commune = self._tree.commune_of(facts["area_id"], on=day)
        return {**facts, "area_id": commune.id, "area_name": commune.name}

    @staticmethod
    def _working(session: Session, zones: Collection[int]) -> Iterator[tuple[int, int]]:
        yield from session.execute(
            select(Loudspeaker.zone_id, func.count())
            .where(bulk.among(session, Loudspeaker.zone_id, zones), Loudspeaker.state == LoudspeakerState.WORKING)
            .group_by(Loudspeaker.zone_id)
        )
