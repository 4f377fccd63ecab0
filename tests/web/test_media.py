"""Sound over HTTP Range: whose it is, which bytes, and what is drawn of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string

from audio.store import FileMediaStore
from scheduler.domain.people import Role
from scheduler.domain.waveform import FULL, draw, outline
from scheduler.models import Edition, Recording
from scheduler.station import Station
from tests.factories import NOW, make_edition, make_episode, make_series
from tests.web.station import PageClient, client_for, make_station
from tests.web.uploading import make_upload_app
from web import media

BYTES = bytes(range(256)) * 64
FINDINGS = [{"code": "dead_air", "at_s": 192.0, "for_s": 4.0}, {"code": "dc_offset"}]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return make_upload_app(station)


@pytest.fixture
def recording(station: Station) -> Recording:
    """A recording whose original and master lie in the store; its Opus file is lost."""
    store = FileMediaStore(station.settings.home)
    source = station.settings.home / "source"
    source.write_bytes(BYTES)
    with source.open("rb") as file:
        original = store.add(file)
    source.write_bytes(BYTES[::-1])
    with source.open("rb") as file:
        master = store.add(file)
    with station.sessions.begin() as session:
        edition: Edition = make_edition(session, make_episode(session, make_series(session)))
        found = edition.recordings[0]
        found.sha256, found.master_sha256, found.codec = original.sha256, master.sha256, "mp3"
        found.seconds, found.findings = 500.0, FINDINGS
        found.peaks = [0.25] * 100
        session.flush()
        return found


def url(recording: Recording, which: str = "original") -> str:
    return f"/media/recording/{recording.id}/{which}"


def get(client: PageClient, path: str, **options: Any) -> Any:
    """An answer that is read to its end and closed, as a server does it."""
    answer = client.get(path, **options)
    answer.get_data()
    answer.close()
    return answer


def test_the_bytes_come_with_their_type_and_name_of_ours(app: Flask, recording: Recording) -> None:
    answer = get(client_for(app, role=Role.VIEWER), url(recording))
    assert (answer.status_code, answer.data) == (200, BYTES)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["ETag"] == f'"{recording.sha256}"'
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert recording.original_name not in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    master = get(client_for(app), url(recording, "master"))
    assert (master.data, master.headers["Content-Type"]) == (BYTES[::-1], "audio/flac")


@pytest.mark.parametrize(
    ("asked", "status", "told", "first"),
    [
        ("bytes=0-99", 206, "bytes 0-99/16384", 0),
        ("bytes=100-", 206, "bytes 100-16383/16384", 100),
        ("bytes=-84", 206, "bytes 16300-16383/16384", 16300),
        ("bytes=16384-", 416, "bytes */16384", None),
    ],
)
def test_a_player_asks_for_a_piece(
    app: Flask, recording: Recording, asked: str, status: int, told: str, first: int | None
) -> None:
    answer = get(client_for(app), url(recording), headers={"Range": asked})
    assert (answer.status_code, answer.headers["Content-Range"]) == (status, told)
    if first is not None:
        assert answer.data == BYTES[first : first + len(answer.data)]


def test_who_asks_for_all_the_rest_gets_a_piece(
    app: Flask, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "LARGEST_PIECE", 1000)
    for asked in ("bytes=0-", "bytes=0-16000"):
        answer = get(client_for(app), url(recording), headers={"Range": asked})
        assert answer.headers["Content-Range"] == "bytes 0-999/16384"
    assert get(client_for(app), url(recording)).data == BYTES, "without a range it is a download"


def test_what_a_browser_has_is_not_sent_again(app: Flask, recording: Recording) -> None:
    answer = get(client_for(app), url(recording), headers={"If-None-Match": f'"{recording.sha256}"'})
    assert (answer.status_code, answer.data) == (304, b"")
    piece = get(client_for(app), url(recording), headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (piece.status_code, piece.data) == (200, BYTES), "pieces of two files are never joined"


@pytest.mark.parametrize("which", ["", "nothing", "../original", "..%2f..%2fstation.db", "original/../../x"])
def test_only_known_files_of_known_recordings_are_sent(app: Flask, recording: Recording, which: str) -> None:
    client = client_for(app)
    assert client.get(f"/media/recording/{recording.id}/{which}").status_code == 404
    assert client.get("/media/recording/999/original").status_code == 404
    assert client.get(f"/media/recording/{recording.sha256}/original").status_code == 404


def test_a_lost_file_is_a_fault_of_the_station_and_none_made_is_no_file(
    app: Flask, station: Station, recording: Recording
) -> None:
    assert get(client_for(app), url(recording, "opus")).status_code == 503
    with station.sessions.begin() as session:
        session.get_one(Recording, recording.id).opus_sha256 = None
    assert get(client_for(app), url(recording, "opus")).status_code == 404


def test_whoever_may_see_nothing_hears_nothing(app: Flask, recording: Recording) -> None:
    assert client_for(app, grants=False).get(url(recording)).status_code == 403
    assert app.test_client().get(url(recording)).status_code in {303, 401}


# --- what is drawn ------------------------------------------------------------------------------------------------
def drawn(app: Flask, recording: Recording) -> str:
    with app.test_request_context():
        return render_template_string('{% from "_waveform.html" import waveform %}{{ waveform(r) }}', r=recording)


def test_the_picture_marks_the_findings_and_tells_them(app: Flask, recording: Recording) -> None:
    recording.master_seconds, recording.rendering = 495.0, {"trimmed_head_s": 4.0}
    page = drawn(app, recording)
    assert "Im lặng 4 giây ở phút 3:08; hãy nghe lại chỗ đó." in page, "as the player tells time"
    assert "▶ Nghe từ 3:06" in page
    assert 'data-wave-from="186.0"' in page
    assert "Âm thanh bị lệch một chiều" in page
    assert "đã cắt 4 giây im lặng ở đầu" in page
    assert page.count("<rect") == 1
    assert f'src="/media/recording/{recording.id}/opus"' in page
    assert f'src="/media/recording/{recording.id}/master"' in page


def test_a_refused_recording_is_heard_as_delivered(app: Flask, recording: Recording) -> None:
    recording.master_sha256 = recording.opus_sha256 = None
    page = drawn(app, recording)
    assert f'src="/media/recording/{recording.id}/original"' in page
    assert "phút 3:12" in page
    assert "đã cắt" not in page


def test_before_it_is_measured_there_is_no_picture(app: Flask, recording: Recording) -> None:
    recording.seconds = None
    assert "Chưa đo xong" in drawn(app, recording)


def test_the_waveform_is_what_is_heard() -> None:
    peaks = [0.0] * 100 + [0.5] * 800 + [0.1] * 100
    found = draw(peaks, seconds=100.0, findings=[], cut_s=10.0, heard_s=80.0)
    assert (found.seconds, found.cut_s, found.is_cut) == (80.0, 10.0, True)
    assert set(found.peaks) == {FULL}
    assert len(found.peaks) == 800


@pytest.mark.parametrize("at_s", [-5.0, 0.0, 3.0, 99.0, 500.0])
def test_a_place_lies_within_what_is_heard(at_s: float) -> None:
    (place,) = draw([0.5], seconds=100.0, findings=[{"code": "x", "at_s": at_s, "for_s": 50.0}], cut_s=2.0).places
    assert 0 <= place.play_from_s <= place.at_s <= place.until_s <= 98.0
    assert place.play_from_s == max(0.0, place.at_s - 2.0)


def test_silence_is_drawn_as_silence_and_nothing_as_a_line() -> None:
    quiet = draw([0.001] * 10, seconds=1.0, findings=[])
    assert max(quiet.peaks) < FULL / 10
    assert outline(draw([], seconds=1.0, findings=[]), width=1000, height=120) == "M0 60H1000"


def test_the_outline_stays_within_its_picture() -> None:
    path = outline(draw([0.1, 1.0, 0.4] * 333, seconds=1.0, findings=[]), width=1000, height=120)
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    assert min(numbers[::2]) == 0
    assert max(numbers[::2]) == 1000
    assert min(numbers[1::2]) == 0
    assert max(numbers[1::2]) == 120
    assert len(path) < 12_000


def test_times_of_files_are_those_of_their_arrival(app: Flask, recording: Recording) -> None:
    answer = get(client_for(app), url(recording))
    assert answer.last_modified is not None
    assert abs(answer.last_modified - NOW) < timedelta(seconds=1)
