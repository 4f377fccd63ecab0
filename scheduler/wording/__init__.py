"""What each error and finding code says to a person, in Vietnamese and English; one sentence that tells what to do.

The sentence of an error stands in the module of the same name as the error's (`errors/people.py`, `wording/people.py`).
"""

import math
from collections.abc import Mapping
from typing import Any

from scheduler.domain.programme import LANGUAGE_NAMES, EditionState
from scheduler.errors import BroadcastError
from scheduler.field_names import FIELD_NAMES
from scheduler.labels import LABELS
from scheduler.wording import (
    api,
    base,
    books,
    counting,
    coverage,
    documents,
    evidence,
    logbook,
    media,
    pages,
    people,
    planning,
    playout,
    problems,
    programme,
    reach,
    silence,
    station,
    uploads,
    villages,
)

Sentences = Mapping[str, Mapping[str, str]]


def join_tables(*tables: Sentences) -> Sentences:
    """One table of all sentences. Raises `ValueError` when a code stands in two: one of its sentences would be lost."""
    joined: dict[str, Mapping[str, str]] = {}
    for table in tables:
        if twice := sorted(joined.keys() & table.keys()):
            raise ValueError(f"codes with two sentences: {', '.join(twice)}")
        joined |= table
    return joined


WORDING = join_tables(
    api.SENTENCES,
    base.SENTENCES,
    books.SENTENCES,
    counting.SENTENCES,
    coverage.SENTENCES,
    documents.SENTENCES,
    evidence.SENTENCES,
    logbook.SENTENCES,
    media.SENTENCES,
    pages.SENTENCES,
    people.SENTENCES,
    planning.SENTENCES,
    playout.SENTENCES,
    problems.SENTENCES,
    programme.SENTENCES,
    reach.SENTENCES,
    silence.SENTENCES,
    station.SENTENCES,
    uploads.SENTENCES,
    villages.SENTENCES,
)


class _Facts(dict[str, object]):
    """Facts that leave an unknown name visible instead of failing while an error is being told."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def word(code: str, facts: Mapping[str, object], *, language: str = "vi") -> str:
    """The sentence for a code in a language, with its facts filled in; the code itself when it is unknown."""
    sentence = WORDING.get(code, {}).get(language)
    written = {name: _written(value, language) for name, value in facts.items()}
    return code if sentence is None else sentence.format_map(_Facts(written))


def _written(value: object, language: str) -> object:
    """A fraction with one digit at most, and a comma in Vietnamese; anything else as it is."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    number = f"{value:.1f}".removesuffix(".0")
    return number.replace(".", ",") if language == "vi" else number


def word_finding(finding: Mapping[str, object], *, language: str = "vi") -> str:
    """The sentence for a finding `{code, at_s?, for_s?, …}` of a recording: where it is and how long it lasts."""
    facts = dict(finding)
    at_s, for_s = facts.get("at_s"), facts.get("for_s")
    if isinstance(at_s, int | float):
        facts["at"] = f"{int(at_s) // 60}:{int(at_s) % 60:02}"
    if isinstance(for_s, int | float):
        facts["lasts"] = f"{_written(float(for_s), language)} {({'vi': 'giây', 'en': 'seconds'})[language]}"
    return word(str(finding["code"]), facts, language=language)


def word_error(error: BroadcastError, *, language: str = "vi") -> str:
    """The sentence for an error raised on purpose; states, languages and fields are told in words."""
    told = {name: _named(name, value, language) for name, value in error.facts.items()}
    return word(error.code, told, language=language)


def _named(name: str, value: object, language: str) -> object:
    states = LABELS[EditionState]
    tables: Mapping[str, Mapping[Any, Mapping[str, str]]] = {
        "state": states, "wanted": states, "language": LANGUAGE_NAMES, "field": FIELD_NAMES,
    }  # fmt: skip
    names = tables.get(name, {})
    return names.get(str(value), {}).get(language, value)
