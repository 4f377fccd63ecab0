"""Lịch phát sóng tuần as PDF for the wall: days side by side, what starts when in each."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.documents import pdf_table
from scheduler.documents.blocks import Side, Table, TableRow
from scheduler.documents.report_words import language_of
from scheduler.documents.sheet import Style
from scheduler.documents.simple_sheet import WEEKDAYS, open_sheet, put_signatures
from scheduler.domain.counting import tell_day
from scheduler.domain.planning import Priority
from scheduler.domain.week import Entry, EntryState
from scheduler.labels import label
from scheduler.services.office import Office
from scheduler.services.week import Week

NAME = "Lịch phát sóng tuần"
_HOUR_WIDTH = 16.0
_SPOKEN = frozenset({EntryState.CANCELLED, EntryState.EMPTY, EntryState.EXPECTED})
"""What is said of a broadcast beside its content; the others speak for themselves."""


def write_week(week: Week, office: Office, *, where: str, station: str, zone: ZoneInfo, made_at: datetime) -> bytes:
    """The week as a sheet on its side: a row for each starting time, a column for each day."""
    below = [f"Từ ngày {tell_day(week.first)} đến ngày {tell_day(week.last)}"]
    if where:
        below.append(f"Địa bàn: {where}")
    sheet = open_sheet(office, title=NAME, below=below, station=station, made_at=made_at)
    days = [week.first + timedelta(days=number) for number in range((week.last - week.first).days + 1)]
    rows = _rows(week.entries, days, zone)
    if rows:
        sides: list[Side] = ["center", *(["left"] * len(days))]  # type: ignore[list-item]
        table = Table(
            head=["Giờ", *(f"{WEEKDAYS[day.weekday()]} {day:%d/%m}" for day in days)],
            rows=rows,
            widths=[_HOUR_WIDTH, *([(sheet.width - _HOUR_WIDTH) / len(days)] * len(days))],
            sides=sides,
        )
        pdf_table.draw(sheet, table, Style(size=10, leading=1.15))
    else:
        sheet.put("Tuần này chưa có buổi phát nào.", Style(size=12))
    put_signatures(sheet, ["Người lập lịch", "Người phụ trách"])
    return sheet.output()


def _rows(entries: Sequence[Entry], days: Sequence[date], zone: ZoneInfo) -> list[TableRow]:
    cells: dict[str, dict[date, list[str]]] = {}
    for entry in entries:
        at = entry.starts_at.astimezone(zone)
        cells.setdefault(f"{at:%H:%M}", {}).setdefault(at.date(), []).append(tell_entry(entry, zone))
    return [TableRow(cells=[hour, *("\n".join(cells[hour].get(day, ())) for day in days)]) for hour in sorted(cells)]


def tell_entry(entry: Entry, zone: ZoneInfo) -> str:
    """What is heard: the column, the episode, the languages, and what differs on this date."""
    told = [entry.title]
    if entry.episode is not None:
        told.append(f"số {entry.episode.number}/{entry.episode.year}: {entry.episode.title}")
    if entry.languages:
        told.append(", ".join(language_of(code) for code in sorted(entry.languages, key=lambda code: code != "vi")))
    if entry.priority > int(Priority.ORDINARY):
        told.append(f"mức {label(Priority(entry.priority))}")
    if entry.exercise:
        told.append("phát thử")
    if entry.is_moved and entry.usual_at is not None:
        told.append(f"dời từ {entry.usual_at.astimezone(zone):%H:%M %d/%m}")
    if entry.state in _SPOKEN:
        told.append(f"({label(entry.state)})")
    return "; ".join(told)
