"""Whether a programme may still sound, where to join it, and what its outcome is in the log."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.going_to_air import (
    Chance,
    Circumstances,
    Course,
    Delivery,
    is_worth_joining,
    judge,
    judge_step,
    seconds_heard,
    skipped_by,
    tell_missed,
    tell_outcome,
)
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.time import TimeSpan

T = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
WELL = Circumstances(alive_since=T - timedelta(hours=1))
AIRING = uuid4()


@dataclass(frozen=True)
class Sounded:
    airing_id: UUID
    offset_s: float
    lasts_s: float
    started_at: datetime = T

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.lasts_s)


def a_chance(**others: object) -> Chance:
    chance = Chance(
        starts_at=T,
        seconds=600,
        is_ready=True,
        is_zone_active=True,
        is_approved=True,
        is_within_hours=True,
        is_emergency=False,
    )
    return replace(chance, **others)  # type: ignore[arg-type]


def decide(chance: Chance, *, late_s: float = 0, circumstances: Circumstances = WELL, share: float = 0.2):  # type: ignore[no-untyped-def]
    return judge(chance, circumstances, now=T + timedelta(seconds=late_s), least_share=share)


def deliveries(*seconds: float) -> list[Delivery]:
    return [Delivery(airing_id=AIRING if n == 0 else uuid4(), planned_at=T, seconds=s) for n, s in enumerate(seconds)]


def tell(planned: list[Delivery], heard: list[Sounded], reason: Reason | None = None, missed: Reason | None = None):  # type: ignore[no-untyped-def]
    return tell_outcome(
        planned,
        heard,
        zone_id=1,
        evidence=Evidence.COMPLETED,
        reason=reason,
        missed_reason=missed,
        recorded_by="a daemon",
        rendition_sha256="r",
    )


# --- clocks ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("drift", [-0.9, 0.0, 0.9])
def test_a_slewing_clock_is_not_a_step(drift: float) -> None:
    assert judge_step(wall=timedelta(seconds=2 + drift), monotonic=timedelta(seconds=2)) is None


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1), timedelta(seconds=1)])
def test_a_step_is_told_by_its_size(by: timedelta) -> None:
    assert judge_step(wall=timedelta(seconds=2) + by, monotonic=timedelta(seconds=2)) == by


def test_only_a_large_step_forward_skips_anything() -> None:
    now = T + timedelta(hours=1)
    assert skipped_by(timedelta(hours=1), before=T, now=now) == TimeSpan(starts_at=T, ends_at=now)
    assert skipped_by(timedelta(seconds=59), before=T, now=T + timedelta(seconds=59)) is None
    assert skipped_by(timedelta(hours=-1), before=now, now=T) is None


# --- deciding --------------------------------------------------------------------------------------------------
def test_on_time_sounds_from_the_beginning_with_no_reason_to_tell() -> None:
    verdict = decide(a_chance(), late_s=-3)
    assert (verdict.course, verdict.offset_s, verdict.reason) == (Course.SOUND, 0.0, None)


def test_a_late_start_joins_in_progress_at_the_lateness() -> None:
    verdict = decide(a_chance(), late_s=100)
    assert (verdict.course, verdict.offset_s, verdict.reason) == (Course.SOUND, 100.0, Reason.LATE_START)


def test_less_than_the_least_share_is_not_joined() -> None:
    assert decide(a_chance(), late_s=480).course is Course.SOUND
    assert decide(a_chance(), late_s=481).course is Course.MISS
    assert not is_worth_joining(offset_s=600, seconds=600, least_share=0.0)


@pytest.mark.parametrize(
    ("circumstances", "reason"),
    [
        (WELL, Reason.TOO_LATE),
        (Circumstances(alive_since=T + timedelta(seconds=1)), Reason.DAEMON_DOWN),
        (replace(WELL, away=(TimeSpan(starts_at=T, ends_at=T + timedelta(minutes=9)),)), Reason.DATABASE_AWAY),
        (replace(WELL, skipped=(TimeSpan(starts_at=T, ends_at=T + timedelta(minutes=9)),)), Reason.CLOCK_STEPPED),
    ],
)
def test_what_is_too_late_is_missed_for_what_kept_it(circumstances: Circumstances, reason: Reason) -> None:
    verdict = decide(a_chance(), late_s=590, circumstances=circumstances)
    assert (verdict.course, verdict.reason) == (Course.MISS, reason)


def test_what_a_clock_step_jumped_over_is_missed_even_when_worth_joining() -> None:
    skipped = replace(WELL, skipped=(TimeSpan(starts_at=T - timedelta(minutes=50), ends_at=T + timedelta(minutes=1)),))
    verdict = decide(a_chance(), late_s=60, circumstances=skipped)
    assert (verdict.course, verdict.reason) == (Course.MISS, Reason.CLOCK_STEPPED)


def test_what_was_jumped_over_and_lies_ahead_again_still_sounds() -> None:
    skipped = replace(WELL, skipped=(TimeSpan(starts_at=T - timedelta(minutes=50), ends_at=T + timedelta(minutes=1)),))
    assert decide(a_chance(), late_s=-600, circumstances=skipped).course is Course.SOUND


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"is_approved": False}, Reason.NOT_APPROVED),
        ({"is_within_hours": False}, Reason.OUTSIDE_ALLOWED_HOURS),
        ({"is_zone_active": False}, Reason.ZONE_INACTIVE),
        ({"is_approved": False, "is_emergency": True}, Reason.NOT_APPROVED),
    ],
)
def test_what_is_forbidden_is_missed_with_its_reason(given: dict[str, bool], reason: Reason) -> None:
    verdict = decide(a_chance(**given))
    assert (verdict.course, verdict.reason) == (Course.MISS, reason)


def test_an_emergency_outside_allowed_hours_sounds_and_says_so() -> None:
    verdict = decide(a_chance(is_within_hours=False, is_emergency=True))
    assert verdict.course is Course.SOUND
    assert "emergency" in verdict.note


def test_a_file_that_is_not_ready_is_waited_for_as_long_as_joining_is_worth_it() -> None:
    assert decide(a_chance(is_ready=False), late_s=100).course is Course.WAIT
    assert decide(a_chance(is_ready=False), late_s=590).reason is Reason.FILE_MISSING
    corrupt = a_chance(is_ready=False, unready_reason=Reason.FILE_CORRUPT)
    assert decide(corrupt, late_s=590).reason is Reason.FILE_CORRUPT
    assert decide(a_chance(carrier_reason=Reason.CARRIER_FAILED), late_s=590).reason is Reason.CARRIER_FAILED


# --- outcomes --------------------------------------------------------------------------------------------------
def test_a_whole_edition_is_sounded_without_a_reason() -> None:
    [entry] = tell(deliveries(240), [Sounded(AIRING, 0, 240)], reason=Reason.LATE_START)
    assert (entry.kind, entry.reason, entry.seconds_sounded) == (EntryKind.SOUNDED, None, 240)
    assert (entry.started_at, entry.ended_at) == (T, T + timedelta(seconds=240))


def test_a_cut_edition_is_partial_with_its_reason_and_the_next_one_missed() -> None:
    first, second = tell(deliveries(240, 100), [Sounded(AIRING, 0, 60)], Reason.STOPPED, Reason.STOPPED)
    assert (first.kind, first.reason, first.seconds_sounded) == (EntryKind.PARTIAL, Reason.STOPPED, 60)
    assert (second.kind, second.reason, second.seconds_sounded) == (EntryKind.MISSED, Reason.STOPPED, 0)
    assert (second.evidence, second.started_at) == (Evidence.PLANNED, None)


def test_a_cut_that_nobody_explains_is_unknown_and_never_silent() -> None:
    [entry] = tell(deliveries(240), [Sounded(AIRING, 0, 60)])
    assert (entry.kind, entry.reason) == (EntryKind.PARTIAL, Reason.UNKNOWN)


def test_pushed_aside_is_interrupted_and_a_carrier_that_gave_nothing_failed() -> None:
    [entry] = tell(deliveries(240), [Sounded(AIRING, 0, 60)], Reason.INTERRUPTED)
    assert entry.kind is EntryKind.INTERRUPTED
    [entry] = tell(deliveries(240), [], Reason.CARRIER_FAILED, Reason.CARRIER_FAILED)
    assert entry.kind is EntryKind.FAILED


def test_two_lives_add_up_and_what_both_sounded_counts_once() -> None:
    later = T + timedelta(seconds=110)
    heard = [Sounded(AIRING, 0, 100), Sounded(AIRING, 90, 150, later)]
    [entry] = tell(deliveries(240), heard, Reason.CRASH_REJOINED)
    assert entry.seconds_sounded == pytest.approx(240)
    heard = [Sounded(AIRING, 0, 100), Sounded(AIRING, 130, 110, later)]
    [entry] = tell(deliveries(240), heard, Reason.CRASH_REJOINED)
    assert (entry.kind, entry.seconds_sounded) == (EntryKind.PARTIAL, 210)
    assert (entry.started_at, entry.ended_at) == (T, later + timedelta(seconds=110))


def test_nothing_more_than_the_edition_is_ever_told() -> None:
    [entry] = tell(deliveries(240), [Sounded(AIRING, 0, 400)])
    assert entry.seconds_sounded == 240


def test_missed_tells_one_entry_for_each_edition() -> None:
    told = tell_missed(deliveries(1, 2), zone_id=1, reason=Reason.TOO_LATE, recorded_by="a daemon", note="n")
    assert [(entry.kind, entry.reason, entry.note) for entry in told] == [(EntryKind.MISSED, Reason.TOO_LATE, "n")] * 2


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=8))
def test_seconds_heard_are_the_union_whatever_the_order(pieces: list[tuple[int, int]]) -> None:
    heard = [Sounded(AIRING, first, lasts) for first, lasts in pieces]
    union = {second for first, lasts in pieces for second in range(first, first + lasts)}
    assert seconds_heard(heard) == len(union)
    assert seconds_heard(reversed(heard)) == len(union)
