"""Rows of where sound is heard: the dated tree of areas, zones with their languages, loudspeakers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.models.base import Row


class Area(Row):
    """A node of the administrative tree (địa bàn), of any depth, valid for a stretch of days."""

    __tablename__ = "area"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    """`province`, `city`, `commune` (xã, phường), `village` (tổ, bản, tiểu khu)."""
    name: Mapped[str] = mapped_column(Text)
    name_search: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """The first day it no longer exists; stretches are half-open."""
    allowed_hours: Mapped[list[Any] | None]
    """[["05:00", "21:00"], …] for all zones below that say nothing themselves."""
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    sample: Mapped[bool] = mapped_column(default=False)

    parent: Mapped["Area | None"] = relationship(remote_side=[id], back_populates="children")
    children: Mapped[list["Area"]] = relationship(back_populates="parent")
    codes: Mapped[list["AreaCode"]] = relationship(back_populates="area")


class AreaCode(Row):
    """A code an area bears for a while; codes are reused, so a code alone is no identity."""

    __tablename__ = "area_code"
    __table_args__ = (UniqueConstraint("scheme", "code", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    scheme: Mapped[str] = mapped_column(String(32), default="gso")
    code: Mapped[str] = mapped_column(String(32))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    area: Mapped[Area] = relationship(back_populates="codes")


class AreaSuccession(Row):
    """An area that went on as (part of) another from a day on."""

    __tablename__ = "area_succession"

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    on: Mapped[date]


class Zone(Row):
    """Loudspeakers that hear the same thing (cụm, vùng phát): the unit of play, of conflict and of evidence."""

    __tablename__ = "zone"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    carrier: Mapped[str] = mapped_column(String(32))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    allowed_hours: Mapped[list[Any] | None]
    """[["05:00", "21:00"], …] in local time; None: the nearest area above that says, else the station's setting."""
    chime_sha256: Mapped[str | None] = mapped_column(String(64))
    chime_seconds: Mapped[float | None]
    outro_sha256: Mapped[str | None] = mapped_column(String(64))
    outro_seconds: Mapped[float | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    active: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    area: Mapped[Area] = relationship()
    languages: Mapped[list["ZoneLanguage"]] = relationship(
        order_by="ZoneLanguage.position", cascade="all, delete-orphan", back_populates="zone"
    )
    loudspeakers: Mapped[list["Loudspeaker"]] = relationship(back_populates="zone")


class ZoneLanguage(Row):
    """A language a zone hears, in the order it is heard."""

    __tablename__ = "zone_language"

    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    position: Mapped[int]

    zone: Mapped[Zone] = relationship(back_populates="languages")


class Loudspeaker(Row):
    """One piece of equipment (loa) of a zone."""

    __tablename__ = "loudspeaker"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), index=True)
    place: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text, default="")
    identifier: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(32), default="working")
    """`working`, `broken` or `removed`; only working ones are counted as reached."""

    zone: Mapped[Zone] = relationship(back_populates="loudspeakers")
