"""How a problem of the station is told to a person: a sentence with instants and names as people write them."""

from datetime import date, datetime
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.fleet import Lack
from scheduler.domain.planning import Finding
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.station import Problem
from scheduler.fleet_words import tell_lack, tell_problem
from scheduler.labels import LABELS, label
from scheduler.plan_words import word_finding
from scheduler.wording import WORDING, word

ABOUT_BOXES = frozenset({"village_problem", "village_many_problem"})
ABOUT_CARRIERS = frozenset({"carrier_down", "carrier_problem"})


def tell(problem: Problem, *, zone: ZoneInfo, language: str = "vi") -> str:
    """The sentence for a problem, with its instants and days written as people at the station write them.

    An alarm of a kind that has no sentence of its own is named as it is.
    """
    facts = {name: _as_written(value, zone=zone, language=language) for name, value in problem.facts.items()}
    spoken = LANGUAGE_NAMES.get(str(facts.get("language", "")))
    if spoken is not None:
        facts["language"] = spoken[language]
    if problem.code in ABOUT_CARRIERS and facts.get("name") in set(CarrierKind):
        facts["name"] = label(CarrierKind(str(facts["name"])), language=language)
    if problem.code in ABOUT_BOXES:
        facts["problem"] = tell_problem(str(facts.get("problem", "")), language=language)
    code = problem.code if "kind" not in facts or problem.code in WORDING else "alarm"
    return word(code, facts, language=language) + _seen_to(problem, language=language)


def _seen_to(problem: Problem, *, language: str) -> str:
    """Who said that they see to it, if somebody did."""
    name = problem.facts.get("seen_to_by")
    if not name:
        return ""
    return f" ({name} đang xử lý.)" if language == "vi" else f" ({name} sees to it.)"


def _as_written(value: object, *, zone: ZoneInfo, language: str) -> object:
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return f"{local:%H:%M:%S %d/%m/%Y}" if local.second else f"{local:%H:%M %d/%m/%Y}"
    if isinstance(value, Lack):
        return tell_lack(value, zone=zone, language=language)
    if isinstance(value, Finding):
        return word_finding(value, zone=zone, language=language)
    if isinstance(value, StrEnum | IntEnum) and type(value) in LABELS:
        return label(value, language=language)
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else value
