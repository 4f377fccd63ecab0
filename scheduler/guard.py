"""Noticing that the wall clock was set: the guard compares it with the monotonic clock."""

import threading
from datetime import datetime, timedelta

from scheduler.domain.going_to_air import judge_step, skipped_by
from scheduler.domain.time import TimeSpan
from scheduler.ports import Clock

_REMEMBERED = 20


class ClockGuard:
    """Looks at both clocks together; remembers what stretches of wall time were jumped over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wall, self._monotonic = clock.now(), clock.monotonic()
        self.skipped: tuple[TimeSpan, ...] = ()
        self.last_step: tuple[datetime, timedelta] | None = None
        """When the clock was last set, and by how much."""

    def look(self) -> timedelta | None:
        """By how much the wall clock was set since the last look; None when it was not."""
        with self._lock:
            now, monotonic = self._clock.now(), self._clock.monotonic()
            before = self._wall
            step = judge_step(wall=now - before, monotonic=timedelta(seconds=monotonic - self._monotonic))
            self._wall, self._monotonic = now, monotonic
            if step is None:
                return None
            self.last_step = (now, step)
            if (span := skipped_by(step, before=before, now=now)) is not None:
                self.skipped = (*self.skipped, span)[-_REMEMBERED:]
            return step
