"""Saying why deliveries did not sound: the answers to what a day's books ask, one by one or many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.playout import NewEntry, Reason
from scheduler.domain.reconciliation import LineClass
from scheduler.domain.text import tidy
from scheduler.domain.time import local_day
from scheduler.errors import BadField, NothingToAnswer, ReasonMissing
from scheduler.models import AsRunEntry, Zone
from scheduler.services import as_run, closed_books, countersigning, reconciliation, tally, unreported
from scheduler.services.log_reading import within
from scheduler.services.unreported import Delivery

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """How many lines have a reason now, and of how many closed days' lines a second person is asked first."""

    written: int
    asked: int


def explain(
    session: Session,
    deliveries: Iterable[Delivery],
    *,
    reason: Reason,
    note: str,
    by: str,
    user_id: int | None,
    now: datetime,
    zone: ZoneInfo,
    scope: Scope = EVERYWHERE,
) -> Explained:
    """Give open lines a reason: a new entry for each, by name and with a note, never an edit.

    A delivery that nobody reported is written down as missed; of one that is in the log only the reason is new, its
    seconds and its evidence stay. Lines that are not open (any more) or lie outside the scope are left out; of closed
    days a second person is asked. Raises `BadField` without a name, `ReasonMissing` without a note, `NothingToAnswer`.
    """
    if not tidy(by):
        raise BadField(field="by", value=by)
    if not tidy(note):
        raise ReasonMissing(decision="correction")
    tally.lock(session)
    wanted = sorted(set(deliveries), key=str)
    entries = [
        *_of_unreported(session, wanted, reason=reason, note=tidy(note), by=tidy(by), now=now, scope=scope),
        *_of_logged(session, wanted, reason=reason, note=tidy(note), by=tidy(by), scope=scope),
    ]
    if not entries:
        raise NothingToAnswer
    closed = closed_books.closed_days(session, {local_day(entry.planned_at, zone) for entry in entries})
    to_ask = [entry for entry in entries if local_day(entry.planned_at, zone) in closed]
    to_write = [entry for entry in entries if local_day(entry.planned_at, zone) not in closed]
    written = as_run.record(session, to_write, now=now, zone=zone)
    asked = countersigning.ask_all(
        session, [countersigning.wish_of(entry) for entry in to_ask], by=by, user_id=user_id, now=now
    )
    return Explained(written=written, asked=asked)


def _of_unreported(
    session: Session, wanted: Sequence[Delivery], *, reason: Reason, note: str, by: str, now: datetime, scope: Scope
) -> list[NewEntry]:
    found = unreported.find(session, wanted)
    places = dict(session.execute(select(Zone.id, Zone.area_id).where(Zone.id.in_({zone for _, zone in found}))).all())
    return [
        unreported.entry_of(item, seconds=0.0, reason=reason, by=by, note=note)
        for item in found.values()
        if item.is_over(now) and scope.holds(places[item.zone_id])
    ]


def _of_logged(
    session: Session, wanted: Sequence[Delivery], *, reason: Reason, note: str, by: str, scope: Scope
) -> list[NewEntry]:
    entries = []
    for first in range(0, len(wanted), _AT_ONCE):
        among = tuple_(AsRunEntry.airing_id, AsRunEntry.zone_id).in_(wanted[first : first + _AT_ONCE])
        held = session.scalars(select(AsRunEntry).where(among, tally.entry_holds(), *within(scope))).all()
        classes = reconciliation.find_classes(session, [entry.id for entry in held])
        entries += [
            as_run.correction_of(
                entry,
                seconds_sounded=entry.seconds_sounded,
                reason=reason,
                evidence=entry.evidence,
                by=by,
                note=note,
            )
            for entry in held
            if classes[entry.id] is LineClass.NO_REASON
        ]
    return entries
