"""The ingest worker: takes recordings out of the queue one by one and has each measured and rendered."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from audio.limited import CHILD, Stopped, Watch, take_in
from audio.store import FileMediaStore
from audio.target import Rendering, Target
from audio.verdict import Limits, Measurement, rounded
from scheduler.database import Sessions
from scheduler.domain.programme import Verdict
from scheduler.errors import MediaCorrupt, Unavailable
from scheduler.ports import Clock
from scheduler.services import ingest
from scheduler.services.ingest import Claimed, TakenIn

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
BEAT_EVERY_S = 5.0
TELL_EVERY_S = 0.5
_NAP_S = 0.2


class StopFlag:
    """Whether this process was asked to stop; the handlers of the signals do nothing but set it."""

    def __init__(self) -> None:
        self.is_set = False

    def listen(self) -> "StopFlag":
        """Set the flag when the system or a person (Ctrl-C) asks the process to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)
        return self

    def _set(self, _number: int, _frame: object) -> None:
        self.is_set = True


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a worker works with."""

    sessions: Sessions
    store: FileMediaStore
    clock: Clock
    target: Target
    owner: str
    may_live: Callable[[str], bool] = lambda _owner: True
    """False when the worker of that name is known to be dead, however recent its last sign of life."""
    told: Callable[[str, float], None] = lambda _step, _share: None
    """Told the step and the share of it that is done."""
    child: tuple[str, ...] = CHILD


class Worker:
    """One worker; it has at most one recording in hand, so whatever else bears its name was left by its own past."""

    def __init__(self, bench: Bench, stop: StopFlag) -> None:
        self._bench = bench
        self._stop = stop
        self._next_beat = self._next_look = self._next_tell = -float("inf")
        self._lost = False

    def run(self) -> None:
        """Work until told to stop."""
        self._bench.store.sweep()
        while not self._stop.is_set:
            if self._is_due_to_look():
                try:
                    self._next_look = self._bench.clock.monotonic() + (0 if self.take_next() else LOOK_EVERY_S)
                    continue
                except Exception:  # the edge of the loop: the next recording must still be taken in
                    logger.exception("ingest.crashed owner=%s", self._bench.owner)
                    self._next_look = self._bench.clock.monotonic() + BEAT_EVERY_S
            self._bench.clock.sleep(_NAP_S)

    def drain(self) -> int:
        """Take in all that waits, then say how much that was."""
        self._bench.store.sweep()
        taken = 0
        while not self._stop.is_set and self.take_next():
            taken += 1
        return taken

    def take_next(self) -> bool:
        """Take in one recording; False when none waits."""
        self.beat()
        bench = self._bench
        now = bench.clock.now()
        with bench.sessions.begin() as session:
            others = {name for name in ingest.find_living(session, now=now) if bench.may_live(name)} - {bench.owner}
            for recording_id in ingest.requeue_abandoned(session, is_alive=others.__contains__, now=now):
                logger.warning("ingest.abandoned recording_id=%s", recording_id)
            claimed = ingest.claim_next(session, owner=bench.owner, now=now)
        if claimed is None:
            return False
        self._take(claimed)
        return True

    def beat(self) -> None:
        """Give a sign of life, if it is time."""
        now = self._bench.clock.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT_EVERY_S
            with self._bench.sessions.begin() as session:
                ingest.give_sign_of_life(session, owner=self._bench.owner, now=self._bench.clock.now(), facts={})

    def leave(self) -> None:
        """Say that the worker goes home."""
        with self._bench.sessions.begin() as session:
            ingest.leave(session, owner=self._bench.owner)

    def _is_due_to_look(self) -> bool:
        return self._bench.clock.monotonic() >= self._next_look

    def _take(self, claimed: Claimed) -> None:
        bench = self._bench
        logger.info("ingest.started recording_id=%s attempt=%s", claimed.recording_id, claimed.attempt)
        try:
            found = self._work_on(claimed)
        except (Stopped, KeyboardInterrupt) as stopped:
            with bench.sessions.begin() as session:
                ingest.release(session, claimed)
            if isinstance(stopped, KeyboardInterrupt):
                raise
        except Unavailable as error:
            logger.warning("ingest.failed recording_id=%s error=%s", claimed.recording_id, error)
            with bench.sessions.begin() as session:
                ingest.fail(session, claimed, code=error.code, facts=error.facts, now=bench.clock.now())
        else:
            with bench.sessions.begin() as session:
                kept = ingest.finish(session, claimed, found, now=bench.clock.now())
            logger.info(
                "ingest.finished recording_id=%s verdict=%s code=%s kept=%s",
                *(claimed.recording_id, found.verdict, found.code, kept),
            )

    def _work_on(self, claimed: Claimed) -> TakenIn:
        bench = self._bench
        self._lost = False
        watch = Watch(
            clock=bench.clock, told=lambda step, share: self._tell(claimed, step, share), goes_on=self._goes_on
        )
        original = bench.store.path(claimed.sha256)
        with bench.store.workplace() as folder:
            measurement, rendering = take_in(
                original,
                folder,
                limits=Limits(rule_s=claimed.rule_s),
                target=bench.target,
                watch=watch,
                child=bench.child,
            )
            if measurement.sha256 != claimed.sha256:
                raise MediaCorrupt(sha256=claimed.sha256)
            return summarise(measurement, rendering, store=bench.store)

    def _goes_on(self) -> bool:
        with _database_may_fail():
            self.beat()
        return not (self._stop.is_set or self._lost)

    def _tell(self, claimed: Claimed, step: str, share: float) -> None:
        self._bench.told(step, share)
        now = self._bench.clock.monotonic()
        if now >= self._next_tell:
            self._next_tell = now + TELL_EVERY_S
            with _database_may_fail(), self._bench.sessions.begin() as session:
                self._lost = not ingest.keep_progress(session, claimed, step=step, share=share)


@contextmanager
def _database_may_fail() -> Iterator[None]:
    """A database that does not answer for a moment does not spoil the work under way."""
    try:
        yield
    except SQLAlchemyError as error:
        logger.warning("ingest.progress_not_kept error=%s", error)


def summarise(measurement: Measurement, rendering: Rendering | None, *, store: FileMediaStore) -> TakenIn:
    """The columns of a recording; the files that air are adopted by the store. Raises `MediaNotStored`."""
    measured: dict[str, Any] = {
        "code": measurement.code,
        "facts": measurement.facts,
        "seconds": measurement.seconds,
        "integrated_lufs": rounded(measurement.integrated_lufs),
        "range_lu": rounded(measurement.range_lu),
        "true_peak_dbtp": rounded(measurement.true_peak_dbtp),
        "head_silence_s": measurement.head_silence_s,
        "tail_silence_s": measurement.tail_silence_s,
        "codec": measurement.codec,
        "channels": measurement.channels,
        "sample_rate": measurement.sample_rate,
        "peaks": [round(peak, 4) for peak in measurement.peaks],
    }
    if rendering is None:
        return TakenIn(
            verdict=measurement.verdict, findings=[finding.to_json() for finding in measurement.findings], **measured
        )
    findings = (*measurement.findings, *rendering.findings)
    return TakenIn(
        verdict=Verdict.FLAGGED if findings else measurement.verdict,
        findings=[finding.to_json() for finding in findings],
        master_sha256=store.adopt(rendering.master).sha256,
        opus_sha256=store.adopt(rendering.opus).sha256,
        master_seconds=rendering.seconds,
        rendering={
            "integrated_lufs": rounded(rendering.integrated_lufs, 2),
            "true_peak_dbtp": rounded(rendering.true_peak_dbtp, 2),
            "gain_db": rounded(rendering.gain_db, 2),
            "limiter_max_db": rounded(rendering.limiter_max_db, 2),
            "limiter_share": rounded(rendering.limiter_share, 4),
            "trimmed_head_s": rounded(rendering.trimmed_head_s),
            "trimmed_tail_s": rounded(rendering.trimmed_tail_s),
        },
        **measured,
    )
