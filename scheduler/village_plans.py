"""Keeping the plans of villages up to date, as often as one likes: nothing is drawn unless something changed."""

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.services import village_plan
from scheduler.services.village_plan import Mark, PlanSettings
from scheduler.signing import Signer

logger = logging.getLogger(__name__)

FILES_WAIT = timedelta(seconds=30)
"""So long files that were made wait for more of them: a new week is a dozen files, and a plan for each would travel."""
LOOK_ANYWAY = timedelta(seconds=60)
"""So often all plans are drawn although no change was told: not all that changes them leaves a trace."""
SOON = timedelta(hours=2)
"""A file that is needed so soon waits for no other."""
_AT_ONCE = 200
"""Plans written in one transaction: it must be short, since a claim may wait for it."""


class VillagePlans:
    """What a process that publishes plans turns every second or so."""

    def __init__(self, *, sessions: Sessions, readers: Sessions, settings: PlanSettings, signer: Signer) -> None:
        self._sessions, self._readers, self._settings, self._signer = sessions, readers, settings, signer
        self._seen: Mark | None = None
        self._soon: frozenset[str] = frozenset()
        self._drawn_at: datetime | None = None

    def refresh(self, *, now: datetime) -> list[int]:
        """Draw, sign and keep what changed; says whose plan is new. Reads and signs with no lock on the database."""
        with self._readers.begin() as session:
            mark = village_plan.read_mark(session)
            if not self._is_to_draw(session, mark, now=now):
                return []
            soon = village_plan.find_files(session, until=now + SOON)
            changed = village_plan.find_changed(session, now=now, settings=self._settings, signer=self._signer)
        fresh: list[int] = []
        for first in range(0, len(changed), _AT_ONCE):
            rows = [village_plan.seal(item, self._signer) for item in changed[first : first + _AT_ONCE]]
            with self._sessions.begin() as session:
                fresh += village_plan.keep(session, rows)
        self._seen, self._soon, self._drawn_at = mark, soon, now
        if fresh:
            logger.info("village_plans.new number=%s", len(fresh))
        return fresh

    def _is_to_draw(self, session: Session, mark: Mark, *, now: datetime) -> bool:
        if self._seen is None or self._drawn_at is None or mark.changes != self._seen.changes:
            return True
        waited = abs(now - self._drawn_at)
        if mark.files == self._seen.files:
            return waited >= LOOK_ANYWAY
        return waited >= FILES_WAIT or not village_plan.find_files(session, until=now + SOON) <= self._soon
