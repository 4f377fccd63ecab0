"""Writing the as-run log: entries with their copied facts, and the tallies kept in the same transaction."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scheduler.domain.playout import NewEntry


def record(session: Session, entries: Iterable[NewEntry], *, now: datetime, zone: ZoneInfo) -> int:
    """Append entries to the as-run log and bring the tallies along; says how many were written.

    Titles, language, area, local day and month are copied from the rows of today; `zone` is the station's time zone.
    An entry for an (airing, zone, attempt) that is in the log already is left out: the log holds exactly one.
    """
    raise NotImplementedError
