"""Rows that make the log checkable: seals of days, closed periods, what two persons must agree on."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.playout import Evidence, Reason
from scheduler.models.base import BigId, Row, enum_type


class Seal(Row):
    """The seal of one local day over all that was written into the log since the seal before (niêm phong)."""

    __tablename__ = "seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first; no number is left out."""
    day: Mapped[date] = mapped_column(unique=True)
    entries_after: Mapped[int] = mapped_column(BigId)
    """The last as-run entry of the seal before, 0 for none; entries up to `entries_until` are in this one."""
    entries_until: Mapped[int] = mapped_column(BigId)
    entries: Mapped[int]
    """How many as-run entries it holds."""
    productions_after: Mapped[int] = mapped_column(BigId)
    productions_until: Mapped[int] = mapped_column(BigId)
    productions: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    """Merkle tree hash over the entries and then the productions (RFC 6962 §2.1), in hex."""
    marks: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The numbers of its rows and four bytes of the hash of each, so that a changed row can be named."""
    previous: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the statement of the seal before, in hex; 64 zeros for the first."""
    statement: Mapped[str] = mapped_column(Text)
    """What was signed, byte for byte (UTF-8)."""
    signature: Mapped[str] = mapped_column(String(128))
    """Ed25519 over the statement, in hex."""
    key: Mapped[str] = mapped_column(String(64))
    """The public key, in hex; its private half is in no database."""
    sealed_at: Mapped[datetime]


class PeriodClose(Row):
    """A period whose books are closed (chốt sổ): what was counted then, by whom; append-only."""

    __tablename__ = "period_close"

    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[date]
    last: Mapped[date]
    closed_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None]
    count: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The numbers as they were then: produced and broadcast by language, planned, not counted by reason, the rule."""
    sentence: Mapped[str] = mapped_column(Text)
    last_entry: Mapped[int] = mapped_column(BigId)
    """The newest as-run entry then; what is newer came after the close."""
    note: Mapped[str] = mapped_column(Text, default="")


class CorrectionRequest(Row):
    """What one person asks to be written into closed books, until another agrees or refuses."""

    __tablename__ = "correction_request"
    __table_args__ = (
        Index(
            "ix_correction_request_open",
            "asked_at",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    airing_id: Mapped[UUID]
    zone_id: Mapped[int]
    after: Mapped[int]
    """The attempt the person looked at; 0 where the log had no entry yet."""
    seconds_sounded: Mapped[float]
    started_at: Mapped[datetime | None]
    reason: Mapped[Reason | None] = mapped_column(enum_type(Reason))
    evidence: Mapped[Evidence] = mapped_column(enum_type(Evidence))
    note: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    accepted: Mapped[bool | None]
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
