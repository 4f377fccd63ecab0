"""Vietnamese and Tai Viet on paper: what is copied out of a PDF is what was put in, and signs stand where they belong."""

import unicodedata
from datetime import UTC, datetime

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont, features

from scheduler.documents import pdf_table
from scheduler.documents.blocks import RowKind, Table, TableRow
from scheduler.documents.fonts import FILES, TAI_VIET, find_font, has_tai_viet, split_scripts
from scheduler.documents.sheet import Margins, Sheet, Style
from scheduler.errors import FontsMissing
from tests.documents.papers import in_mm, ink, pictures_of, texts_of

AT = datetime(2026, 11, 24, tzinfo=UTC)
LETTERS = "".join(
    base + mark
    for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
)
MIXED = "Sơn La ꪹꪎꪷꪙꪨꪱ, “Đăng ký khai sinh”; 1.347 lần đạt 97,4% – ổn thỏa fi ffi."
TAI_VIET_WORDS = "ꪼꪕ ꪒꪾ ꪹꪎꪷꪙꪨꪱ ꪵꪠꪙ ꪋꪱꪥ ꪜꪲ ꪶꪎꪉ ꪝꪽ ꪁꪫꪸꪙ ꪹꪣꪉ ꪫꪰꪉ ꪘꪳ꪿ ꪉ꫁"


def a_sheet(**margins: float) -> Sheet:
    return Sheet(title="Thử", margins=Margins(**margins), made_at=AT)


@pytest.mark.parametrize("style", [Style(), Style(bold=True), Style(italic=True), Style(bold=True, italic=True)])
@pytest.mark.parametrize("align", ["left", "justify", "center"])
def test_what_is_copied_out_of_a_page_is_what_was_set(style: Style, align: str) -> None:
    sheet = a_sheet()
    told = " ".join([MIXED, TAI_VIET_WORDS] * 4)
    sheet.put(told, style, align=align, indent=10)  # type: ignore[arg-type]
    assert texts_of(sheet.output()) == [told]


def test_every_letter_of_vietnamese_comes_out_composed_however_it_was_typed() -> None:
    sheet = a_sheet()
    sheet.put(unicodedata.normalize("NFD", LETTERS) + " đĐ", Style())
    assert "".join(texts_of(sheet.output())).replace(" ", "") == unicodedata.normalize("NFC", LETTERS) + "đĐ"


@pytest.mark.parametrize(("family", "style"), [key for key in FILES if key[0] != TAI_VIET])
def test_the_joined_fonts_have_all_letters_that_documents_need(family: str, style: str) -> None:
    with TTFont(find_font(family, style)) as font:
        known = font.getBestCmap()
    needed = set(unicodedata.normalize("NFC", LETTERS) + "đĐ0123456789“”‘’–—…·•%&()/:;,.!?-+=×§²\u0303\u0309\u0323")
    assert {letter for letter in needed if ord(letter) not in known} == set()


def printed(text: str, size: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """What a page shows of a text, cut out."""
    sheet = a_sheet()
    sheet.put(text, Style(size=size))
    picture = pictures_of(sheet.output(), scale=3)[0]
    left, top, right, bottom = ink(picture)
    return picture[top:bottom, left:right]


def drawn(text: str, size: float, layout: ImageFont.Layout) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """The same by another program: HarfBuzz as Pillow brings it, or letter by letter."""
    font = ImageFont.truetype(str(find_font(TAI_VIET, "")), round(size * 3), layout_engine=layout)
    image = Image.new("L", (2400, 400), 255)
    ImageDraw.Draw(image).text((60, 100), text, font=font, fill=0)
    picture = np.asarray(image)
    left, top, right, bottom = ink(picture)
    return picture[top:bottom, left:right]


def likeness(first: "np.ndarray", second: "np.ndarray") -> float:  # type: ignore[type-arg]
    """How far the ink of two pictures lies in the same places, 0…1 (shared ink of all ink), after a slight blur."""
    height, width = max(first.shape[0], second.shape[0]), max(first.shape[1], second.shape[1])
    inked = []
    for picture in (first, second):
        page = np.zeros((height, width), bool)
        page[: picture.shape[0], : picture.shape[1]] = picture < 128
        thick = page.copy()
        for step in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            thick |= np.roll(page, step, (0, 1))
        inked.append(thick)
    return float((inked[0] & inked[1]).sum() / (inked[0] | inked[1]).sum())


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow draws letter by letter only")
@pytest.mark.parametrize("word", ["ꪹꪎꪷꪙꪨꪱ", "ꪘꪳ꪿", "ꪒꪾ", "ꪁꪫꪸꪙ", "ꪉ꫁", "ꪜꪲ"])
def test_tai_viet_looks_as_harfbuzz_sets_it(word: str) -> None:
    found = printed(word, 60)
    assert likeness(found, drawn(word, 60, ImageFont.Layout.RAQM)) > 0.92


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow draws letter by letter only")
def test_unshaped_tai_viet_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above can fail: two signs over one letter, set letter by letter, collide."""
    word = "ꪘꪳ꪿"
    shaped = drawn(word, 60, ImageFont.Layout.RAQM)
    monkeypatch.setattr("scheduler.documents.sheet.FPDF.set_text_shaping", lambda *_args, **_more: None)
    assert likeness(printed(word, 60), shaped) < 0.9


def test_lines_end_at_the_right_margin_and_none_goes_beyond() -> None:
    sheet = a_sheet(left=30, right=15)
    sheet.put(" ".join([MIXED] * 8), Style(size=13), align="justify")
    left, _, right, _ = ink(pictures_of(sheet.output())[0])
    assert in_mm(left) == pytest.approx(30, abs=0.6)
    assert in_mm(right) == pytest.approx(195, abs=0.6)


def test_a_word_wider_than_the_page_is_cut_and_not_lost() -> None:
    sheet = a_sheet()
    sheet.put("x" * 400, Style())
    pdf = sheet.output()
    assert in_mm(ink(pictures_of(pdf)[0])[2]) < 195.6
    assert "".join(texts_of(pdf)).replace(" ", "") == "x" * 400


def test_a_table_goes_over_pages_with_its_head_and_loses_no_row() -> None:
    rows = [TableRow(cells=[f"dòng {number}", str(number)]) for number in range(120)]
    rows.insert(60, TableRow(cells=["Thứ Hai"], kind=RowKind.BAND))
    sheet = a_sheet()
    pdf_table.draw(sheet, Table(head=["Tên hàng", "Số"], rows=rows), Style(size=11))
    pages = texts_of(sheet.output())
    assert len(pages) > 1
    assert all(page.startswith("Tên hàng Số") for page in pages)
    told = " ".join(pages)
    assert all(f"dòng {number} {number}" in told for number in range(120)) and "Thứ Hai" in told


def test_letters_get_smaller_before_a_word_of_a_table_is_cut() -> None:
    head = [f"Cột{number}" for number in range(16)]
    table = Table(head=head, rows=[TableRow(cells=["1.234.567"] * 16)])
    sheet = a_sheet()
    style, widths = pdf_table.fit(sheet, table, Style(size=12))
    assert style.size < 12
    assert sum(widths) == pytest.approx(sheet.width)
    sheet.close()


def test_a_cell_longer_than_a_page_goes_on_on_the_next() -> None:
    sheet = a_sheet()
    words = [f"w{number}" for number in range(3000)]
    pdf_table.draw(sheet, Table(head=["Chữ"], rows=[TableRow(cells=[" ".join(words)])]), Style(size=11))
    told = " ".join(texts_of(sheet.output()))
    assert all(f" {word} " in f" {told} " for word in words)


def test_scripts_are_told_apart() -> None:
    assert list(split_scripts("Sơn La ꪹꪎꪷꪙ!")) == [("Sơn La ", False), ("ꪹꪎꪷꪙ", True), ("!", False)]
    assert has_tai_viet("aꪀ") and not has_tai_viet("Thái")


def test_missing_fonts_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("scheduler.documents.fonts.FOLDER", tmp_path)
    with pytest.raises(FontsMissing):
        a_sheet()
