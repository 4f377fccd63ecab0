"""Commands of the station as a whole: its processes, its page, its database, its settings and what is wrong with it."""

import gc
import json
import logging
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from scheduler import database as station_database
from scheduler import sealer
from scheduler.commands.listing import as_json_option, print_rows
from scheduler.commands.people import address_of, tell_first_code
from scheduler.domain.planning import FindingCode
from scheduler.domain.station import Problem, find_clock_problems, find_disk_problems, find_step_problems
from scheduler.domain.time import local_day
from scheduler.errors import BroadcastError, DatabaseUnreachable
from scheduler.machine import check_port_free, listening_error, read_machine
from scheduler.plan_words import word_finding
from scheduler.problem_words import tell
from scheduler.services import doctor as doctor_service
from scheduler.services import planning, seal_doctor, status, village_doctor
from scheduler.setting_words import tell_settings
from scheduler.station import Station
from scheduler.supervisor import Supervisor, own_process

PROCESSES = ("broker", "ingest", "playout", "backbone", "clerk", "web")
"""In the order of starting; stopped the other way round.

Broker and backbone run in a station without villages too: they only wait there, and a box may be paired any time.
"""
PROBLEMS_STATUS = 3
CANNOT_LOOK_STATUS = 4
WATCH_CLOCK_S = 0.5
STEP_MOST = timedelta(milliseconds=50)


@click.command()
@click.option("--players", is_flag=True, help="Also the village players of the sample, on this machine.")
@click.pass_obj
def up(station: Station, players: bool) -> None:
    """Run the whole station here: web, playout, ingest, broker, villages, clerk, each restarted if it dies."""
    settings = station.settings
    check_port_free(settings.host, settings.port)
    _upgrade(station)
    click.echo(f"Loa Bản: {address_of(settings)}")
    if settings.host in {"127.0.0.1", "::1", "localhost"}:
        click.echo("Trang chỉ xem được trên máy này (đặt LOABAN_HOST để mở cho mạng nội bộ).")
    tell_first_code(station)
    click.echo("Dừng: Ctrl-C.")
    specs = [own_process(name) for name in PROCESSES]
    if players:
        from scheduler.commands.sample_players import find_players

        specs += find_players(station)
    Supervisor(specs, clock=station.clock, out=sys.stdout.buffer).run()


@click.command()
@click.pass_obj
def web(station: Station) -> None:
    """Serve the web page."""
    from audio.store import FileMediaStore
    from web import live
    from web.app import create_app
    from web.serving import open_server

    settings = station.settings
    check_port_free(settings.host, settings.port)
    logging.getLogger("waitress").setLevel(logging.WARNING)  # else a line for every page that somebody leaves
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        application = create_app(station, media=FileMediaStore(settings.home))
        server = open_server(
            application,
            host=settings.host,
            port=settings.port,
            trusted_proxy=settings.trusted_proxy,
        )
    except OSError as error:
        raise listening_error(error, host=settings.host, port=settings.port) from error
    _leave_on_signal(lambda: live.close(application))
    # What is built by now stays until the end. Left to the collector, it would be looked through again and again, and
    # every page under way would wait for that (110 ms each time).
    gc.collect()
    gc.freeze()
    server.run()


def _leave_on_signal(end_streams: Callable[[], None]) -> None:
    def leave(_number: int, _frame: object) -> None:
        end_streams()  # pages that listen would keep the threads of the server for as long as they stay open
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)


@click.group()
def database() -> None:
    """The station's database."""


@database.command("upgrade")
@click.pass_obj
def upgrade_database(station: Station) -> None:
    """Bring the database to the newest migration."""
    _upgrade(station)
    click.echo("Cơ sở dữ liệu đã ở bản mới nhất.")


@database.command("check")
@click.pass_obj
def check_database(station: Station) -> None:
    """Tell whether the database is reachable and up to date."""
    _check_database(station)
    click.echo("Cơ sở dữ liệu dùng được và đã ở bản mới nhất.")


def _upgrade(station: Station) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        station_database.upgrade(station.engine)
    except SQLAlchemyError as error:
        raise _unreachable(error) from error


def _check_database(station: Station) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        station_database.check_up_to_date(station.engine)
    except SQLAlchemyError as error:
        raise _unreachable(error) from error


def _unreachable(error: SQLAlchemyError) -> DatabaseUnreachable:
    return DatabaseUnreachable(reason=station_database.said_by_driver(error))


@click.command("settings")
@as_json_option
@click.pass_obj
def show_settings(station: Station, as_json: bool) -> None:
    """Show every setting with its value, its default and what it means; passwords are masked."""
    english = {item.name: item.meaning for item in tell_settings(station.settings, language="en")}
    rows = [
        {
            "name": item.name,
            "value": item.value,
            "default": item.default,
            "meaning": english[item.name],
            "meaning_told": item.meaning,
        }
        for item in tell_settings(station.settings, language=station.settings.language)
    ]
    headings = {"name": "Tên", "value": "Giá trị", "default": "Mặc định", "meaning_told": "Ý nghĩa"}
    print_rows(headings, rows, as_json=as_json)


@click.command()
@click.option("--deep", is_flag=True, help="Read every file and every sealed row in full and compare hashes.")
@as_json_option
@click.pass_obj
def doctor(station: Station, deep: bool, as_json: bool) -> None:
    """Name what is wrong with the station: exit status 0 all is well, 3 problems found, 4 the doctor cannot look."""
    problems = list(_examine_machine(station))
    failure: BroadcastError | None = None
    try:
        _check_database(station)
        problems += _examine_rows(station, deep=deep)
    except SQLAlchemyError as error:
        failure = _unreachable(error)
    except BroadcastError as error:
        failure = error
    if failure is not None:
        problems.insert(0, Problem(code=failure.code, facts=failure.facts, severe=True))
    _print_problems(station, problems, as_json=as_json)
    if failure is not None:
        sys.exit(CANNOT_LOOK_STATUS)
    if problems:
        sys.exit(PROBLEMS_STATUS)


def _print_problems(station: Station, problems: list[Problem], *, as_json: bool) -> None:
    settings = station.settings
    told = [
        {
            "code": problem.code,
            "severe": problem.severe,
            "sentence": tell(problem, zone=settings.time_zone, language=settings.language),
        }
        for problem in problems
    ]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in told:
        click.echo(f"{'!!' if row['severe'] else '! '} {row['code']}: {row['sentence']}")
    if not told:
        click.echo({"vi": "Mọi thứ đều tốt.", "en": "All is well."}[settings.language])


def _examine_machine(station: Station) -> Iterator[Problem]:
    readings = read_machine(station.settings.home)
    yield from find_disk_problems(free_bytes=readings.free_bytes, total_bytes=readings.total_bytes)
    yield from find_clock_problems(synchronised=readings.synchronised)
    clock = station.clock
    wall, monotonic = clock.now(), clock.monotonic()
    clock.sleep(WATCH_CLOCK_S)
    lasted = timedelta(seconds=clock.monotonic() - monotonic)
    yield from find_step_problems(wall=clock.now() - wall, monotonic=lasted, most=STEP_MOST)


def _examine_rows(station: Station, *, deep: bool) -> list[Problem]:
    from audio.carriers import CARRIERS

    settings, now = station.settings, station.clock.now()
    with station.readers.begin() as session:
        signs = status.read_signs(session)
        coming = status.find_coming(session, now=now)
        problems = [
            *doctor_service.find_running_problems(session, signs=signs, now=now, silence=settings.silence),
            *doctor_service.find_overdue(coming, now=now),
            *doctor_service.find_plan_problems(session, now=now, zone=settings.time_zone),
            *doctor_service.find_row_problems(session, carriers=CARRIERS),
            *village_doctor.find_problems(session, now=now),
            *seal_doctor.find_unsealed(session, now=now, zone=settings.time_zone),
            *_examine_plan(station, session, now=now),
        ]
        wanted = doctor_service.wanted_media(session, now=now)
        in_use = doctor_service.carriers_in_use(session) & set(CARRIERS)
    # Files and devices are slow: they are looked at with no transaction open.
    checks: list[tuple[str, Callable[[], Iterable[Problem]]]] = [
        ("media", lambda: _examine_media(station, wanted, deep=deep)),
        ("seals", lambda: _examine_seals(station, deep=deep)),
        *((name, lambda name=name: _examine_carrier(station, name)) for name in sorted(in_use)),
    ]
    return [*problems, *doctor_service.run_checks(checks)]


def _examine_plan(station: Station, session: Session, *, now: datetime) -> Iterator[Problem]:
    settings = station.settings
    tomorrow = local_day(now, settings.time_zone) + timedelta(days=1)
    for finding in planning.preview(session, tomorrow, tomorrow, now=now, settings=settings).findings:
        if finding.code is not FindingCode.DURATION_OUTSIDE_RULE:  # approved as it is: nothing to do any more
            found = word_finding(finding, zone=settings.time_zone, language=settings.language)
            facts = {"at": finding.subject.starts_at, "finding": finding.code.value, "found": found}
            yield Problem(code="plan_finding", facts=facts)


def _examine_media(station: Station, wanted: dict[str, str], *, deep: bool) -> Iterator[Problem]:
    from audio.store import FileMediaStore

    return doctor_service.find_media_problems(wanted, FileMediaStore(station.settings.home), deep=deep)


def _examine_seals(station: Station, *, deep: bool) -> Iterator[Problem]:
    """The chain of all seals, and the rows of the newest or of all."""
    found = sealer.verify(station.readers, station.settings.home, newest=None if deep else 1)
    return seal_doctor.as_problems(found, language=station.settings.language)


def _examine_carrier(station: Station, name: str) -> Iterator[Problem]:
    from audio.carriers import open_carrier
    from audio.store import FileMediaStore

    settings = station.settings
    media = FileMediaStore(settings.home)
    opened = open_carrier(name, clock=station.clock, media=media, home=settings.home, time_zone=settings.time_zone)
    with closing(opened) as carrier:
        for reason in carrier.problems():
            yield Problem(code="carrier_problem", facts={"name": name, "reason": reason}, severe=True)


COMMANDS: tuple[click.Command, ...] = (up, web, database, show_settings, doctor)
