"""Pages of boxes in Debian's Chromium: what changes comes by itself, nothing complains, an exercise is not to be mistaken."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.village import CommandOutcome
from scheduler.models import Zone
from scheduler.models.village import CommandDelivery, Player, PlayerState
from scheduler.station import Station
from tests.factories import NOW, make_broadcast
from tests.fleet_rows import make_cast, make_transports
from tests.web.served import Served
from tests.web.station import make_editions, make_station

WIDE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    station = make_station(tmp_path_factory.mktemp("home"))
    with station.sessions.begin() as session:
        zones = make_cast(session, at=NOW)
        broadcast = make_broadcast(
            session, editions=make_editions(session), zones=tuple(zones.values()), starts_in=timedelta(hours=24.5)
        )
        make_transports(session, broadcast)
    served = Served(station)
    yield served
    served.stop()
    station.engine.dispose()


@pytest.fixture
def page(served: Served, sit_down: Callable[..., Any]) -> Any:
    return sit_down(served)


def change_state(station: Station, code: str, **values: Any) -> None:
    with station.sessions.begin() as session:
        state = session.scalars(select(PlayerState).join(Player).join(Zone).where(Zone.code == code)).one()
        for name, value in values.items():
            setattr(state, name, value)


def test_a_box_that_goes_out_of_contact_is_seen_without_a_reload(page: Any, served: Served) -> None:
    page.goto(served.url + "fleet/?search=v-well")
    page.wait_for_selector("#fleet-rows >> text=có liên lạc")
    page.evaluate("window.isTheSamePage = true")
    change_state(served.station, "V-WELL", online=False, turned_at=NOW + timedelta(seconds=1))
    page.wait_for_selector("#fleet-rows >> text=mất liên lạc", timeout=15_000)
    assert page.evaluate("window.isTheSamePage")
    assert page.locator("#search").input_value() == "v-well"
    change_state(served.station, "V-WELL", online=True, turned_at=NOW + timedelta(seconds=2))
    page.wait_for_selector("#fleet-rows >> text=có liên lạc", timeout=15_000)


def test_the_file_that_lacked_arrives_on_the_page_of_the_box(page: Any, served: Served) -> None:
    page.goto(served.url + "fleet/zones/V-LACKING")
    page.wait_for_selector("#box-why >> text=Thiếu tệp của buổi phát tới")
    change_state(served.station, "V-LACKING", files_ready=4, status={"files_missing": []})
    page.wait_for_selector("#box-why >> text=Sẵn sàng cho buổi 05:30 ngày mai.", timeout=15_000)


def test_stop_all_is_two_presses_and_its_outcomes_are_counted_live(page: Any, served: Served) -> None:
    page.goto(served.url + "fleet/")
    page.click("a:has-text('Dừng tất cả')")
    page.click("button:has-text('Dừng tất cả ngay')")
    page.wait_for_selector("#order-counts")
    tallies = page.locator("#order-counts dd")
    assert tallies.all_inner_texts() == ["8", "0", "0", "0", "0", "8"]
    with served.station.sessions.begin() as session:
        for place, row in enumerate(session.scalars(select(CommandDelivery))):
            row.sent_at = NOW
            if place < 6:
                row.outcome, row.answered_at = CommandOutcome.DONE, NOW
    playwright_api.expect(tallies).to_have_text(["8", "8", "6", "0", "0", "2"], timeout=15_000)


def test_a_part_that_somebody_uses_is_not_taken_from_under_them(page: Any, served: Served) -> None:
    page.goto(served.url + "fleet/?search=v-silent")
    page.locator("#fleet-rows a.title").focus()
    with page.expect_response(lambda answer: "/fleet/now" in answer.url, timeout=15_000):
        change_state(served.station, "V-SILENT", problems=["disk_full"], turned_at=NOW + timedelta(seconds=9))
    assert page.evaluate("document.activeElement.className") == "title"
    page.evaluate("document.activeElement.blur()")
    change_state(served.station, "V-SILENT", turned_at=NOW + timedelta(seconds=10))
    page.wait_for_selector("#fleet-rows >> text=Thẻ nhớ của máy đã đầy", timeout=15_000)


def test_the_map_shows_every_box_with_a_place(page: Any, served: Served) -> None:
    page.goto(served.url + "fleet/")
    page.wait_for_selector(".map-mark")
    assert sum(int(text or 1) for text in page.locator(".map-mark").all_inner_texts()) == 9


def test_the_picture_of_a_pairing_code_is_drawn(page: Any, served: Served) -> None:
    page.goto(served.url + "fleet/zones/V-NONE")
    page.click("button:has-text('Tạo mã ghép máy')")
    page.wait_for_selector(".pairing-qr")
    assert page.evaluate("(i => i.complete && i.naturalWidth)(document.querySelector('.pairing-qr'))") > 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_an_exercise_is_seen_at_a_glance(page: Any, served: Served, scheme: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.goto(served.url + "fleet/exercise?zone=V-WELL")
    banner = page.locator(".exercise-banner")
    assert banner.is_visible() and "DIỄN TẬP" in banner.inner_text()
    frame = page.evaluate("getComputedStyle(document.querySelector('.exercise')).borderTopColor")
    button = page.evaluate("getComputedStyle(document.querySelector('form.card .button')).backgroundColor")
    assert frame == "rgb(91, 42, 134)"
    page.goto(served.url + "fleet/command?zone=V-WELL")
    ordinary = page.evaluate("getComputedStyle(document.querySelector('form.card .button')).backgroundColor")
    assert page.locator(".exercise").count() == 0 and ordinary != button
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
