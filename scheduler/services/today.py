"""How this day went so far: its broadcasts with what the log says of them, what was missed, where nothing is heard."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import Priority
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import Problem
from scheduler.domain.status import NAMED_PLACES, DayLook, Heard, OfToday, Places, Tally, name_places
from scheduler.domain.time import day_span
from scheduler.models import AsRunEntry, Broadcast, Claim, Episode, Programme, Series, UtcDateTime, Zone
from scheduler.services import tally, village_reports
from scheduler.services.status import read_languages

ON_PURPOSE = (Reason.CANCELLED, Reason.STOPPED, Reason.INTERRUPTED, Reason.ZONE_INACTIVE)
"""Reasons that somebody at the station has wanted."""
UNHEARD = (EntryKind.MISSED, EntryKind.FAILED)

_Ending = tuple[UUID, EntryKind, Reason | None]


def newest_entry(session: Session) -> int:
    """The number of the entry written last: as long as it is the same, the log says the same."""
    return session.scalar(select(func.max(AsRunEntry.id))) or 0


def look(session: Session, *, day: date, zone: ZoneInfo) -> DayLook:
    """The broadcasts of a local day with what became of them, and what went wrong."""
    silent = find_silent_zones(session, day=day)
    return DayLook(
        today=tuple(read_day(session, day=day, zone=zone)),
        problems=(*_tell_silent(silent), *find_misses(session, day=day, silent=silent)),
    )


# --- the broadcasts of the day ----------------------------------------------------------------------------------------
def read_day(session: Session, *, day: date, zone: ZoneInfo) -> list[OfToday]:
    """Every broadcast of a local day in the order they start, those to come and cancelled ones too."""
    span = day_span(day, day, zone)
    zones = select(func.count()).where(Programme.broadcast_id == Broadcast.id).scalar_subquery()
    rows = list(
        session.execute(
            select(Broadcast, Series.title, Episode.number, Episode.title, zones)
            .join(Episode, Episode.id == Broadcast.episode_id)
            .join(Series, Series.id == Broadcast.series_id)
            .where(Broadcast.starts_at >= span.starts_at, Broadcast.starts_at < span.ends_at)
            .order_by(Broadcast.starts_at, Broadcast.id)
        )
    )
    languages = read_languages(session, [row[0].id for row in rows])
    heard = read_log(session, day=day)
    villages = village_reports.count_villages(session, span)
    reported = village_reports.count_reported(session, villages)
    return [
        OfToday(
            broadcast_id=broadcast.id,
            state=broadcast.state,
            starts_at=broadcast.starts_at,
            series_title=series_title,
            number=number,
            title=title,
            languages=tuple(languages.get(broadcast.id, ())),
            zones=zones_number,
            priority=Priority(broadcast.priority),
            exercise=broadcast.exercise,
            heard=tuple(heard.get(broadcast.id, ())),
            villages=villages.get(broadcast.id, 0),
            reported=reported.get(broadcast.id, 0),
        )
        for broadcast, series_title, number, title, zones_number in rows
    ]


def read_log(session: Session, *, day: date) -> dict[UUID, list[Heard]]:
    """What became of each airing of a local day, by broadcast; tiếng phổ thông first."""
    by_airing: dict[tuple[UUID, UUID, str], list[_LogRow]] = defaultdict(list)
    for row in session.execute(_log_of(day)):
        by_airing[row[0], row[1], row[2]].append(row)
    names = _read_names_of_trouble(session, day=day)
    heard: dict[UUID, list[Heard]] = defaultdict(list)
    for (broadcast_id, _, language), rows in sorted(by_airing.items(), key=lambda item: item[0][2], reverse=True):
        heard[broadcast_id].append(_as_heard(language, rows, names))
    return heard


_LogRow = tuple[UUID, UUID, str, EntryKind, Reason | None, datetime | None, int]


def _holds_on(day: date) -> ColumnElement[bool]:
    return and_(AsRunEntry.local_day == day, tally.entry_holds())


def _log_of(day: date) -> Select[*_LogRow]:
    entry = AsRunEntry
    return (
        select(
            entry.broadcast_id,
            entry.airing_id,
            entry.language,
            entry.kind,
            entry.reason,
            func.min(entry.started_at, type_=UtcDateTime()),
            func.count(),
        )
        .where(_holds_on(day))
        .group_by(entry.broadcast_id, entry.airing_id, entry.language, entry.kind, entry.reason)
    )


def _read_names_of_trouble(session: Session, *, day: date) -> dict[_Ending, list[str]]:
    """The first zones of each ending other than sounded; where all went well the number is enough."""
    ending = (AsRunEntry.airing_id, AsRunEntry.kind, AsRunEntry.reason)
    place = func.row_number().over(partition_by=ending, order_by=AsRunEntry.zone_name)
    ranked = (
        select(*ending, AsRunEntry.zone_name, place.label("place"))
        .where(_holds_on(day), AsRunEntry.kind != EntryKind.SOUNDED)
        .subquery()
    )
    names: dict[_Ending, list[str]] = defaultdict(list)
    found = select(ranked.c.airing_id, ranked.c.kind, ranked.c.reason, ranked.c.zone_name)
    for airing_id, kind, reason, name in session.execute(
        found.where(ranked.c.place <= NAMED_PLACES).order_by(ranked.c.place)
    ):
        names[airing_id, kind, reason].append(name)
    return names


def _as_heard(language: str, rows: Sequence[_LogRow], names: Mapping[_Ending, list[str]]) -> Heard:
    in_order = sorted(rows, key=lambda row: (list(EntryKind).index(row[3]), str(row[4])))
    return Heard(
        language=language,
        started_at=min((row[5] for row in rows if row[5] is not None), default=None),
        outcomes=tuple(
            Tally(
                kind=kind,
                reason=reason,
                places=Places(names=tuple(names.get((airing_id, kind, reason), ())), number=number),
            )
            for _, airing_id, _, kind, reason, _, number in in_order
        ),
    )


# --- what went wrong --------------------------------------------------------------------------------------------------
def find_silent_zones(session: Session, *, day: date) -> dict[int, tuple[str, str]]:
    """Zones in use that their carrier failed to sound in when it last tried, today or the day before: code and name.

    One that is reported to sound right now is not among them, whatever the log says of the time before.
    """
    entry = AsRunEntry
    lately = (entry.local_day.in_((day - timedelta(days=1), day)), tally.entry_holds())
    # Rows and no groups: grouping by zone, the database would go through all zones of all days.
    wanted = select(entry.zone_id, entry.planned_at).where(*lately)
    failed = wanted.where(entry.kind.in_(UNHEARD), entry.reason == Reason.CARRIER_FAILED)
    failed_at = _latest(session.execute(failed))
    heard = wanted.where(entry.zone_id.in_(failed_at), entry.seconds_sounded > 0)
    heard_at = _latest(session.execute(heard))
    suspects = [number for number, at in failed_at.items() if number not in heard_at or heard_at[number] < at]
    sounding = select(Claim.zone_id).where(Claim.closed_at.is_(None), Claim.started_at.is_not(None))
    found = select(Zone.id, Zone.code, Zone.name).where(
        Zone.id.in_(suspects), Zone.active, Zone.removed_at.is_(None), Zone.id.not_in(sounding)
    )
    return {number: (code, name) for number, code, name in session.execute(found)}


def _latest(found: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    latest: dict[int, datetime] = {}
    for zone_id, at in found:
        latest[zone_id] = max(at, latest.get(zone_id, at))
    return latest


def _tell_silent(silent: Mapping[int, tuple[str, str]]) -> list[Problem]:
    if not silent:
        return []
    names = [name for _, name in silent.values()]
    facts: dict[str, object] = {"number": len(names), "zones": _some(names)}
    if len(silent) == 1:
        facts["zone"] = next(iter(silent.values()))[0]
    return [Problem(code="zones_silent", facts=facts, severe=True)]


def find_misses(session: Session, *, day: date, silent: Iterable[int] = ()) -> list[Problem]:
    """What was not, not wholly or too late heard on a day, by reason; a zone that is silent now is told by itself."""
    entry = AsRunEntry
    rows = session.execute(
        select(entry.zone_id, entry.zone_name, entry.kind, entry.reason)
        .where(
            _holds_on(day),
            entry.reason.is_not(None),
            entry.reason.not_in(ON_PURPOSE),
            entry.kind != EntryKind.CORRECTION,
        )
        .distinct()
    )
    known = set(silent)
    names: dict[tuple[str, Reason], set[str]] = defaultdict(set)
    for zone_id, name, kind, reason in rows:
        if reason is not None and not (zone_id in known and reason is Reason.CARRIER_FAILED):
            names["missed_today" if kind in UNHEARD else "late_today", reason].add(name)
    order = list(Reason)
    return [
        Problem(
            code=code,
            facts={
                "number": len(names[code, reason]),
                "reason": reason,
                "zones": _some(names[code, reason]),
                "day": day,
            },
        )
        for code, reason in sorted(names, key=lambda found: (found[0] != "missed_today", order.index(found[1])))
    ]


def _some(names: Iterable[str]) -> str:
    places = name_places(names)
    return "; ".join(places.names) + (" …" if places.others else "")
