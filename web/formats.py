"""How instants, lengths, numbers and codes are written on a page: dd/mm/yyyy, 24 hours, the station's time zone."""

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask

from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.labels import label, tell

DAY_SECONDS = 86_400
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def write_remaining(lasts: timedelta) -> str:
    """A length as minutes and seconds (`03:05`), with hours and days only where there are any."""
    seconds = max(0, math.ceil(lasts.total_seconds()))
    if seconds >= DAY_SECONDS:
        days, seconds = divmod(seconds, DAY_SECONDS)
        return f"{days} ngày {seconds // 3600} giờ"
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def write_number(value: int) -> str:
    """A whole number with dots between thousands: `1.347`."""
    return f"{value:,}".replace(",", ".")


def write_day(day: date) -> str:
    """A day as `24/11/2026`."""
    return f"{day:%d/%m/%Y}"


def write_weekday(day: date) -> str:
    """The Vietnamese name of a day's weekday."""
    return WEEKDAYS[day.weekday()]


def write_language(code: str | None) -> str:
    """The Vietnamese name of a language; its code where it has none."""
    return "" if code is None else LANGUAGE_NAMES.get(code, {}).get("vi", code)


def write_languages(codes: Iterable[str]) -> str:
    """The Vietnamese names of several languages."""
    return ", ".join(write_language(code) for code in codes)


def register(app: Flask, *, zone: ZoneInfo) -> None:
    """Give the templates these ways of writing, in the station's time zone."""

    def at_station(instant: datetime) -> datetime:
        return instant.astimezone(zone)

    app.jinja_env.filters.update(
        clock_time=lambda instant: f"{at_station(instant):%H:%M:%S}",
        hour=lambda instant: f"{at_station(instant):%H:%M}",
        day=lambda instant: write_day(at_station(instant).date()),
        weekday=lambda instant: write_weekday(at_station(instant).date()),
        iso=lambda instant: at_station(instant).isoformat(),
        local_date=lambda instant: at_station(instant).date(),
        remaining=write_remaining,
        number=write_number,
        language=write_language,
        languages=write_languages,
        label=label,
        tell=lambda problem: tell(problem, zone=zone),
    )
    app.jinja_env.globals["zone_name"] = zone.key
