"""Every accepted format opens by its content; what is no sound, or only part of it, is told with the right code."""

import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from audio.decode import open_sound
from audio.measure import measure
from audio.verdict import Limits
from scheduler.domain.programme import Verdict
from tests.audio.signals import RATE, silence, sine, stereo, voice, wav_bytes, write

ANY_LENGTH = Limits(rule_s=None)

FORMATS = {
    "mp3 cbr": ("a.mp3", {"codec": "libmp3lame", "rate": 44_100, "bit_rate": 128_000}),
    "mp3 low rate": ("a.mp3", {"codec": "libmp3lame", "rate": 22_050, "bit_rate": 64_000}),
    "mp3 without a Xing header": ("a.mp3", {"codec": "libmp3lame", "rate": 44_100, "options": {"write_xing": "0"}}),
    "wav 16 bit": ("a.wav", {"codec": "pcm_s16le"}),
    "wav 24 bit": ("a.wav", {"codec": "pcm_s24le"}),
    "wav 32 bit": ("a.wav", {"codec": "pcm_s32le"}),
    "wav 8 bit": ("a.wav", {"codec": "pcm_u8"}),
    "wav float": ("a.wav", {"codec": "pcm_f32le"}),
    "wav 8 kHz": ("a.wav", {"codec": "pcm_s16le", "rate": 8000}),
    "wav 192 kHz": ("a.wav", {"codec": "pcm_s24le", "rate": 192_000}),
    "flac": ("a.flac", {"codec": "flac"}),
    "m4a": ("a.m4a", {"codec": "aac", "container": "ipod"}),
    "adts": ("a.aac", {"codec": "aac", "container": "adts"}),
    "ogg vorbis": ("a.ogg", {"codec": "vorbis", "codec_options": {"strict": "experimental"}}),
    "ogg opus": ("a.opus", {"codec": "libopus", "container": "ogg"}),
    "mp4 film": ("a.mp4", {"codec": "aac", "video": True}),
    "mkv film": ("a.mkv", {"codec": "flac", "video": True}),
    "webm": ("a.webm", {"codec": "libopus"}),
    "avi film": ("a.avi", {"codec": "pcm_s16le", "video": True}),
    "mpeg-ts film": ("a.ts", {"codec": "aac", "container": "mpegts", "video": True}),
}


def make(folder: Path, name: str, seconds=3.0, channels=2):
    file_name, settings = FORMATS[name]
    tone = sine(1000, seconds, rate=settings.get("rate", RATE))
    return write(folder / file_name, np.repeat(tone, channels, axis=0), **settings)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_accepted_format_is_decoded_whole(tmp_path, name):
    measurement = measure(make(tmp_path, name), limits=ANY_LENGTH)
    assert measurement.code is None
    assert measurement.seconds == pytest.approx(3.0, abs=0.1)
    assert measurement.integrated_lufs == pytest.approx(-20.0, abs=0.5)  # LAME takes off 0.45 dB.
    assert measurement.channels == 2
    assert "damaged" not in [finding.code for finding in measurement.findings]


def test_six_channels_are_known_by_name(tmp_path):
    path = write(tmp_path / "a.wav", np.repeat(sine(440, 2), 6, axis=0), codec="pcm_s16le")
    with open_sound(path) as sound:
        assert sound.speakers[:4] == ("FL", "FR", "FC", "LFE")
        assert sum(block.shape[1] for block in sound.blocks()) == 2 * RATE


def test_samples_arrive_unchanged(tmp_path):
    sent = stereo(voice(2), voice(2, seed=2))
    (tmp_path / "a.wav").write_bytes(wav_bytes(sent, bits=32))
    with open_sound(tmp_path / "a.wav") as sound:
        heard = np.concatenate(list(sound.blocks()), axis=1)
    np.testing.assert_array_equal(heard, sent)


def test_the_name_of_a_file_means_nothing(tmp_path):
    path = make(tmp_path, "flac").rename(tmp_path / "a.m3u8")
    assert measure(path, limits=ANY_LENGTH).codec == "flac"


def test_two_recordings_of_different_kind_glued_together_are_decoded_to_the_end(tmp_path):
    first = make(tmp_path, "mp3 without a Xing header").read_bytes()
    mono = make(tmp_path, "mp3 without a Xing header", channels=1).read_bytes()
    (tmp_path / "both.mp3").write_bytes(first + mono)
    measurement = measure(tmp_path / "both.mp3", limits=ANY_LENGTH)
    assert measurement.seconds == pytest.approx(6.0, abs=0.2)


def id3_frame(name: bytes, text: bytes) -> bytes:
    return name + len(text).to_bytes(4, "big") + b"\0\0" + text


@pytest.mark.parametrize(
    "text", [b"\0Th\xb5nh ph\xe8 S\xacn La", b"\0Tha\xf8nh pho\xe1 \xff", b"\3\xff\xfe\xff", b"\1\xff"]
)
def test_old_vietnamese_tags_do_not_break_opening(tmp_path, text):
    sound = make(tmp_path, "mp3 cbr").read_bytes()
    frames = (
        id3_frame(b"TIT2", text) + id3_frame(b"TPE1", text) + id3_frame(b"APIC", b"\0image/png\0\3\0" + b"x" * 5000)
    )
    length = len(frames)
    size = bytes([length >> 21 & 127, length >> 14 & 127, length >> 7 & 127, length & 127])
    tagged = b"ID3\3\0\0" + size + frames + sound + b"TAG" + text.ljust(125, b"\xfe")[:125]
    (tmp_path / "tagged.mp3").write_bytes(tagged)
    assert measure(tmp_path / "tagged.mp3", limits=ANY_LENGTH).verdict is Verdict.ACCEPTED


def test_tags_inside_other_containers_do_not_break_opening(tmp_path):
    wav = wav_bytes(voice(2), after=b"LIST" + (20).to_bytes(4, "little") + b"INFOINAM\x08\0\0\0Th\xb5nh\xe8\xff\0")
    (tmp_path / "a.wav").write_bytes(wav)
    assert measure(tmp_path / "a.wav", limits=ANY_LENGTH).verdict is Verdict.ACCEPTED


PLAYLISTS = {
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "M3U": "#EXTM3U\n#EXTINF:10,x\n{url}\n",
    "bare M3U": "{url}\n{url}\n",
    "ffconcat": "ffconcat version 1.0\nfile '{url}'\n",
    "bare concat": "file '{url}'\n",
    "PLS": "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "DASH": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{url}</BaseURL></Period></MPD>',
    "XSPF": '<?xml version="1.0"?>\n<playlist version="1"><trackList><track>{url}</track></trackList></playlist>',
    "ASX": "<asx version='3.0'><entry><ref href='{url}'/></entry></asx>",
}


@pytest.fixture
def trap():
    """A server that notes every connection, and the address of a sound on it."""
    visits = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def watch():
            while not done.is_set():
                try:
                    visitor, _ = server.accept()
                except TimeoutError:
                    continue
                visits.append(1)
                visitor.close()

        watcher = threading.Thread(target=watch)
        watcher.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/a.mp3", visits
        done.set()
        watcher.join()


@pytest.mark.parametrize("name", ["a.mp3", "a.m3u8", "a.wav"])
@pytest.mark.parametrize("kind", sorted(PLAYLISTS))
def test_a_playlist_is_refused_and_nothing_it_names_is_opened(tmp_path, trap, kind, name):
    url, visits = trap
    (tmp_path / name).write_text(PLAYLISTS[kind].format(url=url))
    assert measure(tmp_path / name).code == "playlist"
    assert not visits


def test_a_playlist_of_a_file_beside_it_is_refused(tmp_path):
    make(tmp_path, "flac")
    (tmp_path / "list.mp3").write_text("ffconcat version 1.0\nfile a.flac\n")
    assert measure(tmp_path / "list.mp3").code == "playlist"


NOT_AUDIO = {
    "text": "Thành phố chung tay cải cách thủ tục hành chính.\n".encode() * 50,
    "html": b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>",
    "random": np.random.default_rng(7).bytes(300_000),
    "zeros": bytes(100_000),
    "png": b"\x89PNG\r\n\x1a\n" + np.random.default_rng(8).bytes(50_000),
    "wav header, then nothing": wav_bytes(silence(0))[:36],
    "flac name only": b"fLaC" + np.random.default_rng(9).bytes(5000),
    "ogg name only": b"OggS" + bytes(5000),
    "random after ftyp": b"\0\0\0\x18ftypM4A " + np.random.default_rng(10).bytes(5000),
}


@pytest.mark.parametrize("name", sorted(NOT_AUDIO))
def test_what_is_no_sound_is_refused_without_a_traceback(tmp_path, name):
    (tmp_path / "a.mp3").write_bytes(NOT_AUDIO[name])
    measurement = measure(tmp_path / "a.mp3")
    assert measurement.verdict is Verdict.REFUSED
    assert measurement.code in ({"not_audio", "truncated"} if "name" in name or "ftyp" in name else {"not_audio"})


@pytest.mark.parametrize(("head", "codec"), [(b"#!AMR\n", "amr"), (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma")])
def test_a_codec_that_the_station_does_not_take_is_named(tmp_path, head, codec):
    (tmp_path / "a.mp3").write_bytes(head + bytes(5000))
    measurement = measure(tmp_path / "a.mp3")
    assert (measurement.code, measurement.facts) == ("codec_not_allowed", {"codec": codec})


def test_a_codec_inside_an_accepted_container_is_checked_too(tmp_path):
    path = write(tmp_path / "a.wav", voice(2, rate=22_050), codec="adpcm_ms", rate=22_050)
    assert measure(path).code == "codec_not_allowed"


TRUNCATED = ["mp3 cbr", "wav 16 bit", "flac", "m4a", "ogg vorbis", "ogg opus", "mp4 film", "mkv film", "avi film"]


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("name", TRUNCATED)
def test_a_file_cut_off_is_refused_as_truncated(tmp_path, name, share):
    path = make(tmp_path, name, seconds=10)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    measurement = measure(path, limits=ANY_LENGTH)
    assert (measurement.verdict, measurement.code) == (Verdict.REFUSED, "truncated")


def test_a_faststart_film_cut_off_is_truncated(tmp_path):
    path = write(
        tmp_path / "a.m4a", stereo(voice(10)), codec="aac", container="ipod", options={"movflags": "+faststart"}
    )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert measure(path, limits=ANY_LENGTH).code == "truncated"


def test_a_hole_in_an_mp3_is_truncation_and_a_scratch_is_damage(tmp_path):
    data = make(tmp_path, "mp3 cbr", seconds=60).read_bytes()
    for name, hole, expected in (("hole", 0.05, "truncated"), ("scratch", 0.002, None)):
        middle, half = len(data) // 2, int(len(data) * hole / 2)
        spoilt = data[: middle - half] + bytes(2 * half) + data[middle + half :]
        (tmp_path / f"{name}.mp3").write_bytes(spoilt)
        measurement = measure(tmp_path / f"{name}.mp3", limits=ANY_LENGTH)
        assert measurement.code == expected
        if expected is None:
            assert measurement.verdict is Verdict.FLAGGED
            assert "damaged" in [finding.code for finding in measurement.findings]


def test_the_last_half_percent_missing_is_damage(tmp_path):
    path = make(tmp_path, "flac", seconds=60)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.995)])
    measurement = measure(path, limits=ANY_LENGTH)
    assert measurement.verdict is Verdict.FLAGGED
    assert [finding.code for finding in measurement.findings] == ["damaged"]


def test_a_wav_that_tells_more_than_it_holds_is_truncated(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(voice(5), told=10 * RATE * 2))
    assert measure(tmp_path / "a.wav", limits=ANY_LENGTH).code == "truncated"


def test_a_wav_that_tells_less_than_it_holds_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(voice(5), told=2 * RATE * 2))
    measurement = measure(tmp_path / "a.wav", limits=ANY_LENGTH)
    assert measurement.code == "header_lies"
    assert (measurement.facts["told_s"], measurement.facts["held_s"]) == (2.0, 5.0)


@pytest.mark.parametrize("told", [0, 0xFFFFFFFF])
def test_a_recorder_that_never_wrote_the_length_is_flagged_and_heard_to_the_end(tmp_path, told):
    (tmp_path / "a.wav").write_bytes(wav_bytes(voice(5), told=told))
    measurement = measure(tmp_path / "a.wav", limits=ANY_LENGTH)
    assert measurement.seconds == pytest.approx(5.0, abs=0.01)
    assert [finding.code for finding in measurement.findings] == ["length_unwritten"]


def test_a_little_foreign_data_after_the_sound_is_left_out_and_flagged(tmp_path):
    foreign = np.random.default_rng(3).bytes(2000)
    (tmp_path / "a.wav").write_bytes(wav_bytes(voice(5), after=foreign))
    measurement = measure(tmp_path / "a.wav", limits=ANY_LENGTH)
    assert measurement.seconds == pytest.approx(5.0, abs=0.01)
    assert [finding.code for finding in measurement.findings] == ["trailing_data"]
