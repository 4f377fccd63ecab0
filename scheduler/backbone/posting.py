"""Posting what was kept: batch by batch, row by row when a batch fails, what cannot be posted set aside."""

import logging

from scheduler.backbone.consumer import AWAY
from scheduler.backbone.counts import Counts
from scheduler.config import Settings
from scheduler.database import Sessions
from scheduler.ports import Clock
from scheduler.services import village_posting
from scheduler.services.village_journal import RowKey
from scheduler.services.village_posting import Posted

logger = logging.getLogger(__name__)

AT_ONCE = 1_000
"""Rows in one transaction: on SQLite a claim of the daemon may wait for it."""
UNPOSTABLE = "unpostable"


class Poster:
    """Brings kept rows into the log until none is left."""

    def __init__(
        self, *, clock: Clock, sessions: Sessions, readers: Sessions, settings: Settings, counts: Counts
    ) -> None:
        self._clock, self._sessions, self._readers = clock, sessions, readers
        self._settings, self._counts = settings, counts

    def turn(self) -> int:
        """Post one batch; says how many rows it had. Raises what `consumer.AWAY` names."""
        with self._readers.begin() as session:
            waiting = village_posting.find_waiting(session, limit=AT_ONCE)
        if not waiting:
            return 0
        try:
            posted = self._post()
        except AWAY:
            raise
        except Exception:  # one row must not keep the others out of the log
            logger.exception("backbone.posting_failed rows=%s", len(waiting))
            posted = self._post_singly(waiting)
        self._counts.add(posted=posted.rows - posted.quarantined, quarantined=posted.quarantined)
        return posted.rows

    def _post(self, only: RowKey | None = None) -> Posted:
        with self._sessions.begin() as session:
            return village_posting.post(
                session, now=self._clock.now(), zone=self._settings.time_zone, limit=AT_ONCE, only=only
            )

    def _post_singly(self, waiting: list[RowKey]) -> Posted:
        rows = quarantined = 0
        for key in waiting:
            try:
                posted = self._post(key)
            except AWAY:
                raise
            except Exception as error:
                logger.exception("backbone.row_unpostable row=%s", key)
                with self._sessions.begin() as session:
                    village_posting.quarantine(session, key, code=UNPOSTABLE, about=type(error).__name__)
                posted = Posted(rows=1, quarantined=1)
            rows, quarantined = rows + posted.rows, quarantined + posted.quarantined
        return Posted(rows=rows, quarantined=quarantined)
