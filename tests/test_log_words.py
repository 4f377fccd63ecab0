"""How lines of the log are told to a person."""

import pytest

from scheduler.log_words import tell_writer


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("playout.may-chu.8a656a7b.2b38a0da104a", "bộ phát sóng"),
        ("z39-800ab6bd", "máy phát tại bản"),
        ("Lò Thị Hoa", "Lò Thị Hoa"),
        ("z", "z"),
    ],
)
def test_programs_are_told_by_what_they_are_and_people_by_name(name: str, told: str) -> None:
    assert tell_writer(name) == told
