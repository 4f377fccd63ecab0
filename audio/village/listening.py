"""Listening to what the loudspeakers really give, by a return microphone: a second opinion on every programme."""

import logging
import statistics
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from audio.carriers.volume import Volume
from audio.village.level import WINDOW_S, SpeechLevel
from scheduler.errors import CarrierDown
from scheduler.ports import Clock

logger = logging.getLogger(__name__)

ABOVE_AMBIENT_DB: Final = 6.0
"""How much louder than before the start counts as heard."""
QUIETEST_AMBIENT_DBFS: Final = -66.0
"""An ambient below that is taken for this: a cable's own noise must not pass for a voice."""
SLOT_S: Final = 2.0
"""What is judged at a time: longer than a speaker's breath."""
LOUD_SHARE: Final = 0.25
"""Share of a slot that must be as loud: speech has pauses."""
HEARD_SHARE: Final = 0.9
"""Share of a programme's slots in which it must be heard."""
SILENT_AFTER_S: Final = 20.0
"""Seconds of sound without hearing any of it, after which the amplifier counts as silent."""
DELAY_S: Final = 0.8
"""Until a sample that was handed over has certainly been heard back: sound card, air, recording."""
LEAST_AMBIENT_S: Final = 0.4
LOOK_EVERY_S: Final = 0.25
_LEVELS: Final = round(SLOT_S / WINDOW_S)
_SLOTS_TO_SILENCE: Final = round(SILENT_AFTER_S / SLOT_S)
_SLOTS_OF_SHORT: Final = 2
"""A programme that is over sooner than silence is sure is judged by these at the least."""


class Microphone(Protocol):
    """Where sound is heard; samples are 16 bit, mono, `audio.village.level.RATE` per second."""

    def open(self, give: Callable[[bytes], None]) -> None:
        """Begin to listen. Raises `CarrierDown`."""
        ...

    def close(self) -> None:
        """Stop listening; harmless when it does not."""
        ...


@dataclass(slots=True, eq=False)
class Ear:
    """What was heard for one programme: before its start, and since then in slots."""

    is_alone: bool
    """Nothing sounded when it was opened, so that what it hears first is the ambient."""
    started: float | None = None
    before: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    """Of the slot under way."""
    slots: list[bool] = field(default_factory=list)
    """For each slot that is over whether it was loud."""


class Listening:
    """One microphone for one zone, open only while something is about to sound or sounds."""

    def __init__(
        self,
        microphone: Microphone,
        *,
        clock: Clock,
        volume: Volume | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_change` is called when the amplifier falls silent or is heard again: the station must hear it soon."""
        self._microphone, self._clock, self._volume, self.on_change = microphone, clock, volume, on_change
        self._lock = threading.RLock()
        self._ears: list[Ear] = []
        self._arrived: deque[tuple[float, bytes]] = deque()
        self._meter = SpeechLevel()
        self._ambient_dbfs: float | None = None
        self._closing = threading.Event()
        self._is_silent = False
        self._heard_dbfs: float | None = None
        self._problem: str | None = None

    @property
    def is_silent(self) -> bool:
        """Tell whether it was told to sound but nothing was heard; so until it is heard again."""
        return self._is_silent

    @property
    def heard_dbfs(self) -> float | None:
        """Level in the speech band when it last sounded."""
        return self._heard_dbfs

    @property
    def problem(self) -> str | None:
        """Why the microphone hears nothing, in words of the system."""
        return self._problem

    def expect(self) -> Ear:
        """Something is about to sound: hear what there is before."""
        with self._lock:
            ear = Ear(is_alone=not any(other.started is not None for other in self._ears))
            self._ears.append(ear)
            if len(self._ears) == 1:
                self._open()
        return ear

    def began(self, ear: Ear) -> None:
        """It sounds from now on."""
        ear.started = self._clock.monotonic() if ear.started is None else ear.started

    def ended(self, ear: Ear) -> bool:
        """It is over; tells whether it was heard for nearly all of its time."""
        self.look()
        with self._lock:
            if ear not in self._ears:
                return False
            self._ears.remove(ear)
            if not self._ears:
                self._close()
            if len(ear.levels) >= _LEVELS // 2:
                self._judge(ear)
            is_heard = bool(ear.slots) and sum(ear.slots) >= HEARD_SHARE * len(ear.slots)
            is_change = len(ear.slots) >= _SLOTS_OF_SHORT and not any(ear.slots) and self._settle(is_silent=True)
        if is_change:
            self.on_change()
        return is_heard

    def close(self) -> None:
        """Stop listening."""
        with self._lock:
            self._ears.clear()
            self._close()

    def look(self) -> None:
        """Judge what arrived."""
        is_change = False
        with self._lock:
            while self._arrived:
                at, block = self._arrived.popleft()
                self._problem = None
                for level in self._meter.add(block):
                    for ear in self._ears:
                        is_change |= self._hear(ear, level, at=at)
        if is_change:
            self.on_change()

    # --- judging ------------------------------------------------------------------------------------------------
    def _hear(self, ear: Ear, level: float, *, at: float) -> bool:
        """Take in a tenth of a second; tells whether that changed our mind about the amplifier."""
        if ear.started is None or at < ear.started:
            ear.before.append(level)
            return False
        if at < ear.started + DELAY_S or (self._volume is not None and self._volume.percent == 0):
            return False
        ear.levels.append(level)
        return len(ear.levels) >= _LEVELS and self._judge(ear)

    def _judge(self, ear: Ear) -> bool:
        levels, ear.levels = sorted(ear.levels, reverse=True), []
        ambient = self._ambient_of(ear)
        if ambient is None:
            return False
        loudest = levels[round((len(levels) - 1) * LOUD_SHARE)]
        self._heard_dbfs = round(loudest, 1)
        ear.slots.append(loudest >= ambient + ABOVE_AMBIENT_DB)
        if ear.slots[-1]:
            return self._settle(is_silent=False)
        return (
            not any(ear.slots[-_SLOTS_TO_SILENCE:])
            and len(ear.slots) >= _SLOTS_TO_SILENCE
            and self._settle(is_silent=True)
        )

    def _ambient_of(self, ear: Ear) -> float | None:
        """What was there before it sounded; for one that came upon another, what was there the last time."""
        if ear.is_alone and len(ear.before) >= LEAST_AMBIENT_S / WINDOW_S:
            self._ambient_dbfs = max(QUIETEST_AMBIENT_DBFS, statistics.median(ear.before))
        return self._ambient_dbfs

    def _settle(self, *, is_silent: bool) -> bool:
        if is_silent == self._is_silent:
            return False
        self._is_silent = is_silent
        log = logger.warning if is_silent else logger.info
        log("amplifier.%s heard_dbfs=%s", "silent" if is_silent else "heard", self._heard_dbfs)
        return True

    # --- the microphone -----------------------------------------------------------------------------------------
    def _open(self) -> None:
        self._arrived.clear()
        self._meter = SpeechLevel()
        try:
            self._microphone.open(self._take)
        except CarrierDown as down:
            self._problem = str(down.facts["reason"])
            logger.warning("microphone.not_opened reason=%s", self._problem)
            return
        self._problem = "gives no sound"  # until it does
        self._closing = threading.Event()
        threading.Thread(target=self._follow, args=(self._closing,), name="listening", daemon=True).start()

    def _close(self) -> None:
        self._closing.set()
        try:
            self._microphone.close()
        except Exception as error:  # noqa: BLE001 -- a device that is gone cannot be closed either
            logger.warning("microphone.not_closed reason=%s", error)

    def _take(self, block: bytes) -> None:
        self._arrived.append((self._clock.monotonic(), block))

    def _follow(self, closing: threading.Event) -> None:
        while not closing.wait(LOOK_EVERY_S):
            try:
                self.look()
            except Exception:  # edge of the thread: the next look must come
                logger.exception("listening.failed")
