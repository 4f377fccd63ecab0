"""Keeping the processes of a station running: started in order, restarted when they die, stopped in reverse order."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import IO

from scheduler.ports import Clock

logger = logging.getLogger(__name__)

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
"""A station nobody watches is tried again for ever: at 05:00 the disk may have room again."""
STEADY_AFTER_S = 60.0
LOOK_EVERY_S = 0.2
STOP_WITHIN_S = 6.0
ORPHAN_STOPS_WITHIN_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessSpec:
    """A process to keep running: its name on the screen and its command line."""

    name: str
    command: tuple[str, ...]


def own_process(name: str) -> ProcessSpec:
    """A process of the station itself: `python -m scheduler NAME`, which ends when its supervisor does."""
    return ProcessSpec(name=name, command=(sys.executable, "-m", "scheduler", "--supervised", name))


def wait_before_restart(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4 … 30."""
    return float(min(FIRST_WAIT_S * 2 ** min(failures - 1, 16), LONGEST_WAIT_S))


class _Kept:
    """One process that is kept running."""

    def __init__(self, spec: ProcessSpec, *, clock: Clock, out: "_Output") -> None:
        self._spec = spec
        self._clock = clock
        self._out = out
        self._child: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._started = 0.0
        self._failures = 0
        self._again_at = 0.0

    def look(self) -> None:
        """Start it if it is time to, note if it died."""
        if self._child is None:
            if self._clock.monotonic() >= self._again_at:
                self._start()
        elif (status := self._child.poll()) is not None:
            self._note_death(status)

    def _start(self) -> None:
        self._started = self._clock.monotonic()
        # Standard input is a pipe whose other end only this process holds: when it goes, however it goes, the child
        # reads the end and stops. A group of its own keeps Ctrl-C for the supervisor, which stops all in order.
        self._child = subprocess.Popen(
            self._spec.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._child.stdout is not None  # noqa: S101 -- for the type checker: it was asked for
        self._reader = threading.Thread(
            target=self._out.forward, args=(self._spec.name, self._child.stdout), daemon=True
        )
        self._reader.start()
        logger.info("supervisor.started name=%s pid=%s", self._spec.name, self._child.pid)

    def _note_death(self, status: int) -> None:
        now = self._clock.monotonic()
        self._failures = 1 if now - self._started >= STEADY_AFTER_S else self._failures + 1
        wait = wait_before_restart(self._failures)
        self._again_at = now + wait
        logger.warning("supervisor.died name=%s status=%s again_in_s=%s", self._spec.name, status, wait)
        self._let_go()

    def stop(self) -> None:
        """Ask it to stop, and make it stop when it does not within a few seconds."""
        if self._child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._child.terminate()
        try:
            self._child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            logger.warning("supervisor.killed name=%s", self._spec.name)
            self.kill()
            self._child.wait()
        self._let_go()

    def kill(self) -> None:
        """Make it and all of its group stop at once."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def _let_go(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
        if self._reader is not None:
            self._reader.join(1)
        self._child = self._reader = None


class _Output:
    """Lines of all processes on one stream, each with the name of its process."""

    def __init__(self, stream: IO[bytes], names: Sequence[str]) -> None:
        self._stream = stream
        self._width = max(map(len, names), default=0)
        self._lock = threading.Lock()

    def forward(self, name: str, source: IO[bytes]) -> None:
        """Copy lines until the process closes its output."""
        prefix = f"{name:<{self._width}} | ".encode()
        with source:
            for line in source:
                with self._lock, contextlib.suppress(OSError, ValueError):
                    self._stream.write(prefix + line.rstrip(b"\n") + b"\n")
                    self._stream.flush()


class Supervisor:
    """Keeps processes running until it is told to stop."""

    def __init__(self, specs: Sequence[ProcessSpec], *, clock: Clock, out: IO[bytes]) -> None:
        output = _Output(out, [spec.name for spec in specs])
        self._kept = [_Kept(spec, clock=clock, out=output) for spec in specs]
        self._stopping = threading.Event()

    def run(self) -> None:
        """Start all and keep them running until SIGTERM, SIGINT or `ask_to_stop`; a second signal kills at once."""
        with self._signals():
            try:
                while not self._stopping.is_set():
                    for kept in self._kept:
                        kept.look()
                    self._stopping.wait(LOOK_EVERY_S)
            finally:
                for kept in reversed(self._kept):
                    kept.stop()

    def ask_to_stop(self) -> None:
        """Let `run` stop all processes and return."""
        self._stopping.set()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            for kept in self._kept:
                kept.kill()
        self._stopping.set()


def end_with_supervisor() -> None:
    """In a child: stop this process when the supervisor is gone, however it went."""
    threading.Thread(target=_watch_supervisor, name="supervisor-watch", daemon=True).start()


def _watch_supervisor() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(ORPHAN_STOPS_WITHIN_S)
    os._exit(1)
