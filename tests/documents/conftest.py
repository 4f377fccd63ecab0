"""What tests of documents share: the fonts are built, and a station has the sample's reference year."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.documents.fonts import FOLDER
from scheduler.station import Station
from tests.documents.papers import fill_year
from tests.web.station import make_station
from web.frontend import build


@pytest.fixture(scope="session", autouse=True)
def fonts() -> None:
    """The fonts of this tree; made by the first build of it."""
    build.build_fonts(FOLDER)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A station with the reference year; tests only read it."""
    home: Path = tmp_path_factory.mktemp("year")
    station = make_station(home, filled_by=fill_year)
    yield station
    station.engine.dispose()
