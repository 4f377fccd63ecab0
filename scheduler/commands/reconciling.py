"""Commands that lay plan and log beside each other and close the books of a period."""

import json
from datetime import date
from typing import Any

import click

from scheduler.commands.listing import DAY, as_json_option, by_option, print_rows, today
from scheduler.domain.counting import tell_number
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.reconciliation import OPEN
from scheduler.labels import label
from scheduler.models import PeriodClose
from scheduler.services import closed_books, closing, reconciliation
from scheduler.services.reconciliation import BookLine, DayBook
from scheduler.station import Station

LINE_HEADINGS = {
    "at": "giờ",
    "zone": "vùng",
    "number": "số",
    "language_told": "tiếng",
    "class_told": "đối chiếu",
    "seconds_told": "giây",
    "reason_told": "lý do",
}
CLOSE_HEADINGS = {
    "close": "bản chốt",
    "first": "từ",
    "last": "đến",
    "closed_at": "chốt lúc",
    "closed_by": "người chốt",
    "sentence": "số liệu",
}


@click.command()
@click.option("--day", type=DAY, help="Local day; default: today.")
@click.option("--all", "whole", is_flag=True, help="List all lines, not only those that somebody must answer for.")
@as_json_option
@click.pass_obj
def reconcile(station: Station, day: date | None, whole: bool, as_json: bool) -> None:
    """Lay the plan and the log of a day beside each other: what sounded, what is missing and why."""
    wanted = None if whole or as_json else OPEN
    with station.readers.begin() as session:
        book = reconciliation.reconcile(
            session,
            day or today(station),
            zone=station.settings.time_zone,
            now=station.clock.now(),
            wanted=wanted,
        )
    rows = [_line_row(line, station) for line in book.lines]
    if as_json:
        click.echo(json.dumps({**_summary(book), "lines": rows}, ensure_ascii=False, indent=2))
        return
    for line in _tell(book, language=station.settings.language):
        click.echo(line)
    if rows:
        print_rows(LINE_HEADINGS, rows, as_json=False)


def _summary(book: DayBook) -> dict[str, Any]:
    return {
        "day": book.day.isoformat(),
        "numbers": {kind.value: number for kind, number in book.numbers.items()},
        "open": book.open,
        "reasons": {reason.value: number for reason, number in book.reasons.items()},
        "late_reports": book.late_reports,
        "after_close": book.after_close,
        "closed": None if book.close is None else book.close.id,
    }


def _tell(book: DayBook, *, language: str) -> list[str]:
    told = [
        f"{label(kind, language=language)}: {tell_number(number)}" for kind, number in book.numbers.items() if number
    ]
    lines = [f"Ngày {book.day:%d/%m/%Y}: " + ("; ".join(told) if told else "không có gì trong kế hoạch và nhật ký")]
    if book.late_reports:
        lines.append(f"Kết quả đến sau ngày phát: {tell_number(book.late_reports)} dòng.")
    if book.close is not None:
        after = f"; ghi sau khi chốt: {tell_number(book.after_close)} dòng" if book.after_close else ""
        lines.append(f"Sổ ngày này đã chốt (bản chốt {book.close.id}, {book.close.closed_by}){after}.")
    if book.open:
        lines.append(f"Còn {tell_number(book.open)} dòng phải trả lời; ghi lý do ở trang Đối chiếu.")
    return lines


def _line_row(line: BookLine, station: Station) -> dict[str, Any]:
    zone, language = station.settings.time_zone, station.settings.language
    return {
        "at": f"{line.planned_at.astimezone(zone):%H:%M:%S}",
        "class": line.kind.value,
        "class_told": label(line.kind, language=language),
        "open": line.is_open,
        "airing": str(line.airing_id),
        "zone": line.zone_code,
        "zone_name": line.zone_name,
        "area": line.area_name,
        "series": line.series_title,
        "year": line.year,
        "number": line.number,
        "title": line.title,
        "language": line.language,
        "language_told": LANGUAGE_NAMES.get(line.language, {}).get(language, line.language),
        "planned_at": line.planned_at.isoformat(),
        "started_at": line.started_at and line.started_at.isoformat(),
        "seconds_planned": round(line.seconds_planned, 3),
        "seconds_sounded": round(line.seconds_sounded, 3),
        "seconds_told": round(line.seconds_sounded, 1),
        "reason": line.reason and line.reason.value,
        "reason_told": label(line.reason, language=language) if line.reason else "",
        "evidence": line.evidence.value,
        "attempt": line.attempt,
        "recorded_by": line.recorded_by,
        "countersigned_by": line.countersigned_by,
        "arrived_late": line.arrived_late,
        "after_close": line.after_close,
    }


@click.group()
def books() -> None:
    """The books of the log: what is still open in a period, closing it, what was closed."""


@books.command("check")
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, included.")
@as_json_option
@click.pass_obj
def check_books(station: Station, first: date, last: date, as_json: bool) -> None:
    """List the days of a period on which lines have no reason or no report."""
    with station.readers.begin() as session:
        found = reconciliation.open_days(
            session, first, last, zone=station.settings.time_zone, now=station.clock.now()
        )  # fmt: skip
    rows = [{"day": day.isoformat(), "open": number} for day, number in found.items()]
    if rows or as_json:
        print_rows({"day": "ngày", "open": "dòng phải trả lời"}, rows, as_json=as_json)
    else:
        click.echo("Mọi dòng trong kỳ đều đã có kết quả và lý do.")


@books.command("close")
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, included.")
@by_option
@click.option("--note", default="", help="What should be known of this close.")
@click.pass_obj
def close_books(station: Station, first: date, last: date, by: str, note: str) -> None:
    """Close the books of a period; afterwards two persons are needed to change what its log says."""
    with station.sessions.begin() as session:
        closed = closing.close(
            session,
            first,
            last,
            by=by,
            user_id=None,
            note=note,
            now=station.clock.now(),
            zone=station.settings.time_zone,
        )
        number, sentence = closed.id, closed.sentence
    click.echo(f"Đã chốt sổ từ {first:%d/%m/%Y} đến hết {last:%d/%m/%Y} (bản chốt {number}).")
    click.echo(sentence)


@books.command("list")
@as_json_option
@click.pass_obj
def list_books(station: Station, as_json: bool) -> None:
    """List the periods whose books are closed."""
    with station.readers.begin() as session:
        rows = [_close_row(closed, station) for closed in closed_books.find_closes(session)]
    print_rows(CLOSE_HEADINGS, rows, as_json=as_json)


def _close_row(closed: PeriodClose, station: Station) -> dict[str, Any]:
    at = closed.closed_at.astimezone(station.settings.time_zone)
    return {
        "close": closed.id,
        "first": f"{closed.first:%Y-%m-%d}",
        "last": f"{closed.last:%Y-%m-%d}",
        "closed_at": f"{at:%Y-%m-%d %H:%M}",
        "closed_by": closed.closed_by,
        "sentence": closed.sentence,
        "count": closed.count,
        "last_entry": closed.last_entry,
        "note": closed.note,
    }


COMMANDS: tuple[click.Command, ...] = (reconcile, books)
