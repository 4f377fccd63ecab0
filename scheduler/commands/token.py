"""Commands of the topic API: tokens for other programs."""

from datetime import timedelta

import click

from scheduler.commands.people import AT_THE_MACHINE
from scheduler.domain.people import Role
from scheduler.domain.time import local_day
from scheduler.models import ApiToken
from scheduler.services import api_tokens, coverage
from scheduler.station import Station


@click.group()
def token() -> None:
    """Tokens with which other programs ask (the API, /metrics)."""


@token.command("make")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.option("--area", help="`#number`, code or name; without it the whole station.")
@click.option("--days", type=click.IntRange(1, 3660), help="How long it may be used; without it, until it is revoked.")
@click.pass_obj
def make_token(station: Station, name: str, role: str, area: str | None, days: int | None) -> None:
    """A token for the program NAME. The secret is printed alone on a line and never again."""
    now = station.clock.now()
    day = local_day(now, station.settings.time_zone)
    with station.sessions.begin() as session:
        area_id = None if area is None else coverage.get_area(session, coverage.read_told(area), on=day).id
        made, secret = api_tokens.make(
            session,
            name=name,
            role=Role(role),
            area_id=area_id,
            by=AT_THE_MACHINE,
            now=now,
            lasts=None if days is None else timedelta(days=days),
        )
        number = made.id
    click.echo(f"Khóa số {number}; chỉ hiện một lần này:", err=True)
    click.echo(secret)


@token.command("list")
@click.pass_obj
def list_tokens(station: Station) -> None:
    """All tokens, the newest first; their secrets nobody can tell."""
    now, zone = station.clock.now(), station.settings.time_zone
    with station.readers.begin() as session:
        for found, area in api_tokens.find_tokens(session):
            used = "–" if found.used_at is None else f"{found.used_at.astimezone(zone):%d/%m/%Y %H:%M}"
            state = "" if api_tokens.is_valid(found, now=now) else f"  {_why_not(found)}"
            click.echo(f"{found.id}  …{found.hint}  {found.name}  {found.role.value} ({area or '*'})  {used}{state}")


@token.command("revoke")
@click.argument("number", type=int)
@click.pass_obj
def revoke_token(station: Station, number: int) -> None:
    """Let the program of token NUMBER in no more, at once."""
    with station.sessions.begin() as session:
        found = api_tokens.revoke(session, number, by=AT_THE_MACHINE, now=station.clock.now())
        click.echo(f"Đã thu hồi khóa số {found.id} ({found.name}).")


def _why_not(found: ApiToken) -> str:
    return "hết hạn" if found.revoked_at is None else "đã thu hồi"


COMMANDS: tuple[click.Command, ...] = (token,)
