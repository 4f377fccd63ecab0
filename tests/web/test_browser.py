"""The dashboard in Debian's Chromium: it moves by itself, says when contact is lost, and comes back by itself."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from scheduler.domain.people import Role
from scheduler.models import Claim, UserSession
from tests.factories import NOW
from tests.fakes import SteppingClock
from tests.web.conftest import forget_lost_contact
from tests.web.served import Served
from tests.web.station import fill_morning, make_station
from web import live

SCREENS = {"wide": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
LOST = "Mất liên lạc với máy chủ từ 05:00"

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(live, "HEARTBEAT_S", 1.0)
    station = make_station(tmp_path, filled_by=fill_morning)
    served = Served(station)
    yield served
    served.stop()
    station.engine.dispose()


@pytest.fixture
def open_page(served: Served, sit_down: Callable[..., Any]) -> Callable[..., "playwright_api.Page"]:
    return partial(sit_down, served, role=Role.OPERATOR)


def end_all(served: Served) -> None:
    """Let the daemon report that nothing sounds any more."""
    with served.station.sessions.begin() as session:
        session.execute(update(Claim).values(closed_at=NOW))


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_the_screen_without_complaints(
    open_page: Callable[..., "playwright_api.Page"], screen: str, scheme: str
) -> None:
    page = open_page(viewport=SCREENS[screen], color_scheme=scheme)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["width"]


def test_the_time_left_counts_down_and_the_station_time_is_shown_whatever_the_browsers(
    open_page: Callable[..., "playwright_api.Page"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 3600.0)  # the station's clock stands still, and would be told again
    page = open_page(timezone_id="America/New_York")
    for place in ("#on-air .countdown", "#bar .countdown"):
        left = page.locator(place).first
        before = left.inner_text()
        page.wait_for_function(f"before => document.querySelector('{place}').textContent !== before", arg=before)
        assert left.inner_text() < before
    assert page.locator("[data-clock]").inner_text().startswith("05:00")


def test_the_page_shows_by_itself_what_the_daemon_reports_next(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert page.locator("#on-air .sounding-item").count() == 2
    page.wait_for_timeout(500)
    end_all(served)
    page.get_by_text("Hiện không có vùng phát nào đang phát").wait_for(timeout=15_000)
    page.locator("#bar").get_by_text("Không phát").wait_for(timeout=5_000)
    assert not [url for url in asked if "/playout/now" in url]  # it was told and did not ask


def test_a_server_that_went_is_told_and_the_page_comes_back_with_it(
    served: Served, open_page: Callable[..., "playwright_api.Page"], complaints: list[str]
) -> None:
    page = open_page()
    assert not page.locator("[data-lost]").is_visible()
    page.wait_for_timeout(500)
    served.stop()
    page.get_by_text(LOST).wait_for(timeout=20_000)
    end_all(served)
    served.start()
    page.locator("[data-lost]").wait_for(state="hidden", timeout=30_000)
    page.get_by_text("Hiện không có vùng phát nào đang phát").wait_for(timeout=5_000)
    forget_lost_contact(complaints)


def test_a_stream_that_fell_silent_is_no_contact(
    open_page: Callable[..., "playwright_api.Page"], monkeypatch: pytest.MonkeyPatch, complaints: list[str]
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 3600.0)  # the stream stays open, as one through a dead cable does
    page = open_page()
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    page.get_by_text(LOST).wait_for(timeout=30_000)
    page.context.set_offline(False)
    page.locator("[data-lost]").wait_for(state="hidden", timeout=20_000)
    forget_lost_contact(complaints)


def test_a_page_that_finds_no_place_among_the_listeners_asks_instead(
    served: Served,
    open_page: Callable[..., "playwright_api.Page"],
    monkeypatch: pytest.MonkeyPatch,
    complaints: list[str],
) -> None:
    monkeypatch.setattr(live, "MOST_LISTENERS", 0)
    page = open_page()
    page.wait_for_timeout(500)
    end_all(served)
    page.get_by_text("Hiện không có vùng phát nào đang phát").wait_for(timeout=15_000)
    assert not page.locator("[data-lost]").is_visible()
    forget_lost_contact(complaints)


def test_the_page_says_when_the_session_has_ended(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page()
    page.wait_for_timeout(300)
    with served.station.sessions.begin() as session:
        session.execute(update(UserSession).values(revoked_at=NOW))
    page.get_by_text("Phiên làm việc đã hết").wait_for(timeout=15_000)
    assert page.get_by_role("link", name="Đăng nhập lại").is_visible()
    assert not page.locator("[data-lost]").is_visible()


def test_without_script_the_page_reloads_itself(open_page: Callable[..., "playwright_api.Page"]) -> None:
    page = open_page(java_script_enabled=False)
    assert "tự tải lại" in page.inner_text("body")
    assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "10; url=/playout/watch"
    page.goto(page.url + "playout/watch")
    assert page.locator("#on-air .sounding-item").count() == 2


def test_a_selection_survives_a_change_of_another_part(
    served: Served, open_page: Callable[..., "playwright_api.Page"]
) -> None:
    page = open_page()
    page.wait_for_timeout(300)
    page.evaluate("window.kept = document.querySelector('#year')")
    assert isinstance(served.station.clock, SteppingClock)
    served.station.clock.advance(timedelta(seconds=5))
    end_all(served)
    page.get_by_text("Hiện không có vùng phát nào đang phát").wait_for(timeout=15_000)
    assert page.evaluate("window.kept === document.querySelector('#year')")


def test_a_hidden_tab_listens_no_more(served: Served, open_page: Callable[..., "playwright_api.Page"]) -> None:
    page = open_page()
    hub = served.app.extensions["live"]
    page.wait_for_timeout(500)
    assert hub.listeners == 1
    hide = """document.dispatchEvent((Object.defineProperty(document, "hidden",
        {{value: {}, configurable: true}}), new Event("visibilitychange")))"""
    page.evaluate(hide.format("true"))
    page.wait_for_timeout(3_000)
    assert hub.listeners == 0
    page.evaluate(hide.format("false"))
    page.wait_for_timeout(1_000)
    assert hub.listeners == 1
