"""Sổ nhật ký phát sóng as a workbook: figures, days and times as such, text as text."""

import io
from zoneinfo import ZoneInfo

from scheduler.documents.log_sheet_words import COLUMNS, NAME
from scheduler.documents.report_words import tell_period
from scheduler.services import workbook
from scheduler.services.log_sheet import LogSheet


def write_sheet(found: LogSheet, *, where: str, zone: ZoneInfo) -> bytes:
    """The lines of the days, one a row."""
    file = io.BytesIO()
    told = tell_period(found.first, found.last)
    workbook.write_table(
        file,
        title=NAME,
        above=[NAME, told[:1].upper() + told[1:], *([f"Địa bàn: {where}"] if where else [])],
        columns=[(heading, width) for heading, (width, _) in COLUMNS.items()],
        rows=([cell(line, zone) for _, cell in COLUMNS.values()] for line in found.lines),
    )
    return file.getvalue()
