"""Letting one zone fall silent at once, from another thread than the daemon's."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from scheduler.database import Sessions, open_sessions
from scheduler.domain.playout import EntryKind, Reason
from tests.factories import make_area, make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.fakes import SteppingClock
from tests.wheels import Playing

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sessions(sqlite_engine: Engine) -> Sessions:
    return open_sessions(sqlite_engine)


@pytest.fixture
def playing(clock: SteppingClock, sessions: Sessions, tmp_path: Path) -> Iterator[Playing]:
    with sessions.begin() as session:
        area = make_area(session)
        zones = tuple(make_zone(session, code=code, area=area, languages=("vi",)) for code in ("TONG", "HUM"))
        for number, starts_in in ((1, MINUTE), (2, 10 * MINUTE)):
            series = make_series(session, code=f"s{number}")
            edition = make_edition(session, make_episode(session, series), seconds=300)
            make_broadcast(session, editions=(edition,), zones=zones, starts_in=starts_in, now=clock.now())
    playing = Playing(clock, sessions, tmp_path)
    yield playing
    playing.close()


def number_of(playing: Playing, code: str) -> int:
    return next(live.due.zone_id for live in playing.daemon.on_air.live.values() if live.due.zone_code == code)


def test_a_zone_falls_silent_at_once_and_what_comes_later_still_comes(playing: Playing, clock: SteppingClock) -> None:
    playing.live_on(2 * MINUTE)
    assert playing.daemon.on_air.stop_zone(number_of(playing, "TONG"), Reason.STOPPED) == 1
    playing.live_on(15 * MINUTE)
    log = {(entry.zone_code, entry.planned_at): entry for entry in playing.log()}
    first, second = sorted({planned_at for _, planned_at in log})
    stopped = log["TONG", first]
    assert (stopped.kind, stopped.reason) == (EntryKind.PARTIAL, Reason.STOPPED)
    assert 59 <= stopped.seconds_sounded <= 61
    assert {log[key].kind for key in (("HUM", first), ("TONG", second), ("HUM", second))} == {EntryKind.SOUNDED}
    assert len(playing.heard("TONG")) == 2, "it did not begin again after the stop"


def test_what_waits_to_join_late_does_not_begin_after_the_stop(playing: Playing, clock: SteppingClock) -> None:
    playing.live_on(10 * timedelta(seconds=1))
    zone_id = number_of(playing, "TONG") if playing.daemon.on_air.live else 1
    clock.advance(3 * MINUTE)  # the daemon was held up over the start
    playing.daemon.on_air.stop_zone(zone_id, Reason.STOPPED)
    playing.live_on(4 * MINUTE)
    assert playing.heard("TONG") == []
    [entry] = [entry for entry in playing.log() if entry.zone_code == "TONG"]
    assert (entry.kind, entry.reason) == (EntryKind.MISSED, Reason.STOPPED)
    assert len(playing.heard("HUM")) == 1, "the other zone joined in progress"


def test_a_stop_by_a_clock_that_was_wrong_silences_nothing_after_it_was_set_right(
    playing: Playing, clock: SteppingClock
) -> None:
    clock.step(timedelta(days=1))
    playing.daemon.on_air.stop_zone(1, Reason.STOPPED)
    clock.step(-timedelta(days=1))
    playing.live_on(2 * MINUTE)
    assert len(playing.heard("TONG")) == 1
