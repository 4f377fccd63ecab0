"""Files on their way in, as rows: one writer at a time, limits, sweeping, and one recording of each."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from audio.store import FileMediaStore
from scheduler.database import Sessions
from scheduler.domain.programme import EditionState, RecordingState
from scheduler.errors import (
    BadPart,
    DuplicateRecording,
    EpisodeExists,
    EpisodeTitleMissing,
    FileEmpty,
    NoRoom,
    TooManyUploads,
    UnknownEdition,
    UnknownSeries,
    UnknownUpload,
    UploadBusy,
    UploadLost,
    UploadOffsetWrong,
    UploadTooLarge,
    UploadUnfinished,
)
from scheduler.models import Episode, Recording, Upload, User
from scheduler.parts import Parts
from scheduler.ports import StoredFile
from scheduler.services import programme, uploads
from scheduler.services.uploads import KEPT_FOR, LARGEST_FILE, LARGEST_PART, MOST_OPEN, SMALLEST_PART, Choice
from tests.factories import NOW, a_sha256, make_edition, make_episode, make_series

PLENTY = 2**40
CHOICE = Choice(series="cchc", year=2026, number=1, language="blt")
STORED = StoredFile(sha256=a_sha256("sound"), size_bytes=100)


def make_user(session: Session, login: str = "hoa") -> int:
    user = User(login=login, name="Lò Thị Hoa", created_at=NOW)
    session.add(user)
    session.flush()
    return user.id


def begin(
    session: Session, user_id: int, *, size: int = 100, name: str = "Số 1 Thái.mp3", free: int = PLENTY
) -> Upload:
    return uploads.begin(session, user_id=user_id, name=name, size_bytes=size, free_bytes=free, now=NOW)


def whole(session: Session, user_id: int, *, text: str = "sound") -> Upload:
    upload = begin(session, user_id)
    uploads.keep_part(session, upload.id, offset=0, length=100, sha256=a_sha256(text), now=NOW)
    session.refresh(upload)
    return upload


def deliver(session: Session, upload: Upload, choice: Choice = CHOICE, *, user_id: int | None = None) -> Recording:
    return uploads.deliver(
        session, upload.id, choice, stored=STORED, user_id=user_id or upload.user_id, by="Lò Thị Hoa", now=NOW
    )


# --- receiving ----------------------------------------------------------------------------------------------------
def test_sizes_have_limits(session: Session) -> None:
    user_id = make_user(session)
    with pytest.raises(FileEmpty):
        begin(session, user_id, size=0)
    with pytest.raises(UploadTooLarge) as error:
        begin(session, user_id, size=LARGEST_FILE + 1)
    assert error.value.facts["limit_mb"] == 1000


def test_the_disk_promised_to_others_is_not_promised_again(session: Session) -> None:
    user_id = make_user(session)
    free = uploads.SPARE_BYTES + 250
    begin(session, user_id, free=free)
    half = begin(session, user_id, free=free)
    with pytest.raises(NoRoom):
        begin(session, user_id, free=free)
    uploads.keep_part(session, half.id, offset=0, length=60, sha256=None, now=NOW)
    begin(session, user_id, size=50, free=free)  # what has come is no longer among what is free


def test_a_person_has_so_many_open_files_at_most(session: Session) -> None:
    user_id = make_user(session)
    for _ in range(MOST_OPEN):
        begin(session, user_id)
    with pytest.raises(TooManyUploads):
        begin(session, user_id)
    begin(session, make_user(session, "inh"))


@pytest.mark.parametrize(
    ("offset", "length", "size", "error"),
    [
        (0, SMALLEST_PART, 10**7, None),
        (0, LARGEST_PART, 10**7, None),
        (0, 10, 10, None),
        (0, SMALLEST_PART - 1, 10**7, BadPart),
        (0, LARGEST_PART + 1, 10**7, BadPart),
        (0, 11, 10, BadPart),
        (0, SMALLEST_PART + 1, SMALLEST_PART, BadPart),
        (1, SMALLEST_PART, 10**7, UploadOffsetWrong),
    ],
)
def test_parts_have_sizes_and_places(offset: int, length: int, size: int, error: type[Exception] | None) -> None:
    upload = Upload(size_bytes=size, received_bytes=0)
    if error is None:
        uploads.check_part(upload, offset=offset, length=length)
        return
    with pytest.raises(error):
        uploads.check_part(upload, offset=offset, length=length)


def test_the_same_place_is_acknowledged_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        upload_id = begin(session, make_user(session)).id
    with sessions.begin() as session:
        uploads.keep_part(session, upload_id, offset=0, length=60, sha256=None, now=NOW)
    with sessions.begin() as session, pytest.raises(UploadOffsetWrong):
        uploads.keep_part(session, upload_id, offset=0, length=60, sha256=None, now=NOW)
    with sessions.begin() as session:
        assert session.get_one(Upload, upload_id).received_bytes == 60


def test_a_strangers_upload_is_not_there(session: Session) -> None:
    upload = whole(session, make_user(session))
    stranger = make_user(session, "inh")
    make_episode(session, make_series(session))
    for ask in (uploads.get_upload, uploads.drop):
        with pytest.raises(UnknownUpload):
            ask(session, upload.id, user_id=stranger)
    with pytest.raises(UnknownUpload):
        deliver(session, upload, user_id=stranger)


def test_what_nobody_goes_on_with_is_forgotten_and_what_was_delivered_stays(session: Session) -> None:
    user_id = make_user(session)
    make_episode(session, make_series(session))
    old, delivered = begin(session, user_id), whole(session, user_id)
    deliver(session, delivered)
    assert uploads.sweep(session, now=NOW + KEPT_FOR) == {old.id}
    assert uploads.sweep(session, now=NOW + KEPT_FOR + timedelta(seconds=1)) == frozenset()
    assert session.scalars(select(Upload.id)).all() == [delivered.id]


# --- delivering ---------------------------------------------------------------------------------------------------
def test_a_delivered_file_is_one_recording_however_often_it_is_confirmed(session: Session) -> None:
    make_episode(session, make_series(session))
    upload = whole(session, make_user(session))
    made = deliver(session, upload)
    assert deliver(session, upload) is made
    assert (made.take, made.original_name, made.received_by_user) == (1, "Số 1 Thái.mp3", upload.user_id)
    assert uploads.find_delivered(session, upload.user_id) == [made]
    assert uploads.find_open(session, upload.user_id) == []
    with pytest.raises(UnknownUpload):
        uploads.drop(session, upload.id, user_id=upload.user_id)


def test_an_episode_is_made_with_a_title_only(session: Session) -> None:
    make_series(session)
    upload = whole(session, make_user(session))
    with pytest.raises(EpisodeTitleMissing):
        deliver(session, upload, Choice(series="cchc", year=2026, number=5, language="vi", title="   "))
    deliver(session, upload, Choice(series="cchc", year=2026, number=5, language="vi", title="Tạm trú"))
    assert [(made.number, made.title) for made in session.scalars(select(Episode))] == [(5, "Tạm trú")]


def test_a_removed_episode_is_not_made_again(session: Session) -> None:
    episode = make_episode(session, make_series(session))
    programme.remove_episode(session, episode, now=NOW)
    upload = whole(session, make_user(session))
    with pytest.raises(EpisodeExists):
        deliver(session, upload, Choice(series="cchc", year=2026, number=1, language="vi", title="Lại"))


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        (Choice(series="khác", year=2026, number=1, language="vi"), UnknownSeries),
        (Choice(series="cchc", year=2026, number=1, language="hmn"), UnknownEdition),
        (Choice(series="cchc", year=2026, number=1, language="xx"), UnknownEdition),
    ],
)
def test_what_the_station_does_not_make_is_refused(session: Session, choice: Choice, error: type[Exception]) -> None:
    make_episode(session, make_series(session))
    upload = whole(session, make_user(session))
    with pytest.raises(error):
        uploads.check_choice(session, upload, choice)


def test_known_bytes_and_unfinished_files_are_refused_before_they_are_stored(session: Session) -> None:
    make_episode(session, make_series(session))
    user_id = make_user(session)
    deliver(session, whole(session, user_id))
    with pytest.raises(DuplicateRecording):
        uploads.check_choice(session, whole(session, user_id), CHOICE)
    with pytest.raises(UploadUnfinished):
        uploads.check_choice(session, begin(session, user_id), CHOICE)


def test_bytes_reach_the_store_once_and_are_found_there_again(tmp_path: Path) -> None:
    parts, media = Parts(tmp_path), FileMediaStore(tmp_path)
    upload = Upload(id=UUID(int=7), size_bytes=5, original_name="x")
    parts.make(upload.id)
    with parts.hold(upload.id) as held:
        held.write(b"sound", at=0)
        upload.sha256 = held.sha256()
    stored = uploads.store(upload, parts=parts, media=media)
    assert media.path(stored.sha256).read_bytes() == b"sound"
    assert not parts.has(upload.id)
    assert uploads.store(upload, parts=parts, media=media) == stored
    upload.sha256 = a_sha256("lost")
    with pytest.raises(UploadLost):
        uploads.store(upload, parts=parts, media=media)


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.make(UUID(int=7))
    with parts.hold(UUID(int=7)), pytest.raises(UploadBusy), parts.hold(UUID(int=7)):
        pass
    with parts.hold(UUID(int=7)) as held, pytest.raises(UploadLost):
        held.write(b"x", at=1)
    assert parts.find() == {UUID(int=7)}


@pytest.mark.parametrize("state", list(EditionState))
def test_the_newest_measured_take_may_be_submitted(session: Session, state: EditionState) -> None:
    edition = make_edition(session, make_episode(session, make_series(session)), approved=False)
    take = edition.recordings[0]
    edition.state = state
    waits = {EditionState.MEASURED, EditionState.REJECTED, EditionState.WITHDRAWN}
    assert uploads.may_submit(take) is (state in waits)
    take.state = RecordingState.REFUSED
    assert not uploads.may_submit(take)
