"""Places for other programs: areas and zones of the token's area, with how every zone is at this moment."""

from collections.abc import Mapping
from datetime import date

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from scheduler.domain.coverage import LoudspeakerState
from scheduler.domain.people import Right, Scope
from scheduler.domain.time import local_day
from scheduler.models import Area, Zone
from scheduler.services import coverage, coverage_view, paging
from scheduler.services.zone_states import Now, States
from web.api import cursors
from web.api.access import caller, reach
from web.api.answers import AreaNamed, AreaPage, AreaTold, ZonePage, ZoneTold
from web.api.questions import PageQuestion, Question, ZoneQuestion
from web.security import allow
from web.station import look, now, station

operations = APIBlueprint("places", __name__, tag="Places", url_prefix="/api/1")


@operations.get("/areas")
@allow(Right.SEE)
@operations.input(PageQuestion, location="query", arg_name="asked")
@operations.output(AreaPage)
def list_areas(asked: PageQuestion) -> AreaPage:
    """Areas as they stand today."""
    with look() as session:
        page = paging.find_areas(
            session, caller().scope, on=_today(), after=cursors.read(asked.cursor, int), limit=asked.limit
        )
        return AreaPage(
            items=[_area(row, caller().scope, on=_today()) for row in page.rows], next=cursors.give(page.after)
        )


@operations.get("/zones")
@allow(Right.SEE)
@operations.input(ZoneQuestion, location="query", arg_name="asked")
@operations.output(ZonePage)
def list_zones(asked: ZoneQuestion) -> ZonePage:
    """Zones in use or paused, with how they are now."""
    after = cursors.read(asked.cursor, str)
    with look() as session:
        page = paging.find_zones(session, reach(session, asked.area), after=after, limit=asked.limit)
        states = _states(session)
        return ZonePage(items=[_zone(row, states) for row in page.rows], next=cursors.give(page.after))


@operations.get("/zones/<code>")
@allow(Right.SEE)
@operations.input(Question, location="query", arg_name="asked")
@operations.output(ZoneTold)
def show_zone(code: str, asked: Question) -> ZoneTold:  # noqa: ARG001 -- checked to be empty
    """One zone, with how it is now."""
    with look() as session:
        return _zone(coverage_view.get_zone(session, code, caller().scope), _states(session))


def _today() -> date:
    return local_day(now(), station().settings.time_zone)


def _states(session: Session) -> States:
    return States(session, moment=Now(at=now(), day=_today(), patience=station().settings.silence))


def _area(row: Area, scope: Scope, *, on: date) -> AreaTold:
    return AreaTold(
        id=row.id,
        parent_id=row.parent_id if row.parent_id is not None and scope.holds(row.parent_id) else None,
        kind=row.kind,
        code=coverage.code_of(row, on=on),
        name=row.name,
        valid_from=row.valid_from,
    )


def _zone(row: Zone, states: States) -> ZoneTold:
    found: Mapping[str, int] = {
        state: sum(item.state == state for item in row.loudspeakers) for state in LoudspeakerState
    }
    return ZoneTold(
        code=row.code,
        name=row.name,
        area=AreaNamed(id=row.area.id, name=row.area.name),
        carrier=row.carrier,
        languages=[item.language for item in row.languages],
        active=row.active,
        state=states.of(row.id, active=row.active, carrier=row.carrier),
        loudspeakers_working=found[LoudspeakerState.WORKING],
        loudspeakers_broken=found[LoudspeakerState.BROKEN],
        latitude=row.latitude,
        longitude=row.longitude,
    )
