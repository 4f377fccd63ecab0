"""Confirming what a file is, delivering it, and reading what measuring found."""

import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from audio.store import FileMediaStore
from scheduler.domain.people import Role
from scheduler.domain.programme import IngestState, Verdict
from scheduler.models import AuditEntry, Episode, IngestRequest, Recording, Series, Upload, User
from scheduler.parts import Parts
from scheduler.services import ingest, uploads
from scheduler.services.ingest import TakenIn
from scheduler.station import Station
from tests.factories import NOW, make_series
from tests.web.station import PageClient, client_for
from tests.web.uploading import begin, make_upload_app, send_whole, station_with_episode
from web.serving import open_server
from web.uploads import LARGEST_REQUEST

SOUND = bytes(range(256)) * 300


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = station_with_episode(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return make_upload_app(station)


@pytest.fixture
def client(app: Flask) -> PageClient:
    return client_for(app, role=Role.EDITOR)


def key(number: str) -> str:
    return UUID(number).hex


def row(upload: str, /, **typed: object) -> dict[str, object]:
    told = {"series": "cchc", "number": 12, "year": 2026, "language": "blt", "title": ""} | typed
    return {f"{key(upload)}-{name}": value for name, value in told.items()}


def confirm(client: PageClient, *rows: dict[str, object], chosen: list[str]) -> tuple[int, str]:
    data: dict[str, object] = {"chosen": [key(number) for number in chosen]}
    for item in rows:
        data |= item
    answer = client.post("/uploads/confirm", data=data)
    return answer.status_code, answer.get_data(as_text=True)


def recordings(station: Station) -> list[Recording]:
    with station.readers.begin() as session:
        return list(session.scalars(select(Recording).order_by(Recording.id)))


# --- confirming ---------------------------------------------------------------------------------------------------
def test_the_row_shows_what_the_name_says_and_what_to_look_at(client: PageClient) -> None:
    number = send_whole(client, SOUND, "Số 12 - Thái.wav")
    page = client.get("/uploads").get_data(as_text=True)
    assert "Số 12 - Thái.wav" in page
    assert re.search(rf'name="{key(number)}-number"[^>]*value="12"', page)
    assert '<option selected value="blt">Thái</option>' in page
    assert "Tên tệp không ghi năm: lấy năm nay." in page
    assert "Máy đoán chưa chắc" not in page
    assert "“Hộ chiếu phổ thông”" in page
    assert f'value="{key(number)}" checked' in page


def test_a_name_that_says_nothing_is_not_ticked(client: PageClient) -> None:
    number = send_whole(client, SOUND, "ghi âm.wav")
    page = client.get(f"/uploads/files/{number}/row").get_data(as_text=True)
    assert page.count("Tên tệp không cho biết, hãy điền.") == 2
    assert " checked" not in page


def test_a_confirmed_file_becomes_the_next_take_and_is_queued(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    assert confirm(client, row(number), chosen=[number])[0] == 303
    (made,) = recordings(station)
    assert made.sha256 == hashlib.sha256(SOUND).hexdigest()
    assert FileMediaStore(station.settings.home).path(made.sha256).read_bytes() == SOUND
    assert not Parts(station.settings.home).has(UUID(number))
    with station.readers.begin() as session:
        found = ingest.get_recording(session, made.id)
        user = session.scalars(select(User).where(User.login == "editor")).one()
        assert found.ingest is not None
        assert found.ingest.state is IngestState.QUEUED
        assert (found.edition.language, found.edition.episode.number) == ("blt", 12)
        assert (found.received_by, found.received_by_user) == (user.name, user.id)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "recording")).one()
        assert (entry.action, entry.user_id) == ("created", user.id)


def test_several_are_confirmed_at_once_and_the_others_wait(client: PageClient, station: Station) -> None:
    one, two, three = (send_whole(client, SOUND + bytes([n]), f"tệp {n}.wav") for n in range(3))
    status, _ = confirm(client, row(one), row(two, language="vi"), row(three), chosen=[one, two])
    assert status == 303
    assert len(recordings(station)) == 2
    page = client.get("/uploads").get_data(as_text=True)
    assert f'data-row="{three}"' in page
    assert f'data-row="{one}"' not in page


def test_a_refused_row_stays_with_its_reason_and_keeps_no_other_back(client: PageClient, station: Station) -> None:
    good, bad = send_whole(client, SOUND), send_whole(client, SOUND + b"2")
    status, page = confirm(client, row(good), row(bad, number=13), chosen=[good, bad])
    assert status == 422
    assert len(recordings(station)) == 1
    assert "Thư viện chưa có số 13 năm 2026; hãy nhập tên để tạo số mới" in page
    assert re.search(rf'name="{key(bad)}-number"[^>]*value="13"', page), "what was typed stays"


def test_an_episode_is_made_from_the_row(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    assert confirm(client, row(number, number=13, title="  Đăng ký  tạm trú "), chosen=[number])[0] == 303
    with station.readers.begin() as session:
        made = session.scalars(select(Episode).where(Episode.number == 13)).one()
        assert (made.title, made.year, len(made.editions)) == ("Đăng ký tạm trú", 2026, 2)
        assert session.scalars(select(Recording)).one().edition.episode_id == made.id


def test_a_title_changes_no_episode_that_is_there(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    confirm(client, row(number, title="Tên khác"), chosen=[number])
    with station.readers.begin() as session:
        assert session.scalars(select(Episode)).one().title == "Hộ chiếu phổ thông"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"number": ""}, "Cần nhập số thứ tự."),
        ({"number": "0"}, "Số thứ tự phải từ 1 đến 9999."),
        ({"year": "26"}, "Năm phải từ 1945 đến 2100."),
        ({"language": ""}, "Cần chọn bản tiếng."),
        ({"language": "hmn"}, "Not a valid choice"),
        ({"series": "khác"}, "Not a valid choice"),
    ],
)
def test_what_is_not_filled_in_well_is_told_at_its_field(
    client: PageClient, station: Station, typed: dict[str, object], sentence: str
) -> None:
    number = send_whole(client, SOUND)
    status, page = confirm(client, row(number, **typed), chosen=[number])
    assert status == 422
    assert recordings(station) == []
    if sentence != "Not a valid choice":
        assert sentence in page
    assert 'aria-invalid="true"' in page


def test_a_language_the_series_is_not_made_in_is_refused(client: PageClient, station: Station) -> None:
    with station.sessions.begin() as session:
        make_series(session, code="mong", title="Tiếng Mông", languages=("hmn",))
    number = send_whole(client, SOUND)
    status, page = confirm(client, row(number, language="hmn"), chosen=[number])
    assert status == 422
    assert "không có bản tiếng" in page
    assert recordings(station) == []


def test_the_same_bytes_twice_are_refused_before_they_are_stored(client: PageClient, station: Station) -> None:
    first, second = send_whole(client, SOUND), send_whole(client, SOUND)
    confirm(client, row(first), chosen=[first])
    status, page = confirm(client, row(second), chosen=[second])
    assert status == 422
    assert "Tệp này đã có" in page
    assert Parts(station.settings.home).has(UUID(second)), "not taken into the store"


def test_the_same_confirmation_twice_gives_one_recording(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    for _ in range(2):
        confirm(client, row(number), chosen=[number])
    assert len(recordings(station)) == 1


def test_a_confirmation_goes_on_where_a_crash_left_it(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    FileMediaStore(station.settings.home).adopt(Parts(station.settings.home).path(UUID(number)))
    assert confirm(client, row(number), chosen=[number])[0] == 303
    assert len(recordings(station)) == 1


def test_what_was_lost_from_the_disk_is_told(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    Parts(station.settings.home).remove(UUID(number))
    status, page = confirm(client, row(number), chosen=[number])
    assert status == 422
    assert "không còn trên máy chủ" in page


def test_nobody_confirms_somebody_elses_file_or_an_unfinished_one(
    client: PageClient, app: Flask, station: Station
) -> None:
    number = send_whole(client, SOUND)
    confirm(client_for(app, role=Role.OPERATOR), row(number), chosen=[number])
    half = begin(client, 10**6).headers["Location"].rpartition("/")[2]
    assert confirm(client, row(half), chosen=[half])[0] == 422
    assert recordings(station) == []
    assert confirm(client, chosen=[str(UUID(int=0))])[0] == 303
    assert client.post("/uploads/confirm", data={"chosen": ["../../x", "zz"]}).status_code == 303


def test_a_recording_that_was_delivered_cannot_be_dropped(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    confirm(client, row(number), chosen=[number])
    assert client.post(f"/uploads/files/{number}/drop").status_code == 404
    assert len(recordings(station)) == 1


def test_a_waiting_file_is_dropped_by_a_plain_button(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    assert client.post(f"/uploads/files/{number}/drop").status_code == 303
    assert not Parts(station.settings.home).has(UUID(number))
    assert "Không có tệp nào chờ xác nhận." in client.get("/uploads").get_data(as_text=True)


def test_while_one_chooses_the_row_tells_which_episode_it_is(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    url = f"/uploads/files/{number}/episode"
    told = client.get(url, query_string=row(number)).get_data(as_text=True)
    assert "“Hộ chiếu phổ thông”" in told
    assert "lần thu" not in told
    assert "Tên số mới" in client.get(url, query_string=row(number, number=99)).get_data(as_text=True)
    confirm(client, row(number), chosen=[number])
    other = send_whole(client, SOUND + b"2")
    told = client.get(f"/uploads/files/{other}/episode", query_string=row(other)).get_data(as_text=True)
    assert "đã có 1 lần thu; tệp này sẽ là lần 2" in told


def test_a_station_without_series_says_what_to_do_first(client: PageClient, station: Station) -> None:
    with station.sessions.begin() as session:
        for series in session.scalars(select(Series)):
            series.removed_at = NOW
    number = send_whole(client, SOUND)
    page = client.get("/uploads").get_data(as_text=True)
    assert "Đài chưa có chuyên mục nào" in page
    assert confirm(client, row(number), chosen=[number])[0] == 422


# --- without JavaScript -------------------------------------------------------------------------------------------
def post_files(client: PageClient, *files: tuple[bytes, str]) -> int:
    # Written by hand: the test client would leave its temporary file open.
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + body + b"\r\n"
        for body, name in files
    ]
    body = b"".join([*parts, b"--edge--\r\n"])
    return client.post("/uploads", data=body, content_type="multipart/form-data; boundary=edge").status_code


def test_a_plain_form_brings_several_files(client: PageClient, station: Station) -> None:
    large = SOUND * 40  # 3 MB: more than any other form may hold
    assert post_files(client, (large, "Số 12 Thái.wav"), (SOUND, "../../số 12 PT.wav")) == 303
    with station.readers.begin() as session:
        found = list(session.scalars(select(Upload).order_by(Upload.id)))
    assert {upload.sha256 for upload in found} == {hashlib.sha256(body).hexdigest() for body in (large, SOUND)}
    assert {path.name for path in (station.settings.home / "uploads").iterdir()} == {
        f"{upload.id.hex}.part" for upload in found
    }


def test_a_plain_form_obeys_the_same_limits(
    client: PageClient, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_FILE", len(SOUND))
    assert post_files(client, (SOUND + b"1", "lớn.wav"), (b"", "rỗng.wav"), (SOUND, "vừa.wav")) == 303
    page = client.get("/uploads").get_data(as_text=True)
    assert "lớn.wav: Tệp lớn hơn" in page
    assert "rỗng.wav: Tệp rỗng" in page
    with station.readers.begin() as session:
        assert [upload.original_name for upload in session.scalars(select(Upload))] == ["vừa.wav"]


def test_a_plain_form_larger_than_all_limits_is_not_read(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.uploads.LARGEST_REQUEST", 1000)
    assert post_files(client, (SOUND, "x.wav")) == 413


def test_the_server_in_front_keeps_no_larger_body_aside(app: Flask) -> None:
    server = open_server(app, host="127.0.0.1", port=0, threads=1)
    try:
        assert server.adj.max_request_body_size == LARGEST_REQUEST < 2**30
    finally:
        server.task_dispatcher.shutdown()  # workers first: see tests/web/served.py
        server.close()


def test_a_plain_form_needs_its_token_and_the_right(client: PageClient, app: Flask) -> None:
    data = {"files": (io.BytesIO(SOUND), "x.wav")}
    assert client.post("/uploads", data=data, without_token=True).status_code == 400
    assert post_files(client_for(app, role=Role.VIEWER), (SOUND, "x.wav")) == 403


def test_no_other_page_takes_so_large_a_form(client: PageClient) -> None:
    assert client.post("/uploads/confirm", data={"chosen": "x" * 3_000_000}).status_code == 413


def test_nothing_chosen_is_told(client: PageClient) -> None:
    assert post_files(client, (b"", "")) == 303
    assert "Bạn chưa chọn tệp nào." in client.get("/uploads").get_data(as_text=True)


# --- what was found -----------------------------------------------------------------------------------------------
FINDINGS = [{"code": "dead_air", "at_s": 192.0, "for_s": 4.0, "limit": 2.0}]


def taken_in(station: Station, client: PageClient, found: TakenIn | None) -> int:
    """A delivered recording, and what the worker found in it (None: it still works)."""
    number = send_whole(client, SOUND)
    confirm(client, row(number), chosen=[number])
    with station.sessions.begin() as session:
        claimed = ingest.claim_next(session, owner="ingest.a", now=NOW)
        assert claimed is not None
        ingest.keep_progress(session, claimed, step="measure", share=0.45)
        if found is not None:
            ingest.finish(session, claimed, found, now=NOW)
        return claimed.recording_id


def measured(**changed: object) -> TakenIn:
    told = {
        "verdict": Verdict.FLAGGED, "seconds": 505.0, "integrated_lufs": -21.4, "range_lu": 5.2, "true_peak_dbtp": -6.1,
        "head_silence_s": 0.4, "tail_silence_s": 0.7, "codec": "pcm_s16le", "channels": 1, "sample_rate": 48_000,
        "findings": FINDINGS, "peaks": [0.5, 1.0, 0.25] * 300, "master_sha256": "a" * 64, "opus_sha256": "b" * 64,
        "master_seconds": 504.5, "rendering": {"integrated_lufs": -16.0, "gain_db": 5.4, "trimmed_head_s": 0.1},
    }  # fmt: skip
    return TakenIn(**{**told, **changed})  # type: ignore[arg-type]


def test_findings_are_told_in_words_with_figures_and_the_way_on(client: PageClient, station: Station) -> None:
    recording_id = taken_in(station, client, measured())
    page = client.get(f"/uploads/recordings/{recording_id}").get_data(as_text=True)
    for told in (
        "Im lặng 4 giây ở phút 3:11",  # the player begins a tenth of a second later than the delivered file
        "-21,4 LUFS", "-16,0 LUFS", "-6,1 dBTP", "8:24 phút", "trong quy định 8:00 đến 10:00", "đạt, có điểm cần lưu ý",
        "Trình duyệt bản này", 'action="/programme/cchc/2026/12/blt/submit"', "data-wave", "<path d=",
    ):  # fmt: skip
        assert told in page, told
    assert "hx-get" not in page.partition('id="result"')[2].partition("<main")[0].partition(">")[0]


def test_while_it_is_measured_the_page_tells_how_far_it_is(client: PageClient, station: Station) -> None:
    recording_id = taken_in(station, client, None)
    page = client.get(f"/uploads/recordings/{recording_id}").get_data(as_text=True)
    assert "45%" in page
    assert f'hx-get="/uploads/recordings/{recording_id}/result"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "Trình duyệt bản này" not in page
    assert 'hx-get="/uploads/received"' in client.get("/uploads").get_data(as_text=True)
    assert "<!doctype" not in client.get(f"/uploads/recordings/{recording_id}/result").get_data(as_text=True)


def test_a_queue_without_a_worker_is_told(client: PageClient, station: Station) -> None:
    recording_id = taken_in(station, client, None)
    with station.sessions.begin() as session:
        session.scalars(select(IngestRequest)).one().state = IngestState.QUEUED
    assert "Bộ đo bản thu chưa chạy" in client.get(f"/uploads/recordings/{recording_id}").get_data(as_text=True)
    with station.sessions.begin() as session:
        ingest.give_sign_of_life(session, owner="ingest.a", now=NOW, facts={})
    assert "chờ đến lượt" in client.get(f"/uploads/recordings/{recording_id}").get_data(as_text=True)


def test_a_refused_file_says_why_and_what_to_do(client: PageClient, station: Station) -> None:
    refused = TakenIn(verdict=Verdict.REFUSED, code="not_audio")
    recording_id = taken_in(station, client, refused)
    page = client.get(f"/uploads/recordings/{recording_id}").get_data(as_text=True)
    assert "không nhận" in page
    assert "Sửa theo câu trên rồi gửi lại" in page
    assert "Trình duyệt bản này" not in page


def test_a_length_outside_the_rule_is_marked(client: PageClient, station: Station) -> None:
    outside = measured(
        findings=[{"code": "duration_outside_rule", "value": 700.0}], seconds=700.0, master_seconds=699.0
    )
    page = client.get(f"/uploads/recordings/{taken_in(station, client, outside)}").get_data(as_text=True)
    assert "ngoài quy định 8:00 đến 10:00" in page


def test_whoever_sees_the_station_sees_results_but_submits_nothing(
    client: PageClient, app: Flask, station: Station
) -> None:
    recording_id = taken_in(station, client, measured())
    page = client_for(app, role=Role.VIEWER).get(f"/uploads/recordings/{recording_id}").get_data(as_text=True)
    assert "Im lặng 4 giây" in page
    assert "Trình duyệt bản này" not in page
    assert client.get("/uploads/recordings/999").status_code == 404


def test_the_pages_speak_english(client: PageClient, station: Station) -> None:
    recording_id = taken_in(station, client, measured())
    client.post("/language", data={"language": "en", "next": "/"})
    assert "Silence of 4 seconds at minute 3:11" in client.get(f"/uploads/recordings/{recording_id}").get_data(
        as_text=True
    )
    assert "Send files" in client.get("/uploads").get_data(as_text=True)
