"""The zones in this daemon's hands: leases kept in step with their rows, and the permits that end with them."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.ports import Clock
from scheduler.services import lease

_RENEW_AFTER = 0.2
"""Share of a lease after which it is renewed: ten thousand rows are not written at every tick."""
_MARGIN = 0.9
"""Share of a lease after which a permit ends: what is on its way to a device must have fallen silent by the end."""


class Tenure:
    """A lease in this daemon's hands; as a permit it holds until the lease would end, by the monotonic clock."""

    __slots__ = ("_clock", "name", "since", "token", "until")

    def __init__(self, clock: Clock, *, name: str, token: int, since: datetime, until: float) -> None:
        self._clock = clock
        self.name, self.token, self.since, self.until = name, token, since, until

    def holds(self) -> bool:
        """Tell whether the lease is still good."""
        return self._clock.monotonic() < self.until


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What one look at the lease rows gave: tokens by name, and when the look began.

    `fresh` are those just taken when the others were not renewed this time (None: all were), `gone` the owners that
    were judged dead and hold nothing any more.
    """

    tokens: Mapping[str, int]
    now: datetime
    monotonic: float
    fresh: Collection[str] | None = None
    gone: Collection[str] = ()


class Tenures:
    """All leases of this daemon."""

    def __init__(self, clock: Clock, *, owner: str, is_dead: Callable[[str], bool], lasts: timedelta) -> None:
        self._clock, self._owner, self._lasts = clock, owner, lasts
        self._observer = lease.Observer(is_dead, lasts=lasts)
        self._held: dict[str, Tenure] = {}
        self._renewed = float("-inf")
        self._lock = threading.Lock()

    def of(self, name: str) -> Tenure | None:
        """The tenure of a lease while it holds."""
        tenure = self._held.get(name)
        return tenure if tenure is not None and tenure.holds() else None

    def of_zone(self, zone_id: int) -> Tenure | None:
        """The tenure of a zone while it holds."""
        return self.of(lease.zone_lease(zone_id))

    def __len__(self) -> int:
        return len(self._held)

    def keep(self, session: Session, wanted: Collection[str]) -> Taken:
        """Renew what is held and take what is wanted and free; `Tenures.settle` makes it count after the commit."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        others = lease.find_others(session, owner=self._owner)
        known = {held.name for held in others}
        is_due = monotonic - self._renewed >= self._lasts.total_seconds() * _RENEW_AFTER
        if is_due:
            mine = lease.renew(session, owner=self._owner, now=now, lasts=self._lasts)
        else:
            mine = {name: tenure.token for name, tenure in self._held.items() if name not in known}
        free = self._observer.find_free(others, monotonic=monotonic)
        missing = [name for name in wanted if name not in mine]
        taken = lease.take_over(
            session,
            [held for held in free if held.name in set(missing)],
            owner=self._owner,
            now=now,
            lasts=self._lasts,
        )
        new = [name for name in missing if name not in known]
        taken |= lease.take_new(session, new, owner=self._owner, now=now, lasts=self._lasts)
        living = {held.owner for held in others if held.name not in taken}
        gone = {held.owner for held in free} - living - {""}
        return Taken(tokens=mine | taken, now=now, monotonic=monotonic, fresh=taken if not is_due else None, gone=gone)

    def settle(self, taken: Taken) -> None:
        """Count from now on with what was renewed and taken; permits of what was lost end at once, for ever."""
        until = taken.monotonic + self._lasts.total_seconds() * _MARGIN
        with self._lock:
            if taken.fresh is None:
                self._renewed = taken.monotonic
            held: dict[str, Tenure] = {}
            for name, token in taken.tokens.items():
                tenure = self._held.get(name)
                if tenure is None or tenure.token != token:
                    tenure = Tenure(self._clock, name=name, token=token, since=taken.now, until=until)
                if taken.fresh is None or name in taken.fresh:
                    tenure.until = until
                held[name] = tenure
            for name, tenure in self._held.items():
                if held.get(name) is not tenure:
                    tenure.until = float("-inf")
            self._held = held

    def end(self) -> None:
        """No permit holds any more."""
        self.settle(Taken(tokens={}, now=self._clock.now(), monotonic=self._clock.monotonic()))
