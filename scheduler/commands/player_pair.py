"""The command that pairs this box with a zone of the station."""

import socket
from pathlib import Path

import click

from scheduler.station import Station


@click.command("pair")
@click.argument("code", required=False)
@click.option("--station", "station_url", default="", metavar="URL", help="Address of the station, https://…")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Folder of the player.")
@click.option("--name", default="", help="What this box is called in the station's list; its host name by default.")
@click.pass_obj
def pair(station: Station, code: str | None, station_url: str, home: Path | None, name: str) -> None:
    """Pair this box with a zone by the one-time CODE from the station, or by all the text of its QR code."""
    from audio.village.home import PlayerHome
    from audio.village.pairing import pair as pair_with_station
    from audio.village.pairing import read_text

    settings = station.settings
    text = code or click.prompt("Mã ghép đôi (hoặc dòng chữ của mã QR)")
    if "#" not in text and not station_url:
        station_url = click.prompt("Địa chỉ của đài (https://…)")
    told = read_text(text, station_url=station_url)
    folder = (home or settings.home).expanduser().resolve()
    membership = pair_with_station(
        PlayerHome(folder),
        told,
        box=name or socket.gethostname(),
        ca_file=settings.station_authority,
        allows_plain=settings.plain_link,
    )
    click.echo(f"Đã ghép đôi với vùng {membership.zone_code}: {membership.zone_name}.")
    click.echo("Khởi động lại máy phát để dùng: systemctl restart loaban-player (hoặc loaban player run).")
