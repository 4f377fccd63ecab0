"""The catalogue as far as a plan tells it: for each piece an edition whose approved bytes are those it names."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.programme import EditionState, RecordingState
from scheduler.models import Edition, Episode, Recording, Series
from scheduler.village_messages import Piece


@dataclass(frozen=True, kw_only=True, slots=True)
class MirroredEdition:
    """The rows that stand for what a piece says of itself."""

    edition_id: int
    episode_id: int
    series_id: int


class Editions:
    """Finds or makes them; other bytes or another title are another edition, so that nothing known ever changes.

    The plan's signature stands for the approval. Numbers of episodes are the box's own: what a piece says of year and
    number is the station's business, which has the catalogue.
    """

    def __init__(self, session: Session, *, now: datetime) -> None:
        self._now = now
        rows = session.execute(
            select(Recording.original_name, Edition.id, Episode.id, Episode.series_id)
            .join(Edition, Edition.approved_recording_id == Recording.id)
            .join(Episode, Episode.id == Edition.episode_id)
        )
        self._known = {
            key: MirroredEdition(edition_id=edition, episode_id=episode, series_id=series)
            for key, edition, episode, series in rows
        }
        self._series: dict[str, int] = dict(session.execute(select(Series.title, Series.id)).all())
        self._last = session.scalar(select(func.max(Episode.number))) or 0

    def of(self, session: Session, piece: Piece) -> MirroredEdition:
        """The edition of a piece (of a chime too: a broadcast needs one)."""
        key = _key_of(piece)
        if key not in self._known:
            self._known[key] = self._make(session, piece, key)
        return self._known[key]

    def _make(self, session: Session, piece: Piece, key: str) -> MirroredEdition:
        series_id = self._series_of(session, piece.series)
        self._last += 1
        episode = Episode(
            series_id=series_id, year=piece.year, number=self._last, title=piece.title, title_search="",
            title_sort=b"", created_at=self._now,
        )  # fmt: skip
        session.add(episode)
        session.flush()
        edition = Edition(
            episode_id=episode.id, language=piece.language or "", title=piece.title, state=EditionState.APPROVED,
            created_at=self._now,
        )  # fmt: skip
        session.add(edition)
        session.flush()
        recording = Recording(
            edition_id=edition.id, take=1, original_name=key, sha256=piece.recording_sha256 or "", size_bytes=0,
            received_at=self._now, state=RecordingState.MEASURED, master_sha256=piece.sha256,
            master_seconds=piece.seconds,
        )  # fmt: skip
        session.add(recording)
        session.flush()
        edition.approved_recording_id = recording.id
        session.flush()
        return MirroredEdition(edition_id=edition.id, episode_id=episode.id, series_id=series_id)

    def _series_of(self, session: Session, title: str) -> int:
        if title not in self._series:
            series = Series(code=f"{len(self._series) + 1}", title=title, title_search="", created_at=self._now)
            session.add(series)
            session.flush()
            self._series[title] = series.id
        return self._series[title]


def _key_of(piece: Piece) -> str:
    told = (
        piece.series, piece.title, piece.year, piece.number, piece.language, piece.recording_sha256, piece.sha256,
        piece.seconds,
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
