import pytest

from scheduler.plan_words import word_days


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("FREQ=WEEKLY;BYDAY=TH,MO", "thứ Hai, thứ Năm"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "hằng ngày"),
        ("RRULE:FREQ=DAILY", "hằng ngày"),
        ("FREQ=WEEKLY;INTERVAL=1;BYDAY=SU", "Chủ nhật"),
    ],
)
def test_the_days_of_a_slot_are_told_as_people_say_them(rule: str, told: str) -> None:
    assert word_days(rule) == told


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "FREQ=MONTHLY;BYDAY=1MO", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY"]
)
def test_a_rule_that_says_more_than_days_of_the_week_is_shown_as_it_is(rule: str) -> None:
    assert word_days(rule) == rule
