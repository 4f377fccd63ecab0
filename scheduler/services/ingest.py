"""Taking recordings in: receiving a file, handing it to one worker at a time, and keeping what the worker found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from scheduler.domain.programme import Decision, IngestState, RecordingState, Verdict, check_language
from scheduler.errors import DuplicateRecording, IngestCrashed, RecordingNotFound, UnknownEpisode
from scheduler.models import Edition, Episode, IngestRequest, Pulse, Recording, Review, Series
from scheduler.ports import StoredFile
from scheduler.services import programme

MOST_ATTEMPTS = 3
"""A recording that so many workers did not survive is refused."""
ROLE = "ingest"
SILENT_AFTER = timedelta(seconds=30)
"""A worker that gave no sign of life for so long is taken for dead."""
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Which edition a recording is delivered for; without a year the newest episode of that number is meant."""

    series: str
    number: int
    language: str
    year: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A recording that one worker has to take in, and the series' rule for its length."""

    request_id: int
    recording_id: int
    owner: str
    attempt: int
    sha256: str
    original_name: str
    rule_s: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenIn:
    """What taking a recording in gave: the columns of its row that measuring and rendering fill."""

    verdict: Verdict
    code: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    head_silence_s: float | None = None
    tail_silence_s: float | None = None
    codec: str | None = None
    channels: int | None = None
    sample_rate: int | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    peaks: Sequence[float] = ()
    master_sha256: str | None = None
    opus_sha256: str | None = None
    master_seconds: float | None = None
    rendering: Mapping[str, Any] = field(default_factory=dict)


def check_delivery(session: Session, destination: Destination, *, sha256: str) -> None:
    """Raise what `receive_recording` would raise, so that bytes which nobody takes are not stored first."""
    episode = _get_episode(session, destination)
    _refuse_known_bytes(session, episode, destination.language, sha256)


def receive_recording(
    session: Session, destination: Destination, *, stored: StoredFile, original_name: str, by: str, now: datetime
) -> Recording:
    """Make the stored bytes the next take of an edition (made if need be) and queue it for a worker.

    Raises `UnknownSeries`, `UnknownEpisode`, `UnknownLanguage`, `DuplicateRecording`.
    """
    episode = _get_episode(session, destination)
    _let_one_in_at_a_time(session, episode)
    _refuse_known_bytes(session, episode, destination.language, stored.sha256)
    edition = session.scalar(select(Edition).filter_by(episode_id=episode.id, language=destination.language))
    if edition is None:
        edition = Edition(episode=episode, language=destination.language, created_at=now)
        session.add(edition)
        session.flush()
    last = session.scalar(select(func.max(Recording.take)).where(Recording.edition_id == edition.id))
    recording = Recording(
        edition=edition,
        take=(last or 0) + 1,
        original_name=original_name,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        received_at=now,
        received_by=by,
        ingest=IngestRequest(queued_at=now),
    )
    session.add(recording)
    session.flush()
    return recording


def claim_next(session: Session, *, owner: str, now: datetime) -> Claimed | None:
    """Take the recording that waits longest for this worker; None when none waits."""
    while (request_id := session.scalar(_waiting_first())) is not None:
        taken = session.execute(
            update(IngestRequest)
            .where(IngestRequest.id == request_id, IngestRequest.state == IngestState.QUEUED)
            .values(
                state=IngestState.RUNNING,
                owner=owner,
                claimed_at=now,
                attempts=IngestRequest.attempts + 1,
                step="",
                share=0.0,
            )
            .returning(IngestRequest.recording_id, IngestRequest.attempts)
        ).one_or_none()
        if taken is not None:
            return _describe(session, request_id, recording_id=taken[0], owner=owner, attempt=taken[1])
    return None


def keep_progress(session: Session, claimed: Claimed, *, step: str, share: float) -> bool:
    """Note how far the worker is; False when the recording is no longer this worker's."""
    return _change(session, claimed, step=step, share=min(1.0, max(0.0, share)))


def finish(session: Session, claimed: Claimed, found: TakenIn, *, now: datetime) -> bool:
    """Keep what was found with the recording, once; False when the recording is no longer this worker's."""
    if not _change(session, claimed, state=IngestState.DONE, step="", share=1.0, finished_at=now):
        return False
    recording = get_recording(session, claimed.recording_id)
    for name in TakenIn.__dataclass_fields__:
        value = getattr(found, name)
        setattr(recording, name, _plain(value))
    if found.verdict is Verdict.REFUSED:
        recording.state = RecordingState.REFUSED
    else:
        recording.state = RecordingState.MEASURED
        programme.mark_measured(recording.edition)
    return True


def fail(session: Session, claimed: Claimed, *, code: str, facts: Mapping[str, Any], now: datetime) -> bool:
    """Note that something outside the file went wrong; the same bytes may be delivered again."""
    if not _change(session, claimed, state=IngestState.FAILED, failure=code, finished_at=now):
        return False
    get_recording(session, claimed.recording_id).facts = dict(facts)
    return True


def release(session: Session, claimed: Claimed) -> bool:
    """Put a recording back into the queue when its worker is told to stop; this is no failed attempt."""
    return _change(session, claimed, state=IngestState.QUEUED, owner=None, attempts=claimed.attempt - 1, share=0.0)


def requeue_abandoned(session: Session, *, is_alive: Callable[[str], bool], now: datetime) -> list[int]:
    """Put what dead workers left back into the queue, or refuse it when it killed too many; gives the recordings."""
    running = session.scalars(select(IngestRequest).where(IngestRequest.state == IngestState.RUNNING)).all()
    abandoned = [request for request in running if not is_alive(request.owner or "")]
    for request in abandoned:
        lost = _describe(
            session,
            request.id,
            recording_id=request.recording_id,
            owner=request.owner or "",
            attempt=request.attempts,
        )
        if request.attempts >= MOST_ATTEMPTS:
            _refuse_crashing(session, lost, now=now)
        else:
            _change(session, lost, state=IngestState.QUEUED, owner=None, share=0.0)
    return [request.recording_id for request in abandoned]


def give_sign_of_life(session: Session, *, owner: str, now: datetime, facts: Mapping[str, Any]) -> None:
    """Note that a worker is alive, and forget those that were silent for a day."""
    session.execute(delete(Pulse).where(Pulse.role == ROLE, Pulse.at < now - _FORGOTTEN_AFTER))
    session.merge(Pulse(owner=owner, role=ROLE, at=now, facts=dict(facts)))


def leave(session: Session, *, owner: str) -> None:
    """Note that a worker went home as it should."""
    session.execute(delete(Pulse).where(Pulse.owner == owner))


def find_living(session: Session, *, now: datetime) -> set[str]:
    """The workers that gave a sign of life lately."""
    return set(session.scalars(select(Pulse.owner).where(Pulse.role == ROLE, Pulse.at >= now - SILENT_AFTER)))


def get_recording(session: Session, recording_id: int) -> Recording:
    """The recording of that number. Raises `RecordingNotFound`."""
    recording = session.get(Recording, recording_id)
    if recording is None:
        raise RecordingNotFound(recording=recording_id)
    return recording


def list_recordings(session: Session, *, series: str | None = None, most: int = 100) -> Sequence[Recording]:
    """The newest recordings first, of all series or of one."""
    chosen = select(Recording).order_by(Recording.id.desc()).limit(most)
    if series is not None:
        chosen = chosen.join(Recording.edition).join(Edition.episode).join(Episode.series).where(Series.code == series)
    return session.scalars(chosen).all()


def _get_episode(session: Session, destination: Destination) -> Episode:
    series = programme.get_series(session, destination.series)
    chosen = select(Episode).where(Episode.series_id == series.id, Episode.number == destination.number)
    if destination.year is not None:
        chosen = chosen.where(Episode.year == destination.year)
    episode = session.scalar(chosen.where(Episode.removed_at.is_(None)).order_by(Episode.year.desc()).limit(1))
    if episode is None:
        raise UnknownEpisode(series=series.code, number=destination.number, year=destination.year or "…")
    check_language(destination.language)
    return episode


def _let_one_in_at_a_time(session: Session, episode: Episode) -> None:
    """Two deliveries at once must not become the same take or the same bytes twice; SQLite has one writer anyway."""
    session.execute(select(Series.id).where(Series.id == episode.series_id).with_for_update())


def _refuse_known_bytes(session: Session, episode: Episode, language: str, sha256: str) -> None:
    for known in session.scalars(select(Recording).where(Recording.sha256 == sha256).order_by(Recording.id)):
        edition = known.edition
        same = edition.episode_id == episode.id and edition.language == language
        if _may_come_again(session, known, elsewhere=not same):
            continue
        raise DuplicateRecording(
            recording=known.id,
            take=known.take,
            series=edition.episode.series.code,
            number=edition.episode.number,
            year=edition.episode.year,
            language=edition.language,
        )


def _may_come_again(session: Session, known: Recording, *, elsewhere: bool) -> bool:
    """Bytes come again when they never were taken in, or when a reviewer sent them away from a wrong edition."""
    if known.state is RecordingState.REFUSED or (known.ingest and known.ingest.state is IngestState.FAILED):
        return True
    sent_away = select(Review.id).where(
        Review.edition_id == known.edition_id,
        Review.recording_sha256 == known.sha256,
        Review.decision.in_((Decision.REJECTED, Decision.WITHDRAWN)),
    )
    return elsewhere and session.scalar(sent_away.limit(1)) is not None


def _waiting_first() -> Any:
    return (
        select(IngestRequest.id)
        .where(IngestRequest.state == IngestState.QUEUED)
        .order_by(IngestRequest.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _describe(session: Session, request_id: int, *, recording_id: int, owner: str, attempt: int) -> Claimed:
    recording = get_recording(session, recording_id)
    series = recording.edition.episode.series
    return Claimed(
        request_id=request_id,
        recording_id=recording.id,
        owner=owner,
        attempt=attempt,
        sha256=recording.sha256,
        original_name=recording.original_name,
        rule_s=(series.shortest_seconds, series.longest_seconds),
    )


def _change(session: Session, claimed: Claimed, **values: Any) -> bool:
    """Change a request that is still this worker's; the attempt number tells a worker from its own past."""
    still_ours: tuple[ColumnElement[bool], ...] = (
        IngestRequest.id == claimed.request_id,
        IngestRequest.state == IngestState.RUNNING,
        IngestRequest.attempts == claimed.attempt,
        func.coalesce(IngestRequest.owner, "") == claimed.owner,
    )
    changed = update(IngestRequest).where(*still_ours).values(**values).returning(IngestRequest.id)
    return session.scalar(changed) is not None


def _refuse_crashing(session: Session, lost: Claimed, *, now: datetime) -> None:
    if _change(session, lost, state=IngestState.FAILED, failure=IngestCrashed.code, finished_at=now):
        recording = get_recording(session, lost.recording_id)
        recording.state = RecordingState.REFUSED
        recording.verdict = Verdict.REFUSED
        recording.code = IngestCrashed.code


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
