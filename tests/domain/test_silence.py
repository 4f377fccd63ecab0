"""Why a zone is silent: each situation has its sentence, and the weightiest comes first."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest

from scheduler.domain.coverage import Hours
from scheduler.domain.planning import Finding, FindingCode, Subject
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.silence import (
    CalledOff,
    Day,
    Due,
    Expected,
    Moment,
    Outcome,
    Paused,
    Sounding,
    why_now,
    why_then,
)
from scheduler.domain.station import Problem
from scheduler.domain.time import STATION_ZONE
from scheduler.problem_words import tell

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
HOURS: Hours = ((time(5), time(21)),)
DUE = Due(at=NOW, title="Hộ chiếu")
MISSED = Outcome(kind=EntryKind.MISSED, reason=Reason.FILE_MISSING, seconds_sounded=0, seconds_planned=540)
CUT = Outcome(kind=EntryKind.INTERRUPTED, reason=Reason.INTERRUPTED, seconds_sounded=270, seconds_planned=540)
WELL = Outcome(kind=EntryKind.SOUNDED, reason=None, seconds_sounded=540, seconds_planned=540)
CANCELLED = CalledOff(at=NOW, title="Hộ chiếu", by="Lò Thị Hoa", reason="mất điện")
MOVED = replace(CANCELLED, reason="", moved_to=NOW + timedelta(hours=3))
FINDING = Finding(
    code=FindingCode.EDITION_NOT_APPROVED,
    subject=Subject(slot_id=1, name="sang", occurrence_on=date(2026, 11, 24), starts_at=NOW, broadcast_id=uuid4()),
    zone_groups=((1,),),
    facts={"language": "blt", "number": 3, "year": 2026},
)

NOW_TABLE: dict[str, tuple[dict[str, object], list[str]]] = {
    "removed": ({"removed_at": NOW}, ["zone_removed_since"]),
    "paused, nobody knows by whom": ({"paused": Paused()}, ["zone_paused"]),
    "paused by somebody": ({"paused": Paused(by="Hoa", since=NOW)}, ["zone_paused_by"]),
    "a paused zone that still sounds out": (
        {"paused": Paused(), "sounding": Sounding(title="a", since=NOW)},
        ["zone_paused"],
    ),
    "on air": ({"sounding": Sounding(title="a", since=NOW), "coming": DUE}, ["zone_sounds"]),
    "on air through broken loudspeakers": (
        {"sounding": Sounding(title="a", since=NOW), "loudspeakers": 2, "broken": 2},
        ["zone_sounds", "zone_without_loudspeaker"],
    ),
    "nothing planned": ({}, ["zone_not_planned"]),
    "the next is later": ({"coming": DUE}, ["zone_waits"]),
    "outside its hours": ({"coming": DUE, "is_within_hours": False}, ["zone_outside_hours", "zone_waits"]),
    "no daemon runs": (
        {"playout": [Problem(code="playout_never_ran")], "coming": DUE},
        ["playout_never_ran", "zone_waits"],
    ),
    "the carrier failed while it should sound": (
        {"alarms": [Problem(code="carrier_down")], "awaited": [DUE], "coming": DUE},
        ["carrier_down", "zone_awaited"],
    ),
    "cancelled today": ({"called_off": [CANCELLED], "coming": DUE}, ["zone_called_off", "zone_waits"]),
    "moved today": ({"called_off": [MOVED], "coming": DUE}, ["zone_moved_without_reason", "zone_waits"]),
    "the last one was missed": ({"last": (DUE, MISSED), "coming": DUE}, ["zone_missed", "zone_waits"]),
    "the last one was cut": ({"last": (DUE, CUT), "coming": DUE}, ["zone_interrupted", "zone_waits"]),
    "the last one was well": ({"last": (DUE, WELL), "coming": DUE}, ["zone_waits"]),
    "one of two loudspeakers is broken": ({"loudspeakers": 2, "broken": 1}, ["zone_not_planned"]),
    "an edition is not approved": ({"found": [(NOW, FINDING)]}, ["zone_not_planned", "zone_found"]),
}


@pytest.mark.parametrize("situation", NOW_TABLE)
def test_every_situation_of_now_has_its_sentence_with_all_facts_in_both_languages(situation: str) -> None:
    known, codes = NOW_TABLE[situation]
    found = why_now(Moment(hours=HOURS, **known))  # type: ignore[arg-type]
    assert [problem.code for problem in found] == codes
    check_words([problem for problem in found if problem.code != "carrier_down"])


DAY = date(2026, 11, 24)
PAST = Expected(due=DUE, is_over=True)
THEN_TABLE: dict[str, tuple[Expected, str]] = {
    "sounded": (replace(PAST, outcome=WELL), "then_sounded"),
    "missed": (replace(PAST, outcome=MISSED), "then_missed"),
    "cut": (replace(PAST, outcome=CUT), "then_in_part"),
    "cancelled": (replace(PAST, called_off=CANCELLED), "zone_called_off"),
    "moved": (replace(PAST, called_off=MOVED), "zone_moved_without_reason"),
    "left out": (replace(PAST, finding=FINDING), "zone_found"),
    "nobody told": (PAST, "then_not_reported"),
    "on air": (replace(PAST, is_over=False, is_sounding=True), "then_sounds"),
    "to come": (replace(PAST, is_over=False), "then_to_come"),
    "the log weighs more than a later cancellation": (
        replace(PAST, outcome=WELL, called_off=CANCELLED),
        "then_sounded",
    ),
}


@pytest.mark.parametrize("situation", THEN_TABLE)
def test_every_outcome_of_a_day_has_its_sentence(situation: str) -> None:
    expected, code = THEN_TABLE[situation]
    found = why_then(Day(day=DAY, created_on=date(2020, 1, 1), expected=[expected]))
    assert [problem.code for problem in found] == [code]
    check_words(found)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (Day(day=DAY, created_on=date(2020, 1, 1)), "then_nothing_planned"),
        (Day(day=DAY, created_on=date(2020, 1, 1), is_paused=True), "then_zone_paused"),
        (Day(day=DAY, created_on=date(2027, 1, 1)), "then_no_zone"),
        (Day(day=DAY, created_on=date(2020, 1, 1), removed_on=DAY), "then_zone_removed"),
        (Day(day=DAY, created_on=date(2020, 1, 1), removed_on=date(2026, 11, 25)), "then_nothing_planned"),
    ],
)
def test_a_day_without_any_broadcast_says_why(day: Day, code: str) -> None:
    found = why_then(day)
    assert [problem.code for problem in found] == [code]
    check_words(found)


def test_the_broadcasts_of_a_day_are_told_by_start() -> None:
    later = replace(PAST, due=Due(at=NOW + timedelta(hours=1), title="sau"), outcome=WELL)
    found = why_then(Day(day=DAY, created_on=DAY, expected=[later, replace(PAST, outcome=MISSED)]))
    assert [problem.code for problem in found] == ["then_missed", "then_sounded"]


def test_the_share_of_a_cut_broadcast_is_told_and_never_all_of_it() -> None:
    nearly = replace(CUT, seconds_sounded=539.9)
    for outcome, share in ((CUT, "50%"), (nearly, "99%")):
        found = why_then(Day(day=DAY, created_on=DAY, expected=[replace(PAST, outcome=outcome)]))
        assert share in tell(found[0], zone=STATION_ZONE)


def test_who_called_it_off_and_why_is_in_the_sentence() -> None:
    told = tell(why_now(Moment(hours=HOURS, called_off=[CANCELLED]))[0], zone=STATION_ZONE)
    assert "Lò Thị Hoa" in told and "mất điện" in told and "05:00 24/11/2026" in told


def check_words(found: list[Problem]) -> None:
    """No sentence is a bare code or lacks a fact."""
    for problem in found:
        for language in ("vi", "en"):
            told = tell(problem, zone=STATION_ZONE, language=language)
            assert told != problem.code and "{" not in told and "None" not in told, told
