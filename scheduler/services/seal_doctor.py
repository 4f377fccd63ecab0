"""What the doctor finds about seals: days that are over and not sealed, rows that are not as they were sealed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.seals import Finding
from scheduler.domain.station import Problem
from scheduler.domain.time import day_span, local_day
from scheduler.evidence_words import tell_finding
from scheduler.models import AsRunEntry
from scheduler.services import sealing

PATIENCE = timedelta(hours=1)
"""So long after midnight a day may stay unsealed."""


def find_unsealed(session: Session, *, now: datetime, zone: ZoneInfo) -> Iterator[Problem]:
    """The oldest day on which something was written that no seal holds, though it is over."""
    latest = sealing.latest_seal(session)
    first = session.scalar(
        select(AsRunEntry.recorded_at)
        .where(AsRunEntry.id > (0 if latest is None else latest.entries_until))
        .order_by(AsRunEntry.id)
        .limit(1)
    )
    if first is not None:
        day = local_day(first, zone)
        if now >= day_span(day, day, zone).ends_at + PATIENCE:
            yield Problem(code="day_unsealed", facts={"day": day})


def as_problems(found: Sequence[Finding], *, language: str) -> Iterator[Problem]:
    """What was found when rows were held against their seals, as one problem."""
    if found:
        facts = {"number": len(found), "found": tell_finding(found[0], language=language)}
        yield Problem(code="seals_untrue", facts=facts, severe=True)
