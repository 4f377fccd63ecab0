"""Having files ready before air: running orders assembled soonest first, renditions verified by hash, alarms raised."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.database import Sessions
from scheduler.domain.playout import Reason
from scheduler.errors import BroadcastError, MediaCorrupt, MediaMissing
from scheduler.ports import Assembler, Clock, MediaStore
from scheduler.services import due, playout

logger = logging.getLogger(__name__)

AHEAD = timedelta(days=1)
"""How long before air running orders are assembled."""
RETRY_AFTER = timedelta(seconds=15)
ALARM_KINDS = ("media_missing", "media_corrupt", "not_assembled")


class Readiness:
    """Knows which running orders cannot air and why; works outside the thread that starts sound."""

    def __init__(
        self,
        *,
        clock: Clock,
        sessions: Sessions,
        assembler: Assembler,
        media: MediaStore,
        preflight: timedelta,
        on_ready: Callable[[], None],
        keeps_alarms: bool = True,
    ) -> None:
        """`keeps_alarms` is False where nobody reads alarm rows, and each costs a card some of its life."""
        self._clock, self._sessions, self._keeps_alarms = clock, sessions, keeps_alarms
        self._assembler, self._media = assembler, media
        self._preflight, self._on_ready = preflight, on_ready
        self._verified: set[tuple[str, datetime]] = set()
        self._tried_at: dict[str, datetime] = {}
        self.problems: dict[str, Reason] = {}
        """Why a running order cannot air now, by its key."""

    def look(self) -> None:
        """Make ready what is needed next."""
        now = self._clock.now()
        with self._sessions.begin() as session:
            coming = due.find_coming(session, now=now, until=now + AHEAD)
        known = {order.key for order in coming}
        self._verified = {item for item in self._verified if item[0] in known}
        self.problems = {key: reason for key, reason in self.problems.items() if key in known}
        for order in coming:
            if self._is_to_do(order, now=now):
                self._make_ready(order)

    def look_again(self) -> None:
        """A file came: let the next look try everything that lacked one. From any thread."""
        self._tried_at = {}

    def _is_to_do(self, order: due.Coming, *, now: datetime) -> bool:
        if order.key in self.problems:
            tried_at = self._tried_at.get(order.key)
            return tried_at is None or now - tried_at >= RETRY_AFTER
        if order.rendition_sha256 is None:
            return True
        if order.first_at - now > self._preflight:
            return False
        return (order.key, order.first_at) not in self._verified or not self._is_whole(order.rendition_sha256)

    def _is_whole(self, sha256: str) -> bool:
        """Tell whether a verified file is still what it was; costs nothing unless it was touched."""
        try:
            self._media.path(sha256)
        except (MediaMissing, MediaCorrupt):
            return False
        return True

    def _make_ready(self, order: due.Coming) -> None:
        self._tried_at[order.key] = self._clock.now()
        try:
            self._assemble_or_verify(order)
        except MediaMissing as error:
            self._refuse(order, Reason.FILE_MISSING, "media_missing", error.facts)
        except MediaCorrupt as error:
            self._refuse(order, Reason.FILE_CORRUPT, "media_corrupt", error.facts)
        except BroadcastError as error:
            self._refuse(order, Reason.FILE_MISSING, "not_assembled", {"reason": str(error)})
        else:
            self._accept(order)

    def _assemble_or_verify(self, order: due.Coming) -> None:
        if order.rendition_sha256 is not None:
            try:
                self._media.verify(order.rendition_sha256)
            except (MediaMissing, MediaCorrupt) as error:
                # in a village it may lack for days: not a line every few seconds
                level = logging.WARNING if self._keeps_alarms else logging.DEBUG
                logger.log(level, "rendition.unusable key=%s error=%s", order.key, error)  # made again from its parts
            else:
                return
        rendition = self._assembler.assemble(order.parts)
        self._media.verify(rendition.sha256)
        with self._sessions.begin() as session:
            playout.note_rendition(session, order.key, rendition, now=self._clock.now())
        self._on_ready()

    def _accept(self, order: due.Coming) -> None:
        was_refused = self.problems.pop(order.key, None) is not None
        self._verified.add((order.key, order.first_at))
        if self._keeps_alarms:
            with self._sessions.begin() as session:
                playout.clear_alarms(session, subject=_subject(order), now=self._clock.now(), kinds=ALARM_KINDS)
        if was_refused:
            self._on_ready()

    def _refuse(self, order: due.Coming, reason: Reason, kind: str, facts: dict[str, object]) -> None:
        self.problems[order.key] = reason
        if not self._keeps_alarms:
            return
        told = {name: str(value) for name, value in facts.items()} | {"starts_at": order.first_at.isoformat()}
        with self._sessions.begin() as session:
            now = self._clock.now()
            if playout.raise_alarm(session, kind=kind, subject=_subject(order), facts=told, now=now):
                logger.error("preflight.problem kind=%s facts=%s", kind, told)


def _subject(order: due.Coming) -> str:
    return f"running_order:{order.key}"
