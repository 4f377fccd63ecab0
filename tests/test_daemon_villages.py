"""What the daemon of a station leaves to the villages: it neither sounds, nor claims, nor gives up what is theirs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from scheduler.database import Sessions, open_sessions
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind
from scheduler.models import Broadcast, Claim, Edition, Lease, Zone
from scheduler.services import due, playout
from tests.factories import (
    make_area,
    make_broadcast,
    make_edition,
    make_episode,
    make_player,
    make_series,
    make_zone,
)
from tests.fakes import SteppingClock
from tests.wheels import Playing

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sessions(sqlite_engine: Engine) -> Sessions:
    return open_sessions(sqlite_engine)


@pytest.fixture
def playing(clock: SteppingClock, sessions: Sessions, tmp_path: Path) -> Iterator[Playing]:
    playing = Playing(clock, sessions, tmp_path)
    yield playing
    playing.close()


class Cast:
    """Tổ 1 is sounded by the station, bản Tông by its own player; one episode of four minutes."""

    def __init__(self, sessions: Sessions, clock: SteppingClock) -> None:
        self.sessions, self.clock = sessions, clock
        with sessions.begin() as session:
            area = make_area(session)
            self.to1 = make_zone(session, code="TO1", name="Tổ 1", area=area, languages=("vi",))
            self.tong = make_zone(session, area=area, languages=("vi",), carrier="village")
            self.username = make_player(session, self.tong).username
            self.edition = make_edition(session, make_episode(session, make_series(session)), seconds=240)

    def plan(self, *zones: Zone) -> UUID:
        with self.sessions.begin() as session:
            found = tuple(session.get_one(Zone, zone.id) for zone in zones)
            edition = session.get_one(Edition, self.edition.id)
            made = make_broadcast(
                session, editions=(edition,), zones=found, starts_in=5 * MINUTE, now=self.clock.now()
            )  # fmt: skip
            return made.id

    def state_of(self, broadcast_id: UUID) -> BroadcastState:
        with self.sessions.begin() as session:
            return session.get_one(Broadcast, broadcast_id).state

    def claims(self) -> list[Claim]:
        with self.sessions.begin() as session:
            return list(session.scalars(select(Claim)))

    def claim_by_player(self, broadcast_id: UUID, *, started_at: datetime) -> None:
        """As the station posts it when the player says that it began."""
        with self.sessions.begin() as session:
            session.add(
                Claim(
                    broadcast_id=broadcast_id, zone_id=self.tong.id, owner=self.username, token=0,
                    claimed_at=started_at, started_at=started_at,
                )
            )  # fmt: skip


@pytest.fixture
def cast(sessions: Sessions, clock: SteppingClock) -> Cast:
    return Cast(sessions, clock)


def test_a_village_is_left_to_its_player(playing: Playing, cast: Cast) -> None:
    broadcast = cast.plan(cast.to1, cast.tong)
    playing.live_on(60 * MINUTE)
    assert [entry.zone_code for entry in playing.log()] == ["TO1"]
    assert [claim.zone_id for claim in cast.claims()] == [cast.to1.id]
    assert playing.heard("TONG") == []
    assert cast.state_of(broadcast) is BroadcastState.DONE  # and the village may tell of it a week later
    with cast.sessions.begin() as session:
        assert session.get(Lease, f"zone:{cast.tong.id}") is None


def test_a_broadcast_for_villages_alone_is_over_when_its_time_is(playing: Playing, cast: Cast) -> None:
    broadcast = cast.plan(cast.tong)
    playing.live_on(7 * MINUTE)
    assert cast.state_of(broadcast) is BroadcastState.PLANNED
    playing.live_on(7 * MINUTE)
    assert cast.state_of(broadcast) is BroadcastState.DONE
    assert (playing.log(), cast.claims()) == ([], [])
    assert playing.assembler.assembled == []  # its file is made days ahead, by another part


def test_a_claim_of_a_player_is_not_adopted_whatever_sounds_the_zone_by_then(playing: Playing, cast: Cast) -> None:
    broadcast = cast.plan(cast.tong)
    playing.live_on(6 * MINUTE)
    cast.claim_by_player(broadcast, started_at=cast.clock.now() - MINUTE)
    with cast.sessions.begin() as session:
        session.get_one(Zone, cast.tong.id).carrier = "memory"
    playing.live_on(30 * MINUTE)
    assert playing.log() == []
    [claim] = cast.claims()
    assert (claim.owner, claim.closed_at) == (cast.username, None)


def test_what_a_zone_began_here_is_ended_here_although_it_became_a_village(playing: Playing, cast: Cast) -> None:
    cast.plan(cast.to1)
    playing.live_on(6 * MINUTE)
    with cast.sessions.begin() as session:
        session.get_one(Zone, cast.to1.id).carrier = "village"
    playing.live_on(30 * MINUTE)
    [entry] = playing.log()
    assert entry.kind is EntryKind.SOUNDED
    assert all(claim.closed_at is not None for claim in cast.claims())


def test_a_zone_that_became_a_village_a_moment_ago_is_left_alone_too(playing: Playing, cast: Cast) -> None:
    cast.plan(cast.to1)
    playing.live_on(4 * MINUTE)  # the lease of the zone is held here
    with cast.sessions.begin() as session:
        session.get_one(Zone, cast.to1.id).carrier = "village"
        assert due.find_unclaimed(session, until=cast.clock.now() + 10 * MINUTE) == []
    playing.live_on(30 * MINUTE)
    assert (playing.log(), cast.claims()) == ([], [])


def test_no_alarm_says_that_the_carrier_of_villages_was_not_opened(playing: Playing, cast: Cast) -> None:
    playing.live_on(MINUTE)
    with cast.sessions.begin() as session:
        assert playout.find_alarms(session, also_cleared=True) == []
