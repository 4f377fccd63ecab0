"""Rows that only a player has, beside its copy of the plan: the journal, the plan as it was signed, what was obeyed."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, Integer, LargeBinary, MetaData, String, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from scheduler.models.base import UtcDateTime


class PlayerRow(DeclarativeBase):
    """Base of the player's own rows; apart from the station's, whose database never holds them."""

    metadata = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: JSON(),
    }


class Storage(PlayerRow):
    """The name of this storage and the zone it keeps rows of; one row."""

    __tablename__ = "village_storage"

    id: Mapped[int] = mapped_column(primary_key=True)
    instance: Mapped[str] = mapped_column(String(64))
    """Told in hello, journal and status: journal numbers rise by one within it and are never used again."""
    zone_id: Mapped[int]


class JournalEntry(PlayerRow):
    """One row of the journal, until the station has confirmed it.

    `at` and `facts` are text, so that `mark`, a digest over both and the kind, is over the very bytes that lie here.
    """

    __tablename__ = "village_journal"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[str | None] = mapped_column(String(40))
    """RFC 3339 in UTC, by the trusted clock; None while there is none."""
    kind: Mapped[str] = mapped_column(String(16))
    facts: Mapped[str] = mapped_column(Text)
    mark: Mapped[str] = mapped_column(String(16))


class KeptPlan(PlayerRow):
    """The newest plan that was accepted, as its signed bytes; one row."""

    __tablename__ = "village_kept_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ObeyedCommand(PlayerRow):
    """A command that was obeyed or refused: it is never obeyed again, however often it comes."""

    __tablename__ = "village_obeyed_command"

    command_id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """After this it would be refused as expired anyway, so the row may go."""


class Kept(PlayerRow):
    """A value that outlives the program, e.g. the volume that a command set."""

    __tablename__ = "village_kept"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
