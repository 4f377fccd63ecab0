"""Spoken samples are long enough, audible, and there even without a synthesiser."""

import importlib.util
import wave
from pathlib import Path

import numpy as np
import pytest

from audio import speech
from audio.speech import MURMUR_RATE, Voice, murmur, speak

TEXT = ("Xin chào bà con.", "Đây là bản tin thử.")
needs_synthesiser = pytest.mark.skipif(
    importlib.util.find_spec("espeakng_loader") is None, reason="the extra `sample` is not installed"
)


def samples_of(path: Path) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


@needs_synthesiser
def test_vietnamese_text_is_read_aloud(tmp_path: Path) -> None:
    spoken = speak(TEXT, tmp_path / "a.wav", voice=Voice())
    assert spoken.is_speech
    assert 1 < spoken.seconds < 15
    assert np.abs(samples_of(tmp_path / "a.wav")).max() > 3000


@needs_synthesiser
def test_paragraphs_are_read_again_until_the_file_is_long_enough(tmp_path: Path) -> None:
    once = speak(TEXT, tmp_path / "a.wav", voice=Voice())
    spoken = speak(TEXT, tmp_path / "b.wav", voice=Voice(), at_least_s=30)
    assert 30 <= spoken.seconds < 30 + once.seconds


@needs_synthesiser
def test_the_stand_in_for_thai_has_a_voice_of_its_own(tmp_path: Path) -> None:
    speak(TEXT, tmp_path / "vi.wav", voice=Voice(name="vi"))
    speak(TEXT, tmp_path / "blt.wav", voice=Voice(name="vi+f3", pitch=42))
    assert samples_of(tmp_path / "vi.wav").tobytes() != samples_of(tmp_path / "blt.wav").tobytes()


def test_a_synthesiser_that_fails_leaves_a_murmur_and_says_so(tmp_path: Path) -> None:
    spoken = speak(TEXT, tmp_path / "a.wav", voice=Voice(name="no-such-voice"), at_least_s=5)
    assert not spoken.is_speech
    assert spoken.seconds == pytest.approx(5, abs=0.1)


def test_a_computer_that_starts_no_child_still_gets_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech.sys, "executable", str(tmp_path / "missing"))
    assert not speak(TEXT, tmp_path / "a.wav", voice=Voice(), at_least_s=2).is_speech


def test_the_murmur_has_syllables_and_pauses_and_does_not_clip(tmp_path: Path) -> None:
    murmur(TEXT, tmp_path / "a.wav", voice=Voice(), at_least_s=10)
    sound = np.abs(samples_of(tmp_path / "a.wav").astype(float))
    assert 8_000 < sound.max() < 30_000
    pause = sound[int(4.5 * MURMUR_RATE) : int(4.9 * MURMUR_RATE)]
    assert pause.max() == 0
    assert sound[: int(4.3 * MURMUR_RATE)].mean() > 500
