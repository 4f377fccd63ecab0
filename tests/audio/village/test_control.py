"""What commands do to the sound of a box: volume under the cap and over a restart, silence within a second."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audio.carriers.volume import Volume
from audio.village.control import Control
from audio.village.orders import Orders
from audio.village.store import open_rows
from audio.village.trust import TrustedClock
from scheduler.clock import SystemClock
from scheduler.database import Sessions, open_sessions
from scheduler.domain.playout import EntryKind, Reason
from scheduler.errors import NothingToSay
from scheduler.signing import Verifier
from scheduler.village_messages import CommandKind, PlannedProgramme, ZoneRules
from tests.audio.village.commanded import MEMBERSHIP, PLAN, STATION, Acts, a_command, a_programme, seal
from tests.audio.village.homes import pair
from tests.brokers import wait_until
from tests.factories import make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.wheels import Playing


class Plans:
    """Takes programmes in, or not."""

    def __init__(self) -> None:
        self.added: list[PlannedProgramme] = []
        self.takes = True

    def add(self, programme: PlannedProgramme) -> bool:
        self.added.append(programme)
        return self.takes


@pytest.fixture
def rows(tmp_path: Path) -> Sessions:
    return open_rows(pair(tmp_path / "box"))


def control(rows: Sessions, volume: Volume, plans: Plans | None = None) -> Control:
    return Control(
        sessions=rows, zone_id=1, volume=volume, keeper=plans or Plans(), find_on_air=lambda: None
    )  # fmt: skip


RULES = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(), volume=70, volume_cap=80)


def test_a_volume_that_was_ordered_holds_under_the_cap_and_after_a_restart(rows: Sessions) -> None:
    volume = Volume()
    held = control(rows, volume)
    held.follow(RULES)
    assert volume.percent == 70, "the plan's while no command said another"
    held.set_volume(95, by="Hà")
    assert volume.percent == 80, "never above the cap"
    held.set_volume(40, by="Hà")
    fresh = Volume()
    control(rows, fresh).follow(RULES)
    assert fresh.percent == 40


def test_what_cannot_be_said_is_refused_with_why(rows: Sessions) -> None:
    plans = Plans()
    told = a_programme()
    control(rows, Volume(), plans).say(told)
    assert plans.added == [told]
    plans.takes = False
    with pytest.raises(NothingToSay):
        control(rows, Volume(), plans).say(told)


def test_a_stop_while_no_daemon_plays_does_no_harm(rows: Sessions) -> None:
    control(rows, Volume()).stop()


# --- a stop while it sounds ----------------------------------------------------------------------------------------
@pytest.fixture
def playing(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Playing]:
    """A daemon by the real clock whose zone sounds."""
    sessions, clock = open_sessions(sqlite_engine), SystemClock()
    with sessions.begin() as session:
        zone = make_zone(session, languages=("vi",), allowed_hours=[["00:00", "24:00"]])
        edition = make_edition(session, make_episode(session, make_series(session)), seconds=60)
        lead = timedelta(seconds=1)
        make_broadcast(session, editions=(edition,), zones=(zone,), starts_in=lead, now=clock.now())
    made = Playing(clock, sessions, tmp_path)  # type: ignore[arg-type]
    ending = threading.Event()

    def turn() -> None:
        while not ending.wait(0.02):
            made.turn()

    turning = threading.Thread(target=turn, daemon=True)
    turning.start()
    wait_until(lambda: made.heard("TONG"))
    yield made
    ending.set()
    turning.join()
    made.close()


def test_a_stop_silences_what_sounds_within_a_second(playing: Playing, rows: Sessions) -> None:
    clock = SystemClock()
    [live] = playing.daemon.on_air.live.values()
    sound = Control(
        sessions=rows,
        zone_id=live.due.zone_id,
        volume=Volume(),
        keeper=Plans(),
        find_on_air=lambda: playing.daemon.on_air,
    )
    trust = TrustedClock(clock)
    trust.learn(clock.now(), source="station")
    orders = Orders(
        verifier=Verifier(STATION.public),
        membership=MEMBERSHIP,
        sessions=rows,
        clock=trust,
        sound=sound,
        find_plan=lambda: PLAN,
    )
    began = clock.monotonic()
    orders.take([seal(a_command(CommandKind.STOP, issued_at=clock.now()))], link=Acts())
    wait_until(lambda: live.sounding.outcome() is not None)
    assert clock.monotonic() - began < 1
    wait_until(playing.log)
    [entry] = playing.log()
    assert (entry.kind, entry.reason) == (EntryKind.PARTIAL, Reason.STOPPED)
    assert 0 < entry.seconds_sounded < 10
