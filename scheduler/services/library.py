"""Looking through the library (thư viện): a page of episodes with all their editions side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, defer, load_only, selectinload

from scheduler.domain.programme import LANGUAGE_NAMES, EditionState
from scheduler.domain.text import fold
from scheduler.models import Edition, Episode, Recording, Series, SeriesLanguage
from scheduler.services.edition_airings import NEVER, AiringTimes, find_times

PER_PAGE = 50
ANY = "any"
"""As the language of what is missing: whichever."""
SHORT = (Recording.edition_id, Recording.take, Recording.seconds, Recording.master_seconds)
"""What a list tells of a recording: not its thousand peaks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryFilter:
    """What somebody looks for; an empty field asks for nothing."""

    search: str = ""
    series: str = ""
    year: int | None = None
    state: EditionState | None = None
    language: str = ""
    missing: str = ""
    """A language in which nothing was recorded yet, or `ANY` of those the series is made in."""
    by_title: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryEdition:
    """One cell: an edition, the length of what airs (or would), and its airings."""

    edition: Edition
    seconds: float | None
    times: AiringTimes


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryRow:
    """An episode with its editions by language."""

    episode: Episode
    editions: Mapping[str, LibraryEdition]


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryPage:
    """A page of what was found, and the languages its columns are for."""

    rows: Sequence[LibraryRow]
    languages: Sequence[str]
    total: int
    page: int
    pages: int


def find_page(session: Session, wanted: LibraryFilter, *, page: int, now: datetime) -> LibraryPage:
    """So many episodes that fit; a page beyond the last is the last."""
    chosen = _fitting(wanted)
    total = session.scalar(select(func.count()).select_from(chosen.with_only_columns(Episode.id).subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), pages)
    order: list[Any] = (
        [Episode.title_sort, Episode.year, Episode.number]
        if wanted.by_title
        else [Episode.year.desc(), Series.code, Episode.number.desc()]
    )
    episodes = session.scalars(
        chosen.order_by(*order)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
        .options(
            selectinload(Episode.series).selectinload(Series.languages),
            selectinload(Episode.editions).options(defer(Edition.script)),
            selectinload(Episode.editions).selectinload(Edition.approved_recording).load_only(*SHORT),
        )
    ).all()
    rows = _rows_of(session, episodes, now=now)
    return LibraryPage(rows=rows, languages=_languages_of(rows), total=total, page=page, pages=pages)


def find_years(session: Session) -> list[int]:
    """The years of episodes in the catalogue, the newest first."""
    return list(
        session.scalars(
            select(Episode.year).distinct().where(Episode.removed_at.is_(None)).order_by(Episode.year.desc())
        )
    )


def next_number(session: Session, series: Series, *, year: int) -> int:
    """The number after the highest of a series in a year, removed ones too: a number stays taken."""
    last = session.scalar(select(func.max(Episode.number)).where(Episode.series_id == series.id, Episode.year == year))
    return (last or 0) + 1


def seconds_of(edition: Edition, newest: Recording | None) -> float | None:
    """How long an edition is: what may air, else what a logbook tells, else its newest take as delivered."""
    approved = edition.approved_recording
    if approved is not None:
        return approved.master_seconds or approved.seconds
    if newest is None:
        return edition.imported_seconds
    return newest.master_seconds or newest.seconds


def _rows_of(session: Session, episodes: Sequence[Episode], *, now: datetime) -> list[LibraryRow]:
    editions = [edition for episode in episodes for edition in episode.editions]
    numbers = [edition.id for edition in editions]
    times = find_times(session, numbers, now=now)
    newest = _newest_takes(session, numbers)
    return [
        LibraryRow(
            episode=episode,
            editions={
                edition.language: LibraryEdition(
                    edition=edition,
                    seconds=seconds_of(edition, newest.get(edition.id)),
                    times=times.get(edition.id, NEVER),
                )
                for edition in episode.editions
            },
        )
        for episode in episodes
    ]


def _newest_takes(session: Session, edition_ids: Sequence[int]) -> dict[int, Recording]:
    takes = session.scalars(
        select(Recording)
        .where(Recording.edition_id.in_(edition_ids))
        .order_by(Recording.edition_id, Recording.take)
        .options(load_only(*SHORT))
    )
    return {take.edition_id: take for take in takes}


def _languages_of(rows: Sequence[LibraryRow]) -> list[str]:
    """Those the series on the page are made in, and those that are there all the same; in the station's order."""
    promised = {item.language for row in rows for item in row.episode.series.languages}
    there = {language for row in rows for language in row.editions}
    return [language for language in LANGUAGE_NAMES if language in promised | there]


def _fitting(wanted: LibraryFilter) -> Select[Any]:
    query = select(Episode).join(Series).where(Episode.removed_at.is_(None), Series.removed_at.is_(None))
    if wanted.series:
        query = query.where(Series.code == wanted.series)
    if wanted.year is not None:
        query = query.where(Episode.year == wanted.year)
    for condition in search_conditions(wanted.search):
        query = query.where(condition)
    if wanted.state is not None or wanted.language:
        query = query.where(_has_edition(wanted))
    if wanted.missing:
        query = query.where(_lacks(wanted.missing))
    return query


def search_conditions(text: str) -> list[ColumnElement[bool]]:
    """What an episode must hold to be found by these words; “số 12” is the number, not a word of a title."""
    words = fold(text).split()
    return [
        _holds(word)
        for word, after in zip_longest(words, words[1:], fillvalue="")
        if not (word == "so" and after[:1].isdecimal())
    ]


def _holds(word: str) -> ColumnElement[bool]:
    """Every word is looked for by itself, in the title in any language, topic, procedures, or as a number."""
    of_edition = exists().where(Edition.episode_id == Episode.id, Edition.title_search.contains(word, autoescape=True))
    found = [Episode.title_search.contains(word, autoescape=True), of_edition]
    number = word.partition("/")[0]
    if number.isdecimal() and len(number) < 5:
        found.append(Episode.number == int(number))
    return or_(*found)


def _has_edition(wanted: LibraryFilter) -> ColumnElement[bool]:
    fits = [Edition.episode_id == Episode.id]
    if wanted.state is not None:
        fits.append(Edition.state == wanted.state)
    if wanted.language:
        fits.append(Edition.language == wanted.language)
    return exists().where(and_(*fits))


def _lacks(language: str) -> ColumnElement[bool]:
    """An edition the series promises of which there is no recording: not begun, or a draft."""
    begun = exists().where(
        Edition.episode_id == Episode.id,
        Edition.language == SeriesLanguage.language,
        Edition.state != EditionState.DRAFT,
    )
    promised = [SeriesLanguage.series_id == Episode.series_id, ~begun.correlate(Episode, SeriesLanguage)]
    if language != ANY:
        promised.append(SeriesLanguage.language == language)
    return exists().where(and_(*promised)).correlate(Episode)
