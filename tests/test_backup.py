"""A backup is whole or not there, can be put back, and its age is known."""

import hashlib
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from scheduler import outreach
from scheduler.backup import SUMS, make_backup, newest_backup
from scheduler.config import load_settings
from scheduler.database import open_engine
from scheduler.errors import BackupFailed
from scheduler.models import Series
from scheduler.station import Station
from tests.factories import NOW, make_series
from tests.fakes import SteppingClock
from tests.web.station import make_station


@pytest.fixture
def station(tmp_path: Path) -> Station:
    station = make_station(tmp_path / "home")
    with station.sessions.begin() as session:
        make_series(session)
    keys = tmp_path / "home" / "keys"
    keys.mkdir()
    (keys / "seal-ed25519").write_text("secret", encoding="ascii")
    sound = tmp_path / "home" / "media" / "ab" / "abc"
    sound.parent.mkdir(parents=True)
    sound.write_bytes(b"sound")
    return station


def back_up(station: Station, folder: Path) -> Path:
    return make_backup(station.engine, home=station.settings.home, folder=folder, now=NOW)


def test_a_backup_put_back_as_the_command_says_is_the_station(station: Station, tmp_path: Path) -> None:
    made = back_up(station, tmp_path / "backups")
    assert (tmp_path / "backups" / "media" / "ab" / "abc").read_bytes() == b"sound"
    assert (made / "keys" / "seal-ed25519").read_text(encoding="ascii") == "secret"
    assert made.stat().st_mode & 0o077 == 0, "keys are for their owner alone"
    engine = open_engine(f"sqlite:///{made / 'station.db'}")
    with Session(engine) as session:
        assert session.scalars(select(Series.code)).all() == ["cchc"]
    engine.dispose()


def test_its_sums_are_those_of_its_files(station: Station, tmp_path: Path) -> None:
    made = back_up(station, tmp_path / "backups")
    lines = (made / SUMS).read_text(encoding="utf-8").splitlines()
    assert sorted(line.split("  ")[1] for line in lines) == ["keys/seal-ed25519", "station.db"]
    for line in lines:
        told, name = line.split("  ")
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == told


def test_the_station_writes_on_while_it_is_copied(station: Station, tmp_path: Path) -> None:
    with closing(sqlite3.connect(str(station.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE series SET title = 'nửa chừng'")
        made = back_up(station, tmp_path / "backups")
        other.execute("ROLLBACK")
    with closing(sqlite3.connect(made / "station.db")) as copy:
        assert copy.execute("SELECT title FROM series").fetchone() != ("nửa chừng",)


def test_only_a_whole_backup_counts_and_the_newest_tells_the_age(station: Station, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert newest_backup(folder) is None
    made = back_up(station, folder)
    assert newest_backup(folder) == NOW
    make_backup(station.engine, home=station.settings.home, folder=folder, now=NOW + timedelta(days=1))
    (folder / f"loaban-{NOW + timedelta(days=1):%Y%m%d-%H%M%S}" / SUMS).unlink()
    assert newest_backup(folder) == NOW
    (made / SUMS).unlink()
    assert newest_backup(folder) is None


def test_a_backup_that_fails_leaves_nothing_and_says_why(station: Station, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.write_text("a file", encoding="ascii")
    with pytest.raises(BackupFailed):
        back_up(station, folder)
    (tmp_path / "home" / "media" / "ab" / "bad").symlink_to(tmp_path / "nowhere")
    folder = tmp_path / "others"
    (folder / "media").mkdir(parents=True)
    (folder / "media" / "ab").write_text("in the way", encoding="ascii")
    with pytest.raises(BackupFailed):
        back_up(station, folder)
    assert [path.name for path in folder.iterdir()] == ["media"]


def test_an_engine_of_postgresql_is_dumped_by_its_own_tool(engine: Engine, tmp_path: Path) -> None:
    made = make_backup(engine, home=tmp_path / "home", folder=tmp_path / "backups", now=NOW)
    dump = made / ("station.db" if engine.dialect.name == "sqlite" else "station.dump")
    assert dump.read_bytes()[:5] in {b"SQLit", b"PGDMP"}


def test_the_clerk_makes_one_each_night_where_a_folder_was_named(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    settings = load_settings({"LOABAN_HOME": str(tmp_path / "home"), "LOABAN_BACKUP_FOLDER": str(folder)})
    station = Station(settings=settings, clock=SteppingClock(NOW))
    made = []
    for hours in range(-5, 27, 2):  # from midnight at the station
        outreach.back_up(station, NOW + timedelta(hours=hours))
        made.append(newest_backup(folder))
    assert made[0] is None, "the day before is not sealed yet"
    assert len({moment for moment in made if moment}) == 2
    outreach.back_up(make_station(tmp_path / "other"), NOW)
