"""A real browser sends real sound to a real server that goes away meanwhile; measured by a real worker, and listened to."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from audio.ingest import StopFlag
from audio.store import FileMediaStore
from scheduler.commands.recording import open_worker
from scheduler.domain.people import Role
from scheduler.models import Recording, Upload
from scheduler.services import uploads
from scheduler.station import Station
from tests.audio.signals import in_a_row, silence, voice, wav_bytes
from tests.web.conftest import forget_lost_contact
from tests.web.served import Served
from tests.web.uploading import station_with_episode
from web import tus
from web.throttle import limiter

RATE = 16_000
PART = 2**16

playwright_api = pytest.importorskip("playwright.sync_api")
expect = playwright_api.expect
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def sound() -> bytes:
    """Something like a voice for eight and a half minutes, with four seconds of silence at 3:12."""
    speech = voice(64, rate=RATE)
    parts = [speech, speech, speech, silence(4, rate=RATE), speech, speech, speech, speech, speech]
    return wav_bytes(in_a_row(*parts), rate=RATE)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    station = station_with_episode(tmp_path)
    served = Served(station)
    limiter.reset()
    yield served
    served.stop()
    station.engine.dispose()


@pytest.fixture
def open_page(served: Served, sit_down: Callable[..., Any]) -> Callable[..., Any]:
    return partial(sit_down, served, role=Role.EDITOR)


def received(station: Station) -> list[Upload]:
    with station.readers.begin() as session:
        return list(session.scalars(select(Upload)))


def share(station: Station) -> float:
    found = received(station)
    return found[0].received_bytes / found[0].size_bytes if found else 0.0


def wait_for(is_so: Callable[[], bool], page: Any, *, seconds: float = 60) -> None:
    for _ in range(int(seconds * 20)):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to that")


def slow_down(monkeypatch: pytest.MonkeyPatch, *, part: int = PART, each_s: float = 0.03) -> None:
    """Small parts that take their time, so that there is a middle to be interrupted in."""
    keep = tus.keep

    def keep_slowly(*args: Any, **options: Any) -> int:
        time.sleep(each_s)
        return keep(*args, **options)

    monkeypatch.setattr(tus, "keep", keep_slowly)
    monkeypatch.setattr("web.uploads.LARGEST_PART", part)


def file_of(body: bytes, name: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "audio/wav", "buffer": body}


def test_the_server_goes_at_15_percent_and_the_page_at_45_and_the_file_is_the_same(
    served: Served,
    open_page: Callable[..., Any],
    complaints: list[str],
    sound: bytes,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    slow_down(monkeypatch)
    station = served.station
    (tmp_path / "choose").mkdir()
    chosen = tmp_path / "choose" / "Số 12 - Thái.wav"
    chosen.write_bytes(sound)
    page = open_page("uploads")
    page.set_input_files("#files", chosen)

    wait_for(lambda: share(station) >= 0.15, page)
    served.stop()
    at_restart = share(station)
    assert 0.15 <= at_restart < 0.4
    expect(page.locator("[data-sending-state=lost]")).to_contain_text("Mất liên lạc với máy chủ", timeout=15_000)
    served.start()
    wait_for(lambda: share(station) > at_restart, page, seconds=30)

    wait_for(lambda: share(station) >= 0.45, page)
    page.reload()
    at_reload = share(station)
    assert 0.45 <= at_reload < 0.9
    wait_for(lambda: share(station) > at_reload, page, seconds=30)
    expect(page.locator("[data-row]")).to_contain_text("Số 12 - Thái.wav", timeout=60_000)

    (upload,) = received(station)
    assert upload.sha256 == hashlib.sha256(sound).hexdigest(), "one file, not begun anew"
    page.click("text=Nhận các tệp đã đánh dấu")
    expect(page.locator("#received-list")).to_contain_text("đang chờ đo")
    with station.readers.begin() as session:
        recording = session.scalars(select(Recording)).one()
    assert recording.sha256 == hashlib.sha256(sound).hexdigest()
    assert FileMediaStore(station.settings.home).path(recording.sha256).read_bytes() == sound
    page.reload()
    expect(page.locator("[data-sending-list] li")).to_have_count(0)  # the browser kept nothing of it
    forget_lost_contact(complaints)


TOO_LARGE_TO_KEEP = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value) {
  if (value.file) throw new DOMException("no room", "QuotaExceededError");
  return put.call(this, value);
};
"""


def test_a_file_the_browser_could_not_keep_is_asked_for_again_and_goes_on(
    served: Served,
    open_page: Callable[..., Any],
    complaints: list[str],
    sound: bytes,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    slow_down(monkeypatch)
    body = sound[:4_000_000]
    chosen = tmp_path / "Số 12 - Thái.wav"
    chosen.write_bytes(body)
    page = open_page("uploads")
    page.add_init_script(TOO_LARGE_TO_KEEP)
    page.reload()
    page.set_input_files("#files", chosen)
    wait_for(lambda: share(served.station) >= 0.3, page)
    page.reload()
    expect(page.locator("[data-unfinished]")).to_contain_text("Hãy chọn lại tệp này để gửi tiếp phần còn thiếu.")
    stopped_at = share(served.station)
    assert 0.3 <= stopped_at < 1
    page.set_input_files("#files", chosen)
    expect(page.locator("[data-unfinished]")).to_have_count(0)
    expect(page.locator("[data-row]")).to_contain_text("Số 12 - Thái.wav", timeout=60_000)
    (upload,) = received(served.station)
    assert upload.sha256 == hashlib.sha256(body).hexdigest(), "one file, not begun anew"
    forget_lost_contact(complaints)


def test_a_file_is_measured_told_in_words_and_listened_to(
    served: Served, open_page: Callable[..., Any], complaints: list[str], sound: bytes
) -> None:
    page = open_page("uploads")
    page.set_input_files("#files", [file_of(sound, "Số 12 - Thái.wav")])
    page.locator("[data-row]").wait_for(timeout=30_000)
    page.click("text=Nhận các tệp đã đánh dấu")
    page.click("text=Số 12/2026, bản tiếng Thái")
    expect(page.locator("#result")).to_contain_text("Bộ đo bản thu chưa chạy")

    def work() -> None:
        with open_worker(served.station, StopFlag()) as worker:
            worker.drain()

    working = threading.Thread(target=work)
    working.start()
    finding = page.locator(".wave-findings li").first
    expect(finding).to_contain_text("Im lặng 4 giây ở phút 3:12", timeout=90_000)  # the page came to it by itself
    working.join(60)

    finding.get_by_role("button").click()
    place = page.locator("[data-wave-sound]")
    wait_for(lambda: 190 <= place.evaluate("sound => sound.paused ? 0 : sound.currentTime") < 200, page)
    slider = page.get_by_role("slider", name="Vị trí nghe")
    slider.focus()
    page.keyboard.press("Space")
    wait_for(lambda: bool(place.evaluate("sound => sound.paused")), page)
    now = page.locator("[data-wave-now]")
    for key, told in (("Home", "0:00"), ("ArrowRight", "0:05"), ("ArrowRight", "0:10"), ("ArrowLeft", "0:05")):
        page.keyboard.press(key)
        expect(now).to_have_text(told, timeout=20_000)
    assert slider.get_attribute("aria-valuetext") == "0:05 / 8:36"
    page.locator("[data-wave-picture]").click(position={"x": 500, "y": 40})
    assert place.evaluate("sound => sound.currentTime") > 100
    page.click("text=Trình duyệt bản này")
    expect(page.locator("main")).to_contain_text("đã trình duyệt")


def test_a_file_is_paused_dropped_and_dragged_in(
    served: Served, open_page: Callable[..., Any], complaints: list[str], sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_down(monkeypatch, each_s=0.02)
    page = open_page("uploads")
    data = page.evaluate_handle(
        """size => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(size).fill(7)], "kéo thả số 3 PT.wav", { type: "audio/wav" }));
          return data;
        }""",
        3_000_000,
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("[data-uploads]", event, {"dataTransfer": data})
    row = page.locator("[data-sending-list] li")
    wait_for(lambda: share(served.station) > 0.1, page)
    row.get_by_role("button", name="Tạm dừng").click()
    expect(row).to_contain_text("Tạm dừng")
    page.wait_for_timeout(400)
    stopped_at = share(served.station)
    page.wait_for_timeout(600)
    assert share(served.station) == stopped_at < 1
    row.get_by_role("button", name="Gửi tiếp").click()
    wait_for(lambda: share(served.station) > stopped_at, page)
    row.get_by_role("button", name="Bỏ tệp").click()
    expect(row).to_have_count(0)
    wait_for(lambda: received(served.station) == [], page)
    page.reload()
    expect(page.locator("[data-sending-list] li")).to_have_count(0)
    forget_lost_contact(complaints)


def test_what_was_typed_in_other_rows_stays_when_a_file_comes(
    open_page: Callable[..., Any], complaints: list[str], sound: bytes
) -> None:
    page = open_page("uploads")
    page.set_input_files("#files", [file_of(sound[:200_000], "ghi âm.wav")])
    first = page.locator("[data-row]", has_text="ghi âm.wav")
    first.get_by_label("Số thứ tự").fill("12")
    first.get_by_label("Bản tiếng").select_option("vi")
    expect(first).to_contain_text("“Hộ chiếu phổ thông”")
    expect(first.get_by_label("Đúng, nhận tệp này")).to_be_checked()
    page.set_input_files("#files", [file_of(sound[:300_000], "k99 phothong.wav"), file_of(b"", "rỗng.wav")])
    second = page.locator("[data-row]", has_text="k99 phothong.wav")
    expect(second.get_by_label("Tên số mới")).to_be_visible()
    expect(first.get_by_label("Số thứ tự")).to_have_value("12")
    expect(page.locator("[data-sending-state=failed]")).to_contain_text("Tệp rỗng")
    second.get_by_label("Đúng, nhận tệp này").uncheck()
    page.click("text=Nhận các tệp đã đánh dấu")
    expect(page.locator("#flashes")).to_contain_text("Đã nhận 1 tệp")
    expect(page.locator("[data-row]")).to_have_count(1)


def test_without_javascript_a_form_brings_files_and_a_picture_shows_the_sound(
    served: Served, open_page: Callable[..., Any], sound: bytes
) -> None:
    page = open_page("uploads", java_script_enabled=False)
    page.set_input_files("#files", [file_of(sound, "Số 12 PT.wav"), file_of(sound[:100_000], "Số 12 Thái.wav")])
    page.click("text=Gửi tệp >> nth=-1")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.locator("[data-row]", has_text="Số 12 Thái.wav").get_by_role("button", name="Bỏ tệp").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    page.click("text=Nhận các tệp đã đánh dấu")
    expect(page.locator("#received-list")).to_contain_text("đang chờ đo")
    with open_worker(served.station, StopFlag()) as worker:
        worker.drain()
    page.reload()
    page.click("text=Số 12/2026, bản tiếng phổ thông")
    expect(page.locator("main")).to_contain_text("Im lặng 4 giây ở phút 3:12")
    assert page.locator("[data-wave] svg path").count() == 1
    assert page.locator("audio[controls]").is_visible()
    assert uploads.LARGEST_PART == 2**20
