from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.status import OfToday, Standing
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.models import Broadcast, Zone
from scheduler.services import as_run, today
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import an_entry, go_on_air, make_editions

DAY = local_day(NOW, STATION_ZONE)


def make_zones(session: Session, number: int, **others: object) -> tuple[Zone, ...]:
    commune = make_area(session, kind="commune")
    return tuple(
        make_zone(session, code=f"Z{n}", name=f"Bản {n}", area=commune, languages=("vi",), **others)  # type: ignore[arg-type]
        for n in range(number)
    )


def broadcast_in(session: Session, zones: tuple[Zone, ...], *, hours: float, number: int = 1) -> Broadcast:
    return make_broadcast(
        session, editions=make_editions(session, number=number)[:1], zones=zones, starts_in=timedelta(hours=hours)
    )


def record(session: Session, broadcast: Broadcast, zone: Zone, kind: EntryKind, reason: Reason | None = None) -> None:
    (airing,) = broadcast.airings
    as_run.record(
        session,
        [an_entry(airing, zone, at=broadcast.starts_at, kind=kind, reason=reason)],
        now=NOW,
        zone=STATION_ZONE,
    )


def standing(item: OfToday, *, on_air: tuple[object, ...] = ()) -> Standing:
    return item.standing(on_air=on_air, now=NOW)  # type: ignore[arg-type]


def test_a_day_holds_what_was_is_and_comes_in_order_with_the_cancelled_ones(session: Session) -> None:
    zones = make_zones(session, 1)
    hours = {"yesterday": -6, "past": -3, "silent": -1, "cancelled": 2, "later": 8, "tomorrow": 20}
    made = {
        name: broadcast_in(session, zones, hours=at, number=number)
        for number, (name, at) in enumerate(hours.items(), 1)
    }
    record(session, made["past"], zones[0], EntryKind.SOUNDED)
    made["cancelled"].state = BroadcastState.CANCELLED
    session.flush()
    found = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert [(item.broadcast_id, standing(item)) for item in found] == [
        (made["past"].id, Standing.ENDED),
        (made["silent"].id, Standing.AWAITED),
        (made["cancelled"].id, Standing.CANCELLED),
        (made["later"].id, Standing.TO_COME),
    ]


def test_only_what_is_reported_is_on_air(session: Session) -> None:
    zones = make_zones(session, 2)
    broadcast = broadcast_in(session, zones, hours=-0.1)
    (item,) = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert standing(item) is Standing.AWAITED
    assert standing(item, on_air=(broadcast.id,)) is Standing.ON_AIR
    record(session, broadcast, zones[0], EntryKind.INTERRUPTED)
    (item,) = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert standing(item, on_air=(broadcast.id,)) is Standing.ON_AIR  # the other zone still sounds


def test_outcomes_are_grouped_by_ending_and_follow_corrections(session: Session) -> None:
    zones = make_zones(session, 3)
    broadcast = broadcast_in(session, zones, hours=0)
    (airing,) = broadcast.airings
    record(session, broadcast, zones[0], EntryKind.SOUNDED)
    for zone in zones[1:]:
        record(session, broadcast, zone, EntryKind.MISSED, Reason.DAEMON_DOWN)
    ((heard,),) = today.read_log(session, day=DAY).values()
    assert heard.language == "vi"
    assert [(one.kind, one.reason, one.places.number, one.places.names) for one in heard.outcomes] == [
        (EntryKind.SOUNDED, None, 1, ()),
        (EntryKind.MISSED, Reason.DAEMON_DOWN, 2, ("Bản 1", "Bản 2")),
    ]
    as_run.correct(
        session, airing_id=airing.id, zone_id=zones[1].id, seconds_sounded=540, author="Lò Thị Hoa", note="nghe rõ",
        now=NOW, zone=STATION_ZONE,
    )  # fmt: skip
    ((heard,),) = today.read_log(session, day=DAY).values()
    assert {one.kind: one.places.number for one in heard.outcomes} == {
        EntryKind.SOUNDED: 1, EntryKind.MISSED: 1, EntryKind.CORRECTION: 1,
    }  # fmt: skip
    assert today.read_log(session, day=DAY + timedelta(days=1)) == {}


def test_the_newest_entry_moves_with_the_log(session: Session) -> None:
    zones = make_zones(session, 1)
    assert today.newest_entry(session) == 0
    record(session, broadcast_in(session, zones, hours=-1), zones[0], EntryKind.SOUNDED)
    assert today.newest_entry(session) > 0


def test_a_zone_is_silent_when_its_carrier_failed_last_time(session: Session) -> None:
    zones = make_zones(session, 3)
    first, second = (broadcast_in(session, zones, hours=at, number=n) for n, at in ((1, -30), (2, -2)))
    failed = (EntryKind.FAILED, Reason.CARRIER_FAILED)
    record(session, first, zones[0], *failed)  # yesterday, and heard since
    record(session, second, zones[0], EntryKind.SOUNDED)
    record(session, first, zones[1], EntryKind.SOUNDED)
    record(session, second, zones[1], *failed)
    record(session, second, zones[2], EntryKind.MISSED, Reason.DAEMON_DOWN)  # not the zone's fault
    assert today.find_silent_zones(session, day=DAY) == {zones[1].id: ("Z1", "Bản 1")}
    (problem,) = [item for item in today.look(session, day=DAY, zone=STATION_ZONE).problems if item.severe]
    assert problem.code == "zones_silent"
    assert problem.facts == {"number": 1, "zones": "Bản 1", "zone": "Z1"}


def test_a_zone_that_sounds_now_or_is_out_of_use_is_not_silent(session: Session) -> None:
    zones = make_zones(session, 2)
    past = broadcast_in(session, zones, hours=-2)
    for zone in zones:
        record(session, past, zone, EntryKind.FAILED, Reason.CARRIER_FAILED)
    zones[1].active = False
    go_on_air(session, broadcast_in(session, zones[:1], hours=-0.1, number=2), since=NOW)
    assert today.find_silent_zones(session, day=DAY) == {}


@pytest.mark.parametrize("reason", [Reason.CANCELLED, Reason.STOPPED, Reason.INTERRUPTED, Reason.ZONE_INACTIVE])
def test_what_somebody_wanted_is_no_miss(session: Session, reason: Reason) -> None:
    zones = make_zones(session, 1)
    record(session, broadcast_in(session, zones, hours=-1), zones[0], EntryKind.MISSED, reason)
    assert today.find_misses(session, day=DAY) == []


def test_misses_are_told_by_reason_each_zone_once_and_missed_ones_first(session: Session) -> None:
    zones = make_zones(session, 3)
    first, second = (broadcast_in(session, zones, hours=at, number=n) for n, at in ((1, -3), (2, -2)))
    for broadcast in (first, second):
        record(session, broadcast, zones[0], EntryKind.MISSED, Reason.FILE_MISSING)
    record(session, first, zones[1], EntryKind.PARTIAL, Reason.LATE_START)
    record(session, first, zones[2], EntryKind.SOUNDED)
    assert [
        (item.code, item.facts["reason"], item.facts["number"]) for item in today.find_misses(session, day=DAY)
    ] == [
        ("missed_today", Reason.FILE_MISSING, 1),
        ("late_today", Reason.LATE_START, 1),
    ]


def test_a_corrected_miss_is_a_miss_no_more(session: Session) -> None:
    zones = make_zones(session, 1)
    broadcast = broadcast_in(session, zones, hours=-1)
    record(session, broadcast, zones[0], EntryKind.MISSED, Reason.UNKNOWN)
    as_run.correct(
        session, airing_id=broadcast.airings[0].id, zone_id=zones[0].id, seconds_sounded=540, author="Lò Thị Hoa",
        note="nghe rõ", now=NOW, zone=STATION_ZONE,
    )  # fmt: skip
    assert today.find_misses(session, day=DAY) == []
