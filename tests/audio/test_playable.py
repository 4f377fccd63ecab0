"""What is read to be played is the file's sound from exactly that sample on."""

from pathlib import Path

import numpy as np
import pytest

from audio.encode import RATE, write_opus
from audio.flac import read_mono, write_flac
from audio.playable import ending_of, read_from
from scheduler.errors import NotAudio

SAMPLES = 20 * RATE + 1234


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    rng = np.random.default_rng(5)
    wave = 6000 * np.sin(2 * np.pi * 300 * np.arange(SAMPLES) / RATE) + rng.normal(0, 800, SAMPLES)
    return wave.astype(np.int16)


@pytest.fixture(scope="module")
def opus(sound: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("opus") / "made"
    for _ in write_opus(path, lambda first, last: sound[first:last], SAMPLES, cuts=[], bits_per_s=36_000):
        pass
    return path


def read(path: Path, first: int) -> np.ndarray:
    return np.frombuffer(b"".join(read_from(path, first)), np.int16)


def test_opus_begins_with_its_first_sample_and_ends_with_its_last(opus: Path, sound: np.ndarray) -> None:
    played = read(opus, 0).astype(float)
    assert len(played) == SAMPLES
    lags = {
        lag: np.corrcoef(played[500 : 5 * RATE], sound[500 - lag : 5 * RATE - lag])[0, 1] for lag in range(-400, 401)
    }
    assert max(lags, key=lambda lag: lags[lag]) == 0, "the decoder's first samples (pre-skip) are no sound"


def test_two_decoders_agree(opus: Path) -> None:
    other = np.concatenate(list(read_mono(opus)))
    assert np.abs(read(opus, 0).astype(int) - other).max() <= 1


@pytest.mark.parametrize(
    "first", [1, 311, 960, 48_001, 123_456, SAMPLES - 60_000, SAMPLES - 30_001, SAMPLES - 5_000, SAMPLES - 100]
)
def test_a_join_in_an_opus_file_is_exact_to_the_sample(opus: Path, first: int) -> None:
    whole = read(opus, 0)[first:].astype(int)
    joined = read(opus, first)
    assert len(joined) == len(whole)
    assert np.abs(joined - whole).max() <= 2


def test_a_join_in_a_flac_file_is_exact_to_the_sample(sound: np.ndarray, tmp_path: Path) -> None:
    write_flac(tmp_path / "a.flac", [sound])
    for first in (0, 1, 123_456, SAMPLES - 1):
        assert np.array_equal(read(tmp_path / "a.flac", first), sound[first:])
    assert len(read(tmp_path / "a.flac", SAMPLES)) == 0


def test_what_is_no_sound_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"OggS but no more than that" * 40)
    with pytest.raises(NotAudio):
        read(tmp_path / "text", 0)


def test_the_ending_is_told_by_the_content(opus: Path, sound: np.ndarray, tmp_path: Path) -> None:
    write_flac(tmp_path / "a", [sound[:960]])
    assert (ending_of(opus), ending_of(tmp_path / "a")) == (".opus", ".flac")
