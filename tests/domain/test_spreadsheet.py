from datetime import date, time

import pytest

from scheduler.domain.spreadsheet import Cell, as_vietnamese_text, safe_text


@pytest.mark.parametrize("text", ["=1+1", "+84912", "-5", "@SUM(A1)", "\tx", "\r=1", "\n=1", "＝1", '=HYPERLINK("x")'])
def test_what_looks_like_a_formula_becomes_text(text: str) -> None:
    assert safe_text(text) == "'" + text
    assert as_vietnamese_text(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Bản Tông", "5 phút", "'đã có", "a=b", " =1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (None, ""), (0, "0"), (12, "12"), (538.5, "538,5"), (540.0, "540"), (1234567.25, "1234567,25"), (-3, "-3"),
        (date(2026, 3, 5), "05/03/2026"), (time(5, 30), "05:30:00"),
    ],
)  # fmt: skip
def test_values_are_written_as_a_vietnamese_spreadsheet_reads_them(cell: Cell, written: str) -> None:
    assert as_vietnamese_text(cell) == written
