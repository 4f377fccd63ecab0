"""How a line of the as-run log and a filter of it are told to a person; used by the page and by exported files."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.domain.counting import apart_of, outcome_of
from scheduler.domain.log_filter import Ending, LogFilter, Sort
from scheduler.domain.playout import EntryKind
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.reconciliation import came_later
from scheduler.domain.spreadsheet import Cell
from scheduler.domain.time import local_day
from scheduler.labels import label
from scheduler.models import AsRunEntry
from scheduler.services.closed_books import ClosedBooks
from scheduler.services.log_reading import LogLine
from scheduler.services.log_waiting import WaitingLine

_STATION = re.compile(r"playout\..+")
_BOX = re.compile(r"z\d+-[0-9a-f]{8}")
TITLES = {"vi": "Nhật ký phát sóng", "en": "As-run log"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of an exported log: its heading in both languages and its width in signs."""

    vi: str
    en: str
    width: int


COLUMNS: tuple[Column, ...] = (
    Column(vi="Ngày", en="Day", width=11),
    Column(vi="Giờ kế hoạch", en="Planned", width=12),
    Column(vi="Giờ phát thực tế", en="Started", width=14),
    Column(vi="Giờ kết thúc", en="Ended", width=12),
    Column(vi="Mã vùng", en="Zone code", width=12),
    Column(vi="Vùng phát", en="Zone", width=24),
    Column(vi="Địa bàn", en="Area", width=18),
    Column(vi="Chuyên mục", en="Series", width=34),
    Column(vi="Năm", en="Year", width=6),
    Column(vi="Số", en="Number", width=6),
    Column(vi="Tên số", en="Title", width=40),
    Column(vi="Tiếng", en="Language", width=12),
    Column(vi="Loại", en="Sort", width=16),
    Column(vi="Kết quả", en="Outcome", width=18),
    Column(vi="Giây theo kế hoạch", en="Seconds planned", width=10),
    Column(vi="Giây phát được", en="Seconds sounded", width=10),
    Column(vi="Lý do", en="Reason", width=30),
    Column(vi="Bằng chứng", en="Evidence", width=24),
    Column(vi="Người hoặc máy ghi", en="Recorded by", width=20),
    Column(vi="Lần ghi", en="Attempt", width=8),
    Column(vi="Còn hiệu lực", en="Holds", width=10),
    Column(vi="Căn cứ, ghi chú", en="Note", width=34),
    Column(vi="SHA-256 bản thu", en="SHA-256 of the recording", width=20),
    Column(vi="Mã lần phát", en="Airing", width=20),
    Column(vi="Người thứ hai đồng ý", en="Countersigned by", width=20),
    Column(vi="Ghi vào sổ ngày", en="Written on", width=12),
    Column(vi="Báo về muộn hoặc ghi sau chốt sổ", en="Late, or after the close", width=26),
)


def headings(*, language: str = "vi") -> list[str]:
    """The headings of an exported log."""
    return [column.en if language == "en" else column.vi for column in COLUMNS]


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What the numbers in a filter are called."""

    series: str = ""
    area: str = ""
    airing: str = ""


def tell_filter(wanted: LogFilter, names: Names, *, language: str = "vi") -> list[str]:
    """What a filter asks for, one sentence part a line; only what limits is told."""
    english = language == "en"
    between = f"{wanted.first:%d/%m/%Y} – {wanted.last:%d/%m/%Y}"
    told = [(f"Days: {between}" if english else f"Từ ngày – đến ngày: {between}")]
    spoken = LANGUAGE_NAMES.get(wanted.language, {}).get(language, wanted.language)
    parts = (
        ("Zone", "Vùng phát", wanted.place),
        ("Area", "Địa bàn", names.area),
        ("Language", "Tiếng", spoken),
        ("Outcome", "Kết quả", "" if wanted.ending is None else label(wanted.ending, language=language)),
        ("Reason", "Lý do", "" if wanted.reason is None else label(wanted.reason, language=language)),
        ("Series", "Chuyên mục", names.series),
        ("Sort", "Loại", "" if wanted.sort is None else label(wanted.sort, language=language)),
        ("Airing", "Lần phát", names.airing),
    )
    return told + [f"{en if english else vi}: {value}" for en, vi, value in parts if value]


def line_cells(
    line: LogLine, *, books: ClosedBooks, zone: ZoneInfo, language: str = "vi"
) -> Iterator[list[Cell]]:  # fmt: skip
    """The rows of a delivery: what was written first, and each correction under it."""
    for entry in line.entries:
        told = _entry_cells(entry, holds=entry is line.holds, zone=zone, language=language)
        yield [*told, *_arrival_cells(entry, books=books, zone=zone, language=language)]


def waiting_cells(line: WaitingLine, *, zone: ZoneInfo, language: str = "vi") -> list[Cell]:
    """The row of a delivery that nobody has reported."""
    airing = line.airing
    planned = line.planned_at.astimezone(zone)
    sort = sort_of(priority=airing.priority, exercise=airing.exercise)
    return [
        planned.date(), planned.time().replace(microsecond=0), None, None, line.zone_code, line.zone_name,
        line.area_name, airing.series_title, airing.year, airing.number, airing.title,
        language_name(airing.language, language), label(sort, language=language),
        label(Ending.WAITING, language=language), airing.seconds, None, "", "", "", None, "", "", "", str(airing.id),
        "", None, "",
    ]  # fmt: skip


def came_to(entry: AsRunEntry) -> EntryKind:
    """What a delivery came to by an entry; a correction speaks by its seconds."""
    if entry.kind is not EntryKind.CORRECTION:
        return entry.kind
    return EntryKind(outcome_of(entry.kind, sounded=entry.seconds_sounded, planned=entry.seconds_planned).value)


def tell_outcome(entry: AsRunEntry, *, language: str = "vi") -> str:
    """The same in words; a correction says that it is one."""
    told = label(came_to(entry), language=language)
    return f"{label(entry.kind, language=language)}: {told}" if entry.kind is EntryKind.CORRECTION else told


def sort_of(*, priority: int, exercise: bool) -> Sort:
    """What sort of broadcast it was."""
    apart = apart_of(priority=priority, exercise=exercise).value
    return Sort(apart) if apart else Sort.ORDINARY


def language_name(code: str, told_in: str) -> str:
    """What a language is called."""
    return LANGUAGE_NAMES.get(code, {}).get(told_in, code)


_HOLDS: Mapping[str, tuple[str, str]] = {"vi": ("đã được đính chính", "có"), "en": ("corrected later", "yes")}


_LATE: Mapping[str, tuple[str, str]] = {
    "vi": ("báo về sau ngày phát", "ghi sau khi chốt sổ"),
    "en": ("reported on a later day", "written after the close"),
}


def _arrival_cells(entry: AsRunEntry, *, books: ClosedBooks, zone: ZoneInfo, language: str) -> list[Cell]:
    """Who agreed to it as a second person, and when it came into the log."""
    written_on = local_day(entry.recorded_at, zone)
    late, after = _LATE[language]
    told = [late] if came_later(source=entry.source, written_on=written_on, day=entry.local_day) else []
    told += [after] if books.is_after(day=entry.local_day, entry_id=entry.id) else []
    return [entry.countersigned_by, written_on, "; ".join(told)]


def _entry_cells(entry: AsRunEntry, *, holds: bool, zone: ZoneInfo, language: str) -> list[Cell]:
    def clock(instant: datetime | None) -> Cell:
        return None if instant is None else instant.astimezone(zone).time().replace(microsecond=0)

    sort = sort_of(priority=entry.priority, exercise=entry.exercise)
    return [
        entry.local_day,
        clock(entry.planned_at),
        clock(entry.started_at),
        clock(entry.ended_at),
        entry.zone_code,
        entry.zone_name,
        entry.area_name,
        entry.series_title,
        entry.episode_year,
        entry.episode_number,
        entry.title,
        language_name(entry.language, language),
        label(sort, language=language),
        tell_outcome(entry, language=language),
        round(entry.seconds_planned, 1),
        round(entry.seconds_sounded, 1),
        "" if entry.reason is None else label(entry.reason, language=language),
        label(entry.evidence, language=language),
        entry.recorded_by,
        entry.attempt,
        _HOLDS[language][holds],
        entry.note,
        entry.recording_sha256 or "",
        str(entry.airing_id),
    ]


def tell_writer(name: str, *, language: str = "vi") -> str:
    """Who wrote a line: people by their name, programs by what they are; names of processes say nothing to anybody."""
    if _STATION.fullmatch(name):
        return {"vi": "bộ phát sóng", "en": "playout"}[language]
    if _BOX.fullmatch(name):
        return {"vi": "máy phát tại bản", "en": "village player"}[language]
    return name
