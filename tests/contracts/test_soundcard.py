"""What the sound card carrier adds: the samples that go out are those of the rendition."""

from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from audio.carriers import open_carrier
from audio.encode import RATE
from audio.flac import read_mono, write_flac
from audio.store import FileMediaStore
from scheduler.clock import SystemClock
from scheduler.errors import CarrierDown
from scheduler.ports import Carrier, Cue, Transmission
from tests.contracts.null_sink import NullSink, samples_of
from tests.contracts.test_carriers import Right, the_end_of

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
    size = len(heard) + len(wanted)
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    return heard, wanted, int(np.argmax(np.fft.irfft(spectrum, size)[: len(heard)]))


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


def test_a_device_that_is_not_there_is_said_when_it_is_prepared(null_sink: NullSink, tmp_path: Path) -> None:
    carrier, _, sha256 = a_station(tmp_path)
    with pytest.raises(CarrierDown):
        carrier.prepare(a_transmission(sha256, device="no such device"), Right())
    carrier.close()
