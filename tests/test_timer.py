"""The timer wakes; it drops nothing, repeats nothing and forgets what a set clock made wrong."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apscheduler.job import Job

from scheduler.clock import SystemClock
from scheduler.timer import Timer

CLOCK = SystemClock()


@pytest.fixture
def timer() -> Iterator[Timer]:
    timer = Timer(CLOCK)
    yield timer
    timer.close()


def test_a_periodic_waking_begins_at_once_and_comes_again(timer: Timer) -> None:
    woken = threading.Semaphore(0)
    timer.every(0.05, woken.release, "often")
    timer.start()
    for _ in range(3):
        assert woken.acquire(timeout=20)


def test_an_instant_that_has_passed_wakes_at_once(timer: Timer) -> None:
    woken = threading.Event()
    timer.start()
    timer.once(CLOCK.now() - timedelta(hours=3), woken.set, "late")
    assert woken.wait(20)


def test_the_same_name_is_one_waking(timer: Timer) -> None:
    woken, at = list[int](), CLOCK.now() + timedelta(seconds=0.2)
    done = threading.Event()
    timer.start()
    for _ in range(5):
        timer.once(at, lambda: woken.append(1), "armed")
    timer.once(at + timedelta(seconds=0.2), done.set, "after")
    assert done.wait(20)
    assert woken == [1]


def test_after_the_clock_was_set_instants_are_forgotten_and_the_periodic_ones_come_at_once(timer: Timer) -> None:
    again, wrongly = threading.Semaphore(0), threading.Event()
    timer.every(3600, again.release, "hourly")
    timer.start()
    assert again.acquire(timeout=20)
    timer.once(CLOCK.now() + timedelta(seconds=0.3), wrongly.set, "armed")
    timer.rouse()
    assert again.acquire(timeout=20)
    assert not wrongly.wait(0.6)


def test_what_apscheduler_would_do_by_itself_is_always_written_out(timer: Timer) -> None:
    timer.every(60, lambda: None, "periodic")
    timer.once(CLOCK.now() + timedelta(hours=1), lambda: None, "single")
    timer.start()
    jobs: list[Job] = timer._waking.get_jobs()
    assert len(jobs) == 2
    assert all((job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1) for job in jobs)


def test_closing_waits_for_an_action_that_asks_to_be_woken_again() -> None:
    timer, begun, is_closing, done = Timer(CLOCK), threading.Event(), threading.Event(), threading.Event()

    def ask_again() -> None:
        begun.set()
        is_closing.wait(20)
        CLOCK.sleep(0.2)  # so that the other thread is inside
        timer.once(CLOCK.now(), lambda: None, "again")
        done.set()

    def close() -> None:
        is_closing.set()
        timer.close()

    timer.start()
    timer.once(CLOCK.now(), ask_again, "first")
    assert begun.wait(20)
    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
    assert done.is_set()
