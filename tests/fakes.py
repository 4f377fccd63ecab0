"""Doubles at our own ports; each passes the same contract tests as the real thing."""

from datetime import datetime, timedelta


class SteppingClock:
    """A clock that moves only when told; `sleep` moves it, so loops run at once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=max(0.0, seconds)))

    def advance(self, by: timedelta) -> None:
        """Let time pass on both clocks."""
        self._now += by
        self._monotonic += by.total_seconds()

    def step(self, by: timedelta) -> None:
        """Set the wall clock without time passing, as a correction of the computer's clock does."""
        self._now += by
