"""The file that villages fetch: the whole sound, small, the same bytes each time, by a child process too."""

from pathlib import Path

import numpy as np
import pytest

from audio.encode import RATE
from audio.flac import read_mono, write_flac
from audio.store import FileMediaStore
from audio.transport import ChildEncoder, encode_transport
from scheduler.errors import MediaCorrupt, MediaMissing

BITS = 36_000


@pytest.fixture
def media(tmp_path: Path) -> FileMediaStore:
    return FileMediaStore(tmp_path)


def put_tone(media: FileMediaStore, *, seconds: float = 3.0) -> str:
    """A tone of 400 Hz that is silent in its second second."""
    at = np.arange(round(seconds * RATE))
    tone = (8000 * np.sin(2 * np.pi * 400 * at / RATE)).astype(np.int16)
    tone[RATE : 2 * RATE] = 0
    with media.workplace() as folder:
        write_flac(folder / "tone.flac", [tone])
        return media.adopt(folder / "tone.flac").sha256


def level(samples: np.ndarray[tuple[int], np.dtype[np.int16]], from_s: float, until_s: float) -> float:
    stretch = samples[round(from_s * RATE) : round(until_s * RATE)].astype(float)
    return float(np.sqrt(np.mean(stretch**2)))


def test_it_is_the_same_sound_at_the_same_places_in_a_fraction_of_the_bytes(media: FileMediaStore) -> None:
    sha256 = put_tone(media, seconds=3.01)
    file = encode_transport(media, sha256, bits_per_s=BITS)
    sound = np.concatenate(list(read_mono(media.path(file.sha256))))
    assert abs(len(sound) / RATE - 3.01) < 0.001
    assert level(sound, 0.1, 0.9) == pytest.approx(8000 / np.sqrt(2), rel=0.05)
    assert level(sound, 1.05, 1.95) < 40
    assert level(sound, 2.05, 2.9) == pytest.approx(8000 / np.sqrt(2), rel=0.05)
    assert file.size_bytes == media.path(file.sha256).stat().st_size < 3.01 * BITS / 8 * 1.3


def test_the_same_sound_gives_the_same_file_also_in_a_child(media: FileMediaStore, tmp_path: Path) -> None:
    sha256 = put_tone(media)
    once = encode_transport(media, sha256, bits_per_s=BITS)
    assert ChildEncoder(tmp_path, bits_per_s=BITS).encode(sha256) == once
    assert not list((tmp_path / "tmp").iterdir())


def test_what_is_missing_or_damaged_is_told(media: FileMediaStore, tmp_path: Path) -> None:
    encoder = ChildEncoder(tmp_path, bits_per_s=BITS)
    with pytest.raises(MediaMissing):
        encoder.encode("0" * 64)
    sha256 = put_tone(media)
    path = media.path(sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(MediaCorrupt):
        encoder.encode(sha256)
