"""Reviewing by keyboard in Debian's Chromium, with sound that plays; and the same without JavaScript."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audio.store import FileMediaStore
from scheduler.domain.people import Role
from scheduler.domain.programme import EditionState
from scheduler.services import programme
from scheduler.station import Station
from tests.web.full_station import fill_station
from tests.web.served import Serving
from tests.web.station import WELL, client_for, make_station
from web.app import create_app

WAITING = "/approval/cchc/2026/5/blt"
QUIET_MS = 300
"""How long nothing happens where nothing should."""

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


class Served:
    """A station behind a real server, with an approver's cookies."""

    def __init__(self, home: Path) -> None:
        self.station: Station = make_station(home, filled_by=fill_station)
        store = FileMediaStore(home)
        self.app = create_app(self.station, media=store, look_at_machine=lambda: WELL, shared_for=timedelta(0))
        self._serving = Serving(self.app, threads=12)
        self.origin = self._serving.origin

    def open_page(self, browser: Any, **options: Any) -> Any:
        """A page of somebody who may approve, in a browser whose clock is elsewhere."""
        client = client_for(self.app, role=Role.APPROVER)
        with client.session_transaction():
            pass
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, timezone_id="America/New_York", **options
        )
        cookies = [
            {"name": item.key, "value": item.value, "url": self.origin} for item in (client._cookies or {}).values()
        ]
        context.add_cookies(cookies)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.goto(self.origin + WAITING, wait_until="load")
        return page

    def state(self, language: str = "blt") -> EditionState:
        with self.station.sessions() as session:
            return programme.get_edition(session, "cchc", year=2026, number=5, language=language).state

    def close(self) -> None:
        self._serving.stop()
        self.station.engine.dispose()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


IS_PLAYING = "() => { const sound = document.querySelector('audio[data-wave-sound]'); return !sound.paused && sound.currentTime > 0; }"
IS_PAUSED = "() => document.querySelector('audio[data-wave-sound]').paused"


def test_space_plays_and_a_approves_after_a_question(served: Served, browser: Any) -> None:
    page = served.open_page(browser)
    assert page.locator("[data-key-hint]").first.is_visible()
    page.keyboard.press("Space")
    page.wait_for_function(IS_PLAYING)
    page.keyboard.press("Space")
    page.wait_for_function(IS_PAUSED)
    page.keyboard.press("a")
    question = page.locator("dialog[open]")
    assert "Duyệt lần thu 1, bản tiếng Thái?" in question.inner_text()
    question.get_by_role("button", name="Hủy bỏ").click()
    assert served.state() is EditionState.SUBMITTED
    page.keyboard.press("A")
    page.locator("dialog[open]").get_by_role("button", name="Duyệt cho phát").press("Enter")
    page.wait_for_url("**/approval/cchc/2026/5/vi")
    assert served.state() is EditionState.APPROVED
    assert "Đã duyệt số 5/2026, bản tiếng Thái." in page.locator("#flashes").inner_text()


def test_r_goes_to_the_reason_and_letters_typed_there_are_letters(served: Served, browser: Any) -> None:
    page = served.open_page(browser)
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.type("a r doc nhanh")
    assert page.locator("dialog[open]").count() == 0
    assert page.locator("[name=reason]").input_value() == "a r doc nhanh"
    assert page.evaluate(IS_PAUSED)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/approval/cchc/2026/5/vi")
    assert served.state() is EditionState.REJECTED


def test_keys_can_be_switched_off_and_stay_off(served: Served, browser: Any) -> None:
    page = served.open_page(browser)
    page.get_by_label("Dùng phím tắt").uncheck()
    page.reload(wait_until="load")
    page.locator("h1").click()
    for key in ("a", "Space", "r"):
        page.keyboard.press(key)
    page.wait_for_timeout(QUIET_MS)
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate(IS_PAUSED)
    assert page.evaluate("document.activeElement.name ?? ''") != "reason"


def test_the_original_plays_too(served: Served, browser: Any) -> None:
    page = served.open_page(browser)
    page.get_by_text("Nghe bản gốc như khi gửi").click()
    original = page.get_by_label("Bản gốc như khi gửi")
    original.evaluate("sound => sound.play()")
    page.wait_for_function("sound => sound.currentTime > 0", arg=original.element_handle())


def test_everything_is_done_without_javascript(served: Served, browser: Any) -> None:
    page = served.open_page(browser, java_script_enabled=False)
    assert page.locator("audio[data-wave-sound]").get_attribute("controls") is not None
    assert not page.locator("[data-key-hint]").first.is_visible()
    page.get_by_role("button", name="Trả lại để sửa").click()  # the browser itself asks for the reason
    page.get_by_label("Lý do trả lại").fill("Đọc nhanh ở phút 2")
    page.get_by_role("button", name="Trả lại để sửa").click()
    page.wait_for_url("**/approval/cchc/2026/5/vi")
    page.get_by_role("button", name="Duyệt cho phát").click()
    page.wait_for_url("**/approval/")
    assert (served.state("blt"), served.state("vi")) == (EditionState.REJECTED, EditionState.APPROVED)
    page.get_by_role("link", name="Thư viện", exact=True).last.click()
    page.get_by_label("Tìm (không cần gõ dấu)").fill("chung thuc")
    page.get_by_role("button", name="Tìm", exact=True).click()
    assert page.get_by_text("Tìm thấy").inner_text().startswith("Tìm thấy")
    assert page.locator("table.library tbody tr").first.inner_text().startswith("5/2026")
