"""Backups of a station: rows, keys and sound in one folder, whole or not there; and how old the newest is.

A backup is a folder `loaban-20261124-013000` (UTC) with `station.db` (SQLite) or `station.dump` (PostgreSQL, custom
format of pg_dump), the folder `keys`, what the station keeps beside its rows, and `SHA256SUMS`. Sound is named by its
content and never changes: it lies once in `media`, shared by all backups.
"""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from scheduler.errors import BackupFailed

_NAME = re.compile(r"loaban-(\d{8}-\d{6})")
_STAMP: Final = "%Y%m%d-%H%M%S"
SUMS: Final = "SHA256SUMS"
BESIDE_ROWS: Final = ("keys", "seals.jsonl", "templates", "secret")
"""What of the station's folder goes along with the rows, where it is there."""


def make_backup(engine: Engine, *, home: Path, folder: Path, now: datetime) -> Path:
    """Write a backup below `folder` and say where it is. Raises `BackupFailed`, and then leaves nothing behind."""
    target = folder / f"loaban-{now.astimezone(UTC):{_STAMP}}"
    unfinished = folder / f".{target.name}.unfinished"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        _copy_rows(engine, unfinished)
        for name in BESIDE_ROWS:
            _copy(home / name, unfinished / name)
        _copy_media(home / "media", folder / "media")
        _write_sums(unfinished)
        unfinished.rename(target)
        _sync(folder)
    except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        raise BackupFailed(folder=str(folder), reason=_told(error)) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def newest_backup(folder: Path) -> datetime | None:
    """When the newest whole backup was made; None when there is none."""
    if not folder.is_dir():
        return None
    made = [found[1] for path in folder.iterdir() if (found := _NAME.fullmatch(path.name)) and (path / SUMS).exists()]
    return datetime.strptime(max(made), _STAMP).replace(tzinfo=UTC) if made else None


def _copy_rows(engine: Engine, target: Path) -> None:
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database))) as source, closing(
            sqlite3.connect(target / "station.db")
        ) as copy:  # fmt: skip
            source.backup(copy)
    else:
        _dump(engine.url, target / "station.dump")


def _dump(url: URL, path: Path) -> None:
    """PostgreSQL's own tool: a consistent copy while the station goes on."""
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    environ = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    subprocess.run(
        ["pg_dump", "--format=custom", f"--file={path}", plain], check=True, capture_output=True, env=environ
    )


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def _copy_media(source: Path, target: Path) -> None:
    """Files that are not there yet; each whole or not at all."""
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        copy = target / path.relative_to(source)
        if path.is_file() and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            fresh = copy.with_name(f".{copy.name}.unfinished")
            shutil.copy2(path, fresh)
            fresh.replace(copy)


def _write_sums(folder: Path) -> None:
    """As `sha256sum -c` reads it; written last, so that a backup that has it is whole."""
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(folder)}\n")
            os.fsync(file.fileno())
    with (folder / SUMS).open("x", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _told(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return str((error.stderr or b"").decode(errors="replace").strip().partition("\n")[0] or error.returncode)
    if isinstance(error, FileNotFoundError) and error.filename == "pg_dump":
        return "pg_dump is not installed"
    return str(getattr(error, "strerror", None) or error)
