"""Starting at an exact instant: one thread that sleeps, spins the last moment and runs a batch of starts."""

import gc
import heapq
import itertools
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.ports import Clock

logger = logging.getLogger(__name__)

LONGEST_SLEEP = 0.25
"""Seconds; a wall clock that is set is noticed after at most this."""
SPIN = 0.0015
"""Seconds before the instant from which on the thread does not sleep any more."""
UNDISTURBED = 0.1
"""Seconds for which no other thread of this process interrupts the spin and the batch."""
LATEST = 1.0
"""Seconds after the instant at which a start is given up: it would sound at the wrong place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What starts at one instant; `done` hears when it did, or None when the instant was missed and nothing started."""

    at: datetime
    starts: Sequence[Callable[[], None]]
    done: Callable[[datetime | None], None] = field(default=lambda _started_at: None)


class PreciseThread:
    """One thread with a heap of batches; the wall clock is looked at again at least every 250 ms."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Batch]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="precise", daemon=True)

    def start(self) -> None:
        """Begin to wait for instants."""
        self._thread.start()

    def add(self, batch: Batch) -> None:
        """Start this batch at its instant."""
        with self._changed:
            heapq.heappush(self._heap, (batch.at, next(self._numbers), batch))
            self._changed.notify()

    def seconds_to_next(self) -> float | None:
        """How long until the next instant; None when none is waited for."""
        with self._changed:
            return (self._heap[0][0] - self._clock.now()).total_seconds() if self._heap else None

    def close(self) -> None:
        """Stop waiting; what has not started is not started any more."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        _take_precedence()
        while (batch := self._next()) is not None:
            try:
                self._go(batch)
            except Exception:  # edge of the loop: the next instant must still sound
                logger.exception("precise.batch_failed at=%s", batch.at)

    def _next(self) -> Batch | None:
        """The next batch once its instant is a spin away; None at the end."""
        with self._changed:
            while not self._closing:
                if not self._heap:
                    self._changed.wait()
                    continue
                wait = (self._heap[0][0] - self._clock.now()).total_seconds() - SPIN
                if wait <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(min(wait, LONGEST_SLEEP))
        return None

    def _go(self, batch: Batch) -> None:
        collecting, switching = gc.isenabled(), sys.getswitchinterval()
        # A collection over ten thousand prepared programmes takes longer than the whole batch, and so do the other
        # threads if each may interrupt it.
        gc.disable()
        sys.setswitchinterval(UNDISTURBED)
        try:
            wait = (batch.at - self._clock.now()).total_seconds()
            if wait < -LATEST:
                batch.done(None)
                return
            self._spin(wait)
            started_at = self._clock.now()
            for start in batch.starts:
                try:
                    start()
                except Exception:  # one carrier's fault must not silence the other zones
                    logger.exception("precise.start_failed at=%s", batch.at)
            batch.done(started_at)
        finally:
            sys.setswitchinterval(switching)
            if collecting:
                gc.enable()

    def _spin(self, seconds: float) -> None:
        monotonic = self._clock.monotonic
        target = monotonic() + seconds
        while monotonic() < target:
            pass


def _take_precedence() -> None:
    """Let this thread run before ordinary ones where the system allows it (root, CAP_SYS_NICE, an rtprio limit).

    It runs for milliseconds around an instant only; on a busy computer it halved how late the last zone starts.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    except OSError:
        logger.info("precise.ordinary_priority")
