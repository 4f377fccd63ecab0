"""Papers for tests: the sample's reference year, and what a page shows: its text, its ink, its pictures."""

import io
import zipfile
from datetime import date
from pathlib import Path

import docx
import numpy as np
import pypdfium2

from scheduler.documents import report as report_file
from scheduler.documents.report import Form
from scheduler.domain.periods import year_of
from scheduler.domain.time import STATION_ZONE
from scheduler.services import logbook, office, report, sample
from scheduler.services import sample_data as data
from scheduler.station import Station

YEAR = year_of(data.REFERENCE_YEAR)
SENTENCE = (
    "Trong năm 2021, đã xây dựng 90 chuyên mục (45 chuyên mục tiếng phổ thông, 45 chuyên mục tiếng Thái), "
    f"phát 102 lần chuyên mục “{data.SERIES_TITLE}”"
)
OFFICE = {
    "agency_above": "Ủy ban nhân dân tỉnh Sơn La",
    "agency_name": "Ủy ban nhân dân thành phố Sơn La",
    "place_name": "Sơn La",
    "signer_position": "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH",
    "signer_name": "Nguyễn Văn Mẫu",
    "bases": "Căn cứ Kế hoạch số 51/KH-UBND ngày 21/01/2021\nTheo đề nghị của Phòng Văn hóa",
    "recipients": "Thường trực Thành ủy\nLưu: VT",
}
POINTS_A_MM = 72 / 25.4
SCALE = 2.0
"""Pixels a point of the pictures that tests look at."""


def fill_year(station: Station) -> None:
    """The sample's places and the log of its reference year."""
    now = station.clock.now()
    path = station.settings.home / "nhat-ky.xlsx"
    sample.write_reference_year(path)
    with station.sessions.begin() as session:
        sample.fill_places(session, now=now)
        sample.fill_series(session, now=now)
        logbook.import_file(session, path, by="Mai", now=now, zone=STATION_ZONE, series=data.SERIES_CODE)
        office.change(session, OFFICE, by="Mai", now=now)


def write_year(
    station: Station, form: Form, *, number: int | None = 5, signed_on: date | None = date(2022, 2, 1)
) -> bytes:
    """The report of the reference year."""
    now = station.clock.now()
    with station.readers.begin() as session:
        values = report.read_report(session, YEAR, zone=STATION_ZONE, now=now)
        held = office.read(session)
    home: Path = station.settings.home
    return report_file.write_report(
        values, held, form=form, home=home, made_at=now, number=number, signed_on=signed_on
    )  # fmt: skip


def texts_of(pdf: bytes) -> list[str]:
    """The words of each page of a PDF, as they are copied out of it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(_text(page).split()) for page in document]
    finally:
        document.close()


def _text(page: pypdfium2.PdfPage) -> str:
    words = page.get_textpage()
    try:
        return str(words.get_text_range())
    finally:
        words.close()
        page.close()


def pictures_of(pdf: bytes, *, scale: float = SCALE) -> list["np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"]:
    """Each page as a picture in grey, 255 for white paper."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for page in document:
            found.append(np.asarray(page.render(scale=scale, grayscale=True).to_numpy()).squeeze().copy())
            page.close()
        return found
    finally:
        document.close()


def ink(picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is printed, in pixels."""
    rows, columns = np.nonzero((picture < 160).any(axis=1))[0], np.nonzero((picture < 160).any(axis=0))[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def in_mm(pixels: float) -> float:
    """Pixels of a picture as millimetres on paper."""
    return pixels / SCALE / POINTS_A_MM


def words_of_docx(body: bytes) -> str:
    """All words of a DOCX in order, those of its tables among them."""
    document = docx.Document(io.BytesIO(body))
    paragraphs = document.element.body.iter(f"{W}p")
    return " ".join("".join(part.text or "" for part in paragraph.iter(f"{W}t")) for paragraph in paragraphs)


def part_of(body: bytes, name: str) -> bytes:
    """A part of a DOCX or XLSX as it is in the file."""
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        return package.read(name)


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
