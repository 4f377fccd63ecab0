"""Stories of a village player: it plays on time by the plan alone, whatever becomes of power, link and clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from audio.village.mirror import WantedFile
from audio.village.player import soon_wanted
from audio.village.sole import SolePlayer
from scheduler.domain.playout import EntryKind, Reason
from scheduler.errors import PlayerInUse
from scheduler.village_messages import VillageFile, ZoneRules
from tests.audio.village.homes import NOON, programme
from tests.audio.village.living_box import DAY, HOUR, MINUTE, SECOND, Box, MakeBox

LONG_AGO = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
WRONG = [-10 * MINUTE, 10 * MINUTE, -HOUR, HOUR, LONG_AGO - NOON]


@pytest.fixture
def make_box(tmp_path: Path) -> Iterator[MakeBox]:
    made: list[Box] = []

    def make(**how: object) -> Box:
        made.append(Box(tmp_path / f"box{len(made)}", **how))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for box in made:
        box.close()


@pytest.fixture
def box(make_box: MakeBox) -> Box:
    return make_box()


MORNING = programme("sáng", NOON + 10 * MINUTE)
LATER = programme("trưa", NOON + HOUR)


def heard(box: Box, name: str) -> list[tuple[datetime, float]]:
    number = str(programme(name, NOON).broadcast_id)
    return [(at, offset) for broadcast, at, offset in box.heard if broadcast == number]


def test_a_plan_sounds_on_time_and_every_edition_is_told_once(box: Box) -> None:
    box.take(MORNING, LATER)
    box.live_on(90 * MINUTE, every=2 * MINUTE)
    assert box.heard == [
        (str(MORNING.broadcast_id), MORNING.starts_at, 0.0),
        (str(LATER.broadcast_id), LATER.starts_at, 0.0),
    ]
    told = box.deliveries()
    assert [item.airing_id for item in told] == [piece.airing_id for piece in (*MORNING.pieces[1:], *LATER.pieces[1:])]
    assert {item.kind for item in told} == {EntryKind.SOUNDED}
    assert [item.started_at for item in told][:2] == [MORNING.starts_at + 60 * SECOND, MORNING.starts_at + 330 * SECOND]
    assert [item.broadcast_id for item in box.started()] == [MORNING.broadcast_id, LATER.broadcast_id]
    assert box.notes() == ["clock_trusted", "program_started"]


def test_without_a_time_to_trust_nothing_sounds_and_the_box_says_so(make_box: MakeBox) -> None:
    box = make_box(is_synchronised=False)
    box.take(MORNING, LATER)
    box.live_on(2 * HOUR, every=2 * MINUTE)
    assert (box.heard, box.claims()) == ([], [])
    assert box.daemons == []
    assert box.notes() == ["program_started", "no_trusted_time"]
    health = box.player.tell_status().health
    assert health is not None
    assert "no_trusted_time" in health.problems
    assert (health.clock.source, box.player.tell_status().at) == ("none", None)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_was_due_without_time_is_missed_for_that_reason_and_the_rest_sounds(
    make_box: MakeBox, wrong: timedelta
) -> None:
    box = make_box(is_synchronised=False, wall=NOON + wrong)
    before, under_way = (
        programme("đêm", NOON + 2 * MINUTE, seconds=60),
        programme("sớm", NOON + 50 * MINUTE, seconds=1800),
    )
    box.take(before, under_way, programme("chiều", NOON + 3 * HOUR))
    box.live_on(HOUR, every=2 * MINUTE)
    assert box.heard == []
    box.trust.learn(box.true, source="station", uncertainty_s=0.5)
    box.live_on(5 * MINUTE)
    box.live_on(3 * HOUR, every=2 * MINUTE)
    assert heard(box, "đêm") == []
    ((joined_at, offset),) = heard(box, "sớm")
    assert joined_at - NOON < HOUR + MINUTE
    assert offset == pytest.approx((joined_at - under_way.starts_at).total_seconds(), abs=0.001)
    assert heard(box, "chiều") == [(NOON + 3 * HOUR, 0.0)]
    told = {(item.broadcast_id, item.kind, item.reason) for item in box.deliveries()}
    assert (before.broadcast_id, EntryKind.MISSED, Reason.NO_TRUSTED_TIME) in told
    assert len(box.deliveries()) == 6
    assert "clock_trusted" in box.notes()


@pytest.mark.parametrize("by", WRONG)
def test_a_wall_clock_that_is_set_moves_no_sound_and_makes_no_burst(box: Box, by: timedelta) -> None:
    plan = [programme(f"p{n}", NOON + n * 15 * MINUTE, seconds=120) for n in range(1, 17)]
    box.take(*plan)
    box.live_on(20 * MINUTE)
    box.is_synchronised = False
    box.system.step(by)
    box.live_on(HOUR, every=2 * MINUTE)
    box.system.step(-by)
    box.live_on(3 * HOUR, every=2 * MINUTE)
    assert [(at, offset) for _, at, offset in box.heard] == [(item.starts_at, 0.0) for item in plan]
    assert {item.kind for item in box.deliveries()} == {EntryKind.SOUNDED}


@pytest.mark.parametrize("by", [-10 * MINUTE, 10 * MINUTE, -HOUR, HOUR])
def test_a_time_that_proves_wrong_is_corrected_without_a_burst(box: Box, by: timedelta) -> None:
    """The time source lied from the start: until the station says so, all is off by as much; after it, nothing is."""
    box.trust.learn(NOON + by, source="ntp")
    box.is_synchronised = False
    plan = [programme(f"p{n}", NOON + by + n * 15 * MINUTE, seconds=120) for n in range(-8, 20)]
    box.take(*plan)
    box.live_on(8 * MINUTE)
    box.trust.learn(box.true, source="station", uncertainty_s=0.5)
    corrected_at = box.true
    box.live_on(4 * HOUR, every=2 * MINUTE)
    after = [(broadcast, at, offset) for broadcast, at, offset in box.heard if at >= corrected_at]
    starts = {str(item.broadcast_id): item.starts_at for item in plan}
    assert all(at == starts[broadcast] + timedelta(seconds=offset) for broadcast, at, offset in after)
    assert len({broadcast for broadcast, _, _ in box.heard}) == len(box.heard), "nothing sounds twice"
    times = sorted(at for _, at, _ in after)
    assert all(late - early >= 14 * MINUTE for early, late in pairwise(times)), "no burst"
    assert "clock_set" in box.notes()


def test_a_restart_in_the_middle_joins_where_the_programme_is(box: Box) -> None:
    box.take(MORNING, LATER)
    box.live_on(14 * MINUTE)
    box.die()
    box.pass_time(MINUTE)
    box.boot()
    box.live_on(2 * HOUR, every=2 * MINUTE)
    first, second = heard(box, "sáng")
    assert first == (MORNING.starts_at, 0.0)
    assert second[1] == pytest.approx((second[0] - MORNING.starts_at).total_seconds(), abs=0.001)
    assert len(box.claims()) == 2
    told = [item for item in box.deliveries() if item.broadcast_id == MORNING.broadcast_id]
    assert [item.airing_id for item in told] == [piece.airing_id for piece in MORNING.pieces[1:]]
    assert {item.reason for item in told} <= {Reason.CRASH_REJOINED, None}
    assert [item.broadcast_id for item in box.started()] == [MORNING.broadcast_id, LATER.broadcast_id]


def test_a_power_cut_without_a_clock_battery_is_silent_until_somebody_tells_the_time(box: Box) -> None:
    box.take(MORNING, LATER, programme("tối", NOON + 5 * HOUR))
    box.live_on(12 * MINUTE)
    box.die()
    box.pass_time(MINUTE)
    box.is_synchronised = False
    box.system.step(LONG_AGO - box.system.now())
    box.boot(power_cut=True)
    box.live_on(HOUR, every=2 * MINUTE)
    assert len(box.heard) == 1
    box.trust.learn(box.true, source="station", uncertainty_s=0.2)
    box.live_on(5 * HOUR, every=2 * MINUTE)
    assert heard(box, "trưa") == []
    assert heard(box, "tối") == [(NOON + 5 * HOUR, 0.0)]
    reasons = {item.broadcast_id: item.reason for item in box.deliveries()}
    assert reasons[LATER.broadcast_id] is Reason.NO_TRUSTED_TIME
    assert reasons[MORNING.broadcast_id] is Reason.CRASHED


def test_days_without_power_are_accounted_for_and_not_caught_up(box: Box) -> None:
    box.take(*(programme(f"d{n}", NOON + n * 6 * HOUR) for n in range(1, 20)))
    box.turn()
    box.die()
    box.pass_time(3 * DAY + 30 * MINUTE)
    box.boot(power_cut=True)
    box.live_on(10 * MINUTE)
    assert box.heard == []
    told = box.deliveries()
    assert len(told) == 2 * 12
    assert {(item.kind, item.reason) for item in told} == {(EntryKind.MISSED, Reason.DAEMON_DOWN)}


def test_fourteen_days_without_a_link_and_with_a_clock_that_is_set_play_everything(box: Box) -> None:
    plan = [programme(f"{day}.{n}", NOON + day * DAY + n * 3 * HOUR, seconds=300) for day in range(14) for n in (1, 5)]
    box.take(*plan)
    box.turn()
    box.is_synchronised = False
    for number, item in enumerate(plan):
        box.skip_to(item.starts_at - MINUTE)
        box.system.step([HOUR, -HOUR, -10 * MINUTE, 10 * MINUTE][number % 4])
        if number % 5 == 2:
            box.die()
            box.boot()
        box.live_on(2 * MINUTE, every=30 * SECOND)
        box.live_on(6 * MINUTE, every=2 * MINUTE)
    assert [(at, offset) for _, at, offset in box.heard] == [(item.starts_at, 0.0) for item in plan]
    told = box.deliveries()
    assert {item.kind for item in told} == {EntryKind.SOUNDED}
    assert len({item.airing_id for item in told}) == len(told) == 2 * len(plan)
    seqs = [row.seq for row in box.journal.waiting(limit=10_000)]
    assert seqs == list(range(1, len(seqs) + 1))


def test_what_is_called_off_while_it_sounds_falls_silent(box: Box) -> None:
    box.take(MORNING, LATER)
    box.live_on(12 * MINUTE, every=MINUTE)
    box.take(programme("sáng", MORNING.starts_at, cancelled=True), LATER, version=2)
    box.live_on(MINUTE)
    box.live_on(2 * HOUR, every=2 * MINUTE)
    told = [item for item in box.deliveries() if item.broadcast_id == MORNING.broadcast_id]
    assert [(item.kind, item.reason) for item in told] == [
        (EntryKind.PARTIAL, Reason.CANCELLED), (EntryKind.MISSED, Reason.CANCELLED)
    ]  # fmt: skip
    assert told[0].seconds_sounded < 90
    assert heard(box, "trưa") == [(LATER.starts_at, 0.0)]


def test_what_is_called_off_before_never_starts(box: Box) -> None:
    box.take(MORNING, LATER)
    box.live_on(5 * MINUTE)
    box.take(LATER, version=2)
    box.live_on(2 * HOUR, every=2 * MINUTE)
    assert [broadcast for broadcast, _, _ in box.heard] == [str(LATER.broadcast_id)]
    assert {item.broadcast_id for item in box.deliveries()} == {LATER.broadcast_id}


def test_after_the_end_of_the_plan_nothing_sounds_and_the_box_says_so(box: Box) -> None:
    box.take(MORNING, LATER, until=NOON + 30 * MINUTE)
    box.live_on(2 * HOUR, every=2 * MINUTE)
    assert [broadcast for broadcast, _, _ in box.heard] == [str(MORNING.broadcast_id)]
    health = box.player.tell_status().health
    assert health is not None
    assert "plan_expired" in health.problems
    assert box.notes().count("plan_expired") == 1


def test_a_file_that_lacks_is_waited_for_and_the_programme_joined(box: Box) -> None:
    assert MORNING.file is not None
    box.shelf.missing.add(MORNING.file.sha256)
    box.take(MORNING, LATER)
    box.live_on(13 * MINUTE)
    assert box.heard == []
    box.shelf.missing.clear()
    box.live_on(HOUR)
    ((at, offset),) = heard(box, "sáng")
    assert timedelta(0) < at - MORNING.starts_at - 3 * MINUTE < MINUTE
    assert offset == pytest.approx((at - MORNING.starts_at).total_seconds(), abs=0.001)


def test_a_file_that_never_comes_is_missed_for_that_reason(box: Box) -> None:
    assert MORNING.file is not None
    box.shelf.missing.add(MORNING.file.sha256)
    box.take(MORNING)
    box.live_on(30 * MINUTE)
    assert box.heard == []
    assert {(item.kind, item.reason) for item in box.deliveries()} == {(EntryKind.MISSED, Reason.FILE_MISSING)}


def test_allowed_hours_bind_the_box_and_an_emergency_is_free_of_them(box: Box) -> None:
    rules = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(("05:00", "12:15"),))
    warning = programme("báo động", NOON + 40 * MINUTE, priority=3)
    box.take(MORNING, programme("chiều", NOON + 30 * MINUTE), warning, rules=rules)
    box.live_on(2 * HOUR, every=2 * MINUTE)
    assert [broadcast for broadcast, _, _ in box.heard] == [str(warning.broadcast_id)]
    assert {item.reason for item in box.deliveries()} == {Reason.OUTSIDE_ALLOWED_HOURS, None}


def test_what_is_more_urgent_interrupts(box: Box) -> None:
    warning = programme("báo động", MORNING.starts_at + 3 * MINUTE, seconds=60, priority=3)
    box.take(MORNING, warning)
    box.live_on(HOUR, every=2 * MINUTE)
    assert heard(box, "báo động") == [(warning.starts_at, 0.0)]
    told = {item.reason for item in box.deliveries() if item.broadcast_id == MORNING.broadcast_id}
    assert told == {Reason.INTERRUPTED}


def test_two_players_in_one_folder_are_refused(box: Box) -> None:
    with pytest.raises(PlayerInUse):
        SolePlayer(box.home.folder)


def test_quiet_turns_write_nothing(box: Box) -> None:
    box.take(programme("mai", NOON + 20 * HOUR))
    box.live_on(MINUTE)
    with box.rows.begin() as session:
        before = session.connection().exec_driver_sql("PRAGMA data_version").scalar()
    wal = box.home.folder / "player.db-wal"
    size, at = wal.stat().st_size, wal.stat().st_mtime_ns
    box.live_on(10 * MINUTE, every=2 * SECOND)
    assert (wal.stat().st_size, wal.stat().st_mtime_ns) == (size, at)
    with box.rows.begin() as session:
        assert session.connection().exec_driver_sql("PRAGMA data_version").scalar() == before


def test_the_status_tells_what_the_station_must_know(box: Box) -> None:
    box.take(MORNING, programme("mai", NOON + 30 * HOUR))
    box.live_on(12 * MINUTE)
    status = box.player.tell_status()
    assert (status.plan_version, status.files_wanted, status.on_air) == (1, 1, MORNING.broadcast_id)
    assert (status.instance, status.journal_waiting) == (box.journal.instance, 3)
    assert status.at == box.true


def test_other_rules_hold_from_the_next_programme_on(box: Box) -> None:
    box.take(MORNING, LATER)
    box.live_on(12 * MINUTE, every=MINUTE)
    rules = ZoneRules(time_zone="Asia/Bangkok", allowed_hours=(("00:00", "24:00"),), join_least_share=0.5)
    box.take(MORNING, LATER, version=2, rules=rules)
    box.live_on(2 * MINUTE)
    assert len(box.daemons) == 1, "not while something sounds"
    box.live_on(2 * HOUR, every=2 * MINUTE)
    assert len(box.daemons) == 2
    assert [(at, offset) for _, at, offset in box.heard] == [(MORNING.starts_at, 0.0), (LATER.starts_at, 0.0)]
    assert {item.kind for item in box.deliveries()} == {EntryKind.SOUNDED}


def test_a_box_is_judged_by_the_coming_day_and_by_what_comes_next_however_far_off() -> None:
    def wanted(*days: float) -> list[WantedFile]:
        return [
            WantedFile(
                file=VillageFile(sha256=f"{number:064x}", size_bytes=1, seconds=1.0),
                needed_at=NOON + timedelta(days=day),
            )
            for number, day in enumerate(days)
        ]

    assert soon_wanted([], now=NOON) == []
    assert len(soon_wanted(wanted(0.2, 0.9, 1.1, 3), now=NOON)) == 2
    assert len(soon_wanted(wanted(1.2, 1.2, 1.3), now=NOON)) == 2
