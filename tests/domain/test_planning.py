"""What a plan may never do, whatever the slots, and how each rule of drawing it reads."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.coverage import Hours, is_within_allowed_hours
from scheduler.domain.planning import (
    Aired,
    Coverage,
    DateException,
    Era,
    Finding,
    FindingCode,
    Fixed,
    OneOff,
    Plan,
    Priority,
    Selection,
    ZoneToPlan,
)
from scheduler.domain.time import TimeSpan
from scheduler.ports import Part
from tests.domain.plans import (
    DAY_HOURS,
    EVERYWHERE,
    HUM,
    MONDAY,
    OTHER_SERIES,
    SERIES,
    STATION,
    TO_1,
    TONG,
    VILLAGES,
    at,
    coverage,
    draw,
    episode,
    slot,
)

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
SUNDAY = MONDAY + timedelta(days=6)


def numbers(plan: Plan) -> list[int]:
    return [item.episode.number for item in plan.broadcasts]


def told(plan: Plan) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(item.code.value, item.subject.name, tuple(sorted(item.zone_ids))) for item in plan.findings]


def zones_of(plan: Plan, name: str) -> set[int]:
    return {
        zone for item in plan.broadcasts if item.subject.name == name for p in item.programmes for zone in p.zone_ids
    }


def heard_in(plan: Plan, zone: int) -> list[tuple[str | None, ...]]:
    return [
        tuple(part.language or part.role for part in programme.parts)
        for item in plan.broadcasts
        for programme in item.programmes
        if zone in programme.zone_ids
    ]


def only(plan: Plan, code: FindingCode) -> list[Finding]:
    return [item for item in plan.findings if item.code is code]


# --- which episode ----------------------------------------------------------------------------------------------
def test_next_goes_through_the_episodes_by_year_and_number() -> None:
    episodes = [episode(2), episode(1), episode(7, year=2025)]
    plan = draw([slot()], episodes, last=WEDNESDAY)
    assert numbers(plan) == [7, 1, 2]
    assert [item.why["code"] for item in plan.broadcasts] == ["next"] * 3


def test_when_all_have_aired_the_one_aired_longest_ago_comes_again() -> None:
    history = [
        Aired(episode_id=episode(number).id, series_id=1, at=at(day, 5))
        for number, day in [(1, date(2026, 11, 20)), (2, date(2026, 11, 3)), (3, date(2026, 11, 10))]
    ]
    plan = draw([slot()], [episode(1), episode(2), episode(3)], history=history, last=WEDNESDAY)
    assert numbers(plan) == [2, 3, 1]
    assert plan.broadcasts[0].why == {
        "code": "least_recently_aired",
        "last_aired_at": at(date(2026, 11, 3), 5).isoformat(),
    }


def test_what_was_hardly_heard_is_still_the_next() -> None:
    missed = Aired(episode_id=episode(1).id, series_id=1, at=at(date(2026, 11, 20), 5), slot_id=1, heard=False)
    assert numbers(draw([slot()], [episode(1), episode(2)], history=[missed])) == [1]


def test_two_slots_of_a_series_never_take_the_same_next_episode() -> None:
    plan = draw([slot(1), slot(2, starts=time(17))], [episode(n) for n in range(1, 9)], last=TUESDAY)
    assert numbers(plan) == [1, 2, 3, 4]


def test_next_leaves_out_what_nobody_there_would_hear() -> None:
    only_thai = episode(1, approved=["blt"])
    plan = draw([slot()], [only_thai, episode(2)], reached={1: frozenset({TO_1})})
    assert numbers(plan) == [2]
    assert numbers(draw([slot()], [only_thai, episode(2)])) == [1]


def test_a_repeat_takes_the_latest_broadcast_of_the_other_slot() -> None:
    evening = slot(2, code="chieu", starts=time(17), selection=Selection.REPEAT, repeats_slot_id=1)
    plan = draw(
        [slot(1, code="sang", rule="FREQ=WEEKLY;BYDAY=MO,WE"), evening], [episode(1), episode(2)], last=WEDNESDAY
    )
    assert [(item.subject.name, item.episode.number) for item in plan.broadcasts] == [
        ("sang", 1),
        ("chieu", 1),
        ("chieu", 1),
        ("sang", 2),
        ("chieu", 2),
    ]
    assert plan.broadcasts[2].why == {"code": "repeat", "slot": "sang", "occurrence": MONDAY.isoformat()}


def test_a_repeat_knows_what_the_other_slot_had_before_the_plan_begins() -> None:
    aired = Aired(
        episode_id=episode(4).id, series_id=1, at=at(date(2026, 11, 20), 5), slot_id=1, occurrence_on=date(2026, 11, 20)
    )
    evening = slot(2, starts=time(17), selection=Selection.REPEAT, repeats_slot_id=1)
    assert numbers(draw([evening], [episode(4), episode(5)], history=[aired])) == [4]


def test_a_repeat_of_a_slot_that_had_nothing_yet_has_nothing_to_air() -> None:
    evening = slot(2, starts=time(17), selection=Selection.REPEAT, repeats_slot_id=1)
    assert told(draw([evening], [episode(1)])) == [("nothing_left_to_air", "slot-2", (TONG, HUM, TO_1))]


def test_a_pinned_slot_airs_its_episode_every_time() -> None:
    plan = draw(
        [slot(selection=Selection.PINNED, pinned_episode_id=episode(2).id)], [episode(1), episode(2)], last=TUESDAY
    )
    assert numbers(plan) == [2, 2]
    assert all(item.pinned for item in plan.broadcasts)


def test_a_series_without_an_approved_episode_has_nothing_to_air() -> None:
    plan = draw([slot()], [episode(1, approved=[], waiting=["vi"]), episode(1, series=OTHER_SERIES)])
    assert told(plan) == [("nothing_left_to_air", "slot-1", (TONG, HUM, TO_1))]
    assert plan.broadcasts == ()


# --- what each village hears ------------------------------------------------------------------------------------
def test_each_village_hears_its_languages_in_its_order() -> None:
    plan = draw([slot()], [episode(1)])
    assert heard_in(plan, TONG) == [("blt", "vi")]
    assert heard_in(plan, HUM) == [("blt",)]
    assert heard_in(plan, TO_1) == [("vi",)]


def test_chime_and_outro_frame_what_a_zone_hears() -> None:
    chime, outro = Part(role="chime", sha256="c", seconds=8), Part(role="outro", sha256="o", seconds=5)
    zones = [ZoneToPlan(id=TONG, languages=("vi",), chime=chime, outro=outro)]
    plan = draw([slot()], [episode(1)], zones=zones)
    assert heard_in(plan, TONG) == [("chime", "vi", "outro")]
    assert plan.broadcasts[0].ends_at - plan.broadcasts[0].starts_at == timedelta(seconds=553)


def test_a_broadcast_ends_with_its_longest_programme() -> None:
    plan = draw([slot()], [episode(1)])
    assert plan.broadcasts[0].ends_at == at(MONDAY, 5, 48)
    assert plan.broadcasts[0].languages == {"vi", "blt"}


def test_an_edition_that_is_not_made_or_not_approved_is_told_for_the_zones_that_hear_it() -> None:
    plan = draw([slot()], [episode(1, approved=["vi"])])
    assert told(plan) == [("edition_missing", "slot-1", (TONG, HUM))]
    assert heard_in(plan, TONG) == [("vi",)]
    assert heard_in(plan, HUM) == []
    waiting = draw([slot()], [episode(1, approved=["vi"], waiting=["blt"])])
    assert told(waiting) == [("edition_not_approved", "slot-1", (TONG, HUM))]
    assert waiting.findings[0].facts == {"language": "blt", "year": 2026, "number": 1}


def test_a_language_that_the_series_is_not_made_in_is_no_finding() -> None:
    zones = [ZoneToPlan(id=TONG, languages=("hmn", "vi"))]
    plan = draw([slot()], [episode(1)], zones=zones)
    assert (heard_in(plan, TONG), told(plan)) == ([("vi",)], [])


def test_a_length_outside_the_rule_is_told_and_aired_all_the_same() -> None:
    plan = draw([slot()], [episode(1, seconds=601)], reached={1: frozenset({TO_1})})
    assert told(plan) == [("duration_outside_rule", "slot-1", (TO_1,))]
    assert zones_of(plan, "slot-1") == {TO_1}
    assert told(draw([slot()], [episode(1, seconds=600)])) == []


def test_a_slot_that_reaches_no_zone_is_told_and_takes_no_episode() -> None:
    plan = draw([slot(1), slot(2, starts=time(17))], [episode(1), episode(2)], reached={2: EVERYWHERE})
    assert told(plan) == [("no_zone", "slot-1", ())]
    assert numbers(plan) == [1]


# --- when it may sound ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("starts", "hours", "may_sound"),
    [
        (time(5, 0), ((time(5), time(5, 9)),), True),
        (time(5, 0), ((time(5), time(5, 8, 59)),), False),
        (time(4, 59), ((time(5), time(21)),), False),
        (time(20, 51), ((time(5), time(21)),), True),
        (time(20, 52), ((time(5), time(21)),), False),
        (time(10, 55), ((time(5), time(11)), (time(11), time(12))), True),
        (time(23, 55), ((time(5), time.max),), False),
        (time(23, 55), ((time(22), time(1)),), True),
        (time(0, 0), ((time(22), time(0, 9)),), True),
        (time(0, 0), (), False),
    ],
)
def test_a_programme_lies_wholly_inside_the_hours_of_its_zone_or_is_left_out(
    starts: time, hours: Hours, may_sound: bool
) -> None:
    plan = draw([slot(starts=starts)], [episode(1)], reached={1: frozenset({TO_1})}, hours={TO_1: hours})
    assert zones_of(plan, "slot-1") == ({TO_1} if may_sound else set())
    assert [item.code.value for item in plan.findings] == ([] if may_sound else ["outside_allowed_hours"])


def test_only_the_zones_outside_their_hours_are_left_out() -> None:
    plan = draw([slot()], [episode(1)], hours={HUM: ((time(6), time(21)),)})
    assert zones_of(plan, "slot-1") == {TONG, TO_1}
    assert told(plan) == [("outside_allowed_hours", "slot-1", (HUM,))]


def test_an_episode_that_no_zone_may_air_stays_the_next() -> None:
    hours = dict.fromkeys(EVERYWHERE, ((time(6), time(21)),))
    plan = draw([slot(1), slot(2, starts=time(17))], [episode(1), episode(2)], hours=hours)
    assert [(item.subject.name, item.episode.number) for item in plan.broadcasts] == [("slot-2", 1)]


# --- who goes first ---------------------------------------------------------------------------------------------
def test_back_to_back_is_not_an_overlap() -> None:
    second = slot(2, starts=time(5, 39))
    plan = draw([slot(1), second], [episode(1), episode(2)], reached={1: frozenset({TO_1}), 2: frozenset({TO_1})})
    assert (numbers(plan), told(plan)) == ([1, 2], [])


def test_of_two_that_overlap_the_first_is_kept_and_both_are_told() -> None:
    plan = draw([slot(1), slot(2, starts=time(5, 38))], [episode(1), episode(2)])
    assert numbers(plan) == [1]
    assert {(item.subject.name, item.facts["other"], item.facts["kept"]) for item in plan.findings} == {
        ("slot-1", "slot-2", True),
        ("slot-2", "slot-1", False),
    }


def test_only_the_zones_where_they_overlap_are_lost() -> None:
    plan = draw([slot(1), slot(2, starts=time(5, 40))], [episode(1), episode(2)])
    assert zones_of(plan, "slot-1") == EVERYWHERE
    assert zones_of(plan, "slot-2") == {HUM, TO_1}


def test_a_higher_priority_takes_the_zone_from_what_began_before() -> None:
    preferred = slot(2, starts=time(5, 35), priority=Priority.PREFERRED)
    plan = draw([slot(1), preferred], [episode(1), episode(2), episode(3)])
    assert zones_of(plan, "slot-1") == set()
    assert zones_of(plan, "slot-2") == EVERYWHERE


def test_an_episode_pushed_aside_everywhere_is_the_next_again() -> None:
    preferred = slot(2, starts=time(5, 35), series=OTHER_SERIES, priority=Priority.EMERGENCY)
    episodes = [episode(1), episode(2), episode(1, series=OTHER_SERIES, approved=["vi"])]
    plan = draw([slot(1), preferred, slot(3, starts=time(17))], episodes)
    assert [(item.subject.name, item.episode.number) for item in plan.broadcasts] == [
        ("slot-1", 1),
        ("slot-2", 1),
        ("slot-3", 2),
    ]
    assert zones_of(plan, "slot-1") == {HUM}
    # Bản Hụm hears nothing of slot 2 and keeps the first; where only tổ 1 listens, nothing is left of it.
    alone = draw([slot(1), preferred, slot(3, starts=time(17))], episodes, zones=[VILLAGES[2]])
    assert [(item.subject.name, item.episode.number) for item in alone.broadcasts] == [("slot-2", 1), ("slot-3", 1)]


def test_an_episode_given_back_comes_before_those_that_were_not_chosen_yet() -> None:
    elsewhere, here = frozenset({4}), frozenset({TO_1})
    slots = [
        slot(1),
        slot(2, starts=time(5, 32)),
        slot(3, starts=time(5, 35), series=OTHER_SERIES, priority=Priority.PREFERRED),
        slot(4, starts=time(17)),
    ]
    plan = draw(
        slots,
        [episode(1), episode(2), episode(3), episode(1, series=OTHER_SERIES)],
        zones=[VILLAGES[2], ZoneToPlan(id=4, languages=("vi",))],
        reached={1: here, 2: elsewhere, 3: here, 4: here},
    )
    assert [(item.subject.name, item.episode.number) for item in plan.broadcasts] == [
        ("slot-2", 2),
        ("slot-3", 1),
        ("slot-4", 1),
    ]


def test_at_one_instant_the_higher_priority_goes_first_then_the_code() -> None:
    plan = draw(
        [slot(1, code="a"), slot(2, code="b", priority=2), slot(3, code="c", priority=2)], [episode(1), episode(2)]
    )
    assert [item.subject.name for item in plan.broadcasts] == ["b"]


def test_a_long_programme_is_not_forgotten_behind_a_short_one() -> None:
    long = slot(1, starts=time(6), series=OTHER_SERIES)
    short = slot(2, starts=time(6, 10))
    later = slot(3, starts=time(6, 40))
    episodes = [episode(1, series=OTHER_SERIES, seconds=3600), episode(1), episode(2)]
    plan = draw([long, short, later], episodes, reached=dict.fromkeys((1, 2, 3), frozenset({TO_1})))
    assert [item.subject.name for item in plan.broadcasts] == ["slot-1"]
    assert [item.facts["other"] for item in only(plan, FindingCode.OVERLAP) if not item.facts["kept"]] == ["slot-1"] * 2


def test_what_is_fixed_keeps_its_zones_against_any_priority() -> None:
    span = TimeSpan(starts_at=at(MONDAY, 5, 35), ends_at=at(MONDAY, 5, 50))
    fixed = Fixed(
        broadcast_id=UUID(int=1), slot_id=9, name="x", occurrence_on=MONDAY, spans=((span, frozenset({TO_1})),)
    )
    plan = draw([slot(priority=3), slot(2, starts=time(5, 40), priority=3)], [episode(1), episode(2)], fixed=[fixed],
                reached={1: EVERYWHERE, 2: frozenset({TO_1})})  # fmt: skip
    assert zones_of(plan, "slot-1") == {TONG, HUM}
    assert zones_of(plan, "slot-2") == set()


def test_an_occurrence_that_is_fixed_is_not_planned_again() -> None:
    span = TimeSpan(starts_at=at(MONDAY, 4), ends_at=at(MONDAY, 4, 9))
    fixed = Fixed(broadcast_id=UUID(int=1), slot_id=1, name="x", occurrence_on=MONDAY, spans=((span, EVERYWHERE),))
    plan = draw([slot()], [episode(1), episode(2)], last=TUESDAY, fixed=[fixed])
    assert [item.subject.occurrence_on for item in plan.broadcasts] == [TUESDAY]


# --- one-offs ---------------------------------------------------------------------------------------------------
def one_off(hour: int, minute: int = 0, *, priority: int = 1, zones: frozenset[int] = EVERYWHERE) -> OneOff:
    return OneOff(
        id=UUID(int=7),
        series=SERIES,
        episode_id=episode(3).id,
        starts_at=at(MONDAY, hour, minute),
        zone_ids=zones,
        priority=priority,
    )


@pytest.mark.parametrize(
    ("level", "begun", "heard"),
    [(3, 1, EVERYWHERE), (3, 2, EVERYWHERE), (3, 3, frozenset({TONG, HUM})), (2, 1, frozenset({TONG, HUM}))],
)
def test_an_emergency_alone_takes_zones_from_what_has_begun_and_is_less_urgent(
    level: int, begun: int, heard: frozenset[int]
) -> None:
    span = TimeSpan(starts_at=at(MONDAY, 8, 50), ends_at=at(MONDAY, 9, 30))
    fixed = Fixed(
        broadcast_id=UUID(int=1), slot_id=9, name="x", occurrence_on=MONDAY, spans=((span, frozenset({TO_1})),),
        priority=begun,
    )  # fmt: skip
    plan = draw([], [episode(3)], one_offs=[one_off(9, priority=level)], fixed=[fixed])
    assert {zone_id for item in plan.broadcasts[0].programmes for zone_id in item.zone_ids} == heard


def test_a_one_off_is_drawn_with_its_episode_in_its_zones() -> None:
    plan = draw([], [episode(3)], one_offs=[one_off(9, zones=frozenset({HUM}))])
    assert [(item.subject.broadcast_id, item.why, item.programmes[0].zone_ids) for item in plan.broadcasts] == [
        (UUID(int=7), {"code": "one_off"}, (HUM,))
    ]


def test_only_an_emergency_made_by_hand_may_sound_at_night() -> None:
    assert draw([], [episode(3)], one_offs=[one_off(2, priority=2)]).broadcasts == ()
    assert len(draw([], [episode(3)], one_offs=[one_off(2, priority=3)]).broadcasts) == 1
    assert draw([slot(starts=time(2), priority=3)], [episode(1)]).broadcasts == ()


# --- one date ---------------------------------------------------------------------------------------------------
def test_a_cancelled_date_airs_nothing_and_leaves_its_episode_to_the_next() -> None:
    cancelled = [DateException(slot_id=1, on=TUESDAY, cancelled=True)]
    plan = draw([slot()], [episode(1), episode(2), episode(3)], exceptions=cancelled, last=WEDNESDAY)
    assert [(item.subject.occurrence_on, item.episode.number) for item in plan.broadcasts] == [
        (MONDAY, 1),
        (WEDNESDAY, 2),
    ]


def test_a_date_may_move_across_midnight_to_another_day() -> None:
    moved = [DateException(slot_id=1, on=MONDAY, moved_to=at(TUESDAY, 0, 10))]
    plan = draw(
        [slot()],
        [episode(1), episode(2)],
        exceptions=moved,
        last=TUESDAY,
        hours=dict.fromkeys(EVERYWHERE, ((time(0), time.max),)),
    )
    assert [(item.subject.occurrence_on, item.starts_at) for item in plan.broadcasts] == [
        (MONDAY, at(TUESDAY, 0, 10)),
        (TUESDAY, at(TUESDAY, 5, 30)),
    ]


def test_a_date_moved_into_the_plan_from_outside_is_drawn_and_one_moved_out_is_not() -> None:
    far = date(2026, 10, 1)
    moved = [
        DateException(slot_id=1, on=far, moved_to=at(MONDAY, 9)),
        DateException(slot_id=1, on=MONDAY, moved_to=at(SUNDAY, 9)),
    ]
    plan = draw([slot()], [episode(1)], exceptions=moved)
    assert [(item.subject.occurrence_on, item.starts_at) for item in plan.broadcasts] == [(far, at(MONDAY, 9))]


def test_a_move_of_a_day_that_is_no_occurrence_means_nothing() -> None:
    moved = [DateException(slot_id=1, on=TUESDAY, moved_to=at(MONDAY, 9))]
    assert len(draw([slot(rule="FREQ=WEEKLY;BYDAY=MO")], [episode(1)], exceptions=moved).broadcasts) == 1


def test_an_episode_pinned_for_a_date_airs_on_it() -> None:
    pinned = [DateException(slot_id=1, on=TUESDAY, episode_id=episode(3).id)]
    plan = draw([slot()], [episode(1), episode(2), episode(3)], exceptions=pinned, last=WEDNESDAY)
    assert [(item.episode.number, item.pinned, item.why["code"]) for item in plan.broadcasts] == [
        (1, False, "next"),
        (3, True, "pinned_date"),
        (2, False, "next"),
    ]


def test_a_day_of_the_plan_is_a_local_day() -> None:
    plan = draw([slot(starts=time(0)), slot(2, starts=time(23, 59))], [episode(1), episode(2)],
                hours=dict.fromkeys(EVERYWHERE, ((time(0), time.max), (time(20), time(4)))))  # fmt: skip
    assert [item.starts_at for item in plan.broadcasts] == [at(MONDAY, 0), at(MONDAY, 23, 59)]


def test_zones_follow_the_area_tree_from_the_day_it_changes() -> None:
    place = Coverage(
        zones=VILLAGES,
        eras=(
            Era(first_day=MONDAY, reached={1: frozenset({TO_1})}, hours=dict.fromkeys(EVERYWHERE, DAY_HOURS)),
            Era(first_day=TUESDAY, reached={1: frozenset({HUM})}, hours=dict.fromkeys(EVERYWHERE, DAY_HOURS)),
        ),
    )
    plan = draw([slot()], [episode(1), episode(2), episode(3)], last=WEDNESDAY, coverage=place)
    assert [item.programmes[0].zone_ids for item in plan.broadcasts] == [(TO_1,), (HUM,), (HUM,)]


# --- whatever the slots -----------------------------------------------------------------------------------------
RULES = ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=SA,SU")
HOURS = (DAY_HOURS, ((time(5), time(8)), (time(16), time(20))), ((time(22), time(6)),), ())
ZONES = [*VILLAGES, ZoneToPlan(id=4, languages=("vi", "blt")), ZoneToPlan(id=5, languages=("blt", "vi"))]
IDS = [zone.id for zone in ZONES]
EPISODES = [
    *(episode(number, seconds=300 + 200 * number) for number in range(1, 5)),
    episode(5, approved=["vi"]),
    episode(6, approved=["blt"], waiting=["vi"]),
    episode(1, series=OTHER_SERIES, seconds=5400, approved=["vi"]),
    episode(2, series=OTHER_SERIES, seconds=60, approved=["vi"]),
]


@st.composite
def some_slots(draw_value: st.DrawFn) -> tuple[list, dict[int, frozenset[int]]]:
    slots, reached = [], {}
    for identity in range(1, draw_value(st.integers(1, 6)) + 1):
        minute = draw_value(st.integers(0, 24 * 12 - 1)) * 5
        repeats = draw_value(st.booleans()) and identity > 1
        slots.append(
            slot(
                identity,
                rule=draw_value(st.sampled_from(RULES)),
                starts=time(minute // 60, minute % 60),
                series=SERIES if repeats else draw_value(st.sampled_from([SERIES, OTHER_SERIES])),
                priority=draw_value(st.integers(1, 3)),
                selection=Selection.REPEAT if repeats else Selection.NEXT,
                repeats_slot_id=1 if repeats else None,
            )
        )
        reached[identity] = frozenset(draw_value(st.sets(st.sampled_from(IDS))))
    return slots, reached


some_hours = st.fixed_dictionaries({zone: st.sampled_from(HOURS) for zone in IDS})


def moments(plan: Plan) -> dict[int, list[tuple[datetime, datetime]]]:
    """When each zone sounds."""
    sounding = defaultdict(list)
    for item in plan.broadcasts:
        for programme in item.programmes:
            for zone in programme.zone_ids:
                sounding[zone].append((programme.starts_at, programme.ends_at))
    return sounding


@settings(max_examples=60, deadline=None)
@given(some_slots(), some_hours)
def test_no_two_programmes_ever_overlap_in_a_zone(given_slots: tuple, hours: dict[int, Hours]) -> None:
    slots, reached = given_slots
    plan = draw(slots, EPISODES, last=SUNDAY, reached=reached, hours=hours, zones=ZONES)
    for spans in moments(plan).values():
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(sorted(spans)))


@settings(max_examples=60, deadline=None)
@given(some_slots(), some_hours)
def test_nothing_ever_sounds_outside_allowed_hours(given_slots: tuple, hours: dict[int, Hours]) -> None:
    slots, reached = given_slots
    plan = draw(slots, EPISODES, last=SUNDAY, reached=reached, hours=hours, zones=ZONES)
    for zone, spans in moments(plan).items():
        for starts_at, ends_at in spans:
            assert is_within_allowed_hours(TimeSpan(starts_at=starts_at, ends_at=ends_at), hours[zone], STATION)


@settings(max_examples=40, deadline=None)
@given(some_slots(), some_hours)
def test_every_zone_of_every_occurrence_is_planned_or_told(given_slots: tuple, hours: dict[int, Hours]) -> None:
    slots, reached = given_slots
    plan = draw(slots, EPISODES, last=SUNDAY, reached=reached, hours=hours, zones=ZONES)
    planned = {(item.subject, zone) for item in plan.broadcasts for p in item.programmes for zone in p.zone_ids}
    lost = {(item.subject, zone) for item in plan.findings for zone in item.zone_ids}
    assert all(zone in reached[subject.slot_id or 0] for subject, zone in planned | lost)
    for item in slots:
        for on, starts_at in item.recurrence.between(MONDAY, SUNDAY):
            for zone in reached[item.id]:
                mine = [s for s, z in planned | lost if (s.slot_id, s.occurrence_on, z) == (item.id, on, zone)]
                assert mine, (item.code, starts_at, zone)


@settings(max_examples=40, deadline=None)
@given(some_slots(), some_hours, st.randoms(use_true_random=False))
def test_drawing_twice_gives_the_same_plan_whatever_the_order_of_what_is_given(
    given_slots: tuple, hours: dict[int, Hours], chance
) -> None:  # type: ignore[no-untyped-def]
    slots, reached = given_slots
    plan = draw(slots, EPISODES, last=SUNDAY, reached=reached, hours=hours, zones=ZONES)
    shuffled, episodes = list(slots), list(EPISODES)
    chance.shuffle(shuffled)
    chance.shuffle(episodes)
    assert draw(shuffled, episodes, last=SUNDAY, reached=reached, hours=hours, zones=ZONES) == plan


def others(plan: Plan, slot_id: int, on: date) -> list[tuple[str, date | None, datetime]]:
    return [
        (item.subject.name, item.subject.occurrence_on, item.starts_at)
        for item in plan.broadcasts
        if (item.subject.slot_id, item.subject.occurrence_on) != (slot_id, on)
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 6), st.sampled_from(["cancel", "move", "pin"]), st.integers(0, 6))
def test_an_exception_for_one_date_changes_that_date_only(day: int, kind: str, to: int) -> None:
    """Slots that choose no `next` keep everything; the episodes of `next` follow the order of air (see below)."""
    on = MONDAY + timedelta(days=day)
    exception = {
        "cancel": DateException(slot_id=1, on=on, cancelled=True),
        "move": DateException(slot_id=1, on=on, moved_to=at(MONDAY + timedelta(days=to), 12)),
        "pin": DateException(slot_id=1, on=on, episode_id=episode(4).id),
    }[kind]
    pinned = slot(1, code="a", selection=Selection.PINNED, pinned_episode_id=episode(1).id)
    slots = [pinned, slot(2, code="b", starts=time(17), series=OTHER_SERIES)]
    before = draw(slots, EPISODES, last=SUNDAY)
    after = draw(slots, EPISODES, last=SUNDAY, exceptions=[exception])
    kept = [item for item in before.broadcasts if (item.subject.slot_id, item.subject.occurrence_on) != (1, on)]
    assert [item for item in after.broadcasts if (item.subject.slot_id, item.subject.occurrence_on) != (1, on)] == kept


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 6), st.sampled_from(["cancel", "move", "pin"]))
def test_an_exception_never_moves_the_times_of_other_dates_nor_the_episodes_before_it(day: int, kind: str) -> None:
    on = MONDAY + timedelta(days=day)
    exception = {
        "cancel": DateException(slot_id=1, on=on, cancelled=True),
        "move": DateException(slot_id=1, on=on, moved_to=at(on, 12)),
        "pin": DateException(slot_id=1, on=on, episode_id=episode(4).id),
    }[kind]
    slots, episodes = [slot(1), slot(2, starts=time(17))], [episode(number) for number in range(1, 30)]
    before = draw(slots, episodes, last=SUNDAY)
    after = draw(slots, episodes, last=SUNDAY, exceptions=[exception])
    assert others(after, 1, on) == others(before, 1, on)
    earlier = [item for item in before.broadcasts if item.starts_at < at(on, 0)]
    assert [item for item in after.broadcasts if item.starts_at < at(on, 0)] == earlier


def test_a_cover_with_one_era_holds_from_ever_on() -> None:
    place = coverage({1: EVERYWHERE})
    assert draw([slot()], [episode(1)], first=date(2025, 1, 1), last=date(2025, 1, 1), coverage=place).broadcasts == ()
    assert (
        len(
            draw(
                [slot(begins=date(2024, 1, 1))],
                [episode(1)],
                first=date(2025, 1, 1),
                last=date(2025, 1, 1),
                coverage=place,
            ).broadcasts
        )
        == 1
    )
