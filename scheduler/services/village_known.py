"""What the station knows of the starts and deliveries that villages tell of, read by a few statements for many rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.reconciliation import BY_STATION
from scheduler.domain.village_log import Known
from scheduler.models import Airing, AsRunEntry, Broadcast, Claim, Programme, RunningOrder
from scheduler.services.bulk import among

DeliveryKey = tuple[UUID, int]
"""An airing (or a broadcast) and a zone."""
Outcome = tuple[Any, ...]

COMPARED = (
    "kind", "planned_at", "started_at", "ended_at", "seconds_planned", "seconds_sounded", "reason", "evidence",
)  # fmt: skip
"""What two deliveries must have in common to be one, told twice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """What lies in a file made for villages, and the file of the station it was made from."""

    masters: frozenset[str]
    rendition_sha256: str | None


class Book:
    """The plan, the claims, the log and the files as far as some broadcasts, airings and zones are concerned."""

    def __init__(
        self,
        session: Session,
        *,
        broadcasts: Collection[UUID],
        airings: Collection[UUID],
        zones: Collection[int],
        transports: Collection[str],
    ) -> None:
        self.starts = _load_starts(session, broadcasts)
        self.programmes = _load_programmes(session, broadcasts, zones)
        self.owners = _load_owners(session, broadcasts, zones)
        self.logged, self.attempts = _load_logged(session, airings, zones)
        self.files = _load_files(session, transports)
        self._airings = _load_airings(session, airings)

    def airing(self, airing_id: UUID, zone_id: int) -> Known | None:
        """What is known of an airing in a zone; None for one the station never planned."""
        found = self._airings.get(airing_id)
        if found is None:
            return None
        broadcast_id, starts_at, seconds, master_sha256 = found
        return Known(
            broadcast_id=broadcast_id,
            starts_at=starts_at,
            seconds=seconds,
            is_in_zone=(broadcast_id, zone_id) in self.programmes,
            master_sha256=master_sha256,
        )


def _load_starts(session: Session, broadcasts: Collection[UUID]) -> dict[UUID, datetime]:
    wanted = select(Broadcast.id, Broadcast.starts_at).where(among(session, Broadcast.id, broadcasts))
    return dict(session.execute(wanted).all())


def _load_programmes(session: Session, broadcasts: Collection[UUID], zones: Collection[int]) -> set[DeliveryKey]:
    wanted = select(Programme.broadcast_id, Programme.zone_id)
    found = session.execute(
        wanted.where(among(session, Programme.broadcast_id, broadcasts), among(session, Programme.zone_id, zones))
    )
    return {(broadcast_id, zone_id) for broadcast_id, zone_id in found}


def _load_owners(session: Session, broadcasts: Collection[UUID], zones: Collection[int]) -> dict[DeliveryKey, str]:
    wanted = select(Claim.broadcast_id, Claim.zone_id, Claim.owner)
    found = session.execute(
        wanted.where(among(session, Claim.broadcast_id, broadcasts), among(session, Claim.zone_id, zones))
    )
    return {(broadcast_id, zone_id): owner for broadcast_id, zone_id, owner in found}


def _load_airings(
    session: Session, airings: Collection[UUID]
) -> dict[UUID, tuple[UUID, datetime, float, str | None]]:  # fmt: skip
    wanted = select(Airing.id, Airing.broadcast_id, Broadcast.starts_at, Airing.seconds, Airing.master_sha256)
    found = session.execute(
        wanted.join(Broadcast, Broadcast.id == Airing.broadcast_id).where(among(session, Airing.id, airings))
    )
    return {number: (broadcast_id, at, seconds, master) for number, broadcast_id, at, seconds, master in found}


def _load_logged(
    session: Session, airings: Collection[UUID], zones: Collection[int]
) -> tuple[dict[DeliveryKey, Outcome], dict[DeliveryKey, int]]:
    """What the station or a player told of deliveries, and how many entries there are of those only people spoke of."""
    columns = (AsRunEntry.attempt, AsRunEntry.source, *(getattr(AsRunEntry, name) for name in COMPARED))
    wanted = select(AsRunEntry.airing_id, AsRunEntry.zone_id, *columns).order_by(AsRunEntry.attempt)
    found = session.execute(
        wanted.where(among(session, AsRunEntry.airing_id, airings), among(session, AsRunEntry.zone_id, zones))
    )
    logged: dict[DeliveryKey, Outcome] = {}
    attempts: dict[DeliveryKey, int] = {}
    for airing_id, zone_id, attempt, source, *outcome in found:
        attempts[airing_id, zone_id] = attempt
        if source == BY_STATION:
            logged.setdefault((airing_id, zone_id), tuple(outcome))
    return logged, {key: attempt for key, attempt in attempts.items() if key not in logged}


def _load_files(session: Session, transports: Collection[str]) -> dict[str, File]:
    wanted = select(RunningOrder.transport_sha256, RunningOrder.parts, RunningOrder.rendition_sha256)
    files: dict[str, File] = {}
    for transport, parts, rendition in session.execute(
        wanted.where(among(session, RunningOrder.transport_sha256, transports))
    ):
        known = files.get(transport, File(masters=frozenset(), rendition_sha256=None))
        masters = known.masters | {str(part["sha256"]) for part in parts}
        files[transport] = File(masters=masters, rendition_sha256=known.rendition_sha256 or rendition)
    return files
