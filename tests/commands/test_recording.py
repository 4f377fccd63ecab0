"""Recordings from the command line: measured, delivered, listed; bad files are refused in words and leave nothing."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from scheduler.__main__ import main
from scheduler.config import load_settings
from scheduler.models import Edition, IngestRequest, Pulse, Recording
from scheduler.station import Station, open_station
from tests.audio import signals
from tests.databases import put_migrated_sqlite
from tests.factories import make_episode, make_series

KEYS = [
    *("verdict", "code", "seconds", "integrated_lufs", "range_lu", "true_peak_dbtp", "head_silence_s"),
    *("tail_silence_s", "findings", "codec", "channels", "sample_rate", "sha256"),
]
TO = ("--series", "cchc", "--episode", "1", "--language", "blt", "--by", "Mai")


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "station"


@pytest.fixture
def station(home: Path) -> Station:
    put_migrated_sqlite(home / "station.db")
    station = open_station(load_settings({"LOABAN_HOME": str(home)}))
    with station.sessions.begin() as session:
        make_episode(session, make_series(session), number=1, year=2026)
    return station


@pytest.fixture
def loaban(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Answer]]:
    """The whole command with nothing on its PATH, from its words to its exit status."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def loaban(*words: object, language: str = "vi") -> Answer:
        monkeypatch.setenv("PATH", "")
        monkeypatch.setenv("LOABAN_HOME", str(home))
        monkeypatch.setenv("LOABAN_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["loaban", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
            sys.exit(0)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err, err
        return Answer(left.value.code or 0, out, err)  # type: ignore[arg-type]

    yield loaban
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def process(home: Path) -> Callable[..., Answer]:
    """The same as a process of its own."""

    def process(*words: object) -> Answer:
        environment = {"PATH": "", "LOABAN_HOME": str(home)}
        called = [sys.executable, "-m", "scheduler", *map(str, words)]
        done = subprocess.run(called, env=environment, capture_output=True, text=True, check=False)
        return Answer(done.returncode, done.stdout, done.stderr)

    return process


def a_recording(folder: Path, name: str = "a.wav", *, seconds: float = 2.0, seed: int = 1) -> Path:
    return signals.write(folder / name, signals.voice(seconds, seed=seed))


def contents(home: Path) -> set[str]:
    found = {str(path.relative_to(home)) for folder in ("media", "tmp") for path in (home / folder).rglob("*")}
    return {name for name in found if (home / name).is_file()}


def count(station: Station) -> list[int | None]:
    with station.sessions.begin() as session:
        return [session.scalar(select(func.count()).select_from(row)) for row in (Edition, Recording, IngestRequest)]


def id3_bomb() -> bytes:
    """An ID3v2.4 tag whose one picture is 256 MiB of zeros, compressed."""
    size = 2**28
    packed = zlib.compressobj(9)
    picture = b"".join(packed.compress(bytes(2**20)) for _ in range(size // 2**20)) + packed.flush()

    def synchsafe(number: int) -> bytes:
        return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))

    body = synchsafe(size) + picture
    frame = b"APIC" + synchsafe(len(body)) + b"\x00\x09" + body
    return b"ID3\x04\x00\x00" + synchsafe(len(frame)) + frame


def an_mp3(folder: Path, *, seconds: float = 2.0) -> bytes:
    return signals.write(folder / "made.mp3", signals.voice(seconds), codec="mp3", bit_rate=64_000).read_bytes()


NO_SOUND: dict[str, tuple[bytes, str]] = {
    "rong.mp3": (b"", "file_empty"),
    "thu.mp3": ("Kính gửi Đài truyền thanh,\nxin gửi bản thu.\n".encode(), "not_audio"),
    "trang.mp3": (b"<!DOCTYPE html><html><body>404</body></html>", "not_audio"),
    "ngau-nhien.mp3": (np.random.default_rng(1).integers(0, 256, 100_000, np.uint8).tobytes(), "not_audio"),
    "hls.mp3": (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n", "playlist"),
    "m3u.mp3": (b"#EXTM3U\n#EXTINF:9,x\n/etc/passwd\n", "playlist"),
    "pls.mp3": (b"[playlist]\nFile1=http://127.0.0.1:9/a.mp3\nNumberOfEntries=1\n", "playlist"),
    "ffconcat.mp3": (b"ffconcat version 1.0\nfile /etc/passwd\n", "playlist"),
    "sdp.mp3": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 9 RTP/AVP 0\n", "playlist"),
    "dash.mp3": (b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>', "playlist"),
}


def make_bad_sound(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Files that only decoding finds out."""
    voice = signals.voice(2.0)
    broken = voice.copy()
    broken[:, 20_000:20_100] = np.nan
    whole = signals.wav_bytes(signals.voice(4.0))
    return {
        "cat-cut.wav": (whole[: len(whole) // 2], "truncated"),
        "noi-doi.wav": (signals.wav_bytes(voice, told=len(whole) * 20), "truncated|header_lies"),
        "nan.wav": (signals.wav_bytes(broken, bits=32), "nan_samples"),
        "ngan.wav": (signals.wav_bytes(signals.voice(0.5)), "too_short"),
        "im-lang.wav": (signals.wav_bytes(signals.silence(3.0)), "silent"),
        "phim.mp4": (signals.write_film_without_sound(folder / "film.mp4").read_bytes(), "no_audio_stream"),
    }


# --- measure --------------------------------------------------------------------------------------------------
def test_measuring_prints_exactly_the_keys_that_others_read(loaban: Callable[..., Answer], tmp_path: Path) -> None:
    answer = loaban("measure", a_recording(tmp_path), "--json")
    told = json.loads(answer.out)
    assert list(told) == KEYS
    assert (answer.status, told["verdict"], told["code"]) == (0, "flagged", None)
    assert (told["seconds"], told["codec"], told["channels"], told["sample_rate"]) == (2.0, "pcm_s16le", 1, 48_000)
    assert answer.err == ""


def test_measuring_needs_and_leaves_no_station(loaban: Callable[..., Answer], home: Path, tmp_path: Path) -> None:
    assert loaban("measure", a_recording(tmp_path)).status == 0
    assert not home.exists()


def test_findings_are_told_as_sentences_with_their_place(loaban: Callable[..., Answer], tmp_path: Path) -> None:
    sound = signals.in_a_row(signals.voice(63.0), signals.silence(4.0), signals.voice(3.0))
    path = signals.write(tmp_path / "a.flac", sound, codec="flac")
    assert re.search(r"Im lặng \d(,\d)? giây ở phút 1:0[23]; hãy", loaban("measure", path).out)
    assert re.search(r"Silence of \d(\.\d)? seconds at minute 1:0[23];", loaban("measure", path, language="en").out)


@pytest.mark.parametrize("name", ["không có.mp3", "."])
def test_a_missing_file_and_a_folder_are_usage_errors(loaban: Callable[..., Answer], tmp_path: Path, name: str) -> None:
    answer = loaban("measure", tmp_path / name)
    assert (answer.status, answer.out) == (2, "")
    assert "không có tệp này hoặc không đọc được" in answer.err


def test_a_pipe_is_a_usage_error_and_nobody_waits_for_it(loaban: Callable[..., Answer], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert loaban("measure", tmp_path / "pipe").status == 2


def test_every_bad_file_is_refused_with_its_code_and_in_words(loaban: Callable[..., Answer], tmp_path: Path) -> None:
    for name, (data, code) in (NO_SOUND | make_bad_sound(tmp_path)).items():
        path = tmp_path / name
        path.write_bytes(data)
        answer = loaban("measure", path, "--json")
        told = json.loads(answer.out)
        assert (answer.status, told["verdict"]) == (3, "refused"), name
        assert re.fullmatch(code, told["code"]), name
        assert list(told) == KEYS
    told = loaban("measure", tmp_path / "im-lang.wav")
    assert (told.status, "micro" in told.out) == (3, True)
    assert "microphone" in loaban("measure", tmp_path / "im-lang.wav", language="en").out


@pytest.mark.parametrize("name", ["Đài xã số 5.mp3", "村.mp3", "-rf.mp3", "a\nb.mp3"])
def test_names_in_any_script_are_files_like_others(loaban: Callable[..., Answer], tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(an_mp3(tmp_path))
    assert loaban("measure", tmp_path / name).status == 0


def test_a_name_that_is_no_text_can_be_measured_and_delivered(
    loaban: Callable[..., Answer], station: Station, tmp_path: Path
) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xd0\xe0i.mp3")  # noqa: PTH118 -- a name of bytes
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(an_mp3(tmp_path))
    assert loaban("measure", os.fsdecode(path)).status == 0
    assert loaban("recording", "add", os.fsdecode(path), *TO).status == 0


def test_a_compressed_picture_in_the_tags_is_not_unpacked(loaban: Callable[..., Answer], tmp_path: Path) -> None:
    path = tmp_path / "bom.mp3"
    path.write_bytes(id3_bomb() + an_mp3(tmp_path))
    answer = loaban("measure", path, "--json")
    assert (answer.status, json.loads(answer.out)["seconds"]) == (0, pytest.approx(2.0, abs=0.1))


def test_a_process_of_its_own_says_the_same(process: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "danh sách.mp3").write_bytes(NO_SOUND["hls.mp3"][0])
    answer = process("measure", tmp_path / "danh sách.mp3", "--json")
    assert (answer.status, json.loads(answer.out)["code"], answer.err) == (3, "playlist", "")


# --- add ------------------------------------------------------------------------------------------------------
def test_a_delivered_recording_waits_and_is_taken_in_by_the_worker(
    loaban: Callable[..., Answer], station: Station, tmp_path: Path, home: Path
) -> None:
    path = a_recording(tmp_path, "Đài xã số 5.wav")
    added = json.loads(loaban("recording", "add", path, *TO, "--json").out)
    assert (added["state"], added["take"], added["original_name"]) == ("queued", 1, "Đài xã số 5.wav")
    assert "1" in loaban("ingest", "--once").out
    shown = json.loads(loaban("recording", "show", added["recording"], "--json").out)
    assert (shown["state"], shown["received_by"]) == ("flagged", "Mai")
    assert shown["rendering"]["integrated_lufs"] == pytest.approx(-16, abs=0.5)
    assert contents(home) == {f"media/{name[:2]}/{name}" for name in (
        shown["sha256"], shown["master_sha256"], shown["opus_sha256"]
    )}  # fmt: skip
    assert "Đài xã số 5.wav" in loaban("recording", "list").out
    assert "Kết luận" in loaban("recording", "show", added["recording"]).out
    with station.sessions.begin() as session:
        assert session.scalars(select(Pulse)).all() == [], "a worker that went home still looks alive"
    assert list((home / "run").iterdir()) == []


def test_with_wait_and_no_worker_the_command_does_the_work_itself(
    loaban: Callable[..., Answer], station: Station, tmp_path: Path
) -> None:
    answer = loaban("recording", "add", a_recording(tmp_path), *TO, "--wait")
    assert answer.status == 0
    assert "đạt, có điểm cần lưu ý" in answer.out
    assert "Thời lượng nằm ngoài quy định" in answer.out


def test_what_is_no_sound_is_refused_before_anything_is_kept(
    loaban: Callable[..., Answer], station: Station, tmp_path: Path, home: Path
) -> None:
    before = count(station)
    for name, (data, code) in NO_SOUND.items():
        (tmp_path / name).write_bytes(data)
        answer = loaban("recording", "add", tmp_path / name, *TO, "--wait")
        assert answer.status == 3, name
        assert answer.err.startswith(f"{code}: "), name
        assert contents(home) == set(), name
    assert count(station) == before


def test_what_decoding_refuses_keeps_the_reason_and_no_files_that_air(
    loaban: Callable[..., Answer], station: Station, tmp_path: Path, home: Path
) -> None:
    for name, (data, code) in make_bad_sound(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        answer = loaban("recording", "add", tmp_path / name, *TO, "--json", "--wait")
        told = json.loads(answer.out)
        assert (answer.status, told["state"], told["master_sha256"]) == (3, "refused", None), name
        assert re.fullmatch(code, told["code"]), name
    assert len(contents(home)) == len(make_bad_sound(tmp_path)), (
        "an original is missing, or more than originals is kept"
    )
    with station.sessions.begin() as session:
        assert {edition.state.value for edition in session.scalars(select(Edition))} == {"draft"}


def test_a_known_file_is_refused_with_the_recording_that_has_it(
    loaban: Callable[..., Answer], station: Station, tmp_path: Path, home: Path
) -> None:
    path = a_recording(tmp_path)
    loaban("recording", "add", path, *TO)
    rows, files = count(station), contents(home)
    answer = loaban("recording", "add", path, "--series", "cchc", "--episode", "1", "--language", "vi")
    assert answer.status == 3
    assert answer.err.startswith("duplicate_recording: ")
    assert "lần thu 1 của cchc số 1/2026 tiếng Thái" in answer.err
    assert (count(station), contents(home)) == (rows, files)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--series", "khac", "--episode", "1", "--language", "blt"), "unknown_series"),
        (("--series", "cchc", "--episode", "9", "--language", "blt"), "unknown_episode"),
        (("--series", "cchc", "--episode", "1", "--year", "2020", "--language", "blt"), "unknown_episode"),
        (("--series", "cchc", "--episode", "1", "--language", "th"), "unknown_language"),
    ],
)
def test_a_delivery_to_nowhere_stores_nothing(
    loaban: Callable[..., Answer],
    station: Station,
    tmp_path: Path,
    home: Path,
    words: tuple[str, ...],
    code: str,
) -> None:
    answer = loaban("recording", "add", a_recording(tmp_path), *words)
    assert (answer.status, answer.err.partition(":")[0]) == (3, code)
    assert (count(station), contents(home)) == ([0, 0, 0], set())


def test_a_recording_that_is_not_there_is_named(loaban: Callable[..., Answer], station: Station) -> None:
    answer = loaban("recording", "show", 7)
    assert (answer.status, answer.err.partition(":")[0]) == (3, "recording_not_found")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_stops_cleanly_when_asked(station: Station, home: Path, number: signal.Signals) -> None:
    environment = {"PATH": "", "LOABAN_HOME": str(home)}
    with subprocess.Popen(
        [sys.executable, "-m", "scheduler", "ingest"], env=environment, stderr=subprocess.PIPE, text=True
    ) as worker:
        for _ in range(600):
            with station.sessions.begin() as session:
                if session.scalars(select(Pulse)).first():
                    break
            station.clock.sleep(0.05)
        worker.send_signal(number)
        _, said = worker.communicate()
    assert (worker.returncode, "Traceback" in said) == (0, False)
    assert list((home / "run").iterdir()) == []


def test_the_header_of_a_wave_file_is_no_promise_of_memory(loaban: Callable[..., Answer], tmp_path: Path) -> None:
    """A header that tells 65,535 channels at 4 GHz is refused without a byte of memory for them."""
    data = bytearray(signals.wav_bytes(signals.voice(2.0)))
    data[22:28] = struct.pack("<HI", 65_535, 2**32 - 1)
    (tmp_path / "a.wav").write_bytes(data)
    assert loaban("measure", tmp_path / "a.wav").status == 3
