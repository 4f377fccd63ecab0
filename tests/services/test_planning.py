"""The plan in rows: written twice the same, changed where the station changed, and left alone where it is too late."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.config import Settings, load_settings
from scheduler.database import Sessions
from scheduler.domain.planning import BroadcastState, Plan, Selection
from scheduler.domain.programme import RecordingState, Verdict
from scheduler.errors import (
    BadField,
    BadRecurrence,
    NotAnOccurrence,
    NothingToPlan,
    SlotExists,
    TooLateToPlan,
    UnknownBroadcast,
    UnknownSlot,
)
from scheduler.models import (
    Airing,
    AiringTally,
    Area,
    Broadcast,
    Claim,
    Edition,
    Episode,
    Programme,
    Recording,
    RunningOrder,
    Series,
    Slot,
    SlotException,
    Zone,
)
from scheduler.services import coverage, planning, slots
from tests.factories import (
    NOW,
    a_sha256,
    make_area,
    make_broadcast,
    make_edition,
    make_episode,
    make_series,
    make_slot,
    make_zone,
)

SETTINGS: Settings = load_settings({})
TODAY = date(2026, 11, 24)
"""NOW is 05:00 of this day at the station; the morning slot is at 05:30."""
TOMORROW = TODAY + timedelta(days=1)
LATER = NOW + timedelta(days=3)


def fill(session: Session, *, episodes: int = 20) -> None:
    """Sơn La: bản Tông hears Thái and phổ thông, tổ 1 phổ thông; a morning slot every day, a repeat at 17:00."""
    series, city = make_series(session), make_area(session)
    make_zone(session, area=city)
    make_zone(session, code="TO1", name="Tổ 1", area=city, languages=("vi",))
    for number in range(1, episodes + 1):
        episode = make_episode(session, series, number=number)
        make_edition(session, episode, language="vi")
        make_edition(session, episode, language="blt")
    morning = make_slot(session, series, targets=(city,))
    make_slot(
        session,
        series,
        code="chieu",
        targets=(city,),
        starts_at_local=time(17),
        selection=Selection.REPEAT,
        repeats_slot_id=morning.id,
    )


@pytest.fixture
def filled(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        fill(session)
    return sessions


def write(sessions: Sessions, *, now: datetime = NOW) -> planning.Written:
    with sessions.begin() as session:
        return planning.write_plan(session, now=now, settings=SETTINGS)


def all_rows(session: Session) -> dict[str, Any]:
    """Everything that planning writes, by value."""
    return {
        "broadcasts": {
            row.id: (row.slot_id, row.occurrence_on, row.episode_id, row.starts_at, row.ends_at, row.state, row.why, row.planned_at)
            for row in session.scalars(select(Broadcast))
        },
        "airings": {
            row.id: (row.broadcast_id, row.edition_id, row.master_sha256, row.seconds) for row in session.scalars(select(Airing))
        },
        "programmes": {
            (row.broadcast_id, row.zone_id): row.running_order_key for row in session.scalars(select(Programme))
        },
        "orders": {row.key: row.parts for row in session.scalars(select(RunningOrder))},
    }  # fmt: skip


def rows(sessions: Sessions) -> dict[str, Any]:
    with sessions.begin() as session:
        return all_rows(session)


def planned(session: Session, on: date, code: str = "sang") -> Broadcast:
    return session.scalars(
        select(Broadcast)
        .join(Slot, Slot.id == Broadcast.slot_id)
        .where(Slot.code == code, Broadcast.occurrence_on == on)
    ).one()


def number_on(sessions: Sessions, on: date, code: str = "sang") -> int:
    with sessions.begin() as session:
        return planned(session, on, code).episode.number


# --- writing ----------------------------------------------------------------------------------------------------
def test_two_weeks_are_written_with_the_programme_of_every_zone(filled: Sessions) -> None:
    written = write(filled)
    assert (written.created, written.updated, written.cancelled) == (30, 0, 0)
    with filled.begin() as session:
        first = planned(session, TODAY)
        assert first.starts_at == NOW + timedelta(minutes=30)
        assert first.ends_at == first.starts_at + timedelta(minutes=18)
        assert sorted(airing.language for airing in first.airings) == ["blt", "vi"]
        heard = {
            session.get_one(Zone, item.zone_id).code: [part["language"] for part in item.running_order.parts]
            for item in first.programmes
        }
        assert heard == {"TONG": ["blt", "vi"], "TO1": ["vi"]}
        assert first.why == {"code": "next"}


def test_equal_running_orders_are_one_row_named_by_their_content(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        morning, evening = planned(session, TODAY), planned(session, TODAY, "chieu")
        keys = [{item.running_order_key for item in found.programmes} for found in (morning, evening)]
    assert keys[0] == keys[1]
    assert all(len(key) == 64 for key in keys[0])


def test_writing_twice_changes_nothing(filled: Sessions) -> None:
    write(filled)
    before = rows(filled)
    again = write(filled, now=NOW + timedelta(seconds=5))
    assert (again.changed, again.unchanged) == (False, 30)
    assert rows(filled) == before


def test_two_planners_at_once_write_one_plan(filled: Sessions) -> None:
    with ThreadPoolExecutor(4) as planners:
        done = [planners.submit(write, filled) for _ in range(4)]
        results = [item.result() for item in done]
    assert sorted(item.created for item in results) == [0, 0, 0, 30]
    assert len(rows(filled)["broadcasts"]) == 30


def test_as_days_pass_the_plan_grows_at_its_end_and_stays_as_it_was(filled: Sessions) -> None:
    write(filled)
    before = rows(filled)
    written = write(filled, now=LATER)
    after = rows(filled)
    assert (written.created, written.updated, written.cancelled) == (6, 0, 0)
    assert {key: value for key, value in after["broadcasts"].items() if key in before["broadcasts"]} == before[
        "broadcasts"
    ]
    assert {key: value for key, value in after["airings"].items() if key in before["airings"]} == before["airings"]


def test_a_new_take_changes_what_the_coming_airings_sound_and_no_past_one(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        ids = {day: planned(session, day).id for day in (TODAY, TOMORROW)}
        for number in (1, 2):
            edition = session.scalars(
                select(Edition).join(Episode).where(Episode.number == number, Edition.language == "vi")
            ).one()
            take = Recording(
                edition_id=edition.id, take=2, original_name="x", sha256=a_sha256(f"new {number}"), size_bytes=1,
                received_at=NOW, state=RecordingState.MEASURED, verdict=Verdict.ACCEPTED, seconds=501.0,
                master_sha256=a_sha256(f"new master {number}"), master_seconds=500.0,
            )  # fmt: skip
            session.add(take)
            session.flush()
            edition.approved_recording_id = take.id
    write(filled, now=NOW + timedelta(minutes=31))
    with filled.begin() as session:
        today, tomorrow = planned(session, TODAY), planned(session, TOMORROW)
        assert (today.id, tomorrow.id) == (ids[TODAY], ids[TOMORROW])
        assert {a.master_sha256 for a in today.airings}.isdisjoint({a_sha256("new master 1")})
        changed = next(a for a in tomorrow.airings if a.language == "vi")
        assert (changed.master_sha256, changed.seconds) == (a_sha256("new master 2"), 500.0)
        assert tomorrow.ends_at - tomorrow.starts_at == timedelta(seconds=1040)
        assert all(
            part["sha256"] == a_sha256("new master 2")
            for item in tomorrow.programmes
            for part in item.running_order.parts
            if part["language"] == "vi"
        )


def test_what_is_withdrawn_leaves_the_plan(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        for edition in session.scalars(select(Edition).join(Episode).where(Episode.number == 2)):
            edition.approved_recording_id = None
    write(filled)
    assert number_on(filled, TOMORROW) == 3


def test_a_removed_slot_is_cancelled_ahead_and_kept_behind(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        slots.remove_slot(slots.get_slot(session, "chieu"), now=LATER)
    written = write(filled, now=LATER)
    with filled.begin() as session:
        states = {
            row.occurrence_on: row.state
            for row in session.scalars(
                select(Broadcast).join(Slot, Slot.id == Broadcast.slot_id).where(Slot.code == "chieu")
            )
        }
    assert written.cancelled == 12
    assert states[TODAY + timedelta(days=2)] is BroadcastState.PLANNED
    assert states[TODAY + timedelta(days=3)] is BroadcastState.CANCELLED


def test_a_zone_out_of_use_is_left_out_and_a_new_one_joins(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        city = session.scalars(select(Area)).one()
        coverage.remove_zone(coverage.get_zone(session, "TO1"), now=NOW)
        make_zone(session, code="HUM", area=city, languages=("blt",))
    written = write(filled)
    with filled.begin() as session:
        codes = {session.get_one(Zone, item.zone_id).code for item in planned(session, TODAY).programmes}
    assert codes == {"TONG", "HUM"}
    assert (written.created, written.cancelled, written.updated) == (0, 0, 30)


def test_a_language_no_zone_hears_any_more_is_no_airing(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        coverage.set_languages(session, coverage.get_zone(session, "TONG"), ["vi"])
    write(filled)
    with filled.begin() as session:
        assert [airing.language for airing in planned(session, TODAY).airings] == ["vi"]


def test_the_hours_of_a_zone_then_of_its_area_then_of_the_station_hold(filled: Sessions) -> None:
    with filled.begin() as session:
        city = session.scalars(select(Area)).one()
        city.allowed_hours = [["06:00", "21:00"]]
        coverage.get_zone(session, "TONG").allowed_hours = [["04:00", "08:00"]]
    written = write(filled)
    with filled.begin() as session:
        assert [session.get_one(Zone, item.zone_id).code for item in planned(session, TODAY).programmes] == ["TONG"]
        evening = planned(session, TODAY, "chieu")
        assert [session.get_one(Zone, item.zone_id).code for item in evening.programmes] == ["TO1"]
    assert {item.code.value for item in written.findings} == {"outside_allowed_hours"}


# --- what is left alone -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["claimed", "on_air", "due"])
def test_what_is_claimed_on_air_or_due_is_not_planned_again(filled: Sessions, how: str) -> None:
    write(filled)
    now = NOW + timedelta(minutes=29, seconds=10) if how == "due" else NOW
    with filled.begin() as session:
        row = planned(session, TODAY)
        zone = session.scalars(select(Zone).where(Zone.code == "TONG")).one()
        if how == "claimed":
            session.add(Claim(broadcast_id=row.id, zone_id=zone.id, owner="a", token=1, claimed_at=NOW))
        elif how == "on_air":
            row.state = BroadcastState.ON_AIR
        slots.remove_slot(slots.get_slot(session, "sang"), now=NOW)
    before = rows(filled)
    write(filled, now=now)
    after = rows(filled)
    with filled.begin() as session:
        row_id = planned(session, TODAY).id
    assert after["broadcasts"][row_id] == before["broadcasts"][row_id]
    of_row = {key: value for key, value in before["programmes"].items() if key[0] == row_id}
    assert {key: value for key, value in after["programmes"].items() if key[0] == row_id} == of_row


def test_a_broadcast_on_air_keeps_its_zones_from_what_is_planned_into_it(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        city = session.scalars(select(Area)).one()
        series = session.scalars(select(Series)).one()
        make_slot(session, series, code="chen", targets=(city,), starts_at_local=time(5, 40), priority=3)
    written = write(filled, now=NOW + timedelta(minutes=32))
    with filled.begin() as session:
        assert [session.get_one(Zone, item.zone_id).code for item in planned(session, TODAY, "chen").programmes] == [
            "TO1"
        ]
    assert {(item.subject.name, item.facts["kept"]) for item in written.findings if item.code.value == "overlap"
            if item.subject.occurrence_on == TODAY} == {("chen", False), ("sang", True)}  # fmt: skip


def test_a_past_broadcast_that_nobody_heard_leaves_its_episode_the_next(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        for airing in planned(session, TODAY).airings:
            session.add(a_tally(airing, share=0.4))
        for airing in planned(session, TODAY, "chieu").airings:
            session.add(a_tally(airing, share=0.0))
    write(filled, now=NOW + timedelta(hours=13))
    assert number_on(filled, TOMORROW) == 1


def test_a_past_broadcast_that_one_zone_heard_is_aired(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        for airing in planned(session, TODAY).airings:
            session.add(a_tally(airing, share=0.6))
    write(filled, now=NOW + timedelta(hours=13))
    assert number_on(filled, TOMORROW) == 2


def test_what_an_imported_log_says_has_aired_is_not_the_next(filled: Sessions) -> None:
    with filled.begin() as session:
        session.add(a_tally(None, share=1.0))
    write(filled)
    assert number_on(filled, TODAY) == 2


def a_tally(airing: Airing | None, *, share: float) -> AiringTally:
    return AiringTally(
        airing_id=airing.id if airing is not None else UUID(int=5),
        series_id=1,
        series_title="x",
        episode_year=2026,
        episode_number=1,
        title="x",
        language="vi",
        local_day=TODAY - timedelta(days=1) if airing is None else TODAY,
        local_month="2026-11",
        priority=1,
        exercise=False,
        best_share=share,
    )


# --- one date ---------------------------------------------------------------------------------------------------
def change(sessions: Sessions, what: str, on: date, *, now: datetime = NOW, code: str = "chieu", **given: Any) -> None:
    with sessions.begin() as session:
        slot = slots.get_slot(session, code)
        if what == "cancel":
            slots.cancel_date(session, slot, on, now=now, settings=SETTINGS, by="Lò Thị Hoa", **given)
        elif what == "move":
            slots.move_date(session, slot, on, now=now, settings=SETTINGS, **given)
        elif what == "pin":
            episode = session.scalars(select(Episode).where(Episode.number == given["number"])).one()
            slots.pin_date(session, slot, on, episode, now=now, settings=SETTINGS)
        else:
            slots.restore_date(session, slot, on, now=now, settings=SETTINGS)
    write(sessions, now=now)


@pytest.mark.parametrize(
    ("what", "given"),
    [("cancel", {}), ("move", {"to": datetime(2026, 11, 25, 12, 0, tzinfo=UTC)}), ("pin", {"number": 1})],
)
def test_changing_one_date_leaves_all_others_as_they_were(filled: Sessions, what: str, given: dict[str, Any]) -> None:
    write(filled)
    before = rows(filled)
    change(filled, what, TOMORROW, **given)
    after = rows(filled)
    with filled.begin() as session:
        changed = planned(session, TOMORROW, "chieu").id
    assert after["broadcasts"].keys() == before["broadcasts"].keys()
    assert [key for key, value in after["broadcasts"].items() if before["broadcasts"][key] != value] == [changed]
    untouched = {key: value for key, value in before["programmes"].items() if key[0] != changed}
    assert {key: value for key, value in after["programmes"].items() if key[0] != changed} == untouched


def test_a_date_taken_back_airs_again_as_the_same_broadcast(filled: Sessions) -> None:
    write(filled)
    before = rows(filled)["broadcasts"]
    change(filled, "cancel", TOMORROW)
    with filled.begin() as session:
        assert planned(session, TOMORROW, "chieu").state is BroadcastState.CANCELLED
    change(filled, "restore", TOMORROW)
    after = rows(filled)["broadcasts"]
    assert {key: value[:6] for key, value in after.items()} == {key: value[:6] for key, value in before.items()}


def test_a_date_may_move_to_another_day_and_beyond_the_horizon_and_back(filled: Sessions) -> None:
    write(filled)
    with filled.begin() as session:
        kept = planned(session, TOMORROW, "chieu").id
    change(filled, "move", TOMORROW, to=NOW + timedelta(days=30))
    with filled.begin() as session:
        assert planned(session, TOMORROW, "chieu").state is BroadcastState.CANCELLED
    change(filled, "move", TOMORROW, to=datetime(2026, 11, 26, 3, 0, tzinfo=UTC))
    with filled.begin() as session:
        row = planned(session, TOMORROW, "chieu")
        assert (row.id, row.state, row.starts_at) == (
            kept, BroadcastState.PLANNED, datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
        )  # fmt: skip


def test_a_date_pinned_stays_pinned_whatever_is_written_later(filled: Sessions) -> None:
    change(filled, "pin", TOMORROW, code="sang", number=9)
    write(filled, now=NOW + timedelta(hours=5))
    with filled.begin() as session:
        row = planned(session, TOMORROW)
        assert (row.episode.number, row.pinned, row.why) == (9, True, {"code": "pinned_date"})
        assert session.scalars(select(SlotException)).one().cancelled is False


def test_what_is_on_air_or_due_cannot_be_changed_any_more(filled: Sessions) -> None:
    write(filled)
    due = NOW + timedelta(minutes=29, seconds=58)
    for what, given in [("cancel", {}), ("move", {"to": LATER}), ("pin", {"number": 9})]:
        with pytest.raises(TooLateToPlan):
            change(filled, what, TODAY, now=due, code="sang", **given)
    with filled.begin() as session:
        planned(session, TOMORROW).state = BroadcastState.ON_AIR
    with pytest.raises(TooLateToPlan):
        change(filled, "cancel", TOMORROW, code="sang")


def test_an_hour_that_has_passed_is_no_place_to_move_to(filled: Sessions) -> None:
    with pytest.raises(TooLateToPlan):
        change(filled, "move", TOMORROW, to=NOW - timedelta(hours=1))


def test_the_last_minute_before_the_claim_is_enough_to_cancel(filled: Sessions) -> None:
    write(filled)
    change(filled, "cancel", TODAY, now=NOW + timedelta(minutes=29, seconds=30), code="sang")
    with filled.begin() as session:
        assert planned(session, TODAY).state is BroadcastState.CANCELLED


def test_a_day_on_which_the_slot_has_nothing_cannot_be_changed(filled: Sessions) -> None:
    with pytest.raises(NotAnOccurrence):
        change(filled, "cancel", date(2025, 12, 31))


# --- slots ------------------------------------------------------------------------------------------------------
def add_slot(session: Session, **given: Any) -> Slot:
    series = session.scalars(select(Series).where(Series.code == "cchc")).one()
    values: dict[str, Any] = {
        "code": "trua",
        "rrule": "FREQ=WEEKLY;BYDAY=MO,TH",
        "starts_at_local": time(11),
        "valid_from": TODAY,
        "areas": list(session.scalars(select(Area))),
    }
    return slots.create_slot(session, series, now=NOW, settings=SETTINGS, **(values | given))


def test_a_new_slot_is_in_the_next_plan(filled: Sessions) -> None:
    with filled.begin() as session:
        add_slot(session)
    assert write(filled).created == 30 + 4
    with filled.begin() as session:
        assert [slot.code for slot in slots.find_slots(session)] == ["sang", "trua", "chieu"]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"rrule": "FREQ=HOURLY"}, BadRecurrence),
        ({"rrule": "FREQ=DAILY;UNTIL=20200101"}, BadRecurrence),
        ({"code": "sang"}, SlotExists),
        ({"code": "../x"}, BadField),
        ({"areas": []}, BadField),
        ({"valid_to": TODAY}, BadField),
        ({"selection": Selection.REPEAT}, BadField),
        ({"selection": Selection.PINNED}, BadField),
    ],
)
def test_a_slot_that_cannot_be_is_refused(filled: Sessions, given: dict[str, Any], refused: type[Exception]) -> None:
    with pytest.raises(refused), filled.begin() as session:
        add_slot(session, **given)


def test_a_slot_may_neither_repeat_nor_pin_what_is_another_series(filled: Sessions) -> None:
    with filled.begin() as session:
        other = make_series(session, code="khac")
        foreign = make_episode(session, other)
        news = make_slot(session, other, code="tin", targets=(session.scalars(select(Area)).one(),))
        with pytest.raises(BadField):
            add_slot(session, selection=Selection.REPEAT, repeats=news)
        with pytest.raises(BadField):
            add_slot(session, selection=Selection.PINNED, episode=foreign)
        with pytest.raises(BadField):
            slots.pin_date(session, slots.get_slot(session, "sang"), TOMORROW, foreign, now=NOW, settings=SETTINGS)


def test_a_removed_slot_is_unknown_and_its_code_stays_taken(filled: Sessions) -> None:
    with filled.begin() as session:
        slots.remove_slot(slots.get_slot(session, "sang"), now=NOW)
        session.flush()
        with pytest.raises(UnknownSlot):
            slots.get_slot(session, "sang")
        with pytest.raises(SlotExists):
            add_slot(session, code="sang")


# --- one-offs ---------------------------------------------------------------------------------------------------
def plan_one_off(sessions: Sessions, *, starts_at: datetime, zones: tuple[str, ...] = ("TONG", "TO1"), number: int = 5,
                 now: datetime = NOW, **given: Any) -> planning.OneOffPlanned:  # fmt: skip
    with sessions.begin() as session:
        episode = session.scalars(select(Episode).where(Episode.number == number)).one()
        found = [coverage.get_zone(session, code) for code in zones]
        planned = planning.plan_one_off(
            session, episode, found, starts_at=starts_at, now=now, settings=SETTINGS, **given
        )
        assert planned.broadcast.programmes
        return planned


def test_a_one_off_is_written_and_stays_when_the_plan_is_written_again(filled: Sessions) -> None:
    write(filled)
    done = plan_one_off(filled, starts_at=NOW + timedelta(hours=4), exercise=True)
    before = rows(filled)
    assert not write(filled).changed
    assert rows(filled) == before
    with filled.begin() as session:
        row = session.get_one(Broadcast, done.broadcast.id)
        assert (row.episode.number, row.exercise, row.slot_id, row.why) == (5, True, None, {"code": "one_off"})
        assert sorted(airing.language for airing in row.airings) == ["blt", "vi"]
        assert len(row.programmes) == 2


def test_a_one_off_seconds_ahead_is_possible_and_one_at_once_is_not(filled: Sessions) -> None:
    write(filled)
    plan_one_off(filled, starts_at=NOW + timedelta(seconds=20))
    with pytest.raises(TooLateToPlan):
        plan_one_off(filled, starts_at=NOW + timedelta(seconds=2))


def test_a_one_off_outside_all_hours_is_refused_and_leaves_nothing_behind(filled: Sessions) -> None:
    write(filled)
    before = rows(filled)
    with pytest.raises(NothingToPlan) as refused:
        plan_one_off(filled, starts_at=datetime(2026, 11, 24, 20, 0, tzinfo=UTC))
    assert refused.value.facts["findings"] == "outside_allowed_hours"
    assert rows(filled) == before


def test_a_one_off_leaves_out_the_zones_that_may_not_sound_then(filled: Sessions) -> None:
    with filled.begin() as session:
        coverage.get_zone(session, "TO1").allowed_hours = [["06:00", "07:00"]]
    done = plan_one_off(filled, starts_at=NOW + timedelta(hours=4))
    assert [item.code.value for item in done.findings] == ["outside_allowed_hours"]
    with filled.begin() as session:
        assert len(session.get_one(Broadcast, done.broadcast.id).programmes) == 1


def test_a_one_off_gives_way_to_what_is_planned_and_a_preferred_one_does_not(filled: Sessions) -> None:
    write(filled)
    evening = NOW + timedelta(hours=12)
    with pytest.raises(NothingToPlan):
        plan_one_off(filled, starts_at=evening + timedelta(minutes=5), zones=("TO1",))
    done = plan_one_off(filled, starts_at=evening + timedelta(minutes=5), zones=("TO1",), priority=2)
    with filled.begin() as session:
        assert len(session.get_one(Broadcast, done.broadcast.id).programmes) == 1
        assert [session.get_one(Zone, i.zone_id).code for i in planned(session, TODAY, "chieu").programmes] == ["TONG"]


def test_no_one_off_but_an_emergency_runs_into_one_that_is_on_air(filled: Sessions) -> None:
    with filled.begin() as session:
        editions = tuple(session.scalars(select(Edition).join(Episode).where(Episode.number == 1)))
        zone = coverage.get_zone(session, "TO1")
        running = make_broadcast(session, editions=editions, zones=(zone,), starts_in=timedelta(minutes=-5))
        running.state = BroadcastState.ON_AIR
    with pytest.raises(NothingToPlan):
        plan_one_off(filled, starts_at=NOW + timedelta(seconds=30), zones=("TO1",), priority=2)
    plan_one_off(filled, starts_at=NOW + timedelta(minutes=4), zones=("TO1",))
    plan_one_off(filled, starts_at=NOW + timedelta(seconds=30), zones=("TO1",), priority=3)


def test_a_one_off_beyond_the_horizon_is_kept(filled: Sessions) -> None:
    write(filled)
    done = plan_one_off(filled, starts_at=NOW + timedelta(days=40, hours=4))
    assert not write(filled).changed
    with filled.begin() as session:
        assert session.get_one(Broadcast, done.broadcast.id).state is BroadcastState.PLANNED


def test_cancelling_a_one_off_or_a_date_by_its_broadcast_lasts(filled: Sessions) -> None:
    write(filled)
    done = plan_one_off(filled, starts_at=NOW + timedelta(hours=4))
    with filled.begin() as session:
        for named in (str(done.broadcast.id), str(planned(session, TOMORROW).id)[-8:]):
            found = slots.get_broadcast(session, named)
            slots.cancel_broadcast(session, found, now=NOW, settings=SETTINGS)
    write(filled)
    with filled.begin() as session:
        assert session.get_one(Broadcast, done.broadcast.id).state is BroadcastState.CANCELLED
        assert planned(session, TOMORROW).state is BroadcastState.CANCELLED
        with pytest.raises(UnknownBroadcast):
            slots.get_broadcast(session, "0")


def test_a_one_off_on_air_cannot_be_cancelled(filled: Sessions) -> None:
    done = plan_one_off(filled, starts_at=NOW + timedelta(minutes=10))
    with pytest.raises(TooLateToPlan), filled.begin() as session:
        row = session.get_one(Broadcast, done.broadcast.id)
        slots.cancel_broadcast(session, row, now=NOW + timedelta(minutes=11), settings=SETTINGS)


# --- preview ----------------------------------------------------------------------------------------------------
def preview(sessions: Sessions, first: date, last: date, *, now: datetime = NOW) -> Plan:
    with sessions.begin() as session:
        return planning.preview(session, first, last, now=now, settings=SETTINGS)


def test_a_preview_shows_what_will_be_written_and_writes_nothing(filled: Sessions) -> None:
    shown = preview(filled, TODAY + timedelta(days=5), TODAY + timedelta(days=6))
    assert rows(filled)["broadcasts"] == {}
    write(filled)
    with filled.begin() as session:
        written = [planned(session, TODAY + timedelta(days=5), code).episode.number for code in ("sang", "chieu")]
    assert [item.episode.number for item in shown.broadcasts[:2]] == written == [6, 6]
    assert len(shown.broadcasts) == 4


def test_a_preview_shows_what_has_begun_as_it_was_written(filled: Sessions) -> None:
    write(filled)
    before = preview(filled, TODAY, TODAY)
    later = preview(filled, TODAY, TODAY, now=NOW + timedelta(hours=2))
    facts = [
        [
            (item.subject.name, item.episode.number, item.starts_at, item.ends_at, item.languages)
            for item in plan.broadcasts
        ]
        for plan in (before, later)
    ]
    assert facts[0] == facts[1]
    assert len(facts[0]) == 2


def test_a_preview_of_past_days_without_rows_is_drawn_as_if_it_were_to_come(filled: Sessions) -> None:
    shown = preview(filled, date(2026, 3, 2), date(2026, 3, 3))
    assert [item.episode.number for item in shown.broadcasts] == [1, 1, 2, 2]
