"""The only place that knows APScheduler: it wakes actions, periodically or at an instant, and remembers nothing."""

import itertools
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.ports import Clock

_WORKERS = 4
# Every waking is two lines of its log; what the station did is in the as-run log, not there.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


class Timer:
    """Wakes actions in a few worker threads; what is due is never told by it, only that it is time to look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._periodic: dict[str, str] = {}
        self._single: dict[str, datetime] = {}
        self._workers = ThreadPoolExecutor(_WORKERS)
        self._waking = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": self._workers},
            timezone=UTC,
        )

    def start(self) -> None:
        """Begin to wake."""
        self._waking.start()

    def every(self, seconds: float, action: Callable[[], None], name: str) -> None:
        """Wake the action now and from then on every so many seconds; never twice at a time, never in a burst."""
        trigger = IntervalTrigger(seconds=seconds, timezone=UTC)
        self._periodic[name] = self._add(action, trigger, name, first=self._clock.now())

    def once(self, at: datetime, action: Callable[[], None], name: str) -> None:
        """Wake the action at an instant (at once when it has passed); the same name twice is one waking."""
        if self._single.get(name) == at:
            return
        self._forget_past(name)
        self._single[name] = at
        self._add(action, DateTrigger(run_date=at, timezone=UTC), name, number=f"once:{name}")

    def rouse(self) -> None:
        """After the wall clock was set: wake everything periodic now, forget every single instant."""
        for number in self._single:
            if self._waking.get_job(f"once:{number}"):
                self._waking.remove_job(f"once:{number}")
        self._single.clear()
        for number in self._periodic.values():
            self._waking.modify_job(number, next_run_time=self._clock.now())
        self._waking.wakeup()

    def close(self) -> None:
        """Stop waking and wait for what is running."""
        if self._waking.running:
            self._waking.pause()
            self._waking.get_jobs()  # takes its lock: a turn under way ends before it is told that it is over
            # While it shuts down it holds its lock on what is to be woken: to wait in there for an action that asks
            # to be woken again would be for ever.
            self._waking.shutdown(wait=False)
            self._workers.shutdown(wait=True)

    def _forget_past(self, name: str) -> None:
        long_ago = self._clock.now() - timedelta(minutes=5)
        self._single = {key: at for key, at in self._single.items() if at > long_ago and key != name}

    def _add(
        self,
        action: Callable[[], None],
        trigger: DateTrigger | IntervalTrigger,
        name: str,
        *,
        first: datetime | None = None,
        number: str | None = None,
    ) -> str:
        number = number or f"every:{name}:{next(self._numbers)}"
        given = {} if first is None else {"next_run_time": first}
        # APScheduler's defaults drop what is more than a second late; ours is never dropped, the rows say what is due.
        self._waking.add_job(
            action,
            trigger,
            id=number,
            name=name,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            replace_existing=True,
            **given,
        )
        return number
