"""What keeps a programme out of a zone: hours in which it may not sound, and another programme that still runs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import Hours, allowed_spans

Owner = TypeVar("Owner")


class AllowedHours:
    """Answers for many programmes whether they lie in allowed hours; each day of the same hours is worked out once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._spans: dict[tuple[Hours, date], tuple[tuple[datetime, datetime], ...]] = {}

    def allow(self, hours: Hours, day: date, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether all of [starts_at, ends_at) lies in allowed hours; stretches that touch count as one.

        `day` is the local day of the start.
        """
        key = (hours, day)
        if key not in self._spans:
            self._spans[key] = self._joined(hours, day)
        for begins_at, closes_at in self._spans[key]:
            if starts_at < closes_at:
                return begins_at <= starts_at and ends_at <= closes_at
        return False

    def _joined(self, hours: Hours, day: date) -> tuple[tuple[datetime, datetime], ...]:
        joined: list[tuple[datetime, datetime]] = []
        for span in allowed_spans(hours, day, day + timedelta(days=1), self._zone):
            if joined and span.starts_at <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], span.ends_at))
            else:
                joined.append((span.starts_at, span.ends_at))
        return tuple(joined)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement(Generic[Owner]):
    """What sounds in a class of zones until an instant."""

    ends_at: datetime
    priority: int
    owner: Owner


class Running(Generic[Owner]):
    """What still sounds in each class of zones, asked in the order of time.

    Two programmes never sound in a class at once, so the last one placed is the only one that can be still running,
    however long ago it began; of two that are fixed and overlap all the same, the longer one is remembered.
    """

    def __init__(self) -> None:
        self._last: dict[int, Placement[Owner]] = {}

    def at(self, key: int, instant: datetime) -> Placement[Owner] | None:
        """What has begun and still sounds at the instant; back to back is over."""
        last = self._last.get(key)
        return None if last is None or last.ends_at <= instant else last

    def add(self, key: int, placement: Placement[Owner]) -> None:
        """Let something sound in a class of zones."""
        last = self._last.get(key)
        if last is None or last.ends_at <= placement.ends_at:
            self._last[key] = placement

    def remove(self, key: int) -> None:
        """Let what sounds there be silent after all."""
        del self._last[key]
