"""Which of several processes of a kind does what only one may: a lease, by the rules of all leases."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.ports import Clock
from scheduler.services import lease
from scheduler.services.lease import Observer

LEASE = lease.role_lease("backbone")
_MARGIN = 0.9
"""Share of the lease after which this process no longer counts on it."""


class Leader:
    """The lease of this process, if it has it."""

    def __init__(
        self, clock: Clock, *, owner: str, is_dead: Callable[[str], bool], lasts: timedelta, name: str = LEASE
    ) -> None:
        self._clock, self._owner, self._lasts, self._name = clock, owner, lasts, name
        self._observer = Observer(is_dead, lasts=lasts)
        self._until = float("-inf")
        self._lock = threading.Lock()

    @property
    def leads(self) -> bool:
        """Tell whether it is this process, by the monotonic clock."""
        with self._lock:
            return self._clock.monotonic() < self._until

    def renew(self, session: Session) -> Callable[[], None]:
        """Renew the lease, or take it if it is free; what is returned makes it count, after the commit."""
        monotonic = self._clock.monotonic()
        mine = self._renew(session, now=self._clock.now(), monotonic=monotonic)
        until = monotonic + self._lasts.total_seconds() * _MARGIN if mine else float("-inf")

        def count() -> None:
            with self._lock:
                self._until = until

        return count

    def _renew(self, session: Session, *, now: datetime, monotonic: float) -> bool:
        owner, lasts = self._owner, self._lasts
        if self._name in lease.renew(session, owner=owner, now=now, lasts=lasts):
            return True
        held = [item for item in lease.find_others(session, owner=owner) if item.name == self._name]
        if not held:
            return bool(lease.take_new(session, [self._name], owner=owner, now=now, lasts=lasts))
        free = self._observer.find_free(held, monotonic=monotonic)
        return bool(lease.take_over(session, free, owner=owner, now=now, lasts=lasts))

    def end(self, session: Session) -> None:
        """Give the lease back, so that another may lead at once."""
        with self._lock:
            self._until = float("-inf")
        lease.release(session, owner=self._owner, now=self._clock.now())
