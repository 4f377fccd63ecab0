"""Where the fonts of printed documents lie, and which script needs which of them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from scheduler.errors import FontsMissing

FOLDER = Path(__file__).parent / "fonts"
"""Made by the build (web/frontend/build_fonts.py); no font is in the repository."""
SERIF, TAI_VIET = "Tinos", "NotoSansTaiViet"
FILES: Mapping[tuple[str, str], str] = {
    (SERIF, ""): "Tinos-Regular.ttf",
    (SERIF, "I"): "Tinos-Italic.ttf",
    (SERIF, "B"): "Tinos-Bold.ttf",
    (SERIF, "BI"): "Tinos-BoldItalic.ttf",
    (TAI_VIET, ""): "NotoSansTaiViet-Regular.ttf",
}
"""By family and style. Tinos has the widths of Times New Roman, which the decree asks for."""
_TAI_VIET_LETTERS = re.compile("([\uaa80-\uaadf]+)")
"""The block of Tai Viet; vowels before a consonant are kept in the order in which they are seen."""


def find_font(family: str, style: str) -> Path:
    """The file of a font. Raises `FontsMissing`."""
    path = FOLDER / FILES[family, style]
    if not path.is_file():
        raise FontsMissing(folder=FOLDER.name)
    return path


def split_scripts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in stretches of one script each, with whether that is Tai Viet."""
    for place, stretch in enumerate(_TAI_VIET_LETTERS.split(text)):
        if stretch:
            yield stretch, place % 2 == 1


def has_tai_viet(text: str) -> bool:
    """Tell whether a letter of Tai Viet is in it."""
    return _TAI_VIET_LETTERS.search(text) is not None
