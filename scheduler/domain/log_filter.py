"""What somebody wants to see of the as-run log: a value that the page, the query and the exported file share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from scheduler.domain.playout import EntryKind, Reason
from scheduler.errors import BadPeriod, PeriodTooLong

MOST_DAYS = 731
"""So many days are looked through at once: two years, whatever the number of zones."""


class Ending(StrEnum):
    """What a delivery came to, as people look for it; a corrected one is found by what the correction says."""

    SOUNDED = "sounded"
    PARTIAL = "partial"
    """Not all of it, whatever the cause: interrupted ones among them, as tallies count them."""
    INTERRUPTED = "interrupted"
    MISSED = "missed"
    """Nothing of it: failed ones among them."""
    FAILED = "failed"
    CORRECTED = "corrected"
    """Corrected at least once, whatever it came to."""
    WAITING = "waiting"
    """In the plan, and nobody has reported it yet."""


KINDS: Mapping[Ending, frozenset[EntryKind]] = {
    Ending.SOUNDED: frozenset({EntryKind.SOUNDED}),
    Ending.PARTIAL: frozenset({EntryKind.PARTIAL, EntryKind.INTERRUPTED}),
    Ending.INTERRUPTED: frozenset({EntryKind.INTERRUPTED}),
    Ending.MISSED: frozenset({EntryKind.MISSED, EntryKind.FAILED}),
    Ending.FAILED: frozenset({EntryKind.FAILED}),
}
"""What the station itself wrote of such a delivery; a correction speaks by its seconds."""


class Sort(StrEnum):
    """Which broadcasts, by what they are for."""

    ORDINARY = "ordinary"
    EXERCISE = "exercise"
    EMERGENCY = "emergency"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogFilter:
    """Lines of the log from one local day to another (both included); what is None or empty does not limit."""

    first: date
    last: date
    place: str = ""
    """A zone's code, or part of its code or name, without diacritics if need be."""
    area_id: int | None = None
    language: str = ""
    ending: Ending | None = None
    reason: Reason | None = None
    series_id: int | None = None
    sort: Sort | None = None
    airing_id: UUID | None = None
    """One airing only: all its zones."""

    @property
    def asks_what_happened(self) -> bool:
        """Tell whether only deliveries that somebody reported can fit."""
        return (self.ending is not None and self.ending is not Ending.WAITING) or self.reason is not None

    @property
    def asks_what_waits(self) -> bool:
        """Tell whether only deliveries that nobody reported yet can fit."""
        return self.ending is Ending.WAITING


def check_period(wanted: LogFilter) -> None:
    """Raises `BadPeriod`, `PeriodTooLong`; one airing may be asked for whatever the days."""
    if wanted.last < wanted.first:
        raise BadPeriod(first=f"{wanted.first:%d/%m/%Y}", last=f"{wanted.last:%d/%m/%Y}")
    if wanted.airing_id is None and (wanted.last - wanted.first).days >= MOST_DAYS:
        raise PeriodTooLong(field="last", days=MOST_DAYS)
