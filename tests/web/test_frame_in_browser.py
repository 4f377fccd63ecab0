"""The frame of the pages in Debian's Chromium: navigation without a script, questions before sending, colours, print."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.web.served import Served
from tests.web.station import fill_morning, make_station

WIDE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser
OpenPage = Callable[..., "playwright_api.Page"]
DARK, LIGHT = "rgb(15, 21, 19)", "rgb(243, 245, 244)"
GROUND = "getComputedStyle(document.body).backgroundColor"
ASK = """(tell) => { document.querySelector('main').insertAdjacentHTML('beforeend',
  '<form id="danger" action="/" method="get" data-confirm="Xóa thật không?"><button name="sent" value="1">Xóa</button></form>')}"""

PARTS = """() => { for (const name of ['refused', 'form', 'broken', 'away']) {
  const part = document.createElement('div');
  part.id = name;
  part.innerHTML = `<button hx-post="/try/${name}" hx-target="#${name}">Thử</button>`;
  document.querySelector('main').append(part);
  htmx.process(part);
} }"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    station = make_station(tmp_path_factory.mktemp("home"), filled_by=fill_morning)
    served = Served(station)
    yield served
    served.stop()
    station.engine.dispose()


@pytest.fixture
def open_page(served: Served, sit_down: Callable[..., Any]) -> OpenPage:
    return partial(sit_down, served)


def test_on_a_phone_the_pages_are_in_a_fold_that_needs_no_script(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, java_script_enabled=False)
    link = page.locator("header .nav").get_by_role("link", name="Bảng điều khiển")
    assert not link.is_visible()
    page.get_by_text("Mục lục").click()
    assert link.is_visible()
    link.click()
    assert page.url.endswith("/")


def test_on_a_wide_screen_the_pages_are_at_the_side(open_page: OpenPage) -> None:
    page = open_page()
    assert page.locator(".side").get_by_role("link", name="Bảng điều khiển").is_visible()
    assert not page.get_by_text("Mục lục").is_visible()


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Đến nội dung chính"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_colours_follow_the_system_until_a_person_chooses_and_stay_without_a_flash(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    assert page.evaluate(GROUND) == DARK
    switch = page.locator(".side").get_by_role("button", name="Đổi nền sáng / tối")
    switch.click()
    assert page.evaluate(GROUND) == LIGHT
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.first = document.documentElement.dataset.colours })"
    )
    page.reload()
    assert page.evaluate("window.first") == "light", "known before anything is painted"
    assert page.evaluate(GROUND) == LIGHT
    switch.click()
    assert page.evaluate(GROUND) == DARK


def test_a_question_stands_before_what_cannot_be_undone(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate(ASK)
    page.get_by_role("button", name="Xóa", exact=True).click()
    dialog = page.get_by_role("dialog", name="Xóa thật không?")
    dialog.get_by_role("button", name="Hủy bỏ").click()
    assert "sent" not in page.url
    page.get_by_role("button", name="Xóa", exact=True).click()
    assert page.evaluate("document.activeElement.textContent") == "Hủy bỏ", "Enter alone does no harm"
    dialog.get_by_role("button", name="Đồng ý").click()
    page.wait_for_url("**/?sent=1")


def test_what_htmx_is_answered_is_swapped_only_when_it_is_a_part_of_a_page(
    open_page: OpenPage, complaints: list[str]
) -> None:
    page = open_page()
    tokens: list[str | None] = []
    refusal = '<section class="card message"><h1>Chưa thực hiện được</h1><p>Đã quá giờ phát.</p></section>'
    answers = {"refused": (409, refusal), "form": (422, "Sửa ô này"), "broken": (500, "Traceback")}

    def answer(route: "playwright_api.Route") -> None:
        tokens.append(route.request.headers.get("x-csrftoken"))
        name = route.request.url.split("/")[-1]
        if name in answers:
            route.fulfill(status=answers[name][0], body=answers[name][1], content_type="text/html")
        else:
            route.abort()

    page.route("**/try/*", answer)
    page.evaluate(PARTS)
    for name, said in (
        ("refused", "Đã quá giờ phát."),
        ("broken", "Máy chủ chưa thực hiện được"),
        ("away", "Không liên lạc"),
    ):
        page.click(f"#{name} button")
        page.locator("#flashes .banner.bad", has_text=said).wait_for(timeout=5_000)
        assert page.locator(f"#{name}").inner_text() == "Thử", "an error page never becomes a part of a page"
    page.click("#form button")
    page.locator("#form", has_text="Sửa ô này").wait_for(timeout=5_000)
    assert len(tokens) == 4
    assert all(tokens)
    complaints.clear()  # each refusal is noted by the browser itself


def test_in_the_other_language_until_it_is_chosen_back(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".side").get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator(".side").get_by_role("link", name="Dashboard").is_visible()
    page.locator(".side").get_by_role("button", name="Tiếng Việt").click()
    assert page.locator("html").get_attribute("lang") == "vi"


@pytest.mark.parametrize(("locale", "written"), [("en-US", ["05/06/2026", "17:30"]), ("vi-VN", [])])
def test_a_browser_that_writes_days_otherwise_says_beside_the_field_what_is_meant(
    open_page: OpenPage, locale: str, written: list[str]
) -> None:
    page = open_page(locale=locale)
    page.evaluate(
        """() => document.querySelector('main').insertAdjacentHTML('beforeend', '<form><input type="date" id="day">'
        + '<input type="time" id="hour"></form>')"""
    )
    page.fill("#day", "2026-06-05")
    page.fill("#hour", "17:30")
    assert page.locator(".written").all_inner_texts() == written


def test_what_is_printed_has_no_navigation_and_dark_letters_on_white(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("header.top").is_visible()
    assert not page.locator(".side").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(22, 33, 29)"


def test_a_vietnamese_page_loads_the_small_alphabets_only(open_page: OpenPage, served: Served) -> None:
    page = open_page()
    fonts: list[str] = []
    page.on("request", lambda request: fonts.append(request.url.split("/")[-1]) if "woff2" in request.url else None)
    page.reload()
    page.evaluate("document.fonts.ready")
    assert any("vietnamese" in name for name in fonts)
    assert not [name for name in fonts if "latin-ext" in name or "tai-viet" in name]
