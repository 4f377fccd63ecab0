"""The files that air: at the target, below the ceiling, trimmed, mono, without anything of the original but its sound."""

import hashlib

import numpy as np
import pytest

from audio.decode import open_sound
from audio.intake import ingest_file
from audio.limiter import Caps, plan_gain
from audio.loudness import HOPS_PER_S
from audio.measure import measure
from audio.render import Target
from audio.verdict import Limits
from scheduler.domain.programme import Verdict
from scheduler.errors import StepFailed
from tests.audio.signals import RATE, in_a_row, silence, sine, stereo, voice, wav_bytes, write

ANY_LENGTH = Limits(rule_s=None)
LONG = np.tile(voice(10), 10)
"""Long enough to be cut for Opus."""


def ingest(folder, sound, *, rate=RATE, target=None, **more):
    path = folder / "original.wav"
    path.write_bytes(wav_bytes(sound, rate=rate, bits=32))
    into = folder / "media"
    into.mkdir(exist_ok=True)
    return ingest_file(path, into, limits=ANY_LENGTH, target=target, **more)


def decoded(path):
    with open_sound(path) as sound:
        return np.concatenate(list(sound.blocks()), axis=1)


LEVELS = {"quiet": -30.0, "ordinary": -12.0, "loud": -1.0}


@pytest.mark.parametrize("level", sorted(LEVELS))
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_speech_airs_at_the_target_and_below_the_ceiling(tmp_path, level, rate):
    _, made = ingest(tmp_path, stereo(voice(20, dbfs=LEVELS[level], rate=rate)), rate=rate)
    master, opus = (measure(path, limits=ANY_LENGTH) for path in (made.master, made.opus))
    assert master.integrated_lufs == pytest.approx(-16.0, abs=0.3)
    assert master.true_peak_dbtp <= -2.0
    assert opus.integrated_lufs == pytest.approx(-16.0, abs=1.0)  # Opus leaves out some of the hiss.
    assert opus.true_peak_dbtp <= -1.0
    assert made.integrated_lufs == pytest.approx(master.integrated_lufs, abs=0.01)
    assert made.true_peak_dbtp == pytest.approx(master.true_peak_dbtp, abs=0.01)
    assert made.findings == ()


def test_loudness_is_that_of_the_mono_that_airs(tmp_path):
    left, right = voice(15), voice(15, seed=2)[:, ::-1]
    _, made = ingest(tmp_path, stereo(left, np.ascontiguousarray(right)))
    assert measure(made.master, limits=ANY_LENGTH).integrated_lufs == pytest.approx(-16.0, abs=0.3)


def test_what_airs_is_mono_48_khz_in_both_formats(tmp_path):
    _, made = ingest(tmp_path, stereo(voice(5, rate=44_100)), rate=44_100)
    for path, codec in ((made.master, "flac"), (made.opus, "opus")):
        measured = measure(path, limits=ANY_LENGTH)
        assert (measured.codec, measured.channels, measured.sample_rate) == (codec, 1, RATE)
        assert measured.seconds == pytest.approx(made.seconds, abs=0.001)


def test_silence_is_trimmed_to_three_tenths(tmp_path):
    _, made = ingest(tmp_path, in_a_row(silence(2), sine(1000, 4), silence(3)))
    measured = measure(made.master, limits=ANY_LENGTH)
    assert made.trimmed_head_s == pytest.approx(1.7, abs=0.02)
    assert made.trimmed_tail_s == pytest.approx(2.7, abs=0.1)
    assert measured.head_silence_s == pytest.approx(0.3, abs=0.02)
    assert measured.tail_silence_s == pytest.approx(0.3, abs=0.1)


def test_less_silence_than_that_is_not_made_longer(tmp_path):
    _, made = ingest(tmp_path, in_a_row(silence(0.1), sine(1000, 4), silence(0.1)))
    assert made.seconds == pytest.approx(4.2, abs=0.01)


def test_a_cap_on_the_limiter_leaves_the_recording_quieter_and_says_so(tmp_path):
    spoken = voice(15)
    spoken[0, ::RATE] = 0.9  # A knock each second, 12 dB above the voice.
    spoken *= 0.1
    _, free = ingest(tmp_path, spoken, target=Target(limiter_max_db=30, limiter_share=1))
    _, capped = ingest(tmp_path, spoken, target=Target(limiter_max_db=1, limiter_share=1))
    assert free.limiter_max_db > 1.5
    assert capped.limiter_max_db <= 1.0
    assert capped.integrated_lufs < free.integrated_lufs - 0.3
    (finding,) = capped.findings
    assert (finding.code, finding.limit) == ("loudness_below_target", -16.0)
    assert finding.value == pytest.approx(capped.integrated_lufs)


def test_the_share_of_time_is_capped_too():
    rng = np.random.default_rng(1)
    power = np.full(20 * HOPS_PER_S, 0.001)
    peaks = 0.3 + 0.5 * rng.random(len(power))
    caps = Caps(ceiling_dbtp=-2, limiter_max_db=20, limiter_share=0.1, gain_max_db=40)
    plan = plan_gain(power, peaks, target_lufs=-16, caps=caps)
    assert 0.05 < plan.limiter_share <= 0.1
    assert plan.expected_lufs < -16.5


def test_no_peak_of_any_hop_passes_the_ceiling():
    rng = np.random.default_rng(2)
    power, peaks = np.full(10 * HOPS_PER_S, 0.01), rng.random(10 * HOPS_PER_S) ** 4
    caps = Caps(ceiling_dbtp=-2, limiter_max_db=60, limiter_share=1, gain_max_db=40)
    plan = plan_gain(power, peaks, target_lufs=-10, caps=caps)
    highest_gain = np.maximum(plan.edges_db[1:], plan.edges_db[:-1])
    assert (20 * np.log10(peaks) + highest_gain).max() <= -2.0
    assert np.abs(np.diff(plan.edges_db)).max() < 2.5


def test_channels_that_would_cancel_each_other_still_sound(tmp_path):
    spoken = voice(10)
    measurement, made = ingest(tmp_path, stereo(spoken, -spoken))
    assert "out_of_phase" in [finding.code for finding in measurement.findings]
    assert measure(made.master, limits=ANY_LENGTH).integrated_lufs == pytest.approx(-16.0, abs=0.3)


def test_the_same_recording_gives_the_same_bytes_named_by_their_hash(tmp_path):
    names = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        _, made = ingest(tmp_path / folder, LONG)
        for path, sha256 in ((made.master, made.master_sha256), (made.opus, made.opus_sha256)):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
            assert path.stem == sha256
        names.append((made.master_sha256, made.opus_sha256))
    assert names[0] == names[1]


def test_tags_and_pictures_of_the_original_do_not_air(tmp_path):
    path = write(tmp_path / "a.mp3", voice(3, rate=44_100), codec="libmp3lame", rate=44_100)
    secret = b"BIMAT" * 10
    tag = b"TIT2" + len(secret + b"\0").to_bytes(4, "big") + b"\0\0\0" + secret
    path.write_bytes(b"ID3\3\0\0\0\0\0" + bytes([len(tag)]) + tag + path.read_bytes() + secret)
    _, made = ingest_file(path, tmp_path, limits=ANY_LENGTH)
    for file in (made.master, made.opus):
        assert b"BIMAT" not in file.read_bytes()


def test_progress_is_told_by_step_and_share(tmp_path):
    told = []
    ingest(tmp_path, LONG, progress=lambda step, share: told.append((step, share)))
    assert [step for step, _ in told] == sorted(step for step, _ in told)
    assert {step for step, _ in told} == {"measure", "render"}
    assert told[-1] == ("render", 1.0)
    assert all(0 <= share <= 1 for _, share in told)


class EnoughError(Exception):
    pass


@pytest.mark.parametrize("at", ["measure", "render"])
def test_work_that_is_stopped_leaves_nothing_behind(tmp_path, at):
    def stop(step, _share):
        if step == at:
            raise EnoughError

    with pytest.raises(EnoughError):
        ingest(tmp_path, LONG, progress=stop)
    assert list((tmp_path / "media").iterdir()) == []


def test_a_refused_recording_is_not_rendered_and_leaves_nothing_behind(tmp_path):
    measurement, made = ingest(tmp_path, silence(3))
    assert (measurement.verdict, made) == (Verdict.REFUSED, None)
    assert list((tmp_path / "media").iterdir()) == []


def test_a_step_that_fails_names_itself(tmp_path):
    with pytest.raises(StepFailed) as failure:
        ingest(tmp_path, voice(3), target=Target(opus_bits_per_s=-5))
    assert failure.value.facts["step"] == "opus"
    assert list((tmp_path / "media").iterdir()) == []


def test_a_quiet_beginning_is_not_taken_for_silence(tmp_path):
    whisper, spoken = voice(3, dbfs=-34), voice(6, dbfs=-25)
    _, made = ingest(tmp_path, in_a_row(whisper, spoken))
    assert made.seconds > 8.0
    assert decoded(made.master).shape == (1, round(made.seconds * RATE))
