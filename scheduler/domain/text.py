"""How text is kept, found and put in order: NFC, folding for search, and sort keys in the root order of Unicode."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyuca.collator import Collator_10_0_0

_LATIN_MARKS = range(0x0300, 0x0370)
"""Only these marks are dropped for search: the vowels of Tai Viet are marks too, and are kept."""
# The Icelandic ð and Ð look like đ and Đ and come from old Vietnamese keyboards.
_LIKE_D = str.maketrans({"đ": "d", "ð": "d"})
_WEIGHT_BYTES = 2
_SAFE_CODE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


def tidy(text: str) -> str:
    """The text in NFC, without control characters, with single spaces inside and none around."""
    shown = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def tidy_lines(text: str) -> str:
    """The same of a text of several lines, which stay; at most one empty line between two, none at the ends."""
    lines = [tidy(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip("\n")


def fold(text: str) -> str:
    """The text as search sees it: no case, no Vietnamese diacritics, đ as d; other scripts keep every sign."""
    plain = _without_marks(_without_marks(text).casefold())
    return unicodedata.normalize("NFC", " ".join(plain.translate(_LIKE_D).split()))


def is_safe_code(code: str) -> bool:
    """Tell whether a code may name a series or a zone: such codes become parts of addresses and of names of files."""
    return _SAFE_CODE.fullmatch(code) is not None


@lru_cache(maxsize=20_000)
def sort_key(text: str) -> bytes:
    """A key that puts texts in the root order of the Unicode Collation Algorithm when compared byte by byte.

    In that order a Tai Viet syllable sorts by its consonant although its vowel may be written first. The table is
    named (Unicode 10) and not the library's newest: keys are stored, and must not depend on the Python that made them.
    Those of all places of a station are remembered: lists of thousands of names are sorted for many a page.
    """
    return b"".join(weight.to_bytes(_WEIGHT_BYTES, "big") for weight in _collator().sort_key(text))


def _without_marks(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in spread if ord(letter) not in _LATIN_MARKS)


@cache
def _collator() -> "Collator_10_0_0":
    from pyuca.collator import Collator_10_0_0  # a player sorts no names

    return Collator_10_0_0()
