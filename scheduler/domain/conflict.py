"""What keeps a programme out of a zone: hours in which it may not sound, and another programme that still runs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import Hours, allowed_spans
from scheduler.domain.time import TimeSpan, local_day

Owner = TypeVar("Owner")


class AllowedHours:
    """Answers for many programmes whether they lie in allowed hours; each day of the same hours is worked out once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._spans: dict[tuple[Hours, date], tuple[TimeSpan, ...]] = {}

    def allow(self, hours: Hours, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether all of [starts_at, ends_at) lies in allowed hours; stretches that touch count as one."""
        key = (hours, local_day(starts_at, self._zone))
        if key not in self._spans:
            self._spans[key] = self._joined(*key)
        return any(span.starts_at <= starts_at and ends_at <= span.ends_at for span in self._spans[key])

    def _joined(self, hours: Hours, day: date) -> tuple[TimeSpan, ...]:
        joined: list[TimeSpan] = []
        for span in allowed_spans(hours, day, day + timedelta(days=1), self._zone):
            if joined and span.starts_at <= joined[-1].ends_at:
                ends_at = max(joined[-1].ends_at, span.ends_at)
                joined[-1] = TimeSpan(starts_at=joined[-1].starts_at, ends_at=ends_at)
            else:
                joined.append(span)
        return tuple(joined)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement(Generic[Owner]):
    """What sounds in a class of zones until an instant."""

    ends_at: datetime
    priority: int
    owner: Owner


class Running(Generic[Owner]):
    """What still sounds in each class of zones; asked in the order of time, it forgets no long programme."""

    def __init__(self) -> None:
        self._placed: dict[int, list[Placement[Owner]]] = defaultdict(list)

    def at(self, key: int, instant: datetime) -> list[Placement[Owner]]:
        """All that has begun and still sounds at the instant, the earliest first; back to back is over."""
        placed = self._placed[key]
        if placed:
            placed[:] = [other for other in placed if other.ends_at > instant]
        return list(placed)

    def add(self, key: int, placement: Placement[Owner]) -> None:
        """Let something sound in a class of zones."""
        self._placed[key].append(placement)

    def remove(self, key: int, owner: Owner) -> None:
        """Let it be silent there after all."""
        self._placed[key] = [other for other in self._placed[key] if other.owner is not owner]
