"""Why a zone was silent, read from the rows a running station leaves: one situation each, now and on days past."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from scheduler.config import load_settings
from scheduler.database import open_sessions
from scheduler.domain.coverage import WHOLE_DAY
from scheduler.domain.planning import Finding, FindingCode
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import Problem
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Broadcast, Zone
from scheduler.services import as_run, audit, called_off, coverage, plan_findings, playout, silence, silence_days, slots
from tests.factories import NOW, make_area, make_broadcast, make_slot, make_zone
from tests.web.station import an_entry, give_pulse, go_on_air, make_editions

TODAY = date(2026, 11, 24)
SETTINGS = load_settings({"LOABAN_HOME": "/nowhere"})


def codes(found: list[Problem]) -> list[str]:
    return [problem.code for problem in found]


def ask_about(zone: Zone, *, now: datetime = NOW) -> silence.Ask:
    return silence.Ask(
        zone=zone, hours=WHOLE_DAY, now=now, time_zone=STATION_ZONE, patience=timedelta(seconds=30)
    )  # fmt: skip


class Place:
    """One zone of a station whose daemon is alive, and what happens to it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.area = make_area(session, name="Chiềng Xôm", kind="commune")
        self.zone = make_zone(session, area=self.area, carrier="file")
        self.other = make_zone(session, code="HUM", name="Bản Hụm", area=self.area)
        self.editions = make_editions(session, title="Hộ chiếu")
        give_pulse(session)

    def broadcast(self, hours: float, *, zones: tuple[Zone, ...] | None = None) -> Broadcast:
        return make_broadcast(
            self.session,
            editions=self.editions,
            zones=zones or (self.zone, self.other),
            starts_in=timedelta(hours=hours),
        )

    def log(self, broadcast: Broadcast, kind: EntryKind, reason: Reason | None = None, *, only: str = "") -> None:
        entries = [
            an_entry(
                airing,
                self.zone,
                at=broadcast.starts_at,
                kind=kind if only in ("", airing.language) else EntryKind.SOUNDED,
                reason=reason if only in ("", airing.language) else None,
            )
            for airing in broadcast.airings
        ]
        as_run.record(self.session, entries, now=NOW, zone=STATION_ZONE)

    def now(self) -> list[str]:
        return codes(silence.explain(self.session, ask_about(self.zone)))

    def then(self, day: date = TODAY) -> list[Problem]:
        return silence_days.explain_day(self.session, ask_about(self.zone), day)


@pytest.fixture
def place(session: Session) -> Place:
    return Place(session)


def pause(place: Place) -> None:
    place.zone.active = False


def go(place: Place) -> None:
    go_on_air(place.session, place.broadcast(-0.05), since=NOW)


def fail_to_start(place: Place) -> None:
    place.broadcast(-0.05)


def fail_the_carrier(place: Place) -> None:
    fail_to_start(place)
    facts = {"name": "file", "reason": "ổ đĩa chỉ đọc"}
    playout.raise_alarm(place.session, kind="carrier_down", subject="carrier:file", facts=facts, now=NOW)


def fail_another_carrier(place: Place) -> None:
    facts = {"name": "memory", "reason": "lỗi"}
    playout.raise_alarm(place.session, kind="carrier_down", subject="carrier:memory", facts=facts, now=NOW)


def mend_the_carrier(place: Place) -> None:
    fail_the_carrier(place)
    playout.clear_alarms(place.session, subject="carrier:file", now=NOW)


def miss(place: Place) -> None:
    place.log(place.broadcast(-1), EntryKind.MISSED, Reason.NOT_APPROVED)


def miss_long_ago(place: Place) -> None:
    place.log(place.broadcast(-48), EntryKind.MISSED, Reason.NOT_APPROVED)


def miss_and_sound_again(place: Place) -> None:
    place.log(place.broadcast(-2), EntryKind.MISSED, Reason.NOT_APPROVED)
    place.log(place.broadcast(-1), EntryKind.SOUNDED)


def interrupt(place: Place) -> None:
    place.log(place.broadcast(-1), EntryKind.INTERRUPTED, Reason.INTERRUPTED)


def plan(place: Place) -> None:
    place.broadcast(2)


def plan_elsewhere(place: Place) -> None:
    place.broadcast(2, zones=(place.other,))


def cancel_a_date(place: Place) -> None:
    slot = make_slot(place.session, place.editions[0].episode.series, targets=(place.area,))
    slots.cancel_date(
        place.session, slot, TODAY, now=NOW - timedelta(days=1), settings=SETTINGS, by="Lò Thị Hoa", reason="mất điện"
    )


NOW_TABLE: dict[str, tuple[Callable[[Place], None], list[str]]] = {
    "nothing is planned": (lambda _place: None, ["zone_not_planned"]),
    "nothing is planned here": (plan_elsewhere, ["zone_not_planned"]),
    "the next comes later": (plan, ["zone_waits"]),
    "the zone is paused": (pause, ["zone_paused"]),
    "it is on air": (go, ["zone_sounds"]),
    "it is due and nothing starts": (fail_to_start, ["zone_awaited"]),
    "its carrier failed": (fail_the_carrier, ["carrier_down", "zone_awaited"]),
    "its carrier is mended": (mend_the_carrier, ["zone_awaited"]),
    "another carrier failed": (fail_another_carrier, ["zone_not_planned"]),
    "the last was missed": (miss, ["zone_missed", "zone_not_planned"]),
    "it was missed long ago": (miss_long_ago, ["zone_not_planned"]),
    "it was missed and heard again": (miss_and_sound_again, ["zone_not_planned"]),
    "it gave way": (interrupt, ["zone_interrupted", "zone_not_planned"]),
    "its date was cancelled": (cancel_a_date, ["zone_called_off", "zone_not_planned"]),
}


@pytest.mark.parametrize("situation", NOW_TABLE)
def test_now(place: Place, situation: str) -> None:
    happens, codes = NOW_TABLE[situation]
    happens(place)
    place.session.flush()
    assert place.now() == codes


def test_a_daemon_that_says_nothing_is_the_first_reason(session: Session) -> None:
    place = Place(session)
    place.broadcast(2)
    late = ask_about(place.zone, now=NOW + timedelta(minutes=10))
    assert [item.code for item in silence.explain(session, late)] == ["playout_silent", "zone_waits"]


def test_who_paused_a_zone_is_told(sqlite_engine: Engine) -> None:
    open_session = open_sessions(sqlite_engine)
    with open_session.begin() as session:
        audit.watch(session, actor=audit.Actor(user_id=3, name="Cà Văn Trưởng"), now=NOW)
        zone = make_zone(session)
        session.flush()
        zone.active = False
        number = zone.id
    with open_session.begin() as session:
        found = silence.explain(session, ask_about(session.get_one(Zone, number)))
    assert [item.code for item in found] == ["zone_paused_by"]
    assert found[0].facts == {"by": "Cà Văn Trưởng", "since": NOW}


# --- days -------------------------------------------------------------------------------------------------------------
def test_a_past_day_tells_each_broadcast_with_its_outcome(place: Place) -> None:
    place.log(place.broadcast(-4), EntryKind.SOUNDED)
    place.log(place.broadcast(-3), EntryKind.MISSED, Reason.DAEMON_DOWN)
    place.log(place.broadcast(-2), EntryKind.INTERRUPTED, Reason.INTERRUPTED)
    place.broadcast(-1)
    place.broadcast(1)
    found = place.then()
    assert codes(found) == ["then_sounded", "then_missed", "then_missed", "then_not_reported", "then_to_come"]
    assert found[1].facts["reason"] is Reason.DAEMON_DOWN


def test_a_broadcast_of_which_one_language_was_lost_was_heard_in_part(place: Place) -> None:
    place.log(place.broadcast(-1), EntryKind.MISSED, Reason.FILE_MISSING, only="blt")
    found = place.then()
    assert codes(found) == ["then_in_part"]
    assert found[0].facts["share"] == 50


def test_a_correction_is_the_last_word(place: Place) -> None:
    broadcast = place.broadcast(-1, zones=(place.zone,))
    place.log(broadcast, EntryKind.MISSED, Reason.CARRIER_FAILED)
    for airing in broadcast.airings:
        as_run.correct(
            place.session,
            airing_id=airing.id,
            zone_id=place.zone.id,
            seconds_sounded=airing.seconds,
            reason=None,
            author="Lò Thị Hoa",
            note="trưởng bản nghe thấy",
            now=NOW,
            zone=STATION_ZONE,
        )
    assert codes(place.then()) == ["then_sounded"]


def test_another_day_is_another_day(place: Place) -> None:
    place.log(place.broadcast(-24), EntryKind.SOUNDED)
    assert codes(place.then(TODAY - timedelta(days=1))) == ["then_sounded"]
    assert codes(place.then()) == ["then_nothing_planned"]
    assert codes(place.then(date(2019, 1, 1))) == ["then_no_zone"]


def test_a_cancelled_and_a_moved_date_name_who_did_it(place: Place) -> None:
    series = place.editions[0].episode.series
    morning = make_slot(place.session, series, code="sang", targets=(place.zone,))
    elsewhere = make_slot(place.session, series, code="khac", targets=(place.other,))
    evening = make_slot(place.session, series, code="toi", targets=(place.area,))
    before = NOW - timedelta(days=2)
    for slot in (morning, elsewhere):
        slots.cancel_date(place.session, slot, TODAY, now=before, settings=SETTINGS, by="Hoa", reason="mất điện")
    moved_to = NOW + timedelta(days=3)
    slots.move_date(place.session, evening, TODAY, to=moved_to, now=before, settings=SETTINGS, by="Tuấn")
    found = place.then()
    assert sorted(codes(found)) == ["zone_called_off", "zone_moved_without_reason"]
    by_code = {item.code: item.facts for item in found}
    assert by_code["zone_called_off"]["by"] == "Hoa" and by_code["zone_called_off"]["why"] == "mất điện"
    assert by_code["zone_moved_without_reason"]["to"] == moved_to


def test_a_cancelled_one_off_names_who_did_it_by_the_audit_trail(sqlite_engine: Engine) -> None:
    open_session = open_sessions(sqlite_engine)
    with open_session.begin() as session:
        number = Place(session).broadcast(5).id
    with open_session.begin() as session:
        audit.watch(session, actor=audit.Actor(user_id=3, name="Lò Thị Hoa"), now=NOW)
        slots.cancel_broadcast(session, session.get_one(Broadcast, number), now=NOW, settings=SETTINGS)
    with open_session.begin() as session:
        zone = coverage.get_zone(session, "TONG")
        off = called_off.find(session, zone, day=TODAY, zone_of_time=STATION_ZONE)
        assert [(item.by, item.at) for item in off] == [("Lò Thị Hoa", NOW + timedelta(hours=5))]
        told = silence_days.explain_day(session, ask_about(zone), TODAY)
        assert codes(told) == ["zone_called_off_without_reason"]


def finding(place: Place, broadcast: Broadcast, code: FindingCode, zone: Zone) -> Finding:
    facts = {"language": "blt", "number": 1, "year": 2026}
    return Finding(code=code, subject=plan_findings.subject_of(broadcast), zone_groups=((zone.id,),), facts=facts)


def test_what_the_plan_left_out_for_the_zone_is_told_and_for_others_is_not(place: Place) -> None:
    broadcast = place.broadcast(3, zones=(place.other,))
    found = [
        finding(place, broadcast, FindingCode.EDITION_NOT_APPROVED, place.zone),
        finding(place, broadcast, FindingCode.EDITION_MISSING, place.other),
    ]
    plan_findings.keep(place.session, found, start=NOW, end=NOW + timedelta(days=1))
    told = place.then()
    assert codes(told) == ["zone_found"]
    assert isinstance(told[0].facts["found"], Finding)
    assert told[0].facts["found"].code is FindingCode.EDITION_NOT_APPROVED
    assert place.now() == ["zone_not_planned", "zone_found"]


def test_a_day_that_a_paused_zone_has_before_it_says_that_it_is_paused(place: Place) -> None:
    place.zone.active = False
    assert codes(place.then()) == ["then_zone_paused"]
    assert codes(place.then(TODAY - timedelta(days=1))) == ["then_no_zone"]
