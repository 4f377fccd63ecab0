"""Commands of what people confirm: what waits for a person's word, the sheet to fill in, and its import."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from scheduler.commands.counting import tell_problems
from scheduler.commands.listing import DAY, as_json_option, by_option, print_rows, today
from scheduler.domain.confirmation import Waits
from scheduler.domain.counting import tell_number
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import EVERYWHERE
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.errors import LogbookProblems
from scheduler.labels import label
from scheduler.services import confirm_import, confirming_view
from scheduler.services.confirming_view import WaitingDelivery
from scheduler.station import Station

HEADINGS = {
    "day": "ngày", "at": "giờ", "zone": "vùng", "number": "số", "language_told": "tiếng", "waits_told": "đang chờ",
}  # fmt: skip


@click.group()
def confirm() -> None:
    """Confirmations by telephone: what waits for a person's word, and what people said."""


def _of_days(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--zone", "place", default="", help="Code of one zone, or part of its name."),
        click.option("--to", "last", type=DAY, help="Last day, included; default: the first."),
        click.option("--from", "first", type=DAY, help="First local day; default: today."),
    ):
        command = option(command)
    return command


def _find(station: Station, first: date | None, last: date | None, place: str) -> list[WaitingDelivery]:
    begins = first or last or today(station)
    wanted = LogFilter(first=begins, last=last or begins, place=place)
    with station.readers.begin() as session:
        return confirming_view.find_all(
            session, wanted, EVERYWHERE, waits=None, now=station.clock.now(), zone=station.settings.time_zone
        )


@confirm.command("list")
@_of_days
@as_json_option
@click.pass_obj
def list_waiting(station: Station, first: date | None, last: date | None, place: str, as_json: bool) -> None:
    """List what nobody reported, and what sounded in zones that report nothing."""
    rows = [_row(line, station) for line in _find(station, first, last, place)]
    print_rows(HEADINGS, rows, as_json=as_json)


def _row(line: WaitingDelivery, station: Station) -> dict[str, Any]:
    at, language = line.planned_at.astimezone(station.settings.time_zone), station.settings.language
    waits = Waits.CONFIRMATION if line.attempt else Waits.REPORT
    return {
        "airing": str(line.airing_id),
        "day": f"{at:%d/%m/%Y}",
        "at": f"{at:%H:%M}",
        "zone": line.zone_code,
        "zone_name": line.zone_name,
        "number": line.number,
        "language": line.language,
        "language_told": LANGUAGE_NAMES.get(line.language, {}).get(language, line.language),
        "waits": waits.value,
        "waits_told": label(waits, language=language),
        "seconds_planned": line.seconds_planned,
        "seconds_sounded": line.seconds_sounded,
    }


@confirm.command("sheet")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@_of_days
@click.pass_obj
def write_sheet(station: Station, file: Path, first: date | None, last: date | None, place: str) -> None:
    """Write FILE.xlsx with a line for each delivery that waits, to fill in while telephoning."""
    lines = _find(station, first, last, place)
    with file.open("wb") as stream:
        confirm_import.write_file(stream, lines, zone=station.settings.time_zone)
    click.echo(f"Đã ghi {tell_number(len(lines))} dòng vào {file}.")


@confirm.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@by_option
@click.pass_obj
def import_sheet(station: Station, file: Path, by: str) -> None:
    """Take the confirmations of FILE.xlsx, all or nothing; every problem is told at once."""
    try:
        with station.sessions.begin() as session:
            found = confirm_import.import_file(
                session, file, by=by, user_id=None, now=station.clock.now(), zone=station.settings.time_zone
            )
    except LogbookProblems as error:
        for line in tell_problems(error.facts["problems"], language=station.settings.language):  # type: ignore[arg-type]
            click.echo(line, err=True)
        raise
    asked = f", gửi {tell_number(found.done.asked)} đề nghị cho người thứ hai" if found.done.asked else ""
    click.echo(
        f"Đã ghi {tell_number(found.done.written)} xác nhận{asked}; đã có từ trước {tell_number(found.done.known)}, "
        f"để trống {tell_number(found.blank)} dòng."
    )


COMMANDS: tuple[click.Command, ...] = (confirm,)
