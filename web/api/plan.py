"""The plan for other programs: the broadcasts that zones of the token's area hear."""

from datetime import timedelta
from uuid import UUID

from apiflask import APIBlueprint

from scheduler.domain.people import Right
from scheduler.domain.time import day_span
from scheduler.domain.week import state_of
from scheduler.errors import BadPeriod, PeriodTooLong
from scheduler.services import log_view, paging
from scheduler.services.paging import BroadcastKey, ShownBroadcast
from web.api import cursors
from web.api.access import caller
from web.api.answers import AiringTold, BroadcastPage, BroadcastTold, EpisodeNamed, HearingZone, HearingZonePage
from web.api.questions import BroadcastQuestion, PageQuestion, Question
from web.security import allow
from web.station import look, now, station

operations = APIBlueprint("plan", __name__, tag="Plan", url_prefix="/api/1")

MOST_DAYS = 366
FIRST_YEAR, LAST_YEAR = 2000, 2999
"""Beyond them a local day may be no instant any more."""


@operations.get("/broadcasts")
@allow(Right.SEE)
@operations.input(BroadcastQuestion, location="query", arg_name="asked")
@operations.output(BroadcastPage)
def list_broadcasts(asked: BroadcastQuestion) -> BroadcastPage:
    """Broadcasts of some days, as the plan was last written."""
    if asked.last < asked.first or asked.first.year < FIRST_YEAR or asked.last.year > LAST_YEAR:
        raise BadPeriod(first=f"{asked.first:%d/%m/%Y}", last=f"{asked.last:%d/%m/%Y}")
    if asked.last - asked.first >= timedelta(days=MOST_DAYS):
        raise PeriodTooLong(field="to", days=MOST_DAYS)
    span = day_span(asked.first, asked.last, station().settings.time_zone)
    after = cursors.read(asked.cursor, BroadcastKey)
    with look() as session:
        series = "" if asked.series is None else log_view.get_series(session, asked.series).code
        page = paging.find_broadcasts(session, span, caller().scope, series=series, after=after, limit=asked.limit)
        return BroadcastPage(items=[_broadcast(row) for row in page.rows], next=cursors.give(page.after))


@operations.get("/broadcasts/<uuid:number>")
@allow(Right.SEE)
@operations.input(Question, location="query", arg_name="asked")
@operations.output(BroadcastTold)
def show_broadcast(number: UUID, asked: Question) -> BroadcastTold:  # noqa: ARG001 -- checked to be empty
    """One broadcast."""
    with look() as session:
        return _broadcast(paging.get_broadcast(session, number, caller().scope))


@operations.get("/broadcasts/<uuid:number>/zones")
@allow(Right.SEE)
@operations.input(PageQuestion, location="query", arg_name="asked")
@operations.output(HearingZonePage)
def list_zones_of_broadcast(number: UUID, asked: PageQuestion) -> HearingZonePage:
    """The zones that hear a broadcast."""
    after = cursors.read(asked.cursor, str)
    with look() as session:
        paging.get_broadcast(session, number, caller().scope)
        page = paging.find_zones_of_broadcast(session, number, caller().scope, after=after, limit=asked.limit)
        return HearingZonePage(
            items=[
                HearingZone(code=zone.code, name=zone.name, languages=list(languages)) for zone, languages in page.rows
            ],
            next=cursors.give(page.after),
        )


def _broadcast(shown: ShownBroadcast) -> BroadcastTold:
    row = shown.broadcast
    return BroadcastTold(
        id=row.id,
        slot=None if row.slot is None else row.slot.code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=state_of(row.state, starts_at=row.starts_at, ends_at=row.ends_at, now=now()),
        priority=row.priority,
        exercise=row.exercise,
        episode=EpisodeNamed(
            series=row.series.code,
            series_title=row.series.title,
            year=row.episode.year,
            number=row.episode.number,
            title=row.episode.title,
        ),
        zones=shown.heard.zones,
        airings=[
            AiringTold(
                id=airing.id,
                language=airing.language,
                seconds=airing.seconds,
                recording_sha256=airing.recording_sha256,
                master_sha256=airing.master_sha256,
            )
            for airing in shown.airings
        ],
    )
