"""Rows of the plan: slots and their exceptions, broadcasts, airings, programmes of zones, and what was found."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.domain.planning import BroadcastState, FindingCode, Selection
from scheduler.models.base import Row, enum_type
from scheduler.models.programme import Edition, Episode, Series


class Slot(Row):
    """A recurring place in the week (khung giờ)."""

    __tablename__ = "slot"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(Text)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    rrule: Mapped[str] = mapped_column(Text)
    """RFC 5545 recurrence of the days, e.g. `FREQ=WEEKLY;BYDAY=MO,TH`; the time of day is `starts_at_local`."""
    starts_at_local: Mapped[time]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """The first day it no longer holds."""
    priority: Mapped[int] = mapped_column(Integer, default=1)
    selection: Mapped[Selection] = mapped_column(enum_type(Selection), default=Selection.NEXT)
    repeats_slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    pinned_episode_id: Mapped[int | None] = mapped_column(ForeignKey("episode.id"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    series: Mapped[Series] = relationship()
    repeats: Mapped["Slot | None"] = relationship(remote_side=[id])
    pinned_episode: Mapped[Episode | None] = relationship()
    targets: Mapped[list["SlotTarget"]] = relationship(cascade="all, delete-orphan", back_populates="slot")
    exceptions: Mapped[list["SlotException"]] = relationship(back_populates="slot")


class SlotTarget(Row):
    """A place a slot is heard in: an area with all below it, or one zone."""

    __tablename__ = "slot_target"
    __table_args__ = (CheckConstraint("(area_id IS NULL) <> (zone_id IS NULL)", name="one_place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))

    slot: Mapped[Slot] = relationship(back_populates="targets")


class SlotException(Row):
    """What differs on one date of a slot: cancelled, moved, another episode; the other dates stay as they are."""

    __tablename__ = "slot_exception"
    __table_args__ = (UniqueConstraint("slot_id", "on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    on: Mapped[date]
    """The date of the occurrence by the recurrence, before any move."""
    cancelled: Mapped[bool] = mapped_column(default=False)
    moved_to: Mapped[datetime | None]
    episode_id: Mapped[int | None] = mapped_column(ForeignKey("episode.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime]

    slot: Mapped[Slot] = relationship(back_populates="exceptions")


class Broadcast(Row):
    """One occurrence of a slot, or a one-off (buổi phát): an episode at an instant for target zones."""

    __tablename__ = "broadcast"
    __table_args__ = (UniqueConstraint("slot_id", "occurrence_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    occurrence_on: Mapped[date | None]
    """The date by the recurrence (not where it was moved to); None for a one-off."""
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    episode_id: Mapped[int] = mapped_column(ForeignKey("episode.id"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    """When the longest programme of a zone ends."""
    priority: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[BroadcastState] = mapped_column(enum_type(BroadcastState), default=BroadcastState.PLANNED)
    exercise: Mapped[bool] = mapped_column(default=False)
    """A test or exercise: sounded and logged, shown apart in counts."""
    pinned: Mapped[bool] = mapped_column(default=False)
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Why this episode was chosen: {"code": …, facts}."""
    planned_at: Mapped[datetime]

    slot: Mapped[Slot | None] = relationship()
    series: Mapped[Series] = relationship()
    episode: Mapped[Episode] = relationship()
    airings: Mapped[list["Airing"]] = relationship(back_populates="broadcast", cascade="all, delete-orphan")
    programmes: Mapped[list["Programme"]] = relationship(back_populates="broadcast", cascade="all, delete-orphan")


class Airing(Row):
    """One edition in one broadcast (lần phát); what “phát 102 lần” counts, however many zones carry it."""

    __tablename__ = "airing"
    __table_args__ = (UniqueConstraint("broadcast_id", "edition_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    broadcast_id: Mapped[UUID] = mapped_column(ForeignKey("broadcast.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    """The approved original; None only for an imported play."""
    master_sha256: Mapped[str | None] = mapped_column(String(64))
    seconds: Mapped[float]
    """Length of the master that airs."""

    broadcast: Mapped[Broadcast] = relationship(back_populates="airings")
    edition: Mapped[Edition] = relationship()


class RunningOrder(Row):
    """A distinct sequence of files (chime, editions, outro), named by content and assembled once for all zones."""

    __tablename__ = "running_order"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the canonical JSON of the parts."""
    parts: Mapped[list[Any]]
    """[{"role", "sha256", "seconds", "language"}, …] in order."""
    rendition_sha256: Mapped[str | None] = mapped_column(String(64))
    seconds: Mapped[float | None]
    starts_s: Mapped[list[Any] | None]
    """Where each part lies in the rendition, in seconds."""
    assembled_at: Mapped[datetime | None]
    transport_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """The same sound as a small Opus file, which village players fetch and play."""
    transport_bytes: Mapped[int | None]


class Programme(Row):
    """The running order of one zone in one broadcast (chương trình); its editions are the planned deliveries."""

    __tablename__ = "programme"

    broadcast_id: Mapped[UUID] = mapped_column(ForeignKey("broadcast.id"), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), primary_key=True, index=True)
    running_order_key: Mapped[str] = mapped_column(ForeignKey("running_order.key"))

    broadcast: Mapped[Broadcast] = relationship(back_populates="programmes")
    running_order: Mapped[RunningOrder] = relationship()


class PlanFinding(Row):
    """Something an operator should read about a broadcast to come (điều cần xem), as the plan was last written."""

    __tablename__ = "plan_finding"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of all it says: what did not change is not written again."""
    starts_at: Mapped[datetime] = mapped_column(index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    occurrence_on: Mapped[date | None]
    broadcast_id: Mapped[UUID | None]
    """Of a one-off; what the plan leaves out may have no broadcast."""
    name: Mapped[str] = mapped_column(String(64))
    code: Mapped[FindingCode] = mapped_column(enum_type(FindingCode))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    zones: Mapped[int]
    zone_ids: Mapped[list[Any]] = mapped_column(deferred=True)
    """The zones it is about; thousands, so read only where they are named."""


class PlanState(Row):
    """When the plan was last written, and since when a change waits for it; one row."""

    __tablename__ = "plan_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    wanted_at: Mapped[datetime | None]
    written_at: Mapped[datetime | None]
