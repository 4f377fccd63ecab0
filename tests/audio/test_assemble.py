"""A programme made of chime, editions and outro: lengths, places, levels, and the same file for the same order."""

from pathlib import Path

import numpy as np
import pytest

from audio.assemble import EDGE_FADE_MS, LONG_FADE_MS, PAUSE_S, ChildAssembler, ProgrammeAssembler
from audio.encode import RATE
from audio.flac import read_mono, write_flac
from audio.store import FileMediaStore
from scheduler.errors import MediaCorrupt, MediaMissing
from scheduler.ports import Part

EDGE, LONG, PAUSE = EDGE_FADE_MS * RATE // 1000, LONG_FADE_MS * RATE // 1000, round(PAUSE_S * RATE)


@pytest.fixture
def media(tmp_path: Path) -> FileMediaStore:
    return FileMediaStore(tmp_path)


def speech(media: FileMediaStore, *, seed: int, samples: int, role: str = "edition", level: int = 4000) -> Part:
    """Noise that is like nothing else, so that its place can be found; a length that is no whole millisecond."""
    sound = np.random.default_rng(seed).normal(0, level, samples).clip(-32000, 32000).astype(np.int16)
    with media.workplace() as folder:
        write_flac(folder / "part.flac", [sound])
        sha256 = media.adopt(folder / "part.flac").sha256
    return Part(role=role, sha256=sha256, seconds=samples / RATE, language="vi" if role == "edition" else None)


def samples(media: FileMediaStore, sha256: str) -> np.ndarray:
    return np.concatenate(list(read_mono(media.path(sha256)))).astype(float)


def place_of(needle: np.ndarray, hay: np.ndarray) -> int:
    size = len(needle) + len(hay)
    return int(np.argmax(np.fft.irfft(np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size)), size)[: len(hay)]))


@pytest.fixture
def order(media: FileMediaStore) -> list[Part]:
    return [
        speech(media, seed=1, samples=48_017, role="chime"),
        speech(media, seed=2, samples=96_031),
        speech(media, seed=3, samples=72_999),
        speech(media, seed=4, samples=48_001, role="outro"),
    ]


def test_every_part_starts_at_its_sample_after_a_pause(media: FileMediaStore, order: list[Part]) -> None:
    made = ProgrammeAssembler(media).assemble(order)
    whole = samples(media, made.sha256)
    expected, at = [], 0
    for part in order:
        expected.append(at)
        at += round(part.seconds * RATE) + PAUSE
    assert [round(start * RATE) for start in made.starts_s] == expected
    assert [place_of(samples(media, part.sha256), whole) for part in order] == expected
    assert len(whole) == at - PAUSE == round(made.seconds * RATE)


def test_between_its_edges_an_edition_is_the_approved_sound_sample_for_sample(
    media: FileMediaStore, order: list[Part]
) -> None:
    made = ProgrammeAssembler(media).assemble(order)
    whole = samples(media, made.sha256)
    for part, start in list(zip(order, made.starts_s, strict=True))[1:3]:
        approved = samples(media, part.sha256)
        found = whole[round(start * RATE) :][: len(approved)]
        assert np.array_equal(found[EDGE:-EDGE], approved[EDGE:-EDGE])
        assert abs(found[0]) < 500
        assert abs(found[-1]) < 500


def test_pauses_are_silent_and_chime_and_outro_come_and_go_gently(media: FileMediaStore, order: list[Part]) -> None:
    made = ProgrammeAssembler(media).assemble(order)
    whole = samples(media, made.sha256)
    for part, start in list(zip(order, made.starts_s, strict=True))[:-1]:
        ends = round(start * RATE) + round(part.seconds * RATE)
        assert not whole[ends : ends + PAUSE].any()
    chime_ends, outro = round(order[0].seconds * RATE), round(made.starts_s[3] * RATE)
    assert np.std(whole[chime_ends - LONG // 4 : chime_ends]) < 0.3 * np.std(whole[LONG : 2 * LONG])
    assert np.std(whole[outro : outro + LONG // 4]) < 0.3 * np.std(whole[outro + LONG : outro + 2 * LONG])


def test_the_loudest_part_is_neither_clipped_nor_made_quieter(media: FileMediaStore) -> None:
    part = speech(media, seed=5, samples=96_000, level=12_000)
    made = ProgrammeAssembler(media).assemble([part])
    assert np.abs(samples(media, made.sha256)).max() == np.abs(samples(media, part.sha256)[EDGE:-EDGE]).max()


def test_the_same_order_is_one_file_and_another_order_another(media: FileMediaStore, order: list[Part]) -> None:
    assembler = ProgrammeAssembler(media)
    first = assembler.assemble(order)
    assert assembler.assemble(list(order)) == first
    assert assembler.assemble([order[0], order[2], order[1], order[3]]).sha256 != first.sha256


def test_a_part_shorter_than_its_fades_keeps_its_length(media: FileMediaStore) -> None:
    made = ProgrammeAssembler(media).assemble([speech(media, seed=6, samples=331)])
    assert round(made.seconds * RATE) == 331


def test_a_missing_part_is_named_and_nothing_is_left_behind(media: FileMediaStore, tmp_path: Path) -> None:
    with pytest.raises(MediaMissing) as error:
        ProgrammeAssembler(media).assemble([Part(role="edition", sha256="0" * 64, seconds=1.0, language="vi")])
    assert error.value.facts == {"sha256": "0" * 64}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_part_with_other_bytes_than_approved_never_gets_into_a_programme(media: FileMediaStore) -> None:
    part = speech(media, seed=7, samples=48_000)
    path = media.path(part.sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(MediaCorrupt):
        ProgrammeAssembler(media).assemble([part])


def test_a_child_process_makes_the_same_file(media: FileMediaStore, tmp_path: Path, order: list[Part]) -> None:
    assert ChildAssembler(tmp_path).assemble(order) == ProgrammeAssembler(media).assemble(order)


def test_a_child_process_tells_what_is_wrong_as_if_it_were_here(tmp_path: Path) -> None:
    with pytest.raises(MediaMissing) as error:
        ChildAssembler(tmp_path).assemble([Part(role="edition", sha256="0" * 64, seconds=1.0, language="vi")])
    assert error.value.facts == {"sha256": "0" * 64}
