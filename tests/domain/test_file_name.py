"""Guessing an edition from a file's name: what people at stations really call their files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.file_name import Guess, KnownSeries, Part, guess

CCHC = KnownSeries(code="cchc", title="Thành phố chung tay cải cách thủ tục hành chính")
HEALTH = KnownSeries(code="suckhoe", title="Sức khỏe cho mọi nhà")
YEAR = 2026


def looked_at(name: str, *series: KnownSeries) -> Guess:
    return guess(name, series=series or (CCHC,), this_year=YEAR)


@pytest.mark.parametrize(
    ("name", "year", "number", "language"),
    [
        ("Số 12 - Thái.mp3", 2026, 12, "blt"),
        ("CCHC_so12_2026_PT.wav", 2026, 12, "vi"),
        ("k12 phothong.m4a", 2026, 12, "vi"),
        ("TIENG THAI kỳ 07.mp3", 2026, 7, "blt"),
        ("Số 3/2025 bản tiếng Mông.mp3", 2025, None, "hmn"),  # a slash ends a folder's name; no number is left
        ("Số 3-2025 bản tiếng Mông.mp3", 2025, 3, "hmn"),
        ("so 9 năm 2024 tieng pho thong.MP3", 2024, 9, "vi"),
        ("CCHC số 05 Thái Trắng.flac", 2026, 5, "twh"),
        ("Thái đen - số 8.wav", 2026, 8, "blt"),
        ("24-11-2026 số 4 PT.mp3", 2026, 4, "vi"),
        ("số 4 24-11-2026 PT.mp3", 2026, 4, "vi"),
        ("20261124_so4_blt.mp3", 2026, 4, "blt"),
        ("2026.11.24 kỳ 4 tiếng Dao.mp3", 2026, 4, "ium"),
        ("C:\\fakepath\\Số 2 Thái.mp3", 2026, 2, "blt"),
        ("so\u0302\u0301 12 tha\u0301i.mp3", 2026, 12, "blt"),  # as macOS writes it
        ("ep 31 vi.opus", 2026, 31, "vi"),
        ("15.mp3", 2026, 15, None),
        ("ghi âm.mp3", 2026, None, None),
        ("Số 6 lãnh đạo.mp3", 2026, 6, None),
        ("Số 6 thai sản.mp3", 2026, 6, None),
        ("Số 6 Thái Nguyên.mp3", 2026, 6, None),
        ("Số 6 xử lý vi phạm tiếng Thái.mp3", 2026, 6, "blt"),
        ("", 2026, None, None),
    ],
)
def test_names_people_use(name: str, year: int, number: int | None, language: str | None) -> None:
    found = looked_at(name)
    assert (found.year, found.number) == (year, number)
    assert found.language == language
    assert found.series == "cchc"


@pytest.mark.parametrize(
    ("name", "doubtful"),
    [
        ("CCHC_so12_2026_PT.wav", ()),
        ("Số 12 - Thái.mp3", (Part.YEAR,)),
        ("12 Thái 2026.mp3", (Part.NUMBER,)),
        ("15.mp3", (Part.YEAR, Part.NUMBER, Part.LANGUAGE)),
        ("số 3 số 5 PT 2026.mp3", (Part.NUMBER,)),
        ("so 12 noi chuyen thai cung ba con 2026.mp3", (Part.LANGUAGE,)),
    ],
)
def test_it_says_what_to_look_at_twice(name: str, doubtful: tuple[Part, ...]) -> None:
    found = looked_at(name)
    assert found.doubtful == doubtful
    assert found.is_sure is (not doubtful)


def test_a_file_in_two_languages_is_left_to_the_person() -> None:
    found = looked_at("Số 6 tiếng phổ thông, tiếng Thái.mp3")
    assert found.language is None
    assert Part.LANGUAGE in found.doubtful


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("cchc so 1.mp3", "cchc"),
        ("Cải cách thủ tục hành chính số 1.mp3", "cchc"),
        ("CTTHC số 1.mp3", "cchc"),  # initials of a stretch of the title
        ("Sức khoẻ cho mọi nhà - 2.mp3", "suckhoe"),
        ("suckhoe_2.mp3", "suckhoe"),
        ("số 2.mp3", None),
        ("cchc suckhoe 2.mp3", None),
    ],
)
def test_the_series_is_found_among_several(name: str, series: str | None) -> None:
    found = looked_at(name, CCHC, HEALTH)
    assert found.series == series
    assert (Part.SERIES in found.sure) is (series is not None)


@given(st.text(max_size=400))
def test_no_name_makes_it_fail(name: str) -> None:
    found = looked_at(name)
    assert found.number is None or 0 < found.number < 10_000
    assert found.year is None or 2000 <= found.year <= 2100
