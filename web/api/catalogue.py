"""The catalogue for other programs: series, and episodes with their editions; it belongs to no area."""

from apiflask import APIBlueprint

from scheduler.domain.people import Right
from scheduler.models import Edition, Episode, Series
from scheduler.services import library, paging, programme
from scheduler.services.paging import EpisodeFilter
from web.api import cursors
from web.api.answers import EditionTold, EpisodePage, EpisodeTold, SeriesPage, SeriesTold
from web.api.questions import EpisodeQuestion, PageQuestion, Question
from web.security import allow
from web.station import look

operations = APIBlueprint("catalogue", __name__, tag="Catalogue", url_prefix="/api/1")


@operations.get("/series")
@allow(Right.SEE)
@operations.input(PageQuestion, location="query", arg_name="asked")
@operations.output(SeriesPage)
def list_series(asked: PageQuestion) -> SeriesPage:
    """Series in use."""
    with look() as session:
        page = paging.find_series(session, after=cursors.read(asked.cursor, str), limit=asked.limit)
        return SeriesPage(items=[_series(row) for row in page.rows], next=cursors.give(page.after))


@operations.get("/series/<code>")
@allow(Right.SEE)
@operations.input(Question, location="query", arg_name="asked")
@operations.output(SeriesTold)
def show_series(code: str, asked: Question) -> SeriesTold:  # noqa: ARG001 -- checked to be empty
    """One series."""
    with look() as session:
        return _series(programme.get_series(session, code))


@operations.get("/episodes")
@allow(Right.SEE)
@operations.input(EpisodeQuestion, location="query", arg_name="asked")
@operations.output(EpisodePage)
def list_episodes(asked: EpisodeQuestion) -> EpisodePage:
    """Episodes with their editions."""
    wanted = EpisodeFilter(
        series=asked.series or "",
        year=asked.year,
        language=asked.language or "",
        state=asked.state,
        search=asked.search or "",
    )
    with look() as session:
        if asked.series is not None:
            programme.get_series(session, asked.series)
        page = paging.find_episodes(session, wanted, after=cursors.read(asked.cursor, int), limit=asked.limit)
        return EpisodePage(items=[_episode(row) for row in page.rows], next=cursors.give(page.after))


@operations.get("/series/<code>/episodes/<int:year>/<int:number>")
@allow(Right.SEE)
@operations.input(Question, location="query", arg_name="asked")
@operations.output(EpisodeTold)
def show_episode(code: str, year: int, number: int, asked: Question) -> EpisodeTold:  # noqa: ARG001
    """One episode with its editions."""
    with look() as session:
        return _episode(programme.get_episode(session, code, year=year, number=number))


def _series(row: Series) -> SeriesTold:
    return SeriesTold(
        code=row.code,
        title=row.title,
        languages=[item.language for item in row.languages],
        shortest_seconds=row.shortest_seconds,
        longest_seconds=row.longest_seconds,
        yearly_target=row.yearly_target,
    )


def _episode(row: Episode) -> EpisodeTold:
    return EpisodeTold(
        series=row.series.code,
        year=row.year,
        number=row.number,
        title=row.title,
        topic=row.topic,
        procedures=[str(item) for item in row.procedures],
        summary=row.summary,
        editions=[_edition(item) for item in row.editions],
    )


def _edition(row: Edition) -> EditionTold:
    approved = row.approved_recording
    return EditionTold(
        language=row.language,
        title=row.title,
        state=row.state,
        seconds=library.seconds_of(row, None),
        recording_sha256=None if approved is None else approved.sha256,
        master_sha256=None if approved is None else approved.master_sha256,
        first_approved_at=row.first_approved_at,
    )
