"""Bringing in a station's past from a logbook: editions without recordings, and plays that a person confirmed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.counting import Outcome, outcome_by_share
from scheduler.domain.identity import uuid7
from scheduler.domain.logbook import EDITIONS, PLAYS, Logbook, LoggedEdition, LoggedPlay, Problem, read_logbook, same
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.programme import Decision, EditionState
from scheduler.domain.text import fold, sort_key
from scheduler.domain.time import local_day, local_instant
from scheduler.errors import LogbookProblems
from scheduler.models import Airing, AsRunEntry, Broadcast, Edition, Episode, Production, Review, Series, Zone
from scheduler.services import as_run, programme
from scheduler.services.workbook import read_workbook, write_logbook

__all__ = ["Imported", "import_file", "import_logbook", "write_logbook"]

NOON = time(12)
WHY: Mapping[str, str] = {"code": "imported"}
_LONGER_BY = 5.0
"""Seconds that a play may be told longer than its edition: stop-watches are not exact."""
_SAME_WITHIN = 0.5

EpisodeKey = tuple[int, int]
PlayKey = tuple[date, time, int, int]


@dataclass(kw_only=True, slots=True)
class Imported:
    """What an import added, and how many lines the station knew already."""

    editions: int = 0
    plays: int = 0
    entries: int = 0
    editions_known: int = 0
    plays_known: int = 0


@dataclass(slots=True)
class _Import:
    """One import under way: what the station knows, what the file says, what is wrong with it."""

    session: Session
    book: Logbook
    by: str
    now: datetime
    zone: ZoneInfo
    problems: list[Problem]
    zones: Sequence[Zone]
    done: Imported = field(default_factory=Imported)
    episodes: dict[EpisodeKey, Episode] = field(default_factory=dict)
    editions: dict[tuple[int, int, str], Edition] = field(default_factory=dict)
    """By series, number and language."""

    def blame(self, code: str, sheet: str, row: int, column: str, **facts: object) -> None:
        self.problems.append(Problem(code=code, sheet=sheet, row=row, column=column, facts=facts))


def import_file(
    session: Session, path: Path, *, by: str, now: datetime, zone: ZoneInfo, series: str | None = None
) -> Imported:
    """Import a workbook, all or nothing. Raises `LogbookUnreadable`, `LogbookProblems`, `UnknownSeries`."""
    return import_logbook(session, read_workbook(path), by=by, now=now, zone=zone, series=series)


def import_logbook(
    session: Session,
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    by: str,
    now: datetime,
    zone: ZoneInfo,
    series: str | None = None,
) -> Imported:
    """Import the cells of a logbook, all or nothing; what the station knows already is left as it is.

    Raises `LogbookProblems` with every problem at once (the caller's transaction must then be rolled back),
    `UnknownSeries`.
    """
    book = read_logbook(sheets)
    chosen = programme.get_series(session, series) if series is not None else None
    zones = session.scalars(select(Zone).options(selectinload(Zone.languages)).order_by(Zone.code)).all()
    work = _Import(session, book, by, now, zone, list(book.problems), zones)
    by_series = _lines_by_series(work, chosen)
    _take_editions(work, by_series)
    entries = _take_plays(work)
    if work.problems:
        _refuse(work.problems)
    session.flush()
    work.done.entries = as_run.record(session, entries, now=now, zone=zone)
    return work.done


def _refuse(problems: Iterable[Problem]) -> None:
    place = {EDITIONS: 0, PLAYS: 1}
    in_order = sorted(problems, key=lambda item: (place[item.sheet], item.row or 0))
    raise LogbookProblems(count=len(in_order), problems=[asdict(problem) for problem in in_order])


# --- editions -----------------------------------------------------------------------------------------------------
def _lines_by_series(work: _Import, chosen: Series | None) -> dict[EpisodeKey, list[LoggedEdition]]:
    """The lines of the sheet by series and number; a line that belongs to no series is a problem."""
    known = programme.find_series(work.session)
    titles = {fold(series.title): series for series in known}
    only = chosen or (known[0] if len(known) == 1 else None)
    languages = {series.id: {item.language for item in series.languages} for series in known}
    found: dict[EpisodeKey, list[LoggedEdition]] = defaultdict(list)
    for line in work.book.editions:
        series = titles.get(fold(line.title)) or only
        if series is None:
            work.blame("logbook_series_unknown", EDITIONS, line.row, "tên chuyên mục", value=line.title)
            continue
        _check_line(work, line, languages=languages.get(series.id, set()))
        same_number = found[series.id, line.number]
        if any(other.language == line.language for other in same_number):
            work.blame("logbook_edition_twice", EDITIONS, line.row, "số", number=line.number, language=line.language)
            continue
        same_number.append(line)
    return found


def _check_line(work: _Import, line: LoggedEdition, *, languages: Collection[str]) -> None:
    if line.language not in languages:
        work.blame("logbook_language_not_of_series", EDITIONS, line.row, "ngôn ngữ", value=line.language)
    if line.seconds <= 0:
        work.blame("logbook_duration_zero", EDITIONS, line.row, "thời lượng")
    if line.approved_on > local_day(work.now, work.zone):
        work.blame("logbook_in_future", EDITIONS, line.row, "ngày duyệt", value=f"{line.approved_on:%d/%m/%Y}")


def _take_editions(work: _Import, by_series: Mapping[EpisodeKey, Sequence[LoggedEdition]]) -> None:
    known = _known_episodes(work.session, {series_id for series_id, _ in by_series})
    all_series = {series.id: series for series in programme.find_series(work.session)}
    for (series_id, number), lines in by_series.items():
        year = min(line.approved_on for line in lines).year
        series = all_series[series_id]
        episode = known.get((series_id, year, number)) or _new_episode(work, series, year, number, lines)
        work.episodes[series_id, number] = episode
        held = {edition.language: edition for edition in episode.editions}
        for line in lines:
            edition = held.get(line.language)
            if edition is None:
                edition = _new_edition(work, series, episode, line)
                work.done.editions += 1
            elif _is_known(edition, line, work.zone):
                work.done.editions_known += 1
            else:
                work.blame("logbook_edition_contradicts", EDITIONS, line.row, "số", number=number, year=year)
            work.editions[series_id, number, line.language] = edition


def _known_episodes(session: Session, series: Collection[int]) -> dict[tuple[int, int, int], Episode]:
    found = session.scalars(
        select(Episode).where(Episode.series_id.in_(series)).options(selectinload(Episode.editions))
    )
    return {(item.series_id, item.year, item.number): item for item in found}


def _new_episode(work: _Import, series: Series, year: int, number: int, lines: Sequence[LoggedEdition]) -> Episode:
    """Named by the line of the series' first language; by its number where the lines only repeat the series' title."""
    order = [item.language for item in series.languages]
    first = min(lines, key=lambda line: order.index(line.language) if line.language in order else len(order))
    title = _title_of(first, series) or f"Số {number}"
    episode = Episode(
        series_id=series.id,
        year=year,
        number=number,
        title=title,
        title_search=fold(title),
        title_sort=sort_key(title),
        created_at=work.now,
        editions=[],
    )
    work.session.add(episode)
    return episode


def _title_of(line: LoggedEdition, series: Series) -> str:
    return "" if fold(line.title) == fold(series.title) else line.title


def _new_edition(work: _Import, series: Series, episode: Episode, line: LoggedEdition) -> Edition:
    title = _title_of(line, series)
    own = "" if title == episode.title else title
    approved_at = local_instant(line.approved_on, NOON, work.zone)
    edition = Edition(
        episode=episode,
        language=line.language,
        title=own,
        title_search=fold(own),
        title_sort=sort_key(own) if own else b"",
        state=EditionState.APPROVED,
        first_approved_at=approved_at,
        imported_seconds=line.seconds,
        created_at=work.now,
    )
    work.session.add(edition)
    if not work.problems:
        work.session.flush()
        work.session.add(Review(
            edition_id=edition.id, reviewer=work.by, decision=Decision.APPROVED, reason="import", decided_at=approved_at
        ))  # fmt: skip
        work.session.add(Production(
            edition_id=edition.id,
            series_id=series.id,
            series_code=series.code,
            series_title=series.title,
            episode_year=episode.year,
            episode_number=episode.number,
            title=own or episode.title,
            language=line.language,
            seconds=line.seconds,
            approved_at=approved_at,
            local_day=line.approved_on,
            approved_by=work.by,
        ))  # fmt: skip
    return edition


def _is_known(edition: Edition, line: LoggedEdition, zone: ZoneInfo) -> bool:
    approved_at = edition.first_approved_at
    return (
        edition.imported_seconds == line.seconds
        and approved_at is not None
        and local_day(approved_at, zone) == line.approved_on
    )


# --- plays --------------------------------------------------------------------------------------------------------
def _take_plays(work: _Import) -> list[NewEntry]:
    """The entries of the lines that are new; broadcasts and airings are added for them."""
    known = _known_broadcasts(work)
    lines = _plays_by_broadcast(work)
    entries: list[NewEntry] = []
    known_entries = _known_entries(work, known.values())
    for (day, at, series_id, number), plays in lines.items():
        episode = work.episodes[series_id, number]
        starts_at = local_instant(day, at, work.zone)
        broadcast = known.get((episode.id, starts_at)) if episode.id is not None else None
        airings = {airing.edition_id: airing for airing in broadcast.airings} if broadcast else {}
        for play, zones in plays:
            edition = work.editions[series_id, number, play.language]
            airing = airings.get(edition.id)
            held = known_entries.get(airing.id, {}) if airing is not None else {}
            if held and _settle_known(work, play, zones, held, length=edition.imported_seconds or 0.0):
                continue
            if work.problems:
                continue
            broadcast = broadcast or _new_broadcast(work, episode, starts_at)
            airing = airing or _new_airing(work, broadcast, edition, airings)
            work.done.plays += 1
            entries += [_entry(airing, zone, play, starts_at) for zone in zones]
    return entries


def _plays_by_broadcast(work: _Import) -> dict[PlayKey, list[tuple[LoggedPlay, list[Zone]]]]:
    """The lines that can be kept, by broadcast, each with the zones it speaks of."""
    numbers: dict[tuple[int, str], list[int]] = defaultdict(list)
    for series_id, number, language in work.editions:
        numbers[number, language].append(series_id)
    lines: dict[PlayKey, list[tuple[LoggedPlay, list[Zone]]]] = defaultdict(list)
    taken: set[tuple[object, ...]] = set()
    for play in work.book.plays:
        series = numbers.get((play.number, play.language), [])
        if len(series) != 1:
            code = "logbook_edition_ambiguous" if series else "logbook_edition_not_listed"
            work.blame(code, PLAYS, play.row, "số", number=play.number, language=play.language)
            continue
        _check_play(work, play, work.editions[series[0], play.number, play.language])
        zones = _zones_of(work, play)
        deliveries = {(play.day, play.at, series[0], play.number, play.language, zone.id) for zone in zones}
        if deliveries & taken:
            work.blame("logbook_play_twice", PLAYS, play.row, "vùng", value=play.zone)
        taken |= deliveries
        lines[play.day, play.at, series[0], play.number].append((play, zones))
    return lines


def _check_play(work: _Import, play: LoggedPlay, edition: Edition) -> None:
    length = edition.imported_seconds or 0.0
    if play.seconds > length + _LONGER_BY:
        work.blame("logbook_sounded_too_long", PLAYS, play.row, "phát được", seconds=play.seconds, length=length)
    if play.day > local_day(work.now, work.zone):
        work.blame("logbook_in_future", PLAYS, play.row, "ngày", value=f"{play.day:%d/%m/%Y}")
    elif edition.first_approved_at and play.day < local_day(edition.first_approved_at, work.zone):
        work.blame("logbook_before_approval", PLAYS, play.row, "ngày", value=f"{play.day:%d/%m/%Y}")


def _zones_of(work: _Import, play: LoggedPlay) -> list[Zone]:
    """The zones a line speaks of; `tất cả` means all that hear the language and were not removed by that day."""
    there = [
        zone for zone in work.zones if zone.removed_at is None or local_day(zone.removed_at, work.zone) > play.day
    ]  # fmt: skip
    if play.in_all_zones:
        zones = [zone for zone in there if _hears(zone, play.language)]
        if not zones:
            work.blame("logbook_no_zone_hears", PLAYS, play.row, "vùng", language=play.language)
        return zones
    named = [zone for zone in there if zone.code == play.zone] or [
        zone for zone in there if same(zone.code) == same(play.zone)
    ]
    if len(named) != 1:
        work.blame("logbook_zone_unknown", PLAYS, play.row, "vùng", value=play.zone)
        return []
    if not _hears(named[0], play.language):
        work.blame("logbook_zone_does_not_hear", PLAYS, play.row, "ngôn ngữ", value=play.zone, language=play.language)
    return named


def _hears(zone: Zone, language: str) -> bool:
    return any(item.language == language for item in zone.languages)


def _known_broadcasts(work: _Import) -> dict[tuple[int, datetime], Broadcast]:
    """Broadcasts imported earlier of the episodes at hand, by episode and start."""
    episodes = [episode.id for episode in work.episodes.values() if episode.id is not None]
    found = work.session.scalars(
        select(Broadcast)
        .where(Broadcast.episode_id.in_(episodes), Broadcast.slot_id.is_(None))
        .options(selectinload(Broadcast.airings))
    )
    return {(item.episode_id, item.starts_at): item for item in found if item.why.get("code") == WHY["code"]}


def _known_entries(work: _Import, broadcasts: Iterable[Broadcast]) -> dict[Any, dict[int, float]]:
    """What the log says of those broadcasts: seconds by airing and zone, as first imported."""
    found: dict[Any, dict[int, float]] = defaultdict(dict)
    rows = work.session.execute(
        select(AsRunEntry.airing_id, AsRunEntry.zone_id, AsRunEntry.seconds_sounded).where(
            AsRunEntry.broadcast_id.in_([broadcast.id for broadcast in broadcasts]), AsRunEntry.attempt == 1
        )
    )
    for airing_id, zone_id, seconds in rows:
        found[airing_id][zone_id] = seconds
    return found


def _settle_known(
    work: _Import, play: LoggedPlay, zones: Sequence[Zone], held: Mapping[int, float], *, length: float
) -> bool:
    """Tell whether the log has this line already; one that says otherwise is a problem.

    `tất cả` means the zones there were at the first import: one that came later changes no past.
    """
    said = list(held.values()) if play.in_all_zones else [held[zone.id] for zone in zones if zone.id in held]
    if not said:
        return False
    if any(abs(seconds - min(play.seconds, length)) > _SAME_WITHIN for seconds in said):
        work.blame("logbook_play_contradicts", PLAYS, play.row, "phát được", seconds=play.seconds, known=said[0])
    work.done.plays_known += 1
    return True


def _new_broadcast(work: _Import, episode: Episode, starts_at: datetime) -> Broadcast:
    lasts = sum(edition.imported_seconds or 0.0 for edition in episode.editions)
    broadcast = Broadcast(
        id=uuid7(now=starts_at),
        series_id=episode.series_id,
        episode=episode,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=lasts),
        state=BroadcastState.DONE,
        why=dict(WHY),
        planned_at=work.now,
    )
    work.session.add(broadcast)
    return broadcast


def _new_airing(work: _Import, broadcast: Broadcast, edition: Edition, airings: dict[int, Airing]) -> Airing:
    airing = Airing(
        id=uuid7(now=broadcast.starts_at),
        broadcast=broadcast,
        edition=edition,
        language=edition.language,
        seconds=edition.imported_seconds or 0.0,
    )
    work.session.add(airing)
    airings[edition.id] = airing
    return airing


def _entry(airing: Airing, zone: Zone, play: LoggedPlay, starts_at: datetime) -> NewEntry:
    seconds = min(play.seconds, airing.seconds)
    outcome = outcome_by_share(sounded=seconds, planned=airing.seconds)
    return NewEntry(
        airing_id=airing.id,
        zone_id=zone.id,
        kind=EntryKind(outcome.value),
        planned_at=starts_at,
        started_at=starts_at if seconds else None,
        ended_at=starts_at + timedelta(seconds=seconds) if seconds else None,
        seconds_planned=airing.seconds,
        seconds_sounded=seconds,
        reason=None if outcome is Outcome.SOUNDED else Reason.UNKNOWN,
        evidence=Evidence.CONFIRMED,
        recorded_by=play.confirmed_by,
        source="import",
        note=play.note,
    )
