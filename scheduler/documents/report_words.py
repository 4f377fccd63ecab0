"""What a template of the report may name: a period's values as words and figures; docs/documents.md lists them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from scheduler.documents.frame import close_bases
from scheduler.domain.counting import RuleDays, tell_change, tell_count, tell_day, tell_share
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.labels import label, label_missed
from scheduler.services.count_overview import ByLanguage, Overview
from scheduler.services.count_tables import AreaRow, Cut
from scheduler.services.office import Office
from scheduler.services.report import ReportValues

NONE = "–"


def words_of(values: ReportValues, office: Office) -> dict[str, Any]:
    """All names that a template has."""
    view = values.overview
    count, names = view.count, names_of_areas(view.areas)
    return {
        "period": values.period,
        "period_told": tell_period(values.period.first, values.period.last),
        "sentence": tell_count(count).removesuffix("."),
        "series_title": values.series_title,
        "by_series": [{"title": title, "number": number} for title, number in count.by_series.items()],
        "area_names": list(values.area_names),
        "bases": close_bases(office.basis_list),
        "agency": office.agency_name,
        "produced": _languages(count.produced),
        "produced_total": count.produced_total,
        "broadcast": _languages(count.broadcast),
        "broadcast_total": count.broadcast_total,
        "planned": count.planned,
        "waiting": view.waiting,
        "missed": [{"reason": label_missed(code), "number": n} for code, n in count.missed_by_reason.items()],
        "missed_total": sum(count.missed_by_reason.values()),
        "exercises": count.apart["exercise"],
        "emergencies": count.apart["emergency"],
        "compared": _compared(view),
        "target": view.target,
        "towards_target": view.towards_target,
        "coverage": values.coverage,
        "months": _months(view),
        "areas": [_area(row, names[row.area_id]) for row in view.areas],
        "area_months": _area_months(view, names),
        "rule": count.rule,
        "evidence": label(count.rule.least_evidence),
        "rules": [_rule(row) for row in view.rules],
        "rule_days": [_rule_days(item) for item in count.rule_days],
        "seal": values.seal,
        "closed": values.closed,
        "made_on": values.made_on,
    }


def tell_period(first: date, last: date) -> str:
    """The period in words: năm 2021, tháng 3 năm 2021, từ ngày 15/12/2020 đến ngày 15/11/2021."""
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"năm {first.year}"
    return f"từ ngày {tell_day(first)} đến ngày {tell_day(last)}"


def names_of(cut: Cut) -> list[str]:
    """What the stretches of a period are called over a table: T1 is January; with the year where there are two."""
    if not cut.by_month:
        return [str(stretch.first.year) for stretch in cut.stretches]
    is_one_year = cut.stretches[0].first.year == cut.stretches[-1].first.year
    return [
        f"T{stretch.first.month}" + ("" if is_one_year else f"/{stretch.first:%y}") for stretch in cut.stretches
    ]  # fmt: skip


def language_of(code: str) -> str:
    """What a language is called: tiếng phổ thông, tiếng Thái."""
    return f"tiếng {LANGUAGE_NAMES.get(code, {}).get('vi', code)}"


def figure(number: int) -> str:
    """A number in a table; nothing is an en dash."""
    return f"{number:,}".replace(",", ".") if number else NONE


def _languages(numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"name": language_of(code), "number": number} for code, number in numbers.items()]


def _compared(view: Overview) -> dict[str, Any] | None:
    """The changes in words; None for a period that has not begun."""
    compared = view.compared
    if compared is None:
        return None
    year = compared.before.last.year
    return {
        "has_before": bool(compared.produced_before or compared.broadcast_before),
        "produced": tell_change(compared.produced_now, compared.produced_before, year=year),
        "broadcast": tell_change(compared.broadcast_now, compared.broadcast_before, year=year),
        "days": tell_period(compared.now.first, compared.now.last),
        "days_before": tell_period(compared.before.first, compared.before.last),
    }


def _months(view: Overview) -> dict[str, Any]:
    """The table of stretches: a row for each, a column for each language."""
    languages = list(dict.fromkeys([*view.produced, *view.broadcast]))
    size = len(view.cut.stretches)
    return {
        "languages": [language_of(code) for code in languages],
        "rows": [
            {
                "name": name,
                "produced": [figure(_at(view.produced, code, place)) for code in languages],
                "broadcast": [figure(_at(view.broadcast, code, place)) for code in languages],
                "total": figure(_sum(view.broadcast, place)),
                "before": figure(_sum(view.before, place)),
            }
            for place, name in enumerate(_long_names(view.cut))
        ],
        "produced": [figure(sum(view.produced.get(code, ()))) for code in languages],
        "broadcast": [figure(sum(view.broadcast.get(code, ()))) for code in languages],
        "total": figure(sum(_sum(view.broadcast, place) for place in range(size))),
        "before": figure(sum(_sum(view.before, place) for place in range(size))),
    }


def _long_names(cut: Cut) -> list[str]:
    if not cut.by_month:
        return [f"Năm {stretch.first.year}" for stretch in cut.stretches]
    return [f"Tháng {stretch.first.month}/{stretch.first.year}" for stretch in cut.stretches]


def _area_months(view: Overview, area_names: Mapping[int, str]) -> list[dict[str, Any]]:
    """For each language a table of areas by stretch."""
    names = names_of(view.cut)
    return [
        {
            "language": language_of(code),
            "names": names,
            "rows": [
                {
                    "name": area_names[row.area_id],
                    "numbers": [figure(number) for number in row.airings[code]],
                    "total": figure(sum(row.airings[code])),
                }
                for row in view.areas
                if sum(row.airings.get(code, ()))
            ],
            "numbers": [figure(number) for number in numbers],
            "total": figure(sum(numbers)),
        }
        for code, numbers in view.broadcast.items()
    ]


def names_of_areas(rows: Sequence[AreaRow]) -> dict[int, str]:
    """What each area is called; of two with one name, the one that has ended says until when."""
    number = Counter(row.name for row in rows)
    return {row.area_id: _until(row) if number[row.name] > 1 else row.name for row in rows}


def _until(row: AreaRow) -> str:
    return row.name if row.ended_on is None else f"{row.name} (đến {tell_day(row.ended_on - timedelta(days=1))})"


def _area(row: AreaRow, name: str) -> dict[str, Any]:
    whole = row.zones_sounded + row.zones_partial + row.zones_missed
    return {
        "name": name,
        "sounded": figure(row.zones_sounded),
        "partial": figure(row.zones_partial),
        "missed": figure(row.zones_missed),
        "share": tell_share(row.zones_sounded, whole) if whole else NONE,
    }


def _rule(row: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "share": tell_share(row.least_share, 1),
        "evidence": label(row.least_evidence),
        "valid_from": "" if row.valid_from is None else tell_day(row.valid_from),
        "adopted_by": row.adopted_by,
        "note": row.note,
    }


def _rule_days(item: RuleDays) -> dict[str, Any]:
    return {
        "number": item.rule.number,
        "share": tell_share(item.rule.least_share, 1),
        "evidence": label(item.rule.least_evidence),
        "first": "" if item.first is None else tell_day(item.first),
        "last": "" if item.last is None else tell_day(item.last),
    }


def _at(numbers: ByLanguage, code: str, place: int) -> int:
    found: Sequence[int] = numbers.get(code, ())
    return found[place] if found else 0


def _sum(numbers: ByLanguage, place: int) -> int:
    return sum(found[place] for found in numbers.values())
