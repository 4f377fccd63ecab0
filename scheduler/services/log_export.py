"""The as-run log as a table file: exactly the lines that fit a filter, with the filter told above them."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scheduler.domain.log_filter import LogFilter, check_period
from scheduler.domain.people import Scope
from scheduler.domain.spreadsheet import Cell, as_vietnamese_text
from scheduler.errors import TooManyLines
from scheduler.log_words import COLUMNS, TITLES, headings, line_cells, tell_filter, waiting_cells
from scheduler.services import closed_books, log_reading, log_view, log_waiting, workbook

MOST_XLSX_LINES = 50_000
"""Deliveries in one workbook: more takes a page's thread too long, and spreadsheets become slow; CSV has no limit."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for an old Vietnamese code page."""
_ROWS_AT_ONCE = 500


def check_size(session: Session, wanted: LogFilter, scope: Scope) -> None:
    """Raises `TooManyLines` when the filter finds more than one workbook may hold."""
    if log_reading.has_more_than(session, wanted, scope, limit=MOST_XLSX_LINES):
        raise TooManyLines(limit=f"{MOST_XLSX_LINES:,}".replace(",", "."))


def stream_csv(
    session: Session, wanted: LogFilter, scope: Scope, *, told: Sequence[str], zone: ZoneInfo, language: str = "vi"
) -> Iterator[str]:
    """The lines as CSV, piece by piece: UTF-8 with its mark, semicolons, decimal commas, days as 24/11/2026.

    That is what a spreadsheet with Vietnamese settings opens by a double click; a comma is its decimal sign.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    text.write(BYTE_ORDER_MARK)
    writer.writerows([[as_vietnamese_text(line)] for line in [TITLES[language], *told]])
    writer.writerow(headings(language=language))
    for number, cells in enumerate(_rows(session, wanted, scope, zone=zone, language=language)):
        writer.writerow([as_vietnamese_text(cell) for cell in cells])
        if number % _ROWS_AT_ONCE == 0:
            yield _taken(text)
    yield _taken(text)


def write_xlsx(
    session: Session,
    stream: BinaryIO,
    wanted: LogFilter,
    scope: Scope,
    *,
    told: Sequence[str],
    zone: ZoneInfo,
    language: str = "vi",
) -> None:
    """The lines as a workbook. Raises `TooManyLines` before anything is written."""
    check_size(session, wanted, scope)
    workbook.write_table(
        stream,
        title=TITLES[language],
        above=[TITLES[language], *told],
        columns=[(heading, column.width) for heading, column in zip(headings(language=language), COLUMNS, strict=True)],
        rows=_rows(session, wanted, scope, zone=zone, language=language),
    )


def file_name(wanted: LogFilter, form: str) -> str:
    """What the file is called: the days are in the name."""
    return f"nhat-ky-{wanted.first:%Y%m%d}-{wanted.last:%Y%m%d}.{form}"


def describe(
    session: Session, wanted: LogFilter, *, by: str, now: datetime, zone: ZoneInfo, language: str = "vi"
) -> list[str]:
    """The lines above the table: what was asked for, by whom and when. Raises `BadPeriod`, `PeriodTooLong`."""
    check_period(wanted)
    at = f"{now.astimezone(zone):%H:%M %d/%m/%Y}"
    made = f"Exported by {by} at {at}" if language == "en" else f"Người xuất: {by}, lúc {at}"
    return [*tell_filter(wanted, log_view.name_filter(session, wanted), language=language), made]


def _rows(
    session: Session, wanted: LogFilter, scope: Scope, *, zone: ZoneInfo, language: str
) -> Iterator[list[Cell]]:  # fmt: skip
    books = closed_books.read(session, wanted.first, wanted.last)
    for line in log_reading.stream_lines(session, wanted, scope):
        yield from line_cells(line, books=books, zone=zone, language=language)
    for waiting in log_waiting.stream_waiting(session, wanted, scope, zone=zone):
        yield waiting_cells(waiting, zone=zone, language=language)


def _taken(text: io.StringIO) -> str:
    """What was written since the last time."""
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found
