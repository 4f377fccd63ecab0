"""What a player knows of itself, in lines for whoever stands at the box."""

from collections.abc import Iterable, Mapping
from typing import Any

from scheduler.fleet_words import Words, tell_problem, word_clock

_LINES: Mapping[str, Words] = {
    "running": {"vi": "{zone_name} ({zone_code}): đang chạy", "en": "{zone_name} ({zone_code}): running"},
    "stopped": {"vi": "{zone_name} ({zone_code}): không chạy", "en": "{zone_name} ({zone_code}): not running"},
    "connected": {"vi": "Đã nối với đài.", "en": "Linked to the station."},
    "alone": {
        "vi": "Chưa nối được với đài; vẫn phát theo kế hoạch đã nhận.",
        "en": "No link to the station; plays on by the plan it has.",
    },
    "time": {
        "vi": "Giờ: {source}; đồng hồ máy lệch {offset} giây.",
        "en": "Time: {source}; the computer's clock is {offset} s off.",
    },
    "plan": {"vi": "Kế hoạch số {plan_version}, đến {plan_until}.", "en": "Plan {plan_version}, until {plan_until}."},
    "no_plan": {"vi": "Chưa có kế hoạch.", "en": "No plan yet."},
    "files": {
        "vi": "Tệp cho 24 giờ tới: {files_ready}/{files_wanted}.",
        "en": "Files of the next 24 hours: {files_ready}/{files_wanted}.",
    },
    "journal": {"vi": "Nhật ký chờ gửi: {journal_waiting} dòng.", "en": "Journal rows that wait: {journal_waiting}."},
    "problems": {"vi": "Cần xem:", "en": "To look at:"},
}


def tell_status(told: Mapping[str, Any], *, language: str) -> Iterable[str]:
    """What `audio.village.local_status.read_status` has read, line by line."""
    yield _line("running" if told["running"] else "stopped", told, language)
    if "connected" in told:
        yield from _tell_running(told, language)
    yield _line("plan" if told.get("plan_version") else "no_plan", told, language)
    for item in told.get("next", ()):
        yield f"  {item['starts_at']}  {item['title']}"
    if "journal_waiting" in told:
        yield _line("journal", told, language)
    if "rows" in told:
        yield str(told["rows"])


def _tell_running(told: Mapping[str, Any], language: str) -> Iterable[str]:
    yield _line("connected" if told["connected"] else "alone", told, language)
    health = told.get("health") or {}
    clock = health.get("clock") or {"source": "none"}
    about = {"source": word_clock(clock["source"], language=language), "offset": clock.get("offset_s", "–")}
    yield _line("time", about, language)
    yield _line("files", told, language)
    if problems := health.get("problems"):
        yield _line("problems", told, language)
        for problem in problems:
            yield f"  {tell_problem(problem, language=language)}"


def _line(name: str, told: Mapping[str, Any], language: str) -> str:
    return _LINES[name][language].format_map(told)
