"""Reviewing on a page: what waits for an approver, what they look at, and their decision on just that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from scheduler.domain.people import Person
from scheduler.domain.programme import EditionState, RecordingState, is_within_duration_rule
from scheduler.errors import AuthorMayNotApprove, NoTakeYet, TakeChanged
from scheduler.models import Edition, Episode, Recording, Review, Series
from scheduler.services import approval
from scheduler.services.episode_history import names_of


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingEdition:
    """An edition in the queue with the take that would be decided on, and who laid it there."""

    edition: Edition
    take: Recording | None
    submitted_by: str
    submitted_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """What waits for a decision, the oldest first; and apart what is measured and nobody submitted yet."""

    submitted: Sequence[WaitingEdition]
    measured: Sequence[WaitingEdition]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewSheet:
    """What an approver looks at before deciding."""

    edition: Edition
    take: Recording
    on_the_way: Recording | None
    """A newer take that is not measured yet."""
    submitted_by: str
    keeps_rule: bool
    is_author: bool
    """Whether the station's rules keep this person from approving it."""
    waiting: int
    reviews: Sequence[Review]


def find_queue(session: Session) -> Queue:
    """All editions that are submitted or could be."""
    found = session.scalars(
        select(Edition)
        .join(Episode)
        .join(Series)
        .where(
            Edition.state.in_((EditionState.SUBMITTED, EditionState.MEASURED)),
            Episode.removed_at.is_(None),
            Series.removed_at.is_(None),
        )
        .order_by(Edition.submitted_at.nulls_first(), Edition.id)
        .options(
            defer(Edition.script),
            selectinload(Edition.episode).selectinload(Episode.series),
            selectinload(Edition.recordings).options(defer(Recording.peaks), selectinload(Recording.ingest)),
        )
    ).all()
    names = names_of(session, {edition.submitted_by_user for edition in found})
    by_state: dict[EditionState, list[WaitingEdition]] = {EditionState.SUBMITTED: [], EditionState.MEASURED: []}
    for edition in found:
        submitted = edition.state is EditionState.SUBMITTED
        by_state[edition.state].append(
            WaitingEdition(
                edition=edition,
                take=_measured_take(edition),
                submitted_by=names.get(edition.submitted_by_user or 0, "") if submitted else "",
                submitted_at=edition.submitted_at if submitted else None,
            )
        )
    return Queue(submitted=by_state[EditionState.SUBMITTED], measured=by_state[EditionState.MEASURED])


def open_review(session: Session, edition: Edition, person: Person) -> ReviewSheet:
    """What an approver looks at. Raises `NoTakeYet` when nothing was measured."""
    take = get_take(edition)
    newest = edition.recordings[-1]
    series = edition.episode.series
    names = names_of(session, {edition.submitted_by_user})
    return ReviewSheet(
        edition=edition,
        take=take,
        on_the_way=newest if newest.state is RecordingState.RECEIVED else None,
        submitted_by=names.get(edition.submitted_by_user or 0, ""),
        keeps_rule=is_within_duration_rule(
            take.master_seconds or take.seconds or 0.0,
            shortest=series.shortest_seconds,
            longest=series.longest_seconds,
        ),
        is_author=_is_author(session, edition, take, person),
        waiting=len(_submitted_ids(session)),
        reviews=list(reversed(edition.reviews)),
    )


def approve_shown(
    session: Session,
    edition: Edition,
    *,
    sha256: str,
    person: Person,
    remark: str,
    now: datetime,
    zone: ZoneInfo,
) -> Edition | None:
    """Approve the very bytes a person looked at; gives the edition that waits next.

    Raises `TakeChanged`, and all that `approval.approve` raises.
    """
    _check_shown(edition, sha256)
    approval.approve(
        session,
        edition,
        reviewer=person.name,
        reviewer_user=person.id,
        sha256=sha256,
        reason=remark,
        now=now,
        zone=zone,
    )
    return find_next(session, edition)


def return_shown(
    session: Session, edition: Edition, *, sha256: str, person: Person, reason: str, now: datetime
) -> Edition | None:
    """Send what a person looked at back to the makers; gives the edition that waits next.

    Raises `TakeChanged`, `ReasonMissing`, `StepNotAllowed`.
    """
    _check_shown(edition, sha256)
    approval.reject(session, edition, reviewer=person.name, reason=reason, sha256=sha256, now=now)
    return find_next(session, edition)


def find_next(session: Session, edition: Edition) -> Edition | None:
    """The submitted edition that follows this one in the queue, else the first; None when none waits."""
    session.flush()
    own = (edition.submitted_at is not None, edition.submitted_at, edition.id)
    waiting = [((at is not None, at, number), number) for number, at in _submitted_ids(session) if number != edition.id]
    rest = [number for place, number in waiting if place > own] or [number for _, number in waiting]
    return session.get(Edition, rest[0]) if rest else None


def get_take(edition: Edition) -> Recording:
    """The take to decide on: the newest that was measured and not refused. Raises `NoTakeYet`."""
    take = _measured_take(edition)
    if take is None:
        raise NoTakeYet
    return take


def _measured_take(edition: Edition) -> Recording | None:
    measured = [take for take in edition.recordings if take.state is RecordingState.MEASURED]
    return measured[-1] if measured else None


def _check_shown(edition: Edition, sha256: str) -> None:
    take = get_take(edition)
    if take.sha256 != sha256:
        raise TakeChanged(take=take.take)


def _is_author(session: Session, edition: Edition, take: Recording, person: Person) -> bool:
    try:
        approval.check_is_no_author(session, edition, take, person.id)
    except AuthorMayNotApprove:
        return True
    return False


def _submitted_ids(session: Session) -> list[tuple[int, datetime | None]]:
    return list(
        session.execute(
            select(Edition.id, Edition.submitted_at)
            .join(Episode)
            .join(Series)
            .where(Edition.state == EditionState.SUBMITTED, Episode.removed_at.is_(None), Series.removed_at.is_(None))
            .order_by(Edition.submitted_at.nulls_first(), Edition.id)
        )
    )
