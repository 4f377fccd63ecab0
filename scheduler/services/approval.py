"""Deciding on the bytes of a recording: submit, approve, reject, withdraw; and which bytes may air."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.programme import Decision, EditionState, RecordingState, Verdict, check_step, is_author
from scheduler.domain.text import tidy
from scheduler.domain.time import local_day
from scheduler.errors import (
    AuthorMayNotApprove,
    BadField,
    NoTakeYet,
    ReasonMissing,
    RecordingNotMeasured,
    RecordingRefused,
    UnknownRecording,
)
from scheduler.models import Edition, Episode, Production, Recording, Review, Series
from scheduler.services import plan_findings, rules, tally
from scheduler.services.programme import title_of

_SHORTEST_PREFIX = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovedSound:
    """The bytes of an edition that may air: the original as delivered and the master that was rendered from it."""

    recording_id: int
    recording_sha256: str
    master_sha256: str
    seconds: float


def submit(edition: Edition, *, by_user: int | None = None, now: datetime | None = None) -> None:
    """Lay the newest take before the approver; `by_user` is who (None: a command on the machine itself).

    Raises `StepNotAllowed`, `UnknownRecording`, `RecordingNotMeasured`, `RecordingRefused`.
    """
    check_may_air(find_take(edition))
    _step(edition, EditionState.SUBMITTED)
    edition.submitted_by_user, edition.submitted_at = by_user, now


def approve(
    session: Session,
    edition: Edition,
    *,
    reviewer: str,
    now: datetime,
    zone: ZoneInfo,
    reviewer_user: int | None = None,
    sha256: str = "",
    reason: str = "",
) -> Review:
    """Let the bytes of one take air: the newest, or the one whose SHA-256 begins with `sha256`.

    `reviewer_user` is the reviewer by number; None for a command on the machine itself: no rule about people binds it.
    The first approval of an edition also writes down what was produced, on that local day in the station's `zone`.
    Raises `UnknownRecording`, `RecordingNotMeasured`, `RecordingRefused`, `StepNotAllowed`, `AuthorMayNotApprove`.
    """
    recording = find_take(edition, sha256)
    check_may_air(recording)
    check_is_no_author(session, edition, recording, reviewer_user)
    _submit_on_the_way(edition, recording)
    _step(edition, EditionState.APPROVED)
    edition.approved_recording = recording
    review = _write_review(session, edition, recording, Decision.APPROVED, reviewer=reviewer, reason=reason, now=now)
    if edition.first_approved_at is None:
        edition.first_approved_at = now
    if session.scalar(select(Production.id).where(Production.edition_id == edition.id)) is None:
        tally.lock(session)  # rows are sealed up to a number: no older one may come later
        session.add(_production_of(edition, recording, approved_by=review.reviewer, now=now, zone=zone))
    plan_findings.mark_wanted(session, now=now)
    session.flush()
    return review


def reject(
    session: Session, edition: Edition, *, reviewer: str, reason: str, now: datetime, sha256: str = ""
) -> Review:
    """Send a take back to the makers with a reason; what was approved earlier stays approved.

    Raises `ReasonMissing`, `UnknownRecording`, `StepNotAllowed`.
    """
    recording = find_take(edition, sha256)
    if edition.state is EditionState.MEASURED:
        _step(edition, EditionState.SUBMITTED)
    _step(edition, EditionState.REJECTED)
    return _write_review(session, edition, recording, Decision.REJECTED, reviewer=reviewer, reason=reason, now=now)


def withdraw(session: Session, edition: Edition, *, reviewer: str, reason: str, now: datetime) -> Review:
    """Take an edition off the air from now on, with a reason; what was produced and aired stays counted.

    Raises `ReasonMissing`, `StepNotAllowed`.
    """
    recording = edition.approved_recording
    _step(edition, EditionState.WITHDRAWN)
    edition.approved_recording = None
    plan_findings.mark_wanted(session, now=now)
    return _write_review(session, edition, recording, Decision.WITHDRAWN, reviewer=reviewer, reason=reason, now=now)


def find_approved(session: Session, edition_id: int) -> ApprovedSound | None:
    """The bytes of an edition that may air now; None when there are none."""
    return find_approved_of(session, [edition_id]).get(edition_id)


def find_approved_of(session: Session, edition_ids: Collection[int]) -> dict[int, ApprovedSound]:
    """The bytes that may air now, by edition; an edition without any (or out of the catalogue) is left out."""
    found = session.execute(
        select(Edition.id, Recording.id, Recording.sha256, Recording.master_sha256, Recording.master_seconds)
        .join(Recording, Recording.id == Edition.approved_recording_id)
        .join(Episode, Episode.id == Edition.episode_id)
        .join(Series, Series.id == Episode.series_id)
        .where(Edition.id.in_(edition_ids), Episode.removed_at.is_(None), Series.removed_at.is_(None))
    )
    return {
        edition_id: ApprovedSound(
            recording_id=recording_id, recording_sha256=sha256, master_sha256=master, seconds=seconds
        )
        for edition_id, recording_id, sha256, master, seconds in found
        if master is not None and seconds is not None
    }


def find_take(edition: Edition, sha256: str = "") -> Recording:
    """The take whose SHA-256 begins so; the newest of them, and of all when nothing is given.

    Raises `NoTakeYet`; `UnknownRecording`, also for fewer than four digits: bytes are not named by accident.
    """
    wanted = sha256.strip().lower()
    if wanted and len(wanted) < _SHORTEST_PREFIX:
        raise UnknownRecording(sha256=sha256)
    takes = [take for take in edition.recordings if take.sha256.startswith(wanted)]
    if not takes and not wanted:
        raise NoTakeYet
    if not takes or (wanted and len({take.sha256 for take in takes}) > 1):
        raise UnknownRecording(sha256=sha256)
    return max(takes, key=lambda take: take.take)


def check_is_no_author(session: Session, edition: Edition, recording: Recording, user_id: int | None) -> None:
    """Raises `AuthorMayNotApprove` for who delivered or submitted it, where the station's rules say so."""
    if user_id is None or not rules.read(session).author_may_not_approve:
        return
    if is_author(
        user_id,
        state=edition.state,
        received_by=recording.received_by_user,
        submitted_by=edition.submitted_by_user,
    ):
        raise AuthorMayNotApprove(take=recording.take)


def check_may_air(recording: Recording) -> None:
    """Raises `RecordingRefused` or `RecordingNotMeasured` for a take that nobody may approve; a flagged one may be."""
    if recording.state is RecordingState.REFUSED or recording.verdict is Verdict.REFUSED:
        raise RecordingRefused(take=recording.take, reason=recording.code)
    if recording.state is not RecordingState.MEASURED or recording.master_sha256 is None:
        raise RecordingNotMeasured(take=recording.take)


def _step(edition: Edition, wanted: EditionState) -> None:
    check_step(edition.state, wanted)
    edition.state = wanted


def _submit_on_the_way(edition: Edition, recording: Recording) -> None:
    """Who approves what nobody submitted, or other bytes than the approved ones, submits it by that."""
    other_bytes = edition.approved_recording is not None and edition.approved_recording.sha256 != recording.sha256
    if edition.state is EditionState.MEASURED or (edition.state is EditionState.APPROVED and other_bytes):
        _step(edition, EditionState.SUBMITTED)


def _write_review(
    session: Session,
    edition: Edition,
    recording: Recording | None,
    decision: Decision,
    *,
    reviewer: str,
    reason: str,
    now: datetime,
) -> Review:
    if not tidy(reviewer):
        raise BadField(field="reviewer", value=reviewer)
    if decision is not Decision.APPROVED and not tidy(reason):
        raise ReasonMissing(decision=decision.value)
    review = Review(
        edition_id=edition.id,
        recording_sha256=None if recording is None else recording.sha256,
        master_sha256=None if recording is None else recording.master_sha256,
        reviewer=tidy(reviewer),
        decision=decision,
        reason=tidy(reason),
        decided_at=now,
    )
    session.add(review)
    session.flush()
    return review


def _production_of(
    edition: Edition, recording: Recording, *, approved_by: str, now: datetime, zone: ZoneInfo
) -> Production:
    """What was produced, in copied facts: no later change of the catalogue reaches it."""
    episode = edition.episode
    return Production(
        edition_id=edition.id,
        series_id=episode.series_id,
        series_code=episode.series.code,
        series_title=episode.series.title,
        episode_year=episode.year,
        episode_number=episode.number,
        title=title_of(edition),
        language=edition.language,
        seconds=recording.master_seconds or recording.seconds or 0.0,
        recording_sha256=recording.sha256,
        approved_at=now,
        local_day=local_day(now, zone),
        approved_by=approved_by,
    )
