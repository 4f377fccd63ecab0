"""Programmes that sound by the clock alone: their state, what sounded of them, and the thread that watches them."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from scheduler.domain.playout import Evidence
from scheduler.ports import PERMIT_LOST, Clock, Outcome, Permit, Stretch, Transmission

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.05
"""Seconds between looks at every permit; the promise is 0.1."""
LONGEST_BLIND = 0.25
"""Seconds of sound that may be assumed after the last look: a process that was held up did not sound on."""
_SLICE = 256
"""Programmes handled at a time, so that the thread that starts others never waits long for the interpreter."""


def sounded(transmission: Transmission, *, started_at: datetime, seconds: float) -> tuple[Stretch, ...]:
    """Which stretches of which airings were heard, when a transmission sounded for so many seconds."""
    begins, ends = transmission.offset_s, min(transmission.seconds, transmission.offset_s + seconds)
    found = []
    for cue in transmission.cues:
        first, last = max(cue.starts_s, begins), min(cue.starts_s + cue.lasts_s, ends)
        if cue.airing_id is None or last <= first:
            continue
        found.append(
            Stretch(
                airing_id=cue.airing_id,
                offset_s=first - cue.starts_s,
                lasts_s=last - first,
                started_at=started_at + timedelta(seconds=first - begins),
                ended_at=started_at + timedelta(seconds=last - begins),
            )
        )
    return tuple(found)


class TimedSounding:
    """A programme whose sound takes exactly its time; safe to start, stop and ask from different threads."""

    __slots__ = ("_clock", "_enter", "_lock", "_outcome", "_permit", "_seen", "began", "failure", "over",
                 "started_at", "transmission")  # fmt: skip
    longest_blind = LONGEST_BLIND

    def __init__(
        self, transmission: Transmission, permit: Permit, clock: Clock, enter: Callable[["TimedSounding"], None]
    ) -> None:
        self.transmission = transmission
        self._permit, self._clock, self._enter = permit, clock, enter
        self._lock = threading.Lock()
        self._outcome: Outcome | None = None
        self._seen = 0.0
        self.began: float | None = None
        """Monotonic instant of the first sample."""
        self.started_at: datetime = datetime.min.replace(tzinfo=UTC)
        self.over: float | None = None
        """Monotonic instant of the last sample, once known."""
        self.failure: str | None = None

    def start(self) -> None:
        """Sound from now on, if the permit holds; a second start is ignored."""
        if self.began is not None or self._outcome is not None:
            return
        if not self._permit.holds():
            self.failure = PERMIT_LOST
            self._outcome = self._told(0.0)
            return
        self.started_at = self._clock.now()  # no lock: ten thousand of these are due at one instant
        self.began = self._seen = self._clock.monotonic()
        self._enter(self)

    def stop(self) -> None:
        """Fall silent now; harmless before the start, after the end, and twice."""
        with self._lock:
            if self.began is None:
                self._outcome = self._outcome or self._told(0.0)
            elif self.over is None:
                self.over = min(self._clock.monotonic(), self.ends)

    def outcome(self) -> Outcome | None:
        """What sounded, once it is over and written down."""
        return self._outcome

    @property
    def ends(self) -> float:
        """Monotonic instant at which the file ends."""
        return (self.began or 0.0) + self.transmission.seconds - self.transmission.offset_s

    def look(self, monotonic: float) -> bool:
        """See whether it is over: at its end, or because the permit is gone."""
        with self._lock:
            if self.over is None:
                known = self._seen + self.longest_blind
                if monotonic >= self.ends and self.ends <= known:
                    self.over = self.ends
                elif not self._permit.holds():
                    self.over = min(monotonic, self.ends, known)
                    self.failure = PERMIT_LOST
                elif monotonic >= self.ends:
                    self.over = self.ends
                else:
                    self._seen = monotonic
            return self.over is not None

    def heard_until(self, monotonic: float) -> tuple[Stretch, ...]:
        """The stretches heard so far; the last one may still be growing."""
        return sounded(self.transmission, started_at=self.started_at, seconds=self._seconds(monotonic))

    def publish(self) -> None:
        """Tell the outcome from now on; called when it is over and whatever must be written is written."""
        with self._lock:
            self._outcome = self._outcome or self._told(self._seconds(self.ends))

    def _seconds(self, monotonic: float) -> float:
        """How long it sounded until then."""
        if self.began is None:
            return 0.0
        return max(0.0, (monotonic if self.over is None else self.over) - self.began)

    def _told(self, seconds: float) -> Outcome:
        if self.began is None:
            return Outcome(
                started_at=None, ended_at=None, stretches=(), evidence=Evidence.PLANNED, failure=self.failure
            )
        is_whole = self.began + seconds >= self.ends
        return Outcome(
            started_at=self.started_at,
            ended_at=self.started_at + timedelta(seconds=seconds),
            stretches=sounded(self.transmission, started_at=self.started_at, seconds=seconds),
            evidence=Evidence.COMPLETED if is_whole else Evidence.STARTED,
            failure=self.failure,
        )


class Watch:
    """One thread that follows every sounding programme of a carrier until it is over.

    A carrier that writes down what sounds says how in `began`, `heard` and `beat`, which only that thread calls.
    """

    def __init__(self, clock: Clock, *, name: str) -> None:
        self._clock = clock
        self._entered: deque[TimedSounding] = deque()
        self._sounding: list[TimedSounding] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.enter = self._entered.append
        """Given to each programme: cheap, from any thread."""

    def began(self, batch: Sequence[TimedSounding]) -> None:
        """Write down that these sound."""

    def heard(self, batch: Sequence[TimedSounding], monotonic: float) -> None:
        """Write down what was heard of these since the last look."""

    def beat(self) -> None:
        """Give a sign of life."""

    def open(self) -> None:
        """Begin to watch."""
        if not self._thread.is_alive() and not self._closing.is_set():
            self._thread.start()

    def close(self) -> None:
        """Stop every programme, write down what is left to write, and end the thread."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for sounding in [*self._sounding, *self._entered]:
            sounding.stop()
        self.look()

    def look(self) -> None:
        """Follow every programme once."""
        while self._entered:
            entered = [self._entered.popleft() for _ in range(min(_SLICE, len(self._entered)))]
            batch = [sounding for sounding in entered if sounding.outcome() is None]  # stopped in the act of starting
            self._sounding += batch
            self.began(batch)
            self._yield()
        for first in range(0, len(self._sounding), _SLICE):
            self._look_at(self._sounding[first : first + _SLICE])
            self._yield()
        self._sounding = [sounding for sounding in self._sounding if sounding.outcome() is None]
        self.beat()

    def _look_at(self, batch: list[TimedSounding]) -> None:
        monotonic = self._clock.monotonic()
        over = [sounding for sounding in batch if sounding.look(monotonic)]
        self.heard(batch, monotonic)
        for sounding in over:
            sounding.publish()

    def _run(self) -> None:
        while not self._closing.wait(LOOK_EVERY):
            try:
                self.look()
            except Exception:  # edge of the loop: a full disk must not end the watch over what sounds
                logger.exception("carrier.look_failed")

    def _yield(self) -> None:
        """Let the others have the interpreter (real time, whatever the clock of the programmes is)."""
        self._closing.wait(0.0005)
