"""The files that Mosquitto reads: whole, readable by it alone, written when something changed."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.broker.files import have_read_anew, write_files
from scheduler.broker.passwords import fits, hash_password
from tests.brokers import OPEN, mosquitto, wait_until

BOX = "z1-00000001"


def test_the_files_are_written_when_something_changed_and_only_then(tmp_path: Path) -> None:
    logins = {BOX: hash_password("a"), "z2-00000002": hash_password("b")}
    folder = tmp_path / "files"
    assert write_files(folder, logins, station="loaban-station", password="own")
    assert not write_files(folder, logins, station="loaban-station", password="own")
    lines = (folder / "passwords").read_text().splitlines()
    assert lines[1:] == [f"{name}:{hashed}" for name, hashed in logins.items()]
    name, _, hashed = lines[0].partition(":")
    assert name == "loaban-station"
    assert fits("own", hashed)
    del logins[BOX]
    assert write_files(folder, logins, station="loaban-station", password="own")
    assert BOX not in (folder / "passwords").read_text()
    assert write_files(folder, logins, station="loaban-station", password="new")
    assert sorted(path.name for path in folder.iterdir()) == ["access", "passwords"]
    assert all(path.stat().st_mode & 0o007 == 0 for path in folder.iterdir())


def test_no_box_can_have_the_stations_name(tmp_path: Path) -> None:
    write_files(tmp_path, {"loaban-station": hash_password("a")}, station="loaban-station", password="own")
    lines = (tmp_path / "passwords").read_text().splitlines()
    assert len(lines) == 1
    assert fits("own", lines[0].partition(":")[2])


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {BOX: hash_password("a")}, station="s", password="own")
    before = (tmp_path / "passwords").read_text()

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_files(tmp_path, {}, station="s", password="own")
    assert (tmp_path / "passwords").read_text() == before


def test_mosquitto_is_told_once_it_runs_and_nobody_else_ever(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    process = tmp_path / "broker" / "pid"
    assert not have_read_anew(process, now=now)
    with mosquitto(tmp_path / "broker", lines=[*OPEN, f"pid_file {process}"]) as broker:
        wait_until(lambda: process.exists() and process.read_text().strip() == str(broker.pid))
        assert not have_read_anew(process, now=now)  # one that only just starts would die of it
        assert have_read_anew(process, now=now + timedelta(minutes=1))
        wait_until(lambda: b"Reloading config" in (tmp_path / "broker" / "log").read_bytes())
    other = subprocess.Popen(["sleep", "60"])
    try:
        process.write_text(str(other.pid))
        assert not have_read_anew(process, now=now + timedelta(minutes=1))
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
