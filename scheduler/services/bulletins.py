"""What the central information system asks for, in a queue: nothing of it airs before an operator agreed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.central import Incoming
from scheduler.domain.reach import BulletinState
from scheduler.domain.text import tidy
from scheduler.errors import BulletinDecided, ReasonMissing, UnknownBulletin
from scheduler.models import ReceivedBulletin

PAGE = 50
_AT_ONCE = 500
"""Fewer than a database takes as values of one question."""


def keep(session: Session, incoming: Iterable[Incoming], *, now: datetime) -> list[ReceivedBulletin]:
    """Put what came into the queue; what came before stays as it was. What has no number is left out."""
    given = {item.outside_id: item for item in incoming if item.outside_id}
    known: set[str] = set()
    left = iter(given)
    while some := list(islice(left, _AT_ONCE)):
        known.update(session.scalars(select(ReceivedBulletin.outside_id).where(ReceivedBulletin.outside_id.in_(some))))
    fresh = [
        ReceivedBulletin(
            outside_id=item.outside_id,
            kind=item.kind.value,
            priority=item.priority,
            title=tidy(item.title) or item.outside_id,
            body=dict(item.body),
            sound=item.sound,
            received_at=now,
            state=BulletinState.WAITING,
        )
        for number, item in given.items()
        if number not in known
    ]
    session.add_all(fresh)
    session.flush()
    return fresh


def find(session: Session, *, page: int = 1) -> tuple[Sequence[ReceivedBulletin], int]:
    """A page of the queue, what waits first and the most urgent of it at the top; and how many there are."""
    waits = ReceivedBulletin.state != BulletinState.WAITING
    order = (waits, ReceivedBulletin.priority.desc(), ReceivedBulletin.received_at.desc(), ReceivedBulletin.id)
    rows = session.scalars(select(ReceivedBulletin).order_by(*order).limit(PAGE).offset((page - 1) * PAGE)).all()
    return rows, session.scalar(select(func.count()).select_from(ReceivedBulletin)) or 0


def count_waiting(session: Session) -> tuple[int, int]:
    """How many wait, and how many of those are emergencies."""
    waits = ReceivedBulletin.state == BulletinState.WAITING
    total = session.scalar(select(func.count()).where(waits)) or 0
    return total, session.scalar(select(func.count()).where(waits, ReceivedBulletin.priority >= 3)) or 0


def get(session: Session, number: int) -> ReceivedBulletin:
    """One of the queue. Raises `UnknownBulletin`."""
    found = session.get(ReceivedBulletin, number)
    if found is None:
        raise UnknownBulletin(bulletin=number)
    return found


def decide(
    session: Session, number: int, *, accepted: bool, by: str, reason: str, now: datetime
) -> ReceivedBulletin:  # fmt: skip
    """Agree to air it, or not and say why. Raises `UnknownBulletin`, `BulletinDecided`, `ReasonMissing`."""
    found = session.get(ReceivedBulletin, number, with_for_update=True)
    if found is None:
        raise UnknownBulletin(bulletin=number)
    if found.state is not BulletinState.WAITING:
        raise BulletinDecided(by=found.decided_by)
    if not accepted and not tidy(reason):
        raise ReasonMissing(decision="refused")
    found.state = BulletinState.ACCEPTED if accepted else BulletinState.REFUSED
    found.decided_at, found.decided_by, found.reason = now, by, tidy(reason)
    return found


def find_unanswered(session: Session) -> Sequence[ReceivedBulletin]:
    """What was decided and is not known over there yet."""
    decided = ReceivedBulletin.state != BulletinState.WAITING
    return session.scalars(
        select(ReceivedBulletin).where(decided, ReceivedBulletin.answered_at.is_(None)).order_by(ReceivedBulletin.id)
    ).all()
