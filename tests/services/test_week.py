"""The week as a person sees it, what it promises beyond the plan, previews that leave nothing behind, and who sees what."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.config import Settings, load_settings
from scheduler.domain.people import EVERYWHERE, NOWHERE, Scope
from scheduler.domain.planning import BroadcastState, FindingCode, Selection
from scheduler.domain.week import Entry, EntryState
from scheduler.errors import BadField, NothingToPlan, TooLateToPlan, UnknownBroadcast, UnknownSlot, UnknownZone
from scheduler.models import Area, Broadcast, Episode, PlanFinding, Row, Slot, Zone
from scheduler.services import (
    one_offs,
    plan_choices,
    plan_detail,
    plan_findings,
    plan_preview,
    plan_refresh,
    plan_scope,
    planning,
    slots,
    week,
)
from scheduler.services.plan_scope import EVERYBODY, Reader
from tests.factories import (
    NOW,
    make_area,
    make_broadcast,
    make_edition,
    make_episode,
    make_series,
    make_slot,
    make_zone,
)

SETTINGS: Settings = load_settings({})
ZONE = SETTINGS.time_zone
TODAY = date(2026, 11, 24)
MONDAY = date(2026, 11, 23)
SUNDAY = date(2026, 11, 29)


@pytest.fixture
def filled(session: Session) -> Session:
    """Two communes; a slot for the whole city every morning, one for Chiềng Xôm on Fridays."""
    series, city = make_series(session), make_area(session)
    xom = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    coi = make_area(session, name="Chiềng Cơi", kind="commune", parent=city)
    make_zone(session, area=xom)
    make_zone(session, code="TO1", name="Tổ 1", area=coi, languages=("vi",))
    for number in range(1, 31):
        episode = make_episode(session, series, number=number)
        make_edition(session, episode, language="vi")
        make_edition(session, episode, language="blt")
    make_slot(session, series, targets=(city,))
    make_slot(
        session, series, code="xom", targets=(xom,), rrule="FREQ=WEEKLY;BYDAY=FR", starts_at_local=time(17)
    )  # fmt: skip
    planning.write_plan(session, now=NOW, settings=SETTINGS)
    return session


def look(
    session: Session, first: date = MONDAY, last: date = SUNDAY, reader: Reader = EVERYBODY, now: datetime = NOW
) -> list[Entry]:
    return list(week.load_week(session, first, last, reader=reader, now=now, settings=SETTINGS).entries)


def slot(session: Session, code: str = "sang") -> Slot:
    return slots.get_slot(session, code)


def area(session: Session, name: str) -> Area:
    return session.scalars(select(Area).where(Area.name == name)).one()


def within(session: Session, *names: str, plans: bool = True) -> Reader:
    scope = Scope(area_ids=frozenset(area(session, name).id for name in names))
    return Reader(sees=scope, plans=scope if plans else NOWHERE, on=TODAY)


# --- the week -------------------------------------------------------------------------------------------------------
def test_a_week_shows_what_was_written_with_its_zones_and_languages(filled: Session) -> None:
    entries = look(filled)
    assert [(item.slot_code, item.occurrence_on) for item in entries] == [
        ("sang", TODAY + timedelta(days=n)) for n in range(4)
    ] + [("xom", date(2026, 11, 27)), ("sang", date(2026, 11, 28)), ("sang", SUNDAY)]
    assert (entries[0].zones, entries[0].languages, entries[0].state) == (2, ("blt", "vi"), EntryState.PLANNED)
    assert entries[0].episode is not None and entries[0].episode.number == 1


def test_days_without_a_broadcast_are_there_too(filled: Session) -> None:
    found = week.load_week(filled, MONDAY, SUNDAY, reader=EVERYBODY, now=NOW, settings=SETTINGS).days(ZONE)
    assert [len(entries) for _, entries in found] == [0, 1, 1, 1, 2, 1, 1]


def test_beyond_the_planned_days_the_slots_promise_without_an_episode(filled: Session) -> None:
    far = look(filled, date(2027, 1, 4), date(2027, 1, 10))
    assert {item.state for item in far} == {EntryState.EXPECTED}
    assert len(far) == 8 and all(item.episode is None and item.broadcast_id is None for item in far)


def test_a_date_the_plan_has_nothing_for_says_so_with_why(filled: Session) -> None:
    for episode in filled.scalars(select(Episode)):
        episode.removed_at = NOW
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    first = look(filled)[0]
    assert first.state is EntryState.EMPTY
    assert [item.finding.code for item in first.findings] == [FindingCode.NOTHING_LEFT_TO_AIR]


def test_a_moved_date_is_at_its_new_time_at_once_and_says_where_it_was(filled: Session) -> None:
    target = NOW + timedelta(days=2, hours=9)
    slots.move_date(filled, slot(filled), TODAY + timedelta(days=1), to=target, now=NOW, settings=SETTINGS)
    [moved] = [item for item in look(filled) if item.is_moved]
    assert (moved.starts_at, moved.usual_at) == (target, NOW + timedelta(days=1, minutes=30))
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    [written] = [item for item in look(filled) if item.is_moved]
    assert (written.starts_at, written.broadcast_id) == (target, moved.broadcast_id)


def test_a_date_moved_into_another_week_is_shown_there_and_not_here(filled: Session) -> None:
    target = NOW + timedelta(days=8)
    slots.move_date(filled, slot(filled), TODAY + timedelta(days=1), to=target, now=NOW, settings=SETTINGS)
    assert TODAY + timedelta(days=1) not in {item.occurrence_on for item in look(filled) if item.slot_code == "sang"}
    later = look(filled, MONDAY + timedelta(days=7), SUNDAY + timedelta(days=7))
    assert TODAY + timedelta(days=1) in {item.occurrence_on for item in later}


def test_a_cancelled_date_stays_in_sight_and_can_be_restored(filled: Session) -> None:
    day = TODAY + timedelta(days=1)
    slots.cancel_date(filled, slot(filled), day, now=NOW, settings=SETTINGS, reason="họp dân")
    entry = week.load_entry(filled, slot(filled), day, reader=EVERYBODY, now=NOW, settings=SETTINGS)
    assert entry is not None
    assert (entry.state, entry.reason, entry.changeable) == (EntryState.CANCELLED, "họp dân", True)


def test_what_a_removed_slot_would_have_aired_is_gone_and_what_it_aired_stays(filled: Session) -> None:
    later = NOW + timedelta(days=2, hours=1)
    slots.remove_slot(slot(filled), now=later)
    filled.flush()
    planning.write_plan(filled, now=later, settings=SETTINGS)
    days = [item.occurrence_on for item in look(filled, now=later) if item.slot_code == "sang"]
    assert days == [TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=2)]


def test_what_is_past_without_an_outcome_says_so_and_is_not_changed(filled: Session) -> None:
    first = look(filled, now=NOW + timedelta(hours=3))[0]
    assert (first.state, first.changeable) == (EntryState.PASSED, False)


# --- findings -------------------------------------------------------------------------------------------------------
def test_findings_are_kept_with_the_plan_and_go_when_they_are_over(filled: Session) -> None:
    series = slot(filled).series
    rival = make_slot(filled, series, code="gan", targets=(area(filled, "Sơn La"),), starts_at_local=time(5, 35))
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    told = look(filled)[0].findings
    assert [(item.finding.code, item.zones) for item in told] == [(FindingCode.OVERLAP, 2)]
    assert told[0].finding.facts["other"] == rival.title
    assert told[0].finding.facts["other_starts_at"] == NOW + timedelta(minutes=35)
    before = set(filled.scalars(select(PlanFinding.key)))
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    assert set(filled.scalars(select(PlanFinding.key))) == before
    slots.remove_slot(rival, now=NOW)
    filled.flush()
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    assert filled.scalar(select(func.count()).select_from(PlanFinding)) == 0


def test_a_change_shortly_before_a_start_waits_for_the_daemon(filled: Session) -> None:
    near = NOW + timedelta(minutes=29, seconds=50)
    assert plan_refresh.refresh(filled, now=near, settings=SETTINGS) is None
    assert plan_findings.is_wanted(filled)
    assert week.load_week(filled, MONDAY, SUNDAY, reader=EVERYBODY, now=near, settings=SETTINGS).is_behind
    assert plan_refresh.refresh(filled, now=NOW, settings=SETTINGS) is not None
    assert not plan_findings.is_wanted(filled)


# --- who sees and changes what --------------------------------------------------------------------------------------
def test_a_commune_sees_its_own_slots_and_what_the_whole_city_hears_and_changes_its_own_only(filled: Session) -> None:
    seen = look(filled, reader=within(filled, "Chiềng Xôm"))
    assert {item.slot_code for item in seen} == {"sang", "xom"}
    assert {item.slot_code for item in seen if item.changeable} == {"xom"}
    assert {item.slot_code for item in look(filled, reader=within(filled, "Chiềng Cơi"))} == {"sang"}


def test_what_reaches_two_communes_is_changed_by_who_plans_in_both(filled: Session) -> None:
    both = (area(filled, "Chiềng Xôm"), area(filled, "Chiềng Cơi"))
    wide = make_slot(filled, slot(filled).series, code="hai", targets=both, starts_at_local=time(8))
    with pytest.raises(UnknownSlot):
        plan_scope.check_slot_changeable(filled, wide, within(filled, "Chiềng Xôm"))
    plan_scope.check_slot_changeable(filled, wide, within(filled, "Chiềng Xôm", "Chiềng Cơi"))


def test_who_only_looks_changes_nothing(filled: Session) -> None:
    assert not any(item.changeable for item in look(filled, reader=within(filled, "Chiềng Xôm", plans=False)))


def test_a_slot_elsewhere_is_as_good_as_missing(filled: Session) -> None:
    coi = within(filled, "Chiềng Cơi")
    with pytest.raises(UnknownSlot):
        plan_scope.check_slot_shown(filled, slot(filled, "xom"), coi)
    with pytest.raises(UnknownSlot):
        plan_scope.check_slot_changeable(filled, slot(filled), coi)


def test_a_one_off_is_seen_where_it_sounds_and_changed_by_who_plans_everywhere_it_does(filled: Session) -> None:
    zones = tuple(filled.scalars(select(Zone).order_by(Zone.code)))
    episode = filled.scalars(select(Episode).where(Episode.number == 20)).one()
    both = make_broadcast(filled, editions=tuple(episode.editions), zones=zones, starts_in=timedelta(hours=5))
    xom = within(filled, "Chiềng Xôm")
    assert plan_scope.check_broadcast_shown(filled, both, xom) is False
    with pytest.raises(UnknownBroadcast):
        plan_scope.check_broadcast_changeable(filled, both, xom)
    with pytest.raises(UnknownBroadcast):
        plan_scope.check_broadcast_shown(filled, both, within(filled, "Sơn La"))
    plan_scope.check_broadcast_changeable(filled, both, Reader(sees=EVERYWHERE, plans=EVERYWHERE, on=TODAY))


def test_places_are_picked_only_where_one_plans(filled: Session) -> None:
    zone = filled.scalars(select(Zone).where(Zone.code == "TO1")).one()
    with pytest.raises(UnknownZone):
        plan_scope.places_of(filled, [f"z{zone.id}"], within(filled, "Chiềng Xôm"))
    areas, zones = plan_scope.places_of(filled, [f"z{zone.id}"], within(filled, "Chiềng Cơi"))
    assert (areas, zones) == ([], [zone])


def test_the_tree_of_places_holds_what_one_plans_with_languages(filled: Session) -> None:
    [xom] = plan_choices.find_places(filled, within(filled, "Chiềng Xôm").plans, on=TODAY)
    assert (xom.name, xom.count, [(zone.code, zone.languages) for zone in xom.zones]) == (
        "Chiềng Xôm", 1, [("TONG", ("blt", "vi"))],
    )  # fmt: skip
    zone = filled.scalars(select(Zone).where(Zone.code == "TO1")).one()
    [city] = plan_choices.find_places(filled, EVERYWHERE, on=TODAY, chosen=[f"z{zone.id}"])
    assert [(item.name, item.opened) for item in city.areas] == [("Chiềng Cơi", True), ("Chiềng Xôm", False)]


# --- preview --------------------------------------------------------------------------------------------------------
def all_rows(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Row.metadata.sorted_tables
    }  # fmt: skip


def build(session: Session, **others: object) -> Slot:
    wanted = {
        "code": "", "rrule": "FREQ=WEEKLY;BYDAY=MO,TH", "starts_at_local": time(5, 35), "valid_from": TODAY,
        "areas": [area(session, "Chiềng Xôm")], "now": NOW, "settings": SETTINGS, **others,
    }  # fmt: skip
    return slots.build_slot(slot(session).series, **wanted)  # type: ignore[arg-type]


def test_a_preview_shows_four_weeks_with_findings_and_leaves_nothing_behind(filled: Session) -> None:
    before = all_rows(filled)
    seen = plan_preview.preview_slot(filled, build(filled), now=NOW, settings=SETTINGS)
    assert (seen.first, seen.last) == (TODAY, TODAY + timedelta(days=27))
    assert [item.on for item in seen.dates] == [
        MONDAY + timedelta(days=n) for n in (3, 7, 10, 14, 17, 21, 24, 28)
    ]  # fmt: skip
    assert {item.code for date_ in seen.dates for item in date_.findings} == {FindingCode.OVERLAP}
    assert all(item.planned is None for item in seen.dates)
    assert dict(seen.heard) == {("blt", "vi"): 1}
    filled.flush()
    assert all_rows(filled) == before
    assert not filled.new and not filled.dirty


def test_a_preview_tells_what_really_airs_once_the_slot_is_kept(filled: Session) -> None:
    wanted = {"starts_at_local": time(9), "priority": 2}
    seen = plan_preview.preview_slot(filled, build(filled, **wanted), now=NOW, settings=SETTINGS)
    kept = slots.create_slot(
        filled, slot(filled).series, code="", rrule="FREQ=WEEKLY;BYDAY=MO,TH", starts_at_local=time(9), priority=2,
        valid_from=TODAY, areas=[area(filled, "Chiềng Xôm")], title="Giữa buổi", now=NOW, settings=SETTINGS,
    )  # fmt: skip
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    rows = filled.scalars(select(Broadcast).where(Broadcast.slot_id == kept.id).order_by(Broadcast.starts_at))
    aired = [(row.occurrence_on, row.episode_id) for row in rows]
    assert aired == [(item.on, item.planned.episode.id) for item in seen.dates if item.planned][: len(aired)]
    assert kept.code == "giua-buoi" and len(aired) == 4


def test_a_preview_of_a_change_replaces_the_slot_as_it_was(filled: Session) -> None:
    kept = slot(filled)
    wanted = build(
        filled, code=kept.code, areas=[area(filled, "Sơn La")], rrule="FREQ=DAILY", starts_at_local=time(5, 40)
    )
    seen = plan_preview.preview_slot(filled, wanted, instead_of=kept, now=NOW, settings=SETTINGS)
    assert len(seen.dates) == 28 and seen.findings == 0
    assert all(item.zones == 2 for item in seen.dates)


# --- slots ----------------------------------------------------------------------------------------------------------
def test_a_code_is_made_from_the_title_and_is_free(filled: Session) -> None:
    made = []
    for _ in range(2):
        made.append(
            slots.create_slot(
                filled, slot(filled).series, code="", title="Buổi trưa – Đài xã", rrule="FREQ=DAILY",
                starts_at_local=time(11), valid_from=TODAY, areas=[area(filled, "Sơn La")], now=NOW, settings=SETTINGS,
            ).code
        )  # fmt: skip
    assert made == ["buoi-trua-dai-xa", "buoi-trua-dai-xa-2"]


def test_a_changed_slot_keeps_the_targets_it_had_and_airs_anew(filled: Session) -> None:
    kept = slot(filled)
    [target] = kept.targets
    wanted = build(
        filled, code="sang", areas=[area(filled, "Sơn La"), area(filled, "Chiềng Cơi")], starts_at_local=time(6),
        rrule="FREQ=WEEKLY;BYDAY=WE",
    )  # fmt: skip
    slots.change_slot(filled, kept, wanted)
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    assert target in kept.targets and len(kept.targets) == 2
    shown = [(item.occurrence_on, item.starts_at) for item in look(filled) if item.slot_code == "sang"]
    assert shown == [(date(2026, 11, 25), NOW + timedelta(days=1, hours=1))]


def test_a_slot_ends_after_its_last_day(filled: Session) -> None:
    slots.end_slot(slot(filled), last_day=date(2026, 11, 25), today=TODAY)
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    assert [item.occurrence_on for item in look(filled) if item.slot_code == "sang"] == [TODAY, date(2026, 11, 25)]
    with pytest.raises(BadField):
        slots.end_slot(slot(filled), last_day=MONDAY, today=TODAY)


# --- one-offs -------------------------------------------------------------------------------------------------------
def one_off(session: Session, *, hours: int = 6, number: int = 20) -> Broadcast:
    episode = session.scalars(select(Episode).where(Episode.number == number)).one()
    zones = list(session.scalars(select(Zone)))
    return planning.plan_one_off(
        session, episode, zones, starts_at=NOW + timedelta(hours=hours), now=NOW, settings=SETTINGS
    ).broadcast  # fmt: skip


def test_a_one_off_is_moved_and_replaced_in_all_its_zones(filled: Session) -> None:
    row = one_off(filled)
    one_offs.move_one_off(filled, row, to=NOW + timedelta(hours=7), now=NOW, settings=SETTINGS)
    other = filled.scalars(select(Episode).where(Episode.number == 21)).one()
    one_offs.replace_one_off(filled, row, other, now=NOW, settings=SETTINGS)
    filled.expire_all()
    assert (row.starts_at, row.episode_id, len(row.programmes)) == (NOW + timedelta(hours=7), other.id, 2)
    assert {airing.edition.episode_id for airing in row.airings} == {other.id}
    detail = plan_detail.load_broadcast(filled, row, reader=EVERYBODY, now=NOW, settings=SETTINGS)
    assert {group.languages: group.zones for group in detail.heard_by} == {("blt", "vi"): 1, ("vi",): 1}


def test_a_one_off_is_not_moved_to_where_no_zone_may_sound(filled: Session) -> None:
    row = one_off(filled)
    with pytest.raises(NothingToPlan) as refusal:
        one_offs.move_one_off(filled, row, to=NOW + timedelta(hours=18, minutes=30), now=NOW, settings=SETTINGS)
    assert "outside_allowed_hours" in str(refusal.value.facts["findings"])


def test_a_one_off_that_is_too_near_stays(filled: Session) -> None:
    row = one_off(filled)
    with pytest.raises(TooLateToPlan):
        one_offs.move_one_off(
            filled, row, to=NOW + timedelta(hours=9), now=row.starts_at - timedelta(seconds=30), settings=SETTINGS
        )  # fmt: skip
    assert row.state is BroadcastState.PLANNED


def test_a_pinned_date_says_so_in_the_week(filled: Session) -> None:
    episode = filled.scalars(select(Episode).where(Episode.number == 25)).one()
    slots.pin_date(filled, slot(filled), TODAY, episode, now=NOW, settings=SETTINGS)
    planning.write_plan(filled, now=NOW, settings=SETTINGS)
    first = look(filled)[0]
    assert first.pinned and first.episode is not None and first.episode.number == 25
    assert slot(filled).selection is Selection.NEXT
