"""What lacked a file is tried again at once when one came, not when its turn is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from scheduler.database import open_sessions
from scheduler.domain.playout import Reason
from tests.factories import make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.fakes import SteppingClock
from tests.wheels import Playing

SECOND = timedelta(seconds=1)


@pytest.fixture
def playing(clock: SteppingClock, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Playing]:
    sessions = open_sessions(sqlite_engine)
    with sessions.begin() as session:
        zone = make_zone(session, languages=("vi",))
        edition = make_edition(session, make_episode(session, make_series(session)), seconds=60)
        make_broadcast(session, editions=(edition,), zones=(zone,), starts_in=30 * SECOND, now=clock.now())
    made = Playing(clock, sessions, tmp_path)
    yield made
    made.close()


def test_a_file_that_came_is_looked_for_at_once(playing: Playing, clock: SteppingClock) -> None:
    readiness, shelf = playing.daemon.readiness, playing.shelf
    playing.live_on(SECOND)
    verify = shelf.verify
    shelf.verify = lambda sha256: playing.shelf.path("lacks")  # type: ignore[assignment,method-assign,return-value]
    shelf.missing.add("lacks")
    readiness._verified.clear()
    readiness.look()
    assert set(readiness.problems.values()) == {Reason.FILE_MISSING}
    shelf.verify = verify  # type: ignore[method-assign]
    readiness.look()
    assert readiness.problems, "its turn comes only after a while"
    readiness.look_again()
    readiness.look()
    assert readiness.problems == {}
