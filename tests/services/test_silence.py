"""Why a zone is silent is told in a sentence, the weightiest reason first."""

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from scheduler.domain.coverage import Hours, LoudspeakerState
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Loudspeaker, Zone
from scheduler.problem_words import tell
from scheduler.services import as_run, playout, silence
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import an_entry, give_pulse, go_on_air, make_editions

ALL_DAY: Hours = ((time(5), time(21)),)


@pytest.fixture
def zone(session: Session) -> Zone:
    give_pulse(session)
    commune = make_area(session, name="Chiềng Xôm", kind="commune", parent=make_area(session))
    return make_zone(session, area=commune)


def why(session: Session, zone: Zone, hours: Hours = ALL_DAY) -> list[str]:
    ask = silence.Ask(zone=zone, hours=hours, now=NOW, time_zone=STATION_ZONE, patience=timedelta(seconds=15))
    return [problem.code for problem in silence.explain(session, ask)]


def sentences(session: Session, zone: Zone) -> list[str]:
    ask = silence.Ask(zone=zone, hours=ALL_DAY, now=NOW, time_zone=STATION_ZONE, patience=timedelta(seconds=15))
    return [tell(problem, zone=STATION_ZONE) for problem in silence.explain(session, ask)]


def test_a_zone_that_nobody_planned_for(session: Session, zone: Zone) -> None:
    assert why(session, zone) == ["zone_not_planned"]


def test_a_paused_zone_is_told_first_of_all(session: Session, zone: Zone) -> None:
    zone.active = False
    playout.raise_alarm(session, kind="carrier_down", subject="carrier:memory", facts={"name": "memory"}, now=NOW)
    assert why(session, zone) == ["zone_paused"]


def test_a_zone_that_sounds_is_not_silent(session: Session, zone: Zone) -> None:
    broadcast = make_broadcast(
        session, editions=make_editions(session), zones=(zone,), starts_in=timedelta(minutes=-3)
    )  # fmt: skip
    go_on_air(session, broadcast, since=NOW - timedelta(minutes=3))
    assert why(session, zone) == ["zone_sounds"]


def test_without_a_daemon_nothing_sounds_anywhere(session: Session, zone: Zone) -> None:
    give_pulse(session, at=NOW - timedelta(minutes=5))
    assert why(session, zone) == ["playout_silent", "zone_not_planned"]


def test_a_carrier_that_is_down_is_told_with_its_reason_and_only_to_its_zones(session: Session, zone: Zone) -> None:
    facts = {"name": "memory", "reason": "ổ đĩa chỉ đọc"}
    playout.raise_alarm(session, kind="carrier_down", subject="carrier:memory", facts=facts, now=NOW)
    other = make_zone(session, code="KHAC", area=zone.area, carrier="file")
    assert "ổ đĩa chỉ đọc" in sentences(session, zone)[0]
    assert why(session, other) == ["zone_not_planned"]


def test_what_is_due_and_has_not_begun(session: Session, zone: Zone) -> None:
    make_broadcast(session, editions=make_editions(session), zones=(zone,), starts_in=timedelta(minutes=-2))
    assert why(session, zone)[0] == "zone_awaited"


@pytest.mark.parametrize(("back", "is_told"), [(timedelta(hours=1), True), (timedelta(days=3), False)])
def test_what_was_missed_lately_is_told_with_the_reason(
    session: Session, zone: Zone, back: timedelta, is_told: bool
) -> None:
    past = make_broadcast(session, editions=make_editions(session), zones=(zone,), starts_in=-back)
    entry = an_entry(past.airings[0], zone, at=NOW - back, kind=EntryKind.MISSED, reason=Reason.FILE_MISSING)
    as_run.record(session, [entry], now=NOW, zone=STATION_ZONE)
    told = sentences(session, zone)
    assert any("thiếu tệp âm thanh" in sentence for sentence in told) is is_told


def test_what_was_heard_again_since_is_not_held_against_the_zone(session: Session, zone: Zone) -> None:
    for hours, kind, reason in ((2, EntryKind.MISSED, Reason.CARRIER_FAILED), (1, EntryKind.SOUNDED, None)):
        past = make_broadcast(
            session, editions=make_editions(session, number=hours), zones=(zone,), starts_in=timedelta(hours=-hours)
        )
        entry = an_entry(past.airings[0], zone, at=NOW - timedelta(hours=hours), kind=kind, reason=reason)
        as_run.record(session, [entry], now=NOW, zone=STATION_ZONE)
    assert why(session, zone) == ["zone_not_planned"]


def test_when_every_loudspeaker_is_broken_nobody_hears_what_is_sent(session: Session, zone: Zone) -> None:
    for state in (LoudspeakerState.BROKEN, LoudspeakerState.REMOVED):
        session.add(Loudspeaker(zone=zone, place="đầu bản", state=state.value))
    assert why(session, zone) == ["zone_without_loudspeaker", "zone_not_planned"]
    session.add(Loudspeaker(zone=zone, place="cuối bản", state=LoudspeakerState.WORKING.value))
    assert why(session, zone) == ["zone_not_planned"]


def test_between_broadcasts_the_next_one_is_named(session: Session, zone: Zone) -> None:
    make_broadcast(session, editions=make_editions(session), zones=(zone,), starts_in=timedelta(minutes=30))
    assert why(session, zone) == ["zone_waits"]
    assert "lúc 05:30" in sentences(session, zone)[0]
    assert why(session, zone, ((time(17), time(19)),)) == ["zone_outside_hours", "zone_waits"]
