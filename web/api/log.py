"""The as-run log for other programs: what became of each airing in each zone of the token's area."""

from uuid import UUID

from apiflask import APIBlueprint

from scheduler.domain.counting import Outcome, outcome_of
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import Right
from scheduler.models import AsRunEntry
from scheduler.services import log_reading, log_view, paging
from scheduler.services.log_reading import LineKey, LogLine
from web.api import cursors
from web.api.access import caller, reach
from web.api.answers import AreaNamed, DeliveryPage, DeliveryTold, EntryTold, ZoneNamed
from web.api.questions import DeliveryQuestion, Question
from web.security import allow
from web.station import look

operations = APIBlueprint("log", __name__, tag="Log", url_prefix="/api/1")


@operations.get("/deliveries")
@allow(Right.SEE)
@operations.input(DeliveryQuestion, location="query", arg_name="asked")
@operations.output(DeliveryPage)
def list_deliveries(asked: DeliveryQuestion) -> DeliveryPage:
    """Deliveries of some days (two years at most), each with its corrections.

    What comes in late (a village's journal, a correction) takes its place by its planned instant: who wants all of a
    period asks for the period again.
    """
    after = cursors.read(asked.cursor, LineKey)
    with look() as session:
        scope = reach(session, asked.area)
        wanted = LogFilter(
            first=asked.first,
            last=asked.last,
            place="" if asked.zone is None else paging.get_zone_ever(session, asked.zone, scope).code,
            language=asked.language or "",
            ending=asked.outcome,
            reason=asked.reason,
            series_id=None if asked.series is None else log_view.get_series(session, asked.series).id,
            airing_id=asked.airing,
        )
        lines = log_reading.find_lines_after(session, wanted, scope, after=after, limit=asked.limit + 1)
        shown = lines[: asked.limit]
        more = log_reading.key_of(shown[-1]) if len(lines) > asked.limit else None
        return DeliveryPage(items=[_delivery(line) for line in shown], next=cursors.give(more))


@operations.get("/deliveries/<uuid:airing>/<code>")
@allow(Right.SEE)
@operations.input(Question, location="query", arg_name="asked")
@operations.output(DeliveryTold)
def show_delivery(airing: UUID, code: str, asked: Question) -> DeliveryTold:  # noqa: ARG001 -- checked to be empty
    """What became of one airing in one zone."""
    with look() as session:
        zone = paging.get_zone_ever(session, code, caller().scope)
        return _delivery(log_reading.get_delivery(session, airing, zone.id, caller().scope))


def _delivery(line: LogLine) -> DeliveryTold:
    first, holds = line.first, line.holds
    return DeliveryTold(
        airing=first.airing_id,
        broadcast=first.broadcast_id,
        day=first.local_day,
        planned_at=first.planned_at,
        zone=ZoneNamed(code=first.zone_code, name=first.zone_name),
        area=AreaNamed(id=first.area_id, name=first.area_name),
        series_title=first.series_title,
        year=first.episode_year,
        number=first.episode_number,
        title=first.title,
        language=first.language,
        seconds_planned=first.seconds_planned,
        priority=first.priority,
        exercise=first.exercise,
        loudspeakers=holds.loudspeakers,
        recording_sha256=first.recording_sha256,
        master_sha256=first.master_sha256,
        rendition_sha256=first.rendition_sha256,
        outcome=_outcome(holds),
        entries=[_entry(entry) for entry in line.entries],
    )


def _outcome(entry: AsRunEntry) -> Outcome:
    return outcome_of(entry.kind, sounded=entry.seconds_sounded, planned=entry.seconds_planned)


def _entry(entry: AsRunEntry) -> EntryTold:
    return EntryTold(
        attempt=entry.attempt,
        kind=entry.kind,
        outcome=_outcome(entry),
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        seconds_sounded=entry.seconds_sounded,
        reason=entry.reason,
        evidence=entry.evidence,
        source=entry.source,
        recorded_by=entry.recorded_by,
        countersigned_by=entry.countersigned_by,
        recorded_at=entry.recorded_at,
        note=entry.note,
    )
