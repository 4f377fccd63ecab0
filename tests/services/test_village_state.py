"""What the station knows of each village player, on both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.database import Sessions
from scheduler.models import PlayerState, VillagePlan
from scheduler.services import village_journal, village_state
from scheduler.village_messages import Clock, Health, Hello, Status, Welcome
from tests.factories import NOW
from tests.services.village_station import INSTANCE, Villages, hand, make_villages, note

SOON = NOW + timedelta(minutes=1)


@pytest.fixture
def villages(sessions: Sessions) -> Villages:
    return make_villages(sessions)


def status(**others: Any) -> Status:
    values = {"online": True, "at": NOW, "instance": INSTANCE, "boot": "boot-1", **others}
    return Status(**values)


def will(boot: str = "boot-1") -> Status:
    return status(online=False, at=None, boot=boot)


def hello(nonce: str = "n1", *, boot: str = "boot-1", oldest: int = 1, following: int = 1) -> Hello:
    return Hello(nonce=nonce, instance=INSTANCE, boot=boot, plan_version=3, oldest_seq=oldest, next_seq=following)


def tell(sessions: Sessions, villages: Villages, *said: Status, now: datetime = NOW) -> PlayerState:
    for one in said:
        with sessions.begin() as session:
            village_state.note_status(session, {villages.hum.player_id: one}, now=now)
    return state(sessions, villages)


def state(sessions: Sessions, villages: Villages) -> PlayerState:
    with sessions.begin() as session:
        return session.get_one(PlayerState, villages.hum.player_id)


def greet(sessions: Sessions, villages: Villages, *hellos: Hello, now: datetime = NOW) -> Welcome:
    for one in hellos:
        with sessions.begin() as session:
            answer = village_state.welcome(session, villages.hum, one, now=now)
    return answer


def test_a_status_is_written_over_the_one_before(sessions: Sessions, villages: Villages) -> None:
    health = Health(clock=Clock(source="ntp"), problems=("disk_full",))
    tell(sessions, villages, status(files_wanted=4, files_ready=3, data_day="2026-11-23", data_bytes=100))
    row = tell(sessions, villages, status(files_ready=4, data_day="2026-11-24", data_bytes=7, health=health), now=SOON)
    assert (row.online, row.seen_at, row.turned_at) == (True, SOON, NOW)
    assert (row.files_ready, row.problems, row.instance) == (4, ["disk_full"], INSTANCE)
    assert (row.data_bytes, row.data_month, row.data_earlier_bytes) == (7, "2026-11", 100)
    assert row.status["health"]["clock"] == {"source": "ntp"}


def test_a_last_will_only_tells_that_the_link_is_gone(sessions: Sessions, villages: Villages) -> None:
    tell(sessions, villages, status(files_ready=4, plan_version=8))
    row = tell(sessions, villages, will(), now=SOON)
    assert (row.online, row.turned_at, row.seen_at) == (False, SOON, NOW)
    assert (row.files_ready, row.plan_version) == (4, 8)


def test_the_will_of_an_earlier_life_says_nothing(sessions: Sessions, villages: Villages) -> None:
    tell(sessions, villages, status())
    greet(sessions, villages, hello(boot="boot-2"))
    assert tell(sessions, villages, will("boot-1"), now=SOON).online
    assert not tell(sessions, villages, will("boot-2"), now=SOON).online


def test_one_that_says_nothing_is_offline(sessions: Sessions, villages: Villages) -> None:
    tell(sessions, villages, status())
    for after, turned in ((village_state.SILENT_AFTER, 0), (village_state.SILENT_AFTER + timedelta(seconds=1), 1)):
        with sessions.begin() as session:
            assert village_state.note_silent(session, now=NOW + after) == turned
    assert not state(sessions, villages).online
    with sessions.begin() as session:
        village_state.note_heard(session, [villages.hum.player_id], now=NOW + timedelta(hours=1))
    row = state(sessions, villages)
    assert (row.online, row.turned_at) == (True, NOW + timedelta(hours=1))


def test_a_hello_is_answered_with_time_plan_and_cursor(sessions: Sessions, villages: Villages) -> None:
    with sessions.begin() as session:
        session.add(
            VillagePlan(
                zone_id=villages.hum.zone_id, version=9, digest="", body=b"", programmes=0, until=SOON, made_at=NOW
            )
        )
        village_journal.keep(session, [hand(villages.hum, [note(4), note(5), note(7)])], now=NOW)
    answer = greet(sessions, villages, hello(oldest=4, following=9), now=SOON)
    assert answer == Welcome(to=villages.hum.username, nonce="n1", now=SOON, plan_version=9, confirmed_below=6)
    row = state(sessions, villages)
    assert (row.online, row.seen_at, row.boot, row.plan_version) == (True, SOON, "boot-1", 3)


def test_rows_of_another_life_are_not_told_of(sessions: Sessions, villages: Villages) -> None:
    with sessions.begin() as session:
        village_journal.keep(session, [hand(villages.hum, [note(4)], boot="boot-0")], now=NOW)
    assert greet(sessions, villages, hello(oldest=4, following=5)).confirmed_below == 4
    assert greet(sessions, villages, hello(oldest=4, following=4)).confirmed_below == 4


def test_a_life_that_ended_for_another_and_speaks_again_is_a_twin(sessions: Sessions, villages: Villages) -> None:
    a, b = hello("n1"), hello("n2", boot="boot-2")
    greet(sessions, villages, a, hello("n3"), b, hello("n4", boot="boot-2"), now=NOW)
    # The broker may bring what it brought before once more.
    greet(sessions, villages, a, b, now=NOW)
    assert state(sessions, villages).twin_at is None
    greet(sessions, villages, hello("n5"), now=SOON)
    assert state(sessions, villages).twin_at == SOON


def test_twins_seen_elsewhere_are_noted(sessions: Sessions, villages: Villages) -> None:
    with sessions.begin() as session:
        village_state.note_twins(session, [villages.hum.player_id], now=SOON)
    assert state(sessions, villages).twin_at == SOON
