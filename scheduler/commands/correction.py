"""The command that corrects the as-run log: a new entry with a name and a reason, never an edit."""

from datetime import date
from uuid import UUID

import click

from scheduler.commands.listing import DAY, today
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.errors import NotInLog
from scheduler.models import AsRunEntry
from scheduler.services import as_run
from scheduler.station import Station


@click.command()
@click.option("--day", type=DAY, help="Local day of the delivery; default: today.")
@click.option("--at", "at", default="", help="Its planned time HH:MM, where the day has more than one that fits.")
@click.option("--zone", "zone_code", required=True, help="Code of the zone.")
@click.option("--episode", "number", type=int, required=True)
@click.option("--language", required=True, type=click.Choice(sorted(LANGUAGE_NAMES)))
@click.option("--seconds", type=click.FloatRange(min=0), required=True, help="Seconds that really sounded.")
@click.option("--by", "author", required=True, help="Who says so.")
@click.option("--note", required=True, help="From what source, and why.")
@click.pass_obj
def correct(
    station: Station,
    day: date | None,
    at: str,
    zone_code: str,
    number: int,
    language: str,
    seconds: float,
    author: str,
    note: str,
) -> None:
    """Correct what a delivery came to; the entry that was there stays, and both are shown."""
    zone = station.settings.time_zone
    with station.sessions.begin() as session:
        found: dict[UUID, AsRunEntry] = {
            entry.airing_id: entry
            for entry in as_run.find_entries(session, day=day or today(station), zone_code=zone_code)
            if (entry.episode_number, entry.language) == (number, language)
            and f"{entry.planned_at.astimezone(zone):%H:%M}".startswith(at)
        }
        if not found:
            raise NotInLog(airing=f"{number} ({language})", zone=zone_code)
        if len(found) > 1:
            times = ", ".join(sorted(f"{entry.planned_at.astimezone(zone):%H:%M}" for entry in found.values()))
            raise click.UsageError(f"--at: {times}?")
        ((airing_id, entry),) = found.items()
        attempt = as_run.correct(
            session,
            airing_id=airing_id,
            zone_id=entry.zone_id,
            seconds_sounded=seconds,
            author=author,
            note=note,
            now=station.clock.now(),
            zone=zone,
        )
    click.echo(f"Đã ghi đính chính lần {attempt - 1} cho số {number} ({language}) tại vùng {zone_code}.")


COMMANDS: tuple[click.Command, ...] = (correct,)
