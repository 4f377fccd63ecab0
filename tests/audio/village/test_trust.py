"""What time a box goes by, whoever sets its clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from audio.village.trust import TrustedClock
from tests.audio.village.homes import NOON
from tests.fakes import SteppingClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LONG_AGO = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)


class Box:
    """A box whose wall clock may say anything, beside the true time."""

    def __init__(self, wall: datetime = NOON, *, kept: Path | None = None, boot: str = "b", **how: object) -> None:
        self.system = SteppingClock(wall)
        self.synchronised = False
        self.notes: list[tuple[str, dict[str, object]]] = []
        self.kept, self.boot, self.how = kept, boot, how
        self.clock = self.start()

    def start(self) -> TrustedClock:
        """The program starts (again)."""
        self.clock = TrustedClock(
            self.system, is_synchronised=lambda: self.synchronised, kept=self.kept, boot=self.boot,
            note=lambda code, **facts: self.notes.append((code, facts)), **self.how,
        )  # type: ignore[arg-type]  # fmt: skip
        return self.clock

    def live(self, lasts: timedelta, *, every: timedelta = 5 * SECOND) -> None:
        """Time passes, and the kernel is asked now and then."""
        left = lasts
        while left > timedelta(0):
            self.system.advance(min(every, left))
            left -= every
            self.clock.look()

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.notes]


def test_without_a_source_there_is_no_time() -> None:
    box = Box()
    box.live(HOUR)
    assert not box.clock.is_trusted
    assert box.clock.trusted_now is None
    assert box.clock.state().source == "none"
    assert box.notes == []


@pytest.mark.parametrize("wrong", [-10 * MINUTE, 10 * MINUTE, -HOUR, HOUR, LONG_AGO - NOON])
def test_the_station_says_the_time_whatever_the_clock_shows(wrong: timedelta) -> None:
    box = Box(NOON + wrong)
    box.clock.learn(NOON, source="station", uncertainty_s=0.3)
    box.live(90 * SECOND)
    assert box.clock.now() == NOON + 90 * SECOND
    state = box.clock.state()
    assert (state.source, state.offset_s) == ("station", wrong.total_seconds())
    assert box.codes == ["clock_trusted"]


@pytest.mark.parametrize("by", [-10 * MINUTE, 10 * MINUTE, -HOUR, HOUR, LONG_AGO - NOON])
def test_whoever_sets_the_wall_clock_does_not_move_the_time(by: timedelta) -> None:
    box = Box()
    box.synchronised = True
    box.live(MINUTE)
    box.synchronised = False
    box.system.step(by)
    box.live(HOUR)
    assert box.clock.now() == NOON + HOUR + MINUTE
    assert box.codes == ["clock_trusted"]


def test_a_time_source_is_followed_without_a_word_while_it_moves_little() -> None:
    box = Box()
    box.synchronised = True
    box.clock.look()
    for _ in range(100):
        box.system.step(timedelta(milliseconds=20))
        box.live(MINUTE, every=MINUTE)
    assert box.clock.now() == box.system.now()
    assert box.codes == ["clock_trusted"]


def test_a_time_source_that_contradicts_must_say_so_for_a_while() -> None:
    box = Box()
    box.synchronised = True
    box.clock.look()
    box.system.step(10 * MINUTE)
    box.live(50 * SECOND)
    assert box.clock.now() == NOON + 50 * SECOND
    box.live(30 * SECOND)
    assert box.clock.now() == NOON + 10 * MINUTE + 80 * SECOND
    assert box.codes == ["clock_trusted", "clock_set"]
    assert box.notes[1][1]["by_s"] == 600.0


def test_a_time_source_that_jumps_to_and_fro_is_not_followed() -> None:
    box = Box()
    box.synchronised = True
    box.clock.look()
    for _ in range(20):
        box.system.step(HOUR)
        box.live(20 * SECOND)
        box.system.step(-HOUR)
        box.live(20 * SECOND)
    assert box.clock.now() == NOON + 800 * SECOND
    assert box.codes == ["clock_trusted"]


def test_a_time_source_does_not_lead_away_from_what_the_station_signed() -> None:
    box = Box()
    box.clock.learn(NOON, source="station", uncertainty_s=0.2)
    box.synchronised = True
    box.system.step(HOUR)
    box.live(HOUR)
    assert box.clock.now() == NOON + HOUR
    assert box.clock.state().source == "station"


def test_the_stations_word_ends_a_time_source_that_lies() -> None:
    box = Box(NOON + HOUR)
    box.synchronised = True
    box.clock.look()
    assert box.clock.now() == NOON + HOUR
    box.clock.learn(NOON, source="station", uncertainty_s=0.2)
    box.live(5 * MINUTE)
    assert box.clock.now() == NOON + 5 * MINUTE
    assert box.codes == ["clock_trusted", "clock_set"]


def test_a_good_time_source_is_not_disturbed_by_the_stations_answers() -> None:
    box = Box()
    box.synchronised = True
    box.clock.look()
    for n in range(50):
        box.clock.learn(box.system.now() + timedelta(seconds=0.8 * (-1) ** n), source="station", uncertainty_s=0.9)
        box.live(MINUTE)
    assert box.clock.now() == box.system.now()
    assert (box.clock.state().source, box.codes) == ("ntp", ["clock_trusted"])


def test_an_answer_that_took_half_a_minute_is_no_time() -> None:
    box = Box()
    box.clock.learn(NOON + HOUR, source="station", uncertainty_s=15.0)
    assert not box.clock.is_trusted


def test_of_two_answers_the_better_counts_until_the_clock_may_have_drifted() -> None:
    box = Box()
    box.clock.learn(NOON, source="station", uncertainty_s=0.1)
    box.clock.learn(NOON + timedelta(seconds=0.8), source="station", uncertainty_s=1.0)
    assert box.clock.now() == NOON
    box.system.advance(timedelta(days=2))
    assert box.clock.state().uncertainty_s == pytest.approx(8.74)
    box.clock.learn(box.clock.now() + timedelta(seconds=0.8), source="station", uncertainty_s=1.0)
    assert box.clock.now() == NOON + timedelta(days=2, seconds=0.8)
    assert box.codes == ["clock_trusted"]


def test_a_battery_clock_counts_only_where_a_setting_says_so() -> None:
    box = Box(trusts_rtc=True)
    box.live(MINUTE)
    assert box.clock.state().source == "rtc"
    box.clock.learn(NOON + 10 * MINUTE, source="station", uncertainty_s=1.0)
    assert box.clock.now() == NOON + 10 * MINUTE
    assert box.codes == ["clock_trusted", "clock_set"]


def test_a_battery_clock_that_stopped_is_not_believed(tmp_path: Path) -> None:
    box = Box(LONG_AGO, trusts_rtc=True)
    box.clock.not_before = NOON - timedelta(days=3)
    box.live(MINUTE)
    assert not box.clock.is_trusted
    box.system.step(NOON - LONG_AGO)
    box.live(MINUTE)
    assert box.clock.state().source == "rtc"


def test_a_card_that_is_full_does_not_stop_the_clock() -> None:
    def full(_code: str, **_facts: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    clock = TrustedClock(SteppingClock(NOON), note=full)
    clock.learn(NOON + HOUR, source="station", uncertainty_s=0.1)
    assert clock.now() == NOON + HOUR


def test_a_restart_of_the_program_keeps_the_time_and_one_of_the_computer_does_not(tmp_path: Path) -> None:
    box = Box(NOON + HOUR, kept=tmp_path / "run" / "clock.json")
    box.clock.learn(NOON, source="station", uncertainty_s=0.5)
    box.system.advance(timedelta(days=14))
    box.system.step(-HOUR)
    box.start()
    assert box.clock.now() == NOON + timedelta(days=14)
    assert box.clock.state().source == "station"
    box.boot = "another boot"
    assert not box.start().is_trusted


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        '{"boot": "b", "wall": "2026-11-24T05:00:00", "monotonic": 0, "source": "ntp", "uncertainty_s": 0}',
        "\x00" * 80,
    ],
)
def test_a_damaged_note_of_the_time_is_not_believed(tmp_path: Path, body: str) -> None:
    kept = tmp_path / "clock.json"
    kept.write_text(body)
    assert not Box(kept=kept).clock.is_trusted
