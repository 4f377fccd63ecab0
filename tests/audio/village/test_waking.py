"""Wheels that turn by the trusted clock: at once, again and again, at instants, and anew after a correction."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from audio.village.trust import TrustedClock
from audio.village.waking import Waking
from scheduler.clock import SystemClock

TRUE = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""What the trusted clock says, whatever the computer's own does."""


@pytest.fixture
def clock() -> TrustedClock:
    clock = TrustedClock(SystemClock())
    clock.learn(TRUE, source="station")
    return clock


@pytest.fixture
def waking(clock: TrustedClock) -> Iterator[Waking]:
    waking = Waking(clock)
    yield waking
    waking.close()


class Count:
    def __init__(self) -> None:
        self.number, self.changed = 0, threading.Condition()

    def __call__(self) -> None:
        with self.changed:
            self.number += 1
            self.changed.notify_all()

    def wait(self, number: int, seconds: float = 20.0) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.number >= number, seconds)


def test_a_wheel_turns_at_once_and_again(waking: Waking) -> None:
    quick, slow = Count(), Count()
    waking.every(0.02, quick, "quick")
    waking.every(3600, slow, "slow")
    waking.start()
    assert quick.wait(5)
    assert slow.wait(1)
    assert slow.number == 1


def test_an_instant_is_by_the_trusted_clock_and_the_same_twice_is_one(waking: Waking, clock: TrustedClock) -> None:
    past, soon, far = Count(), Count(), Count()
    waking.start()
    at = clock.now() + timedelta(seconds=0.1)
    for _ in range(3):
        waking.once(at, soon, "soon")
    waking.once(clock.now() - timedelta(hours=1), past, "past")
    waking.once(clock.now() + timedelta(hours=1), far, "far")
    assert soon.wait(1)
    assert past.wait(1)
    waking.once(at, soon, "soon")
    assert not soon.wait(2, 0.1)
    assert far.number == 0


def test_a_correction_of_the_clock_brings_an_instant_nearer(waking: Waking, clock: TrustedClock) -> None:
    later = Count()
    waking.start()
    waking.once(TRUE + timedelta(hours=1), later, "later")
    clock.learn(TRUE + timedelta(hours=1, seconds=1), source="station")
    assert later.wait(1)


def test_rousing_forgets_instants_and_turns_the_wheels_now(waking: Waking, clock: TrustedClock) -> None:
    wheel, single = Count(), Count()
    waking.every(3600, wheel, "wheel")
    waking.start()
    assert wheel.wait(1)
    waking.once(clock.now() + timedelta(seconds=0.2), single, "single")
    waking.rouse()
    assert wheel.wait(2)
    assert not single.wait(1, 0.4)


def test_after_close_nothing_turns(clock: TrustedClock) -> None:
    waking, wheel = Waking(clock), Count()
    waking.every(0.01, wheel, "wheel")
    waking.start()
    assert wheel.wait(2)
    waking.close()
    number = wheel.number
    assert not wheel.wait(number + 1, 0.1)
