"""The secret that signs cookies."""

import stat
import threading
from pathlib import Path

from web.keys import load_secret


def test_it_is_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    first = load_secret(tmp_path)
    assert len(first) == 64 and load_secret(tmp_path) == first
    (path,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_at_once_get_the_same_one(tmp_path: Path) -> None:
    found: list[str] = []
    starters = [threading.Thread(target=lambda: found.append(load_secret(tmp_path))) for _ in range(16)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(found) == 16 and len(set(found)) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["web.key"]


def test_two_stations_have_two(tmp_path: Path) -> None:
    assert load_secret(tmp_path / "a") != load_secret(tmp_path / "b")
