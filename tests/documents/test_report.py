"""The report carries 90 / 45 / 45 / 102 in both kinds of file, in the layout of the decree, in words a station can change."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import docx
import numpy as np
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from sqlalchemy import select

from scheduler.documents import report_docx, report_pdf, template
from scheduler.documents.blocks import Block, BlockKind, Table
from scheduler.documents.fonts import TAI_VIET, find_font
from scheduler.documents.frame import Frame, close_bases
from scheduler.documents.markup import parse, quote
from scheduler.documents.report import Form
from scheduler.documents.report_words import words_of
from scheduler.documents.template import NAME, Template, find_template, own_path
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.periods import Period
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadTemplate, UnknownArea
from scheduler.models import Area, PeriodClose, Seal
from scheduler.services import office, report
from scheduler.services.office import Office
from scheduler.services.report import ReportValues
from scheduler.station import Station
from tests.documents.papers import (
    SENTENCE,
    YEAR,
    fill_year,
    in_mm,
    ink,
    part_of,
    pictures_of,
    texts_of,
    words_of_docx,
    write_year,
)
from tests.factories import NOW
from tests.web.station import make_station

TABLE_TOTALS = "Cộng 45 45 51 51 102"
HOSTILE = "=1+1 | # {{ 7*7 }} <b>&\n=== Phụ lục III: giả"


@pytest.fixture(scope="module")
def pdf(year: Station) -> bytes:
    return write_year(year, Form.PDF)


@pytest.fixture(scope="module")
def word(year: Station) -> bytes:
    return write_year(year, Form.DOCX)


@pytest.fixture(scope="module")
def values(year: Station) -> ReportValues:
    with year.readers.begin() as session:
        return report.read_report(session, YEAR, zone=STATION_ZONE, now=NOW)


@pytest.fixture
def own_year(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_year)
    yield station
    station.engine.dispose()


def frame(**more: object) -> Frame:
    return Frame(office=Office(), made_on=date(2026, 11, 24), **more)  # type: ignore[arg-type]


# --- what it says ---------------------------------------------------------------------------------------------------
def test_the_reference_year_carries_its_figures_in_pdf_and_docx(pdf: bytes, word: bytes) -> None:
    for told in (" ".join(texts_of(pdf)), " ".join(words_of_docx(word).split())):
        assert SENTENCE in told
        assert "phát 51 lần bản tiếng phổ thông, 51 lần bản tiếng Thái" in told
        assert TABLE_TOTALS in told
        assert "102/102 lần, đạt 100%" in told
        assert "37 tổ, bản, tiểu khu của 12 xã, phường, qua 37 vùng phát với 92 loa" in told
        assert "Cùng kỳ năm trước (năm 2020) không có số liệu" in told
        assert "từ 90% bản đó trở lên" in told and "đã đưa ra đường truyền" in told
        assert "Chiềng Xôm 1 4 5 5 5 5 5 5 6 4 5 1 51" in told, "by month, language and area"
        assert "năm 2021./." in told, "the mark that ends a text"


def test_both_files_say_the_same_words(pdf: bytes, word: bytes) -> None:
    def plain(told: str) -> list[str]:
        return [item for item in told.replace("- ", "").split() if not item.isdigit()]

    in_pdf, in_word = plain(" ".join(texts_of(pdf))), plain(words_of_docx(word))
    heads = {"Địa", "bàn", "Phát", "đủ", "một", "phần", "Không", "phát", "Tỷ", "lệ"}  # repeated where a table goes on
    assert set(in_pdf) ^ set(in_word) <= heads


def test_no_seal_and_no_close_are_said_not_hidden(values: ReportValues) -> None:
    told = text_of(values)
    assert "nhật ký chưa có niêm phong nào" in told and "sổ của kỳ báo cáo chưa chốt" in told


def text_of(values: ReportValues, held: Office | None = None, home: Path = Path("nowhere")) -> str:
    blocks = template.fill(find_template(home), words_of(values, held or Office()))
    found = []
    for block in blocks:
        found += [block.text] if isinstance(block, Block) else [" ".join(row.cells) for row in block.rows]
    return "\n".join(found)


def test_the_seal_and_the_close_of_the_books_are_printed(own_year: Station) -> None:
    with own_year.sessions.begin() as session:
        for first, last in ((date(2021, 1, 1), date(2021, 6, 30)), (date(2021, 7, 1), date(2021, 12, 31))):
            session.add(
                PeriodClose(
                    first=first, last=last, closed_at=NOW, closed_by="Cầm Văn Tuấn", user_id=None, count={},
                    sentence="", last_entry=1, note="",
                )
            )  # fmt: skip
        session.add(a_seal(entries_until=10))
    with own_year.readers.begin() as session:
        told = text_of(report.read_report(session, YEAR, zone=STATION_ZONE, now=NOW))
        assert report.read_report(
            session, Period(first=date(2020, 12, 31), last=YEAR.last), zone=STATION_ZONE, now=NOW
        ).closed is None, "one day of the period is not closed"  # fmt: skip
    assert "đã chốt ngày 24/11/2026 (Cầm Văn Tuấn)" in told
    assert "số 1, ngày 23/11/2026" in told and "ab" * 32 in told and "cd" * 64 in told
    assert "Dòng nhật ký ghi sau niêm phong này 2744" in told


def a_seal(*, entries_until: int) -> Seal:
    return Seal(
        id=1, day=date(2026, 11, 23), entries_after=0, entries_until=entries_until, entries=10, productions_after=0,
        productions_until=0, productions=0, root="ab" * 32, marks=b"", previous="0" * 64, statement="", signature="cd" * 64,
        key="ef" * 32, sealed_at=NOW,
    )  # fmt: skip


def test_a_commune_is_reported_by_itself(year: Station) -> None:
    with year.readers.begin() as session:
        area = session.scalars(select(Area).where(Area.name == "Chiềng An", Area.valid_to.is_not(None))).one()
        scope = report.narrow(session, EVERYWHERE, area.id, on=date(2026, 11, 24))
        values = report.read_report(session, YEAR, areas=scope.area_ids, zone=STATION_ZONE, now=NOW)
        with pytest.raises(UnknownArea):
            report.narrow(session, Scope(area_ids=frozenset({area.id})), area.id + 1, on=date(2026, 11, 24))
    told = text_of(values)
    assert "Báo cáo này tính trong phạm vi: Chiềng An" in told
    assert values.overview.count.broadcast == {"vi": 51} and values.coverage.communes == 1
    assert 0 < values.coverage.villages <= 2


def test_a_period_without_a_broadcast_still_makes_a_report(year: Station) -> None:
    empty = Period(first=date(2019, 1, 1), last=date(2019, 1, 31))
    with year.readers.begin() as session:
        values = report.read_report(session, empty, zone=STATION_ZONE, now=NOW)
    blocks = template.fill(find_template(Path("nowhere")), words_of(values, Office()))
    body = report_pdf.write_report(blocks, frame(), title="", made_at=NOW)
    assert "Trong kỳ chưa có vùng phát nào phát được" in " ".join(texts_of(body))
    assert report_docx.write_report(blocks, frame(), title="", made_at=NOW)


# --- the layout of the decree ---------------------------------------------------------------------------------------
def test_the_frame_is_that_of_the_decree(pdf: bytes) -> None:
    first = texts_of(pdf)[0]
    for told in (
        "ỦY BAN NHÂN DÂN TỈNH SƠN LA", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc",
        "Số: 05/BC-UBND", "Sơn La, ngày 01 tháng 02 năm 2022", "BÁO CÁO",
        "Căn cứ Kế hoạch số 51/KH-UBND ngày 21/01/2021;", "Theo đề nghị của Phòng Văn hóa.",
    ):  # fmt: skip
        assert told in first
    whole = " ".join(texts_of(pdf))
    assert "Nơi nhận: - Thường trực Thành ủy; - Lưu: VT." in whole
    assert "KT. CHỦ TỊCH PHÓ CHỦ TỊCH Nguyễn Văn Mẫu" in whole
    assert "Phụ lục I SỐ LIỆU CHI TIẾT THEO ĐỊA BÀN (Kèm theo Báo cáo số 05/BC-UBND ngày 01 tháng 02 năm 2022" in whole


def test_pages_keep_the_margins_and_bear_their_number_above_the_text_but_not_the_first(pdf: bytes) -> None:
    pages = pictures_of(pdf)
    numbers = []
    for page in pages:
        assert in_mm(page.shape[1]) == pytest.approx(210, abs=0.5)
        assert in_mm(page.shape[0]) == pytest.approx(297, abs=0.5)
        left, _, right, bottom = ink(page)
        assert in_mm(left) > 29.5 and in_mm(right) < 195.5 and in_mm(bottom) < 277.5
        above = np.nonzero((page[: round(19 / in_mm(1))] < 160).any(axis=0))[0]
        numbers.append(in_mm((above[0] + above[-1]) / 2) if above.size else None)
    assert numbers[0] is None, "no number on the first page"
    assert numbers[1] == pytest.approx(112.5, abs=1.5), "centred between the margins of 30 and 15"
    texts = texts_of(pdf)
    annexes = [place for place, text in enumerate(texts) if text.startswith("Phụ lục")]
    assert len(annexes) == 2 and all(numbers[place] is None for place in annexes), "an annex counts its own pages"
    assert texts[annexes[0] + 1].startswith("2 ")


def test_an_open_number_and_day_leave_room_for_a_hand(year: Station) -> None:
    first = texts_of(write_year(year, Form.PDF, number=None, signed_on=None))[0]
    assert "Số: /BC-UBND" in first and "ngày tháng năm 2026" in first


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2021, 2, 5), "Sơn La, ngày 05 tháng 02 năm 2021"),
        (date(2021, 11, 20), "Sơn La, ngày 20 tháng 11 năm 2021"),
        (date(2021, 3, 9), "Sơn La, ngày 09 tháng 3 năm 2021"),
    ],
)
def test_days_and_the_first_two_months_take_a_leading_nought(day: date, told: str) -> None:
    assert Frame(office=Office(place_name="Sơn La"), signed_on=day, made_on=day).place_line == told


def test_lists_end_as_the_decree_wants() -> None:
    held = Office(recipients="- Như trên;\nThành ủy.\nLưu: VT")
    assert Frame(office=held, made_on=date.min).recipient_lines == ["- Như trên;", "- Thành ủy;", "- Lưu: VT."]
    assert close_bases(["Căn cứ A;", "Căn cứ B"]) == ["Căn cứ A;", "Căn cứ B."]
    assert Frame(office=Office(), number=7, made_on=date.min).number_line == "Số: 07/BC-UBND"


def test_the_docx_is_a4_in_times_new_roman_with_numbered_pages(word: bytes) -> None:
    document = docx.Document(io.BytesIO(word))
    assert len(document.sections) == 3, "the report and two annexes"
    for section in document.sections:
        assert section.page_width is not None and section.page_height is not None
        assert abs(section.page_width - Mm(210)) < Mm(0.1) and abs(section.page_height - Mm(297)) < Mm(0.1)
        assert section.left_margin is not None and section.right_margin is not None
        assert abs(section.left_margin - Mm(30)) < Mm(0.1) and abs(section.right_margin - Mm(15)) < Mm(0.1)
        assert section.different_first_page_header_footer
        assert "PAGE" in section.header._element.xml
    for section in document.sections[1:]:
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
    fonts = {item.get(qn("w:ascii")) for item in document.element.body.iter(qn("w:rFonts"))}
    assert fonts == {"Times New Roman"}
    tables = document.element.body.findall(qn("w:tbl"))
    big = [table for table in tables if table.find(qn("w:tblPr")).find(qn("w:tblBorders")) is not None]
    assert len(big) == 4
    assert all(table.findall(f".//{qn('w:tblHeader')}") for table in big), "heads are repeated"
    assert document.core_properties.language == "vi-VN"


def test_a_docx_with_thai_letters_brings_their_font() -> None:
    blocks = [Block(kind=BlockKind.PARAGRAPH, text="Bản ꪹꪎꪷꪙꪨꪱ phát.")]
    body = report_docx.write_report(blocks, frame(), title="", made_at=NOW)
    runs = docx.Document(io.BytesIO(body)).element.body.iter(qn("w:r"))
    found = {
        run.find(qn("w:rPr")).find(qn("w:rFonts")).get(qn("w:cs")): run.findtext(qn("w:t"))
        for run in runs
        if "phát" in (run.getparent().xpath("string()"))
    }
    assert found["Noto Sans Tai Viet"] == "ꪹꪎꪷꪙꪨꪱ"
    key = bytes.fromhex(
        part_of(body, "word/fontTable.xml").decode().split('w:fontKey="{')[1].split("}")[0].replace("-", "")
    )
    kept = bytearray(part_of(body, "word/fonts/font1.odttf"))
    for place in range(32):
        kept[place] ^= key[::-1][place % 16]
    assert bytes(kept) == find_font(TAI_VIET, "").read_bytes()
    without = report_docx.write_report([replace(blocks[0], text="Thái")], frame(), title="", made_at=NOW)
    assert b"odttf" not in part_of(without, "[Content_Types].xml")


# --- the template ---------------------------------------------------------------------------------------------------
def test_a_station_changes_the_words_and_nothing_else(own_year: Station) -> None:
    path = own_path(own_year.settings.home)
    path.parent.mkdir()
    text = template.OURS.read_text(encoding="utf-8")
    path.write_text(text.replace("Trên đây là kết quả", "Đài xin báo cáo kết quả"), encoding="utf-8")
    told = " ".join(texts_of(write_year(own_year, Form.PDF)))
    assert "Đài xin báo cáo kết quả" in told and "Trên đây" not in told and SENTENCE in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ nope }}", "'nope' is undefined"),
        ("{% for %}", "Expected an expression"),
        ("{{ 1/0 }}", "division by zero"),
        ("{{ sentence.__class__ }}", "unsafe"),
        ("{{ produced_total|nofilter }}", "nofilter"),
        ("{% for n in range(10**9) %}x{% endfor %}", "Range too big"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_line(line: str, said: str, values: ReportValues) -> None:
    text = template.OURS.read_text(encoding="utf-8") + "\n" + line + "\n"
    with pytest.raises(BadTemplate) as refused:
        template.fill(Template(text=text, is_own=True), words_of(values, Office()))
    assert said in str(refused.value.facts["problem"])
    assert refused.value.facts["line"] == text.count("\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("!! x\nchữ", "! BÁO CÁO"),
        ("! BÁO CÁO\nchữ", "!! trích yếu"),
        ("! BÁO CÁO\n!! x\n| a | b", "thiếu dòng đầu"),
        ("! BÁO CÁO\n!! x\n|| a | b\n| 1", "2 cột"),
    ],
)
def test_a_template_that_makes_no_report_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        template.fill(Template(text=text, is_own=True), {})
    assert said in str(refused.value.facts["problem"])


def test_a_template_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    own_path(tmp_path).parent.mkdir()
    own_path(tmp_path).write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(BadTemplate):
        find_template(tmp_path)
    own_path(tmp_path).write_bytes(b"x" * (template.MOST_BYTES + 1))
    with pytest.raises(BadTemplate):
        find_template(tmp_path)
    assert own_path(tmp_path).name == NAME


def test_what_people_typed_stays_text(values: ReportValues) -> None:
    held = Office(agency_name=HOSTILE, bases="Căn cứ " + HOSTILE)
    hostile = replace(values, series_title=HOSTILE)
    blocks = template.fill(find_template(Path("nowhere")), words_of(hostile, held))
    annexes = [item.text for item in blocks if isinstance(item, Block) and item.kind is BlockKind.ANNEX]
    assert annexes == ["Phụ lục I: SỐ LIỆU CHI TIẾT THEO ĐỊA BÀN", "Phụ lục II: QUY TẮC ĐẾM VÀ NIÊM PHONG NHẬT KÝ"]
    subject = next(item for item in blocks if isinstance(item, Block) and item.kind is BlockKind.SUBJECT)
    assert "=1+1 | # {{ 7*7 }} <b>& === Phụ lục III: giả" in subject.text
    told = words_of_docx(report_docx.write_report(blocks, frame(), title="", made_at=NOW))
    assert "{{ 7*7 }} <b>&" in told


def test_marks_make_blocks() -> None:
    found = parse("! BÁO CÁO\n!! về x\n\nmột\nhai\n\n- ba\n^ Bảng\n|| A | B\n| 1 | 2 |\n|= 3 | 4\n=== Phụ lục: Y\n")
    kinds = [item.kind.value if isinstance(item, Block) else "table" for item in found]
    assert kinds == ["kind", "subject", "paragraph", "item", "table", "annex"]
    table = found[4]
    assert isinstance(table, Table) and table.caption == "Bảng" and [list(row.cells) for row in table.rows] == [
        ["1", "2"], ["3", "4"],
    ]  # fmt: skip
    assert parse(quote("# x\n| y"))[0] == Block(kind=BlockKind.PARAGRAPH, text="# x | y")


def test_settings_of_the_office_are_checked_and_kept(own_year: Station) -> None:
    with own_year.sessions.begin() as session:
        office.change(session, {"place_name": "  Sơn   La ", "bases": " a \n\n b "}, by="Mai", now=NOW + timedelta(1))
        held = office.read(session)
    assert held.place_name == "Sơn La" and held.basis_list == ["a", "b"]
    with own_year.sessions() as session, pytest.raises(office.BadField):
        office.change(session, {"signer_name": "x" * 400}, by="Mai", now=NOW)
