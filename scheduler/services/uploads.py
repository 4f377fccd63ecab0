"""Files on their way in: begun, received part by part, and delivered once a person said which edition they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from scheduler.domain.file_name import Guess, KnownSeries, guess
from scheduler.domain.identity import uuid7
from scheduler.domain.programme import NEXT_STATES, EditionState, RecordingState
from scheduler.domain.text import tidy
from scheduler.errors import (
    BadPart,
    EpisodeTitleMissing,
    FileEmpty,
    MediaMissing,
    NoRoom,
    TooManyUploads,
    UnknownEdition,
    UnknownEpisode,
    UnknownSeries,
    UnknownUpload,
    UploadLost,
    UploadOffsetWrong,
    UploadTooLarge,
    UploadUnfinished,
)
from scheduler.models import Episode, Recording, Upload
from scheduler.parts import Parts
from scheduler.ports import MediaStore, StoredFile
from scheduler.services import ingest, programme
from scheduler.services.ingest import Destination

LARGEST_FILE = 10**9
"""Nearly an hour of the largest WAV; a column of ten minutes takes a fifth of it."""
LARGEST_PART = 2**20
SMALLEST_PART = 2**16
"""Only the last part of a file may be smaller: a file in parts of a byte each would be a million transactions."""
MOST_OPEN = 30
"""Files of one person that are under way or unconfirmed."""
SPARE_BYTES = 2**30
"""So much of the disk stays free for the database and for making the files that air."""
KEPT_FOR = timedelta(days=7)
"""So long the bytes of a file that nobody goes on with are kept."""
_LONGEST_NAME = 255
_MB = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which edition a file is; with a title the episode is made if there is none."""

    series: str
    year: int
    number: int
    language: str
    title: str = ""


# --- receiving ------------------------------------------------------------------------------------------------
def begin(session: Session, *, user_id: int, name: str, size_bytes: int, free_bytes: int, now: datetime) -> Upload:
    """A new upload of a file of this size. Raises `FileEmpty`, `UploadTooLarge`, `TooManyUploads`, `NoRoom`."""
    if size_bytes <= 0:
        raise FileEmpty
    if size_bytes > LARGEST_FILE:
        raise UploadTooLarge(limit_mb=LARGEST_FILE // _MB)
    if len(find_open(session, user_id)) >= MOST_OPEN:
        raise TooManyUploads(limit=MOST_OPEN)
    promised = session.scalar(
        select(func.coalesce(func.sum(Upload.size_bytes - Upload.received_bytes), 0)).where(
            Upload.recording_id.is_(None)
        )
    )
    left = free_bytes - int(promised or 0) - SPARE_BYTES
    if size_bytes > left:
        raise NoRoom(free_mb=max(0, left) // _MB)
    upload = Upload(
        id=uuid7(now=now),
        user_id=user_id,
        original_name=tidy(name)[:_LONGEST_NAME] or "?",
        size_bytes=size_bytes,
        received_bytes=0,
        created_at=now,
        seen_at=now,
    )
    session.add(upload)
    session.flush()
    return upload


def get_upload(session: Session, upload_id: UUID, *, user_id: int) -> Upload:
    """A person's own upload. Raises `UnknownUpload`, also for somebody else's."""
    found = session.get(Upload, upload_id)
    if found is None or found.user_id != user_id:
        raise UnknownUpload(upload=str(upload_id))
    return found


def check_part(upload: Upload, *, offset: int, length: int) -> None:
    """Raises `UploadOffsetWrong`, `BadPart` when a part of this length does not go on where the file ends."""
    if offset != upload.received_bytes:
        raise UploadOffsetWrong(offset=upload.received_bytes)
    is_last = offset + length == upload.size_bytes
    if offset + length > upload.size_bytes or length > LARGEST_PART or (length < SMALLEST_PART and not is_last):
        raise BadPart(smallest=SMALLEST_PART)


def keep_part(
    session: Session, upload_id: UUID, *, offset: int, length: int, sha256: str | None, now: datetime
) -> None:
    """Note that a part lies on the disk, and with `sha256` that it was the last. Raises `UploadOffsetWrong`."""
    changed = session.scalar(
        update(Upload)
        .where(Upload.id == upload_id, Upload.received_bytes == offset, Upload.finished_at.is_(None))
        .values(
            received_bytes=offset + length,
            seen_at=now,
            sha256=sha256,
            finished_at=None if sha256 is None else now,
        )
        .returning(Upload.id)
    )
    if changed is None:
        raise UploadOffsetWrong(offset=offset)


def drop(session: Session, upload_id: UUID, *, user_id: int) -> None:
    """Forget an upload that nothing was made of; one that was delivered stays. Raises `UnknownUpload`."""
    upload = get_upload(session, upload_id, user_id=user_id)
    if upload.recording_id is not None:
        raise UnknownUpload(upload=str(upload_id))
    session.delete(upload)
    session.flush()


def sweep(session: Session, *, now: datetime) -> frozenset[UUID]:
    """Forget uploads that nobody went on with for long; gives those that stay: the bytes of all others may go."""
    is_open = Upload.recording_id.is_(None)
    session.execute(delete(Upload).where(is_open, Upload.seen_at < now - KEPT_FOR))
    return frozenset(session.scalars(select(Upload.id).where(is_open)))


# --- lists ----------------------------------------------------------------------------------------------------
def find_open(session: Session, user_id: int) -> Sequence[Upload]:
    """A person's uploads that are not delivered yet, the oldest first."""
    mine = select(Upload).where(Upload.user_id == user_id, Upload.recording_id.is_(None))
    return session.scalars(mine.order_by(Upload.id)).all()


def find_delivered(session: Session, user_id: int, *, most: int = 20) -> Sequence[Recording]:
    """What became of a person's last deliveries in the browser, the newest first."""
    mine = select(Recording).join(Upload, Upload.recording_id == Recording.id).where(Upload.user_id == user_id)
    return session.scalars(mine.order_by(Recording.id.desc()).limit(most)).all()


def guess_edition(session: Session, upload: Upload, *, this_year: int) -> Guess:
    """What the file's name says of its edition."""
    known = [KnownSeries(code=series.code, title=series.title) for series in programme.find_series(session)]
    return guess(upload.original_name, series=known, this_year=this_year)


def find_episode(session: Session, *, series: str, year: int, number: int) -> Episode | None:
    """The episode that a row names, if there is one."""
    try:
        return programme.get_episode(session, series, number=number, year=year)
    except (UnknownSeries, UnknownEpisode):
        return None


def may_submit(recording: Recording) -> bool:
    """Tell whether this take may be laid before the approver: measured, not superseded, and not there already."""
    edition = recording.edition
    newest = max(edition.recordings, key=lambda take: take.take)
    is_next = EditionState.SUBMITTED in NEXT_STATES[edition.state] and edition.state is not EditionState.APPROVED
    return is_next and recording.state is RecordingState.MEASURED and newest is recording


def keeps_rule(recording: Recording) -> bool:
    """Tell whether measuring found the length within the rule of the series, as it was then."""
    return all(finding.get("code") != "duration_outside_rule" for finding in recording.findings)


def count_takes(episode: Episode | None, language: str | None) -> int:
    """How many takes the edition of an episode has."""
    editions = [] if episode is None else [item for item in episode.editions if item.language == language]
    return sum(len(edition.recordings) for edition in editions)


# --- delivering -----------------------------------------------------------------------------------------------
def check_choice(session: Session, upload: Upload, choice: Choice) -> None:
    """Raise what `deliver` would raise, so that bytes which nobody takes are not stored first."""
    if upload.finished_at is None or upload.sha256 is None:
        raise UploadUnfinished(name=upload.original_name)
    series = programme.get_series(session, choice.series)
    if choice.language not in {item.language for item in series.languages}:
        raise UnknownEdition(series=series.title, year=choice.year, number=choice.number, language=choice.language)
    if find_episode(session, series=choice.series, year=choice.year, number=choice.number) is not None:
        ingest.check_delivery(session, _destination(choice), sha256=upload.sha256)
    elif not choice.title.strip():
        raise EpisodeTitleMissing(field="title", number=choice.number, year=choice.year)


def store(upload: Upload, *, parts: Parts, media: MediaStore) -> StoredFile:
    """Bring a finished upload into the media store. Raises `UploadLost`, `UploadBusy`, `MediaNotStored`."""
    if parts.has(upload.id):
        with parts.hold(upload.id):
            return media.adopt(parts.path(upload.id))
    try:  # An earlier confirmation came this far, and no further.
        media.path(upload.sha256 or "")
    except MediaMissing as error:
        raise UploadLost from error
    return StoredFile(sha256=upload.sha256 or "", size_bytes=upload.size_bytes)


def deliver(
    session: Session, upload_id: UUID, choice: Choice, *, stored: StoredFile, user_id: int, by: str, now: datetime
) -> Recording:
    """Make stored bytes the next take of an edition, its episode made if need be; twice gives the same recording.

    Raises what `ingest.receive_recording` and `programme.create_episode` raise, and `EpisodeTitleMissing`.
    """
    upload = session.scalar(select(Upload).where(Upload.id == upload_id).with_for_update())
    if upload is None or upload.user_id != user_id:
        raise UnknownUpload(upload=str(upload_id))
    if upload.recording_id is not None:
        return ingest.get_recording(session, upload.recording_id)
    check_choice(session, upload, choice)
    if find_episode(session, series=choice.series, year=choice.year, number=choice.number) is None:
        _make_episode(session, choice, now=now)
    recording = ingest.receive_recording(
        session, _destination(choice), stored=stored, original_name=upload.original_name, by=by, now=now
    )
    recording.received_by_user = user_id
    upload.recording_id = recording.id
    session.flush()
    return recording


def _make_episode(session: Session, choice: Choice, *, now: datetime) -> None:
    series = programme.get_series(session, choice.series)
    programme.create_episode(session, series, year=choice.year, number=choice.number, title=choice.title, now=now)


def _destination(choice: Choice) -> Destination:
    return Destination(series=choice.series, year=choice.year, number=choice.number, language=choice.language)
