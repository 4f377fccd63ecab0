"""What arrived and was not dealt with yet, handed on in batches."""

import queue

from scheduler.mqtt import Arrived
from scheduler.ports import Clock

GATHER_S = 0.02
"""So long a batch waits for more: a commit takes as long on a slow disk."""


class Inbox:
    """A queue between the link's thread and the one that writes; the broker limits how long it becomes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: queue.SimpleQueue[Arrived] = queue.SimpleQueue()

    def put(self, arrived: Arrived) -> None:
        """Take a message in; never waits."""
        self._queue.put(arrived)

    @property
    def is_empty(self) -> bool:
        """Tell whether all that arrived was taken."""
        return self._queue.empty()

    def take(self, *, most: int, within_s: float) -> list[Arrived]:
        """The next messages in the order of arrival; empty when none came within so long."""
        batch: list[Arrived] = []
        try:
            batch.append(self._queue.get(timeout=within_s))
        except queue.Empty:
            return batch
        until = self._clock.monotonic() + GATHER_S
        while len(batch) < most:
            try:
                batch.append(self._queue.get(timeout=max(0.0, until - self._clock.monotonic())))
            except queue.Empty:
                break
        return batch
