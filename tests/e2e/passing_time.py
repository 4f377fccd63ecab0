"""`loaban` in a world where hours pass at once: its clock is the computer's, and what was let pass on top of it.

Processes share what has passed through eight bytes in a file. Everything else waits as ever: kernel, broker, TLS, files.
"""

import mmap
import os
import struct
from dataclasses import make_dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scheduler import __main__, mqtt, station
from scheduler.clock import SystemClock

SHARED = "PASSED_TIME"
"""Variable that names the file."""
_PASSED = struct.Struct("d")


class PassingClock(SystemClock):
    """As on a computer that slept: both clocks have gone on, and nobody looked meanwhile."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(_PASSED.pack(0.0))
        with file.open("r+b") as shared:
            self._shared = mmap.mmap(shared.fileno(), _PASSED.size)

    def now(self) -> datetime:
        """The instant in this world."""
        return super().now() + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Goes on with the wall clock."""
        return super().monotonic() + self._passed

    def pass_until(self, at: datetime) -> None:
        """Let time pass for every process of this world; it never goes back."""
        left = (at - self.now()).total_seconds()
        if left > 0:
            _PASSED.pack_into(self._shared, 0, self._passed + left)

    @property
    def _passed(self) -> float:
        return float(_PASSED.unpack_from(self._shared)[0])


def main() -> None:
    """Run the command."""
    clock = PassingClock(Path(os.environ[SHARED]))
    station.SystemClock = lambda: clock  # type: ignore[assignment,misc]
    if "LONGEST_BACK_OFF_S" in os.environ:
        mqtt.BackOff = make_dataclass(  # type: ignore[misc]
            "Hurried",
            [("longest_s", float, float(os.environ["LONGEST_BACK_OFF_S"]))],
            bases=(mqtt.BackOff,),
            frozen=True,
            kw_only=True,
        )
    __main__.main()


if __name__ == "__main__":
    main()
