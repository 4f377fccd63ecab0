"""Commands that tell village players what to do at once; part of the group `village`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from scheduler.commands.listing import as_json_option, by_option, print_rows, today
from scheduler.commands.plan_listing import print_findings
from scheduler.commands.plan_options import priority_option
from scheduler.domain.people import EVERYWHERE
from scheduler.errors import NothingToPlan
from scheduler.labels import label
from scheduler.models import VillageCommand
from scheduler.plan_words import in_words
from scheduler.services import audit, coverage, fleet_commands, programme, village_commands, village_say
from scheduler.services.fleet_commands import Order
from scheduler.signing import Signer, station_key
from scheduler.station import Station
from scheduler.village_messages import Audience, CommandKind

F = TypeVar("F", bound=Callable[..., Any])


def audience_options(command: F) -> F:
    """`--zone`, `--area` or `--all`: exactly one says whom a command is for."""
    for option in (
        click.option("--all", "everybody", is_flag=True, help="Every village."),
        click.option("--area", "area", help="All villages of an area, by code, name or #number."),
        click.option("--zone", "zone", help="One zone, by code."),
    ):
        command = option(command)
    return command


@click.command("stop")
@audience_options
@by_option
@click.pass_obj
def stop(station: Station, zone: str | None, area: str | None, everybody: bool, by: str) -> None:
    """Let villages fall silent now; what comes later still comes."""
    _give(station, CommandKind.STOP, (zone, area, everybody), by=by)


@click.command("volume")
@click.argument("percent", type=click.IntRange(0, 100))
@audience_options
@by_option
@click.pass_obj
def volume(station: Station, percent: int, zone: str | None, area: str | None, everybody: bool, by: str) -> None:
    """Set how loud villages sound, in per cent; never above the zone's cap."""
    _give(station, CommandKind.VOLUME, (zone, area, everybody), by=by, volume=percent)


@click.command("refresh")
@audience_options
@by_option
@click.pass_obj
def refresh(station: Station, zone: str | None, area: str | None, everybody: bool, by: str) -> None:
    """Let players ask for what is new and fetch what they lack."""
    _give(station, CommandKind.REFRESH, (zone, area, everybody), by=by)


@click.command("report")
@audience_options
@by_option
@click.pass_obj
def report(station: Station, zone: str | None, area: str | None, everybody: bool, by: str) -> None:
    """Let players tell how they are, and hand over all of their journal."""
    _give(station, CommandKind.REPORT, (zone, area, everybody), by=by)


@click.command("say")
@click.option("--series", required=True)
@click.option("--episode", "number", type=int, required=True)
@click.option("--year", type=int, help="Year of the episode; default: the newest.")
@audience_options
@priority_option
@click.option("--exercise", is_flag=True, help="A test: sounded and logged, shown apart in counts.")
@click.option(
    "--for", "minutes", type=click.IntRange(1, 1440), default=30, show_default=True,
    help="Minutes within which a village may still begin.",
)  # fmt: skip
@by_option
@click.pass_obj
def say(
    station: Station,
    /,
    series: str,
    number: int,
    year: int | None,
    zone: str | None,
    area: str | None,
    everybody: bool,
    priority: int,
    exercise: bool,
    minutes: int,
    by: str,
) -> None:
    """Let villages hear an episode now, each in its languages; logged as a one-off broadcast."""
    now, settings = station.clock.now(), station.settings
    try:
        with station.sessions.begin() as session:
            said = village_say.say(
                session,
                programme.get_episode(session, series, number=number, year=year),
                _audience_of(session, station, (zone, area, everybody)),
                by=by,
                user_id=None,
                now=now,
                signer=_signer(station),
                settings=settings,
                priority=priority,
                exercise=exercise,
                lasts=timedelta(minutes=minutes),
            )
            for row in said.commands:
                _note(session, row, now=now)
            heard, waits = len(said.broadcast.programmes), sum(not row.body for row in said.commands)
            print_findings(session, said.findings, zone=settings.time_zone, language=settings.language)
    except NothingToPlan as error:
        raise in_words(error, zone=settings.time_zone, language=settings.language) from error
    click.echo(f"Đã ra lệnh phát ngay tại {heard} vùng, mã {str(said.broadcast.id)[-8:]}.")
    if waits:
        click.echo("Tệp phát đang được làm; lệnh được gửi ngay khi xong.")


@click.command("orders")
@as_json_option
@click.pass_obj
def orders(station: Station, as_json: bool) -> None:
    """List the latest commands and what became of them."""
    headings = {
        "at": "Lúc", "kind_label": "Lệnh", "place": "Nơi nhận", "by": "Người ra lệnh", "zones": "Vùng",
        "done": "Đã làm", "refused": "Từ chối", "expired": "Hết hạn", "open": "Chưa trả lời",
    }  # fmt: skip
    with station.sessions.begin() as session:
        found, _ = fleet_commands.find_orders(session, EVERYWHERE)
        rows = [_told(item, station) for item in found]
    print_rows(headings, rows, as_json=as_json)


def _told(order: Order, station: Station) -> dict[str, Any]:
    row, counts = order.command, order.counts
    return {
        "id": str(row.id),
        "at": f"{row.issued_at.astimezone(station.settings.time_zone):%H:%M:%S %d/%m/%Y}",
        "kind": row.kind,
        "kind_label": label(CommandKind(row.kind), language=station.settings.language),
        "place": order.place or "mọi vùng",
        "by": row.issued_by,
        "exercise": row.exercise,
        "zones": counts.all,
        "sent": counts.sent,
        "done": counts.done,
        "refused": counts.refused,
        "expired": counts.expired,
        "open": counts.open,
    }


def _give(
    station: Station,
    kind: CommandKind,
    whom: tuple[str | None, str | None, bool],
    *,
    by: str,
    volume: int | None = None,
) -> None:
    now = station.clock.now()
    with station.sessions.begin() as session:
        row = village_commands.issue(
            session,
            kind,
            _audience_of(session, station, whom),
            by=by,
            user_id=None,
            now=now,
            signer=_signer(station),
            lasts=village_commands.LASTS[kind],
            volume=volume,
            on=today(station),
        )
        _note(session, row, now=now)
        order = fleet_commands.get_order(session, row.id, EVERYWHERE)
    click.echo(f"Đã ra lệnh cho {order.counts.all} máy phát, mã {str(row.id)[-8:]}.")


def _audience_of(session: Session, station: Station, whom: tuple[str | None, str | None, bool]) -> Audience:
    zone, area, everybody = whom
    if [zone is not None, area is not None, everybody].count(True) != 1:
        raise click.UsageError("Give one of --zone, --area or --all.")
    if zone is not None:
        return Audience(zone_id=coverage.get_zone(session, zone).id)
    if area is not None:
        return Audience(area_id=coverage.get_area(session, area, on=today(station)).id)
    return Audience()


def _note(session: Session, row: VillageCommand, *, now: datetime) -> None:
    audit.note(
        session,
        actor=audit.Actor(user_id=None, name=row.issued_by),
        now=now,
        action="commanded",
        kind="village_command",
        subject=str(row.id),
        label=fleet_commands.get_order(session, row.id, EVERYWHERE).place or "mọi vùng",
        after={"command": row.kind, "exercise": row.exercise, **row.facts},
    )


def _signer(station: Station) -> Signer:
    return station_key(station.settings.home)


ORDERS: tuple[click.Command, ...] = (say, stop, volume, refresh, report, orders)
