"""Commands of the topic planning: one-off broadcasts and the plan (for slots see `slots`)."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from scheduler.commands.listing import DAY, as_json_option, by_option, print_rows, today
from scheduler.commands.plan_listing import plan_to_json, print_findings, print_plan
from scheduler.commands.plan_options import (
    MOMENT,
    PRIORITY_LABELS,
    area_option,
    priority_option,
    reason_option,
    zone_option,
)
from scheduler.commands.slots import slot
from scheduler.domain.planning import Priority
from scheduler.domain.time import local_instant
from scheduler.errors import NothingToPlan
from scheduler.labels import label
from scheduler.models import Broadcast, Zone
from scheduler.plan_words import in_words
from scheduler.services import coverage, planning, programme, slots
from scheduler.station import Station


# --- broadcasts -------------------------------------------------------------------------------------------------
@click.group()
def broadcast() -> None:
    """Broadcasts (buổi phát): those written, and one-offs outside all slots."""


@broadcast.command("add")
@click.option("--series", required=True)
@click.option("--episode", "number", type=int, required=True)
@click.option("--year", type=int, help="Year of the episode; default: the newest.")
@click.option("--at", "at", type=MOMENT, help="Local day and time, 'YYYY-MM-DD HH:MM[:SS]'.")
@click.option("--in", "seconds", type=click.IntRange(min=1), help="So many seconds from now (instead of --at).")
@area_option
@zone_option
@priority_option
@click.option("--exercise", is_flag=True, help="A test: sounded and logged, shown apart in counts.")
@click.pass_obj
def add_broadcast(
    station: Station,
    /,
    series: str,
    number: int,
    year: int | None,
    at: tuple[date, time] | None,
    seconds: int | None,
    areas: Sequence[str],
    zones: Sequence[str],
    priority: int,
    exercise: bool,
) -> None:
    """Plan a one-off broadcast."""
    if (at is None) == (seconds is None):
        raise click.UsageError("Give either --at or --in.")
    if not areas and not zones:
        raise click.UsageError("Give at least one --area or --zone.")
    now, zone = station.clock.now(), station.settings.time_zone
    starts_at = now + timedelta(seconds=seconds or 0) if at is None else local_instant(*at, zone)
    try:
        with station.sessions.begin() as session:
            planned = planning.plan_one_off(
                session,
                programme.get_episode(session, series, number=number, year=year),
                _zones_of(session, areas, zones, on=starts_at.astimezone(zone).date()),
                starts_at=starts_at,
                now=now,
                settings=station.settings,
                priority=priority,
                exercise=exercise,
            )
            named, heard = planned.broadcast.id, len(planned.broadcast.programmes)
            print_findings(session, planned.findings, zone=zone, language=station.settings.language)
    except NothingToPlan as error:
        raise in_words(error, zone=zone, language=station.settings.language) from error
    click.echo(f"Sẽ phát lúc {starts_at.astimezone(zone):%H:%M:%S %d/%m/%Y} tại {heard} vùng, mã {str(named)[-8:]}.")


def _zones_of(session: Session, areas: Sequence[str], zones: Sequence[str], *, on: date) -> list[Zone]:
    found = {zone.id: zone for code in zones for zone in [coverage.get_zone(session, code)]}
    for named in areas:
        area = coverage.get_area(session, named, on=on)
        found |= {zone.id: zone for zone in coverage.zones_of(session, area, on=on)}
    return list(found.values())


@broadcast.command("list")
@click.option("--from", "first", type=DAY, help="First day; default: today.")
@click.option("--to", "last", type=DAY, help="Last day; default: two weeks on.")
@as_json_option
@click.pass_obj
def list_broadcasts(station: Station, first: date | None, last: date | None, as_json: bool) -> None:
    """List the broadcasts that were written, the cancelled ones too."""
    begins = first or today(station)
    ends = last or begins + timedelta(days=station.settings.horizon_days)
    headings = {
        "short": "Mã",
        "starts": "Bắt đầu",
        "slot": "Khung giờ",
        "episode": "Số",
        "title": "Tên",
        "zones": "Vùng",
        "priority_label": "Mức",
        "state_label": "Tình trạng",
    }
    with station.sessions.begin() as session:
        found = planning.find_broadcasts(session, begins, ends, settings=station.settings)
        rows = [_told_broadcast(item, station.settings.time_zone) for item in found]
    print_rows(headings, rows, as_json=as_json)


def _told_broadcast(row: Broadcast, zone: ZoneInfo) -> dict[str, Any]:
    starts_at = row.starts_at.astimezone(zone)
    return {
        "broadcast": str(row.id),
        "short": str(row.id)[-8:],
        "slot": None if row.slot is None else row.slot.code,
        "occurrence": None if row.occurrence_on is None else row.occurrence_on.isoformat(),
        "starts_at": starts_at.isoformat(),
        "ends_at": row.ends_at.astimezone(zone).isoformat(),
        "starts": f"{starts_at:%H:%M %d/%m/%Y}",
        "episode": f"{row.episode.number}/{row.episode.year}",
        "title": row.episode.title,
        "zones": len(row.programmes),
        "priority": row.priority,
        "priority_label": PRIORITY_LABELS[Priority(row.priority)],
        "state": row.state.value,
        "state_label": label(row.state),
        "exercise": row.exercise,
        "why": row.why,
    }


@broadcast.command("cancel")
@click.argument("named", metavar="CODE")
@by_option
@reason_option
@click.pass_obj
def cancel_broadcast(station: Station, named: str, by: str, reason: str) -> None:
    """Call a broadcast off before it is on air; the first or last six characters of its code suffice."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        found = slots.get_broadcast(session, named)
        slots.cancel_broadcast(session, found, now=now, settings=station.settings, by=by, reason=reason)
        planning.write_plan(session, now=now, settings=station.settings)
        starts_at = found.starts_at.astimezone(station.settings.time_zone)
    click.echo(f"Đã hủy buổi phát {str(found.id)[-8:]} lúc {starts_at:%H:%M %d/%m/%Y}.")


# --- the plan ---------------------------------------------------------------------------------------------------
@click.command()
@click.option("--from", "first", type=DAY, help="First day; default: today.")
@click.option("--to", "last", type=DAY, help="Last day; default: two weeks on.")
@click.option("--write", is_flag=True, help="Write the rolling plan now, as the playout daemon does.")
@as_json_option
@click.pass_obj
def plan(station: Station, first: date | None, last: date | None, write: bool, as_json: bool) -> None:
    """Preview the plan of some days with all that is wrong in it, or write the days ahead."""
    now, settings = station.clock.now(), station.settings
    if write:
        _write(station)
        if first is None and last is None and not as_json:
            return
    begins = first or today(station)
    ends = last or begins + timedelta(days=settings.horizon_days - 1)
    if ends < begins:
        raise click.UsageError("--to lies before --from.")
    with station.sessions.begin() as session:
        drawn = planning.preview(session, begins, ends, now=now, settings=settings)
        codes = coverage.zone_codes(session)
    if as_json:
        click.echo(plan_to_json(drawn, codes, zone=settings.time_zone))
    else:
        print_plan(drawn, codes, zone=settings.time_zone, language=settings.language)


def _write(station: Station) -> None:
    with station.sessions.begin() as session:
        written = planning.write_plan(session, now=station.clock.now(), settings=station.settings)
        click.echo(
            f"Đã ghi kế hoạch {station.settings.horizon_days} ngày: {written.created} buổi mới, {written.updated} đổi, "
            f"{written.cancelled} hủy, {written.unchanged} giữ nguyên.",
            err=True,
        )
        print_findings(session, written.findings, zone=station.settings.time_zone, language=station.settings.language)


COMMANDS: tuple[click.Command, ...] = (slot, broadcast, plan)
