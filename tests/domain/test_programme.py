"""An edition takes only allowed steps, and languages are those of the list."""

import pytest

from scheduler.domain.programme import (
    NEXT_STATES,
    EditionState,
    check_language,
    check_step,
    is_within_duration_rule,
)
from scheduler.errors import StepNotAllowed, UnknownLanguage


def test_every_state_has_its_steps() -> None:
    assert set(NEXT_STATES) == set(EditionState)


def test_the_way_to_the_air_leads_through_a_submission() -> None:
    for state in set(EditionState) - {EditionState.SUBMITTED}:
        with pytest.raises(StepNotAllowed):
            check_step(state, EditionState.APPROVED)
    check_step(EditionState.SUBMITTED, EditionState.APPROVED)


def test_a_new_take_always_leads_back_to_measured() -> None:
    for state in EditionState:
        check_step(state, EditionState.MEASURED)


def test_nothing_becomes_a_draft_again() -> None:
    assert not any(EditionState.DRAFT in steps for steps in NEXT_STATES.values())


def test_the_refusal_names_both_states() -> None:
    with pytest.raises(StepNotAllowed) as refusal:
        check_step(EditionState.DRAFT, EditionState.SUBMITTED)
    assert refusal.value.facts == {"state": "draft", "wanted": "submitted"}


def test_thailands_language_is_not_ours() -> None:
    check_language("blt")
    with pytest.raises(UnknownLanguage):
        check_language("th")


@pytest.mark.parametrize(("seconds", "kept"), [(479.9, False), (480, True), (600, True), (600.1, False)])
def test_both_ends_of_the_duration_rule_are_within(seconds: float, kept: bool) -> None:
    assert is_within_duration_rule(seconds, shortest=480, longest=600) is kept
