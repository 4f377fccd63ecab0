"""Instants, stretches of time and the station's local days; instants are aware, stretches half-open."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STATION_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class TimeSpan:
    """A half-open stretch of time [starts_at, ends_at) between aware instants."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.utcoffset() is None or self.ends_at.utcoffset() is None:
            raise ValueError("a time span needs aware instants")
        if self.ends_at < self.starts_at:
            raise ValueError("a time span ends before it starts")

    @property
    def lasts(self) -> timedelta:
        """How long the stretch is."""
        return self.ends_at - self.starts_at

    def overlaps(self, other: "TimeSpan") -> bool:
        """Tell whether the two share an instant; back to back is not an overlap."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def contains(self, instant: datetime) -> bool:
        """Tell whether the instant lies in the stretch; the end does not."""
        return self.starts_at <= instant < self.ends_at


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall time on a day; a time that a clock change skips becomes the first one after it."""
    wall = datetime.combine(day, at)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    return _first_after_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _first_after_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock was put forward, to the second, between one before and one after it."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant at the station."""
    return instant.astimezone(zone).date()


def local_month(instant: datetime, zone: ZoneInfo) -> str:
    """The calendar month of an instant at the station, as `YYYY-MM`."""
    return f"{instant.astimezone(zone):%Y-%m}"


def day_span(first: date, last: date, zone: ZoneInfo) -> TimeSpan:
    """The stretch from the start of the first local day to the end of the last one (both included)."""
    return TimeSpan(
        starts_at=local_instant(first, time(0), zone),
        ends_at=local_instant(last + timedelta(days=1), time(0), zone),
    )


def latest_night(instant: datetime, at: time, zone: ZoneInfo) -> date:
    """The latest local day on which this time of day has passed by then: changes once a night, at that time."""
    local = instant.astimezone(zone)
    return local.date() if local.time() >= at else local.date() - timedelta(days=1)
