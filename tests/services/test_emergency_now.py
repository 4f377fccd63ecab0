"""An emergency that is ordered while something sounds is planned, and the daemon lets the other give way."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from scheduler.database import open_sessions
from scheduler.domain.playout import EntryKind, Reason
from scheduler.errors import NothingToPlan
from scheduler.models import Edition, Episode, Zone
from scheduler.services import planning
from tests.factories import make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.fakes import SteppingClock
from tests.wheels import Playing

MINUTE = timedelta(minutes=1)


def test_an_emergency_ordered_while_something_sounds_interrupts_it(
    clock: SteppingClock, sqlite_engine: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sessions = open_sessions(sqlite_engine)
    with sessions.begin() as session:
        zone = make_zone(session, languages=("vi",))
        series = make_series(session, languages=("vi",), shortest_seconds=1)
        usual, urgent = (
            make_edition(session, make_episode(session, series, number=number), seconds=300) for number in (1, 2)
        )
        make_broadcast(session, editions=(usual,), zones=(zone,), starts_in=MINUTE, now=clock.now())
    playing = Playing(clock, sessions, tmp_path)
    request.addfinalizer(playing.close)
    playing.live_on(2 * MINUTE)

    def order(priority: int) -> None:
        with sessions.begin() as session:
            planning.plan_one_off(
                session,
                session.get_one(Episode, session.get_one(Edition, urgent.id).episode_id),
                [session.get_one(Zone, zone.id)],
                starts_at=clock.now() + timedelta(seconds=10),
                now=clock.now(),
                settings=playing.settings,
                priority=priority,
            )

    with pytest.raises(NothingToPlan):
        order(2)
    order(3)
    for _ in range(10):
        playing.live_on(timedelta(seconds=2))
    playing.live_on(8 * MINUTE)
    first, second = playing.log()
    assert (first.kind, first.reason) == (EntryKind.INTERRUPTED, Reason.INTERRUPTED)
    assert 60 <= first.seconds_sounded <= 75
    assert (second.kind, second.seconds_sounded) == (EntryKind.SOUNDED, 300)
