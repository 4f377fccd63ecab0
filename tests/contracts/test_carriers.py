"""What every carrier promises: sound from the right place for the right time, silence when told, and the truth after."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from audio.carriers import CARRIERS, open_carrier
from audio.carriers.memory import MemoryCarrier
from audio.encode import RATE, write_opus
from audio.flac import read_mono, write_flac
from audio.store import FileMediaStore
from scheduler.clock import SystemClock
from scheduler.domain.playout import Evidence
from scheduler.errors import MediaMissing, UnknownCarrier
from scheduler.ports import Carrier, Cue, Outcome, Sounding, Stretch, Transmission

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
THAI, VIET = uuid4(), uuid4()
TOLERANCE = 0.15
"""Seconds by which a carrier may be off when it stops; what it says must fit what it did."""


class Right:
    """A permit that can be taken away."""

    def __init__(self) -> None:
        self.is_given = True

    def holds(self) -> bool:
        return self.is_given


@dataclass
class Stand:
    """A station's folder with a carrier and one rendition of 1.2 s: a chime of 0.2 s, then two editions of 0.5 s."""

    name: str
    home: Path
    carrier: Carrier
    media: FileMediaStore
    sha256: str

    def transmission(self, **others: object) -> Transmission:
        made = Transmission(
            broadcast_id=uuid4(),
            zone_id=1,
            zone_code="TONG",
            rendition_sha256=self.sha256,
            seconds=1.2,
            cues=(
                Cue(airing_id=None, starts_s=0.0, lasts_s=0.2),
                Cue(airing_id=THAI, starts_s=0.2, lasts_s=0.5),
                Cue(airing_id=VIET, starts_s=0.7, lasts_s=0.5),
            ),
        )
        return replace(made, **others)  # type: ignore[arg-type]

    def lines(self) -> list[dict[str, object]]:
        path = self.home / "sound" / "heard.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def a_rendition(media: FileMediaStore, folder: Path, *, kind: str = "flac") -> str:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(round(1.2 * RATE)) / RATE)).astype(np.int16)
    path = folder / f"made.{kind}"
    if kind == "opus":
        for _ in write_opus(path, lambda first, last: tone[first:last], len(tone), cuts=[], bits_per_s=36_000):
            pass
    else:
        write_flac(path, [tone])
    return media.adopt(path).sha256


@pytest.fixture(
    params=[
        ("file", "flac"),
        ("memory", "flac"),
        pytest.param(("soundcard", "opus"), marks=pytest.mark.soundcard),
    ],
    ids=" ".join,
)
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    name, kind = request.param
    if name == "soundcard":
        request.getfixturevalue("null_sink")
    media = FileMediaStore(tmp_path)
    sha256 = a_rendition(media, tmp_path, kind=kind)
    carrier = open_carrier(name, clock=SystemClock(), media=media, home=tmp_path, time_zone=ZONE)
    yield Stand(name, tmp_path, carrier, media, sha256)
    carrier.close()


@pytest.fixture
def filed(tmp_path: Path) -> Iterator[Stand]:
    """Only the file carrier, for what only it promises."""
    media = FileMediaStore(tmp_path)
    sha256 = a_rendition(media, tmp_path)
    carrier = open_carrier("file", clock=SystemClock(), media=media, home=tmp_path, time_zone=ZONE)
    yield Stand("file", tmp_path, carrier, media, sha256)
    carrier.close()


def the_end_of(sounding: Sounding, *, within: float = 8.0) -> Outcome:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if (outcome := sounding.outcome()) is not None:
            return outcome
        time.sleep(0.005)
    raise AssertionError("it never ended")


def places(stretches: tuple[Stretch, ...]) -> list[tuple[UUID, float, float]]:
    return [(item.airing_id, item.offset_s, item.lasts_s) for item in stretches]


def assert_places(stretches: tuple[Stretch, ...], *expected: tuple[UUID, float, float], by: float = 0.01) -> None:
    assert [item.airing_id for item in stretches] == [item[0] for item in expected]
    for found, wanted in zip(places(stretches), expected, strict=True):
        assert found[1:] == pytest.approx(wanted[1:], abs=by)


def test_a_whole_programme_sounds_every_edition_and_neither_chime_nor_outro_counts(stand: Stand) -> None:
    sounding = stand.carrier.prepare(stand.transmission(), Right())
    sounding.start()
    outcome = the_end_of(sounding)
    assert_places(outcome.stretches, (THAI, 0.0, 0.5), (VIET, 0.0, 0.5))
    assert outcome.evidence is Evidence.COMPLETED
    assert outcome.failure is None
    assert outcome.started_at is not None and outcome.ended_at is not None
    assert (outcome.ended_at - outcome.started_at).total_seconds() == pytest.approx(1.2, abs=TOLERANCE)
    assert (outcome.stretches[0].started_at - outcome.started_at).total_seconds() == pytest.approx(0.2, abs=0.01)


def test_nothing_is_told_while_it_waits_or_sounds(stand: Stand) -> None:
    sounding = stand.carrier.prepare(stand.transmission(), Right())
    assert sounding.outcome() is None
    sounding.start()
    time.sleep(0.3)
    assert sounding.outcome() is None
    sounding.stop()
    the_end_of(sounding)


def test_joining_at_an_offset_sounds_only_what_is_left(stand: Stand) -> None:
    sounding = stand.carrier.prepare(stand.transmission(offset_s=0.5), Right())
    sounding.start()
    outcome = the_end_of(sounding)
    assert_places(outcome.stretches, (THAI, 0.3, 0.2), (VIET, 0.0, 0.5))
    assert outcome.ended_at is not None and outcome.started_at is not None
    assert (outcome.ended_at - outcome.started_at).total_seconds() == pytest.approx(0.7, abs=TOLERANCE)


def test_stopping_in_the_middle_tells_the_part_that_sounded(stand: Stand) -> None:
    sounding = stand.carrier.prepare(stand.transmission(), Right())
    sounding.start()
    time.sleep(0.5)
    sounding.stop()
    outcome = the_end_of(sounding)
    assert [item.airing_id for item in outcome.stretches] == [THAI]
    assert outcome.stretches[0].lasts_s == pytest.approx(0.3, abs=TOLERANCE)
    assert outcome.evidence is Evidence.STARTED


def test_stopping_before_the_start_means_it_never_sounds(stand: Stand) -> None:
    sounding = stand.carrier.prepare(stand.transmission(), Right())
    sounding.stop()
    sounding.start()
    outcome = the_end_of(sounding)
    assert (outcome.stretches, outcome.started_at) == ((), None)
    assert outcome.evidence is Evidence.PLANNED


def test_stopping_twice_and_after_the_end_changes_nothing(stand: Stand) -> None:
    sounding = stand.carrier.prepare(stand.transmission(offset_s=1.0), Right())
    sounding.start()
    time.sleep(0.05)
    sounding.stop()
    sounding.stop()
    outcome = the_end_of(sounding)
    sounding.stop()
    assert sounding.outcome() == outcome


def test_starting_twice_sounds_once(stand: Stand) -> None:
    transmission = stand.transmission()
    sounding = stand.carrier.prepare(transmission, Right())
    sounding.start()
    started_at = datetime.now(UTC)
    time.sleep(0.3)
    sounding.start()
    outcome = the_end_of(sounding)
    assert outcome.started_at is not None
    assert abs((outcome.started_at - started_at).total_seconds()) < TOLERANCE
    assert_places(outcome.stretches, (THAI, 0.0, 0.5), (VIET, 0.0, 0.5))


def test_it_falls_silent_within_a_quarter_second_of_losing_its_permit(stand: Stand) -> None:
    right = Right()
    sounding = stand.carrier.prepare(stand.transmission(), right)
    sounding.start()
    time.sleep(0.4)
    right.is_given = False
    lost_at = datetime.now(UTC)
    outcome = the_end_of(sounding)
    assert outcome.failure is not None
    assert outcome.ended_at is not None
    assert outcome.ended_at - lost_at < timedelta(seconds=0.25)
    assert sum(item.lasts_s for item in outcome.stretches) < 0.5


def test_without_a_permit_nothing_sounds_at_all(stand: Stand) -> None:
    right = Right()
    sounding = stand.carrier.prepare(stand.transmission(), right)
    right.is_given = False
    sounding.start()
    outcome = the_end_of(sounding)
    assert (outcome.stretches, outcome.started_at) == ((), None)
    assert outcome.failure is not None


def test_two_zones_sound_at_once(stand: Stand) -> None:
    pair = [
        stand.carrier.prepare(stand.transmission(zone_id=number, zone_code=code), Right())
        for number, code in ((1, "TONG"), (2, "HUM"))
    ]
    for sounding in pair:
        sounding.start()
    first, second = (the_end_of(sounding) for sounding in pair)
    assert_places(first.stretches, (THAI, 0.0, 0.5), (VIET, 0.0, 0.5))
    assert_places(second.stretches, (THAI, 0.0, 0.5), (VIET, 0.0, 0.5))
    assert first.started_at is not None and second.started_at is not None
    assert abs((first.started_at - second.started_at).total_seconds()) < TOLERANCE


def test_a_missing_file_is_found_when_it_is_prepared(stand: Stand) -> None:
    with pytest.raises(MediaMissing):
        stand.carrier.prepare(stand.transmission(rendition_sha256="0" * 64), Right())


def test_nothing_is_recalled_of_what_never_sounded(stand: Stand) -> None:
    assert stand.carrier.recall(uuid4(), "TONG") == ()


def test_a_carrier_in_order_has_no_problems(stand: Stand) -> None:
    assert stand.carrier.problems() == []


def test_closing_ends_what_sounds(stand: Stand) -> None:
    sounding = stand.carrier.prepare(stand.transmission(), Right())
    sounding.start()
    time.sleep(0.3)
    stand.carrier.close()
    outcome = the_end_of(sounding, within=0.5)
    assert sum(item.lasts_s for item in outcome.stretches) < 0.5


def test_what_was_stopped_before_its_start_was_never_heard(tmp_path: Path) -> None:
    carrier = MemoryCarrier(clock=SystemClock())
    sounding = carrier.prepare(Stand("memory", tmp_path, carrier, FileMediaStore(tmp_path), "").transmission(), Right())
    sounding.stop()
    sounding.start()
    assert carrier.heard("TONG") == []
    carrier.close()


def test_an_unknown_carrier_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownCarrier) as refused:
        open_carrier("pigeon", clock=SystemClock(), media=FileMediaStore(tmp_path), home=tmp_path, time_zone=ZONE)
    assert refused.value.facts == {"name": "pigeon", "known": ", ".join(sorted(CARRIERS))}


def test_each_stretch_is_one_line_when_it_ends_and_the_file_is_kept(filed: Stand) -> None:
    transmission = filed.transmission()
    sounding = filed.carrier.prepare(transmission, Right())
    sounding.start()
    time.sleep(0.9)
    assert [line["airing"] for line in filed.lines()] == [str(THAI)]
    outcome = the_end_of(sounding)
    lines = filed.lines()
    assert [line["airing"] for line in lines] == [str(THAI), str(VIET)]
    assert set(lines[0]) == {"broadcast", "zone", "airing", "offset_s", "started_at", "ended_at"}
    assert lines[1]["started_at"] == outcome.stretches[1].started_at.isoformat(timespec="microseconds")
    filed.carrier.close()
    (kept,) = (filed.home / "sound" / "TONG").glob(f"*/{transmission.broadcast_id}.flac")
    assert kept.read_bytes() == filed.media.path(filed.sha256).read_bytes()


def test_a_part_is_kept_as_a_file_of_its_length_and_its_samples(filed: Stand) -> None:
    transmission = filed.transmission(offset_s=0.5)
    sounding = filed.carrier.prepare(transmission, Right())
    sounding.start()
    the_end_of(sounding)
    filed.carrier.close()
    (kept,) = (filed.home / "sound" / "TONG").glob(f"*/{transmission.broadcast_id}-0.500.flac")
    part = np.concatenate(list(read_mono(kept)))
    whole = np.concatenate(list(read_mono(filed.media.path(filed.sha256))))
    assert np.array_equal(part, whole[RATE // 2 :])


def test_opus_is_kept_by_its_right_ending_and_a_part_of_it_as_flac(filed: Stand) -> None:
    opus = a_rendition(filed.media, filed.home, kind="opus")
    whole, part = (filed.transmission(rendition_sha256=opus, offset_s=offset_s) for offset_s in (0.0, 0.5))
    for transmission in (whole, part):
        sounding = filed.carrier.prepare(transmission, Right())
        sounding.start()
        the_end_of(sounding)
    filed.carrier.close()
    kept = {path.name: path for path in (filed.home / "sound" / "TONG").glob("*/*")}
    assert set(kept) == {f"{whole.broadcast_id}.opus", f"{part.broadcast_id}-0.500.flac"}
    assert kept[f"{whole.broadcast_id}.opus"].read_bytes() == filed.media.path(opus).read_bytes()
    cut = np.concatenate(list(read_mono(kept[f"{part.broadcast_id}-0.500.flac"])))
    assert np.array_equal(cut, np.concatenate(list(read_mono(filed.media.path(opus))))[RATE // 2 :])


def test_a_line_torn_by_a_death_is_cut_off_before_the_next_one(filed: Stand) -> None:
    with (filed.home / "sound" / "heard.jsonl").open("a") as file:
        file.write('{"broadcast": "half')
    sounding = filed.carrier.prepare(filed.transmission(offset_s=0.9), Right())
    sounding.start()
    the_end_of(sounding)
    assert [line["airing"] for line in filed.lines()] == [str(VIET)]


def test_a_disk_that_refuses_a_line_gets_it_once_when_it_can_write_again(
    filed: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounding = filed.carrier.prepare(filed.transmission(), Right())
    sounding.start()
    time.sleep(0.3)
    sync, refused = os.fdatasync, []

    def refuse(file: int) -> None:
        if len(refused) < 3:
            refused.append(file)
            raise OSError(28, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fdatasync", refuse)
    outcome = the_end_of(sounding)
    assert len(refused) == 3
    assert [line["airing"] for line in filed.lines()] == [str(THAI), str(VIET)]
    assert_places(outcome.stretches, (THAI, 0.0, 0.5), (VIET, 0.0, 0.5))


def test_a_process_held_up_without_a_permit_did_not_sound_on(filed: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Right()
    sounding = filed.carrier.prepare(filed.transmission(), right)
    sounding.start()
    time.sleep(0.3)
    watch = filed.carrier._watch  # type: ignore[attr-defined] # the thread that a suspended computer holds up
    held, look = threading.Event(), watch.look
    monkeypatch.setattr(watch, "look", lambda: (held.wait(), look()))
    time.sleep(1.5)
    right.is_given = False
    held.set()
    outcome = the_end_of(sounding)
    assert sum(item.lasts_s for item in outcome.stretches) == pytest.approx(0.3 - 0.2 + 0.25, abs=TOLERANCE)


CHILD = """
import sys, time
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo
from audio.carriers import open_carrier
from audio.store import FileMediaStore
from scheduler.clock import SystemClock
from scheduler.ports import Cue, Transmission

class Right:
    def holds(self): return True

home, sha256, broadcast, thai, viet = Path(sys.argv[1]), *sys.argv[2:]
carrier = open_carrier(
    "file", clock=SystemClock(), media=FileMediaStore(home), home=home, time_zone=ZoneInfo("Asia/Ho_Chi_Minh"))
for number, code in ((1, "TONG"), (2, "HUM")):
    sounding = carrier.prepare(Transmission(broadcast_id=UUID(broadcast), zone_id=number, zone_code=code,
        rendition_sha256=sha256, seconds=1.2, cues=(Cue(airing_id=None, starts_s=0.0, lasts_s=0.2),
        Cue(airing_id=UUID(thai), starts_s=0.2, lasts_s=0.5), Cue(airing_id=UUID(viet), starts_s=0.7, lasts_s=0.5))), Right())
    sounding.start()
print("sounding", flush=True)
time.sleep(60)
"""


@pytest.fixture
def sound_elsewhere(filed: Stand) -> Iterator[Callable[[UUID], "subprocess.Popen[str]"]]:
    started = []

    def start(broadcast_id: UUID) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", CHILD, str(filed.home), filed.sha256, str(broadcast_id), str(THAI), str(VIET)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."})
        started.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "sounding\n"
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def test_what_a_killed_process_sounded_is_recalled_and_its_line_written_once(
    filed: Stand, sound_elsewhere: Callable[[UUID], "subprocess.Popen[str]"]
) -> None:
    broadcast_id = uuid4()
    child = sound_elsewhere(broadcast_id)
    time.sleep(0.85)
    child.send_signal(signal.SIGKILL)
    child.wait()
    recalled = filed.carrier.recall(broadcast_id, "TONG")
    assert [item.airing_id for item in recalled] == [THAI, VIET]
    assert recalled[0].lasts_s == pytest.approx(0.5, abs=0.01)
    assert recalled[1].lasts_s == pytest.approx(0.15, abs=TOLERANCE)
    assert filed.carrier.recall(broadcast_id, "TONG") == recalled
    assert len(list((filed.home / "sound" / "open").glob("*.jsonl"))) == 1, "the dead process's journal is still there"
    lines = [(line["zone"], line["airing"]) for line in filed.lines()]
    assert sorted(lines) == sorted((zone, str(airing)) for zone in ("TONG", "HUM") for airing in (THAI, VIET))


def test_two_that_recall_a_dead_process_at_once_write_its_lines_once(
    filed: Stand, sound_elsewhere: Callable[[UUID], "subprocess.Popen[str]"]
) -> None:
    broadcast_id = uuid4()
    child = sound_elsewhere(broadcast_id)
    time.sleep(0.4)
    child.send_signal(signal.SIGKILL)
    child.wait()
    other = open_carrier("file", clock=SystemClock(), media=filed.media, home=filed.home, time_zone=ZONE)
    threads = [threading.Thread(target=each.recall, args=(broadcast_id, "HUM")) for each in (filed.carrier, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(str(line["zone"]) for line in filed.lines()) == ["HUM", "TONG"]


def test_a_living_process_keeps_its_notes_and_is_recalled_up_to_its_last_sign_of_life(
    filed: Stand, sound_elsewhere: Callable[[UUID], "subprocess.Popen[str]"]
) -> None:
    broadcast_id = uuid4()
    child = sound_elsewhere(broadcast_id)
    time.sleep(0.4)
    recalled = filed.carrier.recall(broadcast_id, "TONG")
    assert [item.airing_id for item in recalled] == [THAI]
    assert filed.lines() == []
    time.sleep(1.1)
    assert len(filed.lines()) == 4
    child.kill()
    child.wait()
    assert [item.lasts_s for item in filed.carrier.recall(broadcast_id, "TONG")] == pytest.approx([0.5, 0.5], abs=0.01)
    assert len(filed.lines()) == 4
