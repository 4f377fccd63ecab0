from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.people import Role
from scheduler.domain.programme import EditionState
from scheduler.models import AuditEntry, Episode, Series
from scheduler.services import programme
from scheduler.station import Station
from tests.factories import NOW, make_edition
from tests.web.station import WELL, PageClient, client_for, fill_morning, make_station
from web.app import create_app

EPISODE = "/programme/cchc/2026/1"
TAI_VIET = "ꪮꪱꪙ ꪼꪕ"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_morning)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return create_app(station, look_at_machine=lambda: WELL)


@pytest.fixture
def editor(app: Flask) -> PageClient:
    return client_for(app, role=Role.EDITOR)


def page_of(client: PageClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def episode_of(station: Station, number: int = 1) -> Episode:
    with station.sessions() as session:
        found = programme.get_episode(session, "cchc", number=number, year=2026)
        assert found.editions
        return found


# --- the library --------------------------------------------------------------------------------------------------
def test_the_library_shows_both_editions_with_last_and_next_airing(editor: PageClient) -> None:
    page = page_of(editor, "/programme/")
    assert "Bản tiếng phổ thông" in page and "Bản tiếng Thái" in page
    assert "Đăng ký khai sinh cho trẻ em tại xã" in page
    assert "phát gần nhất 24/11/2026" in page
    assert "sắp phát 16:30 24/11/2026" in page
    assert "9:00" in page and "đã duyệt" in page


def test_the_library_is_searched_and_filtered_by_its_address(editor: PageClient) -> None:
    assert "Tìm thấy 1 số." in page_of(editor, "/programme/?search=SỐ+1")
    assert "Không có số nào khớp" in page_of(editor, "/programme/?missing=blt")
    assert "Tìm thấy 4 số." in page_of(editor, "/programme/?year=2026&state=approved&language=blt&sort=title")


@pytest.mark.parametrize(
    "query", ["state=nonsense", "page=-3", "page=x", "year=x", "language=xx&missing=yy", "series=x"]
)
def test_an_address_that_makes_no_sense_is_still_a_page(editor: PageClient, query: str) -> None:
    page_of(editor, f"/programme/?{query}")


def test_what_people_typed_is_shown_as_text(station: Station, app: Flask, editor: PageClient) -> None:
    with station.sessions.begin() as session:
        episode = programme.get_episode(session, "cchc", number=1, year=2026)
        programme.rename_episode(session, episode, title="<script>alert(1)</script>")
    for path in ("/programme/", EPISODE, "/programme/?search=<script>"):
        assert "<script>alert(1)" not in page_of(editor, path)


# --- who ----------------------------------------------------------------------------------------------------------
def test_a_viewer_sees_and_changes_nothing(app: Flask) -> None:
    viewer = client_for(app, role=Role.VIEWER)
    page = page_of(viewer, EPISODE)
    assert "Sửa kịch bản" not in page and "Trình duyệt<" not in page and "Rút khỏi phát sóng" not in page
    for path in ("/programme/new", f"{EPISODE}/edit", f"{EPISODE}/remove", f"{EPISODE}/blt/script/edit"):
        page_of(viewer, path, 403)
    assert viewer.post(f"{EPISODE}/blt/submit").status_code == 403
    assert viewer.post(f"{EPISODE}/remove").status_code == 403


@pytest.mark.parametrize(
    "path", ["/programme/xx/2026/1", "/programme/cchc/2026/99", f"{EPISODE}/hmn/script", "/programme/series/xx"]
)
def test_what_is_not_there_is_told_with_404(editor: PageClient, path: str) -> None:
    page_of(editor, path, 404)


# --- an episode ---------------------------------------------------------------------------------------------------
def test_an_episode_is_added_with_a_title_in_tai_viet(station: Station, editor: PageClient) -> None:
    page = page_of(editor, "/programme/new")
    assert 'value="5"' in page and 'value="2026"' in page
    answer = editor.post(
        "/programme/new?series=cchc",
        data={"title": "Hộ chiếu", "title_blt": TAI_VIET, "number": "5", "year": "2026", "topic": "Xuất nhập cảnh",
              "procedures": "1.001 Cấp hộ chiếu\n\n1.002 Đổi hộ chiếu\n", "summary": "Dòng một\nDòng hai"},
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, "/programme/cchc/2026/5")
    page = page_of(editor, "/programme/cchc/2026/5")
    assert f'lang="blt">{TAI_VIET}' in page and "1.002 Đổi hộ chiếu" in page
    made = episode_of(station, 5)
    assert (made.procedures, made.summary) == (["1.001 Cấp hộ chiếu", "1.002 Đổi hộ chiếu"], "Dòng một\nDòng hai")


def test_a_number_that_is_taken_is_told_on_the_form_and_nothing_is_lost(editor: PageClient) -> None:
    answer = editor.post("/programme/new?series=cchc", data={"title": "Mới", "number": "1", "year": "2026"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "đã có số 1 năm 2026" in page and 'value="Mới"' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", " ", "Cần nhập tên số."),
        ("number", "0", "Số thứ tự phải từ 1 đến 9999."),
        ("year", "26", "Năm phải từ"),
    ],
)
def test_bad_typing_is_told_beside_its_field(editor: PageClient, field: str, value: str, sentence: str) -> None:
    data = {"title": "Mới", "number": "9", "year": "2026", field: value}
    answer = editor.post("/programme/new?series=cchc", data=data)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_with_several_series_one_is_chosen_first(station: Station, editor: PageClient) -> None:
    with station.sessions.begin() as session:
        programme.create_series(session, code="thu", title="Bản tin thử", languages=["vi"], now=NOW)
    assert "Số mới thuộc chuyên mục nào?" in page_of(editor, "/programme/new")
    assert "title_blt" not in page_of(editor, "/programme/new?series=thu")


def test_a_change_is_in_the_history_of_the_episode(station: Station, editor: PageClient) -> None:
    assert 'value="Đăng ký khai sinh cho trẻ em tại xã"' in page_of(editor, f"{EPISODE}/edit")
    answer = editor.post(f"{EPISODE}/edit", data={"title": "Khai sinh", "title_blt": TAI_VIET, "topic": "Hộ tịch"})
    assert answer.status_code == 303
    page = page_of(editor, EPISODE)
    assert "tên: “Đăng ký khai sinh cho trẻ em tại xã” thành “Khai sinh”" in page
    assert f"tên: “—” thành “{TAI_VIET}”" in page
    assert "Người editor" in page
    with station.sessions() as session:
        assert {entry.kind for entry in session.scalars(select(AuditEntry))} == {"episode", "edition"}


def test_an_episode_is_removed_after_a_question(station: Station, editor: PageClient) -> None:
    path = "/programme/cchc/2026/3"
    page = page_of(editor, f"{path}/remove")
    assert "Còn 2 lần phát đã lên kế hoạch sẽ bị bỏ." in page and "không dùng lại được" in page
    page_of(editor, path)
    assert editor.post(f"{path}/remove").status_code == 303
    page_of(editor, path, 404)


def test_an_episode_shows_airings_with_their_outcome(editor: PageClient) -> None:
    page = page_of(editor, EPISODE)
    assert "04:00 24/11/2026" in page
    assert "2 cụm đã phát" in page and "1 cụm không phát" in page
    assert "16:30 24/11/2026" in page_of(editor, "/programme/cchc/2026/3")


# --- script and credits -------------------------------------------------------------------------------------------
def test_a_script_keeps_its_lines_and_can_be_printed(station: Station, editor: PageClient) -> None:
    text = "Kính thưa bà con!\r\n\r\n\r\n  ꪀꪱꪙ  \r\nHết.\r\n"
    assert editor.post(f"{EPISODE}/blt/script/edit", data={"script": text}).status_code == 303
    with station.sessions() as session:
        edition = programme.get_edition(session, "cchc", number=1, year=2026, language="blt")
        assert edition.script == "Kính thưa bà con!\n\nꪀꪱꪙ\nHết."
    assert "ꪀꪱꪙ\nHết." in page_of(editor, f"{EPISODE}/blt/script")
    assert "Bản này chưa có kịch bản." in page_of(editor, f"{EPISODE}/vi/script")


def test_credits_are_kept_by_role(station: Station, editor: PageClient) -> None:
    data = {"editor": " Lò  Thị Hoa ", "translator": "Cà Văn Pâng", "reader": "", "technician": "Tòng Văn Inh"}
    assert editor.post(f"{EPISODE}/blt/credits", data=data).status_code == 303
    with station.sessions() as session:
        edition = programme.get_edition(session, "cchc", number=1, year=2026, language="blt")
        assert edition.credits == {
            "editor": "Lò Thị Hoa", "translator": "Cà Văn Pâng", "technician": "Tòng Văn Inh",
        }  # fmt: skip
    page = page_of(editor, EPISODE)
    assert "<dt>Biên tập</dt><dd>Lò Thị Hoa</dd><dt>Dịch</dt><dd>Cà Văn Pâng</dd><dt>Kỹ thuật</dt>" in page


# --- submitting ---------------------------------------------------------------------------------------------------
def test_a_measured_edition_is_submitted_under_the_persons_number(station: Station, editor: PageClient) -> None:
    with station.sessions.begin() as session:
        episode = programme.create_episode(
            session, programme.get_series(session, "cchc"), year=2026, number=8, title="Mới", now=NOW
        )
        session.delete(programme.edition_of(episode, "vi"))
        session.flush()
        session.expire(episode)
        make_edition(session, episode, approved=False)
    assert "Trình duyệt<" in page_of(editor, "/programme/cchc/2026/8")
    assert editor.post("/programme/cchc/2026/8/vi/submit").status_code == 303
    with station.sessions() as session:
        edition = programme.get_edition(session, "cchc", number=8, year=2026, language="vi")
        assert edition.state is EditionState.SUBMITTED
        assert edition.submitted_at == NOW and edition.submitted_by_user is not None
    page = page_of(editor, "/programme/cchc/2026/8")
    assert "Trình duyệt<" not in page and "05:00 24/11/2026, Người editor" in page


def test_submitting_what_is_approved_is_refused(editor: PageClient, station: Station) -> None:
    assert "Trình duyệt<" not in page_of(editor, EPISODE)
    assert editor.post("/programme/cchc/2026/9/vi/submit").status_code == 404


# --- series -------------------------------------------------------------------------------------------------------
def test_a_series_is_added_and_changed(station: Station, editor: PageClient) -> None:
    data = {"title": "Bản tin xã", "code": "tin", "languages": ["vi", "hmn"], "shortest": "2,5", "longest": "4.25"}
    answer = editor.post("/programme/series/new", data={**data, "yearly_target": "52"})
    assert answer.status_code == 303
    assert "2:30 đến 4:15 phút" in page_of(editor, "/programme/series")
    page = page_of(editor, "/programme/series/tin")
    assert 'value="4,25"' in page and 'value="2,5"' in page
    data = {"title": "Tin", "languages": "vi", "shortest": "8", "longest": "10", "yearly_target": ""}
    answer = editor.post("/programme/series/tin", data=data)
    assert answer.status_code == 303
    with station.sessions() as session:
        series = session.scalar(select(Series).where(Series.code == "tin"))
        assert series is not None
        assert (series.title, series.longest_seconds, series.yearly_target) == ("Tin", 600.0, None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "có dấu"}, "không hợp lệ"),
        ({"code": "cchc"}, "đã được dùng"),
        ({"languages": []}, "Cần chọn ít nhất một tiếng."),
        ({"languages": ["th"]}, "th"),
        ({"shortest": "11"}, "Dài nhất phải bằng hoặc hơn ngắn nhất."),
        ({"longest": "999"}, "Thời lượng phải từ 0 đến 180 phút."),
    ],
)
def test_a_series_that_cannot_be_is_told_on_the_form(
    editor: PageClient, change: dict[str, object], sentence: str
) -> None:
    data = {"title": "Tin", "code": "tin", "languages": ["vi"], "shortest": "8", "longest": "10", **change}
    answer = editor.post("/programme/series/new", data=data)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_the_pages_speak_english(app: Flask, station: Station) -> None:
    client = client_for(app, role=Role.ADMIN, login="mai")
    client.post("/language", data={"language": "en", "next": "/"})
    page = page_of(client, "/programme/")
    assert "Tai Dam edition" in page and "last aired 24/11/2026" in page
    assert "2 zones sounded" in page_of(client, EPISODE) and "1 zone missed" in page_of(client, EPISODE)


def test_that_a_series_needs_a_language_does_not_make_a_browser_ask_for_all_of_them(editor: PageClient) -> None:
    page = editor.get("/programme/series/new").get_data(as_text=True)
    boxes = [box for box in page.split("<input ") if 'name="languages"' in box]
    assert len(boxes) > 2 and not any("required" in box.partition(">")[0] for box in boxes)
    answer = editor.post("/programme/series/new", data={"title": "Tin", "code": "tin", "shortest": "1", "longest": "2"})
    assert answer.status_code == 422
