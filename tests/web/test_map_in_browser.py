"""The map of zones in Debian's Chromium: marks by keyboard and pointer, groups that open, nothing from elsewhere."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.people import Role
from scheduler.models import Area, StationSetting, Zone
from tests.factories import NOW, make_zone
from tests.web.served import Served
from tests.web.station import fill_morning, make_station

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    station = make_station(tmp_path_factory.mktemp("home"), filled_by=fill_morning)
    with station.sessions.begin() as session:
        commune = session.scalars(select(Area).where(Area.name == "Chiềng Xôm")).one()
        for number, zone in enumerate(session.scalars(select(Zone).order_by(Zone.code))):
            zone.latitude, zone.longitude = 21.38 + number / 50, 103.9
        for number in range(40):
            zone = make_zone(session, code=f"N{number}", name=f"Bản {number:02}", area=commune)
            zone.latitude, zone.longitude = 21.2 + number / 100_000, 104.0
    served = Served(station)
    yield served
    served.stop()
    station.engine.dispose()


@pytest.fixture
def page(served: Served, sit_down: Callable[..., Any]) -> Any:
    page = sit_down(served, "coverage/", role=Role.OPERATOR)
    page.wait_for_selector(".map-mark")
    return page


def numbers(page: Any) -> list[int]:
    return sorted(int(text or 1) for text in page.locator(".map-mark").all_inner_texts())


def test_every_zone_is_on_the_map_and_nothing_is_fetched_from_elsewhere(page: Any) -> None:
    assert sum(numbers(page)) == 43
    assert max(numbers(page)) == 40


def test_a_group_opens_into_its_zones_by_pointer(page: Any) -> None:
    page.locator(".map-mark.many", has_text="40").click()
    page.wait_for_function("document.querySelectorAll('.map-mark').length > 1 && ![...document.querySelectorAll('.map-mark')].some(m => m.textContent === '40')")  # fmt: skip
    assert max(numbers(page)) < 40


def test_a_mark_is_reached_and_opened_by_keyboard_and_leads_to_its_zone(page: Any, served: Served) -> None:
    link = page.locator(".leaflet-popup-content a").first
    for _ in range(8):  # a mark that stands for several leads nearer, until there is one to tell of
        mark = page.locator(".map-mark.on_air").first
        assert mark.get_attribute("tabindex") == "0" and mark.get_attribute("role") == "button"
        mark.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(250)
        if link.count():
            break
    assert "đang phát" in page.locator(".leaflet-popup-content").inner_text()
    assert re.fullmatch(r"/coverage/zones/\w+", link.get_attribute("href"))
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/coverage/zones/\w+$"))
    assert page.locator("h1").inner_text() in {"Bản Tông", "Bản Hụm", "Tổ 1"}


def test_all_that_is_on_the_map_is_in_the_list_of_the_page(page: Any) -> None:
    names = set(page.locator("a.title").all_inner_texts())
    assert {"Bản Tông", "Bản Hụm", "Tổ 1", "Bản 00", "Bản 39"} <= names


def test_tiles_are_fetched_only_from_where_the_rule_says(served: Served, browser: Any) -> None:
    with served.station.sessions.begin() as session:
        tiles = "https://tiles.example/{z}/{x}/{y}.png"
        session.merge(StationSetting(name="tile_url", value=tiles, changed_at=NOW, changed_by="x"))
    context = browser.new_context()
    context.add_cookies([served.browser_cookie(role=Role.OPERATOR)])
    page, asked, said = context.new_page(), set[str](), list[str]()

    def refuse(route: Any) -> None:
        asked.add(route.request.url.split("/")[2])
        route.abort()

    page.route("https://**/*", refuse)
    page.on("console", lambda message: said.append(message.text) if "Content Security Policy" in message.text else None)
    page.goto(f"{served.url}coverage/")
    page.wait_for_selector(".map-mark")
    page.wait_for_timeout(300)
    context.close()
    with served.station.sessions.begin() as session:
        session.delete(session.get_one(StationSetting, "tile_url"))
    assert asked == {"tiles.example"} and said == []
