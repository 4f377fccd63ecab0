"""The page of figures: every number leads to what it is made of, the rule is printed, one's own areas are said."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from scheduler.domain.people import Role
from scheduler.domain.playout import EntryKind, Evidence
from scheduler.services import as_run, counting_rule, programme
from scheduler.station import Station
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import WELL, PageClient, an_entry, client_for, fill_morning, make_editions, make_station
from web.app import create_app

SENTENCE = (
    "Trong năm 2026, đã xây dựng 04 chuyên mục (02 chuyên mục tiếng phổ thông, 02 chuyên mục tiếng Thái), "
    "phát 02 lần chuyên mục “Thành phố chung tay cải cách thủ tục hành chính”."
)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_morning)
    yield station
    station.engine.dispose()


@pytest.fixture
def client(station: Station) -> PageClient:
    return visitor(station)


def visitor(station: Station, **who: object) -> PageClient:
    app = create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0))
    return client_for(app, **{"role": Role.VIEWER, **who})  # type: ignore[arg-type]


def text(answer: TestResponse) -> str:
    """The words of a page, as a person reads them."""
    told = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", told)).split())


def links(answer: TestResponse) -> list[tuple[str, int]]:
    """Every number of the page that leads somewhere, with where."""
    found = re.findall(r'<a href="(/(?:log|counts)/[^"]*)">([\d.]+)</a>', answer.get_data(as_text=True))
    return [(unescape(path), int(number.replace(".", ""))) for path, number in found]


def air_a_year_before(station: Station, times: int) -> None:
    with station.sessions.begin() as session:
        zone = make_zone(session, code="CU", name="Bản cũ", area=make_area(session, name="Chiềng Đen", kind="commune"))
        for number in range(times):
            at = NOW - timedelta(days=380 + number)
            broadcast = make_broadcast(
                session, editions=make_editions(session, number=50 + number), zones=(zone,), now=at
            )  # fmt: skip
            entries = [an_entry(airing, zone, at=at, kind=EntryKind.SOUNDED) for airing in broadcast.airings]
            as_run.record(session, entries, now=at, zone=station.settings.time_zone)


def test_this_year_is_counted_when_nothing_is_asked(client: PageClient) -> None:
    page = text(client.get("/counts/"))
    assert SENTENCE in page and "Từ 01/01/2026 đến hết 31/12/2026" in page
    assert "Chưa có kết quả 6" in page and "Có trong kế hoạch 8" in page


def test_the_rule_is_printed_with_its_number_and_in_words(station: Station, client: PageClient) -> None:
    page = text(client.get("/counts/"))
    assert "Quy tắc đếm số 1" in page and "từ 90% bản đó trở lên" in page and "“đã đưa ra đường truyền”" in page
    assert "Đài chưa đổi quy tắc lần nào" in page
    with station.sessions.begin() as session:
        counting_rule.adopt(
            session, least_share=0.975, least_evidence=Evidence.HEARD, by="Cầm Văn Án", now=NOW, note="theo công văn 12"
        )
    page = text(client.get("/counts/"))
    assert "Quy tắc đếm số 2" in page and "từ 97,5% bản đó trở lên" in page and "“micro phản hồi nghe thấy”" in page
    assert "Cầm Văn Án áp dụng ngày 24/11/2026 · theo công văn 12" in page and "Số 1 : từ 90%" in page.replace(
        "1:", "1 :"
    )
    assert "phát 0 lần" in page and "chưa đủ căn cứ là đã phát 1" in page


def test_every_number_leads_to_as_many_lines(station: Station, client: PageClient) -> None:
    air_a_year_before(station, 3)
    checked = 0
    for asked in ("", "?first=2025-01-01&last=2026-12-31", "?first=01/11/2025&last=24/11/2026&series=cchc"):
        for path, number in links(client.get(f"/counts/{asked}")):
            page = text(client.get(path))
            told = re.search(r"([\d.]+) (?:lần phát|dòng khớp|chuyên mục \(bản tiếng\))", page)
            assert (int(told[1]) if told else 0) == number, path
            checked += 1
    assert checked > 40


def test_presets_are_links_and_the_chosen_one_is_marked(client: PageClient) -> None:
    page = client.get("/counts/?first=2025-12-15&last=2026-11-15").get_data(as_text=True)
    assert re.search(r'first=2025-12-15&amp;last=2026-11-15" aria-current="true">Kỳ báo cáo', page)
    for days in (
        "first=2026-01-01&amp;last=2026-12-31", "first=2025-01-01&amp;last=2025-12-31",
        "first=2026-10-01&amp;last=2026-12-31", "first=2026-11-01&amp;last=2026-11-30",
    ):  # fmt: skip
        assert days in page


def test_a_year_is_compared_with_the_same_days_before(station: Station, client: PageClient) -> None:
    air_a_year_before(station, 3)
    page = text(client.get("/counts/"))
    assert "Phát: giảm 04 (66,7%) so với cùng kỳ năm 2025 (06)." in page
    assert "So từ 01/01/2026 đến 24/11/2026 với từ 01/01/2025 đến 24/11/2025." in page
    assert "Kỳ này chưa bắt đầu." in text(client.get("/counts/?first=2027-01-01&last=2027-12-31"))


def test_the_chart_has_a_name_and_words_and_its_numbers_in_a_table(station: Station, client: PageClient) -> None:
    air_a_year_before(station, 2)
    page = client.get("/counts/").get_data(as_text=True)
    chart = page[page.index('<svg class="chart"') : page.index("</svg>", page.index('<svg class="chart"'))]
    assert 'role="img" aria-labelledby="by-month-title by-month-text"' in chart
    assert '<title id="by-month-title">' in chart and '<desc id="by-month-text">' in chart
    assert "<title>T11, kỳ này: 2</title>" in chart and "<title>T11, cùng kỳ năm trước: 4</title>" in chart
    assert "style=" not in page and "#" not in chart
    assert page.index("Theo thời gian và theo tiếng") > page.index("</svg>")


def test_progress_towards_the_target_is_told_in_percent(station: Station, client: PageClient) -> None:
    assert "<progress" not in client.get("/counts/").get_data(as_text=True)
    with station.sessions.begin() as session:
        programme.get_series(session, "cchc").yearly_target = 102
    page = client.get("/counts/").get_data(as_text=True)
    assert '<progress id="target" max="102" value="2"></progress>' in page and "đạt 2%" in page


def test_what_a_series_without_a_target_airs_brings_no_other_nearer_to_its_own(
    station: Station, client: PageClient
) -> None:
    with station.sessions.begin() as session:
        programme.create_series(
            session, code="tin", title="Bản tin", languages=["vi"], yearly_target=50, now=station.clock.now()
        )
    page = client.get("/counts/").get_data(as_text=True)
    assert '<progress id="target" max="50" value="0"></progress>' in page and "đạt 0%" in page


def test_a_person_of_one_area_gets_the_counts_of_that_area_and_is_told_so(station: Station) -> None:
    air_a_year_before(station, 3)
    with station.sessions.begin() as session:
        from sqlalchemy import select

        from scheduler.models import Area

        there = session.scalars(select(Area).where(Area.name == "Chiềng Đen")).one().id
    someone = visitor(station, area=there)
    asked = "/counts/?first=2025-01-01&last=2026-12-31"
    page = text(someone.get(asked))
    assert "Bạn chỉ xem được địa bàn của mình (Chiềng Đen)" in page and "Số chuyên mục xây dựng là của cả đài" in page
    assert "phát 06 lần" in page and "Chiềng Xôm" not in page and "địa bàn của bạn" in page
    assert "phát 08 lần" in text(visitor(station).get(asked))
    for path, number in links(someone.get(asked)):
        told = re.search(r"([\d.]+) (?:lần phát|dòng khớp|chuyên mục \(bản tiếng\))", text(someone.get(path)))
        assert (int(told[1]) if told else 0) == number, path


def test_what_cannot_be_counted_is_said_beside_the_field(client: PageClient) -> None:
    for asked in ("first=x", "first=2026-02-01&last=2026-01-01", "series=unknown"):
        answer = client.get(f"/counts/?{asked}")
        assert answer.status_code == 422 and "Câu cho báo cáo" not in text(answer)


def test_a_long_period_goes_by_years(client: PageClient) -> None:
    page = text(client.get("/counts/?first=2023-06-01&last=2026-12-31"))
    assert "bảng và biểu đồ gộp theo năm" in page and "2023 2024 2025 2026" in page


def test_what_was_made_is_listed(client: PageClient) -> None:
    page = text(client.get("/counts/produced"))
    assert "4 chuyên mục (bản tiếng)" in page and "Đăng ký khai sinh cho trẻ em tại xã" in page and "09:00" in page
    assert "2 chuyên mục (bản tiếng)" in text(client.get("/counts/produced?language=blt"))
    nothing = text(client.get("/counts/produced?first=2020-01-01&last=2020-12-31"))
    assert "Không có bản tiếng nào" in nothing
    assert client.get("/counts/produced?first=x").status_code == 422


def test_the_page_in_english_tells_the_sentence_in_english(station: Station) -> None:
    client = visitor(station)
    with station.sessions.begin() as session:
        from sqlalchemy import update

        from scheduler.models import User

        session.execute(update(User).values(language="en"))
    page = text(client.get("/counts/"))
    assert "In 2026, 4 editions were made (2 in Vietnamese, 2 in Tai Dam) and 2 broadcasts count" in page
    assert "The sentence for the report" in page and "Counting rule no. 1" in page
    assert date(2026, 12, 31).strftime("%d/%m/%Y") in page
