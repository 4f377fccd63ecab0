"""Every finding and every reason of a plan has a sentence without gaps, in both languages."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import pytest

from scheduler.domain.planning import Finding, FindingCode, Subject
from scheduler.domain.time import STATION_ZONE
from scheduler.plan_words import word_finding, word_why

STARTS = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
EDITION = {"language": "blt", "year": 2026, "number": 7}
FACTS: Mapping[FindingCode, dict[str, object]] = {
    FindingCode.OVERLAP: {"other": "chieu", "other_on": date(2026, 11, 24), "other_starts_at": STARTS, "kept": True},
    FindingCode.OUTSIDE_ALLOWED_HOURS: {"starts_at": STARTS, "ends_at": STARTS, "hours": ((time(6), time.max),)},
    FindingCode.EDITION_MISSING: EDITION,
    FindingCode.EDITION_NOT_APPROVED: EDITION,
    FindingCode.DURATION_OUTSIDE_RULE: EDITION | {"seconds": 700.4, "shortest": 480.0, "longest": 600.0},
    FindingCode.NO_ZONE: {},
    FindingCode.NOTHING_LEFT_TO_AIR: {"selection": "next"},
}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("code", list(FindingCode))
def test_every_finding_is_a_whole_sentence(code: FindingCode, language: str) -> None:
    subject = Subject(slot_id=1, name="sang", occurrence_on=date(2026, 11, 24), starts_at=STARTS)
    told = word_finding(Finding(code=code, subject=subject, facts=FACTS[code]), zone=STATION_ZONE, language=language)
    assert told.endswith(".")
    assert "{" not in told
    assert code.value not in told


def test_facts_are_told_in_local_time_and_by_the_name_of_the_language() -> None:
    subject = Subject(slot_id=1, name="sang", occurrence_on=date(2026, 11, 24), starts_at=STARTS)

    def told(code: FindingCode) -> str:
        return word_finding(Finding(code=code, subject=subject, facts=FACTS[code]), zone=STATION_ZONE)

    assert "Từ 05:30 đến 05:30 nằm ngoài giờ được phát (06:00–24:00)" in told(FindingCode.OUTSIDE_ALLOWED_HOURS)
    assert "bản tiếng Thái của số 7/2026" in told(FindingCode.EDITION_MISSING)
    assert "chieu lúc 05:30: buổi này được giữ" in told(FindingCode.OVERLAP)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("code", ["next", "least_recently_aired", "repeat", "pinned_slot", "pinned_date", "one_off"])
def test_every_reason_for_an_episode_is_told(code: str, language: str) -> None:
    told = word_why({"code": code, "slot": "sang", "occurrence": "2026-11-24"}, language=language)
    assert "{" not in told
    assert not told.startswith("why_")
    assert ("24/11/2026" in told) == (code == "repeat")
