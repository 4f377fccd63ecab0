"""On which local days a slot recurs, and at which instants: the only user of dateutil's rrule."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import dropwhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from scheduler.domain.time import local_instant
from scheduler.errors import BadRecurrence

LAST_DAY = date(9999, 12, 31)
_DAYS_OF_400_YEARS = 146_097  # the calendar repeats after 400 years, weekdays included
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TIME_OF_DAY = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_PARTS = frozenset(
    {
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "WKST",
        "BYDAY",
        "BYMONTH",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYSETPOS",
    }
)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurrence:
    """The days of a slot: an RFC 5545 rule that begins on `valid_from` and holds to the day before `valid_to`.

    The time of day is the slot's, in the station's zone: a wall time that a clock change skips becomes the first
    instant after it, one that comes twice is the first of the two.
    """

    rule: str
    starts_at_local: time
    valid_from: date
    valid_to: date | None
    zone: ZoneInfo

    def __post_init__(self) -> None:
        _check_ever_happens(_parts_of(self.rule), self.valid_from)

    def between(self, first: date, last: date) -> Iterator[tuple[date, datetime]]:
        """The occurrences on the local days from first to last, both included: day and instant, in order."""
        parts = _parts_of(self.rule)
        first = max(first, self.valid_from)
        if self.valid_to is not None:
            last = min(last, self.valid_to - timedelta(days=1))
        until = _until_of(parts, self.zone)
        for day in _days(parts, self.valid_from, first, last):
            instant = local_instant(day, self.starts_at_local, self.zone)
            if until is not None and instant > until:
                return
            yield day, instant

    def find(self, day: date) -> datetime | None:
        """The instant of the occurrence on that day, before any exception; None when there is none."""
        return next((instant for _, instant in self.between(day, day)), None)

    def check_happens(self) -> None:
        """Raises `BadRecurrence` when the rule names no day within its dates."""
        if next(self.between(self.valid_from, LAST_DAY), None) is None:
            raise BadRecurrence(rrule=self.rule, reason="never")


def weekly_on(days: str) -> str:
    """The rule for days of the week as people type them: `MO,TH`. Raises `BadRecurrence`."""
    rule = f"FREQ=WEEKLY;BYDAY={days.replace(' ', '').upper()}"
    _parsed(_parts_of(rule), date(2026, 1, 1))
    return rule


def _days(parts: dict[str, str], begins: date, first: date, last: date) -> Iterator[date]:
    if last < first:
        return
    anchor = begins if "COUNT" in parts else _nearer_anchor(parts, begins, first)
    found = (instant.date() for instant in _parsed(parts, anchor))
    for day in dropwhile(lambda day: day < first, found):
        if day > last:
            return
        yield day


def _nearer_anchor(parts: dict[str, str], begins: date, first: date) -> date:
    """A later day from which the rule goes on just the same: a slot of many years is not walked from its start."""
    days = {"DAILY": 1, "WEEKLY": 7}.get(parts["FREQ"])
    if days is None or "BYSETPOS" in parts:
        return begins
    step = days * int(parts.get("INTERVAL", "1"))
    return begins + timedelta(days=max(0, ((first - begins).days - step) // step * step))


def _check_ever_happens(parts: dict[str, str], begins: date) -> None:
    """Raises `BadRecurrence` for a rule without any date, such as 30 February.

    dateutil searches such a rule up to the year 9999, millions of days; the same weekdays come again every 400 years,
    so it is enough to look at the last of them, with the beginning moved by whole intervals.
    """
    if int(parts.get("INTERVAL", "1")) < 1 or int(parts.get("COUNT", "1")) < 1:
        raise BadRecurrence(rrule=_told(parts), reason="form")
    if next(iter(_parsed(parts, _last_cycle(parts, begins))), None) is None:
        raise BadRecurrence(rrule=_told(parts), reason="never")


def _last_cycle(parts: dict[str, str], begins: date) -> date:
    interval = int(parts.get("INTERVAL", "1"))
    cycles = (LAST_DAY.year - begins.year - 1) // 400
    return begins + timedelta(days=cycles // interval * interval * _DAYS_OF_400_YEARS)


def _parsed(parts: dict[str, str], begins: date) -> rrule:
    rule = _told({name: value for name, value in parts.items() if name != "UNTIL"})
    try:
        parsed = rrulestr(rule, dtstart=datetime.combine(begins, time.min))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise BadRecurrence(rrule=rule, reason="form") from error
    if not isinstance(parsed, rrule):
        raise BadRecurrence(rrule=rule, reason="not_a_rule")
    return parsed


def _parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule by name, checked for what a slot may say. Raises `BadRecurrence`."""
    text = rule.strip().upper().removeprefix("RRULE:")
    if not text or any(character.isspace() for character in text) or ":" in text:
        raise BadRecurrence(rrule=rule, reason="not_a_rule")
    split = [part.partition("=") for part in text.split(";") if part]
    parts = {name: value for name, _, value in split}
    if _TIME_OF_DAY & parts.keys():
        raise BadRecurrence(rrule=rule, reason="time_of_day")
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadRecurrence(rrule=rule, reason="frequency")
    well_formed = len(parts) == len(split) and parts.keys() <= _PARTS and all(parts.values())
    numbers = all(parts.get(name, "1").isdecimal() for name in ("INTERVAL", "COUNT"))
    if not well_formed or not numbers or {"COUNT", "UNTIL"} <= parts.keys():
        raise BadRecurrence(rrule=rule, reason="form")
    _until_of(parts, ZoneInfo("UTC"))
    return parts


def _until_of(parts: dict[str, str], zone: ZoneInfo) -> datetime | None:
    """The last instant the rule allows: a day means all of it, a time is the station's unless it says Z."""
    text = parts.get("UNTIL")
    if text is None:
        return None
    found = _UNTIL.fullmatch(text)
    if found is None:
        raise BadRecurrence(rrule=_told(parts), reason="form")
    try:
        day = datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date()
        at = time.max if found[2] is None else datetime.strptime(found[2], "%H%M%S").replace(tzinfo=UTC).time()
    except ValueError as error:
        raise BadRecurrence(rrule=_told(parts), reason="form") from error
    return datetime.combine(day, at, tzinfo=UTC) if found[3] else local_instant(day, at, zone)


def _told(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())
