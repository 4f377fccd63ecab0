"""Rows of counting: the rule as data and the tallies kept beside the as-run log."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.playout import Evidence
from scheduler.models.base import Row, enum_type


class CountingRule(Row):
    """When an airing counts, as data; a new rule is a new row, printed on every report by its number."""

    __tablename__ = "counting_rule"

    number: Mapped[int] = mapped_column(primary_key=True)
    least_share: Mapped[float]
    """Share of the edition that at least one zone must have sounded, 0…1."""
    least_evidence: Mapped[Evidence] = mapped_column(enum_type(Evidence))
    valid_from: Mapped[date | None]
    """The first local day whose airings it holds for; None: all days, as far as no later rule holds."""
    adopted_at: Mapped[datetime]
    adopted_by: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")


class AiringTally(Row):
    """What became of one airing over all its zones, and whether it counts; recomputable from the log."""

    __tablename__ = "airing_tally"
    __table_args__ = (Index("ix_airing_tally_day_language", "local_day", "language"),)

    airing_id: Mapped[UUID] = mapped_column(primary_key=True)
    series_id: Mapped[int]
    series_title: Mapped[str] = mapped_column(Text)
    episode_year: Mapped[int]
    episode_number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    local_day: Mapped[date]
    local_month: Mapped[str] = mapped_column(String(7))
    priority: Mapped[int]
    exercise: Mapped[bool]
    zones_sounded: Mapped[int] = mapped_column(default=0)
    zones_partial: Mapped[int] = mapped_column(default=0)
    zones_missed: Mapped[int] = mapped_column(default=0)
    loudspeakers_reached: Mapped[int] = mapped_column(default=0)
    best_share: Mapped[float] = mapped_column(default=0.0)
    """Best share among deliveries whose evidence the rule accepts."""
    counts: Mapped[bool] = mapped_column(default=False)


class AreaAiringTally(Row):
    """What became of one airing in one area (commune): what the airing's and the month's tally are made of."""

    __tablename__ = "area_airing_tally"
    __table_args__ = (Index("ix_area_airing_tally_area_day", "area_id", "local_day"),)

    airing_id: Mapped[UUID] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(primary_key=True)
    area_name: Mapped[str] = mapped_column(Text)
    series_id: Mapped[int]
    language: Mapped[str] = mapped_column(String(8))
    apart: Mapped[str] = mapped_column(String(16), default="")
    """Empty, `exercise` or `emergency`: shown apart in counts."""
    local_day: Mapped[date]
    local_month: Mapped[str] = mapped_column(String(7))
    zones_sounded: Mapped[int] = mapped_column(default=0)
    zones_partial: Mapped[int] = mapped_column(default=0)
    zones_missed: Mapped[int] = mapped_column(default=0)
    loudspeakers_reached: Mapped[int] = mapped_column(default=0)
    seconds_sounded: Mapped[float] = mapped_column(default=0.0)
    best_share: Mapped[float] = mapped_column(default=0.0)
    counts: Mapped[bool] = mapped_column(default=False)


class MonthTally(Row):
    """Deliveries and counted airings of a local month by series, language and area (commune)."""

    __tablename__ = "month_tally"
    # Rows lie in the order in which a year is read: by month, language and area.
    __table_args__ = (Index("ix_month_tally_area_month", "area_id", "local_month"), {"sqlite_with_rowid": False})

    local_month: Mapped[str] = mapped_column(String(7), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    area_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    series_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    apart: Mapped[str] = mapped_column(String(16), primary_key=True, default="")
    """Empty, `exercise` or `emergency`: shown apart in counts."""
    area_name: Mapped[str] = mapped_column(Text)
    airings_counted: Mapped[int] = mapped_column(default=0)
    zones_sounded: Mapped[int] = mapped_column(default=0)
    zones_partial: Mapped[int] = mapped_column(default=0)
    zones_missed: Mapped[int] = mapped_column(default=0)
    seconds_sounded: Mapped[float] = mapped_column(default=0.0)
