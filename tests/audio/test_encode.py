"""FLAC gives back the samples; Opus encoded in parts sounds as if it had been encoded in one."""

import numpy as np
import pytest

from audio.decode import open_sound
from audio.encode import PACKET, find_cuts, open_flac, write_opus
from tests.audio.signals import RATE, voice


def as_pcm(sound):
    return np.rint(sound[0] * 32767).astype(np.int16)


def decoded(path):
    with open_sound(path) as sound:
        return np.concatenate(list(sound.blocks()), axis=1)[0]


def write_in_parts(path, pcm, cuts):
    shares = write_opus(path, lambda begins, ends: pcm[begins:ends], len(pcm), cuts=cuts, bits_per_s=48_000)
    return list(shares)


def test_flac_gives_back_the_samples(tmp_path):
    pcm = as_pcm(voice(3))
    with open_flac(tmp_path / "a.flac") as flac:
        for begins in range(0, len(pcm), 10_000):
            flac.write(pcm[begins : begins + 10_000])
    np.testing.assert_array_equal(decoded(tmp_path / "a.flac"), pcm / np.float32(32768))


@pytest.mark.parametrize("samples", [5 * RATE, 5 * RATE + 1, 5 * RATE - 311, 5 * RATE + 649])
@pytest.mark.parametrize("cuts", [[], [100 * PACKET], [50 * PACKET, 120 * PACKET, 200 * PACKET]])
def test_opus_is_as_long_as_the_sound_to_the_sample(tmp_path, samples, cuts):
    pcm = np.resize(as_pcm(voice(6)), samples)
    shares = write_in_parts(tmp_path / "a.opus", pcm, cuts)
    assert len(decoded(tmp_path / "a.opus")) == samples
    assert shares[-1] == 1.0


def test_a_cut_is_no_worse_than_the_coding_around_it(tmp_path):
    pcm = as_pcm(voice(8))
    cut = 200 * PACKET
    write_in_parts(tmp_path / "one.opus", pcm, [])
    write_in_parts(tmp_path / "two.opus", pcm, [cut])
    whole, parts = decoded(tmp_path / "one.opus"), decoded(tmp_path / "two.opus")
    np.testing.assert_array_equal(parts[: cut - 2 * PACKET], whole[: cut - 2 * PACKET])
    original = pcm / np.float32(32768)
    near = slice(cut - 3 * PACKET, cut + 10 * PACKET)
    errors = [np.sqrt(np.mean((sound[near] - original[near]) ** 2)) for sound in (whole, parts)]
    assert errors[1] < 1.5 * errors[0] + 1e-4
    assert np.abs(np.diff(parts[near])).max() < 1.5 * np.abs(np.diff(original[near])).max() + 0.01


def test_cuts_lie_in_pauses_about_once_a_minute():
    seconds, hop = 200, 240
    power = np.ones(seconds * RATE // hop)
    for pause_s in (58.0, 123.0):
        power[round(pause_s * 200) : round(pause_s * 200) + 20] = 0.0
    cuts = find_cuts(power, hop=hop, samples=seconds * RATE)
    assert [round(cut / RATE, 1) for cut in cuts] == [58.0, 123.0]
    assert all(cut % PACKET == 0 for cut in cuts)


def test_a_short_recording_is_not_cut():
    assert find_cuts(np.ones(80 * 200), hop=240, samples=80 * RATE) == []
