"""Making the small files that villages fetch, two weeks ahead: whole programmes, the one needed first first."""

import logging
from collections import deque
from datetime import datetime, timedelta
from typing import Protocol

from scheduler.database import Sessions
from scheduler.errors import BroadcastError, MediaCorrupt, MediaMissing
from scheduler.ports import Assembler, Clock, MediaStore, StoredFile
from scheduler.services import due, playout, village_transport
from scheduler.services.village_transport import Needed

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=1)
LOOK_ANYWAY = timedelta(minutes=10)
"""So often all that is needed is looked at although the plan is the same: files may be lost."""
ALARM_KINDS = ("media_missing", "media_corrupt", "not_assembled")
_QUIET = timedelta(seconds=6)
"""Before a start nothing is begun: an encoder takes all that a processor has."""


class Encoder(Protocol):
    """Makes a small file of what airs."""

    def encode(self, rendition_sha256: str) -> StoredFile:
        """Make (or find) the file. Raises `MediaMissing`, `MediaCorrupt`, `Unavailable`."""
        ...


class Transports:
    """Knows which files villages lack on the station, and makes one after the other."""

    def __init__(
        self, *, clock: Clock, sessions: Sessions, assembler: Assembler, encoder: Encoder, media: MediaStore
    ) -> None:
        self._clock, self._sessions = clock, sessions
        self._assembler, self._encoder, self._media = assembler, encoder, media
        self._planned_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._waiting: deque[Needed] = deque()
        self._failed_at: dict[str, datetime] = {}

    def look(self) -> None:
        """Make the file that is needed first, if any is lacking; to be called again and again."""
        now = self._clock.now()
        self._look_at_plan(now)
        if not self._waiting or self._is_start_near(now):
            return
        needed = self._waiting.popleft()
        try:
            self._make(needed)
        except BroadcastError as error:
            self._refuse(needed, error)
        else:
            self._accept(needed)

    def _look_at_plan(self, now: datetime) -> None:
        with self._sessions.begin() as session:
            planned_at = village_transport.read_planned_at(session)
            is_old = self._looked_at is None or abs(now - self._looked_at) >= self._look_again_after()
            if planned_at == self._planned_at and not is_old:
                return
            found = village_transport.find_needed(session, now=now)
        self._planned_at, self._looked_at = planned_at, now
        self._waiting = deque(item for item in found if not self._is_there(item))
        known = {item.key for item in found}
        self._failed_at = {key: at for key, at in self._failed_at.items() if key in known}

    def _look_again_after(self) -> timedelta:
        return RETRY_AFTER if self._failed_at else LOOK_ANYWAY

    def _is_start_near(self, now: datetime) -> bool:
        with self._sessions.begin() as session:
            return bool(due.find_instants(session, after=now, until=now + _QUIET))

    def _is_there(self, needed: Needed) -> bool:
        if needed.transport_sha256 is None:
            return False
        try:
            self._media.path(needed.transport_sha256)
        except (MediaMissing, MediaCorrupt):
            return False
        return True

    def _make(self, needed: Needed) -> None:
        rendition = needed.rendition_sha256
        if rendition is not None:
            try:
                self._media.verify(rendition)
            except (MediaMissing, MediaCorrupt) as error:
                logger.warning("rendition.unusable key=%s error=%s", needed.key, error)  # made again from its parts
                rendition = None
        if rendition is None:
            made = self._assembler.assemble(needed.parts)
            with self._sessions.begin() as session:
                playout.note_rendition(session, needed.key, made, now=self._clock.now())
            rendition = made.sha256
        file = self._encoder.encode(rendition)
        with self._sessions.begin() as session:
            village_transport.note_transport(session, needed.key, file)
        logger.info("transport.made key=%s bytes=%s", needed.key, file.size_bytes)

    def _accept(self, needed: Needed) -> None:
        if self._failed_at.pop(needed.key, None) is None:
            return
        with self._sessions.begin() as session:
            playout.clear_alarms(session, subject=_subject(needed), now=self._clock.now(), kinds=ALARM_KINDS)

    def _refuse(self, needed: Needed, error: BroadcastError) -> None:
        self._failed_at[needed.key] = now = self._clock.now()
        is_of_media = isinstance(error, MediaMissing | MediaCorrupt)
        kind = error.code if is_of_media else "not_assembled"
        facts = {name: str(value) for name, value in error.facts.items()} if is_of_media else {"reason": str(error)}
        told = facts | {"starts_at": needed.first_at.isoformat()}
        with self._sessions.begin() as session:
            if playout.raise_alarm(session, kind=kind, subject=_subject(needed), facts=told, now=now):
                logger.error("transport.not_made kind=%s facts=%s", kind, told)


def _subject(needed: Needed) -> str:
    return f"transport:{needed.key}"
