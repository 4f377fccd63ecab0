"""The precise thread: in order, never early, never much too late, and not stopped by one fault."""

import gc
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from scheduler.clock import SystemClock
from scheduler.precise import Batch, PreciseThread

CLOCK = SystemClock()
SECOND = timedelta(seconds=1)


@pytest.fixture
def precise() -> Iterator[PreciseThread]:
    precise = PreciseThread(CLOCK)
    precise.start()
    yield precise
    precise.close()


def in_seconds(seconds: float) -> datetime:
    return CLOCK.now() + timedelta(seconds=seconds)


class Told:
    """What batches told when they were done."""

    def __init__(self) -> None:
        self.when: list[datetime | None] = []
        self._done = threading.Semaphore(0)

    def __call__(self, began_at: datetime | None) -> None:
        self.when.append(began_at)
        self._done.release()

    def wait(self, number: int = 1) -> list[datetime | None]:
        for _ in range(number):
            assert self._done.acquire(timeout=20)
        return self.when


def test_a_batch_starts_at_its_instant_and_not_before(precise: PreciseThread) -> None:
    told, at = Told(), in_seconds(0.1)
    precise.add(Batch(at=at, starts=[], done=told))
    [began_at] = told.wait()
    assert began_at is not None
    assert began_at >= at


def test_batches_start_in_the_order_of_their_instants_whatever_the_order_they_came_in(precise: PreciseThread) -> None:
    told, heard = Told(), list[str]()
    precise.add(Batch(at=in_seconds(0.3), starts=[lambda: heard.append("second")], done=told))
    precise.add(Batch(at=in_seconds(0.1), starts=[lambda: heard.append("first")], done=told))
    told.wait(2)
    assert heard == ["first", "second"]


def test_one_start_that_fails_silences_no_other_and_no_later_batch(precise: PreciseThread) -> None:
    told, heard = Told(), list[int]()

    def fail() -> None:
        raise OSError

    precise.add(Batch(at=in_seconds(0.05), starts=[lambda: heard.append(1), fail, lambda: heard.append(2)], done=told))
    precise.add(Batch(at=in_seconds(0.1), starts=[lambda: heard.append(3)], done=told))
    told.wait(2)
    assert heard == [1, 2, 3]


def test_a_batch_whose_instant_is_past_is_given_up(precise: PreciseThread) -> None:
    told, heard = Told(), list[int]()
    precise.add(Batch(at=in_seconds(-2), starts=[lambda: heard.append(1)], done=told))
    assert told.wait() == [None]
    assert heard == []


def test_nothing_collects_garbage_or_interrupts_during_a_batch_and_all_is_as_before_after_it(
    precise: PreciseThread,
) -> None:
    told, during = Told(), list[object]()
    before = sys.getswitchinterval()
    starts = [lambda: during.append(gc.isenabled()), lambda: during.append(sys.getswitchinterval() > before)]
    precise.add(Batch(at=in_seconds(0.05), starts=starts, done=told))
    told.wait()
    precise.close()
    assert during == [False, True]
    assert gc.isenabled()
    assert sys.getswitchinterval() == before


def test_what_has_not_begun_when_it_closes_does_not_begin(precise: PreciseThread) -> None:
    heard = list[int]()
    precise.add(Batch(at=in_seconds(0.2), starts=[lambda: heard.append(1)]))
    assert 0 < (precise.seconds_to_next() or 0) <= 0.2
    precise.close()
    CLOCK.sleep(0.3)
    assert heard == []


class SetClock(SystemClock):
    """The computer's clock, set by a step that a test makes."""

    step = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.step


@pytest.mark.parametrize(("step", "begins"), [(-timedelta(hours=1), False), (timedelta(hours=1), False)])
def test_a_clock_that_is_set_while_a_batch_waits_starts_nothing_wrongly(step: timedelta, begins: bool) -> None:
    clock, heard, told = SetClock(), list[int](), Told()
    precise = PreciseThread(clock)
    precise.start()
    precise.add(Batch(at=clock.now() + timedelta(seconds=0.6), starts=[lambda: heard.append(1)], done=told))
    clock.step = step
    CLOCK.sleep(0.9)
    precise.close()
    assert heard == []
    assert told.when == ([None] if step > timedelta(0) else [])
