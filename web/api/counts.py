"""Counts for other programs: a period's numbers with the rule they follow."""

from apiflask import APIBlueprint

from scheduler.domain.counting import tell_count
from scheduler.domain.people import Right
from scheduler.domain.periods import Period
from scheduler.domain.time import local_day
from scheduler.errors import BadPeriod, PeriodTooLong
from scheduler.services import count_overview, log_view
from scheduler.services.count_overview import ByLanguage, Overview
from web.api.access import reach
from web.api.answers import AreaCount, AreaNamed, CountTold, RuleTold, Stretch
from web.api.plan import FIRST_YEAR, LAST_YEAR
from web.api.questions import CountQuestion
from web.security import allow
from web.station import look, now, station

operations = APIBlueprint("counts", __name__, tag="Counts", url_prefix="/api/1")

MOST_YEARS = 50


@operations.get("/counts")
@allow(Right.SEE)
@operations.input(CountQuestion, location="query", arg_name="asked")
@operations.output(CountTold)
def show_counts(asked: CountQuestion) -> CountTold:
    """What was made and broadcast in a period (fifty years at most), by month, language and commune."""
    if asked.last < asked.first or asked.first.year < FIRST_YEAR or asked.last.year > LAST_YEAR:
        raise BadPeriod(first=f"{asked.first:%d/%m/%Y}", last=f"{asked.last:%d/%m/%Y}")
    if asked.last.year - asked.first.year >= MOST_YEARS:
        raise PeriodTooLong(field="to", days=MOST_YEARS * 365)
    zone = station().settings.time_zone
    with look() as session:
        scope = reach(session, asked.area)
        series = None if asked.series is None else log_view.get_series(session, asked.series)
        found = count_overview.look(
            session,
            Period(first=asked.first, last=asked.last),
            today=local_day(now(), zone),
            zone=zone,
            areas=scope.area_ids,
            series=series,
        )
        return _told(found)


def _told(found: Overview) -> CountTold:
    count = found.count
    return CountTold(
        first=found.period.first,
        last=found.period.last,
        sentence=tell_count(count),
        produced_total=count.produced_total,
        produced=dict(count.produced),
        broadcast_total=count.broadcast_total,
        broadcast=dict(count.broadcast),
        planned=count.planned,
        waiting=found.waiting,
        missed_by_reason={str(reason): number for reason, number in count.missed_by_reason.items()},
        apart={str(part): number for part, number in count.apart.items()},
        by_series=dict(count.by_series),
        target=found.target,
        towards_target=found.towards_target,
        rules=[
            RuleTold(
                first=days.first,
                last=days.last,
                number=days.rule.number,
                least_share=days.rule.least_share,
                least_evidence=days.rule.least_evidence,
            )
            for days in count.rule_days
        ],
        stretches=[
            Stretch(
                first=stretch.first,
                last=stretch.last,
                produced=_at(found.produced, place),
                broadcast=_at(found.broadcast, place),
            )
            for place, stretch in enumerate(found.cut.stretches)
        ],
        areas=[
            AreaCount(
                area=AreaNamed(id=row.area_id, name=row.name),
                ended_on=row.ended_on,
                broadcast={language: list(numbers) for language, numbers in row.airings.items()},
                deliveries_sounded=row.zones_sounded,
                deliveries_partial=row.zones_partial,
                deliveries_missed=row.zones_missed,
            )
            for row in found.areas
        ],
    )


def _at(by_language: ByLanguage, place: int) -> dict[str, int]:
    return {language: numbers[place] for language, numbers in by_language.items() if numbers[place]}
