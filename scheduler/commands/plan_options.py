"""How the commands of planning take times, places and levels."""

from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

import click

from scheduler.commands.listing import DAY
from scheduler.domain.planning import Priority

PRIORITY_LABELS = {
    Priority.ORDINARY: "thông thường",
    Priority.PREFERRED: "ưu tiên",
    Priority.EMERGENCY: "khẩn cấp",
}


class TimeOfDay(click.ParamType[time]):
    """A time of day as `HH:MM` or `HH:MM:SS`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        """The time, or a usage error."""
        for form in ("%H:%M", "%H:%M:%S"):
            with suppress(ValueError):
                return datetime.strptime(str(value).strip(), form).time()  # noqa: DTZ007 -- only the time is taken
        return self.fail(f"{value!r}: HH:MM", param, ctx)


class LocalMoment(click.ParamType[tuple[date, time]]):
    """A day and a time at the station, `YYYY-MM-DD HH:MM` or `dd/mm/yyyy HH:MM`."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, time]:
        """Day and time, or a usage error."""
        day, _, at = str(value).strip().replace("T", " ").partition(" ")
        return DAY.convert(day, param, ctx), TIME.convert(at, param, ctx)


TIME = TimeOfDay()
MOMENT = LocalMoment()
on_option = click.option("--on", "on", type=DAY, required=True, help="The day by the recurrence.")
reason_option = click.option("--reason", default="", help="Why; kept with the date.")
area_option = click.option("--area", "areas", multiple=True, help="Area by code, name or #number; repeatable.")
zone_option = click.option("--zone", "zones", multiple=True, help="Zone by code; repeatable.")
priority_option = click.option(
    "--priority", type=click.IntRange(1, 3), default=1, show_default=True, help="1 ordinary, 2 preferred, 3 emergency."
)
