"""Sending files in parts: what is acknowledged is on the disk, and nobody gets in who should not."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.people import Role
from scheduler.domain.station import Readings
from scheduler.models import Upload
from scheduler.parts import Parts
from scheduler.services import uploads
from scheduler.services.uploads import KEPT_FOR, LARGEST_FILE, LARGEST_PART, MOST_OPEN, SMALLEST_PART
from scheduler.station import Station
from tests.fakes import SteppingClock
from tests.web.station import PageClient, client_for
from tests.web.uploading import TUS, address, ask, begin, make_upload_app, send, send_whole, station_with_episode
from web import tus

SOUND = bytes(range(256)) * 1200  # 300 KiB, no two parts alike
PART = SMALLEST_PART


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


def stored(station: Station) -> Upload:
    with station.readers.begin() as session:
        return session.scalars(select(Upload)).one()


def files(station: Station) -> list[str]:
    return sorted(path.name for path in (station.settings.home / "uploads").glob("*"))


# --- as it should be ----------------------------------------------------------------------------------------------
def test_a_file_in_parts_is_the_same_file(client: PageClient, station: Station) -> None:
    url = address(begin(client, len(SOUND)))
    end = 0
    while end < len(SOUND):
        answer = send(client, url, SOUND[end : end + PART], end)
        assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
        end = min(end + PART, len(SOUND))
        assert answer.headers["Upload-Offset"] == str(end)
    upload = stored(station)
    assert upload.sha256 == hashlib.sha256(SOUND).hexdigest()
    assert Parts(station.settings.home).path(upload.id).read_bytes() == SOUND
    assert (upload.original_name, upload.finished_at) == ("Số 12 - Thái.wav", station.clock.now())


def test_the_server_tells_what_it_can_do_and_how_far_a_file_is(client: PageClient) -> None:
    told = client.options("/uploads/files").headers
    assert told["Tus-Version"] == "1.0.0"
    assert told["Tus-Extension"] == "creation,termination,checksum"
    assert told["Tus-Max-Size"] == str(LARGEST_FILE)
    url = address(begin(client, len(SOUND)))
    assert ask(client, url).headers["Upload-Offset"] == "0"
    send(client, url, SOUND[:PART], 0)
    answer = ask(client, url)
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == (str(PART), str(len(SOUND)))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_restart_between_the_disk_and_the_acknowledgement_loses_nothing(client: PageClient, station: Station) -> None:
    url = address(begin(client, len(SOUND)))
    send(client, url, SOUND[:PART], 0)
    with Parts(station.settings.home).path(stored(station).id).open("ab") as part:
        part.write(b"?" * len(SOUND))  # written, but the process died before it was acknowledged
    assert ask(client, url).headers["Upload-Offset"] == str(PART)
    assert send(client, url, SOUND[PART : 3 * PART], PART).status_code == 204
    assert send(client, url, SOUND[3 * PART :], 3 * PART).status_code == 204
    assert stored(station).sha256 == hashlib.sha256(SOUND).hexdigest()


def test_a_part_is_on_the_disk_before_it_is_acknowledged(
    client: PageClient, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr("scheduler.parts.os.fsync", lambda _fd: order.append("disk"))
    keep_part = uploads.keep_part
    monkeypatch.setattr(uploads, "keep_part", lambda *a, **k: (order.append("row"), keep_part(*a, **k))[1])
    url = address(begin(client, len(SOUND)))
    order.clear()
    send(client, url, SOUND[:PART], 0)
    assert order == ["disk", "row"]


def test_a_dropped_file_is_gone_with_its_bytes(client: PageClient, station: Station) -> None:
    url = address(begin(client, len(SOUND)))
    send(client, url, SOUND[:PART], 0)
    assert client.delete(url, headers=TUS).status_code == 204
    assert files(station) == []
    assert ask(client, url).status_code == 404
    assert client.delete(url, headers=TUS).status_code == 404


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_a_part_that_was_damaged_on_its_way_is_not_taken(client: PageClient, name: str) -> None:
    url = address(begin(client, len(SOUND)))
    data = SOUND[:PART]
    right = f"{name} {base64.b64encode(hashlib.new(name, data).digest()).decode()}"
    assert send(client, url, data[:-1] + b"?", 0, **{"Upload-Checksum": right}).status_code == 460
    assert ask(client, url).headers["Upload-Offset"] == "0"
    assert send(client, url, data, 0, **{"Upload-Checksum": right}).status_code == 204
    assert send(client, url, SOUND[PART:], PART, **{"Upload-Checksum": "crc32 AAAA"}).status_code == 400


def test_what_nobody_goes_on_with_is_swept(client: PageClient, station: Station) -> None:
    clock = station.clock
    assert isinstance(clock, SteppingClock)
    address(begin(client, len(SOUND), "bỏ dở.wav"))
    stray = station.settings.home / "uploads" / f"{'0' * 32}.part"
    stray.write_bytes(b"a row that was deleted, and then the power went")
    clock.advance(KEPT_FOR + timedelta(seconds=1))
    fresh = client_for(client.application, role=Role.EDITOR)  # a session lasts half a day
    made = address(begin(fresh, len(SOUND), "mới.wav")).rpartition("/")[2]
    assert stored(station).original_name == "mới.wav"
    assert files(station) == [f"{made.replace('-', '')}.part"]


# --- attacks ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..\\..\\x.wav", "a\0b.wav", "x" * 5000, "", "\u202egpj.wav"]
)
def test_a_name_is_text_and_never_a_path(client: PageClient, station: Station, name: str) -> None:
    outside = {path for path in station.settings.home.parent.rglob("*") if "uploads" not in path.parts}
    send_whole(client, SOUND, name)
    upload = stored(station)
    assert files(station) == [f"{upload.id.hex}.part"]
    assert len(upload.original_name) <= 255
    assert {path for path in station.settings.home.parent.rglob("*") if "uploads" not in path.parts} == outside
    assert client.get("/uploads").status_code == 200


def test_a_name_is_shown_as_text(client: PageClient) -> None:
    send_whole(client, SOUND, "<script>alert(1)</script> số 12.wav")
    page = client.get("/uploads").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("size", [0, -1, "", "1e6", "１２", 10**16])
def test_a_file_without_a_proper_size_is_not_begun(client: PageClient, station: Station, size: int | str) -> None:
    assert begin(client, size).status_code in {400, 409}
    with station.readers.begin() as session:
        assert session.scalar(select(Upload)) is None


def test_a_file_that_is_too_large_is_not_begun(client: PageClient) -> None:
    assert begin(client, LARGEST_FILE + 1).status_code == 413
    assert begin(client, LARGEST_FILE).status_code == 201


def test_more_than_the_disk_holds_is_not_begun(station: Station) -> None:
    full = Readings(free_bytes=uploads.SPARE_BYTES + len(SOUND), total_bytes=2**40, synchronised=True)
    client = client_for(make_upload_app(station, readings=full), role=Role.EDITOR)
    assert begin(client, len(SOUND)).status_code == 201
    assert begin(client, 1).status_code == 503, "the first one's bytes are promised"


def test_too_many_open_files_are_refused(client: PageClient, app: Flask) -> None:
    for _ in range(MOST_OPEN):
        address(begin(client, 10))
    assert begin(client, 10).status_code == 409
    assert begin(client_for(app, role=Role.OPERATOR), 10).status_code == 201, "another person has their own"


def test_begun_too_often_is_too_often(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = int(tus.BEGUN_BY_PERSON.partition(" ")[0])
    answers = [begin(client, 0).status_code for _ in range(limit + 1)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {409}


def test_parts_may_be_neither_crumbs_nor_heaps(client: PageClient) -> None:
    url = address(begin(client, 3 * LARGEST_PART))
    assert send(client, url, b"x", 0).status_code == 400
    assert send(client, url, b"", 0).status_code == 411
    assert send(client, url, b"x" * (LARGEST_PART + 1), 0).status_code == 413
    assert send(client, url, b"x" * (2 * 2**20 + 1), 0).status_code == 413
    assert ask(client, url).headers["Upload-Offset"] == "0"
    short = address(begin(client, 10))
    assert send(client, short, b"x" * 11, 0).status_code == 400, "beyond the end"
    assert send(client, short, b"x" * 10, 0).status_code == 204, "the last part may be small"


@pytest.mark.parametrize("offset", [1, PART - 1, 2 * PART, len(SOUND), 10**12])
def test_a_part_at_the_wrong_place_is_a_conflict(client: PageClient, offset: int) -> None:
    url = address(begin(client, len(SOUND)))
    send(client, url, SOUND[:PART], 0)
    assert send(client, url, SOUND[:PART], offset).status_code == 409
    assert ask(client, url).headers["Upload-Offset"] == str(PART)


def test_nothing_is_added_to_a_finished_file(client: PageClient, station: Station) -> None:
    number = send_whole(client, SOUND)
    assert send(client, f"/uploads/files/{number}", b"", len(SOUND)).status_code == 411
    assert send(client, f"/uploads/files/{number}", SOUND, 0).status_code == 409
    assert stored(station).sha256 == hashlib.sha256(SOUND).hexdigest()


def test_somebody_elses_file_is_not_there(client: PageClient, app: Flask, station: Station) -> None:
    url = address(begin(client, len(SOUND)))
    other = client_for(app, role=Role.ADMIN)
    assert ask(other, url).status_code == 404
    assert send(other, url, SOUND[:PART], 0).status_code == 404
    assert other.delete(url, headers=TUS).status_code == 404
    assert other.get(f"{url}/row").status_code == 404
    assert other.get(f"{url}/episode").status_code == 404
    assert other.post(f"{url}/drop").status_code == 404
    assert ask(client, url).headers["Upload-Offset"] == "0"
    assert ask(client, f"/uploads/files/{'0' * 8}-0000-0000-0000-{'0' * 12}").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER])
def test_who_makes_nothing_sends_nothing(app: Flask, role: Role) -> None:
    client = client_for(app, role=role)
    assert begin(client, 10).status_code == 403
    assert client.get("/uploads").status_code == 403


def test_a_part_without_the_pages_token_is_refused(client: PageClient) -> None:
    url = address(begin(client, len(SOUND)))
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert client.patch(url, data=SOUND[:PART], headers=headers, without_token=True).status_code == 400
    assert client.delete(url, headers=TUS, without_token=True).status_code == 400
    assert ask(client, url).headers["Upload-Offset"] == "0"


def test_another_version_of_the_protocol_or_kind_of_body_is_refused(client: PageClient) -> None:
    url = address(begin(client, len(SOUND)))
    answer = send(client, url, SOUND[:PART], 0, **{"Tus-Resumable": "0.2.2"})
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert send(client, url, SOUND[:PART], 0, **{"Content-Type": "audio/wav"}).status_code == 415
    assert begin(client, 10, **{"Tus-Resumable": ""}).status_code == 412
    assert begin(client, 10, **{"Upload-Metadata": "filename ???"}).status_code == 400


def test_a_part_whose_file_was_lost_says_to_begin_again(client: PageClient, station: Station) -> None:
    url = address(begin(client, len(SOUND)))
    send(client, url, SOUND[:PART], 0)
    path = Parts(station.settings.home).path(stored(station).id)
    path.write_bytes(SOUND[: PART - 1])
    assert ask(client, url).status_code == 410
    assert send(client, url, SOUND[PART : 2 * PART], PART).status_code == 410
    path.unlink()
    assert ask(client, url).status_code == 410
    assert send(client, url, SOUND[PART : 2 * PART], PART).status_code == 410


def test_a_link_in_place_of_a_file_is_not_followed(client: PageClient, station: Station, tmp_path: Path) -> None:
    url = address(begin(client, len(SOUND)))
    target = tmp_path / "target"
    target.write_bytes(b"")
    path = Parts(station.settings.home).path(stored(station).id)
    path.unlink()
    path.symlink_to(target)
    assert send(client, url, SOUND[:PART], 0).status_code == 410
    assert target.read_bytes() == b""


def test_of_two_parts_at_once_one_is_taken(app: Flask, station: Station) -> None:
    first = client_for(app, role=Role.EDITOR, login="hoa")
    url = address(begin(first, len(SOUND)))
    bodies = [bytes([letter]) * PART for letter in range(8)]
    clients = [client_for(app, role=Role.EDITOR, login="hoa") for _ in bodies]
    start = threading.Barrier(len(bodies))
    answers: dict[int, int] = {}

    def send_one(i: int) -> None:
        start.wait()
        answers[i] = send(clients[i], url, bodies[i], 0).status_code

    threads = [threading.Thread(target=send_one, args=(i,)) for i in range(len(bodies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [i for i, status in answers.items() if status == 204]
    assert len(taken) == 1
    assert set(answers.values()) <= {204, 409, 423}
    upload = stored(station)
    assert upload.received_bytes == PART
    assert Parts(station.settings.home).path(upload.id).read_bytes() == bodies[taken[0]]
