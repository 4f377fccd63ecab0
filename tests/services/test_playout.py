"""Claims, closings, states and alarms in rows, on both databases."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from scheduler.database import Sessions
from scheduler.domain.going_to_air import tell_missed
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import Reason
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Alarm, AsRunEntry, Broadcast, Claim, Edition, Zone
from scheduler.ports import Rendition
from scheduler.services import due, playout
from scheduler.services.playout import Adoption, Closing, Key, NewClaim
from tests.factories import (
    NOW,
    make_area,
    make_broadcast,
    make_edition,
    make_episode,
    make_series,
    make_zone,
)

SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def broadcast_id(sessions: Sessions) -> UUID:
    """A broadcast in five minutes: Thái then phổ thông in bản Tông, phổ thông in tổ 1."""
    with sessions.begin() as session:
        area = make_area(session)
        zones = (
            make_zone(session, area=area),
            make_zone(session, code="TO1", area=area, languages=("vi",)),
        )
        episode = make_episode(session, make_series(session))
        editions = tuple(make_edition(session, episode, language=language) for language in ("blt", "vi"))
        return make_broadcast(session, editions=editions, zones=zones).id


def unclaimed(sessions: Sessions) -> list[due.DueProgramme]:
    with sessions.begin() as session:
        return due.find_unclaimed(session, until=SOON)


def claim(sessions: Sessions, *wanted: NewClaim, owner: str = "a") -> set[Key]:
    with sessions.begin() as session:
        return playout.claim(session, wanted, owner=owner, now=NOW, zone=STATION_ZONE)


def claim_all(sessions: Sessions, owner: str = "a") -> list[due.DueProgramme]:
    found = unclaimed(sessions)
    claim(sessions, *(NewClaim(key=item.key, token=1) for item in found), owner=owner)
    return found


def missed(item: due.DueProgramme) -> Closing:
    entries = tell_missed(item.order.deliveries, zone_id=item.zone_id, reason=Reason.STOPPED, recorded_by="a")
    return Closing(key=item.key, token=1, entries=tuple(entries))


def close(sessions: Sessions, *closings: Closing, owner: str = "a") -> set[Key]:
    with sessions.begin() as session:
        return playout.close(session, closings, owner=owner, now=NOW, zone=STATION_ZONE)


def log(sessions: Sessions) -> list[AsRunEntry]:
    with sessions.begin() as session:
        return list(session.scalars(select(AsRunEntry)))


def test_what_is_due_comes_with_all_a_daemon_needs(sessions: Sessions, broadcast_id: UUID) -> None:
    tong, to1 = unclaimed(sessions)
    assert (tong.zone_code, to1.zone_code, tong.carrier) == ("TONG", "TO1", "memory")
    assert [delivery.seconds for delivery in tong.order.deliveries] == [540, 540]
    assert tong.order.deliveries[1].planned_at == SOON + timedelta(seconds=540)
    assert len(to1.order.deliveries) == 1
    assert tong.order.is_approved
    assert to1.order.is_approved


def test_what_starts_later_is_not_due(sessions: Sessions, broadcast_id: UUID) -> None:
    with sessions.begin() as session:
        assert due.find_unclaimed(session, until=SOON - timedelta(seconds=1)) == []


@pytest.mark.parametrize("change", ["withdrawn", "another take", "another master", "another original"])
def test_only_the_very_bytes_that_were_planned_and_are_approved_are_approved(
    sessions: Sessions, broadcast_id: UUID, change: str
) -> None:
    with sessions.begin() as session:
        edition = session.scalars(select(Edition).where(Edition.language == "vi")).one()
        recording = edition.approved_recording
        assert recording is not None
        if change == "withdrawn":
            edition.approved_recording = None
        elif change == "another take":
            other = session.scalars(select(Edition).where(Edition.language == "blt")).one()
            edition.approved_recording = other.approved_recording
        elif change == "another master":
            recording.master_sha256 = "f" * 64
        else:
            recording.sha256 = "f" * 64
    tong, to1 = unclaimed(sessions)
    assert not tong.order.is_approved
    assert not to1.order.is_approved


def test_there_is_never_a_second_claim(sessions: Sessions, broadcast_id: UUID) -> None:
    tong, to1 = unclaimed(sessions)
    assert claim(sessions, NewClaim(key=tong.key, token=1)) == {tong.key}
    both = [NewClaim(key=item.key, token=2) for item in (tong, to1)]
    assert claim(sessions, *both, owner="b") == {to1.key}
    assert unclaimed(sessions) == []


def test_a_missed_one_is_claimed_logged_and_closed_at_once_and_only_once(
    sessions: Sessions, broadcast_id: UUID
) -> None:
    tong, _ = unclaimed(sessions)
    wanted = NewClaim(key=tong.key, token=1, entries=missed(tong).entries)
    assert claim(sessions, wanted) == {tong.key}
    assert claim(sessions, wanted, owner="b") == set()
    assert [entry.reason for entry in log(sessions)] == [Reason.STOPPED, Reason.STOPPED]
    with sessions.begin() as session:
        assert due.find_open(session) == []


def test_open_claims_are_found_until_they_are_closed(sessions: Sessions, broadcast_id: UUID) -> None:
    tong, to1 = claim_all(sessions)
    with sessions.begin() as session:
        assert [(item.key, item.token) for item in due.find_open(session)] == [(tong.key, 1), (to1.key, 1)]
        assert [item.key for item in due.find_open(session, but={tong.key})] == [to1.key]
    assert close(sessions, missed(tong)) == {tong.key}
    with sessions.begin() as session:
        assert [item.key for item in due.find_open(session)] == [to1.key]


def test_closing_writes_the_log_and_the_claim_together_or_not_at_all(sessions: Sessions, broadcast_id: UUID) -> None:
    tong, _ = claim_all(sessions)

    def close_and_crash() -> None:
        with sessions.begin() as session:
            playout.close(session, [missed(tong)], owner="a", now=NOW, zone=STATION_ZONE)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        close_and_crash()
    assert log(sessions) == []
    with sessions.begin() as session:
        assert len(due.find_open(session)) == 2
    assert close(sessions, missed(tong)) == {tong.key}
    assert close(sessions, missed(tong)) == set()
    assert len(log(sessions)) == 2


def test_a_claim_that_another_adopted_is_not_ours_to_close(sessions: Sessions, broadcast_id: UUID) -> None:
    tong, to1 = claim_all(sessions)
    with sessions.begin() as session:
        wanted = [Adoption(key=tong.key, old_token=1, token=2, offset_s=3.0)]
        assert playout.adopt(session, wanted, owner="b") == {tong.key}
        assert playout.adopt(session, wanted, owner="c") == set()
    assert close(sessions, missed(tong), missed(to1)) == {to1.key}


def test_a_closed_claim_is_never_adopted(sessions: Sessions, broadcast_id: UUID) -> None:
    tong, _ = claim_all(sessions)
    close(sessions, missed(tong))
    with sessions.begin() as session:
        wanted = [Adoption(key=tong.key, old_token=1, token=2, offset_s=3.0)]
        assert playout.adopt(session, wanted, owner="b") == set()


def test_a_broadcast_is_on_air_once_it_began_and_done_when_every_zone_is_accounted_for(
    sessions: Sessions, broadcast_id: UUID
) -> None:
    def state() -> BroadcastState:
        with sessions.begin() as session:
            playout.end_broadcasts(session, now=SOON)
            return session.get_one(Broadcast, broadcast_id).state

    tong, to1 = claim_all(sessions)
    with sessions.begin() as session:
        playout.note_started(session, {tong.key: SOON}, owner="a")
        assert session.get_one(Claim, tong.key).started_at == SOON
    assert state() is BroadcastState.ON_AIR
    close(sessions, missed(tong))
    assert state() is BroadcastState.ON_AIR
    close(sessions, missed(to1))
    assert state() is BroadcastState.DONE


def test_the_first_start_is_kept_when_a_later_life_starts_again(sessions: Sessions, broadcast_id: UUID) -> None:
    tong, _ = claim_all(sessions)
    with sessions.begin() as session:
        playout.note_started(session, {tong.key: SOON}, owner="a")
    with sessions.begin() as session:
        playout.note_started(session, {tong.key: SOON + timedelta(minutes=1)}, owner="a")
    with sessions.begin() as session:
        assert session.get_one(Claim, tong.key).started_at == SOON


def test_a_cancelled_broadcast_is_not_due(sessions: Sessions, broadcast_id: UUID) -> None:
    with sessions.begin() as session:
        session.get_one(Broadcast, broadcast_id).state = BroadcastState.CANCELLED
        session.flush()
        assert playout.find_cancelled(session, {broadcast_id}) == {broadcast_id}
    assert unclaimed(sessions) == []


def test_zones_are_wanted_when_usable_or_when_they_owe_the_log(sessions: Sessions, broadcast_id: UUID) -> None:
    def wanted(**given: object) -> list[str]:
        given = {"carriers": ["memory"], "codes": (), "now": NOW} | given
        with sessions.begin() as session:
            return [session.get_one(Zone, number).code for number in playout.find_zones(session, **given)]  # type: ignore[arg-type]

    with sessions.begin() as session:
        session.scalars(select(Zone).where(Zone.code == "TO1")).one().active = False
    assert wanted() == ["TONG"]
    assert wanted(now=SOON) == ["TONG", "TO1"]
    assert wanted(now=SOON, codes=["TO1"]) == ["TO1"]
    assert wanted(carriers=["tape"]) == []


def test_a_rendition_is_noted_and_what_is_coming_is_listed_soonest_first(
    sessions: Sessions, broadcast_id: UUID
) -> None:
    with sessions.begin() as session:
        first, second = due.find_coming(session, now=NOW, until=SOON)
        assert due.find_coming(session, now=NOW, until=NOW) == []
        playout.note_rendition(session, first.key, Rendition(sha256="r", seconds=9, starts_s=(0.0, 4.0)), now=NOW)
    with sessions.begin() as session:
        made = {order.key: order.rendition_sha256 for order in due.find_coming(session, now=NOW, until=SOON)}
        assert made == {first.key: "r", second.key: None}


def test_an_outage_is_one_alarm_and_the_next_outage_another(sessions: Sessions) -> None:
    def fail() -> bool:
        with sessions.begin() as session:
            return playout.raise_alarm(session, kind="media_missing", subject="x", facts={"a": 1}, now=NOW)

    assert [fail(), fail()] == [True, False]
    with sessions.begin() as session:
        playout.clear_alarms(session, subject="x", now=NOW)
    assert fail()
    with sessions.begin() as session:
        assert len(list(session.scalars(select(Alarm)))) == 2
        assert len(playout.find_alarms(session)) == 1
        assert len(playout.find_alarms(session, also_cleared=True)) == 2
