"""Waking the player's wheels by its trusted clock, whatever the computer's own clock is set to."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.ports import Clock

_LONGEST_WAIT = 1.0
"""Seconds; a correction of the trusted clock is noticed after at most this."""
_REMEMBERED = timedelta(minutes=5)


class Waking:
    """The same as the station's timer, with one thread for each wheel and one for all single instants."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._closing = False
        self._roused = 0
        self._waiting: dict[str, tuple[datetime, Callable[[], None]]] = {}
        self._known: dict[str, datetime] = {}
        """Instants that were asked for, also when they are over: the same twice is one waking."""
        self._threads = [threading.Thread(target=self._run_singles, name="waking", daemon=True)]

    def start(self) -> None:
        """Begin to wake."""
        for thread in self._threads:
            thread.start()

    def every(self, seconds: float, action: Callable[[], None], name: str) -> None:
        """Wake the action at the start and from then on every so many seconds; never twice at a time."""
        self._threads.append(
            threading.Thread(target=self._run_wheel, args=(seconds, action), name=name, daemon=True)
        )  # fmt: skip

    def once(self, at: datetime, action: Callable[[], None], name: str) -> None:
        """Wake the action at an instant (at once when it has passed); the same name twice is one waking."""
        with self._changed:
            if self._known.get(name) == at:
                return
            long_ago = self._clock.now() - _REMEMBERED
            self._known = {key: then for key, then in self._known.items() if then > long_ago}
            self._known[name] = at
            self._waiting[name] = (at, action)
            self._changed.notify_all()

    def rouse(self) -> None:
        """After the clock was set: wake everything periodic now, forget every single instant."""
        with self._changed:
            self._waiting.clear()
            self._known.clear()
            self._roused += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Stop waking and wait for what is running."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join()

    def _run_wheel(self, seconds: float, action: Callable[[], None]) -> None:
        while not self._closing:
            began, roused = self._clock.monotonic(), self._roused
            action()
            with self._changed:
                while not self._closing and roused == self._roused:
                    left = began + seconds - self._clock.monotonic()
                    if left <= 0:
                        break
                    self._changed.wait(left)

    def _run_singles(self) -> None:
        while (action := self._next()) is not None:
            action()

    def _next(self) -> Callable[[], None] | None:
        """The next action whose instant has come; None at the end."""
        with self._changed:
            while not self._closing:
                now = self._clock.now()
                name = min(self._waiting, key=lambda key: self._waiting[key][0], default=None)
                if name is None:
                    self._changed.wait()
                    continue
                at, action = self._waiting[name]
                if at <= now:
                    del self._waiting[name]
                    return action
                self._changed.wait(min((at - now).total_seconds(), _LONGEST_WAIT))
        return None
