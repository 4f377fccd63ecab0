"""Commands of seals: seal a day, hold the log against its seals, export a period's evidence."""

import json
import os
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import click

from scheduler import sealer
from scheduler.commands.listing import DAY, as_json_option, today
from scheduler.domain.counting import tell_number
from scheduler.domain.seals import Finding
from scheduler.errors import FileInTheWay
from scheduler.evidence_words import tell_finding
from scheduler.models import Seal
from scheduler.sealer import Sealer
from scheduler.services import evidence_export
from scheduler.signing import find_seal_key, seal_key
from scheduler.station import Station

PROBLEMS_STATUS = 3


@click.command("seal")
@click.option("--day", type=DAY, help="The last day to seal, YYYY-MM-DD or dd/mm/yyyy; yesterday by default.")
@click.pass_obj
def seal(station: Station, day: date | None) -> None:
    """Seal the log of each day that is over; the clerk does it every night."""

    def tell(made: Seal) -> None:
        click.echo(
            f"Niêm phong số {made.id}, ngày {made.day:%d/%m/%Y}: {tell_number(made.entries)} dòng nhật ký, "
            f"{tell_number(made.productions)} sản phẩm, gốc {made.root}"
        )

    wanted = day or today(station) - timedelta(days=1)
    if not open_sealer(station).seal(wanted, now=station.clock.now(), tell=tell):
        click.echo("Không có gì mới cần niêm phong.")


@click.command("verify")
@click.option("--newest", type=click.IntRange(min=0), help="Rows of so many of the newest seals only (seals: all).")
@click.option("--alarm", is_flag=True, help="Raise an alarm when something is found, or clear it.")
@as_json_option
@click.pass_obj
def verify(station: Station, newest: int | None, alarm: bool, as_json: bool) -> None:
    """Hold the log against its seals: exit status 0 all is as it was sealed, 3 something is not."""
    looked = [0, 0]

    def note(seals: int, rows: int) -> None:
        looked[:] = seals, rows

    home = station.settings.home
    found = sealer.verify(station.readers, home, newest=newest, progress=note)
    if alarm:
        sealer.note(station.sessions, found, now=station.clock.now())
    key = find_seal_key(home)
    _print_findings(station, found, looked, key=key.public if key else "–", as_json=as_json)
    if found:
        sys.exit(PROBLEMS_STATUS)


def _print_findings(
    station: Station, found: list[Finding], looked: list[int], *, key: str, as_json: bool
) -> None:  # fmt: skip
    language = station.settings.language
    told = [
        {"code": item.code, "seal": item.seal, "row": item.row, "sentence": tell_finding(item, language=language)}
        for item in found
    ]
    if as_json:
        click.echo(json.dumps({"seals": looked[0], "rows": looked[1], "key": key, "found": told}, ensure_ascii=False))
        return
    for row in told:
        click.echo(f"!! {row['code']}: {row['sentence']}")
    verdict = f"{tell_number(len(found))} chỗ không đúng" if found else "mọi dòng đúng như lúc niêm phong"
    click.echo(f"Đã xem {tell_number(looked[0])} niêm phong, {tell_number(looked[1])} dòng: {verdict}.")
    click.echo(f"Khóa niêm phong của đài: {key}")


@click.group("evidence")
def evidence() -> None:
    """The evidence behind the counts, for inspectors."""


@evidence.command("export")
@click.option("--from", "first", type=DAY, required=True, help="First day, YYYY-MM-DD or dd/mm/yyyy.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, included.")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export(station: Station, first: date, last: date, path: Path) -> None:
    """Write a period's rows, seals and proofs into a ZIP that verify_export.py checks without this program."""
    if path.exists():
        raise FileInTheWay(path=str(path))
    with tempfile.NamedTemporaryFile(dir=path.absolute().parent) as file:
        with station.readers.begin() as session:
            done = evidence_export.write(
                session,
                file,
                first=first,
                last=last,
                now=station.clock.now(),
                zone=station.settings.time_zone,
                signer=seal_key(station.settings.home),
            )
        file.flush()
        os.fsync(file.fileno())
        os.link(file.name, path)
    click.echo(
        f"{path}: {tell_number(done.entries)} dòng nhật ký, {tell_number(done.productions)} sản phẩm, "
        f"{tell_number(done.seals)} niêm phong."
    )
    if done.unsealed:
        click.echo(f"{tell_number(done.unsealed)} dòng mới chưa được niêm phong nên chưa được chứng minh.")


def open_sealer(station: Station) -> Sealer:
    """What seals the station's log; its key is made at first use."""
    settings = station.settings
    return Sealer(
        sessions=station.sessions,
        readers=station.readers,
        signer=seal_key(settings.home),
        home=settings.home,
        zone=settings.time_zone,
    )


COMMANDS: tuple[click.Command, ...] = (seal, verify, evidence)
