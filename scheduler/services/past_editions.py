"""The editions of a logbook: whose sound is lost, and who count as produced on the day they were approved."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.logbook import EDITIONS, LoggedEdition
from scheduler.domain.programme import Decision, EditionState
from scheduler.domain.text import fold, sort_key
from scheduler.domain.time import local_day, local_instant
from scheduler.models import Edition, Episode, Production, Review, Series
from scheduler.services import programme, tally
from scheduler.services.importing import EpisodeKey, Import

NOON = time(12)


def lines_by_series(work: Import, chosen: Series | None) -> dict[EpisodeKey, list[LoggedEdition]]:
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


def _check_line(work: Import, line: LoggedEdition, *, languages: Collection[str]) -> None:
    if line.language not in languages:
        work.blame("logbook_language_not_of_series", EDITIONS, line.row, "ngôn ngữ", value=line.language)
    if line.seconds <= 0:
        work.blame("logbook_duration_zero", EDITIONS, line.row, "thời lượng")
    if line.approved_on > local_day(work.now, work.zone):
        work.blame("logbook_in_future", EDITIONS, line.row, "ngày duyệt", value=f"{line.approved_on:%d/%m/%Y}")


def take_editions(work: Import, by_series: Mapping[EpisodeKey, Sequence[LoggedEdition]]) -> None:
    """Add what is new of these lines, and compare the rest with what the station knows."""
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
            work.lengths[series_id, number, line.language] = line.seconds


def recall_editions(work: Import, chosen: Series | None) -> None:
    """Add the editions that plays speak of and the sheet does not list, where the station knows them as produced.

    A number that the sheet lists in another language is the episode listed there.
    """
    listed = {(number, language) for _, number, language in work.editions}
    missing = {(play.number, play.language) for play in work.book.plays} - listed
    numbers = {number for _, number in work.episodes}
    for edition, seconds in _produced(work.session, missing, chosen):
        episode = edition.episode
        key = episode.series_id, episode.number
        if episode.number in numbers and work.episodes.get(key) is not episode:
            continue
        if work.episodes.setdefault(key, episode) is not episode:
            work.in_several_years.add(episode.number)
        work.editions[*key, edition.language] = edition
        work.lengths[*key, edition.language] = seconds


def _produced(
    session: Session, wanted: Collection[tuple[int, str]], chosen: Series | None
) -> list[tuple[Edition, float]]:
    """The editions of these numbers and languages that were ever approved, each with its length."""
    known = (
        select(Edition, Production.seconds)
        .join(Production, Production.edition_id == Edition.id)
        .join(Edition.episode)
        .options(selectinload(Edition.episode).selectinload(Episode.editions))
    )
    if chosen is not None:
        known = known.where(Episode.series_id == chosen.id)
    found = session.execute(known).all() if wanted else ()
    return [
        (edition, seconds) for edition, seconds in found if (edition.episode.number, edition.language) in wanted
    ]  # fmt: skip


def _known_episodes(session: Session, series: Collection[int]) -> dict[tuple[int, int, int], Episode]:
    found = session.scalars(
        select(Episode).where(Episode.series_id.in_(series)).options(selectinload(Episode.editions))
    )
    return {(item.series_id, item.year, item.number): item for item in found}


def _new_episode(work: Import, series: Series, year: int, number: int, lines: Sequence[LoggedEdition]) -> Episode:
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


def _new_edition(work: Import, series: Series, episode: Episode, line: LoggedEdition) -> Edition:
    title = _title_of(line, series)
    own = "" if title == episode.title else title
    approved_at = _noon_of(line, work.zone)
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
    work.made_on.add(line.approved_on)
    if not work.problems:
        tally.lock(work.session)  # rows are sealed up to a number: no older one may come later
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


def _noon_of(line: LoggedEdition, zone: ZoneInfo) -> datetime:
    """A logbook tells the day of an approval only; noon lies in that day wherever one looks from."""
    return local_instant(line.approved_on, NOON, zone)
