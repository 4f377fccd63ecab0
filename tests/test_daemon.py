"""Stories of the playout daemon: plan → tick → heard → as-run row, and all that can come between."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, select

from scheduler.database import Sessions, open_sessions
from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.errors import CarrierDown, MediaCorrupt
from scheduler.models import Alarm, Broadcast, Edition, Lease, Pulse, Zone
from scheduler.services import plan_findings
from tests.factories import make_area, make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.fakes import SteppingClock
from tests.wheels import Playing

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


Play = Callable[..., Playing]


@pytest.fixture
def sessions(sqlite_engine: Engine) -> Sessions:
    # Stories turn the wheels thousands of times; whether each commit reaches the disk is not what they tell.
    event.listen(sqlite_engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
    sqlite_engine.dispose()
    return open_sessions(sqlite_engine)


@pytest.fixture
def play(clock: SteppingClock, sessions: Sessions, tmp_path: Path) -> Iterator[Play]:
    """Makes daemons of this station, each a life of its own."""
    made: list[Playing] = []

    def make(**changed: object) -> Playing:
        made.append(Playing(clock, sessions, tmp_path, **changed))
        return made[-1]

    yield make
    for playing in made:
        playing.close()


@pytest.fixture
def playing(play: Play) -> Playing:
    return play()


class Cast:
    """Bản Tông (Thái then phổ thông) and tổ 1 (phổ thông), one episode in both languages, ten minutes in all."""

    def __init__(self, sessions: Sessions, clock: SteppingClock) -> None:
        self.sessions, self.clock = sessions, clock
        with sessions.begin() as session:
            area = make_area(session)
            self.tong = make_zone(session, code="TONG", area=area, languages=("blt", "vi"))
            self.to1 = make_zone(session, code="TO1", name="Tổ 1", area=area, languages=("vi",))
            episode = make_episode(session, make_series(session))
            self.blt = make_edition(session, episode, language="blt", seconds=360)
            self.vi = make_edition(session, episode, language="vi", seconds=240)

    def plan(self, starts_in: timedelta = 5 * MINUTE, **others: object) -> UUID:
        zones = others.pop("zones", (self.tong, self.to1))
        with self.sessions.begin() as session:
            editions = tuple(session.get_one(Edition, item.id) for item in (self.blt, self.vi))
            found = tuple(session.get_one(Zone, zone.id) for zone in zones)  # type: ignore[attr-defined]
            made = make_broadcast(
                session, editions=editions, zones=found, starts_in=starts_in, now=self.clock.now(), **others
            )
            return made.id


@pytest.fixture
def cast(sessions: Sessions, clock: SteppingClock) -> Cast:
    return Cast(sessions, clock)


def test_a_planned_broadcast_is_heard_on_time_and_logged_once_for_each_edition_and_zone(
    playing: Playing, cast: Cast, clock: SteppingClock
) -> None:
    starts_at = clock.now() + 5 * MINUTE
    broadcast = cast.plan(5 * MINUTE)

    playing.live_on(16 * MINUTE)

    assert playing.heard("TONG") == [(starts_at, 0.0)]
    assert playing.heard("TO1") == [(starts_at, 0.0)]
    log = playing.log()
    assert [(entry.zone_code, entry.language, entry.kind, entry.seconds_sounded) for entry in log] == [
        ("TONG", "blt", EntryKind.SOUNDED, 360),
        ("TO1", "vi", EntryKind.SOUNDED, 240),
        ("TONG", "vi", EntryKind.SOUNDED, 240),
    ]
    assert [entry.started_at for entry in log] == [starts_at, starts_at, starts_at + 6 * MINUTE]
    assert all(entry.reason is None and entry.evidence is Evidence.COMPLETED for entry in log)
    with playing.sessions.begin() as session:
        assert session.get_one(Broadcast, broadcast).state is BroadcastState.DONE
    assert all(claim.started_at == starts_at and claim.closed_at for claim in playing.claims())


def test_the_claim_is_committed_before_anything_sounds(playing: Playing, cast: Cast, clock: SteppingClock) -> None:
    cast.plan(5 * MINUTE)

    playing.live_on(5 * MINUTE - SECOND)

    assert len(playing.claims()) == 2
    assert playing.heard("TONG") == []


def test_a_broadcast_on_air_says_so(playing: Playing, cast: Cast) -> None:
    broadcast = cast.plan(MINUTE)

    playing.live_on(2 * MINUTE)

    with playing.sessions.begin() as session:
        assert session.get_one(Broadcast, broadcast).state is BroadcastState.ON_AIR


def test_after_a_kill_the_next_daemon_joins_in_progress_and_the_log_says_so(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    cast.plan(MINUTE, zones=(cast.tong,))
    playing.live_on(3 * MINUTE)
    playing.die()
    clock.advance(MINUTE)
    next_life = play()

    next_life.turn()
    next_life.live_on(10 * MINUTE)

    [(_, offset)] = next_life.heard("TONG")
    assert 180 <= offset <= 182
    first, second = next_life.log()
    assert (first.kind, first.reason, first.evidence) == (
        EntryKind.PARTIAL, Reason.CRASH_REJOINED, Evidence.COMPLETED,
    )  # fmt: skip
    assert first.seconds_sounded == pytest.approx(360 - offset)  # this carrier remembers nothing of a dead process
    assert (second.kind, second.reason) == (EntryKind.SOUNDED, None)


def test_a_crash_just_before_the_start_costs_nothing(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    starts_at = clock.now() + MINUTE
    cast.plan(MINUTE, zones=(cast.tong,))
    playing.live_on(MINUTE - 2 * SECOND)
    assert len(playing.claims()) == 1
    playing.die()
    next_life = play()

    next_life.turn()
    next_life.live_on(12 * MINUTE)

    assert next_life.heard("TONG") == [(starts_at, 0.0)]
    assert [entry.kind for entry in next_life.log()] == [EntryKind.SOUNDED, EntryKind.SOUNDED]


def test_a_crash_near_the_end_is_closed_and_not_joined(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    cast.plan(MINUTE, zones=(cast.tong,))
    playing.live_on(2 * MINUTE)
    playing.die()
    clock.advance(9 * MINUTE)
    next_life = play()

    next_life.turn()

    assert next_life.heard("TONG") == []
    first, second = next_life.log()
    assert (first.kind, first.reason, first.seconds_sounded) == (EntryKind.FAILED, Reason.CRASHED, 0)
    assert (second.kind, second.reason) == (EntryKind.MISSED, Reason.CRASHED)


def test_a_late_daemon_joins_at_the_right_offset_and_logs_what_was_lost(
    cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    cast.plan(MINUTE, zones=(cast.tong,))
    clock.advance(3 * MINUTE)
    playing = play()

    playing.turn()
    playing.live_on(10 * MINUTE)

    [(_, offset)] = playing.heard("TONG")
    assert 120 < offset < 123
    first, second = playing.log()
    assert (first.kind, first.reason) == (EntryKind.PARTIAL, Reason.LATE_START)
    assert first.seconds_sounded == pytest.approx(360 - offset)
    assert second.kind is EntryKind.SOUNDED


def test_an_edition_that_was_over_before_a_late_join_is_missed_because_no_daemon_ran(
    cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    cast.plan(MINUTE, zones=(cast.tong,))
    clock.advance(8 * MINUTE)
    playing = play()

    playing.turn()
    playing.live_on(5 * MINUTE)

    first, second = playing.log()
    assert (first.kind, first.reason) == (EntryKind.MISSED, Reason.DAEMON_DOWN)
    assert (second.kind, second.reason) == (EntryKind.PARTIAL, Reason.LATE_START)


def test_what_a_daemon_that_was_down_did_not_sound_is_missed_with_that_reason_however_old(
    cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    cast.plan(MINUTE)
    clock.advance(timedelta(days=3))
    playing = play()

    playing.turn()

    assert playing.heard("TONG") == []
    assert {(entry.kind, entry.reason) for entry in playing.log()} == {(EntryKind.MISSED, Reason.DAEMON_DOWN)}
    assert len(playing.log()) == 3


def test_the_least_share_worth_joining_is_a_setting(
    cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    cast.plan(MINUTE, zones=(cast.tong,))
    clock.advance(3 * MINUTE)
    playing = play(join_least_share=0.9)

    playing.turn()
    playing.live_on(2 * SECOND)

    assert playing.heard("TONG") == []
    assert {entry.kind for entry in playing.log()} == {EntryKind.MISSED}


def test_nothing_sounds_whose_approval_was_taken_back_after_planning(
    playing: Playing, cast: Cast, sessions: Sessions
) -> None:
    cast.plan(MINUTE)
    with sessions.begin() as session:
        session.get_one(Edition, cast.vi.id).approved_recording = None

    playing.live_on(2 * MINUTE)

    assert playing.heard("TONG") == playing.heard("TO1") == []
    assert {(entry.kind, entry.reason) for entry in playing.log()} == {(EntryKind.MISSED, Reason.NOT_APPROVED)}


def test_nothing_sounds_whose_approved_bytes_are_others_than_planned(
    playing: Playing, cast: Cast, sessions: Sessions
) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    with sessions.begin() as session:
        recording = session.get_one(Edition, cast.vi.id).approved_recording
        assert recording is not None
        recording.master_sha256 = "0" * 64

    playing.live_on(2 * MINUTE)

    assert playing.heard("TO1") == []
    assert [entry.reason for entry in playing.log()] == [Reason.NOT_APPROVED]


def test_nothing_sounds_outside_allowed_hours_but_an_emergency_and_its_entry_says_so(
    playing: Playing, cast: Cast, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.get_one(Zone, cast.to1.id).allowed_hours = [["07:00", "09:00"]]
    cast.plan(MINUTE, zones=(cast.to1,))
    cast.plan(10 * MINUTE, zones=(cast.to1,), priority=Priority.EMERGENCY)

    playing.live_on(16 * MINUTE)

    ordinary, emergency = playing.log()
    assert (ordinary.kind, ordinary.reason) == (EntryKind.MISSED, Reason.OUTSIDE_ALLOWED_HOURS)
    assert emergency.kind is EntryKind.SOUNDED
    assert "emergency" in emergency.note
    assert len(playing.heard("TO1")) == 1


def test_allowed_hours_bind_a_late_join_too(cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play) -> None:
    with sessions.begin() as session:
        session.get_one(Zone, cast.tong.id).allowed_hours = [["05:00", "05:05"]]
    cast.plan(MINUTE, zones=(cast.tong,))
    clock.advance(3 * MINUTE)
    playing = play()

    playing.turn()
    playing.live_on(2 * SECOND)

    assert playing.heard("TONG") == []
    assert {entry.reason for entry in playing.log()} == {Reason.OUTSIDE_ALLOWED_HOURS}


def test_what_was_planned_before_the_allowed_hours_may_be_joined_once_they_begin(
    cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    with sessions.begin() as session:
        session.get_one(Zone, cast.tong.id).allowed_hours = [["05:02", "05:30"]]
    cast.plan(MINUTE, zones=(cast.tong,))
    clock.advance(3 * MINUTE)

    playing = play()
    playing.turn()
    playing.live_on(2 * SECOND)

    assert len(playing.heard("TONG")) == 1


def test_a_zone_out_of_use_is_silent_and_accounted_for(playing: Playing, cast: Cast, sessions: Sessions) -> None:
    cast.plan(MINUTE)
    with sessions.begin() as session:
        session.get_one(Zone, cast.to1.id).active = False

    playing.live_on(12 * MINUTE)

    assert playing.heard("TO1") == []
    assert [entry.reason for entry in playing.log()] == [None, Reason.ZONE_INACTIVE, None]


def test_an_hour_forward_skips_what_lay_between_and_there_is_no_burst(
    playing: Playing, cast: Cast, clock: SteppingClock
) -> None:
    for minutes in (10, 25, 40, 58):
        cast.plan(minutes * MINUTE, zones=(cast.to1,))
    cast.plan(70 * MINUTE, zones=(cast.to1,))
    later = clock.now() + 70 * MINUTE
    playing.live_on(2 * MINUTE)
    clock.step(HOUR - 2 * MINUTE)

    playing.live_on(20 * MINUTE)

    assert playing.heard("TO1") == [(later, 0.0)]
    assert [(entry.kind, entry.reason) for entry in playing.log()] == [
        *[(EntryKind.MISSED, Reason.CLOCK_STEPPED)] * 4,
        (EntryKind.SOUNDED, None),
    ]
    assert playing.timer.roused == 1


def test_what_is_armed_when_the_clock_jumps_over_its_start_does_not_sound(
    playing: Playing, cast: Cast, clock: SteppingClock
) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(MINUTE - SECOND)
    assert len(playing.claims()) == 1
    clock.step(HOUR)

    playing.live_on(10 * SECOND)

    assert playing.heard("TO1") == []
    assert [entry.reason for entry in playing.log()] == [Reason.CLOCK_STEPPED]


def test_an_hour_back_repeats_nothing_and_later_ones_still_sound(
    playing: Playing, cast: Cast, clock: SteppingClock
) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    cast.plan(10 * MINUTE, zones=(cast.to1,))
    playing.live_on(6 * MINUTE)
    clock.step(-HOUR)

    playing.live_on(70 * MINUTE)

    assert len(playing.heard("TO1")) == 2
    assert [entry.kind for entry in playing.log()] == [EntryKind.SOUNDED, EntryKind.SOUNDED]


def test_a_step_while_something_sounds_does_not_disturb_it(playing: Playing, cast: Cast, clock: SteppingClock) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(2 * MINUTE)
    clock.step(HOUR)
    playing.live_on(5 * MINUTE)

    [entry] = playing.log()
    assert (entry.kind, entry.seconds_sounded) == (EntryKind.SOUNDED, 240)
    assert len(playing.heard("TO1")) == 1


def test_two_daemons_sound_each_programme_once(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    other = play()
    for minutes in (1, 12):
        cast.plan(minutes * MINUTE)
    playing.live_on(23 * MINUTE, beside=[other])

    assert len(playing.heard("TONG")) + len(other.heard("TONG")) == 2
    assert {entry.kind for entry in playing.log()} == {EntryKind.SOUNDED}
    assert len(playing.log()) == 6


def test_two_daemons_share_zones_when_told_which(
    cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    one = play(playout_zones=("TONG",))
    other = play(playout_zones=("TO1",))
    cast.plan(MINUTE)
    one.live_on(2 * MINUTE, beside=[other])

    assert (len(one.heard("TONG")), len(one.heard("TO1"))) == (1, 0)
    assert (len(other.heard("TONG")), len(other.heard("TO1"))) == (0, 1)


def test_a_paused_daemon_falls_silent_and_the_standby_goes_on_without_an_overlap(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    standby = play()
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(90 * SECOND, beside=[standby])
    assert len(playing.heard("TO1")) == 1

    for _ in range(60):  # the first one does not turn at all, as if its wheels hung
        playing.let_carrier_live(SECOND)
        standby.turn()
    playing.live_on(200 * SECOND, beside=[standby])

    [paused] = playing.carrier.heard("TO1")
    [went_on] = standby.carrier.heard("TO1")
    assert paused.failure == "permit lost"
    assert paused.over is not None and went_on.began is not None
    assert paused.over <= went_on.began
    [entry] = playing.log()
    assert (entry.kind, entry.reason) == (EntryKind.PARTIAL, Reason.CRASH_REJOINED)


def test_a_daemon_paused_over_a_start_does_not_start_late_from_the_beginning(
    playing: Playing, cast: Cast, clock: SteppingClock
) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(MINUTE - SECOND)
    clock.advance(60 * SECOND)

    playing.live_on(5 * MINUTE)

    [(_, offset)] = playing.heard("TO1")
    assert offset > 55
    [entry] = playing.log()
    assert (entry.kind, entry.reason) == (EntryKind.PARTIAL, Reason.LATE_START)


def test_a_daemon_alone_that_was_paused_goes_on_in_progress(playing: Playing, cast: Cast, clock: SteppingClock) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(90 * SECOND)
    for _ in range(60):
        playing.let_carrier_live(SECOND)

    playing.live_on(200 * SECOND)

    [(_, from_the_start), (_, in_progress)] = playing.heard("TO1")
    assert from_the_start == 0.0
    assert in_progress >= 90
    [entry] = playing.log()
    assert (entry.kind, entry.reason) == (EntryKind.PARTIAL, Reason.LEASE_LOST)
    assert 150 < entry.seconds_sounded < 240


def test_a_daemon_whose_lease_went_into_other_hands_claims_and_sounds_nothing(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions
) -> None:
    starts_at = clock.now() + MINUTE
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(50 * SECOND)
    with sessions.begin() as session:
        for row in session.scalars(select(Lease)):
            row.owner, row.token = "another", row.token + 1

    playing.daemon.arm(starts_at)
    clock.advance(10 * SECOND)
    playing.precise.turn()

    assert playing.claims() == []
    assert playing.heard("TO1") == []


def test_a_permit_that_is_gone_at_the_start_leaves_nothing_unknown(
    playing: Playing, cast: Cast, clock: SteppingClock
) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(58 * SECOND)
    for tenure in playing.daemon.tenures._held.values():
        tenure.until = 0.0
    clock.advance(2 * SECOND)
    playing.precise.turn()
    playing.daemon.watch()
    assert [claim.started_at for claim in playing.claims()] == [None]
    clock.advance(5 * MINUTE)

    playing.turn()

    [entry] = playing.log()
    assert (entry.kind, entry.reason, entry.started_at) == (EntryKind.MISSED, Reason.LEASE_LOST, None)


def test_a_clean_stop_silences_and_logs_what_sounds_and_frees_the_zones_at_once(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    cast.plan(10 * MINUTE, zones=(cast.to1,))
    playing.live_on(2 * MINUTE)
    playing.daemon.stop()
    standby = play()

    standby.turn()

    [entry] = standby.log()
    assert (entry.kind, entry.reason) == (EntryKind.PARTIAL, Reason.STOPPED)
    assert entry.seconds_sounded == pytest.approx(60, abs=2)
    assert standby.heard("TO1") == []
    standby.live_on(13 * MINUTE)
    assert len(standby.heard("TO1")) == 1


def test_what_is_armed_at_a_clean_stop_is_left_to_whoever_comes_next(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions, play: Play
) -> None:
    starts_at = clock.now() + MINUTE
    cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(MINUTE - 2 * SECOND)
    assert len(playing.claims()) == 1
    playing.daemon.stop()
    standby = play()

    standby.turn()
    standby.live_on(6 * MINUTE)

    assert standby.heard("TO1") == [(starts_at, 0.0)]
    assert [entry.kind for entry in standby.log()] == [EntryKind.SOUNDED]


def test_a_missing_file_is_found_before_air_alarmed_once_and_logged(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions
) -> None:
    cast.plan(20 * MINUTE, zones=(cast.to1,))
    playing.assembler.fails = MediaCorrupt(sha256="1" * 64)
    playing.live_on(2 * MINUTE)
    with sessions.begin() as session:
        [alarm] = session.scalars(select(Alarm))
        assert (alarm.kind, alarm.cleared_at) == ("media_corrupt", None)

    playing.live_on(24 * MINUTE)

    assert playing.heard("TO1") == []
    assert [(entry.kind, entry.reason) for entry in playing.log()] == [(EntryKind.MISSED, Reason.FILE_CORRUPT)]
    with sessions.begin() as session:
        assert len(list(session.scalars(select(Alarm)))) == 1


def test_a_mended_file_clears_its_alarm_and_airs(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions
) -> None:
    cast.plan(20 * MINUTE, zones=(cast.to1,))
    playing.turn()
    [coming] = playing.assembler.assembled
    rendition = playing.assembler.assemble(coming).sha256
    playing.daemon.readiness._verified.clear()
    playing.shelf.missing.add(rendition)
    playing.live_on(MINUTE)
    playing.shelf.missing.clear()

    playing.live_on(24 * MINUTE)

    assert len(playing.heard("TO1")) == 1
    with sessions.begin() as session:
        [alarm] = session.scalars(select(Alarm))
        assert alarm.cleared_at is not None


def test_a_carrier_that_cannot_prepare_leaves_the_other_zones_sounding(
    playing: Playing, cast: Cast, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.plan(MINUTE)
    prepare = playing.carrier.prepare

    def fail_in_tong(transmission, permit):  # type: ignore[no-untyped-def]
        if transmission.zone_code == "TONG":
            raise CarrierDown(name="memory", reason="unplugged")
        return prepare(transmission, permit)

    monkeypatch.setattr(playing.carrier, "prepare", fail_in_tong)
    playing.live_on(6 * MINUTE)

    assert len(playing.heard("TO1")) == 1
    assert {entry.kind for entry in playing.log() if entry.zone_code == "TONG"} == {EntryKind.FAILED}
    assert {entry.reason for entry in playing.log() if entry.zone_code == "TONG"} == {Reason.CARRIER_FAILED}


def test_a_zone_whose_carrier_nobody_has_is_accounted_for(playing: Playing, cast: Cast, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.get_one(Zone, cast.to1.id).carrier = "tape"
    cast.plan(MINUTE)

    playing.live_on(12 * MINUTE)

    assert {(e.kind, e.reason) for e in playing.log() if e.zone_code == "TO1"} == {
        (EntryKind.FAILED, Reason.CARRIER_FAILED)
    }
    assert len(playing.heard("TONG")) == 1


def test_an_emergency_pushes_an_ordinary_programme_aside(playing: Playing, cast: Cast) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    cast.plan(3 * MINUTE, zones=(cast.to1,), priority=Priority.EMERGENCY)

    playing.live_on(8 * MINUTE)

    ordinary, emergency = playing.log()
    assert (ordinary.kind, ordinary.reason) == (EntryKind.INTERRUPTED, Reason.INTERRUPTED)
    assert ordinary.seconds_sounded == pytest.approx(120, abs=1)
    assert emergency.kind is EntryKind.SOUNDED


def test_an_equal_programme_does_not_talk_over_the_one_on_air(playing: Playing, cast: Cast) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    cast.plan(3 * MINUTE, zones=(cast.to1,))

    playing.live_on(8 * MINUTE)

    first, second = playing.log()
    assert first.kind is EntryKind.SOUNDED
    assert (second.kind, second.reason) == (EntryKind.MISSED, Reason.OVERLAP)
    assert len(playing.heard("TO1")) == 1


def test_back_to_back_programmes_both_sound(playing: Playing, cast: Cast) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    cast.plan(5 * MINUTE, zones=(cast.to1,))

    playing.live_on(10 * MINUTE)

    assert [entry.kind for entry in playing.log()] == [EntryKind.SOUNDED, EntryKind.SOUNDED]


def test_a_cancelled_broadcast_falls_silent(playing: Playing, cast: Cast, sessions: Sessions) -> None:
    broadcast = cast.plan(MINUTE, zones=(cast.to1,))
    playing.live_on(2 * MINUTE)
    with sessions.begin() as session:
        session.get_one(Broadcast, broadcast).state = BroadcastState.CANCELLED

    playing.live_on(5 * SECOND)

    [entry] = playing.log()
    assert (entry.kind, entry.reason) == (EntryKind.PARTIAL, Reason.CANCELLED)
    assert entry.seconds_sounded <= 65


def test_an_edition_withdrawn_on_air_falls_silent_where_it_sounds_and_nowhere_else(
    playing: Playing, cast: Cast, sessions: Sessions
) -> None:
    cast.plan(MINUTE)
    playing.live_on(2 * MINUTE)
    with sessions.begin() as session:
        session.get_one(Edition, cast.blt.id).approved_recording = None

    playing.live_on(20 * MINUTE)

    assert {(entry.zone_code, entry.language): (entry.kind, entry.reason) for entry in playing.log()} == {
        ("TONG", "blt"): (EntryKind.PARTIAL, Reason.NOT_APPROVED),
        ("TONG", "vi"): (EntryKind.MISSED, Reason.NOT_APPROVED),
        ("TO1", "vi"): (EntryKind.SOUNDED, None),
    }


def test_while_the_database_is_away_what_is_armed_sounds_and_its_entry_is_written_later(
    playing: Playing, cast: Cast, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.plan(MINUTE, zones=(cast.to1,))
    cast.plan(8 * MINUTE, zones=(cast.tong,))
    playing.live_on(MINUTE + 236 * SECOND)
    begin = playing.sessions.begin

    def away():  # type: ignore[no-untyped-def]
        raise ConnectionError

    monkeypatch.setattr(playing.sessions, "begin", away)
    for _ in range(6):
        clock.advance(SECOND)
        playing.precise.turn()
        playing.daemon.watch()
    monkeypatch.setattr(playing.sessions, "begin", begin)
    playing.live_on(SECOND)

    [entry] = playing.log()
    assert (entry.kind, entry.seconds_sounded) == (EntryKind.SOUNDED, 240)


def test_what_could_not_be_claimed_while_the_database_was_away_is_missed_for_that_reason(
    playing: Playing, cast: Cast, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.plan(5 * MINUTE, zones=(cast.to1,))
    playing.live_on(2 * MINUTE)
    begin = playing.sessions.begin

    def away():  # type: ignore[no-untyped-def]
        raise ConnectionError

    monkeypatch.setattr(playing.sessions, "begin", away)
    for _ in range(10):
        clock.advance(MINUTE)
        with pytest.raises(ConnectionError):
            playing.daemon.tick()
    monkeypatch.setattr(playing.sessions, "begin", begin)
    playing.live_on(SECOND)

    assert [entry.reason for entry in playing.log()] == [Reason.DATABASE_AWAY]


def test_the_pulse_tells_the_last_tick_and_the_clock_step(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions
) -> None:
    playing.turn()
    clock.step(HOUR)
    playing.turn()

    with sessions.begin() as session:
        [pulse] = session.scalars(select(Pulse))
        assert pulse.at == clock.now()
        assert pulse.facts["clock_step_s"] == pytest.approx(3600)
        assert {alarm.kind for alarm in session.scalars(select(Alarm))} == {"clock_stepped"}


def test_the_tallies_are_checked_once_a_night_by_one_daemon(
    playing: Playing, play: Play, cast: Cast, clock: SteppingClock
) -> None:
    standby = play()
    at_five = clock.now()
    for _ in range(3 * 24 * 2):
        clock.advance(30 * MINUTE)
        for daemon in (playing, standby):
            daemon.turn()
            daemon.daemon.check_tallies()

    assert [at - at_five for at in playing.tally_checks] == [HOUR * hours for hours in (21.5, 45.5, 69.5)]
    assert standby.tally_checks == []


def test_a_change_that_waits_is_planned_as_soon_as_nothing_is_about_to_start(
    playing: Playing, cast: Cast, clock: SteppingClock, sessions: Sessions
) -> None:
    playing.turn()
    playing.daemon.plan()
    clock.advance(30 * SECOND)
    playing.daemon.plan()
    assert len(playing.plans) == 1, "nothing waits, and ten minutes have not passed"
    cast.plan(15 * SECOND)
    with sessions.begin() as session:
        plan_findings.mark_wanted(session, now=clock.now())
    playing.daemon.plan()
    assert len(playing.plans) == 1, "something is about to start"
    clock.advance(16 * SECOND)
    playing.turn()
    playing.daemon.plan()
    assert playing.plans[1:] == [clock.now()]


def test_the_story_is_the_same_on_both_databases(engine: Engine, clock: SteppingClock, tmp_path: Path) -> None:
    sessions = open_sessions(engine)
    cast = Cast(sessions, clock)
    first = Playing(clock, sessions, tmp_path)
    cast.plan(MINUTE)
    first.live_on(3 * MINUTE)
    first.die()
    clock.advance(20 * SECOND)
    second = Playing(clock, sessions, tmp_path)
    second.turn()
    cast.plan(15 * MINUTE, zones=(cast.to1,))

    second.live_on(20 * MINUTE)

    assert [(entry.zone_code, entry.language, entry.kind, entry.reason) for entry in second.log()] == [
        ("TONG", "blt", EntryKind.PARTIAL, Reason.CRASH_REJOINED),
        ("TO1", "vi", EntryKind.PARTIAL, Reason.CRASH_REJOINED),
        ("TONG", "vi", EntryKind.SOUNDED, None),
        ("TO1", "vi", EntryKind.SOUNDED, None),
    ]
    second.daemon.stop()
    second.close()
