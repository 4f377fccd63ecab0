"""Fetching what a village plays: the urgent first, the rest at night within the day's budget, whole or not at all."""

import logging
import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from audio.store import FileMediaStore
from audio.village.cache import Cache, Wanted
from audio.village.chunk import fetch_chunk
from audio.village.data_use import DataCount, DataUse
from audio.village.fetch_hours import is_fetch_hour
from audio.village.home import Membership
from audio.village.partial import Partials
from audio.village.station_link import HANDSHAKE_BYTES, StationLink
from scheduler.database import said_by_driver
from scheduler.domain.village import BoxProblem
from scheduler.errors import (
    FileNotThere,
    FileOfAnotherSize,
    MediaNotStored,
    PlainLinkRefused,
    StationBusy,
    StationUnreachable,
    TokenRefused,
)
from scheduler.ports import Clock
from scheduler.village_messages import VillageFile, ZoneRules

logger = logging.getLogger(__name__)

CHUNK = 1024 * 1024
"""Asked for at a time: hours, budget and a more urgent file are looked at between two."""
OVERHEAD_BYTES = HANDSHAKE_BYTES + 1_000
"""What one request carries beside the chunk, about; reserved with it."""
LEAST_CHUNK = 16 * 1024
"""Below this a chunk is not worth its head."""
IDLE_S = 60.0
LEAST_WAIT_S = 0.01
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 900.0
LONGEST_URGENT_WAIT_S = 60.0
REFUSED_WAIT_S = 600.0
"""A box that was revoked asks again this seldom; a file that is not there, or was wrong, waits so long at first."""
LONGEST_REFUSED_WAIT_S = 6 * 3600.0


class Note(Protocol):
    """Where a box writes what a person should know."""

    def __call__(self, code: str, *, at: datetime | None, **facts: object) -> None:
        """Keep a note."""
        ...


class Fetcher:
    """Fetches the files of the plan; `look` is one step, called by one thread, all else may be called by any."""

    def __init__(
        self,
        media: FileMediaStore,
        folder: Path,
        membership: Membership,
        clock: Clock,
        *,
        note: Note,
        quota_bytes: int = 4_000_000_000,
        ca_file: Path | None = None,
        allows_plain: bool = False,
        free_bytes: Callable[[], int] | None = None,
        luck: random.Random | None = None,
    ) -> None:
        """`folder` is the player's; `quota_bytes` bounds all media, `free_bytes` tells what the disk has left.

        Raises `BadStationAddress`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._link = StationLink(membership.station_url, ca_file=ca_file, allows_plain=allows_plain)
        self._membership, self._clock, self._note = membership, clock, note
        self._partials = Partials(folder / "fetch")
        free = free_bytes or (lambda: shutil.disk_usage(folder).free)
        self._cache = Cache(media, self._partials, quota_bytes=quota_bytes, free_bytes=free)
        self._count = DataCount(folder / "data-use")
        self._luck = luck or random.Random()  # noqa: S311 -- spreads load, keeps no secret
        self._stopped, self._woken = threading.Event(), threading.Event()
        self._held_until = float("-inf")
        self._failures = 0
        self._failed_at = float("-inf")
        self._wait_s = 0.0
        self._waits: dict[str, float] = {}
        self._refusals: Counter[str] = Counter()
        self._wrong: set[str] = set()
        self._problems: dict[BoxProblem, None] = {}
        self.on_ready: Callable[[], None] = lambda: None
        """Called, in the thread of `look`, after a file came whole."""

    # --- what others ask ------------------------------------------------------------------------------------------
    @property
    def use(self) -> DataUse:
        """What went over the link for files on the day last counted."""
        return self._count.use

    @property
    def problems(self) -> tuple[BoxProblem, ...]:
        """What keeps files away now."""
        return (*self._problems, *((BoxProblem.FILE_REFUSED,) if self._wrong else ()))

    def is_ready(self, sha256: str) -> bool:
        """Tell whether a file lies here whole."""
        return self._cache.is_ready(sha256)

    def missing(self, wanted: Sequence[Wanted]) -> tuple[str, ...]:
        """The files that lack, the one needed first first."""
        return tuple(item.file.sha256 for item in _in_order(wanted) if not self.is_ready(item.file.sha256))

    def wake(self) -> None:
        """Look again now: the plan is another, or somebody asked."""
        self._waits.clear()
        self._wait_s = 0.0
        self._woken.set()

    def hold_off(self, seconds: float) -> None:
        """Have no link for so long (a demonstration pulls the plug)."""
        self._held_until = self._clock.monotonic() + seconds
        self._link.cut()

    def stop(self) -> None:
        """Leave off at once; what has come of a file is gone on with at the next start."""
        self._stopped.set()
        self._woken.set()
        self._link.cut()

    # --- the thread -----------------------------------------------------------------------------------------------
    def run(self, tell: Callable[[], tuple[Sequence[Wanted], ZoneRules, datetime] | None]) -> None:
        """Step after step until `stop`; `tell` says what is wanted, by which rules, and the time; None: nothing yet."""
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                told = tell()
                wait_s = IDLE_S if told is None else self.look(told[0], told[1], now=told[2])
            except Exception:  # edge of the loop: the next file must still be fetched
                logger.exception("files.look_failed")
                wait_s = IDLE_S
            self._woken.wait(wait_s)
        self.close()

    def close(self) -> None:
        """Let go of the connection and write down what was counted; for the thread that calls `look`."""
        self._link.close()
        self._count.flush()

    def look(self, wanted: Sequence[Wanted], rules: ZoneRules, *, now: datetime) -> float:
        """A step: look a file through, or fetch a chunk of the one needed first; says in how many seconds to go on."""
        self._cache.drop_stray(wanted)
        self._wrong.intersection_update(item.file.sha256 for item in wanted)
        damaged = self._cache.check_next(wanted, now=now)
        if damaged is not None:
            self._tell("file_damaged", at=now, sha256=damaged)
            return 0.0
        blocked_s = self._blocked_for(wanted, rules, now)
        if blocked_s > 0:
            return min(max(blocked_s, LEAST_WAIT_S), IDLE_S)
        chosen = self._choose(wanted, rules, now)
        if chosen is None:
            self.close()
            return IDLE_S
        return self._step(*chosen, rules=rules, now=now)

    # --- choosing -------------------------------------------------------------------------------------------------
    def _blocked_for(self, wanted: Sequence[Wanted], rules: ZoneRules, now: datetime) -> float:
        """Seconds for which the station is not asked; never long while something urgent lacks."""
        wait_s = self._wait_s
        if BoxProblem.TOKEN_REFUSED not in self._problems and any(
            _is_urgent(item, rules, now) and not self.is_ready(item.file.sha256) for item in wanted
        ):
            wait_s = min(wait_s, LONGEST_URGENT_WAIT_S)
        return max(self._held_until, self._failed_at + wait_s) - self._clock.monotonic()

    def _choose(self, wanted: Sequence[Wanted], rules: ZoneRules, now: datetime) -> tuple[VillageFile, int] | None:
        """The file to go on with, and how much may come: the urgent at any hour, whatever the budget."""
        zone = ZoneInfo(rules.time_zone)
        is_night = is_fetch_hour(rules, now, of=self._membership.username)
        left = rules.budget_bytes_per_day - self._count.on(now, zone) - OVERHEAD_BYTES
        is_full = False
        for item in _in_order(wanted):
            file = item.file
            if self.is_ready(file.sha256) or self._waits.get(file.sha256, 0.0) > self._clock.monotonic():
                continue
            lacks = file.size_bytes - min(self._partials.length(file.sha256), file.size_bytes)
            most = lacks if _is_urgent(item, rules, now) else min(lacks, max(left, 0)) if is_night else 0
            if most < min(lacks, LEAST_CHUNK):
                continue
            if self._cache.make_room(item, wanted, now=now):
                self._set_problem(BoxProblem.DISK_FULL, is_there=is_full)
                return file, most
            is_full = True
        self._set_problem(BoxProblem.DISK_FULL, is_there=is_full)
        return None

    # --- fetching -------------------------------------------------------------------------------------------------
    def _step(self, file: VillageFile, most: int, *, rules: ZoneRules, now: datetime) -> float:
        try:
            came = self._fetch(file, most, zone=ZoneInfo(rules.time_zone), now=now)
            if self._partials.length(file.sha256) >= file.size_bytes:
                self._finish(file, now=now)
        except (StationUnreachable, StationBusy, TokenRefused, PlainLinkRefused) as error:
            return self._note_link_failure(error, now=now)
        except (FileNotThere, FileOfAnotherSize) as error:
            self._set_aside(file, now=now, reason=error.code)
            return 0.0
        except (OSError, MediaNotStored) as error:
            logger.warning("files.not_written sha256=%s reason=%s", file.sha256, error)
            self._set_problem(BoxProblem.DISK_FULL, is_there=True)
            return IDLE_S
        for code in (BoxProblem.TOKEN_REFUSED, BoxProblem.FILES_UNREACHABLE, BoxProblem.PLAIN_LINK):
            self._set_problem(code, is_there=False)
        if came < min(most, CHUNK) and came < LEAST_CHUNK:  # a link that gives a few bytes at a time is no link
            return self._back_off()
        self._failures = 0
        return 0.0

    def _fetch(self, file: VillageFile, most: int, *, zone: ZoneInfo, now: datetime) -> int:
        """One chunk, counted before it comes. Nothing is asked for when all is here but was not looked through yet."""
        chunk = min(most, CHUNK)
        if chunk <= 0:
            return 0
        reserved = chunk + OVERHEAD_BYTES
        self._count.reserve(reserved, now, zone)
        before = self._link.carried_bytes
        try:
            return fetch_chunk(
                self._link,
                self._partials,
                file,
                token=self._membership.token,
                most=chunk,
                most_whole=most,
                is_stopped=self._is_interrupted,
            )
        finally:
            self._count.settle(reserved=reserved, carried=self._link.carried_bytes - before)

    def _finish(self, file: VillageFile, *, now: datetime) -> None:
        """A file counts only when its hash is that of the plan; wrong bytes are dropped, and it is fetched anew."""
        if self._cache.take(file):
            self._refusals.pop(file.sha256, None)
            self._wrong.discard(file.sha256)
            logger.info("files.ready sha256=%s size_bytes=%s", file.sha256, file.size_bytes)
            self.on_ready()
            return
        self._set_aside(file, now=now, reason="wrong_bytes")

    def _set_aside(self, file: VillageFile, *, now: datetime, reason: str) -> None:
        wait_s = min(REFUSED_WAIT_S * 2 ** min(self._refusals[file.sha256], 20), LONGEST_REFUSED_WAIT_S)
        self._waits[file.sha256] = self._clock.monotonic() + wait_s * self._luck.uniform(0.5, 1.0)
        self._refusals[file.sha256] += 1
        if reason == FileNotThere.code:
            logger.warning("files.not_there sha256=%s", file.sha256)
            return
        self._partials.drop(file.sha256)
        self._wrong.add(file.sha256)
        self._tell(BoxProblem.FILE_REFUSED, at=now, sha256=file.sha256, reason=reason)

    def _note_link_failure(
        self, error: StationUnreachable | StationBusy | TokenRefused | PlainLinkRefused, *, now: datetime
    ) -> float:
        logger.info("files.link_failed code=%s facts=%s", error.code, error.facts)
        if isinstance(error, TokenRefused | PlainLinkRefused):
            code = BoxProblem.TOKEN_REFUSED if isinstance(error, TokenRefused) else BoxProblem.PLAIN_LINK
            if code not in self._problems:
                self._tell(code, at=now)
            self._set_problem(code, is_there=True)
            return self._wait(REFUSED_WAIT_S * self._luck.uniform(0.5, 1.0))
        if isinstance(error, StationBusy):
            told = float(str(error.facts.get("wait_s", 0.0)))
            return self._wait(max(told, FIRST_WAIT_S) * self._luck.uniform(1.0, 1.5))
        self._set_problem(BoxProblem.FILES_UNREACHABLE, is_there=self._failures >= 2)
        return self._back_off()

    def _back_off(self) -> float:
        self._failures += 1
        wait_s = min(FIRST_WAIT_S * 2 ** min(self._failures - 1, 20), LONGEST_WAIT_S)
        return self._wait(wait_s * self._luck.uniform(0.5, 1.0))

    def _wait(self, seconds: float) -> float:
        self._failed_at, self._wait_s = self._clock.monotonic(), seconds
        return min(seconds, IDLE_S)

    def _tell(self, code: str, *, at: datetime, **facts: object) -> None:
        """A note that cannot be written (a full card) must not keep files away, nor make a refused box ask on."""
        try:
            self._note(code, at=at, **facts)
        except SQLAlchemyError as error:
            logger.warning("files.not_noted code=%s reason=%s", code, said_by_driver(error))

    def _is_interrupted(self) -> bool:
        return self._stopped.is_set() or self._held_until > self._clock.monotonic()

    def _set_problem(self, code: BoxProblem, *, is_there: bool) -> None:
        self._problems = {known: None for known in [*self._problems, code] if known != code or is_there}


def _in_order(wanted: Sequence[Wanted]) -> list[Wanted]:
    return sorted(wanted, key=lambda item: item.needed_at)


def _is_urgent(item: Wanted, rules: ZoneRules, now: datetime) -> bool:
    return item.needed_at - now <= timedelta(seconds=rules.urgent_within_s)
