"""Alarms about villages, on both databases: one for each place and trouble, one for many, none when it is mended."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.database import Sessions
from scheduler.domain.station import Problem
from scheduler.domain.time import STATION_ZONE
from scheduler.domain.village import PlayerRef
from scheduler.models import Alarm, Area, PlayerState, Zone
from scheduler.problem_words import tell
from scheduler.services import playout, village_alarms, village_journal
from scheduler.village_messages import JournalRow
from tests.factories import NOW, make_zone
from tests.services.village_station import Villages, add_player, hand, make_villages


@pytest.fixture
def villages(sessions: Sessions) -> Villages:
    return make_villages(sessions)


def set_state(sessions: Sessions, player: PlayerRef, **others: Any) -> None:
    values = {"online": True, "seen_at": NOW, "turned_at": NOW, "hellos": [], "problems": [], "status": {}, **others}
    with sessions.begin() as session:
        session.merge(PlayerState(player_id=player.player_id, **values))


def settle(sessions: Sessions, *, now: datetime = NOW) -> dict[tuple[str, str], dict[str, Any]]:
    with sessions.begin() as session:
        village_alarms.settle(session, now=now)
    return open_alarms(sessions)


def open_alarms(sessions: Sessions) -> dict[tuple[str, str], dict[str, Any]]:
    with sessions.begin() as session:
        return {
            (alarm.kind, alarm.subject): alarm.facts
            for alarm in session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)))
        }


def sentences(sessions: Sessions) -> list[str]:
    with sessions.begin() as session:
        return [
            tell(Problem(code=alarm.kind, facts=playout.facts_of(alarm)), zone=STATION_ZONE)
            for alarm in playout.find_alarms(session)
        ]


def test_a_silent_amplifier_is_an_alarm_until_it_is_heard_again(sessions: Sessions, villages: Villages) -> None:
    set_state(sessions, villages.hum, problems=["amplifier_silent", "hot"])
    assert settle(sessions) == {
        ("village_problem", "zone:HUM:amplifier_silent"): {"problem": "amplifier_silent", "zone": "Bản Hụm"}
    }
    assert sentences(sessions) == [
        "Bản Hụm: Đang phát nhưng không nghe thấy tiếng; hãy kiểm tra tăng âm và loa."
    ]  # fmt: skip
    assert len(settle(sessions, now=NOW + timedelta(seconds=5))) == 1
    set_state(sessions, villages.hum)
    assert settle(sessions) == {}
    with sessions.begin() as session:
        assert session.scalars(select(Alarm)).one().cleared_at == NOW


def test_a_long_silence_is_an_alarm_a_short_one_is_not(sessions: Sessions, villages: Villages) -> None:
    set_state(sessions, villages.hum, online=False, problems=["amplifier_silent"])
    assert ("village_offline", "zone:HUM:") not in settle(sessions, now=NOW + timedelta(minutes=59))
    later = settle(sessions, now=NOW + timedelta(minutes=61))
    assert later == {("village_offline", "zone:HUM:"): {"zone": "Bản Hụm"}}


def test_twins_are_an_alarm(sessions: Sessions, villages: Villages) -> None:
    set_state(sessions, villages.tong, twin_at=NOW)
    assert settle(sessions) == {("village_twins", "zone:TONG:"): {"zone": "Bản Tông"}}


def test_many_places_with_one_trouble_are_one_alarm(sessions: Sessions, villages: Villages) -> None:
    with sessions.begin() as session:
        area = session.scalars(select(Area)).one()
        zones = [make_zone(session, code=f"Z{n}", name=f"Bản {n}", area=area, carrier="village") for n in range(11)]
        players = [add_player(session, zone.id, digits=f"{n:08d}") for n, zone in enumerate(zones)]
    for player in players:
        set_state(sessions, player, problems=["no_trusted_time"])
    assert settle(sessions) == {
        ("village_many_problem", "villages:no_trusted_time"): {"number": 11, "problem": "no_trusted_time"}
    }
    set_state(sessions, players[0])
    found = settle(sessions)
    assert len(found) == 10
    assert {kind for kind, _ in found} == {"village_problem"}


def test_a_zone_out_of_use_and_a_revoked_box_are_no_alarm(sessions: Sessions, villages: Villages) -> None:
    for player in (villages.hum, villages.tong):
        set_state(sessions, player, problems=["disk_full"])
    with sessions.begin() as session:
        session.get_one(Zone, villages.hum.zone_id).active = False
        session.get_one(Zone, villages.tong.zone_id).carrier = "memory"
    assert settle(sessions) == {}


def test_rows_set_aside_are_an_alarm_for_a_day(sessions: Sessions, villages: Villages) -> None:
    with sessions.begin() as session:
        rows = [JournalRow(seq=1, at=NOW, kind="dance", facts={})]
        village_journal.keep(session, [hand(villages.hum, rows)], now=NOW)
    assert settle(sessions) == {("village_quarantined", "villages"): {"number": 1}}
    assert sentences(sessions)[0].startswith("1 dòng nhật ký từ các bản")
    assert settle(sessions, now=NOW + timedelta(days=2)) == {}


def test_refused_messages_are_one_alarm_with_their_number(sessions: Sessions, villages: Villages) -> None:
    name = villages.hum.username
    for refused in ({(name, "bad_signature"): 3}, {(name, "bad_signature"): 2, ("z9-0", "unknown_box"): 1}):
        with sessions.begin() as session:
            village_alarms.note_refused(session, refused, now=NOW)
    assert open_alarms(sessions) == {
        ("village_refused", f"player:{name}:bad_signature"): {"box": name, "reason": "bad_signature", "number": 5},
        ("village_refused", "villages:unknown_box"): {"box": "villages", "reason": "unknown_box", "number": 1},
    }
    assert len(settle(sessions)) == 2
    for after, left in ((timedelta(hours=23), 2), (timedelta(hours=25), 0)):
        with sessions.begin() as session:
            village_alarms.end_refused(session, now=NOW + after)
        assert len(open_alarms(sessions)) == left
