"""Rows of the villages: players and their pairing, their plans, commands, journals as handed over, their last state."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.domain.village import CommandOutcome, JournalState
from scheduler.models.base import Row, enum_type
from scheduler.models.coverage import Zone


class Player(Row):
    """A box at an amplifier (máy phát tại bản), paired with one zone; a zone has at most one that is not revoked."""

    __tablename__ = "player"
    __table_args__ = (
        Index(
            "ix_player_zone_in_use",
            "zone_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), index=True)
    username: Mapped[str] = mapped_column(String(32), unique=True)
    """At the broker, and in its topics: `z<zone>-<8 digits>`; a new box has a new one."""
    public_key: Mapped[str] = mapped_column(String(64))
    """Of the key the box made for itself (Ed25519, hex)."""
    broker_password: Mapped[str] = mapped_column(Text)
    """Salted hash in Mosquitto's form (`$7$…`)."""
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the bearer token for HTTPS."""
    box: Mapped[str] = mapped_column(Text, default="")
    """What the box calls itself: host name, serial number."""
    paired_at: Mapped[datetime]
    paired_by: Mapped[str] = mapped_column(Text)
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(Text)
    revoke_reason: Mapped[str] = mapped_column(Text, default="")
    sample: Mapped[bool] = mapped_column(default=False)

    zone: Mapped[Zone] = relationship()


class PairingCode(Row):
    """A one-time code with which a box is paired with a zone; only its hash is kept."""

    __tablename__ = "pairing_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    player_id: Mapped[int | None] = mapped_column(ForeignKey("player.id"))


class PlayerState(Row):
    """What a player last said of itself, and when; one row each, written over."""

    __tablename__ = "player_state"

    player_id: Mapped[int] = mapped_column(ForeignKey("player.id"), primary_key=True)
    online: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime | None]
    """When the station last heard from it, by the station's clock."""
    turned_at: Mapped[datetime | None]
    """Since when it is online, or offline."""
    instance: Mapped[str] = mapped_column(String(64), default="")
    boot: Mapped[str] = mapped_column(String(64), default="")
    hellos: Mapped[list[Any]] = mapped_column(default=list)
    """The last few hellos as [boot, nonce], the newest last: one that comes back after another is a twin's."""
    twin_at: Mapped[datetime | None]
    """When two boxes with this identity were last seen side by side."""
    plan_version: Mapped[int] = mapped_column(default=0)
    plan_until: Mapped[datetime | None]
    files_wanted: Mapped[int] = mapped_column(default=0)
    files_ready: Mapped[int] = mapped_column(default=0)
    journal_waiting: Mapped[int] = mapped_column(default=0)
    data_day: Mapped[str | None] = mapped_column(String(10))
    data_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    data_month: Mapped[str | None] = mapped_column(String(7))
    """`YYYY-MM`, of the next."""
    data_earlier_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    """Used on the days of that month before `data_day`."""
    on_air: Mapped[UUID | None]
    problems: Mapped[list[Any]] = mapped_column(default=list)
    """Codes of what is wrong, as the box says."""
    status: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The whole last status, as it was said."""


class VillagePlan(Row):
    """The newest plan of a zone, signed, as it is (to be) published."""

    __tablename__ = "village_plan"

    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of all it says but its number and instants: the same again is no new version."""
    programmes: Mapped[int]
    until: Mapped[datetime]
    made_at: Mapped[datetime]
    sent_version: Mapped[int] = mapped_column(default=0)
    """What the broker last took."""
    sent_to: Mapped[str] = mapped_column(String(32), default="")
    """User name of the player it was published for."""
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """As it travels: signed, then packed. The last column: SQLite reads all that lies before one it is asked for."""


class VillageCommand(Row):
    """Something players were told to do."""

    __tablename__ = "village_command"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    audience: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    exercise: Mapped[bool] = mapped_column(default=False)
    broadcast_id: Mapped[UUID | None]
    issued_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None]


class CommandDelivery(Row):
    """What became of a command at one zone; the outbox until the player has answered."""

    __tablename__ = "command_delivery"
    __table_args__ = (
        Index(
            "ix_command_delivery_waiting",
            "zone_id",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    command_id: Mapped[UUID] = mapped_column(ForeignKey("village_command.id"), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    player_id: Mapped[int] = mapped_column(ForeignKey("player.id"))
    sent_at: Mapped[datetime | None]
    outcome: Mapped[CommandOutcome | None] = mapped_column(enum_type(CommandOutcome))
    reason: Mapped[str] = mapped_column(String(64), default="")
    answered_at: Mapped[datetime | None]
    """When the answer was committed here."""


class VillageJournalRow(Row):
    """A row of a player's journal as it was handed over; never changed but for what the station made of it."""

    __tablename__ = "village_journal_row"
    __table_args__ = (
        Index(
            "ix_village_journal_row_to_post",
            "player_id",
            "instance",
            "seq",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
        Index(
            "ix_village_journal_row_quarantined",
            "received_at",
            sqlite_where=text("state = 'quarantined'"),
            postgresql_where=text("state = 'quarantined'"),
        ),
    )

    player_id: Mapped[int] = mapped_column(ForeignKey("player.id"), primary_key=True)
    instance: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    boot: Mapped[str] = mapped_column(String(64), default="")
    """The life of the player's program that handed it over."""
    zone_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime | None]
    """By the player's clock."""
    facts: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    state: Mapped[JournalState] = mapped_column(enum_type(JournalState), default=JournalState.RECEIVED)
    problem: Mapped[dict[str, Any] | None]
    """Why it is quarantined: {"code", facts}."""
