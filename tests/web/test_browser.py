"""The status page in Debian's Chromium: no console errors, nothing from other machines, alive, and readable everywhere."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.serving import make_server

from scheduler.models import Claim
from scheduler.station import Station
from tests.factories import NOW
from tests.fakes import SteppingClock
from tests.web.station import WELL, fill_morning, make_station
from web.app import create_app

CHROMIUM = Path("/usr/bin/chromium")
SCREENS = {"wide": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's Chromium is not installed"),
]


class Served:
    """The page of a station on a real server of its own."""

    def __init__(self, station: Station) -> None:
        self.station = station
        app = create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0))
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    station = make_station(tmp_path)
    fill_morning(station)
    served = Served(station)
    yield served
    served.stop()
    station.engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright_api.Browser"]:
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: "playwright_api.Browser") -> Iterator[Callable[..., "playwright_api.Page"]]:
    contexts = []
    complaints: list[str] = []

    def open_(url: str, **options: object) -> "playwright_api.Page":
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(url) or complaints.append(f"foreign {request.url}"))
        page.goto(url)
        return page

    open_.complaints = complaints  # type: ignore[attr-defined]
    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_the_screen_without_complaints(
    served: Served, open_page: Callable[..., "playwright_api.Page"], screen: str, scheme: str
) -> None:
    page = open_page(served.url, viewport=SCREENS[screen], color_scheme=scheme)
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["width"]
    assert open_page.complaints == []  # type: ignore[attr-defined]


def test_the_time_left_counts_down_and_the_station_time_is_shown_whatever_the_browsers(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page(served.url, timezone_id="America/New_York")
    left = page.locator("#on-air .countdown").first
    before = left.inner_text()
    page.wait_for_function("before => document.querySelector('#on-air .countdown').textContent !== before", arg=before)
    assert left.inner_text() < before
    assert page.locator("[data-clock]").inner_text().startswith("05:00")


def test_the_page_shows_by_itself_what_the_daemon_reports_next(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page(served.url)
    assert page.locator("#on-air .sounding-item").count() == 2
    with served.station.sessions.begin() as session:
        session.execute(update(Claim).values(closed_at=NOW))
    page.get_by_text("Hiện không có cụm loa nào đang phát").wait_for(timeout=15_000)


def test_the_page_says_when_it_lost_contact_and_when_it_is_back(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page(served.url)
    assert not page.locator("[data-lost]").is_visible()
    page.context.set_offline(True)
    page.get_by_text("Mất liên lạc với máy chủ từ 05:00").wait_for(timeout=20_000)
    page.context.set_offline(False)
    page.locator("[data-lost]").wait_for(state="hidden", timeout=20_000)


def test_without_script_the_page_reloads_itself(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page(served.url, java_script_enabled=False)
    assert "tự tải lại" in page.inner_text("body")
    assert page.locator("meta[http-equiv=refresh]").count() == 1


def test_a_selection_survives_a_refresh_in_which_nothing_changed(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page(served.url)
    page.evaluate("window.kept = document.querySelector('#year')")
    assert isinstance(served.station.clock, SteppingClock)
    served.station.clock.advance(timedelta(seconds=5))
    with page.expect_response("**/playout/now"):
        pass
    page.wait_for_timeout(300)
    assert page.evaluate("window.kept === document.querySelector('#year')")
