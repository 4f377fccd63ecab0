"""Whatever a box may say has words in both languages."""

from collections.abc import Mapping
from enum import StrEnum
from typing import get_args

import pytest

from audio.village.trust import Source
from scheduler.domain.village import BoxProblem, Refusal
from scheduler.errors import BadMessage, BadSignature, NothingToSay, TokenRefused
from scheduler.fleet_words import CLOCK_SOURCES, PROBLEMS, REFUSALS, Words, tell_problem, word_refusal


@pytest.mark.parametrize(("codes", "words"), [(BoxProblem, PROBLEMS), (Refusal, REFUSALS)])
def test_every_code_has_words_and_nothing_else_has(codes: type[StrEnum], words: Mapping[StrEnum, Words]) -> None:
    assert set(words) == set(codes)
    assert all(set(told) == {"vi", "en"} and all(told.values()) for told in words.values())


def test_every_source_of_time_has_words() -> None:
    assert set(CLOCK_SOURCES) == {"none", *get_args(Source)}


def test_codes_come_as_plain_words_and_unknown_ones_are_told_as_they_are() -> None:
    assert tell_problem("hot", language="en") == PROBLEMS[BoxProblem.HOT]["en"]
    assert "(melted)" in tell_problem("melted")
    assert word_refusal("expired", language="en") == REFUSALS[Refusal.EXPIRED]["en"]
    assert word_refusal("asleep") == "asleep"


def test_what_is_an_error_in_a_box_bears_the_code_it_is_refused_with() -> None:
    errors = (BadSignature, BadMessage, NothingToSay)
    assert {error.code for error in errors} == {Refusal.BAD_SIGNATURE, Refusal.BAD_MESSAGE, Refusal.NOTHING_TO_SAY}
    assert TokenRefused.code == BoxProblem.TOKEN_REFUSED
