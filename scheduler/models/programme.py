"""Rows of the catalogue: series, episodes, editions, recordings, reviews and what was produced."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.domain.programme import Decision, EditionState, IngestState, RecordingState, Verdict
from scheduler.models.base import BigId, Row, enum_type


class Series(Row):
    """A continuing column (chuyên mục) with its duration rule, languages and yearly target."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(Text)
    title_search: Mapped[str] = mapped_column(Text)
    """The title folded for search: no diacritics, lower case, đ as d."""
    shortest_seconds: Mapped[float] = mapped_column(default=480.0)
    longest_seconds: Mapped[float] = mapped_column(default=600.0)
    yearly_target: Mapped[int | None]
    """Airings the station has promised for a year."""
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    languages: Mapped[list["SeriesLanguage"]] = relationship(
        order_by="SeriesLanguage.position", cascade="all, delete-orphan", back_populates="series"
    )
    episodes: Mapped[list["Episode"]] = relationship(back_populates="series")


class SeriesLanguage(Row):
    """A language every episode of a series is made in."""

    __tablename__ = "series_language"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    position: Mapped[int]

    series: Mapped[Series] = relationship(back_populates="languages")


class Episode(Row):
    """One instalment (số, kỳ) of a series, before language."""

    __tablename__ = "episode"
    __table_args__ = (UniqueConstraint("series_id", "year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    year: Mapped[int]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    title_search: Mapped[str] = mapped_column(Text)
    title_sort: Mapped[bytes] = mapped_column(LargeBinary)
    """Collation key of the title in root order, so that Tai Viet sorts by sound and not by code point."""
    topic: Mapped[str] = mapped_column(Text, default="")
    procedures: Mapped[list[Any]] = mapped_column(default=list)
    """Administrative procedures it explains, as typed."""
    summary: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    series: Mapped[Series] = relationship(back_populates="episodes")
    editions: Mapped[list["Edition"]] = relationship(back_populates="episode", order_by="Edition.language.desc()")


class Edition(Row):
    """An episode in one language (bản tiếng …); what “xây dựng 90 chuyên mục” counts."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("episode_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    episode_id: Mapped[int] = mapped_column(ForeignKey("episode.id"))
    language: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(Text, default="")
    title_search: Mapped[str] = mapped_column(Text, default="")
    title_sort: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    script: Mapped[str] = mapped_column(Text, default="")
    credits: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Who made it, by role: `editor`, `translator`, `reader`, `technician`."""
    state: Mapped[EditionState] = mapped_column(enum_type(EditionState), default=EditionState.DRAFT)
    approved_recording_id: Mapped[int | None] = mapped_column(
        ForeignKey("recording.id", use_alter=True, name="fk_edition_approved_recording_id")
    )
    submitted_by_user: Mapped[int | None]
    """Who laid it before the approver last, by number."""
    submitted_at: Mapped[datetime | None]
    first_approved_at: Mapped[datetime | None]
    imported_seconds: Mapped[float | None]
    """Duration told by an imported logbook, for an edition whose recording the station no longer has."""
    created_at: Mapped[datetime]

    episode: Mapped[Episode] = relationship(back_populates="editions")
    recordings: Mapped[list["Recording"]] = relationship(
        back_populates="edition", order_by="Recording.take", foreign_keys="Recording.edition_id"
    )
    approved_recording: Mapped["Recording | None"] = relationship(
        foreign_keys=[approved_recording_id], post_update=True
    )
    reviews: Mapped[list["Review"]] = relationship(back_populates="edition", order_by="Review.id")


class Recording(Row):
    """The sound of an edition as delivered (bản thu): a numbered take with its SHA-256, never changed."""

    __tablename__ = "recording"
    __table_args__ = (UniqueConstraint("edition_id", "take"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    take: Mapped[int]
    original_name: Mapped[str] = mapped_column(Text)
    """The name it was delivered under; shown as text, never used as a path."""
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(Text, default="")
    received_by_user: Mapped[int | None]
    """The same person by number; None for a command on the machine itself."""
    state: Mapped[RecordingState] = mapped_column(enum_type(RecordingState), default=RecordingState.RECEIVED)
    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict))
    code: Mapped[str | None] = mapped_column(String(64))
    """Why it was refused."""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the wording of `code` may name."""
    seconds: Mapped[float | None]
    integrated_lufs: Mapped[float | None]
    range_lu: Mapped[float | None]
    true_peak_dbtp: Mapped[float | None]
    head_silence_s: Mapped[float | None]
    tail_silence_s: Mapped[float | None]
    codec: Mapped[str | None] = mapped_column(String(32))
    channels: Mapped[int | None]
    sample_rate: Mapped[int | None]
    findings: Mapped[list[Any]] = mapped_column(default=list)
    peaks: Mapped[list[Any]] = mapped_column(default=list)
    """Waveform for a screen: the highest level, 0 to 1, of each of up to 1,000 equal steps."""
    master_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """The rendered FLAC that airs."""
    opus_sha256: Mapped[str | None] = mapped_column(String(64))
    master_seconds: Mapped[float | None]
    rendering: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What rendering did: gain, limiter maximum and share, loudness and true peak reached."""

    edition: Mapped[Edition] = relationship(back_populates="recordings", foreign_keys=[edition_id])
    ingest: Mapped["IngestRequest | None"] = relationship(back_populates="recording")


class IngestRequest(Row):
    """A recording that waits to be taken in, or how that went."""

    __tablename__ = "ingest_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recording.id"), unique=True)
    state: Mapped[IngestState] = mapped_column(enum_type(IngestState), default=IngestState.QUEUED, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(String(128))
    claimed_at: Mapped[datetime | None]
    step: Mapped[str] = mapped_column(String(32), default="")
    share: Mapped[float] = mapped_column(default=0.0)
    failure: Mapped[str | None] = mapped_column(Text)
    queued_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    recording: Mapped[Recording] = relationship(back_populates="ingest")


class Review(Row):
    """A reviewer's decision on the bytes of one recording; append-only."""

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    """The original's bytes; None only for an edition imported from a logbook, whose sound is lost."""
    master_sha256: Mapped[str | None] = mapped_column(String(64))
    """The rendered bytes the reviewer heard and that may air."""
    reviewer: Mapped[str] = mapped_column(Text)
    decision: Mapped[Decision] = mapped_column(enum_type(Decision))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(back_populates="reviews")


class Production(Row):
    """An edition's first approval, with copied facts; append-only, so that no later change touches a past count."""

    __tablename__ = "production"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    edition_id: Mapped[int] = mapped_column(unique=True)
    """Which edition, as a number and not a foreign key: the count must not depend on the catalogue."""
    series_id: Mapped[int]
    series_code: Mapped[str] = mapped_column(String(64))
    series_title: Mapped[str] = mapped_column(Text)
    episode_year: Mapped[int]
    episode_number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    seconds: Mapped[float]
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[datetime]
    local_day: Mapped[date] = mapped_column(index=True)
    approved_by: Mapped[str] = mapped_column(Text)
