"""Rows of files on their way in from a browser."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.models.base import Row


class Upload(Row):
    """A file that a browser sends in parts; its bytes lie in the station's home under the row's own number."""

    __tablename__ = "upload"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    original_name: Mapped[str] = mapped_column(Text)
    """Shown as text, never used as a path."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When the last part came."""
    finished_at: Mapped[datetime | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Once all of it is here."""
    recording_id: Mapped[int | None] = mapped_column(ForeignKey("recording.id"))
    """What it became, once a person said which edition it is."""
