"""Plans are looked at every second and drawn only when something changed; what can wait, waits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.config import Settings, load_settings
from scheduler.database import Sessions
from scheduler.models import AuditEntry, Broadcast, VillagePlan, Zone
from scheduler.services import audit, plan_findings, planning, village_plan
from scheduler.services.audit import Actor
from scheduler.signing import Signer
from scheduler.village_plans import FILES_WAIT, LOOK_ANYWAY, SOON, VillagePlans
from tests.factories import (
    NOW,
    a_sha256,
    make_area,
    make_edition,
    make_episode,
    make_player,
    make_series,
    make_slot,
    make_zone,
)

SETTINGS: Settings = load_settings({})
SECOND = timedelta(seconds=1)


class Keeping:
    """Bản Tông and bản Hụm are villages with a broadcast at 05:30 every day; how often their plans are drawn."""

    def __init__(self, sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sessions, self.now, self.drawn = sessions, NOW, 0
        with sessions.begin() as session:
            series, city = make_series(session, languages=("vi",)), make_area(session)
            for number in range(1, 20):
                make_edition(session, make_episode(session, series, number=number))
            for code in ("TONG", "HUM"):
                make_player(session, make_zone(session, code=code, area=city, languages=("vi",), carrier="village"))
            make_slot(session, series, targets=(city,))
            planning.write_plan(session, now=NOW, settings=SETTINGS)
        find = village_plan.find_changed

        def count(session: Session, **others: Any) -> list[village_plan.Changed]:
            self.drawn += 1
            return find(session, **others)

        monkeypatch.setattr(village_plan, "find_changed", count)
        self.plans = VillagePlans(sessions=sessions, readers=sessions, settings=SETTINGS, signer=Signer(bytes(32)))
        assert len(self.refresh()) == 2

    def refresh(self, *, after: timedelta = SECOND) -> list[int]:
        self.now += after
        return self.plans.refresh(now=self.now)

    def give_file(self, *, nth: int) -> None:
        """The file of the nth broadcast is made."""
        with self.sessions.begin() as session:
            broadcasts = session.scalars(select(Broadcast).order_by(Broadcast.starts_at)).all()
            order = broadcasts[nth].programmes[0].running_order
            order.transport_sha256, order.transport_bytes, order.seconds = a_sha256(f"opus {nth}"), 4_860_000, 540.5


@pytest.fixture
def keeping(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Keeping:
    return Keeping(sessions, monkeypatch)


def test_while_nothing_changes_nothing_is_drawn(keeping: Keeping) -> None:
    for _ in range(30):
        assert keeping.refresh() == []
    assert keeping.drawn == 1


def test_a_plan_that_was_written_is_drawn_at_the_next_look(keeping: Keeping, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.scalars(select(Zone)).all()[0].settings = {"volume": 50}
        planning.write_plan(session, now=keeping.now, settings=SETTINGS)
    assert len(keeping.refresh()) == 1
    assert keeping.refresh() == []
    assert keeping.drawn == 2


def test_a_change_that_waits_for_the_planner_is_drawn_at_once(keeping: Keeping, sessions: Sessions) -> None:
    with sessions.begin() as session:
        plan_findings.mark_wanted(session, now=keeping.now)
    keeping.refresh()
    assert keeping.drawn == 2


def test_what_a_person_changed_is_drawn_at_once(keeping: Keeping, sessions: Sessions) -> None:
    with sessions.begin() as session:
        audit.watch(session, actor=Actor(user_id=None, name="Mai"), now=keeping.now)
        session.scalars(select(Zone)).all()[0].settings = {"volume": 50}
    with sessions.begin() as session:
        assert session.scalars(select(AuditEntry)).all()
    assert len(keeping.refresh()) == 1


def test_a_new_box_gets_a_plan_at_once(keeping: Keeping, sessions: Sessions) -> None:
    with sessions.begin() as session:
        city = session.scalars(select(Zone)).all()[0].area
        fresh = make_zone(session, code="MOI", area=city, languages=("vi",), carrier="village")
        make_player(session, fresh)
        number = fresh.id
    assert keeping.refresh() == [number]


def test_what_left_no_trace_is_found_within_a_minute(keeping: Keeping, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.scalars(select(Zone)).all()[0].settings = {"volume": 50}
    assert keeping.refresh() == []
    assert len(keeping.refresh(after=LOOK_ANYWAY)) == 1


def test_a_file_that_is_needed_soon_is_told_at_once(keeping: Keeping) -> None:
    assert timedelta(minutes=30) < SOON
    keeping.give_file(nth=0)
    assert len(keeping.refresh()) == 2


def test_files_for_later_days_wait_for_each_other(keeping: Keeping) -> None:
    for nth in (3, 4, 5):
        keeping.give_file(nth=nth)
        assert keeping.refresh() == []
    assert len(keeping.refresh(after=FILES_WAIT)) == 2
    with keeping.sessions.begin() as session:
        assert set(session.scalars(select(VillagePlan.version))) == {2}


def test_many_plans_are_written_in_short_transactions(
    keeping: Keeping, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.village_plans._AT_ONCE", 1)
    kept: list[int] = []
    keep = village_plan.keep

    def count(session: Session, sealed: list[dict[str, Any]]) -> list[int]:
        kept.append(len(sealed))
        return keep(session, sealed)

    monkeypatch.setattr(village_plan, "keep", count)
    with sessions.begin() as session:
        for zone in session.scalars(select(Zone)):
            zone.settings = {"volume": 50}
        plan_findings.mark_written(session, now=keeping.now)
    assert len(keeping.refresh()) == 2
    assert kept == [1, 1]


def test_a_clock_that_was_set_back_holds_nothing_up(keeping: Keeping, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.scalars(select(Zone)).all()[0].settings = {"volume": 50}
    assert len(keeping.refresh(after=-timedelta(days=1))) == 1
