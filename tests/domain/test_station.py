from datetime import timedelta

import pytest

from scheduler.domain.station import (
    Problem,
    SignOfLife,
    StationState,
    find_clock_problems,
    find_disk_problems,
    find_pulse_problems,
    find_step_problems,
    state_of,
)
from tests.factories import NOW

GIB = 2**30
SILENCE = timedelta(seconds=20)


def sign(ago_s: float, role: str = "playout") -> SignOfLife:
    return SignOfLife(owner=f"{role}.{ago_s}", role=role, at=NOW - timedelta(seconds=ago_s))


@pytest.mark.parametrize(
    ("free", "total", "codes"),
    [
        (50 * GIB, 100 * GIB, []),
        (10 * GIB, 300 * GIB, ["disk_nearly_full"]),  # much is free, but only 3 %
        (1 * GIB, 8 * GIB, ["disk_nearly_full"]),  # 12 %, but too little
        (2 * GIB, 16 * GIB, []),
        (GIB // 4 - 1, 1 * GIB, ["disk_full"]),
    ],
)
def test_a_disk_is_nearly_full_by_share_or_by_size(free: int, total: int, codes: list[str]) -> None:
    assert [problem.code for problem in find_disk_problems(free_bytes=free, total_bytes=total)] == codes


def test_one_living_daemon_is_enough() -> None:
    assert find_pulse_problems([sign(900), sign(20)], role="playout", now=NOW, silence=SILENCE) == []


def test_silence_is_told_since_the_newest_sign() -> None:
    (problem,) = find_pulse_problems([sign(900), sign(21)], role="playout", now=NOW, silence=SILENCE)
    assert problem.code == "playout_silent" and problem.severe
    assert problem.facts["since"] == NOW - timedelta(seconds=21)


def test_another_role_is_no_sign_of_life() -> None:
    (problem,) = find_pulse_problems([sign(1, "ingest")], role="playout", now=NOW, silence=SILENCE)
    assert problem.code == "playout_never_ran"


def test_a_sign_from_the_future_proves_nothing() -> None:
    assert find_pulse_problems([sign(-3600)], role="playout", now=NOW, silence=SILENCE) != []


def test_only_a_clock_known_to_be_loose_is_a_problem() -> None:
    assert find_clock_problems(synchronised=None) == find_clock_problems(synchronised=True) == []
    assert [problem.code for problem in find_clock_problems(synchronised=False)] == ["clock_not_synchronised"]


@pytest.mark.parametrize(("moved_s", "found"), [(0.5, 0), (0.52, 0), (3600.5, 1), (-3599.5, 1)])
def test_a_clock_that_moves_otherwise_than_time_is_stepping(moved_s: float, found: int) -> None:
    problems = find_step_problems(
        wall=timedelta(seconds=moved_s), monotonic=timedelta(seconds=0.5), most=timedelta(milliseconds=50)
    )
    assert len(problems) == found


def test_one_severe_problem_is_enough_for_failing() -> None:
    mild, severe = Problem(code="a"), Problem(code="b", severe=True)
    assert state_of([]) is StationState.OK
    assert state_of([mild, mild]) is StationState.DEGRADED
    assert state_of([mild, severe]) is StationState.FAILING
