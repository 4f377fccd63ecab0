"""The chime rises, the outro falls, and neither clicks or clips."""

from collections.abc import Callable

import numpy as np
import pytest

from audio.chime import PEAK, RATE, Mono, make_chime, make_outro


@pytest.mark.parametrize("make", [make_chime, make_outro])
def test_a_signature_is_short_and_neither_clicks_nor_clips(make: Callable[[], Mono]) -> None:
    sound = make()
    assert 1 < len(sound) / RATE < 3
    assert np.abs(sound).max() == pytest.approx(PEAK, abs=1e-3)
    assert abs(float(sound[0])) < 0.01
    assert abs(float(sound[-1])) < 0.01


def loudest_tone(sound: Mono, from_s: float, until_s: float) -> float:
    piece = sound[round(from_s * RATE) : round(until_s * RATE)]
    strength = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
    return float(np.fft.rfftfreq(len(piece), 1 / RATE)[strength.argmax()])


def test_the_chime_rises_in_three_tones_and_the_outro_falls() -> None:
    chime, outro = make_chime(), make_outro()
    rising = [loudest_tone(chime, start, start + 0.4) for start in (0.02, 0.47, 0.92)]
    assert rising == pytest.approx([392, 523, 659], abs=5)
    assert loudest_tone(outro, 0.02, 0.45) > loudest_tone(outro, 0.8, 1.7)


def test_the_same_bytes_come_out_every_time() -> None:
    assert make_chime().tobytes() == make_chime().tobytes()
