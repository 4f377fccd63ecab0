"""What a backbone process has done since it began, for its sign of life, and what it refused, for alarms."""

import threading
from collections import Counter

from scheduler.backbone.opening import Refused


class Counts:
    """Numbers that several threads add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: Counter[str] = Counter()
        self._refused: dict[tuple[str, str], int] = {}

    def add(self, **numbers: int) -> None:
        """Add to `messages`, `rows`, `posted`, `quarantined`, `refused`, `plans`, `commands`."""
        with self._lock:
            self._done.update(numbers)

    def note_refused(self, refused: Refused) -> None:
        """Count a message that cannot be believed or read."""
        with self._lock:
            self._done["refused"] += 1
            key = (refused.username, refused.code)
            self._refused[key] = self._refused.get(key, 0) + 1

    def take_refused(self) -> dict[tuple[str, str], int]:
        """How many messages were refused since the last call, by user name and code."""
        with self._lock:
            taken, self._refused = self._refused, {}
            return taken

    def facts(self) -> dict[str, int]:
        """All numbers since the process began."""
        with self._lock:
            return dict(self._done)
