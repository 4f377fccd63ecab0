"""Deliveries of the plan that the log knows nothing of, named one by one, and the entry a person writes of them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from scheduler.domain.counting import outcome_by_share
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.models import Airing, AsRunEntry, Broadcast, Programme, RunningOrder

Delivery = tuple[UUID, int]
"""An airing and a zone."""
_AT_ONCE = 500
SAY_NOTHING = frozenset({Reason.NEVER_REPORTED, Reason.UNKNOWN})
"""Answers by which nobody claims to know what happened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreported:
    """A planned delivery without an entry: when it should have begun, and for how long it should have sounded."""

    airing_id: UUID
    zone_id: int
    planned_at: datetime
    seconds: float

    def is_over(self, now: datetime) -> bool:
        """Tell whether it should have ended by now."""
        return self.planned_at + timedelta(seconds=self.seconds) <= now


def find(session: Session, deliveries: Collection[Delivery]) -> dict[Delivery, Unreported]:
    """Those of some deliveries that the plan has, that were not called off, and that the log does not know."""
    found: dict[Delivery, Unreported] = {}
    left = iter(sorted(set(deliveries), key=str))
    while chunk := list(islice(left, _AT_ONCE)):
        logged = _find_logged(session, chunk)
        for item in _read_planned(session, chunk):
            if (item.airing_id, item.zone_id) not in logged:
                found[item.airing_id, item.zone_id] = item
    return found


def entry_of(
    item: Unreported,
    *,
    seconds: float,
    reason: Reason | None,
    by: str,
    note: str,
    countersigned_by: str = "",
    started_at: datetime | None = None,
) -> NewEntry:
    """The first entry about a delivery, by a person who tells what became of it (and, if known, when it began)."""
    sounded = seconds > 0
    began = started_at or item.planned_at
    outcome = outcome_by_share(sounded=seconds, planned=item.seconds)
    return NewEntry(
        airing_id=item.airing_id,
        zone_id=item.zone_id,
        kind=EntryKind(outcome.value),
        planned_at=item.planned_at,
        started_at=began if sounded else None,
        ended_at=began + timedelta(seconds=seconds) if sounded else None,
        seconds_planned=item.seconds,
        seconds_sounded=seconds,
        reason=reason,
        evidence=Evidence.PLANNED if not sounded and reason in SAY_NOTHING else Evidence.CONFIRMED,
        recorded_by=by,
        countersigned_by=countersigned_by,
        source="manual",
        note=note,
    )


def _find_logged(session: Session, deliveries: Collection[Delivery]) -> set[Delivery]:
    wanted = tuple_(AsRunEntry.airing_id, AsRunEntry.zone_id).in_(deliveries)
    rows = session.execute(select(AsRunEntry.airing_id, AsRunEntry.zone_id).where(wanted, AsRunEntry.attempt == 1))
    return {(airing_id, zone_id) for airing_id, zone_id in rows}


def _read_planned(session: Session, deliveries: Collection[Delivery]) -> Iterator[Unreported]:
    rows = session.execute(
        select(Airing.id, Programme.zone_id, Airing.language, Airing.seconds, Broadcast.starts_at, RunningOrder)
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(RunningOrder, RunningOrder.key == Programme.running_order_key)
        .where(
            tuple_(Airing.id, Programme.zone_id).in_(deliveries),
            Broadcast.state != BroadcastState.CANCELLED,
        )
    )
    for airing_id, zone_id, language, seconds, starts_at, order in rows:
        begins = _begin_of(order, language)
        if begins is not None:
            planned_at = starts_at + timedelta(seconds=begins)
            yield Unreported(airing_id=airing_id, zone_id=zone_id, planned_at=planned_at, seconds=seconds)


def _begin_of(order: RunningOrder, language: str) -> float | None:
    """Where an edition begins in a running order; None when it is not in it."""
    lengths = [float(part["seconds"]) for part in order.parts]
    starts = order.starts_s or [sum(lengths[:place]) for place in range(len(lengths))]
    for part, start in zip(order.parts, starts, strict=False):
        if part["role"] == "edition" and part["language"] == language:
            return float(start)
    return None
