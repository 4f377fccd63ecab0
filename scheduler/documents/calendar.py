"""The plan as an iCalendar feed (RFC 5545): one entry a broadcast, under a name that stays when it is moved."""

from datetime import datetime, timedelta

from icalendar import Calendar, Event

from scheduler.documents.report_words import language_of
from scheduler.domain.week import Entry, EntryState
from scheduler.labels import label
from scheduler.services.week import Week

BEFORE, AFTER = timedelta(days=7), timedelta(days=28)
"""What of the plan a feed tells: a week past and four to come."""
_USUAL_LENGTH = timedelta(minutes=15)
_READ_AGAIN = timedelta(minutes=30)
_STATUS = {EntryState.CANCELLED: "CANCELLED", EntryState.EMPTY: "TENTATIVE", EntryState.EXPECTED: "TENTATIVE"}
_NO_TIME_WHEN = frozenset({EntryState.CANCELLED, EntryState.EMPTY})


def write_feed(week: Week, *, name: str, host: str, made_at: datetime) -> bytes:
    """The entries as a calendar; `host` makes their names unique in the world."""
    calendar = Calendar()
    calendar.add("prodid", "-//Loa Ban//Lich phat song//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("name", name)
    calendar.add("refresh-interval", _READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT30M")
    for entry in week.entries:
        calendar.add_component(_event(entry, host, made_at))
    return bytes(calendar.to_ical())


def _event(entry: Entry, host: str, made_at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{_key(entry)}@{host}")
    event.add("dtstamp", made_at)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at or entry.starts_at + _USUAL_LENGTH)
    event.add("summary", _summary(entry))
    event.add("description", _describe(entry))
    event.add("status", _STATUS.get(entry.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT" if entry.state in _NO_TIME_WHEN else "OPAQUE")
    return event


def _key(entry: Entry) -> str:
    """A date of a slot stays the same before and after the plan is written, and wherever it is moved to."""
    if entry.slot_id is not None and entry.occurrence_on is not None:
        return f"khung-gio-{entry.slot_id}-{entry.occurrence_on:%Y%m%d}"
    return f"buoi-phat-{entry.broadcast_id}"


def _summary(entry: Entry) -> str:
    told = entry.title if entry.episode is None else f"{entry.title}: số {entry.episode.number}/{entry.episode.year}"
    return f"[phát thử] {told}" if entry.exercise else told


def _describe(entry: Entry) -> str:
    lines = [label(entry.state)]
    if entry.episode is not None:
        lines.append(entry.episode.title)
    if entry.languages:
        lines.append(", ".join(language_of(code) for code in sorted(entry.languages, key=lambda code: code != "vi")))
    if entry.zones:
        lines.append(f"{entry.zones} vùng phát")
    if entry.reason:
        lines.append(entry.reason)
    return "\n".join(lines)
