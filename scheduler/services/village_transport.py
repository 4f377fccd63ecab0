"""The files that villages fetch: which running orders need one, and which were made."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.models import Broadcast, PlanState, Programme, RunningOrder, UtcDateTime, Zone
from scheduler.ports import Part, StoredFile
from scheduler.services import due


@dataclass(frozen=True, kw_only=True, slots=True)
class Needed:
    """A running order that villages will hear, and when first."""

    key: str
    parts: tuple[Part, ...]
    rendition_sha256: str | None
    transport_sha256: str | None
    first_at: datetime


def read_planned_at(session: Session) -> datetime | None:
    """When the plan was written last: until it is written again, no other files are needed."""
    return session.scalar(select(PlanState.written_at))


def find_needed(session: Session, *, now: datetime) -> list[Needed]:
    """The running orders of all broadcasts in villages that are not over, the one needed first first."""
    first_at = func.min(Broadcast.starts_at, type_=UtcDateTime())
    keys = session.execute(
        select(Programme.running_order_key, first_at)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .join(Zone, Zone.id == Programme.zone_id)
        .where(Broadcast.state.in_(due.OPEN_STATES), Broadcast.ends_at > now)
        .where(Zone.carrier == CarrierKind.VILLAGE, Zone.active, Zone.removed_at.is_(None))
        .group_by(Programme.running_order_key)
        .order_by(first_at, Programme.running_order_key)
    ).all()
    orders = due.find_orders(session, [key for key, _ in keys])
    return [
        Needed(
            key=key,
            parts=due.parts_from_stored(orders[key].parts),
            rendition_sha256=orders[key].rendition_sha256,
            transport_sha256=orders[key].transport_sha256,
            first_at=at,
        )
        for key, at in keys
        if key in orders
    ]


def note_transport(session: Session, key: str, file: StoredFile) -> None:
    """Write down the file that villages fetch for a running order."""
    session.execute(
        update(RunningOrder)
        .where(RunningOrder.key == key)
        .values(transport_sha256=file.sha256, transport_bytes=file.size_bytes)
    )
