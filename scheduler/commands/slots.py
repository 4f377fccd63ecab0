"""Commands for slots: recurring places in the week, and what differs on single dates."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import click
from sqlalchemy.orm import Session

from scheduler.commands.listing import DAY, as_json_option, by_option, print_rows, today
from scheduler.commands.plan_listing import print_findings
from scheduler.commands.plan_options import (
    MOMENT,
    PRIORITY_LABELS,
    TIME,
    area_option,
    on_option,
    priority_option,
    reason_option,
    zone_option,
)
from scheduler.domain.planning import Priority, Selection
from scheduler.domain.recurrence import weekly_on
from scheduler.domain.time import local_instant
from scheduler.models import Area, Slot, Zone
from scheduler.plan_words import word_days
from scheduler.services import coverage, planning, programme, slots
from scheduler.station import Station

SELECTION_LABELS = {Selection.NEXT: "số kế tiếp", Selection.REPEAT: "phát lại", Selection.PINNED: "số ghim"}


@click.group()
def slot() -> None:
    """Slots (khung giờ): recurring places in the week, and what differs on single dates."""


@slot.command("add")
@click.argument("code")
@click.option("--series", required=True)
@click.option("--rrule", help="Days as an RFC 5545 rule, e.g. FREQ=WEEKLY;BYDAY=MO,TH.")
@click.option("--days", help="Days of the week, e.g. MO,TH (instead of --rrule).")
@click.option("--time", "starts_at_local", type=TIME, required=True, help="Start in local time, HH:MM.")
@area_option
@zone_option
@priority_option
@click.option("--selection", type=click.Choice([item.value for item in Selection]), default=Selection.NEXT.value)
@click.option("--repeats", help="Code of the slot that is repeated.")
@click.option("--episode", type=int, help="Number of the pinned episode.")
@click.option("--year", type=int, help="Its year; default: the newest.")
@click.option("--title", default="")
@click.option("--from", "valid_from", type=DAY, help="First day; default: today.")
@click.option("--to", "valid_to", type=DAY, help="First day it no longer holds.")
@click.pass_obj
def add_slot(station: Station, /, **given: Any) -> None:
    """Add a slot."""
    rrule, days = given.pop("rrule"), given.pop("days")
    if (rrule is None) == (days is None):
        raise click.UsageError("Give either --rrule or --days.")
    rule = rrule if days is None else weekly_on(days)
    with station.sessions.begin() as session:
        made = _create_slot(session, station, rrule=rule, **given)
        planning.write_plan(session, now=station.clock.now(), settings=station.settings)
        click.echo(f"Đã thêm khung giờ {made.code}: {made.starts_at_local:%H:%M}, {word_days(made.rrule)}.")


def _create_slot(
    session: Session,
    station: Station,
    *,
    series: str,
    repeats: str | None,
    episode: int | None,
    year: int | None,
    areas: Sequence[str],
    zones: Sequence[str],
    selection: str,
    valid_from: date | None,
    **given: Any,
) -> Slot:
    begins = valid_from or today(station)
    return slots.create_slot(
        session,
        programme.get_series(session, series),
        areas=[coverage.get_area(session, named, on=begins) for named in areas],
        zones=[coverage.get_zone(session, code) for code in zones],
        selection=Selection(selection),
        repeats=None if repeats is None else slots.get_slot(session, repeats),
        episode=None if episode is None else programme.get_episode(session, series, number=episode, year=year),
        valid_from=begins,
        now=station.clock.now(),
        settings=station.settings,
        **given,
    )


@slot.command("list")
@as_json_option
@click.pass_obj
def list_slots(station: Station, as_json: bool) -> None:
    """List the slots in use."""
    headings = {
        "code": "Mã",
        "series": "Chuyên mục",
        "time": "Giờ",
        "days": "Ngày",
        "targets": "Nơi nhận",
        "priority_label": "Mức",
        "selection_label": "Chọn số",
        "from_told": "Từ ngày",
        "to_told": "Đến trước",
    }
    with station.sessions.begin() as session:
        print_rows(headings, [_told_slot(session, item) for item in slots.find_slots(session)], as_json=as_json)


def _told_slot(session: Session, row: Slot) -> dict[str, Any]:
    places = [
        session.get_one(Area, target.area_id).name
        if target.area_id is not None
        else session.get_one(Zone, target.zone_id).code
        for target in row.targets
    ]
    return {
        "code": row.code,
        "title": row.title,
        "series": row.series.code,
        "time": f"{row.starts_at_local:%H:%M}",
        "rrule": row.rrule,
        "days": word_days(row.rrule),
        "targets": places,
        "priority": row.priority,
        "priority_label": PRIORITY_LABELS[Priority(row.priority)],
        "selection": row.selection.value,
        "selection_label": SELECTION_LABELS[row.selection],
        "valid_from": row.valid_from.isoformat(),
        "valid_to": None if row.valid_to is None else row.valid_to.isoformat(),
        "from_told": f"{row.valid_from:%d/%m/%Y}",
        "to_told": None if row.valid_to is None else f"{row.valid_to:%d/%m/%Y}",
    }


@slot.command("cancel")
@click.argument("code")
@on_option
@by_option
@reason_option
@click.pass_obj
def cancel_date(station: Station, code: str, on: date, by: str, reason: str) -> None:
    """Air nothing in the slot on one day; the other days stay as they are."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        found = slots.get_slot(session, code)
        slots.cancel_date(session, found, on, now=now, settings=station.settings, by=by, reason=reason)
        planning.write_plan(session, now=now, settings=station.settings)
    click.echo(f"Đã hủy buổi {code} ngày {on:%d/%m/%Y}.")


@slot.command("move")
@click.argument("code")
@on_option
@click.option("--to", "to", type=MOMENT, required=True, help="New day and time, 'YYYY-MM-DD HH:MM'.")
@by_option
@reason_option
@click.pass_obj
def move_date(station: Station, code: str, on: date, to: tuple[date, time], by: str, reason: str) -> None:
    """Move one occurrence to another time or day; the other days stay as they are."""
    now = station.clock.now()
    moved_to = local_instant(*to, station.settings.time_zone)
    with station.sessions.begin() as session:
        found = slots.get_slot(session, code)
        slots.move_date(session, found, on, to=moved_to, now=now, settings=station.settings, by=by, reason=reason)
        _write_plan(session, station, found, on, now=now)
    click.echo(f"Đã dời buổi {code} ngày {on:%d/%m/%Y} sang {to[1]:%H:%M} {to[0]:%d/%m/%Y}.")


@slot.command("pin")
@click.argument("code")
@on_option
@click.option("--episode", "number", type=int, required=True, help="Number of the episode.")
@click.option("--year", type=int, help="Its year; default: the newest.")
@by_option
@reason_option
@click.pass_obj
def pin_date(station: Station, code: str, on: date, number: int, year: int | None, by: str, reason: str) -> None:
    """Give one day a certain episode; the other days stay as they are."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        found = slots.get_slot(session, code)
        episode = programme.get_episode(session, found.series.code, number=number, year=year)
        slots.pin_date(session, found, on, episode, now=now, settings=station.settings, by=by, reason=reason)
        _write_plan(session, station, found, on, now=now)
    click.echo(f"Đã ghim số {episode.number}/{episode.year} cho buổi {code} ngày {on:%d/%m/%Y}.")


def _write_plan(session: Session, station: Station, slot: Slot, on: date, *, now: datetime) -> None:
    """Write the plan and tell at once what is wrong with the day that was changed."""
    settings = station.settings
    written = planning.write_plan(session, now=now, settings=settings)
    about = [item for item in written.findings if (item.subject.slot_id, item.subject.occurrence_on) == (slot.id, on)]
    print_findings(session, about, zone=settings.time_zone, language=settings.language)


@slot.command("restore")
@click.argument("code")
@on_option
@click.pass_obj
def restore_date(station: Station, code: str, on: date) -> None:
    """Take back what differs on one day."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        slots.restore_date(session, slots.get_slot(session, code), on, now=now, settings=station.settings)
        planning.write_plan(session, now=now, settings=station.settings)
    click.echo(f"Buổi {code} ngày {on:%d/%m/%Y} lại như thường lệ.")


@slot.command("remove")
@click.argument("code")
@click.pass_obj
def remove_slot(station: Station, code: str) -> None:
    """Take a slot out of use; what aired in it stays in the log."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        slots.remove_slot(slots.get_slot(session, code), now=now)
        session.flush()
        planning.write_plan(session, now=now, settings=station.settings)
    click.echo(f"Đã bỏ khung giờ {code}.")
