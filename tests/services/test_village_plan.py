"""Plans for villages: what they say, when they are new, for whom, and what waits to be sent."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.config import Settings, load_settings
from scheduler.database import Sessions
from scheduler.domain.planning import BroadcastState, Selection
from scheduler.models import Broadcast, PlanState, Player, PlayerState, RunningOrder, VillagePlan, Zone
from scheduler.services import approval, planning, village_plan
from scheduler.services.village_plan import ToSend
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import Plan, decode, unpack
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
SIGNER = Signer(bytes(range(32)))
LATER = NOW + timedelta(hours=3)


def fill(session: Session) -> Zone:
    """Bản Tông, a village with a player, hears Thái and phổ thông at 05:30 and 17:00; tổ 1 is no village."""
    series = make_series(session)
    commune = make_area(session, name="Chiềng Xôm", kind="commune", parent=make_area(session))
    tong = make_zone(session, area=commune, carrier="village")
    make_zone(session, code="TO1", name="Tổ 1", area=commune, languages=("vi",))
    for number in range(1, 40):
        episode = make_episode(session, series, number=number)
        make_edition(session, episode, language="vi")
        make_edition(session, episode, language="blt")
    morning = make_slot(session, series, targets=(commune,))
    make_slot(
        session, series, code="chieu", targets=(commune,), starts_at_local=time(17), selection=Selection.REPEAT,
        repeats_slot_id=morning.id,
    )  # fmt: skip
    make_player(session, tong)
    planning.write_plan(session, now=NOW, settings=SETTINGS)
    session.flush()
    return tong


def refresh(session: Session, *, now: datetime = NOW, **others: Any) -> list[int]:
    return village_plan.refresh(session, now=now, settings=SETTINGS, signer=SIGNER, **others)


def plan_of(session: Session, zone: Zone) -> Plan:
    payload = village_plan.body_of(session, [zone.id])[zone.id]
    return decode(Verifier(SIGNER.public).open(unpack(payload)), Plan)


def first_of(session: Session) -> Broadcast:
    found = session.scalars(select(Broadcast).order_by(Broadcast.starts_at)).first()
    assert found is not None
    return found


def test_a_village_is_told_all_that_it_plays_for_two_weeks(session: Session) -> None:
    tong = fill(session)
    assert refresh(session) == [tong.id]
    plan = plan_of(session, tong)
    assert (plan.zone_id, plan.zone_code, plan.version, plan.made_at) == (tong.id, "TONG", 1, NOW)
    assert plan.languages == ("blt", "vi")
    assert plan.area_ids == (tong.area_id, tong.area.parent_id)
    assert plan.until >= NOW + timedelta(days=14)
    starts = [item.starts_at for item in plan.programmes]
    assert starts == sorted(starts)
    assert starts[:2] == [datetime(2026, 11, 23, 22, 30, tzinfo=UTC), datetime(2026, 11, 24, 10, 0, tzinfo=UTC)]
    assert len(starts) == 2 * 15
    first = plan.programmes[0]
    assert [(piece.role, piece.language, piece.starts_s) for piece in first.pieces] == [
        ("edition", "blt", 0.0), ("edition", "vi", 540.0),
    ]  # fmt: skip
    airings = {item.language: item for item in first_of(session).airings}
    piece = first.pieces[0]
    assert (piece.airing_id, piece.recording_sha256) == (airings["blt"].id, airings["blt"].recording_sha256)
    assert (piece.series, piece.title, piece.year, piece.number) == (
        "Thành phố chung tay cải cách thủ tục hành chính", "Số 1", 2026, 1,
    )  # fmt: skip
    assert first.file is None


def test_the_same_again_is_no_new_plan(session: Session) -> None:
    fill(session)
    assert refresh(session)
    assert refresh(session, now=LATER) == []
    planning.write_plan(session, now=LATER, settings=SETTINGS)  # what has begun meanwhile does not make it another
    assert refresh(session, now=LATER) == []


def test_a_new_day_is_a_new_plan(session: Session) -> None:
    tong = fill(session)
    refresh(session)
    tomorrow = NOW + timedelta(days=1)
    planning.write_plan(session, now=tomorrow, settings=SETTINGS)
    assert refresh(session, now=tomorrow) == [tong.id]
    plan = plan_of(session, tong)
    assert (plan.version, plan.made_at) == (2, tomorrow)
    assert plan.until >= tomorrow + timedelta(days=14)


def test_a_file_that_was_made_is_told(session: Session) -> None:
    tong = fill(session)
    refresh(session)
    order = session.scalars(select(RunningOrder)).first()
    assert order is not None
    order.seconds, order.starts_s = 1080.5, [0.0, 540.5]
    order.transport_sha256, order.transport_bytes = a_sha256("opus"), 4_860_000
    session.flush()
    assert refresh(session) == [tong.id]
    files = {item.file.sha256: item for item in plan_of(session, tong).programmes if item.file is not None}
    assert list(files) == [a_sha256("opus")]
    told = files[a_sha256("opus")]
    assert told.file is not None
    assert (told.file.size_bytes, told.file.seconds) == (4_860_000, 1080.5)
    assert [piece.starts_s for piece in told.pieces] == [0.0, 540.5]


@pytest.mark.parametrize("cause", ["cancelled", "withdrawn"])
def test_what_was_called_off_is_told_as_such(session: Session, cause: str) -> None:
    tong = fill(session)
    refresh(session)
    broadcast = first_of(session)
    if cause == "cancelled":
        broadcast.state = BroadcastState.CANCELLED
    else:
        approval.withdraw(session, broadcast.airings[0].edition, reviewer="Mai", reason="sai", now=NOW)
    session.flush()
    assert refresh(session) == [tong.id]
    told = {item.broadcast_id: item.cancelled for item in plan_of(session, tong).programmes}
    assert told[broadcast.id]
    assert not all(told.values())


@pytest.mark.parametrize("change", [{"active": False}, {"carrier": "file"}, {"removed_at": NOW}])
def test_a_zone_that_is_no_village_any_more_is_told_to_be_silent(session: Session, change: dict[str, Any]) -> None:
    tong = fill(session)
    refresh(session)
    for name, value in change.items():
        setattr(tong, name, value)
    session.flush()
    assert refresh(session) == [tong.id]
    plan = plan_of(session, tong)
    assert plan.programmes
    assert all(item.cancelled for item in plan.programmes)


def test_rules_are_those_of_the_zone_else_of_the_area_above(session: Session) -> None:
    tong = fill(session)
    tong.area.allowed_hours = [["06:00", "20:00"]]
    tong.settings = {"volume": 60, "volume_cap": 70, "budget_mb_per_day": 20, "fetch_hours": [["22:00", "04:00"]]}
    session.flush()
    refresh(session)
    rules = plan_of(session, tong).rules
    assert (rules.time_zone, rules.allowed_hours) == ("Asia/Ho_Chi_Minh", (("06:00", "20:00"),))
    assert (rules.volume, rules.volume_cap, rules.budget_bytes_per_day) == (60, 70, 20_000_000)
    assert rules.fetch_hours == (("22:00", "04:00"),)
    assert rules.join_least_share == SETTINGS.join_least_share


def test_settings_nobody_can_read_hold_back_no_plan(session: Session) -> None:
    tong = fill(session)
    tong.settings = {"volume": "loud", "volume_cap": 900, "budget_mb_per_day": None, "fetch_hours": [["aa", 1]]}
    session.flush()
    assert refresh(session) == [tong.id]
    rules = plan_of(session, tong).rules
    assert (rules.volume, rules.volume_cap, rules.budget_bytes_per_day) == (80, 100, 50_000_000)


def test_only_zones_with_a_player_get_a_plan(session: Session) -> None:
    tong = fill(session)
    make_zone(session, code="HUM", name="Bản Hụm", area=tong.area, carrier="village")
    player = session.scalars(select(Player)).one()
    player.revoked_at = NOW
    session.flush()
    assert refresh(session) == []
    assert session.scalars(select(VillagePlan)).all() == []


def test_only_the_zones_that_are_asked_for(session: Session) -> None:
    tong = fill(session)
    assert refresh(session, zones=[tong.id + 1000]) == []
    assert refresh(session, zones=[tong.id]) == [tong.id]


def test_a_box_that_knows_more_than_a_restored_station_gets_a_newer_number(session: Session) -> None:
    tong = fill(session)
    refresh(session)
    player = session.scalars(select(Player)).one()
    session.add(PlayerState(player_id=player.id, plan_version=41))
    session.flush()
    assert refresh(session) == [tong.id]
    assert plan_of(session, tong).version == 42
    assert refresh(session) == []


def test_a_plan_under_a_new_key_is_a_new_plan(session: Session) -> None:
    tong = fill(session)
    refresh(session)
    other = Signer(bytes(32))
    assert village_plan.refresh(session, now=NOW, settings=SETTINGS, signer=other) == [tong.id]


def test_a_slower_process_does_not_write_over_a_newer_plan(session: Session) -> None:
    tong = fill(session)
    stale = village_plan.find_changed(session, now=NOW, settings=SETTINGS, signer=SIGNER)
    first_of(session).state = BroadcastState.CANCELLED
    session.flush()
    refresh(session)
    assert village_plan.keep(session, [village_plan.seal(item, SIGNER) for item in stale]) == []
    assert plan_of(session, tong).programmes[0].cancelled


# --- the outbox -----------------------------------------------------------------------------------------------------
def test_a_plan_waits_until_the_broker_has_it(session: Session) -> None:
    tong = fill(session)
    refresh(session)
    player = session.scalars(select(Player)).one()
    sent = ToSend(zone_id=tong.id, username=player.username, version=1)
    assert village_plan.find_to_send(session, limit=10) == [sent]
    assert village_plan.find_to_send(session, limit=0) == []
    village_plan.note_sent(session, [sent])
    assert village_plan.find_to_send(session, limit=10) == []


def test_a_plan_that_changed_while_it_was_sent_is_sent_again(session: Session) -> None:
    tong = fill(session)
    refresh(session)
    [sent] = village_plan.find_to_send(session, limit=10)
    tong.settings = {"volume": 10}
    session.flush()
    refresh(session)
    village_plan.note_sent(session, [sent])
    [again] = village_plan.find_to_send(session, limit=10)
    assert again.version == 2


def test_a_new_box_is_sent_the_plan_anew(session: Session) -> None:
    tong = fill(session)
    refresh(session)
    village_plan.note_sent(session, village_plan.find_to_send(session, limit=10))
    session.scalars(select(Player)).one().revoked_at = NOW
    session.flush()
    fresh = make_player(session, tong)
    assert village_plan.find_to_send(session, limit=10) == [
        ToSend(zone_id=tong.id, username=fresh.username, version=1)
    ]  # fmt: skip


def test_plans_are_kept_on_both_databases(sessions: Sessions) -> None:
    with sessions.begin() as session:
        tong = fill(session)
        assert refresh(session) == [tong.id]
    with sessions.begin() as session:
        assert refresh(session) == []
        assert plan_of(session, session.get_one(Zone, tong.id)).version == 1
        [sent] = village_plan.find_to_send(session, limit=5)
        village_plan.note_sent(session, [sent])
    with sessions.begin() as session:
        assert village_plan.find_to_send(session, limit=5) == []
        assert session.scalar(select(PlanState.written_at)) == NOW
        assert date(2026, 11, 24) == date(2026, 11, 24)
