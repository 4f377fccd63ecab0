"""What came over the link and waits for a thread: in order; dropped with its connection, since it comes again."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from scheduler.mqtt import Arrived


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A message, and when it came by the monotonic clock."""

    arrived: Arrived
    at: float
    connection: int


class Inbox:
    """Filled by the link's thread, emptied by another one."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Letter | None] = queue.SimpleQueue()
        self._connection = 0

    def put(self, arrived: Arrived, *, at: float) -> None:
        """Lay down a message."""
        self._queue.put(Letter(arrived=arrived, at=at, connection=self._connection))

    def wake(self) -> None:
        """Let who waits look up."""
        self._queue.put(None)

    def drop(self) -> None:
        """The connection is gone: what was not acknowledged will be sent again."""
        self._connection += 1

    def is_current(self, letter: Letter) -> bool:
        """Tell whether the connection that brought it is still there."""
        return letter.connection == self._connection

    def take(self, *, most: int, within_s: float) -> list[Letter]:
        """What there is, at most so many; waits for the first of it."""
        found: list[Letter] = []
        try:
            item = self._queue.get(timeout=within_s)
            while item is not None:
                if self.is_current(item):
                    found.append(item)
                if len(found) >= most:
                    break
                item = self._queue.get_nowait()
        except queue.Empty:
            pass
        return found


class Worker:
    """A thread that calls `turn` until it is told to end."""

    def __init__(self, turn: Callable[[], None], *, name: str) -> None:
        self._turn = turn
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ask_to_end(self) -> None:
        """Let the turn that is under way be the last."""
        self._ending.set()

    def end(self, *, within_s: float) -> None:
        """Wait until it has ended, at most so long."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(within_s)

    def wait(self, seconds: float) -> None:
        """Wait, unless it is to end."""
        self._ending.wait(seconds)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._turn()
