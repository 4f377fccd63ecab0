"""Sound into memory, for dry runs and tests: takes its time, is heard by nobody, and is remembered."""

import math
from collections import deque
from datetime import datetime
from uuid import UUID

from audio.carriers.timed import TimedSounding, Watch
from scheduler.ports import Clock, MediaStore, Outcome, Permit, Stretch, Transmission

_REMEMBERED = 100_000


class MemoryCarrier:
    """Keeps what each zone was given and when; with a media store, missing files are found at `prepare`."""

    def __init__(self, *, clock: Clock, media: MediaStore | None = None, **_others: object) -> None:
        self._clock, self._media = clock, media
        self._watch = Watch(clock, name="memory carrier")
        self._started: deque[TimedSounding] = deque(maxlen=_REMEMBERED)

    def prepare(self, transmission: Transmission, permit: Permit) -> "_MemorySounding":
        """Make ready. Raises `MediaMissing`."""
        if self._media is not None:
            self._media.path(transmission.rendition_sha256)
        self._watch.open()
        return _MemorySounding(transmission, permit, self._clock, self._enter)

    def recall(self, broadcast_id: UUID, zone_code: str) -> tuple[Stretch, ...]:  # noqa: ARG002 -- the protocol
        """Nothing: the memory of the process that sounded is gone with it."""
        return ()

    def problems(self) -> list[str]:
        """Memory is always there."""
        return []

    def close(self) -> None:
        """Stop everything that still sounds."""
        self._watch.close()

    def heard(self, zone_code: str) -> list[TimedSounding]:
        """The programmes that began to sound in a zone, in order; the latest hundred thousand of all zones are kept."""
        return [sounding for sounding in list(self._started) if sounding.transmission.zone_code == zone_code]

    def start_instants(self) -> list[tuple[Transmission, datetime]]:
        """Every programme that began to sound, with the instant of its first sample, in order."""
        return [(sounding.transmission, sounding.started_at) for sounding in list(self._started)]

    def _enter(self, sounding: TimedSounding) -> None:
        self._started.append(sounding)
        self._watch.enter(sounding)


class _MemorySounding(TimedSounding):
    """Tells its outcome as soon as the clock is past its end, even between two looks of the watch."""

    __slots__ = ()
    longest_blind = math.inf

    def outcome(self) -> Outcome | None:
        """What sounded, once it is over."""
        if super().outcome() is None and self.began is not None and self.look(self._clock.monotonic()):
            self.publish()
        return super().outcome()
