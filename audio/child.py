"""The confined process (`python -m audio.child`): reads one task, measures and renders one file, tells, and is gone."""

import os
import sys
from typing import BinaryIO

from audio.confine import confine
from audio.messages import Broken, Finished, Message, Task, Underway, write_message
from scheduler.errors import StepFailed, TooHeavy, Unavailable

_LEAST_STEP = 0.01


class Teller:
    """Tells the process that started this one how far the work is, and what came of it."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self._last = Underway(step="", share=0.0)

    def note(self, step: str, share: float) -> None:
        """Tell how far the work is, if that is news."""
        if step != self._last.step or share >= self._last.share + _LEAST_STEP:
            self._last = Underway(step=step, share=share)
            self.tell(self._last)

    def tell(self, message: Message) -> None:
        """Send a message."""
        self._to.write(write_message(message))
        self._to.flush()


def main() -> None:
    """Do the task that comes in on standard input; messages leave on what was standard output."""
    task = Task.from_line(sys.stdin.buffer.readline())
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # What a library prints is no message.
    confine(task.allowance, parent=task.parent)
    teller = Teller(told)
    try:
        teller.tell(_work(task, teller))
    except MemoryError:
        teller.tell(Broken(code=TooHeavy.code, facts={}))
    except Unavailable as error:
        teller.tell(Broken(code=error.code, facts=error.facts))
    except OSError as error:
        teller.tell(Broken(code=StepFailed.code, facts={"step": "read", "reason": error.strerror or str(error)}))
    sys.stderr.flush()
    os._exit(0)  # All is told; taking the libraries down again could only fail.


def _work(task: Task, teller: Teller) -> Finished:
    if task.into is None:
        from audio.measure import read_through

        reading = read_through(task.path, limits=task.limits, tell=lambda share: teller.note("measure", share))
        return Finished(measurement=reading.measurement)
    from audio.intake import ingest_file

    measurement, rendering = ingest_file(
        task.path, task.into, limits=task.limits, target=task.target, progress=teller.note
    )
    return Finished(measurement=measurement, rendering=rendering)


if __name__ == "__main__":
    main()
