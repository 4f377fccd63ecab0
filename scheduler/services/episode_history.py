"""The history of an episode: takes, reviews, airings with what became of them, and changes from the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.programme import NEXT_STATES, EditionState, RecordingState, is_within_duration_rule
from scheduler.models import AuditEntry, Edition, Episode, Recording, Review, User
from scheduler.services.edition_airings import NEVER, AiringTimes, PastAiring, find_past, find_times, find_to_come
from scheduler.services.library import seconds_of

MOST_CHANGES = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionSheet:
    """One edition as its page shows it; the newest take first."""

    edition: Edition
    seconds: float | None
    times: AiringTimes
    takes: Sequence[Recording]
    reviews: Sequence[Review]
    submitted_by: str

    @property
    def newest(self) -> Recording | None:
        """The newest take, if there is any."""
        return self.takes[0] if self.takes else None

    @property
    def can_submit(self) -> bool:
        """Tell whether its newest take may be laid before the approver."""
        state, newest = self.edition.state, self.newest
        if state is EditionState.APPROVED or EditionState.SUBMITTED not in NEXT_STATES[state]:
            return False
        return newest is not None and newest.state is RecordingState.MEASURED

    @property
    def can_withdraw(self) -> bool:
        """Tell whether there is an approval to take back."""
        return self.edition.approved_recording is not None or self.edition.state is EditionState.APPROVED

    @property
    def keeps_rule(self) -> bool:
        """Tell whether its length keeps the rule of its series; what has no length breaks none."""
        series = self.edition.episode.series
        return self.seconds is None or is_within_duration_rule(
            self.seconds, shortest=series.shortest_seconds, longest=series.longest_seconds
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeSheet:
    """All that the page of an episode shows."""

    episode: Episode
    editions: Sequence[EditionSheet]
    to_come: Sequence[PastAiring]
    past: Sequence[PastAiring]
    changes: Sequence[AuditEntry]


def open_episode(session: Session, episode: Episode, *, now: datetime) -> EpisodeSheet:
    """An episode with its editions and their history."""
    order = [item.language for item in episode.series.languages]
    editions = sorted(episode.editions, key=lambda item: [*order, item.language].index(item.language))
    numbers = [edition.id for edition in editions]
    times = find_times(session, numbers, now=now)
    names = names_of(session, {edition.submitted_by_user for edition in editions})
    return EpisodeSheet(
        episode=episode,
        editions=[_sheet_of(edition, times=times.get(edition.id, NEVER), names=names) for edition in editions],
        to_come=find_to_come(session, numbers, now=now),
        past=find_past(session, numbers, now=now),
        changes=_find_changes(session, episode, editions),
    )


def names_of(session: Session, user_ids: set[int | None]) -> dict[int, str]:
    """What people are called, by number."""
    wanted = {number for number in user_ids if number is not None}
    if not wanted:
        return {}
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(wanted))).all())


def _sheet_of(edition: Edition, *, times: AiringTimes, names: Mapping[int, str]) -> EditionSheet:
    takes = list(reversed(edition.recordings))
    return EditionSheet(
        edition=edition,
        seconds=seconds_of(edition, takes[0] if takes else None),
        times=times,
        takes=takes,
        reviews=list(reversed(edition.reviews)),
        submitted_by=names.get(edition.submitted_by_user or 0, ""),
    )


def _find_changes(session: Session, episode: Episode, editions: Sequence[Edition]) -> list[AuditEntry]:
    """What people changed of the episode and its editions, the newest first."""
    subjects = [str(edition.id) for edition in editions]
    return list(
        session.scalars(
            select(AuditEntry)
            .where(
                or_(
                    and_(AuditEntry.kind == "episode", AuditEntry.subject == str(episode.id)),
                    and_(AuditEntry.kind == "edition", AuditEntry.subject.in_(subjects)),
                )
            )
            .order_by(AuditEntry.id.desc())
            .limit(MOST_CHANGES)
        )
    )
