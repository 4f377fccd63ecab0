"""Keeping the catalogue: series and episodes are made, found, renamed and removed (for decisions see `approval`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.programme import Credit, EditionState, check_language, check_step
from scheduler.domain.text import fold, is_safe_code, sort_key, tidy, tidy_lines
from scheduler.errors import (
    BadField,
    EpisodeExists,
    SeriesExists,
    UnknownEdition,
    UnknownEpisode,
    UnknownSeries,
)
from scheduler.models import Edition, Episode, Series, SeriesLanguage
from scheduler.services import plan_findings

FIRST_YEAR, LAST_YEAR = 1945, 2100


# --- series ---------------------------------------------------------------------------------------------------
def create_series(
    session: Session,
    *,
    code: str,
    title: str,
    languages: Sequence[str],
    now: datetime,
    shortest_seconds: float = 480.0,
    longest_seconds: float = 600.0,
    yearly_target: int | None = None,
) -> Series:
    """A new series. Raises `BadField`, `SeriesExists`, `UnknownLanguage`."""
    if not is_safe_code(code):
        raise BadField(field="code", value=code)
    if session.scalar(select(Series.id).where(Series.code == code)) is not None:
        raise SeriesExists(series=code)
    _check_series(languages, shortest_seconds=shortest_seconds, longest_seconds=longest_seconds, target=yearly_target)
    series = Series(
        code=code,
        title=_title_of(title),
        title_search=fold(title),
        shortest_seconds=shortest_seconds,
        longest_seconds=longest_seconds,
        yearly_target=yearly_target,
        created_at=now,
        languages=[SeriesLanguage(language=language, position=i) for i, language in enumerate(languages)],
    )
    session.add(series)
    session.flush()
    return series


def change_series(
    session: Session,
    series: Series,
    *,
    title: str,
    languages: Sequence[str],
    shortest_seconds: float,
    longest_seconds: float,
    yearly_target: int | None,
    now: datetime,
) -> None:
    """Change what a series promises; its episodes get a draft edition in a language that is new, none is taken away.

    Languages keep the order they have, new ones follow. Raises `BadField`, `UnknownLanguage`.
    """
    _check_series(languages, shortest_seconds=shortest_seconds, longest_seconds=longest_seconds, target=yearly_target)
    series.title, series.title_search = _title_of(title), fold(title)
    series.shortest_seconds, series.longest_seconds = shortest_seconds, longest_seconds
    series.yearly_target = yearly_target
    kept = {item.language: item for item in series.languages}
    languages = [*(code for code in kept if code in languages), *(code for code in languages if code not in kept)]
    if list(kept) != languages:
        series.languages = [kept.get(language) or SeriesLanguage(language=language) for language in languages]
        for position, item in enumerate(series.languages):
            item.position = position
    session.flush()
    _make_missing_editions(session, series, now=now)


def _check_series(
    languages: Sequence[str], *, shortest_seconds: float, longest_seconds: float, target: int | None
) -> None:
    if not languages or len(set(languages)) < len(languages):
        raise BadField(field="languages", value=", ".join(languages))
    for language in languages:
        check_language(language)
    if not 0 <= shortest_seconds <= longest_seconds:
        raise BadField(field="duration", value=f"{shortest_seconds}–{longest_seconds}")
    if target is not None and target < 0:
        raise BadField(field="yearly_target", value=target)


def _make_missing_editions(session: Session, series: Series, *, now: datetime) -> None:
    for item in series.languages:
        made = exists().where(Edition.episode_id == Episode.id, Edition.language == item.language)
        lacking = select(Episode.id).where(Episode.series_id == series.id, Episode.removed_at.is_(None), ~made)
        for episode_id in session.scalars(lacking).all():
            session.add(Edition(episode_id=episode_id, language=item.language, created_at=now))
    session.flush()


def get_series(session: Session, code: str) -> Series:
    """The series with this code. Raises `UnknownSeries`."""
    series = session.scalar(select(Series).where(Series.code == code, Series.removed_at.is_(None)))
    if series is None:
        raise UnknownSeries(series=code)
    return series


def find_series(session: Session, *, search: str = "") -> list[Series]:
    """All series whose title holds the text (without diacritics), in the order of titles."""
    found = session.scalars(
        select(Series)
        .where(Series.removed_at.is_(None), Series.title_search.contains(fold(search), autoescape=True))
        .options(selectinload(Series.languages))
    )
    return sorted(found, key=lambda series: (sort_key(series.title), series.code))


# --- episodes -------------------------------------------------------------------------------------------------
def create_episode(
    session: Session,
    series: Series,
    *,
    year: int,
    number: int,
    title: str,
    now: datetime,
    titles: dict[str, str] | None = None,
    topic: str = "",
    procedures: Sequence[str] = (),
    summary: str = "",
) -> Episode:
    """A new episode with a draft edition in each language of its series; `titles` are what people typed for a language.

    Raises `BadField`, `EpisodeExists`, `UnknownEdition` for a title in a language the series is not made in.
    """
    _check_range("number", number, 1, 9999)
    _check_range("year", year, FIRST_YEAR, LAST_YEAR)
    taken = select(Episode.id).where(Episode.series_id == series.id, Episode.year == year, Episode.number == number)
    if session.scalar(taken) is not None:
        raise EpisodeExists(series=series.code, year=year, number=number)
    episode = Episode(series=series, year=year, number=number, summary=tidy_lines(summary), created_at=now)
    _describe(episode, title=title, topic=topic, procedures=procedures)
    session.add(episode)
    for item in series.languages:
        episode.editions.append(Edition(language=item.language, state=EditionState.DRAFT, created_at=now))
    for language, told in (titles or {}).items():
        name_edition(edition_of(episode, language), told)
    session.flush()
    return episode


def rename_episode(
    session: Session,
    episode: Episode,
    *,
    title: str | None = None,
    titles: dict[str, str] | None = None,
    topic: str | None = None,
    procedures: Sequence[str] | None = None,
    summary: str | None = None,
) -> None:
    """Change what an episode is called; what is None stays. The log and past counts keep the names they copied."""
    _describe(
        episode,
        title=episode.title if title is None else title,
        topic=episode.topic if topic is None else topic,
        procedures=[str(item) for item in episode.procedures] if procedures is None else procedures,
    )
    if summary is not None:
        episode.summary = tidy_lines(summary)
    for language, told in (titles or {}).items():
        name_edition(edition_of(episode, language), told)
    session.flush()


def name_edition(edition: Edition, title: str) -> None:
    """The title that people typed for one language; empty: the episode's own title is shown."""
    edition.title = tidy(title)
    edition.title_search = fold(title)
    edition.title_sort = sort_key(edition.title) if edition.title else b""


def write_script(edition: Edition, text: str) -> None:
    """Keep the script (kịch bản) of an edition, with its lines as they are."""
    edition.script = tidy_lines(text)


def write_credits(edition: Edition, names: Mapping[Credit, str]) -> None:
    """Keep who made an edition; a role nobody is named for is left out."""
    edition.credits = {role.value: tidy(name) for role, name in names.items() if tidy(name)}


def remove_episode(session: Session, episode: Episode, *, now: datetime) -> None:
    """Take an episode out of the catalogue: it airs no more; its row, number, recordings and past counts stay."""
    episode.removed_at = now
    plan_findings.mark_wanted(session, now=now)


def get_episode(session: Session, series: str, *, number: int, year: int | None = None) -> Episode:
    """The episode of a series (by code), of the newest year when none is told.

    Raises `UnknownSeries`, `UnknownEpisode`.
    """
    query = select(Episode).where(
        Episode.series_id == get_series(session, series).id, Episode.number == number, Episode.removed_at.is_(None)
    )
    if year is not None:
        query = query.where(Episode.year == year)
    found = session.scalar(query.order_by(Episode.year.desc()).limit(1))
    if found is None:
        raise UnknownEpisode(series=series, year=year or "…", number=number)
    return found


def get_edition(session: Session, series: str, *, number: int, language: str, year: int | None = None) -> Edition:
    """An episode in one language. Raises `UnknownSeries`, `UnknownEpisode`, `UnknownEdition`."""
    return edition_of(get_episode(session, series, year=year, number=number), language)


def edition_of(episode: Episode, language: str) -> Edition:
    """The edition of an episode in a language. Raises `UnknownEdition`."""
    for edition in episode.editions:
        if edition.language == language:
            return edition
    raise UnknownEdition(series=episode.series.code, year=episode.year, number=episode.number, language=language)


def find_episodes(
    session: Session,
    *,
    series: Series | None = None,
    year: int | None = None,
    search: str = "",
    by_title: bool = False,
) -> list[Episode]:
    """Episodes whose title (in any language), topic or procedures hold the text, without diacritics.

    In the order of year and number, or of titles.
    """
    wanted = fold(search)
    query = (
        select(Episode)
        .join(Series)
        .where(Episode.removed_at.is_(None), Series.removed_at.is_(None))
        .options(selectinload(Episode.series), selectinload(Episode.editions).selectinload(Edition.approved_recording))
        .order_by(*([Episode.title_sort] if by_title else [Series.code]), Episode.year, Episode.number)
    )
    if series is not None:
        query = query.where(Episode.series_id == series.id)
    if year is not None:
        query = query.where(Episode.year == year)
    if wanted:
        of_edition = exists().where(
            Edition.episode_id == Episode.id, Edition.title_search.contains(wanted, autoescape=True)
        )
        query = query.where(or_(Episode.title_search.contains(wanted, autoescape=True), of_edition))
    return list(session.scalars(query))


def find_editions(
    session: Session,
    *,
    series: Series | None = None,
    year: int | None = None,
    state: EditionState | None = None,
    search: str = "",
) -> list[Edition]:
    """The editions of the episodes that `find_episodes` finds, of one state or all."""
    episodes = find_episodes(session, series=series, year=year, search=search)
    return [edition for episode in episodes for edition in episode.editions if state in (None, edition.state)]


def title_of(edition: Edition) -> str:
    """What an edition is called: its own title, else its episode's."""
    return edition.title or edition.episode.title


def mark_measured(edition: Edition) -> None:
    """A new take is measured: it needs an approval of its own. Earlier approved bytes stay the ones that may air."""
    check_step(edition.state, EditionState.MEASURED)
    edition.state = EditionState.MEASURED


def _describe(episode: Episode, *, title: str, topic: str, procedures: Sequence[str]) -> None:
    episode.title = _title_of(title)
    episode.title_sort = sort_key(episode.title)
    episode.topic = tidy(topic)
    episode.procedures = [tidy(item) for item in procedures if tidy(item)]
    episode.title_search = fold(" ".join([episode.title, episode.topic, *episode.procedures]))


def _title_of(title: str) -> str:
    kept = tidy(title)
    if not kept:
        raise BadField(field="title", value=title)
    return kept


def _check_range(field: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise BadField(field=field, value=value)
