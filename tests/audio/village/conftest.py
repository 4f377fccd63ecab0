"""What the tests of fetching share: a station that gives files, a box that wants some, and no connection left open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audio.village.fetching import FETCHERS, Box
from tests.audio.village.file_station import FileStation, serve


@pytest.fixture(autouse=True)
def _no_connection_outlives_its_test() -> Iterator[None]:
    yield
    while FETCHERS:
        FETCHERS.pop()._link.close()


@pytest.fixture
def station() -> Iterator[FileStation]:
    with serve(FileStation()) as station:
        yield station


@pytest.fixture
def box(tmp_path: Path, station: FileStation) -> Box:
    return Box(tmp_path / "box", station)
