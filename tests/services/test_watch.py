"""What the station's own state makes an alarm of, and when that ends."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.planning import Finding, FindingCode, Subject
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import Problem, Readings
from scheduler.domain.time import STATION_ZONE, day_span, local_day
from scheduler.errors import AlarmOver, UnknownAlarm
from scheduler.models import Alarm
from scheduler.problem_words import tell
from scheduler.services import alarms, as_run, plan_findings, playout, watch
from scheduler.services.watch import BackupState
from tests.factories import NOW, make_broadcast, make_series, make_slot, make_zone
from tests.web.station import WELL, an_entry, make_editions

TOMORROW = local_day(NOW, STATION_ZONE) + timedelta(days=1)


def settle(session: Session, **others: Any) -> list[str]:
    """The kinds of the alarms that are open after a look."""
    values = {"readings": WELL, "backup": None, "now": NOW, "zone": STATION_ZONE, **others}
    watch.settle(session, **values)
    return [alarm.kind for alarm in playout.find_alarms(session)]


def sentences(session: Session) -> list[str]:
    return [
        tell(Problem(code=alarm.kind, facts=playout.facts_of(alarm)), zone=STATION_ZONE)
        for alarm in playout.find_alarms(session)
    ]


def miss(session: Session, *, kind: EntryKind = EntryKind.MISSED, reason: Reason | None = None, **others: Any) -> None:
    zones = (make_zone(session, code="A"), make_zone(session, code="B"))
    make_series(session)
    others = {"starts_in": timedelta(hours=-2), **others}
    broadcast = make_broadcast(session, editions=make_editions(session), zones=zones, **others)
    entries = [
        an_entry(airing, zone, at=broadcast.starts_at, kind=kind, reason=reason)
        for airing in broadcast.airings
        for zone in zones
    ]
    as_run.record(session, entries, now=NOW, zone=STATION_ZONE)


def test_all_is_well(session: Session) -> None:
    assert settle(session, backup=BackupState(newest_at=NOW, most=timedelta(days=2))) == []


def test_a_full_disk_and_a_clock_that_follows_nothing_last_as_long_as_they_do(session: Session) -> None:
    bad = Readings(free_bytes=2**20, total_bytes=2**40, synchronised=False)
    assert sorted(settle(session, readings=bad)) == ["clock_not_synchronised", "disk_full"]
    assert sorted(settle(session, readings=bad, now=NOW + timedelta(minutes=1))) == [
        "clock_not_synchronised",
        "disk_full",
    ]
    assert session.scalar(select(Alarm.id).order_by(Alarm.id.desc()).limit(1)) == 2, "one row for each outage"
    assert settle(session, now=NOW + timedelta(minutes=2)) == []


def test_a_missed_broadcast_is_one_alarm_however_many_zones_and_ends_after_a_day(session: Session) -> None:
    miss(session, reason=Reason.DAEMON_DOWN)
    assert settle(session) == ["broadcast_missed"]
    assert "không đến được 2 vùng" in sentences(session)[0]
    assert settle(session, now=NOW + timedelta(hours=21)) == ["broadcast_missed"]
    assert settle(session, now=NOW + timedelta(hours=23)) == []


@pytest.mark.parametrize(
    "others",
    [
        {"kind": EntryKind.SOUNDED},
        {"reason": Reason.CANCELLED},
        {"exercise": True},
        {"starts_in": timedelta(hours=-30)},
    ],
)
def test_what_was_heard_or_wanted_or_an_exercise_or_long_ago_is_no_alarm(session: Session, others: Any) -> None:
    miss(session, **others)
    assert settle(session) == []


def test_a_correction_ends_the_alarm(session: Session) -> None:
    miss(session)
    assert settle(session) == ["broadcast_missed"]
    for airing, zone in [
        (alarm_row.airing_id, alarm_row.zone_id)
        for alarm_row in as_run.find_entries(session, day=local_day(NOW - timedelta(hours=2), STATION_ZONE))
    ]:
        as_run.correct(
            session, airing_id=airing, zone_id=zone, seconds_sounded=540, author="Mai", note="gọi điện", now=NOW,
            zone=STATION_ZONE,
        )  # fmt: skip
    assert settle(session) == []


def test_a_promise_for_tomorrow_that_nothing_can_keep(session: Session) -> None:
    slot = make_slot(session, make_series(session))
    span = day_span(TOMORROW, TOMORROW, STATION_ZONE)
    subject = Subject(slot_id=slot.id, name="sang", occurrence_on=TOMORROW, starts_at=span.starts_at)
    found = [
        Finding(code=code, subject=subject, zone_groups=((1,),), facts={"number": 1})
        for code in (FindingCode.EDITION_NOT_APPROVED, FindingCode.DURATION_OUTSIDE_RULE)
    ]
    plan_findings.keep(session, found, start=span.starts_at, end=span.ends_at)
    assert settle(session) == ["nothing_to_air"]
    assert sentences(session)[0].startswith("Ngày 25/11/2026 có 1 chỗ trong lịch sẽ im lặng")


def test_a_backup_that_is_too_old_or_was_never_made(session: Session) -> None:
    most = timedelta(days=2)
    assert settle(session, backup=BackupState(newest_at=None, most=most)) == ["backup_never"]
    assert settle(session, backup=BackupState(newest_at=NOW - most, most=most)) == []
    assert settle(session, backup=BackupState(newest_at=NOW - timedelta(days=3), most=most)) == ["backup_old"]
    assert "05:00 21/11/2026" in sentences(session)[0]


# --- who sees to it ---------------------------------------------------------------------------------------------------
def an_alarm(session: Session) -> Alarm:
    playout.raise_alarm(session, kind="disk_full", subject="station", facts={}, now=NOW)
    return playout.find_alarms(session)[0]


def test_an_acknowledgement_is_of_one_outage_alone(session: Session) -> None:
    alarm = an_alarm(session)
    alarms.acknowledge(session, alarm.id, by="Mai", note="  đang dọn ổ đĩa ", now=NOW)
    assert (alarm.acknowledged_by, alarm.acknowledgement) == ("Mai", "đang dọn ổ đĩa")
    alarms.acknowledge(session, alarm.id, by="Nam", note="tôi nữa", now=NOW + timedelta(hours=1))
    assert (alarm.acknowledged_by, alarm.acknowledged_at) == ("Mai", NOW), "who was first stays named"
    playout.clear_alarms(session, subject="station", now=NOW)
    session.expire_all()
    again = an_alarm(session)
    assert (again.id, again.acknowledged_at) != (alarm.id, NOW)
    assert again.acknowledged_at is None


def test_what_is_over_or_not_there_cannot_be_seen_to(session: Session) -> None:
    alarm = an_alarm(session)
    playout.clear_alarms(session, subject="station", now=NOW)
    session.expire_all()
    with pytest.raises(AlarmOver):
        alarms.acknowledge(session, alarm.id, by="Mai", note="", now=NOW)
    with pytest.raises(UnknownAlarm):
        alarms.acknowledge(session, 99, by="Mai", note="", now=NOW)


def test_open_ones_stand_apart_from_those_that_are_over(session: Session) -> None:
    an_alarm(session)
    playout.clear_alarms(session, subject="station", now=NOW)
    an_alarm(session)
    found = alarms.look(session)
    assert (len(found.open), len(found.over), found.over_number) == (1, 1, 1)
