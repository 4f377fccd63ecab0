"""The listening check: what counts as heard, what as silent, and when that is said."""

import math
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from audio.carriers.volume import Volume
from audio.village.level import RATE, SpeechLevel
from audio.village.listening import Listening
from audio.village.loudspeaker import Loudspeaker
from scheduler.domain.playout import Evidence
from scheduler.errors import CarrierDown, MediaMissing
from scheduler.ports import Outcome, Permit, Stretch, Transmission
from tests.fakes import SteppingClock

TRANSMISSION = Transmission(
    broadcast_id=uuid4(), zone_id=1, zone_code="TONG", rendition_sha256="0" * 64, seconds=30, cues=()
)


def tone(hertz: float, amplitude: float, seconds: float = 0.1) -> bytes:
    return array(
        "h", [round(amplitude * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(round(seconds * RATE))]
    ).tobytes()


QUIET, VOICE, HUM = tone(500, 30), tone(500, 3000), tone(50, 3000)


class FakeMicrophone:
    """Hears what the test says."""

    def __init__(self, failure: str = "") -> None:
        self.failure, self.give = failure, None  # type: tuple[str, Callable[[bytes], None] | None]

    def open(self, give: Callable[[bytes], None]) -> None:
        if self.failure:
            raise CarrierDown(name="microphone", reason=self.failure)
        self.give = give

    def close(self) -> None:
        self.give = None


class Room:
    """A microphone in a place where sound can be made, second by second."""

    def __init__(self, clock: SteppingClock, volume: Volume | None = None) -> None:
        self.clock, self.microphone, self.changes = clock, FakeMicrophone(), 0
        self.listening = Listening(self.microphone, clock=clock, volume=volume, on_change=self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def hear(self, block: bytes, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.sleep(0.1)
            assert self.microphone.give is not None
            self.microphone.give(block)
        self.listening.look()


@pytest.fixture
def room(clock: SteppingClock) -> Room:
    return Room(clock)


def test_the_level_is_that_of_the_speech_band() -> None:
    meter = SpeechLevel()
    voice, hum = (meter.add(tone(hertz, 3000, 1.0))[-1] for hertz in (1000, 50))
    assert voice == pytest.approx(20 * math.log10(3000 / 32768) - 3.01, abs=0.3)
    assert hum < voice - 55


def test_the_level_is_the_same_in_blocks_of_any_length() -> None:
    sound = tone(700, 5000, 1.0)
    meter, found = SpeechLevel(), []
    for first in range(0, len(sound), 334):
        found += meter.add(sound[first : first + 334])
    assert found == SpeechLevel().add(sound)
    assert len(found) == 10


def test_a_programme_above_the_ambient_is_heard(room: Room) -> None:
    ear = room.listening.expect()
    room.hear(QUIET, 2)
    room.listening.began(ear)
    room.hear(VOICE, 10)
    assert room.listening.ended(ear)
    assert room.listening.heard_dbfs == pytest.approx(-24, abs=1)
    assert (room.listening.is_silent, room.changes, room.microphone.give) == (False, 0, None)


def test_speech_with_pauses_is_heard(room: Room) -> None:
    ear = room.listening.expect()
    room.hear(QUIET, 2)
    room.listening.began(ear)
    for _ in range(10):
        room.hear(VOICE, 0.8)
        room.hear(QUIET, 1.2)
    assert room.listening.ended(ear)


@pytest.mark.parametrize("silence", [QUIET, HUM], ids=["nothing", "hum"])
def test_a_silent_amplifier_is_said_within_a_minute_of_sound_and_nothing_was_heard(room: Room, silence: bytes) -> None:
    ear = room.listening.expect()
    room.hear(QUIET, 2)
    room.listening.began(ear)
    room.hear(silence, 15)
    assert not room.listening.is_silent
    room.hear(silence, 10)
    assert (room.listening.is_silent, room.changes) == (True, 1)
    assert not room.listening.ended(ear)
    assert room.listening.is_silent, "until it is heard again"


def test_an_amplifier_that_dies_in_the_middle_is_said_and_the_programme_was_not_heard(room: Room) -> None:
    ear = room.listening.expect()
    room.hear(QUIET, 2)
    room.listening.began(ear)
    room.hear(VOICE, 30)
    room.hear(QUIET, 25)
    assert room.listening.is_silent
    assert not room.listening.ended(ear)


def test_it_is_well_again_as_soon_as_it_is_heard(room: Room) -> None:
    for sound in (QUIET, VOICE):
        ear = room.listening.expect()
        room.hear(QUIET, 2)
        room.listening.began(ear)
        room.hear(sound, 24)
        room.listening.ended(ear)
    assert (room.listening.is_silent, room.changes) == (False, 2)


def test_a_short_programme_that_nobody_hears_is_said_at_its_end(room: Room) -> None:
    ear = room.listening.expect()
    room.hear(QUIET, 2)
    room.listening.began(ear)
    room.hear(QUIET, 6)
    assert not room.listening.is_silent
    room.listening.ended(ear)
    assert (room.listening.is_silent, room.changes) == (True, 1)


def test_what_is_no_louder_than_the_place_was_before_is_not_heard(room: Room) -> None:
    ear = room.listening.expect()
    room.hear(VOICE, 2)  # a market beside the microphone
    room.listening.began(ear)
    room.hear(VOICE, 24)
    assert not room.listening.ended(ear)


def test_at_volume_nought_silence_is_no_fault(clock: SteppingClock) -> None:
    room = Room(clock, Volume(0))
    ear = room.listening.expect()
    room.hear(QUIET, 2)
    room.listening.began(ear)
    room.hear(QUIET, 40)
    assert not room.listening.ended(ear)
    assert (room.listening.is_silent, room.changes) == (False, 0)


def test_one_that_comes_upon_another_is_judged_by_the_ambient_before_both(room: Room) -> None:
    first = room.listening.expect()
    room.hear(QUIET, 2)
    room.listening.began(first)
    room.hear(VOICE, 6)
    second = room.listening.expect()
    room.hear(VOICE, 2)
    assert room.listening.ended(first)
    room.listening.began(second)
    room.hear(VOICE, 6)
    assert room.listening.ended(second)


def test_a_microphone_that_does_not_open_or_gives_nothing_is_said_and_blames_no_amplifier(clock: SteppingClock) -> None:
    for microphone, problem in (
        (FakeMicrophone("no such device"), "no such device"),
        (FakeMicrophone(), "gives no sound"),
    ):
        listening = Listening(microphone, clock=clock)
        ear = listening.expect()
        listening.began(ear)
        clock.sleep(60)
        assert not listening.ended(ear)
        assert (listening.problem, listening.is_silent) == (problem, False)


class ToldCarrier:
    """A carrier whose soundings say what the test says."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.told, self.fails = outcome, False

    def prepare(self, transmission: Transmission, permit: Permit) -> "ToldCarrier":
        if self.fails:
            raise MediaMissing(sha256=transmission.rendition_sha256)
        return self

    def recall(self, broadcast_id: object, zone_code: str) -> tuple[Stretch, ...]:
        return ()

    def problems(self) -> list[str]:
        return []

    def close(self) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...

    def outcome(self) -> Outcome | None:
        return self.told


class Always:
    def holds(self) -> bool:
        return True


def an_outcome(evidence: Evidence) -> Outcome:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return Outcome(started_at=now, ended_at=now, stretches=(), evidence=evidence)


@pytest.mark.parametrize(
    ("sound", "told", "evidence"),
    [
        (VOICE, Evidence.COMPLETED, Evidence.HEARD),
        (QUIET, Evidence.COMPLETED, Evidence.COMPLETED),
        (VOICE, Evidence.STARTED, Evidence.STARTED),
    ],
)
def test_what_is_heard_whole_is_raised_from_completed_to_heard(
    room: Room, sound: bytes, told: Evidence, evidence: Evidence
) -> None:
    carrier = ToldCarrier()
    place = Loudspeaker(carrier, listening=room.listening)
    sounding = place.prepare(TRANSMISSION, Always())
    room.hear(QUIET, 2)
    sounding.start()
    room.hear(sound, 10)
    assert sounding.outcome() is None
    carrier.told = an_outcome(told)
    outcome = sounding.outcome()
    assert outcome is not None
    assert outcome.evidence is evidence
    assert sounding.outcome() is outcome
    assert (place.is_sounding, room.microphone.give) == (False, None)


def test_the_microphone_is_let_go_whatever_becomes_of_a_programme(room: Room) -> None:
    carrier = ToldCarrier()
    place = Loudspeaker(carrier, listening=room.listening)
    place.prepare(TRANSMISSION, Always()).stop()
    assert room.microphone.give is None
    carrier.fails = True
    with pytest.raises(MediaMissing):
        place.prepare(TRANSMISSION, Always())
    assert room.microphone.give is None


def test_the_amplifier_is_on_from_before_the_first_until_after_the_last() -> None:
    switched: list[bool] = []

    class Switch:
        can_switch = True

        def read(self) -> None: ...

        def turn(self, *, on: bool) -> None:
            switched.append(on)

    carrier = ToldCarrier()
    place = Loudspeaker(carrier, amplifier=Switch())  # type: ignore[arg-type]
    first, second = (place.prepare(TRANSMISSION, Always()) for _ in range(2))
    for sounding in (first, second):
        sounding.start()
    carrier.told = an_outcome(Evidence.COMPLETED)
    first.outcome()
    assert False not in switched
    second.outcome()
    assert switched[-1] is False
