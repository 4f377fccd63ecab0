"""What pages tell of villages: on air, out of contact, lacking files, not yet reported; never missed before they say so."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import ZoneState
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import EVERYWHERE
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import BACKBONE
from scheduler.domain.status import Standing
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.models import Broadcast, Claim, Player, PlayerState, Pulse, VillagePlan, Zone
from scheduler.problem_words import tell
from scheduler.services import (
    as_run,
    doctor,
    log_waiting,
    outlook,
    playout,
    silence,
    silence_days,
    status,
    today,
    village_doctor,
    zone_states,
    zone_view,
)
from scheduler.services.silence import Ask
from tests.factories import NOW, a_sha256, make_area, make_broadcast, make_player, make_zone
from tests.web.station import an_entry, make_editions

DAY = local_day(NOW, STATION_ZONE)
PATIENCE = timedelta(seconds=15)
HOUR = timedelta(hours=1)


class Cast:
    """Bản Tông is a village with a player in contact that has all it needs; tổ 1 is sounded by the station."""

    def __init__(self, session: Session) -> None:
        self.session = session
        commune = make_area(session, name="Chiềng Xôm", kind="commune", parent=make_area(session))
        self.tong = make_zone(session, area=commune, languages=("vi",), carrier="village")
        self.to1 = make_zone(session, code="TO1", name="Tổ 1", area=commune, languages=("vi",))
        self.player = make_player(session, self.tong)
        self.state = PlayerState(
            player_id=self.player.id, online=True, seen_at=NOW, turned_at=NOW - HOUR, plan_version=3,
            plan_until=NOW + timedelta(days=14), files_wanted=2, files_ready=2,
        )  # fmt: skip
        session.add_all([self.state, Pulse(owner="may-1", role=BACKBONE, at=NOW)])
        session.add(
            VillagePlan(
                zone_id=self.tong.id, version=3, digest="", body=b"", programmes=2, until=NOW + timedelta(days=14),
                made_at=NOW,
            )
        )  # fmt: skip
        session.flush()

    def broadcast(self, *zones: Zone, hours: float = -1, state: BroadcastState = BroadcastState.PLANNED) -> Broadcast:
        number = len(self.session.scalars(select(Broadcast)).all()) + 1
        made = make_broadcast(
            self.session, editions=make_editions(self.session, number=number)[:1], zones=zones, starts_in=hours * HOUR
        )
        made.state = state
        self.session.flush()
        return made

    def begin(self, broadcast: Broadcast) -> None:
        """The player has said that it sounds."""
        claim = Claim(
            broadcast_id=broadcast.id, zone_id=self.tong.id, owner=self.player.username, token=0,
            claimed_at=broadcast.starts_at, started_at=broadcast.starts_at,
        )  # fmt: skip
        self.session.add(claim)
        self.session.flush()

    def report(self, broadcast: Broadcast, zone: Zone) -> None:
        entry = an_entry(broadcast.airings[0], zone, at=broadcast.starts_at, kind=EntryKind.SOUNDED)
        as_run.record(self.session, [entry], now=NOW, zone=STATION_ZONE)

    def ask(self, zone: Zone) -> Ask:
        return Ask(zone=zone, hours=((time(5), time(21)),), now=NOW, time_zone=STATION_ZONE, patience=PATIENCE)

    def why(self, zone: Zone) -> list[str]:
        return [tell(item, zone=STATION_ZONE) for item in silence.explain(self.session, self.ask(zone))]

    def state_of(self, zone: Zone) -> ZoneState:
        moment = zone_states.Now(at=NOW, day=DAY, patience=PATIENCE)
        return zone_states.States(self.session, moment=moment).of(zone.id, active=zone.active, carrier=zone.carrier)


@pytest.fixture
def cast(session: Session) -> Cast:
    return Cast(session)


# --- the day ----------------------------------------------------------------------------------------------------------
def test_a_broadcast_for_villages_alone_is_not_yet_reported_and_not_missed(session: Session, cast: Cast) -> None:
    cast.broadcast(cast.tong, hours=-0.1)
    [item] = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert item.standing(on_air=(), now=NOW) is Standing.UNREPORTED
    assert item.unreported(now=NOW) == 1
    assert status.find_coming(session, now=NOW) == []
    assert doctor.find_overdue(status.find_coming(session, now=NOW), now=NOW) == []


def test_a_broadcast_for_both_is_awaited_where_the_station_sounds_it(session: Session, cast: Cast) -> None:
    cast.broadcast(cast.tong, cast.to1, hours=-0.1)
    [item] = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert item.standing(on_air=(), now=NOW) is Standing.AWAITED
    assert [problem.code for problem in doctor.find_overdue(status.find_coming(session, now=NOW), now=NOW)] == [
        "broadcast_overdue"
    ]


def test_villages_that_told_are_counted_off(session: Session, cast: Cast) -> None:
    broadcast = cast.broadcast(cast.tong, cast.to1, state=BroadcastState.DONE)
    cast.report(broadcast, cast.to1)
    [item] = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert (item.standing(on_air=(), now=NOW), item.unreported(now=NOW)) == (Standing.ENDED, 1)
    cast.report(broadcast, cast.tong)
    [item] = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert item.unreported(now=NOW) == 0


def test_a_village_that_sounds_now_has_reported(session: Session, cast: Cast) -> None:
    broadcast = cast.broadcast(cast.tong, hours=-0.05)
    cast.begin(broadcast)
    [item] = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert item.unreported(now=NOW) == 0


def test_what_is_to_come_is_no_debt(session: Session, cast: Cast) -> None:
    cast.broadcast(cast.tong, hours=2)
    [item] = today.read_day(session, day=DAY, zone=STATION_ZONE)
    assert (item.standing(on_air=(), now=NOW), item.unreported(now=NOW)) == (Standing.TO_COME, 0)


@pytest.mark.parametrize("online", [True, False])
def test_what_a_player_reports_on_air_is_certain_while_it_is_in_contact(
    session: Session, cast: Cast, online: bool
) -> None:
    cast.begin(cast.broadcast(cast.tong, hours=-0.05))
    cast.state.online = online
    session.flush()
    [group] = status.look_at_air(session, alive=frozenset()).groups
    assert group.certain is online
    assert cast.state_of(cast.tong) is (ZoneState.ON_AIR if online else ZoneState.OFFLINE)


# --- the log ----------------------------------------------------------------------------------------------------------
def waiting(session: Session, *, first: date = DAY, last: date = DAY) -> set[tuple[str, object]]:
    wanted = LogFilter(first=first, last=last)
    found = list(log_waiting.stream_waiting(session, wanted, EVERYWHERE, zone=STATION_ZONE))
    counted = log_waiting.count_waiting(session, wanted, EVERYWHERE, zone=STATION_ZONE)
    assert sum(item.zones for item in counted) == len(found)
    return {(line.zone_code, line.airing.broadcast_id) for line in found}


def test_the_log_waits_for_a_village_although_the_broadcast_is_done(session: Session, cast: Cast) -> None:
    broadcast = cast.broadcast(cast.tong, cast.to1, state=BroadcastState.DONE)
    cast.report(broadcast, cast.to1)
    assert waiting(session) == {("TONG", broadcast.id)}
    cast.report(broadcast, cast.tong)
    assert waiting(session) == set()


def test_nobody_waits_for_a_village_for_ever(session: Session, cast: Cast) -> None:
    old = cast.broadcast(cast.tong, hours=-24 * 36, state=BroadcastState.DONE)
    lately = cast.broadcast(cast.tong, hours=-24 * 30, state=BroadcastState.DONE)
    assert waiting(session, first=DAY - timedelta(days=60)) == {("TONG", lately.id)}
    assert old.id != lately.id


# --- why is it silent? --------------------------------------------------------------------------------------------------
def test_a_village_that_has_all_it_needs_waits_for_what_is_next(session: Session, cast: Cast) -> None:
    broadcast = cast.broadcast(cast.tong, hours=2)
    [lack, waits] = cast.why(cast.tong)
    assert "chưa làm xong tệp" in lack
    broadcast.programmes[0].running_order.transport_sha256 = a_sha256("opus")
    session.flush()
    assert cast.why(cast.tong) == [waits]
    assert "buổi tới là" in waits


def test_a_village_out_of_contact_is_told_first_and_what_it_owes(session: Session, cast: Cast) -> None:
    cast.state.online = False
    for hours in (-30, -6):
        cast.broadcast(cast.tong, hours=hours, state=BroadcastState.DONE)
    session.flush()
    told = cast.why(cast.tong)
    assert told[0].startswith("Mất liên lạc từ 04:00")
    assert told[1].startswith("2 buổi chưa báo về")


def test_a_village_without_a_player_is_told_first(session: Session, cast: Cast) -> None:
    session.scalars(select(Player)).one().revoked_at = NOW
    session.flush()
    assert cast.why(cast.tong)[0].startswith("Chưa ghép máy phát nào")
    assert cast.state_of(cast.tong) is ZoneState.NO_PLAYER


def test_what_is_due_in_a_village_is_not_yet_reported(cast: Cast) -> None:
    cast.broadcast(cast.tong, hours=-0.05)
    assert any("chưa báo về" in sentence for sentence in cast.why(cast.tong))
    assert not any("chưa có tín hiệu" in sentence for sentence in cast.why(cast.tong))


def test_villages_need_the_backbone_and_not_the_daemon(session: Session, cast: Cast) -> None:
    assert not any("Bộ phát sóng" in sentence for sentence in cast.why(cast.tong))
    session.get_one(Pulse, "may-1").at = NOW - HOUR
    session.flush()
    [first, *_] = silence.explain(session, cast.ask(cast.tong))
    assert first.code == "backbone_silent"


def test_a_day_of_a_village_says_what_was_not_reported(session: Session, cast: Cast) -> None:
    cast.broadcast(cast.tong, hours=-3, state=BroadcastState.DONE)
    cast.broadcast(cast.to1, hours=-3)
    [village] = silence_days.explain_day(session, cast.ask(cast.tong), DAY)
    [here] = silence_days.explain_day(session, cast.ask(cast.to1), DAY)
    assert (village.code, here.code) == ("then_village_not_reported", "then_not_reported")


# --- how zones are --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, ZoneState.READY),
        ({"online": False}, ZoneState.OFFLINE),
        ({"problems": ["amplifier_silent"]}, ZoneState.BOX_TROUBLE),
        ({"files_ready": 1}, ZoneState.FILES_LACKING),
        ({"online": False, "files_ready": 1, "problems": ["disk_full"]}, ZoneState.OFFLINE),
    ],
)
def test_a_village_is_as_its_player_is(
    session: Session, cast: Cast, change: dict[str, object], state: ZoneState
) -> None:
    for name, value in change.items():
        setattr(cast.state, name, value)
    session.flush()
    assert cast.state_of(cast.tong) is state
    assert cast.state_of(cast.to1) is ZoneState.READY


def test_a_village_whose_player_was_never_heard_of_is_out_of_contact(session: Session, cast: Cast) -> None:
    session.delete(cast.state)
    session.flush()
    assert cast.state_of(cast.tong) is ZoneState.OFFLINE


def test_the_page_of_a_village_names_its_player(session: Session, cast: Cast) -> None:
    found = zone_view.find_carriage(session, cast.tong, now=NOW, silence_after=PATIENCE)
    assert (found.owner, found.is_alive, found.is_well) == (cast.player.username, True, True)
    cast.state.online = False
    session.flush()
    assert not zone_view.find_carriage(session, cast.tong, now=NOW, silence_after=PATIENCE).is_well


# --- before air -------------------------------------------------------------------------------------------------------
def problems(session: Session) -> list[str]:
    return [tell(item, zone=STATION_ZONE) for item in village_doctor.find_problems(session, now=NOW)]


def test_villages_that_lack_what_they_play_next_are_named_before_air(session: Session, cast: Cast) -> None:
    order = cast.broadcast(cast.tong, hours=2).programmes[0].running_order
    assert problems(session) == [
        f"1/1 bản chưa đủ tệp cho buổi 07:00 24/11/2026: {cast.tong.name}; hãy xem còn thiếu gì ở trang Máy phát tại bản."
    ]
    order.transport_sha256 = a_sha256("opus")
    session.flush()
    assert problems(session) == []


def test_villages_that_wait_for_a_player_are_named(session: Session, cast: Cast) -> None:
    hum = make_zone(session, code="HUM", area=cast.tong.area, carrier="village")
    assert problems(session)[0].startswith(f"1 bản chưa ghép máy phát: {hum.name};")
    assert [problem.code for problem in outlook.look(session, now=NOW, zone=STATION_ZONE).problems] == [
        "nothing_planned",
        "villages_without_player",
    ]


def test_no_check_takes_a_village_for_a_carrier_nobody_knows(session: Session, cast: Cast) -> None:
    assert doctor.find_row_problems(session, carriers=("memory",)) == []
    assert playout.find_used_carriers(session) == {"memory"}


def test_an_outcome_that_comes_late_is_counted_on_the_day_it_was_planned(session: Session, cast: Cast) -> None:
    broadcast = cast.broadcast(cast.tong, hours=-24 * 7, state=BroadcastState.DONE)
    entry = an_entry(
        broadcast.airings[0], cast.tong, at=broadcast.starts_at, kind=EntryKind.MISSED, reason=Reason.DAEMON_DOWN
    )
    as_run.record(session, [entry], now=NOW, zone=STATION_ZONE)
    assert as_run.check(session) == []
    [told] = as_run.find_entries(session, day=DAY - timedelta(days=7))
    assert (told.zone_code, told.local_day, told.recorded_at) == ("TONG", DAY - timedelta(days=7), NOW)
