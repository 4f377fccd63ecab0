"""Commands of the topic village: pairing boxes with zones, which boxes there are, taking one away."""

import io
from typing import Any

import click
import segno

from scheduler.commands.listing import as_json_option, by_option, print_rows
from scheduler.commands.people import address_of
from scheduler.commands.village_orders import ORDERS
from scheduler.models import Player, PlayerState
from scheduler.services import coverage, pairing
from scheduler.station import Station


@click.group(no_args_is_help=True)
def village() -> None:
    """Players in the villages (máy phát tại bản)."""


@village.command("code")
@click.argument("zone")
@click.option("--no-qr", is_flag=True, help="Only the code, without the picture.")
@by_option
@click.pass_obj
def make_code(station: Station, zone: str, no_qr: bool, by: str) -> None:
    """Make a one-time code that pairs a box with ZONE, in place of the one that is there."""
    with station.sessions.begin() as session:
        found = coverage.get_zone(session, zone)
        code = pairing.make_code(session, zone_id=found.id, by=by, now=station.clock.now())
        replaces = bool(pairing.find_players(session, zone_id=found.id))
    address = station.settings.public_url or address_of(station.settings).rstrip("/")
    hours = int(pairing.CODE_LASTS.total_seconds() // 3600)
    click.echo(f"Mã ghép đôi cho vùng {found.code} ({found.name}), dùng một lần trong {hours} giờ: {code}")
    if replaces:
        click.echo("Khi máy mới dùng mã này, máy đang dùng ở vùng đó sẽ bị thu hồi.")
    click.echo(f"Trên máy phát: loaban player pair {code} --station {address}")
    if not station.settings.public_url:
        click.echo("(Đặt LOABAN_PUBLIC_URL nếu máy phát gọi về đài bằng địa chỉ khác.)")
    if not no_qr:
        _print_qr(f"{address}/village/pair#{code}")


@village.command("list")
@click.option("--revoked", is_flag=True, help="Boxes that were revoked or replaced, too.")
@as_json_option
@click.pass_obj
def list_players(station: Station, revoked: bool, as_json: bool) -> None:
    """List the boxes with their zones, and zones whose code still waits for a box."""
    with station.readers.begin() as session:
        states = {state.player_id: state for state in session.query(PlayerState)}
        found = pairing.find_players(session, revoked=revoked)
        rows = [_row_of(station, player, states.get(player.id)) for player in found]
        waiting = pairing.find_open_codes(session, now=station.clock.now())
        codes = coverage.zone_codes(session)
    headings = {"id": "#", "zone": "mã vùng", "name": "vùng phát", "box": "máy", "paired_told": "ghép đôi"}
    print_rows(headings | {"state": "tình trạng", "seen_told": "liên lạc cuối"}, rows, as_json=as_json)
    if waiting and not as_json:
        click.echo("Đang chờ máy dùng mã: " + ", ".join(sorted(codes[zone_id] for zone_id in waiting)))


@village.command("show")
@click.argument("zone")
@as_json_option
@click.pass_obj
def show_player(station: Station, zone: str, as_json: bool) -> None:
    """Show the box of ZONE, and those that were there before."""
    with station.readers.begin() as session:
        found = coverage.get_zone(session, zone)
        states = {state.player_id: state for state in session.query(PlayerState)}
        players = pairing.find_players(session, zone_id=found.id, revoked=True)
        rows = [_row_of(station, player, states.get(player.id)) for player in players]
    headings = {
        "id": "#",
        "username": "tên ở máy chủ MQTT",
        "box": "máy",
        "paired_told": "ghép đôi",
        "state": "tình trạng",
    }
    more = {"seen_told": "liên lạc cuối", "plan_version": "kế hoạch", "files": "tệp", "reason": "lý do thu hồi"}
    print_rows(headings | more, rows, as_json=as_json)


@village.command("revoke")
@click.argument("zone")
@click.option("--reason", default="", help="Why, for whoever asks later.")
@by_option
@click.pass_obj
def revoke(station: Station, zone: str, reason: str, by: str) -> None:
    """Let the box of ZONE in no more: within 60 seconds it neither hears nor says anything."""
    with station.sessions.begin() as session:
        found = coverage.get_zone(session, zone)
        player = pairing.get_player(session, found.id)
        pairing.revoke(session, player.id, by=by, reason=reason, now=station.clock.now())
    click.echo(f"Đã thu hồi máy {player.box or player.username} của vùng {found.code}.")


def _row_of(station: Station, player: Player, state: PlayerState | None) -> dict[str, Any]:
    seen = None if state is None else state.seen_at
    is_online = state is not None and state.online and player.revoked_at is None
    return {
        "id": player.id,
        "zone": player.zone.code,
        "name": player.zone.name,
        "username": player.username,
        "box": player.box,
        "paired_at": player.paired_at.isoformat(),
        "paired_told": f"{player.paired_at.astimezone(station.settings.time_zone):%d/%m/%Y %H:%M}",
        "paired_by": player.paired_by,
        "revoked_at": None if player.revoked_at is None else player.revoked_at.isoformat(),
        "reason": player.revoke_reason,
        "online": is_online,
        "state": "đã thu hồi" if player.revoked_at else "đang liên lạc" if is_online else "mất liên lạc",
        "seen_at": None if seen is None else seen.isoformat(),
        "seen_told": None if seen is None else f"{seen.astimezone(station.settings.time_zone):%d/%m/%Y %H:%M}",
        "plan_version": None if state is None else state.plan_version,
        "files": None if state is None else f"{state.files_ready}/{state.files_wanted}",
    }


def _print_qr(text: str) -> None:
    """Half blocks: the picture keeps its shape in a terminal, and in a file of text."""
    drawn = io.StringIO()
    segno.make_qr(text, error="m").terminal(drawn, compact=True, border=2)
    click.echo(drawn.getvalue())


for command in ORDERS:
    village.add_command(command)

COMMANDS: tuple[click.Command, ...] = (village,)
