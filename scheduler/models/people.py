"""Rows of people: users and what they may do where, sessions, one-time codes, the audit trail, the station's rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.domain.people import CodePurpose, Role
from scheduler.models.base import BigId, Row, enum_type
from scheduler.models.coverage import Area


class User(Row):
    """A person who signs in; never deleted, since the log and the audit trail name them."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    """The name typed to sign in, lower case."""
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8), default="vi")
    """Of the pages: `vi` or `en`."""
    password_hash: Mapped[str | None] = mapped_column(Text)
    """argon2id; None until the person has chosen a password."""
    password_changed_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]

    grants: Mapped[list["Grant"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="Grant.id"
    )


class Grant(Row):
    """A role that a user has within an area's subtree; without an area, in the whole station."""

    __tablename__ = "grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_type(Role))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))

    user: Mapped[User] = relationship(back_populates="grants")
    area: Mapped[Area | None] = relationship()


class UserSession(Row):
    """A browser in which somebody signed in; kept on the server so that it can be revoked."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the token in the cookie; the token itself is nowhere in the database."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """The person's last request, to the minute."""
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    browser: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship()


class OneTimeCode(Row):
    """A code that lets somebody choose a password once: the first administrator, a new user, a forgotten password."""

    __tablename__ = "one_time_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[CodePurpose] = mapped_column(enum_type(CodePurpose))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Whose password; None for the first administrator, who is made by using the code."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AuditEntry(Row):
    """One thing that somebody changed, from what to what (nhật ký thay đổi); append-only."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_kind_subject", "kind", "subject"),
        Index("ix_audit_entry_user", "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    change_id: Mapped[UUID] = mapped_column(index=True)
    """What was changed together, in one transaction."""
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[int | None]
    """Who; None for a command on the machine itself."""
    who: Mapped[str] = mapped_column(Text)
    """Their name at that time."""
    action: Mapped[str] = mapped_column(String(16))
    """`created`, `changed`, `removed`, or what is no row: `signed_in`, `sign_in_failed`, …"""
    kind: Mapped[str] = mapped_column(String(32))
    """The table of the row."""
    subject: Mapped[str] = mapped_column(String(64))
    """The row's key; parts of a composite key joined by `/`."""
    label: Mapped[str] = mapped_column(Text, default="")
    """What people call it."""
    area_id: Mapped[int | None]
    """The area it belongs to, where there is one."""
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The columns that changed, as they were (all of them for what was removed)."""
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The same columns as they became (all of them for what was created)."""
    undoes: Mapped[UUID | None]
    """The change that this one took back."""


class StationSetting(Row):
    """A rule of the station that people change on the settings page."""

    __tablename__ = "station_setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(Text, default="")
