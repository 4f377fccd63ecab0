"""The listening check on a real sound card and a real microphone: the null sink, and what its monitor hears."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audio.carriers import open_carrier
from audio.encode import RATE, write_opus
from audio.store import FileMediaStore
from audio.village.listening import Listening
from audio.village.loudspeaker import Loudspeaker
from audio.village.microphone import SoundcardMicrophone
from scheduler.clock import SystemClock
from scheduler.domain.playout import Evidence
from scheduler.errors import CarrierDown
from tests.contracts.null_sink import SINK, NullSink
from tests.contracts.test_carriers import ZONE, Right, the_end_of
from tests.contracts.test_soundcard import a_transmission

pytestmark = pytest.mark.soundcard


@pytest.fixture
def programme(tmp_path: Path) -> tuple[FileMediaStore, str]:
    media = FileMediaStore(tmp_path)
    voice = (6000 * np.sin(2 * np.pi * 600 * np.arange(6 * RATE) / RATE)).astype(np.int16)
    for _ in write_opus(
        tmp_path / "a.opus", lambda first, last: voice[first:last], len(voice), cuts=[], bits_per_s=36_000
    ):
        pass
    return media, media.adopt(tmp_path / "a.opus").sha256


@pytest.mark.parametrize("is_mute", [False, True], ids=["loudspeakers work", "amplifier is silent"])
def test_a_programme_is_heard_back_or_not(
    null_sink: NullSink, programme: tuple[FileMediaStore, str], tmp_path: Path, is_mute: bool
) -> None:
    media, sha256 = programme
    clock = SystemClock()
    mute = ["pactl", "set-sink-mute", SINK, str(int(is_mute))]
    subprocess.run(mute, env={**os.environ, **null_sink.environment}, check=True)
    changes: list[bool] = []
    listening = Listening(SoundcardMicrophone(), clock=clock, on_change=lambda: changes.append(True))
    card = open_carrier("soundcard", clock=clock, media=media, home=tmp_path, time_zone=ZONE)
    place = Loudspeaker(card, listening=listening)
    sounding = place.prepare(replace(a_transmission(sha256), seconds=6.0), Right())
    clock.sleep(1.0)
    sounding.start()
    outcome = the_end_of(sounding, within=12)
    place.close()
    assert listening.problem is None
    assert outcome.evidence is (Evidence.COMPLETED if is_mute else Evidence.HEARD)
    assert (listening.is_silent, bool(changes)) == (is_mute, is_mute)


def test_a_microphone_that_is_not_there_is_said(null_sink: NullSink) -> None:
    with pytest.raises(CarrierDown):
        SoundcardMicrophone("no such device").open(lambda _block: None)
