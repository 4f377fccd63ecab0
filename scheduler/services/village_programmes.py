"""Broadcasts as village players are told of them: one programme for all zones that hear the same files."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.models import Airing, Broadcast, Edition, Episode, Programme, RunningOrder, Series
from scheduler.services import approval, due
from scheduler.village_messages import Piece, PlannedProgramme, VillageFile

_AT_ONCE = 400

Airings = Mapping[str, "_Told"]
"""What a village's log must know of the airings of a broadcast, by language."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """One programme as it is said, with the zones that hear it; made once however many they are."""

    said: msgspec.Raw
    digest: bytes
    silent: msgspec.Raw
    """The same, called off."""
    silent_digest: bytes
    zone_ids: Sequence[int]
    is_cancelled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    airing: Airing
    series: str
    title: str
    year: int
    number: int
    is_approved: bool


def find_shared(session: Session, *, start: datetime, end: datetime, zones: Collection[int]) -> list[Shared]:
    """The programmes of broadcasts that start in [start, end) in any of these zones, by start; the cancelled too."""
    of_window = (Broadcast.starts_at >= start, Broadcast.starts_at < end)
    broadcasts = session.scalars(
        select(Broadcast).where(*of_window).order_by(Broadcast.starts_at, Broadcast.priority.desc(), Broadcast.id)
    ).all()
    groups = _find_groups(session, of_window, zones)
    orders = due.find_orders(session, {key for keys in groups.values() for key in keys})
    airings = _find_airings(session, of_window)
    return [
        _share(planned_programme(broadcast, orders[key], airings.get(broadcast.id, {})), zone_ids)
        for broadcast in broadcasts
        for key, zone_ids in sorted(groups.get(broadcast.id, {}).items())
        if key in orders
    ]


def get_programme(session: Session, broadcast: Broadcast, key: str) -> PlannedProgramme:
    """A broadcast as zones with the running order `key` are told of it."""
    airings = _find_airings(session, (Broadcast.id == broadcast.id,))
    return planned_programme(broadcast, session.get_one(RunningOrder, key), airings.get(broadcast.id, {}))


def planned_programme(broadcast: Broadcast, order: RunningOrder, airings: Airings) -> PlannedProgramme:
    """One broadcast as a player reads it; one of which something may not air (any more) is called off."""
    parts = due.parts_from_stored(order.parts)
    starts = order.starts_s if order.starts_s is not None else due.laid_end_to_end(parts)
    pieces = []
    is_approved = True
    for part, starts_s in zip(parts, starts, strict=True):
        told = airings.get(part.language or "") if part.role == "edition" else None
        if part.role == "edition":
            is_approved &= told is not None and told.is_approved and told.airing.master_sha256 == part.sha256
        facts: dict[str, Any] = {} if told is None else {
            "airing_id": told.airing.id, "recording_sha256": told.airing.recording_sha256, "series": told.series,
            "title": told.title, "year": told.year, "number": told.number,
        }  # fmt: skip
        pieces.append(
            Piece(
                role=part.role, starts_s=float(starts_s), seconds=part.seconds, sha256=part.sha256,
                language=part.language, **facts,
            )
        )  # fmt: skip
    return PlannedProgramme(
        broadcast_id=broadcast.id,
        starts_at=broadcast.starts_at,
        priority=broadcast.priority,
        pieces=tuple(pieces),
        file=file_of(order),
        exercise=broadcast.exercise,
        cancelled=broadcast.state is BroadcastState.CANCELLED or not is_approved,
    )


def file_of(order: RunningOrder) -> VillageFile | None:
    """The file that villages play, when it was made."""
    if order.transport_sha256 is None or order.transport_bytes is None or order.seconds is None:
        return None
    return VillageFile(sha256=order.transport_sha256, size_bytes=order.transport_bytes, seconds=order.seconds)


def _share(programme: PlannedProgramme, zone_ids: Sequence[int]) -> Shared:
    said = _encoder.encode(programme)
    silent = said if programme.cancelled else _encoder.encode(msgspec.structs.replace(programme, cancelled=True))
    return Shared(
        said=msgspec.Raw(said),
        digest=hashlib.sha256(said).digest(),
        silent=msgspec.Raw(silent),
        silent_digest=hashlib.sha256(silent).digest(),
        zone_ids=zone_ids,
        is_cancelled=programme.cancelled,
    )


_encoder = msgspec.json.Encoder(order="deterministic")


# --- reading ----------------------------------------------------------------------------------------------------
def _find_groups(
    session: Session, of_window: Iterable[Any], zones: Collection[int]
) -> dict[UUID, dict[str, list[int]]]:
    """Which of the zones hear which running order, by broadcast: half a million rows come as a few hundred lists."""
    wanted = frozenset(zones)
    rows = session.execute(
        select(
            Programme.broadcast_id,
            Programme.running_order_key,
            func.aggregate_strings(cast(Programme.zone_id, String), ","),
        )
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .where(*of_window)
        .group_by(Programme.broadcast_id, Programme.running_order_key)
    )
    found: dict[UUID, dict[str, list[int]]] = {}
    for broadcast_id, key, told in rows:
        heard = [zone_id for zone_id in map(int, told.split(",")) if zone_id in wanted]
        if heard:
            found.setdefault(broadcast_id, {})[key] = heard
    return found


def _find_airings(session: Session, of_window: Iterable[Any]) -> dict[UUID, dict[str, _Told]]:
    rows = session.execute(
        select(
            Airing, Series.title, func.coalesce(func.nullif(Edition.title, ""), Episode.title), Episode.year,
            Episode.number,
        )
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .join(Edition, Edition.id == Airing.edition_id)
        .join(Episode, Episode.id == Edition.episode_id)
        .join(Series, Series.id == Episode.series_id)
        .where(*of_window)
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip
    approved: dict[int, approval.ApprovedSound] = {}
    for editions in _slices(sorted({airing.edition_id for airing, *_ in rows})):
        approved |= approval.find_approved_of(session, editions)
    found: dict[UUID, dict[str, _Told]] = {}
    for airing, series, title, year, number in rows:
        sound = approved.get(airing.edition_id)
        told = _Told(
            airing=airing,
            series=series,
            title=title,
            year=year,
            number=number,
            is_approved=sound is not None
            and (airing.recording_sha256, airing.master_sha256) == (sound.recording_sha256, sound.master_sha256),
        )
        found.setdefault(airing.broadcast_id, {})[airing.language] = told
    return found


def _slices(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))
