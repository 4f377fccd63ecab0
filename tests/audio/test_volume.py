"""Volume: never above the cap, and never a click."""

import numpy as np
import pytest

from audio.carriers.volume import FADE_S, Fader, Volume
from audio.playable import RATE

STEADY = np.full(480, 20_000, np.int16).tobytes()


def heard(fader: Fader, blocks: int) -> np.ndarray:
    return np.concatenate([np.frombuffer(fader.apply(STEADY), np.int16) for _ in range(blocks)]).astype(int)


def test_no_wish_goes_above_the_cap_and_a_lower_cap_holds_at_once() -> None:
    volume = Volume(80, cap=60)
    assert volume.percent == 60
    assert volume.set(100) == 60
    assert volume.set(1000) == 60
    assert volume.limit(30) == 30
    assert volume.limit(100) == 100
    assert volume.set(-5) == 0


def test_a_zone_s_settings_say_its_volume_and_nonsense_says_nothing() -> None:
    assert Volume.of({"volume": 70, "volume_cap": 65}).percent == 65
    assert Volume.of({}).percent == 100
    assert Volume.of({"volume": "loud", "volume_cap": None}).percent == 100


def test_it_comes_in_changes_and_goes_out_without_a_step() -> None:
    volume = Volume(100)
    fader = Fader(volume)
    sound = [heard(fader, 10)]
    volume.set(25)
    sound.append(heard(fader, 10))
    fader.end()
    sound.append(heard(fader, 10))
    whole = np.concatenate(sound)
    assert (whole[0], whole[4799], whole[9599], whole[-1]) == (pytest.approx(14, abs=1), 20_000, 5_000, 0)
    assert np.abs(np.diff(whole)).max() <= 20_000 / (FADE_S * RATE) + 1
    assert fader.is_silent


def test_full_volume_leaves_the_samples_as_they_are() -> None:
    fader = Fader(Volume(100))
    heard(fader, 10)
    assert fader.apply(STEADY) == STEADY


def test_it_is_not_silent_before_it_came_down() -> None:
    fader = Fader(Volume(100))
    heard(fader, 10)
    fader.end()
    assert not fader.is_silent
    heard(fader, 1)
    assert not fader.is_silent
    heard(fader, 3)
    assert fader.is_silent
