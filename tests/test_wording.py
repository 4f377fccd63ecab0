import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import scheduler
from scheduler import wording
from scheduler.errors import BadField, StepNotAllowed, UnknownLanguage
from scheduler.field_names import FIELD_NAMES
from scheduler.wording import WORDING, join_tables, word, word_error


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


def test_a_field_that_cannot_be_used_is_named_in_words() -> None:
    assert word_error(BadField(field="code", value="có dấu")) == "Mục “mã” không hợp lệ: “có dấu”; hãy nhập lại."
    assert "“code”" in word_error(BadField(field="code", value="x"), language="en")


def test_every_field_that_an_error_names_has_words() -> None:
    root = Path(scheduler.__file__).parent
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in (*root.glob("services/*.py"), *root.glob("domain/*.py"))
    )
    named = set(re.findall(r'BadField\(field="(\w+)"', text))
    assert named and named <= FIELD_NAMES.keys()
    assert all(names.keys() == {"vi", "en"} for names in FIELD_NAMES.values())


def test_a_code_that_stands_in_the_sentences_of_two_topics_is_told_at_once() -> None:
    sentence = {"vi": "Hết chỗ.", "en": "No room."}
    with pytest.raises(ValueError, match="codes with two sentences: no_room"):
        join_tables({"no_room": sentence, "overlap": sentence}, {"no_room": sentence})


def test_the_sentences_of_every_topic_are_told() -> None:
    topics = [module.name for module in pkgutil.iter_modules(wording.__path__)]
    assert topics
    for topic in topics:
        sentences = importlib.import_module(f"scheduler.wording.{topic}").SENTENCES
        assert sentences.keys() <= WORDING.keys(), topic
