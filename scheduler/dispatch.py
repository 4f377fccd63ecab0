"""Sending notices that are due: noted as tried in one transaction, sent with none open, what came of it in another."""

import logging
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.database import Sessions
from scheduler.domain.reach import TargetKind
from scheduler.errors import NoticeNotTaken
from scheduler.ports import Road
from scheduler.services import notices
from scheduler.services.notices import Outgoing

logger = logging.getLogger(__name__)


class Dispatcher:
    """Makes notices of alarms and brings them on their way."""

    def __init__(self, sessions: Sessions, *, roads: Mapping[TargetKind, Road], zone: ZoneInfo, language: str) -> None:
        self._sessions, self._roads, self._zone, self._language = sessions, roads, zone, language

    def turn(self, now: datetime) -> int:
        """One turn; says how many notices were taken.

        A target that failed is not asked again in the same turn: what else is for it has failed with it.
        """
        with self._sessions.begin() as session:
            notices.make(session, now=now)
            due = notices.take_due(session, now=now, zone=self._zone, language=self._language)
        taken, failures = 0, dict[int, NoticeNotTaken]()
        for outgoing in due:
            failure = failures.get(outgoing.target_id) or self._send(outgoing, now=now)
            if failure is not None:
                failures[outgoing.target_id] = failure
            self._note(outgoing, failure, now=now)
            taken += failure is None
        return taken

    def _send(self, outgoing: Outgoing, *, now: datetime) -> NoticeNotTaken | None:
        try:
            self._roads[outgoing.kind].send(
                outgoing.message, address=outgoing.address, secret=outgoing.secret, now=now
            )  # fmt: skip
        except NoticeNotTaken as failure:
            logger.info("notice.not_taken target=%s reason=%s", outgoing.target_id, failure.facts["reason"])
            return failure
        return None

    def _note(self, outgoing: Outgoing, failure: NoticeNotTaken | None, *, now: datetime) -> None:
        key = (outgoing.message.id, outgoing.target_id)
        with self._sessions.begin() as session:
            if failure is None:
                notices.note_taken(session, *key, now=now)
            else:
                reason, permanent = str(failure.facts["reason"]), bool(failure.facts["permanent"])
                notices.note_failed(session, *key, problem=reason, permanent=permanent, now=now)
