"""All figures of the counts page as a workbook: numbers as numbers, shares as shares, text never as a formula."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from scheduler.documents.report_words import language_of, names_of, names_of_areas
from scheduler.domain.counting import tell_change, tell_count
from scheduler.labels import label, label_missed
from scheduler.services.count_overview import ByLanguage, Overview

Row = Sequence[Any]
_DAY, _SHARE, _NUMBER = "dd/mm/yyyy", "0.0%", "#,##0"


class Share(float):
    """A share, told in per cent."""


def write_counts(view: Overview, *, series: str, where: str, by: str, made_on: date) -> bytes:
    """The workbook: a summary, the table by time, one by area for each language, outcomes at zones, the rules."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheets = _Sheets(book)
    sheets.add("Tóm tắt", ["Mục", "Số liệu"], _summary(view, series, where, by, made_on), wide=(64, 18))
    sheets.add("Theo thời gian", ["Lần phát được tính", *names_of(view.cut), "Cộng"], _by_time(view))
    for code in view.broadcast:
        told = language_of(code)
        sheets.add(f"Địa bàn, {told}"[:31], ["Địa bàn", *names_of(view.cut), "Cộng"], _by_area(view, code))
    sheets.add(
        "Kết quả tại vùng",
        ["Địa bàn", "Phát đủ", "Phát một phần", "Không phát", "Tỷ lệ phát đủ"],
        _outcomes(view),
    )
    sheets.add(
        "Quy tắc đếm",
        ["Số", "Tỷ lệ ít nhất", "Bằng chứng ít nhất", "Từ ngày", "Người áp dụng", "Áp dụng lúc", "Ghi chú"],
        _rules(view),
        wide=(8, 18),
    )
    book.close()
    return file.getvalue()


class _Sheets:
    """The sheets of a workbook, all made alike."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True})
        self._forms = {form: book.add_format({"num_format": form}) for form in (_DAY, _SHARE, _NUMBER)}

    def add(self, name: str, head: Row, rows: Sequence[Row], *, wide: tuple[int, int] = (34, 12)) -> None:
        """A sheet with its head, which stays in sight, and its rows."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, wide[0])
        sheet.set_column(1, max(len(head) - 1, 1), wide[1])
        for place, text in enumerate(head):
            sheet.write_string(0, place, str(text), self._bold)
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                self._write(sheet, number, place, value)

    def _write(self, sheet: Any, row: int, place: int, value: object) -> None:
        if isinstance(value, date):
            sheet.write_datetime(row, place, value, self._forms[_DAY])
        elif isinstance(value, Share):
            sheet.write_number(row, place, value, self._forms[_SHARE])
        elif isinstance(value, int | float):
            sheet.write_number(row, place, value, self._forms[_NUMBER])
        elif value:
            sheet.write_string(row, place, str(value))


def _summary(view: Overview, series: str, where: str, by: str, made_on: date) -> list[Row]:
    count, period = view.count, view.period
    rows: list[Row] = [
        (tell_count(count),),
        ("Từ ngày", period.first),
        ("Đến hết ngày", period.last),
        ("Chuyên mục", series or "tất cả"),
        ("Địa bàn", where or "cả đài"),
        ("Xây dựng (bản tiếng)", count.produced_total),
        *((f"Xây dựng, {language_of(code)}", number) for code, number in count.produced.items()),
        ("Phát (lần được tính)", count.broadcast_total),
        *((f"Phát, {language_of(code)}", number) for code, number in count.broadcast.items()),
        *((f"Phát, chuyên mục “{title}”", number) for title, number in count.by_series.items()),
        ("Có trong kế hoạch", count.planned),
        *((f"Không tính: {label_missed(code)}", number) for code, number in count.missed_by_reason.items()),
        ("Chưa có kết quả", view.waiting),
        ("Để riêng: phát thử", count.apart["exercise"]),
        ("Để riêng: phát khẩn cấp", count.apart["emergency"]),
    ]
    if view.target:
        rows += [
            ("Chỉ tiêu cả năm (lần)", view.target),
            ("Đã phát, của các chuyên mục có chỉ tiêu", view.towards_target),
            ("Đạt chỉ tiêu", Share(view.towards_target / view.target)),
        ]
    return rows + _compared(view) + [("Quy tắc đếm số", count.rule.number), ("Người xuất", by), ("Ngày xuất", made_on)]


def _compared(view: Overview) -> list[Row]:
    compared = view.compared
    if compared is None:
        return []
    year = compared.before.last.year
    return [
        ("So với cùng kỳ: từ ngày", compared.before.first),
        ("So với cùng kỳ: đến hết ngày", compared.before.last),
        ("Xây dựng, kỳ này", compared.produced_now),
        ("Xây dựng, cùng kỳ năm trước", compared.produced_before),
        ("Phát, kỳ này", compared.broadcast_now),
        ("Phát, cùng kỳ năm trước", compared.broadcast_before),
        (f"Xây dựng {tell_change(compared.produced_now, compared.produced_before, year=year)}",),
        (f"Phát {tell_change(compared.broadcast_now, compared.broadcast_before, year=year)}",),
    ]


def _by_time(view: Overview) -> list[Row]:
    rows = [_summed(language_of(code), numbers) for code, numbers in view.broadcast.items()]
    rows += [
        _summed("tất cả các tiếng", _together(view.broadcast, view)),
        _summed("cùng kỳ năm trước", _together(view.before, view)),
    ]
    return rows + [_summed(f"xây dựng, {language_of(code)}", numbers) for code, numbers in view.produced.items()]


def _by_area(view: Overview, code: str) -> list[Row]:
    names = names_of_areas(view.areas)
    rows = [_summed(names[row.area_id], row.airings[code]) for row in view.areas if sum(row.airings.get(code, ()))]
    return [*rows, _summed("cả kỳ (mỗi lần phát tính một lần)", view.broadcast[code])]


def _outcomes(view: Overview) -> list[Row]:
    names = names_of_areas(view.areas)
    found: list[Row] = []
    for row in view.areas:
        whole = row.zones_sounded + row.zones_partial + row.zones_missed
        share = Share(row.zones_sounded / whole) if whole else ""
        found.append((names[row.area_id], row.zones_sounded, row.zones_partial, row.zones_missed, share))
    return found


def _rules(view: Overview) -> list[Row]:
    rule = view.count.rule
    if not view.rules:
        return [(rule.number, Share(rule.least_share), label(rule.least_evidence), "", "", "", "")]
    return [
        (
            item.number, Share(item.least_share), label(item.least_evidence), item.valid_from or "", item.adopted_by,
            item.adopted_at.date(), item.note,
        )
        for item in view.rules
    ]  # fmt: skip


def _summed(name: str, numbers: Sequence[int]) -> Row:
    return (name, *numbers, sum(numbers))


def _together(numbers: ByLanguage, view: Overview) -> list[int]:
    return [sum(found[place] for found in numbers.values()) for place in range(len(view.cut.stretches))]
