"""How a box is: clock, disk, heat, memory, modem, amplifier and what is wrong, read when its status is told."""

import resource
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from audio.carriers.volume import Volume
from audio.village.amplifier import Amplifier
from audio.village.modem import Modem, read_modem
from scheduler.domain.station import MEBIBYTE
from scheduler.domain.village import BoxProblem
from scheduler.ports import Clock
from scheduler.village_messages import Clock as ClockState
from scheduler.village_messages import Health

MODEM_EVERY_S = 60.0
"""Seconds for which the modem is not asked again: a process each time."""
HOT_C = 80.0
"""From here on a Raspberry Pi slows itself down."""
DISK_FULL_BYTES = 64 * MEBIBYTE
"""Less does not hold the files of a few days."""
CLOCK_OFF_S = 2.0
"""The computer's own clock this far from the trusted time is worth a look."""
_ZONES = Path("/sys/class/thermal")
_OWN_MEMORY = Path("/proc/self/statm")


class Ears(Protocol):
    """What the listening check knows."""

    @property
    def is_silent(self) -> bool:
        """Tell whether it was told to sound but nothing is heard."""
        ...

    @property
    def heard_dbfs(self) -> float | None:
        """Level in the speech band when it last sounded."""
        ...

    @property
    def problem(self) -> str | None:
        """Why nothing can be heard at all, in facts for a person."""
        ...


class HealthReader:
    """Reads everything that a status tells of the box; what a box lacks is None."""

    def __init__(
        self,
        *,
        clock: Clock,
        home: Path,
        clock_state: Callable[[], ClockState],
        volume: Volume | None = None,
        amplifier: Amplifier | None = None,
        ears: Ears | None = None,
        sound_problems: Callable[[], Sequence[str]] = tuple,
        modem: Callable[[], Modem] = read_modem,
        is_sounding: Callable[[], bool] = lambda: False,
        thermal: Path = _ZONES,
    ) -> None:
        """`sound_problems` is the carrier's; `thermal` is where the kernel shows its thermometers."""
        self._clock, self._home, self._clock_state, self._thermal = clock, home, clock_state, thermal
        self._volume, self._ears = volume, ears
        self._amplifier = amplifier or Amplifier()
        self._sound_problems, self._ask_modem, self._is_sounding = sound_problems, modem, is_sounding
        self._lock = threading.Lock()
        self._asked_modem_at: float | None = None
        self._modem = Modem()
        self._asking: threading.Thread | None = None

    def read(self) -> Health:
        """One look at everything; the modem's part is what it answered last. Never raises, never waits for a modem."""
        self._ask_now_and_then()
        state, (free, total) = self._clock_state(), self._disk()
        heat = self._heat()
        return Health(
            clock=state,
            disk_free_bytes=free,
            disk_total_bytes=total,
            temperature_c=heat,
            memory_bytes=_memory(),
            signal_percent=self._modem.signal_percent,
            sim=self._modem.sim,
            amplifier=self._amplifier_state(),
            heard_dbfs=self._ears.heard_dbfs if self._ears else None,
            volume=self._volume.percent if self._volume else None,
            problems=(*self._problems_of_clock(state), *self._problems_of_box(free, heat), *self._problems_of_sound()),
        )

    def settle(self, *, within_s: float) -> None:
        """Wait until the modem that is being asked has answered."""
        if self._asking is not None:
            self._asking.join(within_s)

    def _ask_now_and_then(self) -> None:
        """Ask the modem in a thread of its own: its manager may take seconds, and what sounds must be looked after."""
        with self._lock:
            now = self._clock.monotonic()
            is_fresh = self._asked_modem_at is not None and now - self._asked_modem_at < MODEM_EVERY_S
            if is_fresh or (self._asking is not None and self._asking.is_alive()):
                return
            self._asked_modem_at = now
            self._asking = threading.Thread(target=self._keep_answer, name="modem", daemon=True)
            self._asking.start()

    def _keep_answer(self) -> None:
        self._modem = self._ask_modem()

    def _problems_of_clock(self, state: ClockState) -> list[BoxProblem]:
        if state.source == "none":
            return [BoxProblem.NO_TRUSTED_TIME]
        return [BoxProblem.CLOCK_OFF] if abs(state.offset_s or 0.0) > CLOCK_OFF_S else []

    def _problems_of_box(self, free: int | None, heat: float | None) -> list[BoxProblem]:
        found = {
            BoxProblem.DISK_FULL: free is not None and free < DISK_FULL_BYTES,
            BoxProblem.HOT: heat is not None and heat >= HOT_C,
            BoxProblem.SIM_MISSING: self._modem.sim == "missing",
            BoxProblem.SIM_LOCKED: self._modem.sim == "locked",
        }
        return [code for code, is_so in found.items() if is_so]

    def _problems_of_sound(self) -> list[BoxProblem]:
        ears = self._ears
        found = {
            BoxProblem.SOUND_DEVICE: bool(self._sound_problems()),
            BoxProblem.MICROPHONE: ears is not None and ears.problem is not None,
            BoxProblem.AMPLIFIER_SILENT: ears is not None and ears.is_silent,
            # one that is switched on for each programme is off in between, and rightly so
            BoxProblem.AMPLIFIER_OFF: self._amplifier.read() == "off"
            and (self._is_sounding() or not self._amplifier.can_switch),
        }
        return [code for code, is_so in found.items() if is_so]

    def _amplifier_state(self) -> str | None:
        if self._ears is not None and self._ears.is_silent:
            return "silent"
        return self._amplifier.read()

    def _disk(self) -> tuple[int | None, int | None]:
        try:
            usage = shutil.disk_usage(self._home)
        except OSError:
            return None, None
        return usage.free, usage.total

    def _heat(self) -> float | None:
        """The hottest thermometer, in degrees Celsius."""
        found = []
        for path in self._thermal.glob("thermal_zone*/temp"):
            try:
                found.append(int(path.read_text(encoding="ascii")) / 1000)
            except (OSError, ValueError):
                continue
        return round(max(found), 1) if found else None


def _memory() -> int | None:
    """What this process has in memory now (resident)."""
    try:
        pages = int(_OWN_MEMORY.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize()
