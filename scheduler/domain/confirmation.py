"""What people confirm about deliveries: how it is told in the log, and a sheet of many confirmations."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from scheduler.domain.logbook import (
    Problem,
    Unreadable,
    clean,
    read_clock,
    read_day,
    read_language,
    read_number,
    read_seconds,
    same,
)
from scheduler.domain.playout import Reason
from scheduler.domain.text import fold, tidy
from scheduler.errors import BadField

CONFIRMATIONS = "Xác nhận"
COLUMNS = (
    "ngày", "giờ", "vùng", "tên vùng", "số", "ngôn ngữ", "tên chuyên mục", "kết quả", "phát được", "bắt đầu lúc",
    "lý do", "người báo", "điện thoại", "ghi chú",
)  # fmt: skip
FOR_PEOPLE = frozenset({"tên vùng", "tên chuyên mục"})
"""Columns that only help who fills the sheet in; nothing of them is read."""
MAY_BE_EMPTY = frozenset({*FOR_PEOPLE, "kết quả", "phát được", "bắt đầu lúc", "lý do", "điện thoại", "ghi chú"})
_NAMES_LINE = ("ngày", "giờ", "vùng", "số", "ngôn ngữ")
"""What says which delivery a line is about."""
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{6,18}[0-9]")
LONGEST_NOTE = 500


class Told(StrEnum):
    """What a person says became of a delivery."""

    FULL = "full"
    PART = "part"
    NONE = "none"


class Waits(StrEnum):
    """For what a delivery waits."""

    REPORT = "report"
    """Its time is over, and the log knows nothing of it."""
    CONFIRMATION = "confirmation"
    """The station's side says that it sounded; in a zone that reports nothing nobody has said that it was heard."""


TOLD_WORDS: Mapping[Told, str] = {Told.FULL: "đủ", Told.PART: "một phần", Told.NONE: "không"}
"""As the sheet holds it."""
_TOLD = {fold(word): told for told, word in TOLD_WORDS.items()} | {"co": Told.FULL, "phat du": Told.FULL}


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmedLine:
    """One line of the sheet in which somebody wrote a result."""

    row: int
    day: date
    at: time
    zone: str
    number: int
    language: str
    told: Told
    seconds: float | None
    """None: all of it, or nothing, as `told` says."""
    started_at: time | None
    reason: Reason | None
    source: str
    """Who told it, by what phone and what else; as it will stand in the log."""


@dataclass(slots=True)
class ConfirmedSheet:
    """What the sheet says, as far as it can be read, with every problem found in reading."""

    lines: list[ConfirmedLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    blank: int = 0
    """Lines without a result: nobody was asked yet."""


def tell_source(told_by: str, *, phone: str = "", note: str = "") -> str:
    """From whom a person knows it, as it stands in the log. Raises `BadField`."""
    if not tidy(told_by):
        raise BadField(field="told_by", value=told_by)
    number = tidy(phone)
    if number and not _PHONE.fullmatch(number):
        raise BadField(field="phone", value=number[:40])
    parts = [f"người báo: {tidy(told_by)}", f"điện thoại: {number}" if number else "", tidy(note)]
    return "; ".join(part for part in parts if part)[:LONGEST_NOTE]


# --- the sheet ------------------------------------------------------------------------------------------------------
def read_confirmations(
    sheets: Mapping[str, Sequence[Sequence[object]]], *, reasons: Mapping[str, Reason]
) -> ConfirmedSheet:
    """What the sheet says; `reasons` are the words that may stand for a reason, folded. Other sheets are left alone."""
    found = ConfirmedSheet()
    rows = next((rows for name, rows in sheets.items() if same(name) == same(CONFIRMATIONS)), None)
    if rows is None:
        facts = {"sheet": CONFIRMATIONS}
        found.problems.append(Problem(code="logbook_sheet_missing", sheet=CONFIRMATIONS, facts=facts))
        return found
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(clean(cell) for cell in row)]
    places = _places([same(cell) for cell in filled[0][1]] if filled else [], found.problems)
    if places is None:
        return found
    for number, row in filled[1:]:
        texts = {column: row[place] if place < len(row) else None for column, place in places.items()}
        if not clean(texts.get("kết quả")):
            found.blank += 1
            continue
        line = _Line(row=number, texts=texts, reasons=reasons)
        if (read := line.read()) is not None:
            found.lines.append(read)
        found.problems += line.problems
    return found


def _places(heading: Sequence[str], problems: list[Problem]) -> dict[str, int] | None:
    """Where each column is; None when one that must be there is missing or there twice."""
    counted = {column: heading.count(same(column)) for column in COLUMNS}
    needed = {*_NAMES_LINE, "kết quả", "người báo"}
    wrong = [column for column, count in counted.items() if count > 1 or (not count and column in needed)]
    for column in wrong:
        code = "logbook_column_twice" if counted[column] else "logbook_column_missing"
        problems.append(Problem(code=code, sheet=CONFIRMATIONS, column=column, facts={"column": column}))
    return None if wrong else {column: heading.index(same(column)) for column, count in counted.items() if count}


@dataclass(kw_only=True, slots=True)
class _Line:
    """Reads one line and collects all that is wrong with it."""

    row: int
    texts: Mapping[str, object]
    reasons: Mapping[str, Reason]
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> ConfirmedLine | None:
        """The line; None when something is wrong with it."""
        readers: dict[str, Callable[[object], Any]] = {
            "ngày": read_day, "giờ": read_clock, "vùng": clean, "số": read_number, "ngôn ngữ": read_language,
            "kết quả": _read_told, "phát được": read_seconds, "bắt đầu lúc": read_clock, "lý do": self._read_reason,
            "người báo": clean, "điện thoại": _read_phone, "ghi chú": clean,
        }  # fmt: skip
        cells = {column: self._cell(column, reader) for column, reader in readers.items()}
        told, seconds = cells["kết quả"], cells["phát được"]
        if told is Told.PART and seconds is None and not clean(self.texts.get("phát được")):
            self._blame("logbook_cell_empty", "phát được")
        if told in (Told.PART, Told.NONE) and cells["lý do"] is None and not clean(self.texts.get("lý do")):
            self._blame("confirm_reason_missing", "lý do")
        if self.problems:
            return None
        return ConfirmedLine(
            row=self.row,
            day=cells["ngày"],
            at=cells["giờ"],
            zone=cells["vùng"],
            number=cells["số"],
            language=cells["ngôn ngữ"],
            told=told,
            seconds=seconds if told is Told.PART else None,
            started_at=None if told is Told.NONE else cells["bắt đầu lúc"],
            reason=None if told is Told.FULL else cells["lý do"],
            source=tell_source(cells["người báo"], phone=cells["điện thoại"] or "", note=cells["ghi chú"] or ""),
        )

    def _cell(self, column: str, reader: Callable[[object], Any]) -> Any:
        value = self.texts.get(column)
        if not clean(value):
            if column not in MAY_BE_EMPTY:
                self._blame("logbook_cell_empty", column)
            return None
        try:
            return reader(value)
        except Unreadable as error:
            self._blame(error.code, column, value=clean(value)[:80])
            return None

    def _read_reason(self, value: object) -> Reason:
        try:
            return self.reasons[fold(clean(value))]
        except KeyError as error:
            raise Unreadable("confirm_not_a_reason") from error

    def _blame(self, code: str, column: str, **facts: object) -> None:
        self.problems.append(Problem(code=code, sheet=CONFIRMATIONS, row=self.row, column=column, facts=facts))


def _read_told(value: object) -> Told:
    try:
        return _TOLD[fold(clean(value))]
    except KeyError as error:
        raise Unreadable("confirm_not_a_result") from error


def _read_phone(value: object) -> str:
    """A phone number; a spreadsheet that took it for a number has dropped its leading 0."""
    text = clean(value)
    if isinstance(value, int | float) and not text.startswith("0"):
        text = f"0{text}"
    if not _PHONE.fullmatch(text):
        raise Unreadable("confirm_not_a_phone")
    return text
