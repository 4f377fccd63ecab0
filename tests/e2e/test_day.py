"""A whole day of a station told through the browser, from the one-time code to the count, by four people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.running import CODE, RunningStation, write_speech

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "nương lúa xanh tháng tám"
TITLE = "Đăng ký khai sinh"
STATION = ZoneInfo("Asia/Ho_Chi_Minh")
PATIENCE_MS = 60_000

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's Chromium is not installed"),
]


class People:
    """Browsers of people at one station; every complaint of any page is kept."""

    def __init__(self, browser: Any, station: RunningStation) -> None:
        self.browser, self.station = browser, station
        self.complaints: list[str] = []

    def sit_down(self, **options: Any) -> Any:
        """Somebody's own browser, far from the station's time zone."""
        options = {"timezone_id": "America/New_York", "viewport": {"width": 1366, "height": 768}, **options}
        page = self.browser.new_context(**options).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("request", lambda request: self._look_at(request.url))
        return page

    def choose_password(self, page: Any, code: str, **more: str) -> None:
        """Follow a one-time code."""
        page.goto(f"{self.station.url}/setup?code={code}")
        for label, text in more.items():
            page.get_by_label(label.replace("_", " ")).fill(text)
        page.get_by_label("Mật khẩu mới", exact=False).first.fill(PASSWORD)
        page.get_by_label("Gõ lại mật khẩu mới").fill(PASSWORD)
        page.get_by_role("button", name="Lưu mật khẩu và vào trang").click()
        page.wait_for_url(self.station.url + "/")

    def open(self, page: Any, name: str) -> None:
        """Go to a page by its name in the list at the side."""
        page.locator(".side").get_by_role("link", name=name, exact=True).click()

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    def _look_at(self, url: str) -> None:
        if not url.startswith((self.station.url, "data:", "blob:")):
            self._complain(f"foreign {url}")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    station = RunningStation(tmp_path / "home")
    station.home.mkdir()
    station.settle([("TONG", "Bản Tông", ("blt", "vi")), ("TO1", "Tổ 1", ("vi",))])
    station.start()
    try:
        with playwright_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            yield People(browser, station)
            browser.close()
    finally:
        station.stop()


def make_user(people: People, boss: Any, *, name: str, login: str, role: str) -> Any:
    """Let the administrator make a user, and the user choose a password in a browser of their own."""
    people.open(boss, "Người dùng")
    boss.get_by_role("link", name="Thêm người dùng").click()
    boss.get_by_label("Họ và tên").fill(name)
    boss.get_by_label("Tên đăng nhập").fill(login)
    boss.get_by_label("Vai trò thứ 1").select_option(label=role)
    boss.get_by_role("button", name="Thêm người dùng").click()
    found = CODE.search(boss.locator("main").inner_text())
    assert found is not None
    page = people.sit_down()
    people.choose_password(page, found[0])
    return page


def make_series(people: People, page: Any) -> None:
    people.open(page, "Thư viện")
    page.get_by_role("link", name="Các chuyên mục").click()
    page.get_by_role("link", name="Thêm chuyên mục").click()
    page.get_by_label("Tên chuyên mục").fill("Chung tay cải cách thủ tục hành chính")
    page.get_by_label("Mã chuyên mục").fill("cchc")
    page.get_by_label("phổ thông").check()
    page.get_by_label("Thái", exact=True).check()
    page.get_by_label("Ngắn nhất (phút)").fill("0,1")
    page.get_by_label("Dài nhất (phút)").fill("2")
    page.get_by_role("button", name="Thêm chuyên mục").click()
    page.get_by_role("cell", name="cchc", exact=True).wait_for()


def bring_recordings(people: People, page: Any, folder: Path) -> None:
    """Both editions at once; the station guesses from the names, a person gives the title and confirms."""
    files = [
        write_speech(folder / name, seconds=12, seed=seed)
        for seed, name in enumerate(("Số 1 - Thái.wav", "Số 1 - phổ thông.wav"))
    ]
    people.open(page, "Tải lên")
    page.get_by_label("Chọn một hoặc nhiều tệp âm thanh").set_input_files([str(path) for path in files])
    rows = page.locator("[data-row]")
    for name in ("Số 1 - Thái.wav", "Số 1 - phổ thông.wav"):
        row = rows.filter(has_text=name)
        row.wait_for()
        row.get_by_label("Tên số mới").fill(TITLE)
        row.get_by_label("Đúng, nhận tệp này").check()
    page.get_by_role("button", name="Nhận các tệp đã đánh dấu").click()
    page.locator("#received-list .mark").filter(has_text="đạt").nth(1).wait_for()


def submit_both(people: People, page: Any) -> None:
    people.open(page, "Thư viện")
    page.get_by_role("link", name=TITLE).first.click()
    for language in ("Thái", "phổ thông"):
        page.get_by_role("button", name=f"Trình duyệt Bản tiếng {language}").click()
        page.locator("section.edition").filter(has_text=f"Bản tiếng {language}").get_by_text(
            "đã trình duyệt"
        ).first.wait_for()


def approve_both(people: People, page: Any) -> None:
    """Listen and approve; after each decision the next one in the queue is shown."""
    people.open(page, "Duyệt")
    page.get_by_role("link", name="Nghe và duyệt").first.click()
    for left in (1, 0):
        page.get_by_role("button", name="Duyệt cho phát").click()
        page.locator("#flashes .banner").wait_for()
        people.open(page, "Duyệt")
        if left:
            page.get_by_role("link", name="Nghe và duyệt").first.click()


def plan_one_off(people: People, page: Any) -> None:
    people.open(page, "Tuần phát sóng")
    page.get_by_role("link", name="Phát riêng một buổi").click()
    starts = (datetime.now(UTC) + timedelta(seconds=75)).astimezone(STATION)
    starts = starts.replace(second=0, microsecond=0) + timedelta(minutes=1)
    page.get_by_label("Số phát").select_option(index=1)
    page.get_by_label("Ngày").fill(f"{starts:%Y-%m-%d}")
    page.get_by_label("Giờ bắt đầu").fill(f"{starts:%H:%M}")
    page.get_by_label("Chiềng An").check()
    page.get_by_role("button", name="Thêm buổi phát").click()
    page.get_by_text("Đã thêm buổi phát").wait_for()


def test_a_day_from_the_first_code_to_the_count(people: People, tmp_path: Path) -> None:
    boss = people.sit_down()
    people.choose_password(boss, people.station.first_code(), Họ_và_tên="Cà Văn Trưởng", Tên_đăng_nhập="truong")
    editor = make_user(people, boss, name="Lò Thị Hoa", login="hoa", role="biên tập")
    approver = make_user(people, boss, name="Cầm Văn Tuấn", login="tuan", role="người duyệt")
    operator = make_user(people, boss, name="Quàng Thị Inh", login="inh", role="người vận hành")
    make_series(people, editor)
    bring_recordings(people, editor, tmp_path)
    submit_both(people, editor)
    approve_both(people, approver)
    plan_one_off(people, operator)

    # Nobody reloads the dashboard: it says by itself that the broadcast is on air, and that it is over.
    people.open(operator, "Bảng điều khiển")
    on_air = operator.locator("#on-air")
    on_air.get_by_text(TITLE).first.wait_for(timeout=200_000)
    assert "Bản Tông" in on_air.inner_text()
    on_air.get_by_text("Hiện không có").wait_for(timeout=120_000)

    people.open(operator, "Nhật ký")
    lines = operator.locator("main table tbody tr")
    lines.first.wait_for()
    told = operator.locator("main").inner_text()
    assert lines.count() == 3, told  # the village hears both languages, Tổ 1 one
    assert told.count("đã phát") >= 3 and "Bản Tông" in told and "Tổ 1" in told

    people.open(operator, "Số liệu")
    sentence = operator.locator("main").inner_text()
    assert "02 chuyên mục" in sentence or "2 chuyên mục" in sentence, sentence
    assert "phát 02 lần" in sentence or "phát 2 lần" in sentence, sentence

    people.open(boss, "Nhật ký thay đổi")
    trail = boss.locator("main").inner_text()
    assert "Quàng Thị Inh" in trail and "Lò Thị Hoa" in trail
    assert people.complaints == []


class Keys:
    """Somebody at a phone's width, in English, without scripts, who only ever presses keys."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def go(self, name: str) -> None:
        """Unfold the menu and follow a way by its name."""
        self.page.get_by_text("Menu", exact=False).first.press("Enter")
        self.page.locator(".fold").get_by_role("link", name=name, exact=True).press("Enter")

    def press(self, name: str, *, role: str = "button") -> None:
        """Press a button, or follow a link."""
        self.page.get_by_role(role, name=name, exact=role == "link").first.press("Enter")

    def type(self, label: str, text: str) -> None:
        """Type over what a field holds."""
        field = self.page.get_by_label(label).first
        field.press("Control+a")
        field.press_sequentially(text)

    def tick(self, label: str) -> None:
        """Tick a box that is not ticked yet."""
        box = self.page.get_by_label(label).first
        if not box.is_checked():
            box.press("Space")


def test_the_same_in_english_on_a_phone_by_keyboard_without_scripts(people: People, tmp_path: Path) -> None:
    """Recordings in, approved by somebody else, planned: with plain forms alone."""
    url = people.station.url
    page = people.sit_down(java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="en-US")
    boss = Keys(page)
    page.goto(f"{url}/setup?code={people.station.first_code()}")
    boss.press("English")
    page.goto(f"{url}/setup?code={people.station.first_code()}")
    for label, text in (("Full name", "Ca Van Truong"), ("Name to sign in", "truong"), ("New password", PASSWORD)):
        boss.type(label, text)
    boss.type("New password again", PASSWORD)
    boss.press("Save the password and enter")
    page.get_by_role("heading", name="On air").wait_for()

    boss.go("Users")
    boss.press("Add a user", role="link")
    boss.type("Full name", "Cam Van Tuan")
    boss.type("Name to sign in", "tuan")
    page.get_by_label("Role 1").select_option(label="approver")
    boss.press("Add a user")
    code = CODE.search(page.locator("main").inner_text())
    assert code is not None

    boss.go("Library")
    boss.press("Series of the station", role="link")
    boss.press("Add a series", role="link")
    boss.type("Name of the series", "Procedures")
    boss.type("Code of the series", "proc")
    boss.type("Shortest (minutes)", "0.1")
    boss.type("Longest (minutes)", "2")
    boss.press("Add a series")
    page.get_by_text("proc", exact=True).first.wait_for()

    boss.go("Upload")
    files = [
        write_speech(tmp_path / f"so 1 {name}.wav", seconds=12, seed=n) for n, name in enumerate(("thai", "pho thong"))
    ]
    page.get_by_label("Choose one or more sound files").set_input_files([str(path) for path in files])
    boss.press("Send files")
    for row in page.locator("[data-row]").all():
        row.get_by_label("Title of the new episode").press_sequentially(TITLE)
        box = row.get_by_label("Right, take this file in")
        if not box.is_checked():
            box.press("Space")
    boss.press("Take in the ticked files")
    while (
        page.locator("#received-list .mark")
        .filter(has_text="accepted")
        .or_(page.locator("#received-list .mark").filter(has_text="flagged"))
        .count()
        < 2
    ):  # the page asks again by itself, which a browser without scripts does by loading it
        page.wait_for_timeout(2000)
        page.goto(f"{url}/uploads")
    boss.go("Library")
    for _ in range(2):
        page.goto(f"{url}/programme/proc/{datetime.now(STATION).year}/1")
        boss.press("Submit for approval")
        page.wait_for_load_state()

    other = people.sit_down(java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="en-US")
    tuan = Keys(other)
    other.goto(url + "/sign-in")
    tuan.press("English")
    other.goto(f"{url}/setup?code={code[0]}")
    tuan.type("New password", PASSWORD)
    tuan.type("New password again", PASSWORD)
    tuan.press("Save the password and enter")
    for _ in range(2):
        tuan.go("Approval")
        other.get_by_role("link", name="Listen and decide").first.press("Enter")
        tuan.press("Approve for airing")
        other.wait_for_load_state()

    boss.go("Broadcast week")
    boss.press("Add a one-off", role="link")
    page.get_by_label("Episode").first.select_option(index=1)
    tomorrow = datetime.now(STATION) + timedelta(days=1)
    page.get_by_label("Day").first.fill(f"{tomorrow:%Y-%m-%d}")
    page.get_by_label("Start").first.fill("05:30")
    boss.tick("Chiềng An")
    boss.press("Add the broadcast")
    page.get_by_text("was added").first.wait_for()
    page.goto(f"{url}/planning/list?week={tomorrow:%Y-%m-%d}")
    assert "05:30" in page.locator("main").inner_text()
    boss.press("Undo")
    page.locator("#flashes .banner").wait_for()
    assert "cancelled" in page.locator("main table tr").filter(has_text="05:30").first.inner_text()
    assert people.complaints == []
