"""Sổ nhật ký phát sóng as PDF: the airings of a week or month day by day, with room for signatures."""

from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.documents import pdf_table
from scheduler.documents.blocks import RowKind, Side, Table, TableRow
from scheduler.documents.log_sheet_words import (
    NAME,
    OWN,
    tell_clock,
    tell_content,
    tell_incidents,
    tell_length,
    tell_zones,
)
from scheduler.documents.report_words import language_of, tell_period
from scheduler.documents.sheet import Style
from scheduler.documents.simple_sheet import open_sheet, put_signatures, tell_weekday
from scheduler.services.log_sheet import LogSheet, SheetLine
from scheduler.services.office import Office

_HEAD: tuple[tuple[str, float, Side], ...] = (
    ("Giờ phát (kế hoạch)", 17, "center"),
    ("Mở – tắt", 22, "center"),
    ("Nội dung", 58, "left"),
    ("Nguồn", 15, "center"),
    ("Thời lượng", 15, "center"),
    ("Tiếng", 19, "center"),
    ("Người đọc", 23, "left"),
    ("Người duyệt", 23, "left"),
    ("Kết quả", 26, "left"),
    ("Thiết bị, sự cố", 27, "left"),
    ("Người trực, ký", 22, "left"),
)


def write_sheet(
    found: LogSheet, office: Office, *, where: str, station: str, zone: ZoneInfo, made_at: datetime
) -> bytes:
    """The whole log of the days; `where` says which zones, empty for the whole station."""
    told = tell_period(found.first, found.last)
    below = [told[:1].upper() + told[1:]] + ([f"Địa bàn: {where}"] if where else [])
    sheet = open_sheet(office, title=NAME, below=below, station=station, made_at=made_at)
    rows: list[TableRow] = []
    for day, lines in found.days().items():
        seal = f" · đã niêm phong (số {found.seals[day]})" if day in found.seals else " · chưa niêm phong hết"
        rows.append(TableRow(cells=[tell_weekday(day) + seal], kind=RowKind.BAND))
        rows += [_row(line, zone) for line in lines]
    if rows:
        head, widths, sides = zip(*_HEAD, strict=True)
        table = Table(head=head, rows=rows, widths=widths, sides=sides)
        pdf_table.draw(sheet, table, Style(size=9, leading=1.15))
    else:
        sheet.put("Không có buổi phát nào trong những ngày này.", Style(size=12))
    put_signatures(sheet, ["Người lập sổ", "Người phụ trách"])
    return sheet.output()


def _row(line: SheetLine, zone: ZoneInfo) -> TableRow:
    return TableRow(
        cells=[
            tell_clock(line.planned_at, zone),
            f"{tell_clock(line.started_at, zone)} – {tell_clock(line.ended_at, zone)}" if line.started_at else "–",
            tell_content(line),
            OWN,
            tell_length(line.seconds),
            language_of(line.language).removeprefix("tiếng "),
            line.readers,
            line.approver,
            tell_zones(line),
            tell_incidents(line),
            ", ".join(line.confirmed_by),
        ]
    )
