"""Findings and choices of a plan in sentences for a person; the sentences themselves are in `wording`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import tell_hours
from scheduler.domain.planning import Finding, FindingCode
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.errors import NothingToPlan
from scheduler.wording import word

_WEEKDAYS = {
    "MO": "thứ Hai",
    "TU": "thứ Ba",
    "WE": "thứ Tư",
    "TH": "thứ Năm",
    "FR": "thứ Sáu",
    "SA": "thứ Bảy",
    "SU": "Chủ nhật",
}

_WEEKDAYS_IN_ENGLISH = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_NAMES = {"vi": _WEEKDAYS, "en": _WEEKDAYS_IN_ENGLISH}
_DAILY = {"vi": "hằng ngày", "en": "every day"}

_KEPT = {
    True: {"vi": "buổi này được giữ", "en": "this one is kept"},
    False: {"vi": "buổi này bị bỏ ở các vùng đó", "en": "this one is left out there"},
}


def word_finding(finding: Finding, *, zone: ZoneInfo, language: str = "vi") -> str:
    """What was found, without saying of which broadcast and zones."""
    facts = {name: _told(value, zone) for name, value in finding.facts.items()}
    given = finding.facts.get("language")
    if given is not None:
        facts["language_name"] = LANGUAGE_NAMES.get(str(given), {}).get(language, str(given))
    code = finding.code.value
    if finding.code is FindingCode.OVERLAP:
        facts["other_starts"] = facts["other_starts_at"]
        facts["kept"] = _KEPT[bool(finding.facts["kept"])][language]
    elif finding.code is FindingCode.OUTSIDE_ALLOWED_HOURS:
        hours = finding.facts["hours"]
        facts |= {"starts": facts["starts_at"], "ends": facts["ends_at"], "hours": tell_hours(hours)}  # type: ignore[arg-type]
    elif finding.code is FindingCode.DURATION_OUTSIDE_RULE:
        code = "planned_duration_outside_rule"
    return word(code, facts, language=language)


def in_words(error: NothingToPlan, *, zone: ZoneInfo, language: str = "vi") -> NothingToPlan:
    """The refusal with what was found told in sentences instead of codes."""
    found: Sequence[Any] = error.facts.get("found", ())  # type: ignore[assignment]
    told = dict.fromkeys(word_finding(item, zone=zone, language=language) for item in found)
    return NothingToPlan(findings=" ".join(told))


def word_days(rule: str, *, language: str = "vi") -> str:
    """The days of a recurrence as people say them: “thứ Hai, thứ Năm”; the rule itself when it says more than that."""
    days = weekdays_of(rule)
    if days is None:
        return rule
    names = _NAMES[language]
    return _DAILY[language] if len(days) == len(names) else ", ".join(names[day] for day in days)


def weekdays_of(rule: str) -> tuple[str, ...] | None:
    """The weekdays (`MO`, …) of a rule that says nothing but weekdays, in their order; None for any other."""
    parts = dict(part.split("=", 1) for part in rule.removeprefix("RRULE:").split(";") if part)
    frequency, days = parts.pop("FREQ", ""), parts.pop("BYDAY", "")
    if parts.pop("INTERVAL", "1") != "1" or parts:
        return None
    if frequency == "DAILY" and not days:
        return tuple(_WEEKDAYS)
    named = set(days.split(","))
    if frequency != "WEEKLY" or not named <= _WEEKDAYS.keys():
        return None
    return tuple(day for day in _WEEKDAYS if day in named)


def word_why(why: Mapping[str, object], *, language: str = "vi") -> str:
    """Why an episode was chosen."""
    facts = dict(why)
    on = facts.get("occurrence")
    if isinstance(on, str):
        facts["occurrence"] = f"{date.fromisoformat(on):%d/%m/%Y}"
    return word(f"why_{why.get('code')}", facts, language=language)


def _told(value: object, zone: ZoneInfo) -> object:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%H:%M}"
    if isinstance(value, float):
        return f"{value:.0f}"
    return value
