"""What a line comes to when plan and log are laid beside each other, case by case."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.reconciliation import (
    OPEN,
    LineClass,
    Planned,
    Told,
    came_later,
    class_of,
    count_open,
    is_late,
    tell_days,
)

AT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
WHOLE = Told(
    kind=EntryKind.SOUNDED, reason=None, source="plan", planned_at=AT, started_at=AT, seconds_planned=540.0,
    seconds_sounded=540.0,
)  # fmt: skip
HALF = replace(WHOLE, kind=EntryKind.PARTIAL, seconds_sounded=270.0)
NOTHING = replace(WHOLE, kind=EntryKind.MISSED, seconds_sounded=0.0, started_at=None)
IN_PLAN = Planned(in_programme=True, state=BroadcastState.DONE, priority=Priority.ORDINARY)


@pytest.mark.parametrize(
    ("told", "planned", "wanted"),
    [
        (WHOLE, IN_PLAN, LineClass.SOUNDED),
        (replace(WHOLE, started_at=AT + timedelta(seconds=59)), IN_PLAN, LineClass.SOUNDED),
        (replace(WHOLE, started_at=AT + timedelta(minutes=1)), IN_PLAN, LineClass.IN_PART),
        (replace(HALF, reason=Reason.LATE_START), IN_PLAN, LineClass.IN_PART),
        (HALF, IN_PLAN, LineClass.NO_REASON),
        (replace(HALF, reason=Reason.UNKNOWN), IN_PLAN, LineClass.NO_REASON),
        (replace(NOTHING, reason=Reason.POWER_CUT), IN_PLAN, LineClass.MISSED),
        (NOTHING, IN_PLAN, LineClass.NO_REASON),
        (replace(NOTHING, kind=EntryKind.FAILED), IN_PLAN, LineClass.NO_REASON),
        (replace(NOTHING, reason=Reason.UNKNOWN), IN_PLAN, LineClass.NO_REASON),
        # A person who says that nobody knows has answered; a logbook without a column for reasons has not.
        (replace(NOTHING, reason=Reason.UNKNOWN, source="manual"), IN_PLAN, LineClass.MISSED),
        (replace(NOTHING, reason=Reason.UNKNOWN, source="import"), IN_PLAN, LineClass.NO_REASON),
        # A correction speaks by its seconds.
        (replace(WHOLE, kind=EntryKind.CORRECTION, source="manual"), IN_PLAN, LineClass.SOUNDED),
        (replace(NOTHING, kind=EntryKind.CORRECTION, source="manual"), IN_PLAN, LineClass.NO_REASON),
        # What sounded without being planned.
        (WHOLE, replace(IN_PLAN, state=BroadcastState.CANCELLED), LineClass.NOT_PLANNED),
        (WHOLE, replace(IN_PLAN, in_programme=False), LineClass.NOT_PLANNED),
        (WHOLE, replace(IN_PLAN, priority=Priority.EMERGENCY), LineClass.NOT_PLANNED),
        (WHOLE, Planned(in_programme=False, state=None, priority=1), LineClass.NOT_PLANNED),
        (replace(WHOLE, source="import"), Planned(in_programme=False, state=BroadcastState.DONE, priority=1), LineClass.SOUNDED),
        # What was called off and did not sound is no surprise.
        (replace(NOTHING, reason=Reason.CANCELLED), replace(IN_PLAN, state=BroadcastState.CANCELLED), LineClass.MISSED),
    ],
)  # fmt: skip
def test_each_case_has_its_class(told: Told, planned: Planned, wanted: LineClass) -> None:
    assert class_of(told, planned) is wanted


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.UNKNOWN])
def test_every_reason_of_the_closed_list_answers(reason: Reason) -> None:
    assert class_of(replace(NOTHING, reason=reason), IN_PLAN) is LineClass.MISSED


def test_only_what_nobody_answered_for_is_open() -> None:
    assert {LineClass.NO_REASON, LineClass.NEVER_REPORTED} == OPEN
    assert count_open(dict.fromkeys(LineClass, 2)) == 4


def test_nothing_that_did_not_begin_is_late() -> None:
    assert not is_late(NOTHING)


def test_a_report_of_a_later_day_came_later_unless_a_person_wrote_it() -> None:
    day = date(2026, 11, 24)
    assert came_later(source="plan", written_on=date(2026, 11, 25), day=day)
    assert not came_later(source="plan", written_on=day, day=day)
    assert not came_later(source="manual", written_on=date(2026, 11, 30), day=day)


def test_of_many_days_the_first_are_told() -> None:
    days = [date(2026, 11, number) for number in range(12, 0, -1)]
    assert tell_days(days[-2:]) == "01/11/2026, 02/11/2026"
    assert tell_days(days, most=2) == "01/11/2026, 02/11/2026 …"
