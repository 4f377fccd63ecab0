"""The command that fills a new station with the sample and lets a newcomer hear a broadcast within a minute."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from scheduler import database
from scheduler.commands.listing import today
from scheduler.commands.recording import deliver, wait_for
from scheduler.commands.sample_players import pair_players
from scheduler.commands.sealing import open_sealer
from scheduler.domain.programme import RecordingState
from scheduler.models import Recording
from scheduler.services import coverage, logbook, planning, programme, sample
from scheduler.services import sample_data as data
from scheduler.services.ingest import Destination
from scheduler.station import Station

if TYPE_CHECKING:
    from audio.speech import Voice
    from audio.store import FileMediaStore

BY = "loaban sample"
_DEMO_IN = timedelta(seconds=50)
"""Long enough for `loaban up` to start and to make the files ready, short enough to wait for."""
_MAIN_LASTS_S = 505.0
_VILLAGES_IN_DEMO = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class _ToSpeak:
    """A recording that is to be spoken: for which edition, and at least how long."""

    destination: Destination
    at_least_s: float

    @property
    def name(self) -> str:
        return f"{self.destination.series}-{self.destination.number}-{self.destination.language}-mau.wav"


@click.command("sample")
@click.option("--broadcast/--no-broadcast", default=True, help="Whether a short test broadcast follows at once.")
@click.option("--demo-first", is_flag=True, help="Leave the long recordings to a second call: the test comes sooner.")
@click.option("--villages", is_flag=True, help="Also two villages with players, for `loaban up --players`.")
@click.pass_obj
def fill_sample(station: Station, broadcast: bool, demo_first: bool, villages: bool) -> None:
    """Fill the station with the sample of Sơn La; a second time adds only a new test broadcast."""
    from audio.store import FileMediaStore

    station.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database.upgrade(station.engine)
    store = FileMediaStore(station.settings.home)
    with _step("địa bàn, vùng phát, chuyên mục"):
        _fill_rows(station)
    with _step(f"nhật ký năm {data.REFERENCE_YEAR}: 90 bản, 102 lần phát"):
        _import_reference_year(station)
    with _step("nhạc hiệu và vùng thử"):
        _make_signature(station, store, villages=villages)
    if villages:
        with _step("hai máy phát tại bản"):
            pair_players(station)
    with _step("bản thu mẫu: đọc, đo, duyệt"):
        _record(station, store, (data.DEMO_CODE,) if demo_first else (data.DEMO_CODE, data.SERIES_CODE))
    with _step("khung giờ và kế hoạch phát"):
        _plan(station)
    with _step("niêm phong nhật ký"):
        open_sealer(station).seal(today(station) - timedelta(days=1), now=station.clock.now())
    if broadcast:
        _plan_demo(station)


@contextmanager
def _step(title: str) -> Iterator[None]:
    console = Console(stderr=True)
    with console.status(title) if console.is_terminal else console.capture():
        yield
    click.echo(f"✓ {title}")


def _fill_rows(station: Station) -> None:
    with station.sessions.begin() as session:
        now = station.clock.now()
        sample.fill_places(session, now=now)
        sample.fill_series(session, now=now)


def _import_reference_year(station: Station) -> None:
    with station.sessions.begin() as session:
        if sample.is_reference_year_known(session):
            return
        path = station.settings.home / "sample" / f"nhat-ky-{data.REFERENCE_YEAR}.xlsx"
        sample.write_reference_year(path)
        now, zone = station.clock.now(), station.settings.time_zone
        logbook.import_file(session, path, by=BY, now=now, zone=zone, series=data.SERIES_CODE)


def _make_signature(station: Station, store: "FileMediaStore", *, villages: bool) -> None:
    import numpy as np

    from audio.chime import RATE, make_chime, make_outro
    from audio.flac import write_flac

    made = []
    with store.workplace() as place:
        for name, sound in (("chime", make_chime()), ("outro", make_outro())):
            path = place / f"{name}.flac"
            written = write_flac(path, [np.rint(sound * 32767).astype(np.int16)])
            made.append((store.adopt(path).sha256, written / RATE))
    with station.sessions.begin() as session:
        sample.fill_demo_zone(session, now=station.clock.now())
        if villages:
            sample.fill_village_zones(session, now=station.clock.now())
        sample.set_signature(session, chime=made[0], outro=made[1])


# --- recordings -----------------------------------------------------------------------------------------------------
def _record(station: Station, store: "FileMediaStore", series: tuple[str, ...]) -> None:
    wanted = [item for item in _find_to_speak(station) if item.destination.series in series]
    with store.workplace() as place:
        _speak(wanted, place)
        for item in wanted:
            deliver(station, place / item.name, item.destination, by=BY)
    with station.sessions.begin() as session:
        made = sample.find_undecided(session, series, by=BY)
    for number in made:
        wait_for(station, number, lambda _step, _share: None)
    with station.sessions.begin() as session:
        good = [number for number in made if session.get_one(Recording, number).state is RecordingState.MEASURED]
        sample.approve_sample(session, good, now=station.clock.now(), zone=station.settings.time_zone)
    if len(good) < len(made):
        click.echo(f"  {len(made) - len(good)} bản thu không đạt; xem: loaban recording list", err=True)


def _find_to_speak(station: Station) -> list[_ToSpeak]:
    """The test bulletin first: it is what airs first."""
    year, found = today(station).year, []
    with station.sessions.begin() as session:
        for code, at_least_s in ((data.DEMO_CODE, 0.0), (data.SERIES_CODE, _MAIN_LASTS_S)):
            episode = sample.episode_to_record(session, code, year=year, now=station.clock.now())
            if episode is not None:
                found += [
                    _ToSpeak(
                        destination=Destination(
                            series=code, number=episode.number, year=episode.year, language=edition.language
                        ),
                        at_least_s=at_least_s,
                    )
                    for edition in episode.editions
                    if not edition.recordings
                ]
    return found


def _speak(wanted: list[_ToSpeak], place: Path) -> None:
    """Two at a time: each is read by a process of its own."""
    from audio.speech import speak

    with ThreadPoolExecutor(max_workers=2) as pool:
        spoken = list(
            pool.map(
                lambda item: speak(
                    data.TEXTS[item.destination.series, item.destination.language],
                    place / item.name,
                    voice=_voice(item.destination.language),
                    at_least_s=item.at_least_s,
                ),
                wanted,
            )
        )
    if not all(item.is_speech for item in spoken):
        click.echo("  (không có máy đọc espeak-ng: bản thu mẫu là tiếng rì rầm thay cho lời nói)", err=True)


def _voice(language: str) -> "Voice":
    from audio.speech import Voice

    return Voice(name="vi", speed=145) if language == "vi" else Voice(name="vi+f3", pitch=42, speed=135)


# --- the plan -------------------------------------------------------------------------------------------------------
def _plan(station: Station) -> None:
    with station.sessions.begin() as session:
        now = station.clock.now()
        sample.fill_slots(session, today=today(station), now=now)
        planning.write_plan(session, now=now, settings=station.settings)


def _plan_demo(station: Station) -> None:
    """A test broadcast in the test zone and where players are; in a few villages too if these may sound now."""
    with station.sessions.begin() as session:
        now = station.clock.now()
        starts_at = sample.find_demo_start(session, earliest=now + _DEMO_IN)
        zones = coverage.find_zones(session)
        demo = [zone for zone in zones if zone.code in {data.DEMO_ZONE, *data.VILLAGE_ZONES}]
        villages = [zone for zone in zones if zone.code.startswith("CHIENGXOM-BAN")][:_VILLAGES_IN_DEMO]
        planned = planning.plan_one_off(
            session,
            programme.get_episode(session, data.DEMO_CODE, number=1),
            [*demo, *villages],
            starts_at=starts_at,
            now=now,
            settings=station.settings,
        )
        at = planned.broadcast.starts_at.astimezone(station.settings.time_zone)
    click.echo(f"Buổi phát thử lúc {at:%H:%M:%S} ở vùng {data.DEMO_ZONE}; nghe được khi `loaban up` đang chạy.")


COMMANDS: tuple[click.Command, ...] = (fill_sample,)
