"""Commands that make documents: the report, the printed log and week, the workbook of the counts, the template."""

from datetime import date, timedelta
from pathlib import Path

import click
from sqlalchemy.orm import Session

from scheduler.commands.listing import DAY, today
from scheduler.documents import (
    calendar,
    counts_xlsx,
    log_sheet_pdf,
    log_sheet_xlsx,
    report_words,
    template,
    week_pdf,
)
from scheduler.documents import report as report_file
from scheduler.documents.report import Form
from scheduler.domain.people import EVERYWHERE
from scheduler.domain.periods import Period, year_of
from scheduler.models import Series
from scheduler.services import count_overview, log_sheet, log_view, office, report, rules, week
from scheduler.services.plan_scope import EVERYBODY
from scheduler.station import Station

_first = click.option("--from", "first", type=DAY, required=True, help="First day, YYYY-MM-DD or dd/mm/yyyy.")
_last = click.option("--to", "last", type=DAY, required=True, help="Last day, included.")
_series = click.option("--series", "code", help="One series only.")
_area = click.option("--area", "area_id", type=int, help="Number of one area, as `loaban area list --json` tells.")
_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group("report")
def report_group() -> None:
    """Documents: the report to the city, the log and the week to print, workbooks, the report's template."""


@report_group.command("make")
@_first
@_last
@_series
@_area
@click.option("--number", type=click.IntRange(1, 99_999), help="Số of the report; left open without it.")
@click.option("--signed-on", type=DAY, help="Day of signature; left open without it.")
@_file
@click.pass_obj
def make_report(
    station: Station,
    first: date,
    last: date,
    code: str | None,
    area_id: int | None,
    number: int | None,
    signed_on: date | None,
    file: Path,
) -> None:
    """Write the report of a period to FILE.docx or FILE.pdf."""
    form = _form_of(file, tuple(Form))
    now, zone = station.clock.now(), station.settings.time_zone
    with station.readers.begin() as session:
        scope = report.narrow(session, EVERYWHERE, area_id, on=today(station))
        values = report.read_report(
            session,
            Period(first=first, last=last),
            series=_find_series(session, code),
            areas=scope.area_ids,
            zone=zone,
            now=now,
        )
        held = office.read(session)
    body = report_file.write_report(
        values,
        held,
        form=Form(form),
        home=station.settings.home,
        made_at=now.astimezone(zone),
        number=number,
        signed_on=signed_on,
    )
    _write(file, body)
    if not held.is_named:
        click.echo("Chưa điền tên cơ quan: hãy điền ở trang Cài đặt, mục Văn bản.", err=True)


@report_group.command("log")
@_first
@_last
@_area
@_file
@click.pass_obj
def make_log(station: Station, first: date, last: date, area_id: int | None, file: Path) -> None:
    """Write the log of up to a month as an inspector reads it to FILE.pdf or FILE.xlsx."""
    form = _form_of(file, ("pdf", "xlsx"))
    zone = station.settings.time_zone
    with station.readers.begin() as session:
        scope = report.narrow(session, EVERYWHERE, area_id, on=today(station))
        where = report.tell_where(session, scope)
        found = log_sheet.read_sheet(session, first, last, scope=scope, zone=zone)
        held, named = office.read(session), rules.read(session).station_name
    if form == "xlsx":
        _write(file, log_sheet_xlsx.write_sheet(found, where=where, zone=zone))
        return
    at = station.clock.now().astimezone(zone)
    _write(file, log_sheet_pdf.write_sheet(found, held, where=where, station=named, zone=zone, made_at=at))


@report_group.command("week")
@click.option("--day", type=DAY, help="Any day of the week; default: today.")
@_file
@click.pass_obj
def make_week(station: Station, day: date | None, file: Path) -> None:
    """Write the week's broadcasts for the wall to FILE.pdf, or as a calendar to FILE.ics."""
    form = _form_of(file, ("pdf", "ics"))
    zone, now = station.settings.time_zone, station.clock.now()
    monday = (day or today(station)) - timedelta(days=(day or today(station)).weekday())
    with station.readers.begin() as session:
        found = week.load_week(
            session, monday, monday + timedelta(days=6), reader=EVERYBODY, now=now, settings=station.settings
        )
        held, named = office.read(session), rules.read(session).station_name
    if form == "ics":
        _write(file, calendar.write_feed(found, name=named or week_pdf.NAME, host="loaban", made_at=now))
        return
    _write(
        file,
        week_pdf.write_week(found, held, where="", station=named, zone=zone, made_at=now.astimezone(zone)),
    )


@report_group.command("counts")
@_first
@_last
@_series
@_file
@click.pass_obj
def make_counts(station: Station, first: date, last: date, code: str | None, file: Path) -> None:
    """Write all figures of the counts page to FILE.xlsx."""
    _form_of(file, ("xlsx",))
    day, zone = today(station), station.settings.time_zone
    with station.readers.begin() as session:
        series = _find_series(session, code)
        view = count_overview.look(session, Period(first=first, last=last), today=day, zone=zone, series=series)
        title = "" if series is None else series.title
        body = counts_xlsx.write_counts(view, series=title, where="", by="loaban", made_on=day)
    _write(file, body)


@report_group.command("template")
@click.option("--copy", "copies", is_flag=True, help="Put a copy of ours into the station's folder, to be changed.")
@click.pass_obj
def check_template(station: Station, copies: bool) -> None:
    """Say which template the report uses and whether it can be used; exit status 3 when it cannot."""
    path = template.own_path(station.settings.home)
    if copies and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(template.OURS.read_text(encoding="utf-8"), encoding="utf-8")
    used = template.find_template(station.settings.home)
    now, zone = station.clock.now(), station.settings.time_zone
    with station.readers.begin() as session:
        values = report.read_report(session, year_of(today(station).year), zone=zone, now=now)
        held = office.read(session)
    template.fill(used, report_words.words_of(values, held))
    click.echo(f"Mẫu của đài dùng được: {path}" if used.is_own else "Đài dùng mẫu báo cáo có sẵn của chương trình.")


def _find_series(session: Session, code: str | None) -> Series | None:
    return log_view.get_series(session, code) if code else None


def _form_of(file: Path, forms: tuple[str, ...]) -> str:
    form = file.suffix.removeprefix(".").lower()
    if form not in forms:
        raise click.BadParameter(f"{file.name}: {', '.join(f'*.{name}' for name in forms)}", param_hint="FILE")
    return form


def _write(file: Path, body: bytes) -> None:
    file.write_bytes(body)
    click.echo(f"Đã ghi {file}")


COMMANDS: tuple[click.Command, ...] = (report_group,)
