"""An airing counts once, by the rule, and the report's sentence says so for any period and any languages."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.counting import (
    FIRST_RULE,
    Apart,
    Count,
    Delivered,
    Outcome,
    Rule,
    airing_counts,
    apart_of,
    count_airings,
    outcome_by_share,
    outcome_of,
    share_of,
    tell_change,
    tell_count,
    tell_day,
    tell_number,
    tell_share,
)
from scheduler.domain.playout import EntryKind, Evidence

TITLE = "Thành phố chung tay cải cách thủ tục hành chính"


def heard(seconds: float = 540.0, **others: Any) -> Delivered:
    fields = {
        "zone_id": 1,
        "kind": EntryKind.SOUNDED if seconds >= 540 else EntryKind.PARTIAL,
        "seconds_planned": 540.0,
        "seconds_sounded": seconds,
        "evidence": Evidence.HANDED_OVER,
    }
    return Delivered(**{**fields, **others})


def a_count(**others: Any) -> Count:
    fields: dict[str, Any] = {
        "first": date(2021, 1, 1),
        "last": date(2021, 12, 31),
        "produced": {"blt": 45, "vi": 45},
        "broadcast": {"vi": 51, "blt": 51},
        "planned": 102,
        "missed_by_reason": {},
        "apart": {},
        "rule": FIRST_RULE,
        "by_series": {TITLE: 102},
    }
    return Count(**{**fields, **others})


def test_one_zone_that_sounded_the_whole_edition_is_enough() -> None:
    assert airing_counts([heard(0, zone_id=1), heard(zone_id=2), heard(3, zone_id=3)], FIRST_RULE)


def test_however_many_zones_carry_it_an_airing_counts_once() -> None:
    assert count_airings([[heard(zone_id=n) for n in range(40)]], FIRST_RULE) == 1


def test_the_same_episode_aired_twice_counts_twice() -> None:
    assert count_airings([[heard()], [heard()]], FIRST_RULE) == 2


def test_paused_and_resumed_is_one() -> None:
    assert count_airings([[heard(540.0, kind=EntryKind.PARTIAL)]], FIRST_RULE) == 1


def test_stopped_after_five_seconds_is_none() -> None:
    assert count_airings([[heard(5.0)]], FIRST_RULE) == 0


def test_a_retry_is_one() -> None:
    assert count_airings([[heard(5.0), heard(540.0, attempt=2)]], FIRST_RULE) == 1


def test_a_correction_to_nothing_is_none() -> None:
    assert count_airings([[heard(540.0), heard(0.0, attempt=2, kind=EntryKind.CORRECTION)]], FIRST_RULE) == 0


def test_zones_do_not_add_up_to_one_whole_airing() -> None:
    assert not airing_counts([heard(300.0, zone_id=n) for n in range(3)], FIRST_RULE)


@pytest.mark.parametrize(("seconds", "counts"), [(486.0, True), (485.99, False), (540.0, True), (700.0, True)])
def test_the_least_share_is_the_border_and_belongs_to_it(seconds: float, counts: bool) -> None:
    assert airing_counts([heard(seconds)], FIRST_RULE) is counts


@pytest.mark.parametrize("evidence", list(Evidence))
def test_evidence_below_the_rule_does_not_count(evidence: Evidence) -> None:
    rule = Rule(number=2, least_share=0.9, least_evidence=Evidence.STARTED)
    assert airing_counts([heard(evidence=evidence)], rule) is (evidence.rank >= Evidence.STARTED.rank)
    assert (evidence in rule.accepted) is (evidence.rank >= Evidence.STARTED.rank)


def test_an_edition_without_length_never_counts() -> None:
    assert not airing_counts([heard(0.0, seconds_planned=0.0)], FIRST_RULE)
    assert share_of(sounded=1, planned=0) == 0


def test_the_rule_in_force_at_first_is_nine_tenths_handed_over() -> None:
    assert (FIRST_RULE.least_share, FIRST_RULE.least_evidence) == (0.9, Evidence.HANDED_OVER)


def test_tests_and_emergencies_are_told_apart() -> None:
    told = [apart_of(priority=p, exercise=e) for p in (1, 2, 3) for e in (False, True)]
    assert told == [Apart.NO, Apart.EXERCISE, Apart.NO, Apart.EXERCISE, Apart.EMERGENCY, Apart.EXERCISE]


def test_a_correction_speaks_by_its_seconds() -> None:
    said = [outcome_of(EntryKind.CORRECTION, sounded=s, planned=540) for s in (0, 5, 534, 535, 540)]
    assert said == [Outcome.MISSED, Outcome.PARTIAL, Outcome.PARTIAL, Outcome.SOUNDED, Outcome.SOUNDED]


@given(st.floats(0, 2000), st.floats(1, 1000))
def test_a_figure_told_by_a_person_is_one_of_three(sounded: float, planned: float) -> None:
    outcome = outcome_by_share(sounded=sounded, planned=planned)
    assert (outcome is Outcome.MISSED) == (sounded == 0)
    assert 0 <= share_of(sounded=sounded, planned=planned) <= 1


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.floats(0, 600)), max_size=12))
def test_only_the_last_word_on_each_zone_matters(told: list[tuple[int, int, float]]) -> None:
    unique = {(zone, attempt): seconds for zone, attempt, seconds in told}
    entries = [heard(seconds, zone_id=zone, attempt=attempt) for (zone, attempt), seconds in unique.items()]
    last = {zone: unique[zone, max(a for z, a in unique if z == zone)] for zone, _ in unique}
    assert airing_counts(entries, FIRST_RULE) == any(seconds >= 486 - 1e-6 for seconds in last.values())


# --- the sentence ---------------------------------------------------------------------------------------------
def test_the_sentence_of_the_reference_year() -> None:
    assert a_count().sentence == (
        "Trong năm 2021, đã xây dựng 90 chuyên mục (45 chuyên mục tiếng phổ thông, 45 chuyên mục tiếng Thái), "
        "phát 102 lần chuyên mục “Thành phố chung tay cải cách thủ tục hành chính”."
    )


def test_any_other_period_names_its_two_days() -> None:
    sentence = a_count(first=date(2020, 12, 15), last=date(2021, 11, 15)).sentence
    assert sentence.startswith("Từ ngày 15/12/2020 đến ngày 15/11/2021, đã xây dựng 90 chuyên mục (")


def test_two_whole_years_are_not_one() -> None:
    assert a_count(last=date(2022, 12, 31)).sentence.startswith("Từ ngày 01/01/2021 đến ngày 31/12/2022, ")


def test_days_are_written_as_official_documents_do() -> None:
    assert [tell_day(date(2021, m, d)) for m, d in ((1, 2), (2, 11), (3, 5), (12, 31))] == [
        "02/01/2021",
        "11/02/2021",
        "05/3/2021",
        "31/12/2021",
    ]


def test_numbers_are_written_as_reports_do() -> None:
    assert [tell_number(n) for n in (0, 1, 9, 10, 999, 1347, 1234567)] == [
        "0", "01", "09", "10", "999", "1.347", "1.234.567",
    ]  # fmt: skip


def test_any_languages_are_named_pho_thong_first() -> None:
    sentence = a_count(produced={"hmn": 3, "xyz": 1, "vi": 1200}).sentence
    assert (
        "1.204 chuyên mục (1.200 chuyên mục tiếng phổ thông, 03 chuyên mục tiếng Mông, 01 chuyên mục tiếng xyz)"
        in sentence
    )


def test_several_series_are_named_with_their_shares() -> None:
    sentence = a_count(broadcast={"vi": 110}, by_series={TITLE: 102, "Nông thôn mới": 8}).sentence
    assert sentence.endswith(f"phát 110 lần (102 lần chuyên mục “{TITLE}”, 08 lần chuyên mục “Nông thôn mới”).")


def test_a_period_without_anything_is_a_sentence_too() -> None:
    sentence = a_count(produced={}, broadcast={}, by_series={}).sentence
    assert sentence == "Trong năm 2021, đã xây dựng 0 chuyên mục, phát 0 lần."


def test_the_sentence_in_english() -> None:
    assert tell_count(a_count(), language="en") == (
        f"In 2021, 90 editions were made (45 in Vietnamese, 45 in Tai Dam) and 102 broadcasts count: “{TITLE}” 102 times."
    )


# --- shares and changes ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(974, 1000, "97,4%"), (1, 1, "100%"), (2, 3, "66,7%"), (0, 5, "0%"), (102, 90, "113,3%")],
)
def test_a_share_has_a_decimal_comma(part: int, whole: int, told: str) -> None:
    assert tell_share(part, whole) == told


@pytest.mark.parametrize(
    ("number", "before", "told"),
    [
        (102, 90, "tăng 12 (13,3%) so với cùng kỳ năm 2020 (90)"),
        (90, 102, "giảm 12 (11,8%) so với cùng kỳ năm 2020 (102)"),
        (9, 3, "tăng 06 (200%) so với cùng kỳ năm 2020 (03)"),
        (90, 90, "bằng cùng kỳ năm 2020 (90)"),
        (5, 0, "cùng kỳ năm 2020 không có số liệu để so sánh"),
    ],
)
def test_a_change_is_told_as_reports_tell_it(number: int, before: int, told: str) -> None:
    assert tell_change(number, before, year=2020) == told


def test_a_change_in_english() -> None:
    told = tell_change(90, 102, year=2020, language="en")
    assert told == "12 fewer (11.8%) than in the same period of 2020 (102)"
    assert tell_change(1, 0, year=2020, language="en").startswith("the same period of 2020 has none")
    assert tell_change(7, 7, year=2020, language="en") == "as many as in the same period of 2020 (7)"
