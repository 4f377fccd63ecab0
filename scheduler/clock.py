"""The only reader of the computer's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The computer's wall clock, its monotonic clock, and the way to wait for either."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin; never steps, goes on while the wall clock is set."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait at least so many seconds; returns at once for zero or less."""
        if seconds > 0:
            time.sleep(seconds)
