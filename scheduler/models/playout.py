"""Rows of going to air: leases, claims, the as-run log, alarms and the pulse of each process."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.models.base import BigId, Row, enum_type

UNEXPLAINED = "(reason IS NULL AND kind <> 'sounded' OR reason = 'unknown')"
"""Entries of which nobody has said why not all of it sounded (corrections to the whole among them)."""


class Lease(Row):
    """Who may sound in a zone (or play a role) until when; the token grows with every change of hands."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """`zone:<id>` or `role:<name>`."""
    owner: Mapped[str] = mapped_column(String(128), index=True)
    token: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]


class Claim(Row):
    """The durable right to sound a broadcast in a zone, taken before any sound; there is never a second one."""

    __tablename__ = "claim"

    broadcast_id: Mapped[UUID] = mapped_column(ForeignKey("broadcast.id"), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(128))
    token: Mapped[int] = mapped_column(BigInteger)
    claimed_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    """When the carrier was given the first sample; None until known."""
    offset_s: Mapped[float] = mapped_column(default=0.0)
    """Where in the programme the present owner joined."""
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    """When its as-run entries were written."""


class AsRunEntry(Row):
    """What became of one airing in one zone (nhật ký phát sóng); append-only, self-contained, never changed."""

    __tablename__ = "as_run_entry"
    __table_args__ = (
        UniqueConstraint("airing_id", "zone_id", "attempt"),
        Index("ix_as_run_entry_zone_day", "zone_id", "local_day"),
        # All that the log is filtered by, in the order in which it is read: a year is looked through without its rows.
        Index(
            "ix_as_run_entry_reading",
            "local_day",
            "planned_at",
            "zone_id",
            "language",
            "area_id",
            "kind",
            "reason",
            "series_id",
            "attempt",
            "exercise",
            "priority",
        ),
        Index(
            "ix_as_run_entry_corrections",
            "attempt",
            sqlite_where=text("attempt > 1"),
            postgresql_where=text("attempt > 1"),
        ),
        Index(
            "ix_as_run_entry_corrected",
            "airing_id",
            sqlite_where=text("attempt > 1"),
            postgresql_where=text("attempt > 1"),
        ),
        # What may lack a reason is a handful among millions; `services.reconciliation` spells the condition the same.
        Index(
            "ix_as_run_entry_unexplained",
            "local_day",
            sqlite_where=text(UNEXPLAINED),
            postgresql_where=text(UNEXPLAINED),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    airing_id: Mapped[UUID]
    """Which airing, by value: the log must not depend on the plan or the catalogue."""
    broadcast_id: Mapped[UUID] = mapped_column(index=True)
    zone_id: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(default=1)
    """1 for what the station did; each correction is one more."""
    kind: Mapped[EntryKind] = mapped_column(enum_type(EntryKind))
    planned_at: Mapped[datetime]
    """When this edition should have started in this zone."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seconds_planned: Mapped[float]
    seconds_sounded: Mapped[float]
    reason: Mapped[Reason | None] = mapped_column(enum_type(Reason))
    evidence: Mapped[Evidence] = mapped_column(enum_type(Evidence))
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    master_sha256: Mapped[str | None] = mapped_column(String(64))
    rendition_sha256: Mapped[str | None] = mapped_column(String(64))
    priority: Mapped[int] = mapped_column(Integer)
    exercise: Mapped[bool] = mapped_column(default=False)
    series_id: Mapped[int]
    series_title: Mapped[str] = mapped_column(Text)
    episode_year: Mapped[int]
    episode_number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    zone_code: Mapped[str] = mapped_column(String(64))
    zone_name: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int]
    """The commune (or, without one, the zone's own area) on that day."""
    area_name: Mapped[str] = mapped_column(Text)
    loudspeakers: Mapped[int] = mapped_column(default=0)
    local_day: Mapped[date]
    local_month: Mapped[str] = mapped_column(String(7))
    """`YYYY-MM` at the station, of `planned_at`."""
    source: Mapped[str] = mapped_column(String(16), default="plan")
    """`plan`, `manual` or `import`."""
    recorded_by: Mapped[str] = mapped_column(Text)
    """The daemon's owner name, or the person who confirmed or corrected."""
    countersigned_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The second person who agreed, where the books of the day were closed already."""
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime]


class Alarm(Row):
    """Something a person must look at; one row for each outage, so that an acknowledgement is bound to it."""

    __tablename__ = "alarm"
    __table_args__ = (Index("ix_alarm_open", "kind", "subject", "cleared_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    """What it is about, e.g. `broadcast:<id>`, `zone:<code>`, `clock`."""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    """When somebody said that they see to it; of this outage alone, the next one is another row."""
    acknowledged_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    acknowledgement: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What they wrote."""


class Pulse(Row):
    """The last sign of life of a process, with what it says of itself."""

    __tablename__ = "pulse"

    owner: Mapped[str] = mapped_column(String(128), primary_key=True)
    role: Mapped[str] = mapped_column(String(32))
    """`playout`, `ingest` or `web`."""
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
