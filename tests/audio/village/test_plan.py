"""Which plans a box goes by, and what its rows are then."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from audio.village.home import PlayerHome
from audio.village.journal import Journal
from audio.village.plan import PlanKeeper
from audio.village.rows import KeptPlan
from audio.village.store import open_rows
from audio.village.trust import TrustedClock
from scheduler.database import Sessions
from scheduler.domain.planning import BroadcastState
from scheduler.errors import BadMessage, BadSignature, PlanRefused, Refused
from scheduler.models import Broadcast, Claim, Recording, RunningOrder
from scheduler.services import due, playout
from scheduler.services.playout import NewClaim
from scheduler.signing import Verifier
from scheduler.village_messages import PlannedProgramme, Welcome, ZoneRules, encode
from tests.audio.village.homes import NOON, STATION, STRANGER, ZONE_ID, pair, plan, programme, sealed
from tests.factories import a_sha256
from tests.fakes import SteppingClock

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Village:
    """A paired box with its rows and a clock that is trusted."""

    def __init__(self, folder: Path) -> None:
        self.home: PlayerHome = pair(folder)
        self.system = SteppingClock(NOON)
        self.clock = TrustedClock(self.system)
        self.clock.learn(NOON, source="station", uncertainty_s=0.1)
        self.rows: Sessions = open_rows(self.home)
        self.journal = Journal(self.rows)
        self.changes = 0
        self.keeper = self.open()

    def open(self) -> PlanKeeper:
        membership = self.home.membership()

        def changed() -> None:
            self.changes += 1

        self.keeper = PlanKeeper(
            self.rows, Verifier(membership.station_key), membership, self.clock, carrier="memory", on_change=changed
        )
        return self.keeper

    def state(self, of: PlannedProgramme) -> BroadcastState | None:
        with self.rows.begin() as session:
            row = session.get(Broadcast, of.broadcast_id)
            return None if row is None else row.state

    def broadcasts(self) -> set[UUID]:
        with self.rows.begin() as session:
            return set(session.scalars(select(Broadcast.id)))

    def claim(self, of: PlannedProgramme, *, closed: bool = False) -> None:
        with self.rows.begin() as session:
            key = (of.broadcast_id, ZONE_ID)
            playout.claim(session, [NewClaim(key=key, token=1)], owner="me", now=self.clock.now(), zone=ZONE)
            if closed:
                session.execute(update(Claim).values(closed_at=self.clock.now()))
                playout.end_broadcasts(session, now=self.clock.now())


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


MORNING = programme("sáng", NOON + HOUR)
EVENING = programme("chiều", NOON + 6 * HOUR)


def test_the_daemon_finds_a_programme_exactly_as_the_plan_tells_it(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING, EVENING)))
    with village.rows.begin() as session:
        (found,) = due.find_unclaimed(session, until=NOON + 2 * HOUR)
    assert found.order.is_approved
    assert (found.starts_at, found.order.seconds, found.carrier) == (NOON + HOUR, 600.0, "memory")
    assert MORNING.file is not None
    assert found.order.rendition_sha256 == MORNING.file.sha256
    assert [(cue.airing_id, cue.starts_s, cue.lasts_s) for cue in found.order.cues] == [
        (piece.airing_id, piece.starts_s, piece.seconds) for piece in MORNING.pieces
    ]
    assert [item.airing_id for item in found.order.deliveries] == [piece.airing_id for piece in MORNING.pieces[1:]]
    assert [found.order.deliveries[0].planned_at] == [NOON + HOUR + timedelta(seconds=60)]


def test_a_plan_without_its_file_yet_is_known_but_not_ready(village: Village) -> None:
    village.keeper.accept(sealed(plan(programme("sáng", NOON + HOUR, has_file=False))))
    with village.rows.begin() as session:
        (found,) = due.find_unclaimed(session, until=NOON + 2 * HOUR)
    assert (found.order.rendition_sha256, found.order.seconds) == (None, 600.0)
    village.keeper.accept(sealed(plan(MORNING, version=2)))
    with village.rows.begin() as session:
        (found,) = due.find_unclaimed(session, until=NOON + 2 * HOUR)
    assert found.order.rendition_sha256 is not None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (sealed(plan(MORNING), by=STRANGER), BadSignature),
        (sealed(plan(MORNING)).replace(b"TONG", b"TANG"), BadSignature),
        (sealed(plan(MORNING))[:-1], BadSignature),
        (encode(plan(MORNING)), BadSignature),
        (b"", BadSignature),
        (STATION.seal(b"{}"), BadMessage),
        (STATION.seal(encode(plan(MORNING))[:-1]), BadMessage),
        (STATION.seal(encode(Welcome(to="z1", nonce="n", now=NOON, plan_version=1, confirmed_below=1))), BadMessage),
        (sealed(plan(MORNING, zone_id=ZONE_ID + 1)), PlanRefused),
    ],
)
def test_only_the_stations_plan_for_this_zone_is_accepted(village: Village, body: bytes, error: type[Refused]) -> None:
    with pytest.raises(error):
        village.keeper.accept(body)
    assert village.keeper.current is None
    assert (village.broadcasts(), village.changes) == (set(), 0)
    assert [row.facts["code"] for row in village.journal.waiting()] == ["plan_refused"]


def test_every_flipped_bit_of_a_plan_is_noticed(village: Village) -> None:
    good = sealed(plan(MORNING))
    for place in range(0, len(good) * 8, 41):
        bad = bytearray(good)
        bad[place // 8] ^= 1 << place % 8
        with pytest.raises(Refused):
            village.keeper.accept(bytes(bad))
    assert village.broadcasts() == set()
    assert len(village.journal) <= 20, "rubbish must not wear out the card"


def test_an_older_plan_is_refused_and_noted_the_same_one_changes_nothing(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING, version=7)))
    assert village.keeper.accept(sealed(plan(MORNING, version=7))).version == 7
    with pytest.raises(PlanRefused):
        village.keeper.accept(sealed(plan(EVENING, version=6)))
    assert (village.keeper.version, village.changes) == (7, 1)
    assert village.broadcasts() == {MORNING.broadcast_id}
    (note,) = village.journal.waiting()
    assert (note.facts["code"], note.facts["reason"], note.facts["version"]) == ("plan_refused", "older", 6)
    with pytest.raises(PlanRefused):
        village.keeper.accept(sealed(plan(EVENING, version=5)))
    assert len(village.journal) == 1, "said once an hour"


def test_the_plan_outlives_the_program(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING, version=3)))
    again = village.open()
    assert (again.version, again.current) == (3, plan(MORNING, version=3))
    with pytest.raises(PlanRefused):
        again.accept(sealed(plan(EVENING, version=2)))


def test_a_kept_plan_that_was_tampered_with_is_not_believed_and_nothing_of_it_sounds(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING, version=3)))
    with village.rows.begin() as session:
        session.execute(update(KeptPlan).values(sealed=sealed(plan(EVENING, version=9), by=STRANGER)))
    again = village.open()
    assert again.current is None
    assert village.state(MORNING) is BroadcastState.CANCELLED
    again.accept(sealed(plan(MORNING, version=3)))
    assert village.state(MORNING) is BroadcastState.PLANNED


def test_a_signed_plan_that_no_rows_can_hold_leaves_the_kept_one_as_it_is(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING)))
    same_airing = (EVENING, replace(programme("đêm", NOON + 8 * HOUR), pieces=EVENING.pieces))
    with pytest.raises(PlanRefused):
        village.keeper.accept(sealed(plan(*same_airing, version=2)))
    assert (village.keeper.version, village.broadcasts()) == (1, {MORNING.broadcast_id})
    assert village.open().version == 1


def test_what_vanishes_or_is_cancelled_before_it_was_claimed_is_called_off(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING, EVENING)))
    village.keeper.accept(sealed(plan(programme("sáng", NOON + HOUR, cancelled=True), version=2)))
    assert village.state(MORNING) is BroadcastState.CANCELLED
    assert village.state(EVENING) is BroadcastState.CANCELLED
    village.keeper.accept(sealed(plan(MORNING, EVENING, version=3)))
    assert village.state(MORNING) is BroadcastState.PLANNED
    assert village.state(EVENING) is BroadcastState.PLANNED


def test_what_is_closed_is_never_touched_and_what_is_open_keeps_its_files(village: Village) -> None:
    past = programme("trưa", NOON, seconds=60)
    village.keeper.accept(sealed(plan(past, MORNING)))
    village.system.advance(timedelta(minutes=2))
    village.claim(past, closed=True)
    village.claim(MORNING)
    village.keeper.accept(
        sealed(plan(programme("trưa", NOON, cancelled=True), programme("sáng", NOON + HOUR, version="b"), version=2))
    )
    assert village.state(past) is BroadcastState.DONE
    with village.rows.begin() as session:
        (found,) = due.find_open(session)
    assert found.order.cues[1].airing_id == MORNING.pieces[1].airing_id


def test_what_is_on_air_and_called_off_is_marked_so(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING, EVENING)))
    village.claim(MORNING)
    village.keeper.accept(sealed(plan(programme("sáng", NOON + HOUR, cancelled=True), EVENING, version=2)))
    assert village.state(MORNING) is BroadcastState.CANCELLED


def test_changed_times_files_and_editions_replace_what_was_planned(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING)))
    village.keeper.accept(sealed(plan(programme("sáng", NOON + 2 * HOUR, seconds=300, version="b"), version=2)))
    with village.rows.begin() as session:
        (found,) = due.find_unclaimed(session, until=NOON + 9 * HOUR)
        assert found.order.is_approved
        assert (found.starts_at, found.order.seconds) == (NOON + 2 * HOUR, 300.0)
        assert found.order.rendition_sha256 == a_sha256("file.sángb")


def test_a_broadcast_of_the_past_is_not_created(village: Village) -> None:
    long_over = programme("qua", NOON - 3 * HOUR)
    begun = programme("đang", NOON - timedelta(minutes=5))
    village.system.advance(HOUR)
    over = programme("vừa", NOON + timedelta(minutes=1))
    village.keeper.accept(sealed(plan(long_over, begun, over, EVENING)))
    assert village.broadcasts() == {EVENING.broadcast_id}


def test_what_was_planned_while_no_plan_came_through_is_known_as_missed_later(village: Village) -> None:
    village.keeper.accept(sealed(plan(EVENING)))
    village.system.advance(2 * HOUR)
    unheard = programme("giữa", NOON + HOUR)
    village.keeper.accept(sealed(plan(unheard, EVENING, version=2, made_at=NOON + timedelta(minutes=30))))
    with village.rows.begin() as session:
        (found,) = due.find_unclaimed(session, until=village.clock.now())
    assert found.ends_at < village.clock.now(), "the daemon logs it as missed, it never sounds"


def test_a_box_that_knows_no_time_goes_by_when_the_plan_was_made(tmp_path: Path) -> None:
    village = Village(tmp_path)
    village.clock = TrustedClock(SteppingClock(NOON.replace(year=1970)))
    keeper = village.open()
    keeper.accept(sealed(plan(programme("qua", NOON - 3 * HOUR), MORNING)))
    assert village.broadcasts() == {MORNING.broadcast_id}


def test_nothing_is_planned_beyond_the_end_of_the_plan(village: Village) -> None:
    late = programme("mai", NOON + 30 * HOUR)
    village.keeper.accept(sealed(plan(MORNING, late, until=NOON + 24 * HOUR)))
    assert village.broadcasts() == {MORNING.broadcast_id}
    assert not village.keeper.is_expired(NOON)
    assert village.keeper.is_expired(NOON + 24 * HOUR)


def test_what_a_command_told_outlives_later_plans_and_is_called_off_by_name(village: Village) -> None:
    told = programme("khẩn", NOON + timedelta(seconds=10), priority=3)
    village.keeper.accept(sealed(plan(MORNING)))
    assert village.keeper.add(told)
    assert village.keeper.add(told), "known, and it will sound"
    village.keeper.accept(sealed(plan(MORNING, version=2)))
    assert village.state(told) is BroadcastState.PLANNED
    village.keeper.accept(sealed(plan(programme("khẩn", told.starts_at, cancelled=True), MORNING, version=3)))
    assert village.state(told) is BroadcastState.CANCELLED
    assert not village.keeper.add(told)
    assert not village.keeper.add(programme("cũ", NOON - HOUR))


def test_wanted_files_come_soonest_first_and_once(village: Village) -> None:
    same = a_sha256("one file")
    village.keeper.accept(
        sealed(
            plan(
                programme("b", NOON + 5 * HOUR, sha256=same),
                programme("a", NOON + 2 * HOUR, sha256=same),
                programme("c", NOON + 3 * HOUR),
                programme("d", NOON + 4 * HOUR, cancelled=True),
            )
        )
    )
    wanted = village.keeper.wanted(NOON)
    assert [(item.file.sha256, item.needed_at) for item in wanted] == [
        (same, NOON + 2 * HOUR), (a_sha256("file.c"), NOON + 3 * HOUR)
    ]  # fmt: skip
    assert [item.file.size_bytes for item in wanted] == [1000, 1000]


def test_the_same_edition_on_many_days_is_one_and_what_is_long_over_goes(village: Village) -> None:
    shared = []
    for n in range(1, 15):
        own = programme(f"b{n}", NOON + n * 24 * HOUR)
        pieces = tuple(
            replace(piece, airing_id=mine.airing_id) for piece, mine in zip(MORNING.pieces, own.pieces, strict=True)
        )
        shared.append(replace(own, pieces=pieces, file=MORNING.file))
    village.keeper.accept(sealed(plan(*shared, until=NOON + 20 * 24 * HOUR)))
    with village.rows.begin() as session:
        assert len(session.scalars(select(Recording)).all()) == 2
        assert len(session.scalars(select(RunningOrder)).all()) == 1
    village.system.advance(timedelta(days=70))
    village.keeper.accept(sealed(plan(version=2, made_at=village.clock.now(), until=village.clock.now() + HOUR)))
    assert village.broadcasts() == set()


def test_the_rows_of_two_weeks_are_written_only_once(village: Village) -> None:
    fortnight = [
        programme(f"{day}.{n}", NOON + timedelta(days=day, hours=2 * n)) for day in range(14) for n in range(4)
    ]
    village.keeper.accept(sealed(plan(*fortnight)))
    with village.rows.begin() as session:
        before = session.connection().exec_driver_sql("SELECT total_changes()").scalar()
    village.keeper.accept(sealed(plan(*fortnight, programme("mới", NOON + HOUR), version=2)))
    with village.rows.begin() as session:
        after = session.connection().exec_driver_sql("SELECT total_changes()").scalar()
    assert after - before < 30


@pytest.mark.parametrize(
    "changed",
    [{"time_zone": "Asia/Nowhere"}, {"allowed_hours": (("25:00", "26:00"),)}, {"allowed_hours": (("x", "y"),)}],
)
def test_rules_that_the_daemon_could_not_read_are_refused_with_their_plan(
    village: Village, changed: dict[str, object]
) -> None:
    village.keeper.accept(sealed(plan(MORNING)))
    rules = ZoneRules(**{"time_zone": "Asia/Ho_Chi_Minh", "allowed_hours": (("05:00", "21:00"),), **changed})  # type: ignore[arg-type]
    with pytest.raises(PlanRefused):
        village.keeper.accept(sealed(plan(EVENING, version=2, rules=rules)))
    assert (village.keeper.version, village.broadcasts()) == (1, {MORNING.broadcast_id})


def test_a_program_started_with_another_carrier_plays_the_kept_plan_on_it(village: Village) -> None:
    village.keeper.accept(sealed(plan(MORNING)))
    membership = village.home.membership()
    PlanKeeper(
        village.rows,
        Verifier(membership.station_key),
        membership,
        village.clock,
        carrier="file",
        settings={"device": "USB"},
    )
    with village.rows.begin() as session:
        (found,) = due.find_unclaimed(session, until=NOON + 2 * HOUR)
    assert (found.carrier, found.settings["device"]) == ("file", "USB")
