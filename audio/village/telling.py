"""When the state of a player is told: every five minutes, and at once when something changed that a person acts on."""

from collections.abc import Callable
from typing import Final

from scheduler.village_messages import Status

EVERY_S: Final = 300.0
"""A status has 0.7 kB: once a minute is 30 MB of a SIM in a month. That a box is gone the broker sees by itself."""
LOOK_EVERY_S: Final = 2.0
"""Seconds between looks at whether something changed."""


class Telling:
    """Used by one thread; all instants are monotonic."""

    def __init__(self, read: Callable[[], Status], *, send: Callable[[Status], None]) -> None:
        self._read, self._send = read, send
        self._told_at = self._looked_at = float("-inf")
        self._told: tuple[object, ...] | None = None

    def tell_next(self) -> None:
        """Tell at the next look, whatever it is."""
        self._told_at = self._looked_at = float("-inf")

    def look(self, *, now: float) -> None:
        """Tell if it is time, or if something changed."""
        if now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        status = self._read()
        gist = gist_of(status)
        if gist == self._told and now - self._told_at < EVERY_S:
            return
        self._send(status)
        self._told, self._told_at = gist, now


def gist_of(status: Status) -> tuple[object, ...]:
    """What of a status is worth a message of its own; levels, temperatures and counters wait."""
    health = status.health
    return (
        status.online,
        status.plan_version,
        status.files_wanted,
        status.files_ready,
        status.on_air,
        None if health is None else (health.problems, health.amplifier, health.volume, health.clock.source),
    )
