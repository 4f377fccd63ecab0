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
        """One turn; says how many notices were taken. A target that failed is not tried again in the same turn."""
        with self._sessions.begin() as session:
            notices.make(session, now=now)
            due = notices.take_due(session, now=now, zone=self._zone, language=self._language)
        taken, failed = 0, set[int]()
        for outgoing in due:
            if outgoing.target_id not in failed and self._send(outgoing, now=now):
                taken += 1
            else:
                failed.add(outgoing.target_id)
        return taken

    def _send(self, outgoing: Outgoing, *, now: datetime) -> bool:
        key = (outgoing.message.id, outgoing.target_id)
        try:
            self._roads[outgoing.kind].send(
                outgoing.message, address=outgoing.address, secret=outgoing.secret, now=now
            )  # fmt: skip
        except NoticeNotTaken as error:
            logger.info("notice.not_taken target=%s reason=%s", outgoing.target_id, error.facts["reason"])
            reason, permanent = str(error.facts["reason"]), bool(error.facts["permanent"])
            with self._sessions.begin() as session:
                notices.note_failed(session, *key, problem=reason, permanent=permanent, now=now)
            return False
        with self._sessions.begin() as session:
            notices.note_taken(session, *key, now=now)
        return True
