"""What the name of a delivered file says of the edition in it: a guess that a person confirms."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.text import fold

EARLIEST, LATEST = 2000, 2100
_LONGEST = 300
"""Letters of a name that are looked at."""
_BEFORE_NUMBER = frozenset({"so", "s", "ky", "ki", "k", "tap", "bai", "buoi", "episode", "ep", "e", "no"})


class Part(StrEnum):
    """What is guessed."""

    SERIES = "series"
    YEAR = "year"
    NUMBER = "number"
    LANGUAGE = "language"


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownSeries:
    """A series that a file may belong to."""

    code: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """What a name seems to say; None where it says nothing. What is not `sure` the person should look at twice."""

    series: str | None
    year: int | None
    number: int | None
    language: str | None
    sure: frozenset[Part]

    @property
    def is_sure(self) -> bool:
        """Tell whether every part was said and not only supposed."""
        return self.sure == frozenset(Part)

    @property
    def doubtful(self) -> tuple[Part, ...]:
        """The parts to look at twice."""
        return tuple(part for part in Part if part not in self.sure)


def guess(name: str, *, series: Sequence[KnownSeries], this_year: int) -> Guess:
    """Guess series, year, number and language from a file's name; never raises, whatever the name."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name[-_LONGEST:].replace("\\", "/").rpartition("/")[2])
    words = _split(fold(stem))
    typed = _split(stem.casefold())
    year, first, end = _find_year(words)
    rest = [*words[:first], *words[end:]]
    number, number_is_told = _find_number(rest)
    language, language_is_told = _find_language(rest, typed=[*typed[:first], *typed[end:]])
    found, series_is_told = _find_series(rest, series)
    told = {
        Part.SERIES: series_is_told,
        Part.YEAR: year is not None,
        Part.NUMBER: number_is_told,
        Part.LANGUAGE: language_is_told,
    }
    return Guess(
        series=found,
        year=year or this_year,
        number=number,
        language=language,
        sure=frozenset(part for part, is_told in told.items() if is_told),
    )


def _split(text: str) -> list[str]:
    """Words and numbers apart, as in `so12`."""
    return re.findall(r"[^\W\d_]+|\d+", text)


# --- year -----------------------------------------------------------------------------------------------------
def _find_year(words: Sequence[str]) -> tuple[int | None, int, int]:
    """The year, and which words (from, to) tell it or the date that it stands in."""
    for i, word in enumerate(words):
        if len(word) == 8 and word.isdecimal() and _is_year(word[:4]) and _is_date(word[4:6], word[6:]):
            return int(word[:4]), i, i + 1
        if not _is_year(word):
            continue
        before, after = words[max(0, i - 2) : i], words[i + 1 : i + 3]
        if len(after) == 2 and _is_date(*after):
            return int(word), i, i + 3
        if len(before) == 2 and _is_date(before[1], before[0]) and (i < 3 or words[i - 3] not in _BEFORE_NUMBER):
            return int(word), i - 2, i + 1
        return int(word), i - 1 if i > 0 and words[i - 1] in {"nam", "year"} else i, i + 1
    return None, 0, 0


def _is_year(word: str) -> bool:
    return word.isdecimal() and len(word) == 4 and EARLIEST <= int(word) <= LATEST


def _is_date(month: str, day: str) -> bool:
    numbers = month.isdecimal() and day.isdecimal() and len(month) <= 2 and len(day) <= 2
    return numbers and 1 <= int(month) <= 12 and 1 <= int(day) <= 31


# --- number ---------------------------------------------------------------------------------------------------
def _find_number(words: Sequence[str]) -> tuple[int | None, bool]:
    """The number of the episode, and whether a word such as “số” or “kỳ” stands before it."""
    numbers = [(i, int(word)) for i, word in enumerate(words) if word.isdecimal() and len(word) <= 4 and int(word) > 0]
    told = [number for i, number in numbers if i > 0 and words[i - 1] in _BEFORE_NUMBER]
    if told:
        return told[0], len(set(told)) == 1
    return (numbers[0][1] if len(numbers) == 1 else None), False


# --- language -------------------------------------------------------------------------------------------------
_NAMES: Sequence[tuple[tuple[str, ...], str]] = (
    (("thai", "trang"), "twh"),
    (("thai", "den"), "blt"),
    (("pho", "thong"), "vi"),
    (("phothong",), "vi"),
    (("tieng", "viet"), "vi"),
    (("tiengviet",), "vi"),
    (("tiengthai",), "blt"),
    (("thai",), "blt"),
    (("td",), "blt"),
    (("blt",), "blt"),
    (("twh",), "twh"),
    (("pt",), "vi"),
    (("kinh",), "vi"),
    (("viet",), "vi"),
    (("vi",), "vi"),
    (("vn",), "vi"),
    (("hmong",), "hmn"),
    (("hmn",), "hmn"),
    (("mong",), "hmn"),
    (("ium",), "ium"),
    (("dao",), "ium"),
)
_CLEAR = frozenset({"phothong", "tiengviet", "tiengthai", "blt", "twh", "hmong", "hmn", "ium", "pt"})
"""Words that mean nothing else; any other must stand at an end of the name or after “tiếng” or “bản”."""
_NOT_BEFORE = {"thai": {"nguyen", "binh", "do", "san", "duong", "lan"}, "kinh": {"te", "doanh", "phi"}, "vi": {"pham"}}
"""Thái Nguyên, Thái Bình, thái độ, thai sản, thái dương, Thái Lan; kinh tế, kinh doanh, kinh phí; vi phạm."""
_NOT_TYPED = frozenset({"thải", "thại", "đạo", "đào", "đảo", "đáo", "mống", "viết", "vị", "vì", "ví"})
"""Words that only look like a language without their diacritics (when diacritics are typed at all)."""


def _find_language(words: Sequence[str], *, typed: Sequence[str]) -> tuple[str | None, bool]:
    """The one language that is named, and whether its name could mean nothing else; `typed` has the diacritics."""
    found: dict[str, bool] = {}
    i = 0
    while i < len(words):
        name, language = _language_at(words, i)
        if name and not _means_something_else(words, i, name, typed=typed):
            found[language] = found.get(language, False) or _is_clear(words, i, name)
        i += len(name) or 1
    if len(found) > 1:  # a clear name outweighs one that could be anything
        found = {language: clear for language, clear in found.items() if clear}
    if len(found) != 1:
        return None, False
    return next(iter(found.items()))


def _language_at(words: Sequence[str], i: int) -> tuple[tuple[str, ...], str]:
    return next(((name, code) for name, code in _NAMES if tuple(words[i : i + len(name)]) == name), ((), ""))


def _means_something_else(words: Sequence[str], i: int, name: tuple[str, ...], *, typed: Sequence[str]) -> bool:
    last = i + len(name) - 1
    after = words[last + 1] if last + 1 < len(words) else ""
    has_marks = len(typed) == len(words) and list(typed) != list(words)
    as_typed = unicodedata.normalize("NFC", typed[last]) if has_marks else ""
    return after in _NOT_BEFORE.get(name[-1], ()) or as_typed in _NOT_TYPED


def _is_clear(words: Sequence[str], i: int, name: tuple[str, ...]) -> bool:
    at_an_end = i == 0 or i + 1 == len(words)
    return len(name) > 1 or name[0] in _CLEAR or at_an_end or words[i - 1] in {"tieng", "ban"}


# --- series ---------------------------------------------------------------------------------------------------
_SHORTEST_INITIALS = 3
_STRETCH = 3
"""So many words of a title one after the other name it."""


def _find_series(words: Sequence[str], series: Sequence[KnownSeries]) -> tuple[str | None, bool]:
    """The one series whose code, title or initials stand in the name; a station with one series has no other."""
    named = [known.code for known in series if _is_named(known, words)]
    if len(named) == 1:
        return named[0], True
    return (series[0].code, True) if len(series) == 1 else (None, False)


def _is_named(known: KnownSeries, words: Sequence[str]) -> bool:
    title = _split(fold(known.title))
    initials = "".join(word[0] for word in title)
    return (
        _holds(words, _split(fold(known.code)))
        or any(_holds(words, title[i : i + _STRETCH]) for i in range(max(1, len(title) - _STRETCH + 1)))
        or any(len(word) >= _SHORTEST_INITIALS and word in initials for word in words if word.isalpha())
    )


def _holds(words: Sequence[str], sought: Sequence[str]) -> bool:
    return bool(sought) and any(list(words[i : i + len(sought)]) == list(sought) for i in range(len(words)))
