"""What lies on a box's card: whole files, looked through before they are needed, and what goes when room is short."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from audio.store import FileMediaStore
from audio.village.partial import Partials
from scheduler.errors import MediaCorrupt, MediaMissing
from scheduler.village_messages import VillageFile

logger = logging.getLogger(__name__)

NEEDED_SOON = timedelta(days=2)
"""What the plan needs within this time is never given up for something needed later."""
CHECKED_BEFORE = timedelta(hours=2)
"""A file is looked through this long before it is needed: there is time to fetch it again."""
CHECKED_EVERY = timedelta(hours=12)
RESERVE = 64_000_000
"""Bytes of the disk that media leave to rows and logs, whatever the quota."""


class Wanted(Protocol):
    """A file that will air, and when first."""

    @property
    def file(self) -> VillageFile:
        """Hash and size."""
        ...

    @property
    def needed_at(self) -> datetime:
        """When it airs first; in the past while it sounds."""
        ...


class Cache:
    """The media of one box, within a quota."""

    def __init__(
        self, media: FileMediaStore, partials: Partials, *, quota_bytes: int, free_bytes: Callable[[], int]
    ) -> None:
        self._media, self._partials = media, partials
        self._quota, self._free = quota_bytes, free_bytes
        self._checked: dict[str, datetime] = {}

    def is_ready(self, sha256: str) -> bool:
        """Tell whether a file lies here whole; one that was touched since it was looked through is looked through."""
        try:
            self._media.path(sha256)
        except (MediaMissing, MediaCorrupt):
            return False
        return True

    def check_next(self, wanted: Sequence[Wanted], *, now: datetime) -> str | None:
        """Look through one file that is due; says which one when it is not what was fetched, and then it is gone."""
        for item in sorted(wanted, key=lambda item: item.needed_at):
            sha256 = item.file.sha256
            if not self._is_due(item, now):
                continue
            self._checked[sha256] = now
            try:
                self._media.verify(sha256)
            except MediaMissing:
                continue
            except MediaCorrupt:
                logger.error("files.damaged sha256=%s", sha256)  # noqa: TRY400 -- said in a line
                self._media.remove(sha256)
                return sha256
            return None
        return None

    def take(self, file: VillageFile) -> bool:
        """Let a file count that has come; False, and it is gone, when its bytes are wrong. Raises `MediaNotStored`."""
        sha256 = file.sha256
        if not self._partials.is_whole(sha256) or self._partials.length(sha256) != file.size_bytes:
            self._partials.drop(sha256)
            return False
        stored = self._media.adopt(self._partials.path(sha256))
        if stored.sha256 != sha256:  # it changed between the two looks: the card is failing
            self._media.remove(stored.sha256)
            return False
        return True

    def drop_stray(self, wanted: Sequence[Wanted]) -> None:
        """Forget what had come of files that no plan wants any more."""
        names = {item.file.sha256 for item in wanted}
        for sha256, _ in list(self._partials.find()):
            if sha256 not in names:
                self._partials.drop(sha256)

    def make_room(self, item: Wanted, wanted: Sequence[Wanted], *, now: datetime) -> bool:
        """Tell whether there is room for a file, after what is less needed has gone; nothing goes when it would not do.

        First goes what no plan wants, the oldest first; then what is needed last, if that is neither soon nor sooner.
        """
        lacks = item.file.size_bytes - self._partials.length(item.file.sha256)
        stored = {found.sha256: found.size_bytes for found in self._media.find()}
        used = sum(stored.values()) + sum(length for _, length in self._partials.find())
        over = lacks - min(self._quota - used, self._free() - RESERVE)
        if over <= 0:
            return True
        going = []
        for sha256 in self._less_needed(item, wanted, stored, now=now):
            going.append(sha256)
            over -= stored[sha256]
            if over <= 0:
                break
        if over > 0:
            return False
        for sha256 in going:
            logger.info("files.evicted sha256=%s", sha256)
            self._media.remove(sha256)
        return True

    def _less_needed(
        self, item: Wanted, wanted: Sequence[Wanted], stored: dict[str, int], *, now: datetime
    ) -> Iterator[str]:
        needed = {other.file.sha256: other.needed_at for other in wanted}
        yield from (sha256 for sha256 in stored if sha256 not in needed)
        later = [
            (at, sha256)
            for sha256, at in needed.items()
            if sha256 in stored and at > max(item.needed_at, now + NEEDED_SOON)
        ]
        yield from (sha256 for _, sha256 in sorted(later, reverse=True))

    def _is_due(self, item: Wanted, now: datetime) -> bool:
        checked = self._checked.get(item.file.sha256)
        if checked is None:
            return self._lies_here(item.file.sha256)
        is_near = item.needed_at - now <= CHECKED_BEFORE
        return is_near and abs(now - checked) >= CHECKED_EVERY and self._lies_here(item.file.sha256)

    def _lies_here(self, sha256: str) -> bool:
        try:
            self._media.path(sha256)
        except MediaMissing:
            return False
        except MediaCorrupt:
            pass  # it lies here, with other bytes
        return True
