"""When an airing counts: the counting rule as a value, and what deliveries and airings come to under it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from scheduler.domain.planning import Priority
from scheduler.domain.playout import EntryKind, Evidence
from scheduler.domain.programme import LANGUAGE_NAMES

Value = TypeVar("Value")

FULL_SHARE = 0.99
"""From this share on a person's figure means the whole edition: people write whole seconds."""
SECONDS_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """The counting rule: at least one zone sounded so much of the edition, known at least so well."""

    number: int
    least_share: float
    least_evidence: Evidence
    valid_from: date | None = None
    """The first local day whose airings it is for; None: all days."""

    @property
    def accepted(self) -> tuple[Evidence, ...]:
        """The levels of evidence the rule accepts."""
        return tuple(level for level in Evidence if level.at_least(self.least_evidence))


FIRST_RULE = Rule(number=1, least_share=0.9, least_evidence=Evidence.HANDED_OVER)
"""What holds until a station adopts another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleDays:
    """Days, both included, that are counted by one rule; None for no bound."""

    rule: Rule
    first: date | None
    last: date | None


def rule_on(rules: Iterable[Rule], day: date) -> Rule:
    """The rule that airings of a local day are counted by: of those whose day has come, the one adopted last."""
    held = [rule for rule in rules if rule.valid_from is None or rule.valid_from <= day]
    return max(held, key=lambda rule: rule.number, default=FIRST_RULE)


def rule_days(rules: Sequence[Rule], *, first: date | None = None, last: date | None = None) -> list[RuleDays]:
    """Which days each rule is for, in order and without a gap; of a period, those of its days."""
    begins = sorted({rule.valid_from for rule in rules if rule.valid_from is not None})
    inside = [day for day in begins if (first is None or day > first) and (last is None or day <= last)]
    stretches: list[RuleDays] = []
    for start, until in zip([first, *inside], [*(day - timedelta(days=1) for day in inside), last], strict=True):
        rule = rule_on(rules, date.min if start is None else start)
        if stretches and stretches[-1].rule == rule:
            stretches[-1] = replace(stretches[-1], last=until)
        else:
            stretches.append(RuleDays(rule=rule, first=start, last=until))
    return stretches


class Outcome(StrEnum):
    """What a delivery comes to, whatever the kind of its entry."""

    SOUNDED = "sounded"
    PARTIAL = "partial"
    MISSED = "missed"


class Shortfall(StrEnum):
    """Why an airing does not count where no reason of the log says it."""

    NOT_PROVEN = "not_proven"
    """It sounded, and what is known of it is less than the rule asks."""


class Apart(StrEnum):
    """What is counted by itself and never among a series' airings."""

    NO = ""
    EXERCISE = "exercise"
    EMERGENCY = "emergency"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """An entry of the as-run log as the rule sees it: how much one zone sounded, and how well that is known."""

    zone_id: int
    kind: EntryKind
    seconds_planned: float
    seconds_sounded: float
    evidence: Evidence
    attempt: int = 1


def apart_of(*, priority: int, exercise: bool) -> Apart:
    """Where an airing is counted; an exercise of an emergency is an exercise."""
    if exercise:
        return Apart.EXERCISE
    return Apart.EMERGENCY if priority >= Priority.EMERGENCY else Apart.NO


def share_of(*, sounded: float, planned: float) -> float:
    """How much of the edition sounded, 0…1; a stretch repeated after a pause does not make more than the whole."""
    return min(sounded / planned, 1.0) if planned > 0 else 0.0


def outcome_of(kind: EntryKind, *, sounded: float, planned: float) -> Outcome:
    """What an entry says became of the delivery; a correction speaks by its seconds."""
    if kind is EntryKind.SOUNDED:
        return Outcome.SOUNDED
    if kind in (EntryKind.MISSED, EntryKind.FAILED):
        return Outcome.MISSED
    if kind is EntryKind.CORRECTION:
        return outcome_by_share(sounded=sounded, planned=planned)
    return Outcome.PARTIAL


def outcome_by_share(*, sounded: float, planned: float) -> Outcome:
    """What became of a delivery of which only the seconds are known, as a person tells them."""
    if sounded <= 0:
        return Outcome.MISSED
    whole = sounded >= planned * FULL_SHARE - SECONDS_TOLERANCE
    return Outcome.SOUNDED if whole else Outcome.PARTIAL


def delivery_counts(*, sounded: float, planned: float, evidence: Evidence, rule: Rule) -> bool:
    """Tell whether one zone alone is enough for its airing to count."""
    enough = planned > 0 and sounded >= rule.least_share * planned - SECONDS_TOLERANCE
    return enough and sounded > 0 and evidence.at_least(rule.least_evidence)


def effective(deliveries: Iterable[Delivered]) -> list[Delivered]:
    """The entry that holds for each zone: the one of the highest attempt."""
    latest: dict[int, Delivered] = {}
    for item in deliveries:
        if item.zone_id not in latest or item.attempt > latest[item.zone_id].attempt:
            latest[item.zone_id] = item
    return list(latest.values())


def airing_counts(deliveries: Iterable[Delivered], rule: Rule) -> bool:
    """Tell whether an airing counts, once, however many zones carried it and however often each was tried."""
    return any(
        delivery_counts(
            sounded=item.seconds_sounded, planned=item.seconds_planned, evidence=item.evidence, rule=rule
        )
        for item in effective(deliveries)
    )  # fmt: skip


def count_airings(airings: Iterable[Sequence[Delivered]], rule: Rule) -> int:
    """How many of these airings count; the same episode aired twice is two airings."""
    return sum(airing_counts(deliveries, rule) for deliveries in airings)


# --- what is told ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """What was made and broadcast from `first` to `last` (both included), by the rule."""

    first: date
    last: date
    produced: Mapping[str, int]
    """Editions first approved in the period, by language."""
    broadcast: Mapping[str, int]
    """Airings that count, by language."""
    planned: int
    missed_by_reason: Mapping[str, int]
    """Airings that do not count, by the code of a `Reason` or a `Shortfall`."""
    apart: Mapping[str, int]
    rule: Rule
    """The rule of the last day."""
    by_series: Mapping[str, int]
    """Airings that count, by the title of the series."""
    rule_days: Sequence[RuleDays] = ()
    """Which days of the period were counted by which rule; several where it changed in between."""

    @property
    def sentence(self) -> str:
        """The sentence of the official report, in Vietnamese."""
        return tell_count(self)

    @property
    def produced_total(self) -> int:
        """All editions made in the period."""
        return sum(self.produced.values())

    @property
    def broadcast_total(self) -> int:
        """All airings of the period that count."""
        return sum(self.broadcast.values())


def tell_count(count: Count, *, language: str = "vi") -> str:
    """The sentence of the official report about a period."""
    return _tell_in_english(count) if language == "en" else _tell_in_vietnamese(count)


def tell_number(number: int) -> str:
    """A count as official reports write it: 09, 45, 1.347."""
    return f"{number:02d}" if 0 < number < 10 else f"{number:,}".replace(",", ".")


def tell_day(day: date) -> str:
    """A day as official documents write it: days 1–9 and months 1–2 take a leading 0 (05/3/2021)."""
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


def tell_share(part: float, whole: float) -> str:
    """A share as reports write it: 97,4%, 100%."""
    return f"{part / whole * 100:.1f}".removesuffix(".0").replace(".", ",") + "%"


def tell_change(number: int, before: int, *, year: int, language: str = "vi") -> str:
    """How a number of times stands to that of the same period of the year before, `year`."""
    if language == "en":
        return _tell_change_in_english(number, before, year)
    if not before:
        return f"cùng kỳ năm {year} không có số liệu để so sánh"
    if number == before:
        return f"bằng cùng kỳ năm {year} ({tell_number(before)})"
    verb = "tăng" if number > before else "giảm"
    difference = abs(number - before)
    return (
        f"{verb} {tell_number(difference)} ({tell_share(difference, before)}) "
        f"so với cùng kỳ năm {year} ({tell_number(before)})"
    )


def _tell_change_in_english(number: int, before: int, year: int) -> str:
    if not before:
        return f"the same period of {year} has none to compare with"
    if number == before:
        return f"as many as in the same period of {year} ({before:,})"
    difference = abs(number - before)
    share = f"{difference / before * 100:.1f}".removesuffix(".0")
    word = "more" if number > before else "fewer"
    return f"{difference:,} {word} ({share}%) than in the same period of {year} ({before:,})"


def in_order(by_language: Mapping[str, Value]) -> dict[str, Value]:
    """The same values in the order in which languages are told, tiếng phổ thông first."""
    order = [*LANGUAGE_NAMES, *sorted(by_language.keys() - LANGUAGE_NAMES.keys())]
    return {code: by_language[code] for code in order if code in by_language}


def _is_whole_year(first: date, last: date) -> bool:
    return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year


def _name(language: str, *, told_in: str) -> str:
    return LANGUAGE_NAMES.get(language, {}).get(told_in, language)


def _tell_in_vietnamese(count: Count) -> str:
    if _is_whole_year(count.first, count.last):
        period = f"Trong năm {count.first.year}"
    elif count.first == count.last:
        period = f"Ngày {tell_day(count.first)}"
    else:
        period = f"Từ ngày {tell_day(count.first)} đến ngày {tell_day(count.last)}"
    each = ", ".join(
        f"{tell_number(number)} chuyên mục tiếng {_name(code, told_in='vi')}"
        for code, number in in_order(count.produced).items()
    )
    made = f"đã xây dựng {tell_number(count.produced_total)} chuyên mục" + (f" ({each})" if each else "")
    aired = f"phát {tell_number(count.broadcast_total)} lần"
    if len(count.by_series) == 1:
        aired += f" chuyên mục “{next(iter(count.by_series))}”"
    elif count.by_series:
        parts = (f"{tell_number(number)} lần chuyên mục “{title}”" for title, number in count.by_series.items())
        aired += f" ({', '.join(parts)})"
    return f"{period}, {made}, {aired}."


def _tell_in_english(count: Count) -> str:
    if _is_whole_year(count.first, count.last):
        period = f"In {count.first.year}"
    else:
        period = f"From {count.first:%d/%m/%Y} to {count.last:%d/%m/%Y}"
    each = ", ".join(
        f"{number:,} in {_name(code, told_in='en')}" for code, number in in_order(count.produced).items()
    )  # fmt: skip
    parts = ", ".join(f"“{title}” {number:,} times" for title, number in count.by_series.items())
    made = f"{count.produced_total:,} editions were made" + (f" ({each})" if each else "")
    return f"{period}, {made} and {count.broadcast_total:,} broadcasts count" + (f": {parts}." if parts else ".")
