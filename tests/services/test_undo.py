"""Taking back a person's last change of the plan, and copying last week, as the rows and the audit trail have it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from scheduler.config import Settings, load_settings
from scheduler.database import Sessions, open_sessions
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.planning import BroadcastState, Selection
from scheduler.domain.week import CopyKind, NotCopied
from scheduler.errors import ChangedSince, NothingToCopy, NothingToPlan, NothingToUndo, TooLateToPlan, UnknownSlot
from scheduler.models import Area, AuditEntry, Broadcast, Episode, Slot, SlotException, SlotTarget, Zone
from scheduler.services import audit, copy_week, one_offs, plan_refresh, planning, slots, undo
from scheduler.services.plan_scope import EVERYBODY, Reader
from tests.factories import NOW, make_area, make_edition, make_episode, make_series, make_slot, make_zone

SETTINGS: Settings = load_settings({})
TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)
NEXT_MONDAY = date(2026, 11, 30)
ME, OTHER = 7, 8


@pytest.fixture
def sessions(sqlite_engine: Engine) -> Iterator[Sessions]:
    made = open_sessions(sqlite_engine)
    with made.begin() as session:
        series, city = make_series(session), make_area(session)
        make_zone(session, area=city)
        make_zone(session, code="TO1", name="Tổ 1", area=city, languages=("vi",))
        for number in range(1, 31):
            episode = make_episode(session, series, number=number)
            make_edition(session, episode, language="vi")
            make_edition(session, episode, language="blt")
        make_slot(session, series, targets=(city,))
        planning.write_plan(session, now=NOW, settings=SETTINGS)
    return made


def change(
    sessions: Sessions,
    act: Callable[[Session], object],
    *,
    by: int = ME,
    now: datetime = NOW,
    undoes: UUID | None = None,
) -> UUID:
    """What a page does: one transaction under watch, with the plan written at its end."""
    with sessions.begin() as session:
        made = audit.watch(session, actor=audit.Actor(user_id=by, name="Lò Thị Hoa"), now=now, undoes=undoes)
        act(session)
        plan_refresh.refresh(session, now=now, settings=SETTINGS)
    return made


def take_back(
    sessions: Sessions, *, by: int = ME, now: datetime = NOW, reader: Reader = EVERYBODY, wanted: UUID | None = None
) -> None:
    with sessions.begin() as session:
        last = undo.find_last(session, user_id=by, now=now)
        named = wanted or (UUID(int=0) if last is None else last.change_id)
    change(
        sessions,
        lambda session: undo.undo(session, named, user_id=by, reader=reader, now=now, settings=SETTINGS),
        by=by,
        now=now,
        undoes=named,
    )


def plan_of(sessions: Sessions) -> list[tuple[Any, ...]]:
    """Everything of the plan that a person sees, by value."""
    with sessions.begin() as session:
        return [
            *session.execute(
                select(Broadcast.occurrence_on, Broadcast.starts_at, Broadcast.episode_id, Broadcast.state).order_by(
                    Broadcast.starts_at, Broadcast.id
                )
            ).all(),
            *session.execute(
                select(SlotException.on, SlotException.cancelled, SlotException.moved_to, SlotException.episode_id)
            ).all(),
            *session.execute(
                select(Slot.code, Slot.title, Slot.rrule, Slot.starts_at_local, Slot.valid_to, Slot.priority, Slot.selection)
                .where(Slot.removed_at.is_(None)).order_by(Slot.code)
            ).all(),
            *session.execute(
                select(SlotTarget.area_id, SlotTarget.zone_id).join(Slot).where(Slot.removed_at.is_(None))
                .order_by(SlotTarget.area_id, SlotTarget.zone_id)
            ).all(),
        ]  # fmt: skip


def get_slot(session: Session, code: str = "sang") -> Slot:
    return slots.get_slot(session, code)


def episode(session: Session, number: int) -> Episode:
    return session.scalars(select(Episode).where(Episode.number == number)).one()


def move(session: Session, to: datetime = NOW + timedelta(days=1, hours=5)) -> None:
    slots.move_date(session, get_slot(session), TOMORROW, to=to, now=NOW, settings=SETTINGS)


def cancel(session: Session) -> None:
    slots.cancel_date(session, get_slot(session), TOMORROW, now=NOW, settings=SETTINGS)


def pin(session: Session) -> None:
    slots.pin_date(session, get_slot(session), TOMORROW, episode(session, 20), now=NOW, settings=SETTINGS)


def edit(session: Session) -> None:
    slot = get_slot(session)
    zone = session.scalars(select(Zone).where(Zone.code == "TONG")).one()
    wanted = slots.build_slot(
        slot.series, code="sang", title="Đổi tên", rrule="FREQ=WEEKLY;BYDAY=MO", starts_at_local=time(6), priority=2,
        valid_from=slot.valid_from, valid_to=date(2027, 1, 1), selection=Selection.PINNED, zones=[zone],
        episode=episode(session, 9), now=NOW, settings=SETTINGS,
    )  # fmt: skip
    slots.change_slot(session, slot, wanted)


def end(session: Session) -> None:
    slots.end_slot(get_slot(session), last_day=TOMORROW, today=TODAY)


def remove(session: Session) -> None:
    slots.remove_slot(get_slot(session), now=NOW)


# --- undo -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("act", [move, cancel, pin, edit, end, remove])
def test_undo_makes_the_plan_what_it_was(sessions: Sessions, act: Callable[[Session], object]) -> None:
    before = plan_of(sessions)
    change(sessions, act)
    assert plan_of(sessions) != before
    take_back(sessions)
    assert plan_of(sessions) == before


def create(session: Session) -> None:
    slots.create_slot(
        session, get_slot(session).series, code="moi", rrule="FREQ=DAILY", starts_at_local=time(9), valid_from=TODAY,
        areas=[session.scalars(select(Area)).one()], now=NOW, settings=SETTINGS,
    )  # fmt: skip


def live_plan(sessions: Sessions) -> list[tuple[Any, ...]]:
    return [row for row in plan_of(sessions) if BroadcastState.CANCELLED not in row]


def test_undo_of_a_new_slot_takes_it_out_of_use(sessions: Sessions) -> None:
    before = live_plan(sessions)
    change(sessions, create)
    take_back(sessions)
    assert live_plan(sessions) == before
    with sessions.begin() as session, pytest.raises(UnknownSlot):
        get_slot(session, "moi")


def test_undo_of_restoring_a_date_makes_it_differ_again(sessions: Sessions) -> None:
    change(sessions, move)
    moved = plan_of(sessions)
    change(sessions, lambda s: slots.restore_date(s, get_slot(s), TOMORROW, now=NOW, settings=SETTINGS))
    take_back(sessions)
    assert plan_of(sessions) == moved


def test_the_change_before_is_the_next_to_be_taken_back(sessions: Sessions) -> None:
    before = plan_of(sessions)
    change(sessions, move)
    once = plan_of(sessions)
    change(sessions, pin, now=NOW + timedelta(seconds=5))
    take_back(sessions, now=NOW + timedelta(seconds=10))
    assert plan_of(sessions) == once
    take_back(sessions, now=NOW + timedelta(seconds=15))
    assert plan_of(sessions) == before
    with pytest.raises(NothingToUndo):
        take_back(sessions, now=NOW + timedelta(seconds=20))


def test_an_undo_is_told_in_the_trail_as_what_it_is(sessions: Sessions) -> None:
    made = change(sessions, move)
    take_back(sessions)
    with sessions.begin() as session:
        undone = session.scalars(select(AuditEntry).where(AuditEntry.undoes == made)).all()
    assert [(entry.kind, entry.action) for entry in undone] == [("slot_exception", "removed")]


def test_what_somebody_changed_again_since_is_not_taken_back(sessions: Sessions) -> None:
    change(sessions, move)
    change(sessions, lambda s: move(s, NOW + timedelta(days=1, hours=7)), by=OTHER)
    before = plan_of(sessions)
    with pytest.raises(ChangedSince):
        take_back(sessions)
    assert plan_of(sessions) == before


def test_somebody_elses_change_is_not_mine_to_take_back(sessions: Sessions) -> None:
    made = change(sessions, move, by=OTHER)
    with pytest.raises(NothingToUndo):
        take_back(sessions)
    with pytest.raises(NothingToUndo):
        take_back(sessions, wanted=made)


def test_an_old_page_does_not_take_back_a_newer_change(sessions: Sessions) -> None:
    first = change(sessions, move)
    change(sessions, lambda s: slots.cancel_date(s, get_slot(s), TODAY + timedelta(days=2), now=NOW, settings=SETTINGS))
    with pytest.raises(NothingToUndo):
        take_back(sessions, wanted=first)


@pytest.mark.parametrize("at", [NOW + timedelta(days=1, minutes=29), NOW + timedelta(days=1, hours=6)])
def test_it_is_too_late_when_either_time_is_near_or_past(sessions: Sessions, at: datetime) -> None:
    change(sessions, move, now=NOW)
    with sessions.begin() as session:
        row = session.scalars(select(AuditEntry)).all()[-1]
    assert row.at > at - undo.OFFERED_FOR or at > NOW + timedelta(hours=24)
    with sessions.begin() as session, pytest.raises((TooLateToPlan, NothingToUndo)):
        undo.undo(session, row.change_id, user_id=ME, reader=EVERYBODY, now=at, settings=SETTINGS)


def test_a_moved_date_is_not_brought_back_to_a_time_that_passed(sessions: Sessions) -> None:
    slot_time = NOW + timedelta(minutes=30)

    def later(session: Session) -> None:
        slots.move_date(
            session, get_slot(session), TODAY, to=slot_time + timedelta(hours=5), now=NOW, settings=SETTINGS
        )

    change(sessions, later)
    with pytest.raises(TooLateToPlan):
        take_back(sessions, now=slot_time)


def test_who_lost_the_right_takes_nothing_back(sessions: Sessions) -> None:
    change(sessions, move)
    nowhere = Reader(sees=EVERYWHERE, plans=Scope(area_ids=frozenset()), on=TODAY)
    with pytest.raises(UnknownSlot):
        take_back(sessions, reader=nowhere)


def make_one_off(session: Session, *, now: datetime = NOW, hours: float = 6, number: int = 20) -> Broadcast:
    zones = list(session.scalars(select(Zone)))
    return planning.plan_one_off(
        session, episode(session, number), zones, starts_at=now + timedelta(hours=hours), now=now, settings=SETTINGS
    ).broadcast


def one_off_of(session: Session) -> Broadcast:
    return session.scalars(select(Broadcast).where(Broadcast.slot_id.is_(None))).one()


def test_undo_of_a_one_off_calls_it_off(sessions: Sessions) -> None:
    change(sessions, make_one_off)
    take_back(sessions)
    with sessions.begin() as session:
        assert one_off_of(session).state is BroadcastState.CANCELLED


def test_undo_of_a_cancelled_one_off_lets_it_air_in_all_its_zones(sessions: Sessions) -> None:
    change(sessions, make_one_off)
    change(sessions, lambda s: slots.cancel_broadcast(s, one_off_of(s), now=NOW, settings=SETTINGS))
    take_back(sessions)
    with sessions.begin() as session:
        row = one_off_of(session)
        assert (row.state, len(row.programmes)) == (BroadcastState.PLANNED, 2)


def test_undo_of_a_moved_one_off_brings_it_back(sessions: Sessions) -> None:
    change(sessions, make_one_off)
    before = plan_of(sessions)
    change(
        sessions,
        lambda s: one_offs.move_one_off(s, one_off_of(s), to=NOW + timedelta(hours=8), now=NOW, settings=SETTINGS),
    )
    take_back(sessions)
    assert plan_of(sessions) == before


# --- copying last week ----------------------------------------------------------------------------------------------
LATER = NOW + timedelta(days=5)
"""Sunday: the next week lies ahead."""


def copy(session: Session) -> list[copy_week.CopyItem]:
    return copy_week.copy_week(
        session, NEXT_MONDAY, reader=EVERYBODY, now=LATER, settings=SETTINGS, by="Hoa"
    )  # fmt: skip


def test_one_offs_and_pins_of_last_week_are_planned_again_and_the_rest_is_told(sessions: Sessions) -> None:
    change(sessions, make_one_off)
    change(sessions, pin)
    friday = TODAY + timedelta(days=3)
    change(sessions, lambda s: slots.cancel_date(s, get_slot(s), friday, now=NOW, settings=SETTINGS))
    items: list[copy_week.CopyItem] = []
    change(sessions, lambda s: items.extend(copy(s)), now=LATER)
    assert {(item.kind, item.why_not) for item in items} == {
        (CopyKind.ONE_OFF, None), (CopyKind.PIN, None), (CopyKind.CANCELLATION, NotCopied.ONLY_THAT_DAY),
    }  # fmt: skip
    with sessions.begin() as session:
        starts = session.scalars(
            select(Broadcast.starts_at).where(Broadcast.slot_id.is_(None)).order_by(Broadcast.starts_at)
        )
        assert list(starts) == [NOW + timedelta(hours=6), NOW + timedelta(days=7, hours=6)]
        pinned = session.scalars(select(Broadcast).where(Broadcast.occurrence_on == TOMORROW + timedelta(days=7))).one()
        assert (pinned.pinned, pinned.episode.number) == (True, 20)


def test_copying_twice_copies_nothing_twice(sessions: Sessions) -> None:
    change(sessions, make_one_off)
    change(sessions, pin)
    change(sessions, copy, now=LATER)
    with pytest.raises(NothingToCopy):
        change(sessions, copy, now=LATER)
    with sessions.begin() as session:
        items = copy_week.find_copies(session, NEXT_MONDAY, reader=EVERYBODY, now=LATER, settings=SETTINGS)
    assert {item.why_not for item in items} == {NotCopied.ALREADY_THERE, NotCopied.DIFFERS_ALREADY}


def test_copying_is_all_or_nothing(sessions: Sessions) -> None:
    change(sessions, make_one_off)
    change(sessions, pin)
    blocker = NOW + timedelta(days=7, hours=6) - LATER

    def block(session: Session) -> None:
        zones = list(session.scalars(select(Zone)))
        planning.plan_one_off(
            session, episode(session, 21), zones, starts_at=LATER + blocker - timedelta(minutes=5), now=LATER,
            settings=SETTINGS, priority=2,
        )  # fmt: skip

    change(sessions, block, now=LATER)
    before = plan_of(sessions)
    with pytest.raises(NothingToPlan):
        change(sessions, copy, now=LATER)
    assert plan_of(sessions) == before


def test_a_copied_week_is_taken_back_as_one(sessions: Sessions) -> None:
    change(sessions, make_one_off)
    change(sessions, pin)
    change(sessions, lambda s: None, now=LATER)
    before = live_plan(sessions)
    change(sessions, copy, now=LATER)
    take_back(sessions, now=LATER + timedelta(minutes=1))
    assert live_plan(sessions) == before
