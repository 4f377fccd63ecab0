"""A station's past as two sheets of cells: what each cell means, and every problem with it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.text import tidy
from scheduler.errors import BadField

EDITIONS = "Chuyên mục"
PLAYS = "Nhật ký"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    EDITIONS: ("số", "tên chuyên mục", "ngôn ngữ", "thời lượng", "ngày duyệt"),
    PLAYS: ("ngày", "giờ", "số", "ngôn ngữ", "vùng", "phát được", "người xác nhận", "ghi chú"),
}
MAY_BE_EMPTY = frozenset({"ghi chú"})
ALL_ZONES = "tất cả"

Value = TypeVar("Value")

_EARLIEST_YEAR = 1950
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_CLOCK = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong with one cell (or, without a row, with a whole sheet)."""

    code: str
    sheet: str
    row: int | None = None
    column: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedEdition:
    """One edition of the sheet “Chuyên mục”."""

    number: int
    title: str
    language: str
    seconds: float
    approved_on: date
    row: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedPlay:
    """One line of the sheet “Nhật ký”; `zone` is a code or `tất cả`."""

    day: date
    at: time
    number: int
    language: str
    zone: str
    seconds: float
    confirmed_by: str
    note: str = ""
    row: int = 0

    @property
    def in_all_zones(self) -> bool:
        """Tell whether the line speaks of all zones that hear the language."""
        return same(self.zone) == same(ALL_ZONES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Logbook:
    """What the two sheets say, as far as it can be read, with every problem found in reading."""

    editions: Sequence[LoggedEdition]
    plays: Sequence[LoggedPlay]
    problems: Sequence[Problem]


class Unreadable(Exception):
    """The cell does not hold what its column asks for; `code` says what that is."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


# --- cells ----------------------------------------------------------------------------------------------------------
def clean(value: object) -> str:
    """The cell as text in NFC, without hidden characters and outer spaces; empty for an empty cell."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return tidy("".join(sign for sign in str(value) if unicodedata.category(sign) != "Cf"))


def same(text: object) -> str:
    """The text as headings and names of sheets are compared: clean and without case."""
    return clean(text).casefold()


def read_number(value: object) -> int:
    """An episode's number."""
    text = clean(value)
    if isinstance(value, bool | date | time | timedelta) or not re.fullmatch(r"\d{1,6}", text) or int(text) < 1:
        raise Unreadable("logbook_not_a_number")
    return int(text)


def read_language(value: object) -> str:
    """A language's code."""
    code = same(value)
    if code not in LANGUAGE_NAMES:
        raise Unreadable("logbook_not_a_language")
    return code


def read_day(value: object) -> date:
    """A date: a real one, or text like 05/3/2021."""
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    else:
        day = _day_of_text(clean(value))
    if day.year < _EARLIEST_YEAR:
        raise Unreadable("logbook_not_a_date")
    return day


def _day_of_text(text: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else _refuse_day()
    except ValueError:
        return _refuse_day()


def _refuse_day() -> date:
    raise Unreadable("logbook_not_a_date")


def read_clock(value: object) -> time:
    """A time of day: a real one, or text like 05:30."""
    if isinstance(value, datetime):
        return value.time().replace(microsecond=0)
    if isinstance(value, time):
        return value.replace(microsecond=0)
    found = _CLOCK.fullmatch(clean(value).lower().replace("h", ":").replace("g", ":"))
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0)) if found else _refuse_clock()
    except ValueError:
        return _refuse_clock()


def _refuse_clock() -> time:
    raise Unreadable("logbook_not_a_time")


def read_seconds(value: object) -> float:
    """A duration: text like 08:30 (minutes and seconds), or a time as spreadsheets keep it.

    Who types 08:30 into a spreadsheet gets half past eight; no edition lasts hours, so that means 8 minutes 30 too.
    """
    if isinstance(value, datetime):
        value = value.time()
    if isinstance(value, timedelta):
        return _seconds_of_hours(value.total_seconds())
    if isinstance(value, time):
        return _seconds_of_hours(value.hour * 3600 + value.minute * 60 + value.second)
    found = _CLOCK.fullmatch(clean(value))
    if found is None or int(found[2]) >= 60 or int(found[3] or 0) >= 60:
        raise Unreadable("logbook_not_a_duration")
    if found[3] is None:
        return float(int(found[1]) * 60 + int(found[2]))
    return float(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]))


def tell_seconds(text: str, *, field: str) -> float:
    """A duration as typed into a form: 08:30. Raises `BadField`."""
    try:
        return read_seconds(text)
    except Unreadable as error:
        raise BadField(field=field, value=text) from error


def _seconds_of_hours(seconds: float) -> float:
    whole = round(seconds)
    if whole >= 3600 and whole % 60 == 0:  # hours and minutes that were meant as minutes and seconds
        return whole / 60
    if whole < 0:
        raise Unreadable("logbook_not_a_duration")
    return float(whole)


def read_text(value: object) -> str:
    """Any text."""
    return clean(value)


_READERS: Mapping[str, Callable[[object], Any]] = {
    "số": read_number,
    "ngôn ngữ": read_language,
    "thời lượng": read_seconds,
    "phát được": read_seconds,
    "ngày duyệt": read_day,
    "ngày": read_day,
    "giờ": read_clock,
}


# --- sheets ---------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Sheet(Generic[Value]):
    """Reads the lines of one sheet and collects what is wrong with them."""

    name: str
    problems: list[Problem] = field(default_factory=list)

    def lines(self, rows: Sequence[Sequence[object]]) -> Iterable[tuple[int, dict[str, Any]]]:
        """The lines that can be read, each with its row number and the meaning of its cells by column."""
        filled = [(number, row) for number, row in enumerate(rows, 1) if any(clean(cell) for cell in row)]
        places = self._places(filled[0][1] if filled else ())
        if len(places) < len(COLUMNS[self.name]):
            return
        for number, row in filled[1:]:
            told = len(self.problems)
            cells = {column: self._read(number, column, _cell(row, place)) for column, place in places.items()}
            if len(self.problems) == told:
                yield number, cells

    def _places(self, heading: Sequence[object]) -> dict[str, int]:
        found = [same(cell) for cell in heading]
        places = {}
        for column in COLUMNS[self.name]:
            count = found.count(same(column))
            if count == 1:
                places[column] = found.index(same(column))
            else:
                code = "logbook_column_twice" if count else "logbook_column_missing"
                self.problems.append(Problem(code=code, sheet=self.name, column=column, facts={"column": column}))
        return places

    def _read(self, row: int, column: str, value: object) -> Any:
        if not clean(value):
            if column not in MAY_BE_EMPTY:
                self.problems.append(Problem(code="logbook_cell_empty", sheet=self.name, row=row, column=column))
            return ""
        try:
            return _READERS.get(column, read_text)(value)
        except Unreadable as error:
            facts = {"value": clean(value)[:80]}
            self.problems.append(Problem(code=error.code, sheet=self.name, row=row, column=column, facts=facts))
            return None


def _cell(row: Sequence[object], place: int) -> object:
    return row[place] if place < len(row) else None


def read_logbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> Logbook:
    """What the sheets of a workbook say; sheets other than the two are left alone."""
    by_name = {same(name): rows for name, rows in sheets.items()}
    problems = [
        Problem(code="logbook_sheet_missing", sheet=name, facts={"sheet": name})
        for name in (EDITIONS, PLAYS)
        if same(name) not in by_name
    ]
    first: _Sheet[LoggedEdition] = _Sheet(EDITIONS)
    second: _Sheet[LoggedPlay] = _Sheet(PLAYS)
    editions = [_edition(n, cells) for n, cells in first.lines(by_name.get(same(EDITIONS), ()))] if not problems else []
    plays = [_play(n, cells) for n, cells in second.lines(by_name.get(same(PLAYS), ()))] if not problems else []
    return Logbook(editions=editions, plays=plays, problems=[*problems, *first.problems, *second.problems])


def _edition(row: int, cells: Mapping[str, Any]) -> LoggedEdition:
    return LoggedEdition(
        row=row,
        number=cells["số"],
        title=cells["tên chuyên mục"],
        language=cells["ngôn ngữ"],
        seconds=cells["thời lượng"],
        approved_on=cells["ngày duyệt"],
    )


def _play(row: int, cells: Mapping[str, Any]) -> LoggedPlay:
    return LoggedPlay(
        row=row,
        day=cells["ngày"],
        at=cells["giờ"],
        number=cells["số"],
        language=cells["ngôn ngữ"],
        zone=cells["vùng"],
        seconds=cells["phát được"],
        confirmed_by=cells["người xác nhận"],
        note=cells["ghi chú"],
    )
