"""How instants, lengths, numbers and codes are written on a page: dd/mm/yyyy, 24 hours, the station's time zone."""

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask import Flask

from scheduler.domain.counting import tell_share
from scheduler.domain.coverage import LoudspeakerState, ZoneState, tell_hours
from scheduler.domain.fleet import FleetState
from scheduler.domain.playout import EntryKind
from scheduler.domain.programme import LANGUAGE_NAMES, Decision, EditionState, IngestState, RecordingState, Verdict
from scheduler.domain.station import Problem
from scheduler.domain.status import Standing
from scheduler.domain.village import CommandOutcome
from scheduler.labels import label, label_missed
from scheduler.problem_words import tell
from scheduler.recording_words import progress_of, sentences_of, write_figure, write_minutes
from web.form_words import in_words
from web.translations import page_language

DAY_SECONDS = 86_400
WEEKDAYS = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
LONG_LENGTHS = {"vi": "{days} ngày {hours} giờ", "en": "{days} d {hours} h"}
GOOD, WARN, BAD, PLAIN = "good", "warn", "bad", ""
# By kind: members of two enums may be equal as texts.
TONES: dict[type[StrEnum], dict[str, str]] = {
    EntryKind: {
        EntryKind.SOUNDED: GOOD,
        EntryKind.CORRECTION: GOOD,
        EntryKind.PARTIAL: WARN,
        EntryKind.INTERRUPTED: WARN,
        EntryKind.MISSED: BAD,
        EntryKind.FAILED: BAD,
    },
    Standing: {
        Standing.TO_COME: PLAIN,
        Standing.UNREPORTED: WARN,
        Standing.AWAITED: BAD,
        Standing.ON_AIR: GOOD,
        Standing.ENDED: PLAIN,
        Standing.CANCELLED: WARN,
    },
    EditionState: {
        EditionState.DRAFT: PLAIN,
        EditionState.MEASURED: PLAIN,
        EditionState.SUBMITTED: WARN,
        EditionState.APPROVED: GOOD,
        EditionState.REJECTED: BAD,
        EditionState.WITHDRAWN: BAD,
    },
    Decision: {Decision.APPROVED: GOOD, Decision.REJECTED: BAD, Decision.WITHDRAWN: BAD},
    Verdict: {Verdict.ACCEPTED: GOOD, Verdict.FLAGGED: WARN, Verdict.REFUSED: BAD},
    ZoneState: {
        ZoneState.PAUSED: PLAIN,
        ZoneState.ON_AIR: GOOD,
        ZoneState.NO_PLAYER: WARN,
        ZoneState.BOX_TROUBLE: BAD,
        ZoneState.OFFLINE: WARN,
        ZoneState.FILES_LACKING: WARN,
        ZoneState.CARRIER_DOWN: BAD,
        ZoneState.SILENT: BAD,
        ZoneState.NO_LOUDSPEAKER: WARN,
        ZoneState.READY: PLAIN,
    },
    LoudspeakerState: {
        LoudspeakerState.WORKING: GOOD,
        LoudspeakerState.BROKEN: BAD,
        LoudspeakerState.REMOVED: PLAIN,
    },
    FleetState: {
        FleetState.TROUBLE: BAD,
        FleetState.OFFLINE: WARN,
        FleetState.NEVER_SEEN: WARN,
        FleetState.NO_PLAYER: PLAIN,
        FleetState.ON_AIR: GOOD,
        FleetState.ONLINE: PLAIN,
    },
    CommandOutcome: {CommandOutcome.DONE: GOOD, CommandOutcome.REFUSED: BAD, CommandOutcome.EXPIRED: WARN},
    RecordingState: dict.fromkeys(RecordingState, PLAIN),
    IngestState: {**dict.fromkeys(IngestState, PLAIN), IngestState.FAILED: BAD},
}
"""The colour of a mark; its words say the same."""


def write_remaining(lasts: timedelta, *, language: str = "vi") -> str:
    """A length as minutes and seconds (`03:05`), with hours and days only where there are any."""
    seconds = max(0, math.ceil(lasts.total_seconds()))
    if seconds >= DAY_SECONDS:
        days, seconds = divmod(seconds, DAY_SECONDS)
        return LONG_LENGTHS[language].format(days=days, hours=seconds // 3600)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def write_number(value: int) -> str:
    """A whole number with dots between thousands: `1.347`."""
    return f"{value:,}".replace(",", ".")


def write_day(day: date) -> str:
    """A day as `24/11/2026`."""
    return f"{day:%d/%m/%Y}"


def write_weekday(day: date, *, language: str = "vi") -> str:
    """The name of a day's weekday."""
    return WEEKDAYS[language][day.weekday()]


def write_language(code: str | None, *, told_in: str = "vi") -> str:
    """The name of a language; its code where it has none."""
    return "" if code is None else LANGUAGE_NAMES.get(code, {}).get(told_in, code)


def write_languages(codes: Iterable[str], *, told_in: str = "vi") -> str:
    """The names of several languages."""
    return ", ".join(write_language(code, told_in=told_in) for code in codes)


def tone_of(value: StrEnum) -> str:
    """The class of the mark that shows an outcome: good, warn, bad, or none."""
    return TONES[type(value)][value]


def register(app: Flask, *, zone: ZoneInfo) -> None:
    """Give the templates these ways of writing, in the station's time zone and the page's language."""

    def at_station(instant: datetime) -> datetime:
        return instant.astimezone(zone)

    def tell_problem(problem: Problem) -> str:
        return tell(problem, zone=zone, language=page_language())

    app.jinja_env.filters.update(
        clock_time=lambda instant: f"{at_station(instant):%H:%M:%S}",
        hour=lambda instant: f"{at_station(instant):%H:%M}",
        day=lambda instant: write_day(at_station(instant).date()),
        weekday=lambda instant: write_weekday(at_station(instant).date(), language=page_language()),
        iso=lambda instant: at_station(instant).isoformat(),
        local_date=lambda instant: at_station(instant).date(),
        remaining=lambda lasts: write_remaining(lasts, language=page_language()),
        number=write_number,
        on_day=write_day,
        field_error=in_words,
        share=lambda part: tell_share(part, 1),
        why_missed=lambda code: label_missed(code, language=page_language()),
        minutes=write_minutes,
        figure=lambda value, name: write_figure(name, value, language=page_language()),
        progress=progress_of,
        sentences=lambda recording: sentences_of(recording, language=page_language()),
        language=lambda code: write_language(code, told_in=page_language()),
        languages=lambda codes: write_languages(codes, told_in=page_language()),
        label=lambda value: label(value, language=page_language()),
        tone=tone_of,
        hours=lambda hours: tell_hours(hours) if hours else "",
        tell=tell_problem,
    )
    app.jinja_env.globals["zone_name"] = zone.key
