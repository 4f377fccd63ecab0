"""Measuring and rendering a stranger's file in a confined process: watched, killed in time, and never believed."""

import contextlib
import hashlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audio.confine import allow_for
from audio.messages import Broken, Finished, Message, Task, Underway, read_message
from audio.target import Rendering, Target
from audio.verdict import Limits, Measurement
from scheduler.domain.programme import Verdict
from scheduler.errors import IngestCrashed, Refused, StepFailed, TooHeavy
from scheduler.ports import Clock

logger = logging.getLogger(__name__)

CHILD = ("-m", "audio.child")
_LOOK_S = 0.1
_LONGEST_LINE = 2**20
_LAST_WORDS = 2000
_OUT_OF_MEMORY = ("MemoryError", "can't start new thread", "Memory allocation")
_KILLED_FOR_WEIGHT = {-signal.SIGXCPU, -signal.SIGKILL}
"""The limit of computing time, and what the system does to the greediest when memory runs out."""

Told = Callable[[str, float], None]
GoesOn = Callable[[], bool]


class Stopped(Exception):
    """The work was given up because its caller is told to stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Who follows the work: is told how far it is, and asked several times a second whether it shall go on."""

    clock: Clock
    told: Told = lambda _step, _share: None
    goes_on: GoesOn = lambda: True


def take_in(
    path: Path,
    into: Path | None,
    *,
    limits: Limits,
    target: Target,
    watch: Watch,
    child: tuple[str, ...] = CHILD,
) -> tuple[Measurement, Rendering | None]:
    """Measure a file and, given a folder, render it there, all in a confined process.

    A file that is too heavy or brings the process down gives a refused measurement. Raises `StepFailed` when something
    outside the file failed and `Stopped` when the work shall not go on; the process is gone then. Call it from a thread
    that outlives the work: the process dies with the thread that started it.
    """
    allowance = allow_for(path.stat().st_size)
    task = Task(path=path.resolve(), into=into, limits=limits, target=target, allowance=allowance, parent=os.getpid())
    try:
        finished = _run(task, watch, child)
    except (TooHeavy, IngestCrashed) as refusal:
        return _refuse(path, refusal), None
    return finished.measurement, finished.rendering


def _run(task: Task, watch: Watch, child: tuple[str, ...]) -> Finished:
    with tempfile.TemporaryFile() as last_words, _started(task, child, last_words) as process:
        for message in _messages(process, task, watch):
            match message:
                case Underway(step=step, share=share):
                    watch.told(step, share)
                case Finished():
                    return message
                case Broken():
                    raise _error_of(message)
        raise _cause_of_death(process, last_words)


@contextlib.contextmanager
def _started(task: Task, child: tuple[str, ...], last_words: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, *child],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=last_words,
        env=_environment(),
        cwd=task.into or "/",
        start_new_session=True,  # Ctrl-C is for whoever started it.
    )
    with process:
        try:
            assert process.stdin is not None  # noqa: S101 -- a pipe was asked for
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(task.to_line())
                process.stdin.close()
            yield process
        finally:
            process.kill()


def _environment() -> dict[str, str]:
    """No secrets, one way to find our modules, and as many threads on a large computer as on a small one."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "2",
        "MALLOC_ARENA_MAX": "4",
    }


def _messages(process: subprocess.Popen[bytes], task: Task, watch: Watch) -> Iterator[Message]:
    """All that the process tells until it is silent. Raises `TooHeavy` when it takes too long, and `Stopped`."""
    assert process.stdout is not None  # noqa: S101 -- a pipe was asked for
    ends_at = watch.clock.monotonic() + task.allowance.wall_s
    unread = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not watch.goes_on():
                raise Stopped
            if watch.clock.monotonic() > ends_at:
                raise TooHeavy
            if not selector.select(_LOOK_S):
                continue
            heard = os.read(process.stdout.fileno(), 65536)
            if not heard:
                return
            *lines, unread = (unread + heard).split(b"\n")
            if len(unread) > _LONGEST_LINE:
                raise IngestCrashed
            for line in lines:
                yield _read(line, task)


def _read(line: bytes, task: Task) -> Message:
    try:
        return read_message(line, into=task.into)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("ingest.child_talks_nonsense path=%s", task.path)
        raise IngestCrashed from error


def _error_of(broken: Broken) -> Refused | StepFailed:
    if broken.code == TooHeavy.code:
        return TooHeavy()
    return StepFailed(**{"step": "?", "reason": broken.code, **broken.facts})


def _cause_of_death(process: subprocess.Popen[bytes], last_words: IO[bytes]) -> Refused:
    """Why the process fell silent without a result."""
    try:
        status = process.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        status = 0
    last_words.seek(max(0, last_words.seek(0, os.SEEK_END) - _LAST_WORDS))
    said = last_words.read().decode(errors="replace").strip()
    logger.warning("ingest.child_died status=%s said=%r", status, said.rpartition("\n")[2])
    logger.debug("ingest.child_said %s", said)
    heavy = status in _KILLED_FOR_WEIGHT or (status > 0 and any(sign in said for sign in _OUT_OF_MEMORY))
    return TooHeavy() if heavy else IngestCrashed()


def _refuse(path: Path, refusal: Refused) -> Measurement:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Measurement(verdict=Verdict.REFUSED, code=refusal.code, facts=refusal.facts, sha256=sha256)
