"""Rows of what leaves the station and comes in from outside: tokens, notices and their targets, the central system."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people import Role
from scheduler.domain.reach import BulletinState, NoticeKind, TargetKind
from scheduler.models.base import Row, enum_type
from scheduler.models.coverage import Area


class ApiToken(Row):
    """What lets another program in: a role within an area's subtree, revocable; only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    """What it is for, as people told."""
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(8))
    """The last four signs, so that people can tell tokens apart."""
    role: Mapped[Role] = mapped_column(enum_type(Role))
    area_id: Mapped[int | None] = mapped_column(ForeignKey(Area.id))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """The last use, to the minute."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(Text, default="")


class CalendarFeed(Row):
    """A secret address at which a calendar program reads what a person sees of the plan; only its hash is kept."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    """Whose: it shows what this person may see at the time it is read."""
    name: Mapped[str] = mapped_column(Text)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(8))
    """The last four signs, so that people can tell addresses apart."""
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class NoticeTarget(Row):
    """Whom the station tells: a webhook of another program, or people through Apprise."""

    __tablename__ = "notice_target"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[TargetKind] = mapped_column(enum_type(TargetKind))
    address: Mapped[str] = mapped_column(Text)
    """An https address, or an Apprise address; it may hold a password and is shown shortened."""
    secret: Mapped[str] = mapped_column(Text, default="")
    """What a webhook's body is signed with (HMAC-SHA256); made by the station, shown once."""
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    """The kinds of notice it gets; empty: all."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)


class Notice(Row):
    """Something that outsiders are told: an alarm raised, or cleared."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("alarm_id", "cleared"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(enum_type(NoticeKind))
    alarm_id: Mapped[int | None]
    cleared: Mapped[bool] = mapped_column(default=False)
    """True when it says that the trouble is over."""
    subject: Mapped[str] = mapped_column(String(128))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class NoticeDelivery(Row):
    """One notice to one target: sent again until it is taken, or given up (dead letter)."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        Index(
            "ix_notice_delivery_due",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey(Notice.id), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey(NoticeTarget.id), primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    """When it is tried (again); None: taken or given up."""
    taken_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    """What came of the last attempt that failed."""


class CentralMessage(Row):
    """What the central information system is told, kept until it has taken it; sent at least once, by its id."""

    __tablename__ = "central_message"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index(
            "ix_central_message_due",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`status` or `log`."""
    subject: Mapped[str] = mapped_column(String(128))
    """What it is about; said once for each kind."""
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")


class ReceivedBulletin(Row):
    """What the central information system asks the station to air; nothing of it airs before an operator agreed."""

    __tablename__ = "received_bulletin"

    id: Mapped[int] = mapped_column(primary_key=True)
    outside_id: Mapped[str] = mapped_column(String(128), unique=True)
    """Its number over there; the same sent twice is one."""
    kind: Mapped[str] = mapped_column(String(16))
    """`bulletin` or `plan`."""
    priority: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As it came, in the other side's fields."""
    sound: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[BulletinState] = mapped_column(enum_type(BulletinState))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    """When the central system was told of the decision."""
