"""Commands of the topic recording: measuring a file, delivering one, and the worker that takes them in."""

import getpass
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import Progress

from scheduler.commands.listing import as_json_option, print_rows
from scheduler.commands.recording_sheet import label, print_sheet, row_of
from scheduler.domain.programme import IngestState
from scheduler.domain.text import tidy
from scheduler.models import Recording
from scheduler.recording_words import progress_of, sentences
from scheduler.services import ingest
from scheduler.services.ingest import Destination
from scheduler.station import Station

if TYPE_CHECKING:
    from audio.ingest import StopFlag, Worker

_REFUSED_STATUS, _FAILED_STATUS = 3, 4
_STATUS = {"refused": _REFUSED_STATUS, "failed": _FAILED_STATUS}
_LOOK_EVERY_S = 0.5
Told = Callable[[str, float], None]


def _plain_file(_context: click.Context, _parameter: click.Parameter, path: Path) -> Path:
    if not path.is_file():
        raise click.BadParameter(f"{click.format_filename(path)} is not a regular file")
    return path


file_argument = click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    callback=_plain_file,
)


@click.command()
@file_argument
@as_json_option
@click.pass_obj
def measure(station: Station, /, file: Path, as_json: bool) -> None:
    """Measure a sound file as ingest does; needs no station. Exit status 3: the file would be refused."""
    from audio.limited import Watch, take_in
    from audio.target import Target
    from audio.verdict import Limits

    language = station.settings.language
    with _progress(language) as told:
        measurement, _ = take_in(
            file, None, limits=Limits(), target=Target(), watch=Watch(clock=station.clock, told=told)
        )
    if as_json:
        click.echo(json.dumps(measurement.to_json(), ensure_ascii=False, indent=2))
    else:
        print_sheet(measurement.to_json(), facts=measurement.facts, language=language)
    sys.exit(_STATUS.get(measurement.verdict.value, 0))


@click.group()
def recording() -> None:
    """Recordings (bản thu): the sound of an edition as delivered."""


@recording.command("add")
@file_argument
@click.option("--series", required=True, metavar="CODE", help="Code of the series.")
@click.option("--episode", "--number", "number", type=int, required=True, help="Number of the episode.")
@click.option("--year", type=int, help="Year of the episode; default: the newest with that number.")
@click.option("--language", required=True, help="Language of the edition, e.g. vi or blt.")
@click.option("--by", default=getpass.getuser, show_default="the user's name", help="Who delivers it.")
@click.option("--wait", is_flag=True, help="Wait until it is measured; measure it here when no worker runs.")
@as_json_option
@click.pass_obj
def add_recording(station: Station, /, file: Path, by: str, wait: bool, as_json: bool, **given: Any) -> None:
    """Deliver a sound file as the next take of an edition and queue it for the ingest worker."""
    made = deliver(station, file, Destination(**given), by=by)
    if wait:
        with _progress(station.settings.language) as told:
            wait_for(station, made, told)
    with station.sessions.begin() as session:
        row = row_of(ingest.get_recording(session, made))
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
    else:
        edition = f"{row['series']} số {row['number']}/{row['year']} ({row['language']})"
        click.echo(f"Bản thu {made}, lần thu {row['take']} của {edition}: {label(row['state'], 'vi')}.")
        for sentence in sentences(row, facts=row["facts"], language=station.settings.language):
            click.echo(f"• {sentence}")
    sys.exit(_STATUS.get(row["state"], 0))


@recording.command("list")
@click.option("--series", metavar="CODE", help="Only recordings of this series.")
@click.option("--most", type=click.IntRange(min=1), default=100, show_default=True, help="So many of the newest.")
@as_json_option
@click.pass_obj
def list_recordings(station: Station, /, series: str | None, most: int, as_json: bool) -> None:
    """List recordings, the newest first."""
    with station.sessions.begin() as session:
        rows = [row_of(found) for found in ingest.list_recordings(session, series=series, most=most)]
    if not as_json:
        rows = [{**row, "state": label(row["state"], station.settings.language)} for row in rows]
        rows = [{**row, "seconds": None if row["seconds"] is None else round(row["seconds"], 1)} for row in rows]
    headings = {"recording": "Bản thu", "series": "Chuyên mục", "number": "Số", "year": "Năm", "language": "Tiếng"}
    headings |= {"take": "Lần", "state": "Tình trạng", "seconds": "Giây", "original_name": "Tệp"}
    print_rows(headings, rows, as_json=as_json)


@recording.command("show")
@click.argument("recording_id", metavar="ID", type=int)
@as_json_option
@click.pass_obj
def show_recording(station: Station, /, recording_id: int, as_json: bool) -> None:
    """Show what is known of one recording."""
    with station.sessions.begin() as session:
        row = row_of(ingest.get_recording(session, recording_id))
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return
    language = station.settings.language
    click.echo(f"{row['series']} số {row['number']}/{row['year']} ({row['language']}), lần thu {row['take']}")
    share = f" {row['share'] or 0:.0%}" if row["state"] == "running" else ""
    click.echo(f"{row['original_name']}: {label(row['state'], language)}{share}")
    if row["verdict"] is not None:
        limiter = {key: row["rendering"].get(key) for key in ("gain_db", "limiter_max_db", "limiter_share")}
        print_sheet({**row, **limiter}, facts=row["facts"], language=language)
    elif row["code"]:
        click.echo("\n".join(sentences(row, facts=row["facts"], language=language)))


@click.command("ingest")
@click.option("--once", is_flag=True, help="Take in all that waits, then leave.")
@click.pass_obj
def run_ingest(station: Station, /, once: bool) -> None:
    """Run the worker that measures and renders what was delivered; it stops cleanly on SIGTERM or Ctrl-C."""
    from audio.ingest import StopFlag

    with open_worker(station, StopFlag().listen()) as worker:
        if once:
            click.echo(f"Đã xử lý {worker.drain()} bản thu.")
        else:
            worker.run()


def deliver(station: Station, file: Path, destination: Destination, *, by: str) -> int:
    """Store a file and queue it; what is no sound at all, or known, is refused before anything is stored."""
    from audio.sniff import sniff
    from audio.store import FileMediaStore

    with file.open("rb") as source:
        sniff(source)
        source.seek(0)
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        with station.sessions.begin() as session:
            ingest.check_delivery(session, destination, sha256=sha256)
        source.seek(0)
        stored = FileMediaStore(station.settings.home).add(source)
    # A name that is no text on this system is shown as well as it can be; it is never used as a path.
    name = tidy(os.fsencode(file.name).decode("utf-8", errors="replace"))
    with station.sessions.begin() as session:
        now = station.clock.now()
        made = ingest.receive_recording(session, destination, stored=stored, original_name=name, by=by, now=now)
        return made.id


def wait_for(station: Station, recording_id: int, told: Told) -> None:
    """Wait until a recording is taken in, by a worker elsewhere or, where none runs, by one of our own."""
    from audio.ingest import StopFlag

    while True:
        with station.sessions.begin() as session:
            found = ingest.get_recording(session, recording_id)
            if _is_settled(found):
                return
            if found.ingest is not None:
                told(found.ingest.step, found.ingest.share)
            alone = not ingest.find_living(session, now=station.clock.now())
        if alone:
            with open_worker(station, StopFlag(), told) as worker:
                worker.take_next()
        else:
            station.clock.sleep(_LOOK_EVERY_S)


def _is_settled(found: Recording) -> bool:
    return progress_of(found) not in {IngestState.QUEUED, IngestState.RUNNING}


@contextmanager
def open_worker(station: Station, stop: "StopFlag", told: Told | None = None) -> Iterator["Worker"]:
    """A worker of this process, with the station's settings; it says goodbye at the end."""
    from audio.ingest import Bench, Worker
    from audio.store import FileMediaStore
    from audio.target import Target
    from scheduler.alive import Life

    settings = station.settings
    life = Life(settings.home / "run", role=ingest.ROLE)
    bench = Bench(
        sessions=station.sessions,
        store=FileMediaStore(settings.home),
        clock=station.clock,
        target=Target(
            lufs=settings.target_lufs,
            ceiling_dbtp=settings.peak_dbtp,
            limiter_max_db=settings.limiter_max_db,
            opus_bits_per_s=settings.opus_kbps * 1000,
        ),
        owner=life.owner,
        may_live=lambda owner: not life.is_dead(owner),
        told=told or (lambda _step, _share: None),
    )
    worker = Worker(bench, stop)
    try:
        yield worker
    finally:
        worker.leave()
        life.end()


@contextmanager
def _progress(language: str) -> Iterator[Told]:
    """A bar for a person at a terminal; nothing for a pipe."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label("measure", language), total=1.0)
        yield lambda step, share: bar.update(task, description=label(step or "measure", language), completed=share)


COMMANDS: tuple[click.Command, ...] = (measure, recording, run_ingest)
