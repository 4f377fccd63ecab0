"""Files for villages: made ahead and once, the one needed first first; what cannot be made is told and tried again."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.database import Sessions
from scheduler.domain.planning import BroadcastState
from scheduler.errors import MediaMissing, StepFailed
from scheduler.models import Alarm, Broadcast, Edition, RunningOrder, Zone
from scheduler.ports import StoredFile
from scheduler.services import plan_findings
from scheduler.transport import RETRY_AFTER, Transports
from tests.factories import (
    a_sha256,
    make_area,
    make_broadcast,
    make_edition,
    make_episode,
    make_series,
    make_zone,
)
from tests.fakes import SteppingClock
from tests.wheels import EndToEnd, Shelf

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Encoding:
    """An encoder that only names files."""

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self.fails: MediaMissing | StepFailed | None = None

    def encode(self, rendition_sha256: str) -> StoredFile:
        if self.fails is not None:
            raise self.fails
        self.encoded.append(rendition_sha256)
        return StoredFile(sha256=a_sha256(f"opus of {rendition_sha256}"), size_bytes=4_860_000)


class Making:
    """Bản Tông, a village, and tổ 1, sounded by the station; what is made for them."""

    def __init__(self, sessions: Sessions, clock: SteppingClock) -> None:
        self.sessions, self.clock = sessions, clock
        self.shelf, self.assembler, self.encoder = Shelf(), EndToEnd(), Encoding()
        self.transports = Transports(
            clock=clock, sessions=sessions, assembler=self.assembler, encoder=self.encoder, media=self.shelf
        )
        with sessions.begin() as session:
            area, self.series = make_area(session), make_series(session)
            self.tong = make_zone(session, area=area, languages=("vi",), carrier="village")
            self.to1 = make_zone(session, code="TO1", name="Tổ 1", area=area, languages=("vi",))

    def plan(self, number: int, *zones: Zone, starts_in: timedelta = DAY) -> str:
        """A broadcast of the episode of that number; gives the key of its running order."""
        with self.sessions.begin() as session:
            episode = make_episode(session, session.merge(self.series), number=number)
            edition = session.get_one(Edition, make_edition(session, episode).id)
            found = tuple(session.get_one(Zone, zone.id) for zone in zones)
            made = make_broadcast(
                session, editions=(edition,), zones=found, starts_in=starts_in, now=self.clock.now()
            )  # fmt: skip
            plan_findings.mark_written(session, now=self.clock.now())
            return made.programmes[0].running_order_key

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.clock.advance(timedelta(seconds=2))
            self.transports.look()

    def order(self, key: str) -> RunningOrder:
        with self.sessions.begin() as session:
            return session.get_one(RunningOrder, key)

    def alarms(self) -> Sequence[Alarm]:
        with self.sessions.begin() as session:
            return session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None))).all()


@pytest.fixture
def making(sessions: Sessions, clock: SteppingClock) -> Making:
    return Making(sessions, clock)


def test_the_file_of_a_village_is_made_days_ahead(making: Making) -> None:
    key = making.plan(1, making.tong, starts_in=13 * DAY)
    making.look()
    order = making.order(key)
    assert order.rendition_sha256 is not None
    assert (order.transport_sha256, order.transport_bytes) == (a_sha256(f"opus of {order.rendition_sha256}"), 4_860_000)
    assert (order.seconds, order.starts_s) == (540.0, [0.0])


def test_nothing_is_made_for_zones_that_the_station_sounds(making: Making) -> None:
    making.plan(1, making.to1)
    making.look(3)
    assert making.encoder.encoded == []


def test_what_is_needed_first_is_made_first_and_each_once(making: Making) -> None:
    late, early = making.plan(1, making.tong, starts_in=2 * DAY), making.plan(2, making.tong, starts_in=DAY)
    making.look()
    assert [making.order(key).transport_sha256 is not None for key in (early, late)] == [True, False]
    making.look(5)
    assert making.order(late).transport_sha256 is not None
    assert len(making.encoder.encoded) == 2


def test_what_is_planned_for_soon_goes_before_what_waits(making: Making) -> None:
    making.plan(1, making.tong, starts_in=2 * DAY)
    making.plan(2, making.tong, starts_in=3 * DAY)
    making.look()
    soon = making.plan(3, making.tong, starts_in=MINUTE)
    making.look()
    assert making.order(soon).transport_sha256 is not None


def test_a_rendition_that_is_there_is_not_assembled_again(making: Making) -> None:
    key = making.plan(1, making.tong, making.to1)
    with making.sessions.begin() as session:
        order = session.get_one(RunningOrder, key)
        order.rendition_sha256, order.seconds, order.starts_s = a_sha256("flac"), 540.0, [0.0]
    making.look()
    assert (making.assembler.assembled, making.encoder.encoded) == ([], [a_sha256("flac")])


def test_a_rendition_that_was_lost_is_assembled_again(making: Making) -> None:
    key = making.plan(1, making.tong)
    with making.sessions.begin() as session:
        session.get_one(RunningOrder, key).rendition_sha256 = a_sha256("flac")
    making.shelf.missing.add(a_sha256("flac"))
    making.look()
    assert len(making.assembler.assembled) == 1
    assert making.order(key).transport_sha256 is not None


def test_a_file_that_was_lost_is_made_again(making: Making) -> None:
    key = making.plan(1, making.tong)
    making.look()
    lost = making.order(key).transport_sha256
    assert lost is not None
    making.shelf.missing.add(lost)
    making.look(3)
    assert len(making.encoder.encoded) == 1  # nobody looks at every file every two seconds
    making.clock.advance(timedelta(minutes=10))
    making.look()
    assert len(making.encoder.encoded) == 2


def test_what_cannot_be_made_alarms_once_and_is_made_when_it_can(making: Making) -> None:
    key = making.plan(1, making.tong)
    other = making.plan(2, making.tong, starts_in=2 * DAY)
    making.encoder.fails = StepFailed(step="transport", reason="no space")
    making.look(2)
    [alarm, _] = making.alarms()
    assert (alarm.kind, alarm.subject) == ("not_assembled", f"transport:{key}")
    making.encoder.fails = None
    making.look(3)
    assert making.encoder.encoded == []
    making.clock.advance(RETRY_AFTER)
    making.look(2)
    assert making.order(key).transport_sha256 and making.order(other).transport_sha256
    assert making.alarms() == []


def test_a_missing_recording_is_named(making: Making) -> None:
    making.plan(1, making.tong)
    making.assembler.fails = MediaMissing(sha256=a_sha256("master"))
    making.look()
    [alarm] = making.alarms()
    assert (alarm.kind, alarm.facts["sha256"]) == ("media_missing", a_sha256("master"))


def test_nothing_is_begun_when_something_is_about_to_start(making: Making) -> None:
    making.plan(1, making.tong)
    making.plan(2, making.to1, starts_in=timedelta(seconds=7))
    making.look()
    assert making.encoder.encoded == []
    making.look(4)
    assert len(making.encoder.encoded) == 1


def test_what_was_cancelled_or_is_over_needs_no_file(making: Making) -> None:
    making.plan(1, making.tong)
    with making.sessions.begin() as session:
        session.scalars(select(Broadcast)).one().state = BroadcastState.CANCELLED
    making.look(2)
    assert making.encoder.encoded == []
