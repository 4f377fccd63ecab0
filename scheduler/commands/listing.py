"""How lists are printed (a table for people, JSON for machines), and how days and people are named by options."""

import getpass
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table

from scheduler.domain.time import local_day
from scheduler.station import Station

_NARROWEST = 110
_GAP = 2
_VIETNAMESE_FIGURES = str.maketrans(",.", ".,")


class Day(click.ParamType[date]):
    """A day as `YYYY-MM-DD` or `dd/mm/yyyy`."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error."""
        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            with suppress(ValueError):
                return datetime.strptime(str(value), form).date()  # noqa: DTZ007 -- only the day is taken
        return self.fail(f"{value!r}: YYYY-MM-DD or dd/mm/yyyy", param, ctx)


DAY = Day()

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
by_option = click.option("--by", default=getpass.getuser, show_default="the user's name", help="Who decides.")


def today(station: Station) -> date:
    """The present day at the station."""
    return local_day(station.clock.now(), station.settings.time_zone)


def print_rows(headings: Mapping[str, str], rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print rows: all their values as JSON, or those that have a heading as a table."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, _NARROWEST))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for (key, heading), width in zip(headings.items(), _widths(headings, rows, console.width), strict=True):
        numeric = all(isinstance(row[key], int | float) for row in rows)
        justify: Literal["right", "left"] = "right" if numeric else "left"
        table.add_column(heading[:1].upper() + heading[1:], justify=justify, overflow="fold", width=width)
    for row in rows:
        table.add_row(*(_told(row[key]) for key in headings))
    console.print(table, highlight=False, markup=False)
    console.print(f"({len(rows)})", highlight=False)


def _widths(headings: Mapping[str, str], rows: Sequence[Mapping[str, Any]], most: int) -> list[int]:
    """How wide each column is: as its texts where there is room, and no word cut in two as long as that is possible."""
    texts = [[heading, *(_told(row[key]) for row in rows)] for key, heading in headings.items()]
    natural = [max(map(len, column)) for column in texts]
    words = [max(len(word) for text in column for word in text.split(" ")) for column in texts]
    room = most - _GAP * (len(texts) - 1)
    longest = next((cap for cap in range(max(words), 1, -1) if sum(min(word, cap) for word in words) <= room), 1)
    widths = [min(word, longest) for word in words]
    for _ in range(room - sum(widths)):
        place = max(range(len(widths)), key=lambda at: natural[at] - widths[at])
        if natural[place] <= widths[place]:
            break
        widths[place] += 1
    return widths


def _told(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, float):
        return f"{value:,}".translate(_VIETNAMESE_FIGURES)
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
