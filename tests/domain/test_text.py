"""Text is kept in one form, found without diacritics and sorted as a person would."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.text import fold, sort_key, tidy

TAI_VIET = st.text(alphabet=[chr(point) for point in (*range(0xAA80, 0xAAC3), *range(0xAADB, 0xAAE0))], max_size=12)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("thu tuc", "Cải cách thủ tục hành chính"),
        ("THỦ TỤC", "thủ tục"),
        ("dat dai", "Đất đai"),
        ("đất", "dat"),
        ("Duong", "ĐƯỜNG"),
        ("chieng xom", "Chiềng Xôm"),
        ("hoc   sinh", "học sinh"),
        ("ꪹꪎꪷꪙꪨꪱ", "Sơn La ꪹꪎꪷꪙꪨꪱ"),
    ],
)
def test_search_finds_with_and_without_diacritics(typed: str, title: str) -> None:
    assert fold(typed) in fold(title)


def test_folding_keeps_every_sign_of_tai_viet() -> None:
    assert fold("ꪹꪎꪷꪙꪨꪱ") == "ꪹꪎꪷꪙꪨꪱ"
    assert fold("ꪀꪲ") != fold("ꪀꪳ")


@given(TAI_VIET)
def test_no_tai_viet_text_is_changed_by_folding(text: str) -> None:
    assert fold(text) == tidy(text)  # two marks on one letter may come in either order; NFC has one


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_composed_and_decomposed_letters_are_found_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text())
def test_tidy_text_is_nfc_and_stays_as_it_is(text: str) -> None:
    kept = tidy(text)
    assert unicodedata.is_normalized("NFC", kept)
    assert tidy(kept) == kept
    assert kept == kept.strip()


def test_tidy_composes_and_closes_gaps() -> None:
    assert tidy("  thu\u0309 \t tu\u0323c\nhành chính ") == "thủ tục hành chính"


def test_vietnamese_titles_sort_by_letter_before_diacritic_and_case() -> None:
    wanted = ["cha", "chà", "Chà", "chào", "dat", "đất", "đầu", "thu tục", "thủ tục", "Thủ tục 2", "x"]
    assert sorted(set(wanted), key=sort_key) == wanted


def test_a_vowel_written_before_its_consonant_does_not_lead_the_order() -> None:
    """ꪹꪀ (e + ko) belongs with ko, before every syllable of the next consonants; by code point it would come last."""
    ko, kho, no, so = "ꪀ", "ꪄ", "ꪙ", "ꪎ"
    syllables = [so + "ꪱ", "ꪹ" + no, "ꪵ" + ko, ko + "ꪱ", "ꪶ" + kho, "ꪹ" + ko]
    by_sound = sorted(syllables, key=sort_key)
    consonants = [next(letter for letter in text if "ꪀ" <= letter <= "ꪯ") for text in by_sound]
    assert consonants == sorted(consonants)
    assert sorted(syllables) != by_sound


def test_sort_keys_are_the_same_whatever_form_the_text_came_in() -> None:
    title = "Cấp giấy chứng nhận quyền sử dụng đất"
    assert sort_key(unicodedata.normalize("NFD", title)) == sort_key(title)


def test_a_stored_key_never_changes() -> None:
    """Keys are in databases already: another table of weights would mix two orders."""
    assert sort_key("đ ꪹꪀ").hex() == "1cf502092e902ec90000002000390020002000200000000200020002000200020000"
