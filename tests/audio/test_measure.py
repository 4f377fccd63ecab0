"""Accuracy after EBU Tech 3341 and 3342, and what is found in good, odd and bad recordings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audio.measure import downmix, measure
from audio.verdict import Limits
from scheduler.domain.programme import Verdict
from scheduler.errors import Refused
from scheduler.wording import WORDING
from tests.audio.signals import (
    RATE,
    in_a_row,
    silence,
    sine,
    stereo,
    voice,
    wav_bytes,
    write,
    write_film_without_sound,
)

ANY_LENGTH = Limits(rule_s=None)


def measure_sound(folder: Path, sound, *, rate=RATE, limits=ANY_LENGTH):
    path = folder / "sound.wav"
    path.write_bytes(wav_bytes(sound, rate=rate, bits=32) if len(sound) <= 2 else b"")
    if len(sound) > 2:
        write(path, sound, codec="pcm_f32le", rate=rate)
    return measure(path, limits=limits)


def codes(measurement):
    return [finding.code for finding in measurement.findings]


def tone(seconds, dbfs):
    return stereo(sine(1000, seconds, dbfs=dbfs))


TECH_3341 = {
    "1": (in_a_row(tone(20, -23.0)), -23.0),
    "2": (in_a_row(tone(20, -33.0)), -33.0),
    "3": (in_a_row(tone(10, -36.0), tone(60, -23.0), tone(10, -36.0)), -23.0),
    "4": (in_a_row(tone(10, -72), tone(10, -36), tone(60, -23), tone(10, -36), tone(10, -72)), -23.0),
    "5": (in_a_row(tone(20, -26.0), tone(20.1, -20.0), tone(20, -26.0)), -23.0),
}


@pytest.mark.parametrize("number", sorted(TECH_3341))
def test_integrated_loudness_is_that_of_tech_3341(tmp_path, number):
    sound, expected = TECH_3341[number]
    assert measure_sound(tmp_path, sound).integrated_lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("layout", ["5.1", "5.1(side)"])
def test_surround_channels_count_more_and_lfe_nothing(tmp_path, layout):
    levels = {"L": -28.0, "R": -28.0, "C": -24.0, "LFE": -6.0, "Ls": -30.0, "Rs": -30.0}
    sound = np.concatenate([sine(1000, 20, dbfs=level) for level in levels.values()])
    path = write(tmp_path / "a.wav", sound, codec="pcm_f32le", layout=layout)
    assert measure(path, limits=ANY_LENGTH).integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [8000, 44_100, 96_000, 192_000])
def test_loudness_is_the_same_at_every_sampling_rate(tmp_path, rate):
    sound = stereo(sine(1000, 5, dbfs=-23.0, rate=rate))
    assert measure_sound(tmp_path, sound, rate=rate).integrated_lufs == pytest.approx(-23.0, abs=0.1)


TECH_3342 = {
    "1": ([-20.0, -30.0], 10.0),
    "2": ([-20.0, -15.0], 5.0),
    "3": ([-40.0, -20.0], 20.0),
    "4": ([-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
}


@pytest.mark.parametrize("number", sorted(TECH_3342))
def test_loudness_range_is_that_of_tech_3342(tmp_path, number):
    levels, expected = TECH_3342[number]
    sound = in_a_row(*(tone(20, level) for level in levels))
    assert measure_sound(tmp_path, sound).range_lu == pytest.approx(expected, abs=1.0)


TRUE_PEAKS = [
    # divisor of the rate, phase in degrees, sample peak of the tone's amplitude in dBFS, true peak
    (4, 0.0, -6.02, -6.0),
    (4, 45.0, -6.02, -6.0),
    (6, 60.0, -6.02, -6.0),
    (8, 67.5, -6.02, -6.0),
    (4, 45.0, 3.0, 3.0),
]


@pytest.mark.parametrize(("divisor", "phase", "dbfs", "expected"), TRUE_PEAKS)
def test_true_peak_is_that_of_tech_3341(tmp_path, divisor, phase, dbfs, expected):
    sound = stereo(sine(RATE / divisor, 2, dbfs=dbfs, phase=phase, fade_s=0.1))
    found = measure_sound(tmp_path, sound).true_peak_dbtp
    assert expected - 0.4 <= found <= expected + 0.2


def test_a_peak_between_the_samples_of_one_short_burst_is_found(tmp_path):
    quiet, burst = sine(100, 1, dbfs=-30), sine(RATE / 4, 0.01, dbfs=-3, phase=45, fade_s=0.004)
    found = measure_sound(tmp_path, in_a_row(quiet, burst, quiet)).true_peak_dbtp
    assert -3.4 <= found <= -2.8


def test_length_comes_from_the_samples(tmp_path):
    measurement = measure_sound(tmp_path, voice(3.21))
    assert measurement.seconds == pytest.approx(3.21, abs=1 / RATE)


def test_silence_at_head_and_tail_is_measured_and_flagged_when_long(tmp_path):
    sound = in_a_row(silence(1.5), sine(1000, 4), silence(6))
    measurement = measure_sound(tmp_path, sound)
    assert measurement.head_silence_s == pytest.approx(1.5, abs=0.02)
    assert measurement.tail_silence_s == pytest.approx(6.0, abs=0.1)
    assert codes(measurement) == ["tail_silence"]


def test_dead_air_is_told_with_its_place_and_length(tmp_path):
    sound = in_a_row(sine(1000, 4), silence(3), sine(1000, 4), silence(1.5), sine(1000, 4))
    (dead,) = measure_sound(tmp_path, sound).findings
    assert dead.code == "dead_air"
    assert dead.at_s == pytest.approx(4.0, abs=0.15)
    assert dead.for_s == pytest.approx(3.0, abs=0.25)


def test_a_hiss_below_minus_50_is_dead_air_and_one_above_is_not(tmp_path):
    for dbfs, expected in ((-54, ["dead_air"]), (-44, [])):
        sound = in_a_row(sine(1000, 3), sine(1000, 4, dbfs=dbfs), sine(1000, 3))
        assert codes(measure_sound(tmp_path, sound)) == expected


def test_clipping_is_found_and_a_loud_clean_recording_is_not_blamed(tmp_path):
    clipped = measure_sound(tmp_path, np.clip(sine(300, 3, dbfs=6), -1, 1))
    assert codes(clipped) == ["clipping"]
    assert clipped.findings[0].at_s == pytest.approx(0.0, abs=0.01)
    assert codes(measure_sound(tmp_path, sine(300, 3, dbfs=-0.2))) == []


def test_dc_offset_is_found(tmp_path):
    assert codes(measure_sound(tmp_path, voice(3) * 0.5 + np.float32(0.05))) == ["dc_offset"]
    assert codes(measure_sound(tmp_path, voice(3) * 0.5 + np.float32(0.001))) == []


def test_a_dead_and_a_reversed_channel_are_found(tmp_path):
    spoken = voice(3)
    assert codes(measure_sound(tmp_path, stereo(spoken, silence(3)))) == ["dead_channel"]
    assert codes(measure_sound(tmp_path, stereo(spoken, -spoken))) == ["out_of_phase"]
    assert codes(measure_sound(tmp_path, stereo(spoken, 0.5 * spoken))) == []


def test_a_low_sampling_rate_is_flagged(tmp_path):
    assert codes(measure_sound(tmp_path, voice(3, rate=8000), rate=8000)) == ["low_rate"]


def test_the_series_rule_is_a_flag_and_not_a_refusal(tmp_path):
    outside = measure_sound(tmp_path, voice(3), limits=Limits(rule_s=(4, 10)))
    assert (outside.verdict, codes(outside)) == (Verdict.FLAGGED, ["duration_outside_rule"])
    assert measure_sound(tmp_path, voice(5), limits=Limits(rule_s=(4, 10))).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("make", "limits", "code"),
    [
        (lambda: voice(0.9), ANY_LENGTH, "too_short"),
        (lambda: voice(5), Limits(longest_s=3), "too_long"),
        (lambda: silence(3), ANY_LENGTH, "silent"),
        (lambda: sine(1000, 3, dbfs=-75), ANY_LENGTH, "silent"),
    ],
)
def test_what_cannot_be_aired_is_refused(tmp_path, make, limits, code):
    measurement = measure_sound(tmp_path, make(), limits=limits)
    assert (measurement.verdict, measurement.code) == (Verdict.REFUSED, code)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e30])
def test_numbers_that_are_no_sound_are_refused(tmp_path, wrong):
    sound = voice(3)
    sound[0, RATE] = wrong
    measurement = measure_sound(tmp_path, sound)
    assert measurement.code == "nan_samples"
    assert measurement.facts["at_s"] == pytest.approx(1.0, abs=0.5)


def test_a_refused_file_still_has_its_hash_and_valid_json(tmp_path):
    path = tmp_path / "empty.mp3"
    path.write_bytes(b"")
    told = json.loads(json.dumps(measure(path).to_json(), allow_nan=False))
    assert told["sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (told["verdict"], told["code"], told["seconds"]) == ("refused", "file_empty", None)


def test_json_has_exactly_the_promised_names(tmp_path):
    told = measure_sound(tmp_path, voice(3)).to_json()
    assert list(told) == [
        "verdict",
        "code",
        "seconds",
        "integrated_lufs",
        "range_lu",
        "true_peak_dbtp",
        "head_silence_s",
        "tail_silence_s",
        "findings",
        "codec",
        "channels",
        "sample_rate",
        "sha256",
    ]


def test_the_waveform_has_no_more_points_than_a_screen(tmp_path):
    peaks = measure_sound(tmp_path, in_a_row(silence(1), sine(100, 29, dbfs=-6.02), silence(1))).peaks
    assert 500 <= len(peaks) <= 1000
    assert peaks[0] == 0.0
    assert peaks[len(peaks) // 2] == pytest.approx(0.5, abs=0.01)


def test_the_downmix_leaves_out_lfe_and_sums_to_one():
    assert downmix(("FL", "FR")) == (0.5, 0.5)
    surround = downmix(("FL", "FR", "FC", "LFE", "SL", "SR"))
    assert surround[3] == 0.0
    assert sum(surround) == pytest.approx(1.0)


def test_measuring_needs_no_program_of_the_machine(tmp_path):
    path = write(tmp_path / "a.mp3", stereo(voice(3, rate=44_100)), codec="libmp3lame", rate=44_100)
    script = "import sys; from pathlib import Path; from audio.measure import measure; print(measure(Path(sys.argv[1])).seconds)"
    told = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={"PATH": "", "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(told.stdout) == pytest.approx(3.0, abs=0.1)


def test_every_code_has_words():
    for error in Refused.__subclasses__():
        assert set(WORDING[error.code]) == {"vi", "en"}, error.code
    for code in [
        "damaged",
        "trailing_data",
        "length_unwritten",
        "dead_air",
        "clipping",
        "dc_offset",
        "dead_channel",
        "out_of_phase",
        "low_rate",
        "duration_outside_rule",
        "head_silence",
        "tail_silence",
        "loudness_below_target",
    ]:
        assert set(WORDING[code]) == {"vi", "en"}, code


def test_a_film_without_sound_is_refused(tmp_path):
    assert measure(write_film_without_sound(tmp_path / "film.mp4")).code == "no_audio_stream"


def test_memory_does_not_grow_with_length(tmp_path):
    minute = np.tile(stereo(voice(10)), 6)
    script = (
        "import sys; from pathlib import Path; from audio.measure import measure; measure(Path(sys.argv[1]));"
        "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    peaks = []
    for name, sound in (("short.wav", minute), ("long.wav", np.tile(minute, 6))):
        (tmp_path / name).write_bytes(wav_bytes(sound))
        told = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / name)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(told.stdout) / 1024)
    assert peaks[1] < peaks[0] + 10
    assert peaks[1] < 150
