from scheduler.errors import StepNotAllowed, UnknownLanguage
from scheduler.wording import word, word_error


def test_a_step_that_is_not_allowed_names_the_states_in_words() -> None:
    told = word_error(StepNotAllowed(state="approved", wanted="rejected"))
    assert "“đã duyệt”" in told
    assert "“bị trả lại”" in told


def test_a_language_the_station_lacks_is_told_as_it_was_given() -> None:
    assert "“tày”" in word_error(UnknownLanguage(language="tày", known="vi, blt"))


def test_fractions_are_short_and_have_the_comma_of_vietnamese() -> None:
    facts = {"seconds": 5400.0, "length": 571.25}
    assert "5400 giây" in word("logbook_sounded_too_long", facts)
    assert "571,2 giây" in word("logbook_sounded_too_long", facts)
    assert "571.2 s" in word("logbook_sounded_too_long", facts, language="en")
