"""How a line of the printed log is told in words and cells, the same on paper and in a workbook."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from scheduler.documents.report_words import language_of
from scheduler.domain.log_filter import Sort
from scheduler.domain.spreadsheet import Cell
from scheduler.labels import label
from scheduler.services.log_sheet import SheetLine

OWN = "tự sản xuất"
"""Where it comes from; a relay is not known to this program yet."""
NAME = "Sổ nhật ký phát sóng"


def tell_content(line: SheetLine) -> str:
    """Chuyên mục, số and title, with what sort it was when it was no ordinary one."""
    told = f"{line.series_title}, số {line.number}/{line.year}: {line.title}"
    return told if line.sort is Sort.ORDINARY else f"[{label(line.sort)}] {told}"


def tell_zones(line: SheetLine) -> str:
    """What became of it in so many zones."""
    parts = (
        (line.zones_sounded, "vùng phát đủ"),
        (line.zones_partial, "vùng phát một phần"),
        (line.zones_missed, "vùng không phát"),
        (line.zones_waiting, "vùng chưa có kết quả"),
    )
    told = [f"{number} {words}" for number, words in parts if number]
    return "; ".join(told) or "không có vùng nào"


def tell_incidents(line: SheetLine) -> str:
    """Why zones did not sound, and what was corrected later."""
    told = [f"{label(reason)}: {number} vùng" for reason, number in line.reasons.items()]
    if line.corrected:
        told.append(f"đã đính chính {line.corrected} vùng")
    return "; ".join(told)


def tell_length(seconds: float) -> str:
    """Minutes and seconds: 08:58."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"


def tell_clock(instant: datetime | None, zone: ZoneInfo) -> str:
    """The station's clock at that instant; an en dash when there is none."""
    return "–" if instant is None else f"{instant.astimezone(zone):%H:%M}"


def _time(instant: datetime | None, zone: ZoneInfo) -> time | None:
    return None if instant is None else instant.astimezone(zone).time().replace(microsecond=0)


COLUMNS: Mapping[str, tuple[int, Callable[[SheetLine, ZoneInfo], Cell]]] = {
    "Ngày": (11, lambda line, _: line.day),
    "Giờ kế hoạch": (12, lambda line, zone: _time(line.planned_at, zone)),
    "Bắt đầu": (10, lambda line, zone: _time(line.started_at, zone)),
    "Kết thúc": (10, lambda line, zone: _time(line.ended_at, zone)),
    "Chuyên mục": (40, lambda line, _: line.series_title),
    "Năm": (6, lambda line, _: line.year),
    "Số": (6, lambda line, _: line.number),
    "Tên số": (40, lambda line, _: line.title),
    "Tiếng": (16, lambda line, _: language_of(line.language).removeprefix("tiếng ")),
    "Loại": (16, lambda line, _: label(line.sort)),
    "Nguồn": (12, lambda _line, _zone: OWN),
    "Thời lượng (giây)": (10, lambda line, _: round(line.seconds, 1)),
    "Người đọc": (20, lambda line, _: line.readers),
    "Người duyệt": (20, lambda line, _: line.approver),
    "Vùng phát đủ": (9, lambda line, _: line.zones_sounded),
    "Vùng phát một phần": (9, lambda line, _: line.zones_partial),
    "Vùng không phát": (9, lambda line, _: line.zones_missed),
    "Vùng chưa có kết quả": (9, lambda line, _: line.zones_waiting),
    "Thiết bị, sự cố": (40, lambda line, _: tell_incidents(line)),
    "Người xác nhận": (24, lambda line, _: ", ".join(line.confirmed_by)),
}
"""The columns of the workbook: heading, width in signs, and the cell of a line."""
