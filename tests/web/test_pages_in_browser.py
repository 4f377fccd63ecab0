"""Every page in Debian's Chromium, found by following the links: nothing complains, nothing is foreign, all can be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from audio.store import FileMediaStore
from tests.web.conftest import note_complaints
from tests.web.full_station import fill_station
from tests.web.served import Serving
from tests.web.station import WELL, client_for, make_station
from web.app import create_app

AXE = Path(__file__).parents[2] / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
NOT_OPENED = {"sign_in.show_sign_in", "sign_in.show_setup", "live.stream"}

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@dataclass
class Seen:
    """What was found on a page."""

    path: str
    complaints: list[str] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)
    too_wide: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class Walk:
    """Opens one page of each route that links lead to, from the front page on."""

    def __init__(self, app: Flask, context: Any, origin: str) -> None:
        self.app = app
        self.origin = origin
        self.page = context.new_page()
        self.now: Seen | None = None
        note_complaints(self.page, origin, self._complain)

    def go(self) -> dict[str, Seen]:
        """All pages, by route."""
        found: dict[str, Seen] = {}
        waiting = ["/"]
        while waiting:
            path = waiting.pop(0)
            endpoint = self._endpoint_of(path)
            if endpoint is None or endpoint in found or endpoint in NOT_OPENED or endpoint == "static":
                continue
            seen = self._open(path)
            if seen is not None:
                found[endpoint] = seen
                waiting += seen.links
        return found

    def _complain(self, text: str) -> None:
        if self.now is not None:
            self.now.complaints.append(text)

    def _endpoint_of(self, path: str) -> str | None:
        try:
            endpoint, _ = self.app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")
        except HTTPException:
            return None
        return str(endpoint)

    def _open(self, path: str) -> Seen | None:
        self.now = seen = Seen(path)
        try:
            answer = self.page.goto(self.origin + path, wait_until="load")
        except playwright_api.Error:
            return None  # a download: it is no page
        if answer is None or "html" not in (answer.headers.get("content-type") or ""):
            return None
        assert answer.status == 200, (path, answer.status)
        self.page.wait_for_timeout(150)
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found = self._violations()
            if found:
                seen.violations[scheme] = found
        self.page.set_viewport_size(PHONE)
        seen.too_wide = self.page.evaluate(TOO_WIDE)
        self.page.set_viewport_size(WIDE)
        seen.links = self.page.evaluate(
            "() => [...document.querySelectorAll('a[href]')].filter(a => a.origin === location.origin && !a.download)"
            ".map(a => a.pathname + a.search)"
        )
        return seen

    def _violations(self) -> list[str]:
        result = self.page.evaluate(RUN_AXE)
        return [f"{item['id']}: {item['nodes'][0]['html'][:160]} ({len(item['nodes'])})" for item in result]


TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? []
  : [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ['violations'], preload: false,
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})).violations"""


@pytest.fixture(scope="module")
def walked(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    home = tmp_path_factory.mktemp("home")
    station = make_station(home, filled_by=fill_station)
    app = create_app(station, media=FileMediaStore(home), look_at_machine=lambda: WELL, shared_for=timedelta(0))
    serving = Serving(app)
    origin = serving.origin
    context = browser.new_context(viewport=WIDE, timezone_id="America/New_York", locale="en-US")
    context.add_init_script(path=str(AXE))
    context.add_cookies([{**cookie, "url": origin} for cookie in cookies_of(app)])
    yield Walk(app, context, origin).go()
    context.close()
    serving.stop()
    station.engine.dispose()


def cookies_of(app: Flask) -> list[dict[str, str]]:
    """The cookies of somebody who is signed in and may everything."""
    client = client_for(app)
    with client.session_transaction():
        pass
    return [{"name": item.key, "value": item.value} for item in client._cookies.values()]


def test_links_lead_to_every_page_of_the_station(walked: dict[str, Seen]) -> None:
    fronts = {
        "playout.show_status", "planning.show_week", "programme.show_library", "uploads.show_uploads",
        "approval.show_queue", "coverage.show_coverage", "logbook.show_log", "counting.show_counts",
        "people.show_users", "audit.show_audit", "settings.show_settings", "help.show_help", "account.show_account",
    }  # fmt: skip
    assert fronts - walked.keys() == set()
    assert len(walked) > 30


def test_no_page_makes_the_browser_complain_or_asks_another_machine(walked: dict[str, Seen]) -> None:
    assert {seen.path: seen.complaints for seen in walked.values() if seen.complaints} == {}


def test_no_page_has_a_fault_that_axe_finds_in_light_or_dark(walked: dict[str, Seen]) -> None:
    assert {seen.path: seen.violations for seen in walked.values() if seen.violations} == {}


def test_no_page_is_wider_than_a_phone(walked: dict[str, Seen]) -> None:
    assert {seen.path: seen.too_wide for seen in walked.values() if seen.too_wide} == {}
