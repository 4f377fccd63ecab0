"""Bringing in a station's past from a logbook: editions without recordings, and plays that a person confirmed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.logbook import EDITIONS, PLAYS, Problem, read_logbook
from scheduler.errors import LogbookProblems
from scheduler.models import Zone
from scheduler.services import as_run, closed_books, past_editions, past_plays, programme
from scheduler.services.importing import Import, Imported
from scheduler.services.workbook import read_workbook, write_logbook

__all__ = ["Imported", "import_file", "import_logbook", "write_logbook"]


def import_file(
    session: Session, path: Path, *, by: str, now: datetime, zone: ZoneInfo, series: str | None = None
) -> Imported:
    """Import a workbook, all or nothing. Raises `LogbookUnreadable`, `LogbookProblems`, `UnknownSeries`."""
    return import_logbook(session, read_workbook(path), by=by, now=now, zone=zone, series=series)


def import_logbook(
    session: Session,
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    by: str,
    now: datetime,
    zone: ZoneInfo,
    series: str | None = None,
) -> Imported:
    """Import the cells of a logbook, all or nothing; what the station knows already is left as it is.

    Raises `LogbookProblems` with every problem at once (the caller's transaction must then be rolled back),
    `UnknownSeries`.
    """
    book = read_logbook(sheets)
    chosen = programme.get_series(session, series) if series is not None else None
    zones = session.scalars(select(Zone).options(selectinload(Zone.languages)).order_by(Zone.code)).all()
    work = Import(session, book, by, now, zone, list(book.problems), zones)
    by_series = past_editions.lines_by_series(work, chosen)
    past_editions.take_editions(work, by_series)
    past_editions.recall_editions(work, chosen)
    entries = past_plays.take_plays(work)
    if work.problems:
        _refuse(work.problems)
    session.flush()
    closed_books.check_open(session, work.made_on)  # what was made is a number of the closed period too
    work.done.entries = as_run.record(session, entries, now=now, zone=zone)
    return work.done


def _refuse(problems: Iterable[Problem]) -> None:
    place = {EDITIONS: 0, PLAYS: 1}
    in_order = sorted(problems, key=lambda item: (place[item.sheet], item.row or 0))
    raise LogbookProblems(count=len(in_order), problems=[asdict(problem) for problem in in_order])
