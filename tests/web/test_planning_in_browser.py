"""The week in Debian's Chromium: a calendar in the station's hours, dragging, no resizing, and all of it without a script."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.people import Role
from scheduler.models import Area, Broadcast, Slot
from scheduler.services import plan_choices
from tests.factories import NOW, make_zone
from tests.web.planned_station import Planned, make_planned_station
from tests.web.served import Served

WIDE = {"width": 1366, "height": 1000}
ELSEWHERE = "America/New_York"

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser
Open = Callable[..., Any]


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Planned]:
    made = make_planned_station(tmp_path)
    yield made
    made.station.engine.dispose()


@pytest.fixture
def served(planned: Planned) -> Iterator[Served]:
    served = Served(planned.station)
    yield served
    served.stop()


@pytest.fixture
def open_page(served: Served, sit_down: Callable[..., Any]) -> Open:
    def open_(path: str = "planning/", **options: Any) -> Any:
        return sit_down(served, path, **{"role": Role.OPERATOR, "viewport": WIDE, "timezone_id": ELSEWHERE, **options})

    return open_


def event(page: Any, day: date, code: str = "sang") -> Any:
    return page.locator(f'#calendar a[href="/planning/slots/{code}/{day.isoformat()}"]')


def starts_at(planned: Planned, day: date) -> Any:
    with planned.station.sessions.begin() as session:
        return session.scalars(
            select(Broadcast.starts_at).join(Slot).where(Slot.code == "sang", Broadcast.occurrence_on == day)
        ).one()


DAY = date(2026, 11, 26)


def test_the_calendar_shows_the_stations_hours_in_new_york(open_page: Open) -> None:
    page = open_page()
    event(page, DAY).wait_for()
    assert event(page, DAY).inner_text().startswith("05:30 Buổi sáng")
    assert "sẽ phát" in event(page, DAY).inner_text()
    assert "Thứ Năm" in page.locator("#calendar").inner_text()
    assert not page.locator(".plan-table").is_visible()
    column = event(page, DAY).bounding_box()["x"]
    assert column > event(page, DAY - timedelta(days=1)).bounding_box()["x"]


def drag_down(page: Any, place: Any, pixels: float, *, from_bottom: bool = False) -> None:
    box = place.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] - 2 if from_bottom else 12)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + pixels / 2, steps=5)
    page.mouse.move(x, y + pixels, steps=5)
    page.mouse.up()


def test_dragging_moves_that_one_date_and_undo_brings_it_back(planned: Planned, open_page: Open) -> None:
    page = open_page()
    event(page, DAY).wait_for()
    before = starts_at(planned, DAY)
    with page.expect_response("**/planning/drag"):
        drag_down(page, event(page, DAY), 200)
    page.wait_for_selector("text=Đã dời buổi ngày 26/11/2026")
    moved = starts_at(planned, DAY)
    assert timedelta(hours=2) < moved - before < timedelta(hours=8)
    assert starts_at(planned, DAY + timedelta(days=1)) == NOW + timedelta(days=3, minutes=30)
    page.click("text=Hoàn tác")
    page.wait_for_selector("text=Đã hoàn tác thay đổi cuối của bạn.")
    assert starts_at(planned, DAY) == before


def test_dropping_into_the_past_is_refused_and_the_event_goes_back(
    planned: Planned, open_page: Open, complaints: list[str]
) -> None:
    page = open_page()
    event(page, DAY).wait_for()
    box, target = event(page, DAY).bounding_box(), event(page, date(2026, 11, 25)).bounding_box()
    width = box["x"] - target["x"]
    page.mouse.move(box["x"] + 20, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 20 - 3 * width, box["y"] + 16, steps=12)
    page.mouse.up()
    page.wait_for_selector("text=quá sát giờ")
    assert starts_at(planned, DAY) == NOW + timedelta(days=2, minutes=30)
    assert abs(event(page, DAY).bounding_box()["x"] - box["x"]) < 3
    assert len(complaints) == 1 and "409" in complaints.pop(), "the browser itself notes the refusal, nothing else"


def test_pulling_the_lower_edge_changes_no_length(open_page: Open) -> None:
    page = open_page(role=Role.VIEWER)
    event(page, DAY).wait_for()
    height = event(page, DAY).bounding_box()["height"]
    drag_down(page, event(page, DAY), 120, from_bottom=True)
    assert event(page, DAY).bounding_box()["height"] == height
    assert "resizer" not in page.locator("#calendar").inner_html()


def test_two_clicks_cancel_one_date(planned: Planned, open_page: Open) -> None:
    page = open_page()
    event(page, DAY).click()
    page.click("text=Hủy buổi")
    page.wait_for_selector("text=Đã hủy buổi này.")
    assert "đã hủy" in event(page, DAY).inner_text()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_without_a_script_the_table_and_the_forms_do_it_all(planned: Planned, open_page: Open, colours: str) -> None:
    page = open_page(java_script_enabled=False, color_scheme=colours)
    assert page.locator(".plan-table").is_visible() and not page.locator("#calendar").is_visible()
    page.locator('.plan-table a[href="/planning/slots/sang/2026-11-26"]').click()
    page.fill("input[name=starts_at_local]", "18:45")
    page.click("text=Dời buổi")
    assert "dời từ 05:30 26/11/2026" in page.locator(".plan-table").inner_text()
    assert starts_at(planned, DAY) == NOW + timedelta(days=2, hours=13, minutes=45)


def test_a_slot_is_made_with_the_keyboard_alone(planned: Planned, open_page: Open) -> None:
    page = open_page("planning/slots/new")
    page.focus("input[name=title]")
    page.keyboard.type("Buổi trưa")
    page.focus("input[name=days][value=MO]")
    page.keyboard.press("Space")
    page.focus("input[name=starts_at_local]")
    page.keyboard.type("11:30")
    page.focus(f"input[name=targets][value=a{planned.city}]")
    page.keyboard.press("Space")
    page.focus("button[value=preview]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Chưa lưu gì cả.")
    page.focus("button[value=save]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Đã tạo khung giờ “Buổi trưa”.")


def test_what_lies_in_a_commune_of_a_large_tree_comes_when_it_is_opened(
    planned: Planned, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_choices, "TOLD_AT_ONCE", 0)
    with planned.station.sessions.begin() as session:
        make_zone(session, code="THEM", name="Bản Thêm", area=session.get_one(Area, planned.xom))
    page = open_page("planning/slots/new")
    branch = page.locator(f"#place-a{planned.xom}")
    branch.locator("summary").click()
    page.get_by_label("Bản Thêm").check()
    branch.locator("summary").click()
    branch.locator("summary").click()  # what is ticked stays
    assert page.get_by_label("Bản Thêm").is_checked()
    page.check("input[name=days][value=MO]")
    page.fill("input[name=starts_at_local]", "11:30")
    page.press("input[name=starts_at_local]", "Enter")  # asks for the preview, opens no branch
    page.wait_for_selector("text=Chưa lưu gì cả.")
    assert page.get_by_label("Bản Thêm").is_checked()


def test_on_a_phone_the_week_is_a_list_of_days_that_fits(open_page: Open) -> None:
    for path in (
        "planning/",
        "planning/list",
        "planning/slots/",
        "planning/slots/new",
        "planning/slots/sang/2026-11-26",
    ):
        page = open_page(path, viewport={"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
