"""How long the yearly report takes, from the rows to the file, for the sample's year and for more communes.

The sample's reference year is read from its rows; for a province and for 1,250 communes its tables are repeated, which
makes as many lines to set as such a station would have.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from scheduler import database
from scheduler.clock import SystemClock
from scheduler.config import load_settings
from scheduler.documents.report import Form, write_report
from scheduler.domain.periods import year_of
from scheduler.domain.time import STATION_ZONE
from scheduler.services import logbook, office, report, sample
from scheduler.services import sample_data as data
from scheduler.services.office import Office
from scheduler.services.report import ReportValues
from scheduler.station import Station

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TIMES = 5
PROVINCE, MANY = 75, 1_250


def fill(home: Path) -> Station:
    station = Station(settings=load_settings({"LOABAN_HOME": str(home)}), clock=SystemClock())
    database.upgrade(station.engine)
    path = home / "nhat-ky.xlsx"
    sample.write_reference_year(path)
    with station.sessions.begin() as session:
        sample.fill_places(session, now=NOW)
        sample.fill_series(session, now=NOW)
        logbook.import_file(session, path, by="Mai", now=NOW, zone=STATION_ZONE, series=data.SERIES_CODE)
    return station


def read(station: Station) -> tuple[ReportValues, Office]:
    with station.readers.begin() as session:
        values = report.read_report(session, year_of(data.REFERENCE_YEAR), zone=STATION_ZONE, now=NOW)
        return values, office.read(session)


def enlarge(values: ReportValues, communes: int) -> ReportValues:
    """The same report with so many communes in its tables, each in both languages."""
    known = values.overview.areas
    rows = []
    for number in range(communes):
        like = known[number % len(known)]
        airings = {code: like.airings.get(code, like.airings["vi"]) for code in ("vi", "blt")}
        rows.append(replace(like, area_id=number, name=f"{like.name} {number}", airings=airings))
    return replace(values, overview=replace(values.overview, areas=rows))


def best(work: Callable[[], object]) -> float:
    """The shortest of a few runs, in seconds of this process: other programs on the machine do not count."""
    found = []
    for _ in range(TIMES):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return min(found)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        station = fill(home)
        values, held = read(station)
        reading = best(lambda: read(station))
        print(f"{'communes':>9} {'read s':>8} {'DOCX s':>8} {'PDF s':>8} {'both with reading s':>20}")
        for communes in (len(values.overview.areas), PROVINCE, MANY):
            larger = values if communes == len(values.overview.areas) else enlarge(values, communes)
            docx, pdf = (best(partial(write_report, larger, held, form=form, home=home, made_at=NOW)) for form in Form)
            print(f"{communes:9,} {reading:8.2f} {docx:8.2f} {pdf:8.2f} {reading + docx + pdf:20.2f}")
        station.engine.dispose()


if __name__ == "__main__":
    main()
