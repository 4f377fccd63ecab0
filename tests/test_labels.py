from dataclasses import fields
from datetime import date
from enum import StrEnum

import pytest

from scheduler.config import Settings
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import Problem
from scheduler.domain.time import STATION_ZONE
from scheduler.labels import LABELS, SETTING_MEANINGS, label, label_missed
from scheduler.problem_words import tell
from tests.factories import NOW


@pytest.mark.parametrize("kind", list(LABELS), ids=lambda kind: kind.__name__)
def test_every_value_has_words_in_both_languages(kind: type[StrEnum]) -> None:
    assert {member.value for member in kind} == set(LABELS[kind])
    assert all(LABELS[kind][member.value].get(language) for member in kind for language in ("vi", "en"))


def test_every_setting_has_its_meaning_in_vietnamese() -> None:
    assert [item.name for item in fields(Settings)] == list(SETTING_MEANINGS)


def test_equal_values_of_two_enums_keep_their_own_words() -> None:
    assert label(EntryKind.INTERRUPTED) != label(Reason.INTERRUPTED)


def test_every_code_of_an_airing_that_does_not_count_has_words() -> None:
    assert label_missed("file_missing") == "thiếu tệp âm thanh"
    assert label_missed("not_proven", language="en") == "not known well enough to have sounded"


def test_an_alarm_of_a_kind_without_a_sentence_is_named_as_it_is() -> None:
    facts = {"kind": "never_heard_of", "subject": "zone:TONG"}
    told = tell(Problem(code="never_heard_of", facts=facts), zone=STATION_ZONE)
    assert "never_heard_of" in told and "zone:TONG" in told


def test_problems_are_told_with_local_times_and_names_of_languages() -> None:
    problem = Problem(code="approval_gone", facts={"title": "Khai sinh", "at": NOW, "language": "blt"})
    assert "05:00 24/11/2026" in tell(problem, zone=STATION_ZONE) and "tiếng Thái" in tell(problem, zone=STATION_ZONE)
    day = Problem(code="nothing_for_tomorrow", facts={"day": date(2026, 11, 25)})
    assert "25/11/2026" in tell(day, zone=STATION_ZONE, language="en")


def test_a_carrier_that_fails_is_called_what_the_pages_call_it() -> None:
    problem = Problem(code="carrier_down", facts={"name": "file", "reason": "ổ đĩa đầy"})
    assert "“ghi ra tệp”" in tell(problem, zone=STATION_ZONE)
    unknown = Problem(code="carrier_down", facts={"name": "khac", "reason": "?"})
    assert "“khac”" in tell(unknown, zone=STATION_ZONE)
