"""Workbooks of strangers as plain cells, and workbooks of our own: the only place that knows XLSX."""

import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scheduler.domain.logbook import COLUMNS, EDITIONS, PLAYS, LoggedEdition, LoggedPlay
from scheduler.domain.spreadsheet import Cell
from scheduler.errors import LogbookUnreadable

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Cells = list[tuple[object, ...]]

MOST_BYTES = 30_000_000
MOST_UNPACKED_BYTES = 300_000_000
MOST_PARTS = 2_000
MOST_ROWS = 200_000
MOST_COLUMNS = 64
_DOCTYPE_WITHIN = 4_096


def read_workbook(path: Path) -> Mapping[str, Cells]:
    """The cells of every sheet: values as kept in the file, nothing computed. Raises `LogbookUnreadable`."""
    _check_package(path)
    try:
        # Spreadsheet programs write extensions the reader does not know; it says so by warnings nobody needs here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(path)
    except Exception as error:
        # A damaged file of a stranger may fail anywhere in the reader; to the operator it is one thing.
        raise LogbookUnreadable(name=path.name, reason="damaged") from error


def _read(path: Path) -> dict[str, Cells]:
    import openpyxl  # takes a quarter of a second to load, which every other command would wait for

    with path.open("rb") as stream:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        sheets: dict[str, Cells] = {}
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a sheet may lie about its size
            sheets[sheet.title] = list(sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True))
        book.close()
    return sheets


def _check_package(path: Path) -> None:
    """Refuses what is no workbook, or one that would unpack to more than any logbook holds."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise LogbookUnreadable(name=path.name, reason="format")
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            unpacked = sum(part.file_size for part in parts)
            if path.stat().st_size > MOST_BYTES or unpacked > MOST_UNPACKED_BYTES or len(parts) > MOST_PARTS:
                raise LogbookUnreadable(name=path.name, reason="too_big")
            if "xl/workbook.xml" not in package.namelist():
                raise LogbookUnreadable(name=path.name, reason="format")
            if any(_declares_entities(package, part) for part in parts if part.filename.endswith((".xml", ".rels"))):
                raise LogbookUnreadable(name=path.name, reason="format")
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise LogbookUnreadable(name=path.name, reason="damaged") from error


def _declares_entities(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """No spreadsheet program writes a document type; one is only there to blow up the reader."""
    with package.open(part) as stream:
        return b"<!DOCTYPE" in stream.read(_DOCTYPE_WITHIN)


def write_logbook(path: Path, *, editions: Iterable[LoggedEdition] = (), plays: Iterable[LoggedPlay] = ()) -> None:
    """A workbook with the two sheets of a logbook: an empty template, or filled."""
    import xlsxwriter

    filled = {EDITIONS: [_edition_cells(item) for item in editions], PLAYS: [_play_cells(item) for item in plays]}
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    heading = book.add_format({"bold": True})
    for name, lines in filled.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS[name]) - 1, 18)
        for place, column in enumerate(COLUMNS[name]):
            sheet.write_string(0, place, column, heading)
        for row, cells in enumerate(lines, 1):
            _write_line(sheet, row, cells, day=day)
    book.close()


def write_table(
    stream: BinaryIO,
    *,
    title: str,
    above: Sequence[str],
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Cell]],
) -> None:
    """One sheet: lines that say what it holds, headings (with widths), then rows, written as they come.

    Numbers, days and times are cells of their kind. Text is always text: nothing of it becomes a formula or a link.
    """
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, options)
    bold = book.add_format({"bold": True})
    day, at = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "hh:mm:ss"})
    sheet = book.add_worksheet(title)
    for place, (_, width) in enumerate(columns):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(len(above) + 1, 0)
    for row, line in enumerate(above):
        sheet.write_string(row, 0, line, bold)
    for place, (heading, _) in enumerate(columns):
        sheet.write_string(len(above), place, heading, bold)
    for row, cells in enumerate(rows, len(above) + 1):
        for place, cell in enumerate(cells):
            _write_cell(sheet, row, place, cell, form=at if isinstance(cell, time) else day)
    book.close()


def write_sheets(stream: BinaryIO, sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]]) -> None:
    """Several sheets, each with its headings and rows; text is always text."""
    import xlsxwriter

    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
    for name, (headings, rows) in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headings) - 1, 20)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, bold)
        for row, cells in enumerate(rows, 1):
            for place, cell in enumerate(cells):
                _write_cell(sheet, row, place, cell, form=day)
    book.close()


def _write_cell(sheet: "Worksheet", row: int, place: int, cell: Cell, *, form: object) -> None:
    if isinstance(cell, date | time):
        sheet.write_datetime(row, place, cell, form)
    elif isinstance(cell, int | float):
        sheet.write_number(row, place, cell)
    elif cell:
        sheet.write_string(row, place, cell)


def _write_line(sheet: "Worksheet", row: int, cells: Sequence[object], *, day: object) -> None:
    for place, cell in enumerate(cells):
        if isinstance(cell, date):
            sheet.write_datetime(row, place, cell, day)
        elif isinstance(cell, int):
            sheet.write_number(row, place, cell)
        else:
            # Always as text: a note that begins with = + - or @ must never become a formula.
            sheet.write_string(row, place, str(cell))


def _edition_cells(item: LoggedEdition) -> tuple[object, ...]:
    return item.number, item.title, item.language, _minutes(item.seconds), item.approved_on


def _play_cells(item: LoggedPlay) -> tuple[object, ...]:
    return (
        item.day, f"{item.at:%H:%M}", item.number, item.language, item.zone, _minutes(item.seconds),
        item.confirmed_by, item.note,
    )  # fmt: skip


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
