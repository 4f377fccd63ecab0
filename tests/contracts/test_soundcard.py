"""What the sound card carrier adds: the samples that go out are those of the rendition."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from audio.carriers import open_carrier
from audio.carriers.volume import Volume
from audio.encode import RATE, write_opus
from audio.flac import read_mono, write_flac
from audio.store import FileMediaStore
from scheduler.clock import SystemClock
from scheduler.errors import CarrierDown
from scheduler.ports import Carrier, Cue, Transmission
from tests.contracts.null_sink import NullSink, samples_of
from tests.contracts.test_carriers import ZONE, Right, the_end_of
from tests.fakes import SteppingClock

pytestmark = pytest.mark.soundcard


def a_transmission(sha256: str, **settings: object) -> Transmission:
    cue = Cue(airing_id=uuid4(), starts_s=0.0, lasts_s=1.5)
    return Transmission(
        broadcast_id=uuid4(), zone_id=1, zone_code="TONG", rendition_sha256=sha256, seconds=1.5, cues=(cue,),
        settings=settings,
    )  # fmt: skip


def a_station(folder: Path) -> tuple[Carrier, FileMediaStore, str]:
    folder.mkdir(exist_ok=True)
    media = FileMediaStore(folder)
    noise = np.random.default_rng(2).normal(0, 4000, round(1.5 * RATE)).clip(-30000, 30000)
    write_flac(folder / "made.flac", [noise.astype(np.int16)])
    sha256 = media.adopt(folder / "made.flac").sha256
    clock = SystemClock()
    return (
        open_carrier("soundcard", clock=clock, media=media, home=folder, time_zone=ZoneInfo("Asia/Ho_Chi_Minh")),
        media,
        sha256,
    )


def play_and_record(null_sink: NullSink, folder: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """What was recorded, the rendition, and where it lies in the recording."""
    carrier, media, sha256 = a_station(folder)
    with null_sink.recording(folder / "heard.raw"):
        sounding = carrier.prepare(a_transmission(sha256), Right())
        sounding.start()
        the_end_of(sounding)
    carrier.close()
    heard = samples_of(folder / "heard.raw").astype(float)
    wanted = np.concatenate(list(read_mono(media.path(sha256)))).astype(float)
    return heard, wanted, where_in(heard, wanted)


def where_in(heard: np.ndarray, wanted: np.ndarray) -> int:
    size = len(heard) + len(wanted)
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[: len(heard)]))


def test_what_the_card_is_given_is_the_rendition_sample_for_sample(null_sink: NullSink, tmp_path: Path) -> None:
    for trial in range(4):  # a computer too busy to fill the device in time leaves a gap, in the recorder too
        heard, wanted, at = play_and_record(null_sink, tmp_path / str(trial))
        found = heard[at : at + len(wanted)]
        if len(found) == len(wanted) and np.corrcoef(found, wanted)[0, 1] > 0.99:
            break
    assert len(found) == len(wanted)
    assert np.corrcoef(found, wanted)[0, 1] > 0.99
    assert np.std(found) == pytest.approx(np.std(wanted), rel=0.02)
    assert np.abs(heard[:at]).max(initial=0) < 50
    assert np.abs(heard[at + len(wanted) :]).max(initial=0) < 50


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt((samples.astype(float) ** 2).mean())) if len(samples) else 0.0


def biggest_step(samples: np.ndarray) -> int:
    return int(np.abs(np.diff(samples.astype(int))).max(initial=0))


def a_tone(folder: Path, *, seconds: float = 3.0) -> tuple[FileMediaStore, str]:
    """50 Hz: so slow that any click is a step far larger than those of the tone (78 at most)."""
    media = FileMediaStore(folder)
    tone = 12_000 * np.cos(2 * np.pi * 50 * np.arange(round(seconds * RATE)) / RATE)
    write_flac(folder / "tone.flac", [tone.astype(np.int16)])
    return media, media.adopt(folder / "tone.flac").sha256


def test_volume_is_capped_follows_at_once_and_nothing_clicks(null_sink: NullSink, tmp_path: Path) -> None:
    media, sha256 = a_tone(tmp_path)
    volume = Volume(100, cap=50)
    clock = SystemClock()
    carrier = open_carrier("soundcard", clock=clock, media=media, home=tmp_path, time_zone=ZONE, volume=volume)
    transmission = replace(a_transmission(sha256), seconds=3.0)
    with null_sink.recording(tmp_path / "heard.raw"):
        sounding = carrier.prepare(transmission, Right())
        sounding.start()
        clock.sleep(0.9)
        assert volume.set(90) == 50
        volume.set(10)
        clock.sleep(0.9)
        sounding.stop()
        outcome = the_end_of(sounding)
    carrier.close()
    heard = samples_of(tmp_path / "heard.raw")
    sounds = np.flatnonzero(np.abs(heard) > 20)
    at, ended = sounds[0], sounds[-1]
    assert rms(heard[at + RATE // 10 : at + RATE // 2]) == pytest.approx(0.5 * 12_000 / np.sqrt(2), rel=0.02)
    assert rms(heard[ended - RATE // 2 : ended - RATE // 10]) == pytest.approx(0.1 * 12_000 / np.sqrt(2), rel=0.03)
    assert biggest_step(heard) < 100, "a click"
    assert outcome.started_at is not None and outcome.ended_at is not None
    assert (outcome.ended_at - outcome.started_at).total_seconds() == pytest.approx((ended - at) / RATE, abs=0.03)


def test_a_join_in_an_opus_file_sounds_from_the_very_sample(null_sink: NullSink, tmp_path: Path) -> None:
    media = FileMediaStore(tmp_path)
    noise = np.random.default_rng(3).normal(0, 4000, 6 * RATE).clip(-30_000, 30_000).astype(np.int16)
    opus = tmp_path / "made.opus"
    for _ in write_opus(opus, lambda first, last: noise[first:last], len(noise), cuts=[], bits_per_s=64_000):
        pass
    sha256 = media.adopt(opus).sha256
    wanted = np.concatenate(list(read_mono(media.path(sha256))))[round(4.321 * RATE) :].astype(float)
    carrier = open_carrier("soundcard", clock=SystemClock(), media=media, home=tmp_path, time_zone=ZONE)
    with null_sink.recording(tmp_path / "heard.raw"):
        sounding = carrier.prepare(replace(a_transmission(sha256), seconds=6.0, offset_s=4.321), Right())
        sounding.start()
        the_end_of(sounding)
    carrier.close()
    heard = samples_of(tmp_path / "heard.raw").astype(float)
    at = where_in(heard, wanted)
    assert np.corrcoef(heard[at : at + RATE], wanted[:RATE])[0, 1] > 0.99
    assert np.abs(heard[:at]).max(initial=0) < 50


def test_programmes_begin_as_far_apart_as_they_were_started(null_sink: NullSink, tmp_path: Path) -> None:
    media, sha256 = a_tone(tmp_path, seconds=0.1)
    clock = SystemClock()
    carrier = open_carrier("soundcard", clock=clock, media=media, home=tmp_path, time_zone=ZONE)
    for trial in range(3):  # a computer too busy to play or record in time moves what comes after
        started = []
        with null_sink.recording(tmp_path / f"{trial}.raw"):
            for pause_s in (0.013, 0.2171, 0.1034, 0.0507):  # beside the 10 ms in which samples are asked for
                sounding = carrier.prepare(replace(a_transmission(sha256), seconds=0.1), Right())
                clock.sleep(0.5 + pause_s)
                sounding.start()
                started.append(the_end_of(sounding).started_at)
        loud = np.flatnonzero(np.abs(samples_of(tmp_path / f"{trial}.raw").astype(int)) > 200)
        onsets = [loud[0], *loud[1:][np.diff(loud) > RATE // 4]]
        assert len(onsets) == len(started)
        errors_ms = [
            abs((onset - onsets[0]) / RATE - (at - started[0]).total_seconds()) * 1000  # type: ignore[operator]
            for onset, at in zip(onsets, started, strict=True)
        ]
        if max(errors_ms) < 2:
            return
    assert errors_ms == pytest.approx([0.0] * 4, abs=2)


def test_a_device_that_is_not_there_is_said_when_it_is_prepared(null_sink: NullSink, tmp_path: Path) -> None:
    carrier, _, sha256 = a_station(tmp_path)
    with pytest.raises(CarrierDown):
        carrier.prepare(a_transmission(sha256, device="no such device"), Right())
    carrier.close()


def test_a_device_that_is_not_there_is_a_problem_and_asked_once_a_minute(null_sink: NullSink, tmp_path: Path) -> None:
    clock = SteppingClock(datetime(2026, 11, 24, tzinfo=UTC))
    given = {"clock": clock, "media": FileMediaStore(tmp_path), "home": tmp_path, "time_zone": ZONE}
    carrier = open_carrier("soundcard", **given, device="no such device")  # type: ignore[arg-type]
    assert len(carrier.problems()) == 1
    carrier._device = None  # type: ignore[attr-defined] # plugged in again
    assert len(carrier.problems()) == 1
    clock.sleep(60)
    assert carrier.problems() == []
