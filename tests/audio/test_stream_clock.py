"""Which sample an instant is: exact although the device asks in bursts, and never one that is gone."""

import random

import pytest

from audio.carriers.stream_clock import StreamClock
from audio.playable import RATE

BLOCK, BUFFER_S, BURST_S = 480, 0.15, 0.0375


def a_device(clock: StreamClock, *, until: float, from_s: float = 0.0, place: int = 0) -> int:
    """Asks when a burst's worth of its buffer was played; a little late, as threads are. Tells what it took."""
    rng = random.Random(4)
    at = from_s
    while at < until:
        while place / RATE < at - from_s + BUFFER_S:
            place += BLOCK
            clock.note(place, monotonic=at + rng.uniform(0, 0.0002))
        at += BURST_S
    return place


def test_before_the_device_asked_for_anything_everything_is_its_first_sample() -> None:
    assert StreamClock().position_at(7.0) == 0


@pytest.mark.parametrize("instant", [2.0001, 2.01, 2.03, 2.0374])
def test_instants_are_as_far_apart_in_the_stream_as_on_the_clock(instant: float) -> None:
    clock = StreamClock()
    a_device(clock, until=2.0)
    begins = clock.position_at(2.0)
    assert clock.position_at(instant) - begins == pytest.approx((instant - 2.0) * RATE, abs=1)


def test_the_sample_of_an_instant_has_not_been_handed_over_yet() -> None:
    clock = StreamClock()
    taken = a_device(clock, until=2.0)
    assert clock.position_at(2.0) >= taken - 0.0002 * RATE


def test_a_block_that_is_asked_for_late_says_nothing_about_when_it_is_heard() -> None:
    clock = StreamClock()
    taken = a_device(clock, until=2.0)
    before = clock.position_at(2.1)
    clock.note(taken + BLOCK, monotonic=2.06)  # the first of a burst: the buffer is far from full
    assert clock.position_at(2.1) == before


def test_it_follows_a_device_that_fell_behind_within_a_second() -> None:
    clock = StreamClock()
    taken = a_device(clock, until=2.0)
    a_device(clock, from_s=2.5, until=3.6, place=0)  # stood still for half a second; its samples are numbered anew here
    assert taken
    assert clock.position_at(3.6) == pytest.approx((3.6 - 2.5 + BUFFER_S) * RATE, abs=0.02 * RATE)
