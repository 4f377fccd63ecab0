from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.domain.planning import Finding, FindingCode, Subject
from scheduler.domain.playout import EntryKind
from scheduler.domain.time import STATION_ZONE, day_span, local_day
from scheduler.models import Series
from scheduler.services import as_run, outlook, plan_findings
from tests.factories import NOW, make_area, make_broadcast, make_series, make_slot, make_zone
from tests.web.station import a_production, an_entry, make_editions

DAY = local_day(NOW, STATION_ZONE)
TOMORROW = DAY + timedelta(days=1)


def a_finding(code: FindingCode, *, at: datetime, zone_id: int = 1, name: str = "sang", number: int = 7) -> Finding:
    facts = {"language": "blt", "number": number, "year": 2026}
    subject = Subject(slot_id=1, name=name, occurrence_on=TOMORROW, starts_at=at)
    return Finding(code=code, subject=subject, zone_groups=((zone_id,),), facts=facts)


def keep(session: Session, *findings: Finding) -> None:
    slot = make_slot(session, make_series(session))
    findings = tuple(replace(item, subject=replace(item.subject, slot_id=slot.id)) for item in findings)
    span = day_span(DAY, DAY + timedelta(days=7), STATION_ZONE)
    plan_findings.keep(session, findings, start=span.starts_at, end=span.ends_at)


def test_gaps_are_those_of_tomorrow_each_told_once_and_what_leaves_a_place_silent_first(session: Session) -> None:
    at = NOW + timedelta(days=1)
    keep(
        session,
        a_finding(FindingCode.NO_ZONE, at=at),
        a_finding(FindingCode.EDITION_NOT_APPROVED, at=at, zone_id=1),
        a_finding(FindingCode.EDITION_NOT_APPROVED, at=at, zone_id=2),
        a_finding(FindingCode.EDITION_MISSING, at=at + timedelta(hours=6)),
        a_finding(FindingCode.EDITION_MISSING, at=at + timedelta(days=1)),
        a_finding(FindingCode.DURATION_OUTSIDE_RULE, at=at),
    )
    gaps = outlook.find_gaps(session, day=TOMORROW, zone=STATION_ZONE)
    assert [item.facts["finding"] for item in gaps] == ["edition_missing", "edition_not_approved", "no_zone"]


def test_of_many_gaps_some_are_told_and_the_rest_counted(session: Session) -> None:
    at = NOW + timedelta(days=1)
    keep(session, *(a_finding(FindingCode.EDITION_MISSING, at=at, number=number) for number in range(9)))
    gaps = outlook.find_gaps(session, day=TOMORROW, zone=STATION_ZONE)
    assert len(gaps) == outlook.FINDINGS_SHOWN + 1
    assert gaps[-1].code == "plan_findings_more" and gaps[-1].facts["number"] == 9 - outlook.FINDINGS_SHOWN


def test_progress_counts_this_year_by_series_beside_its_target(session: Session) -> None:
    series = make_series(session)
    series.yearly_target = 102
    make_series(session, code="an-ninh", title="An ninh").yearly_target = None
    zone = make_zone(session, area=make_area(session, kind="commune"))
    editions = make_editions(session)
    for starts_in, exercise in (
        (timedelta(hours=-1), False),
        (timedelta(hours=-2), True),
        (timedelta(days=-400), False),
    ):
        broadcast = make_broadcast(session, editions=editions, zones=(zone,), starts_in=starts_in, exercise=exercise)
        entries = [an_entry(a, zone, at=broadcast.starts_at, kind=EntryKind.SOUNDED) for a in broadcast.airings]
        as_run.record(session, entries, now=NOW, zone=STATION_ZONE)
    for edition in editions:
        session.add(a_production(edition, at=NOW))
    session.flush()
    (progress,) = outlook.read_progress(session, day=DAY)
    assert progress.series_title == series.title
    assert progress.broadcast == 2 and progress.produced == {"vi": 1, "blt": 1}
    assert progress.target == 102 and progress.expected == 91  # 24 November is day 328 of 365
    assert progress.is_behind


def test_a_series_that_was_removed_or_did_nothing_without_a_target_is_left_out(session: Session) -> None:
    make_series(session)
    gone = make_series(session, code="cu", title="Cũ")
    gone.yearly_target, gone.removed_at = 10, NOW
    session.flush()
    assert outlook.read_progress(session, day=DAY) == []
    session.get_one(Series, gone.id).removed_at = None
    session.flush()
    assert [item.series_title for item in outlook.read_progress(session, day=date(2026, 1, 1))] == ["Cũ"]
