"""The limits of a process that reads a stranger's file: memory, time, disk and network, set by itself."""

import ctypes
import os
import resource
import signal
from dataclasses import dataclass

MEBIBYTE = 2**20
CPU_S_PER_SOUND_S = 60 / 600
"""A minute of computing for ten minutes of sound."""
LEAST_CPU_S = 60.0
LONGEST_SOUND_S = 7200.0
THINNEST_BYTES_PER_S = 4000
"""How long a file may sound is guessed from its size at 32 kbit/s: a header may lie."""
_WALL_PER_CPU = 5
_MOST_PROCESSORS = 2
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """What one recording may take of the computer."""

    cpu_s: float = LEAST_CPU_S
    memory_bytes: int = 512 * MEBIBYTE
    """Memory that is written to. Address space would be the wrong measure: numpy, scipy and FFmpeg alone map 440 MB."""
    file_bytes: int = 1536 * MEBIBYTE
    """Two hours of the draft that the master is made from are 1,383 MB."""
    open_files: int = 64

    @property
    def wall_s(self) -> float:
        """When to give up waiting: a process that waits uses no computing time."""
        return self.cpu_s * _WALL_PER_CPU


def allow_for(size_bytes: int) -> Allowance:
    """The allowance of a file of this size."""
    sound_s = min(LONGEST_SOUND_S, size_bytes / THINNEST_BYTES_PER_S)
    return Allowance(cpu_s=max(LEAST_CPU_S, sound_s * CPU_S_PER_SOUND_S))


def confine(allowance: Allowance, *, parent: int) -> None:
    """Limit this process for good, and let it die with the process `parent` that started it."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # It died before it was watched.
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    leave_network()
    os.nice(10)  # Playout on the same computer comes first.
    # FFmpeg starts threads for each processor, and each takes 8 MB of stack out of the allowance.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-_MOST_PROCESSORS:])
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, allowance.open_files)
    _limit(resource.RLIMIT_FSIZE, allowance.file_bytes)
    _limit(resource.RLIMIT_CPU, round(allowance.cpu_s))
    _limit(resource.RLIMIT_DATA, allowance.memory_bytes)


def leave_network() -> bool:
    """Move this process into an empty network of its own, not even with a loopback; False where that is not allowed.

    The system administrator may, and elsewhere whoever may have a user namespace. Where neither goes, what remains is
    that FFmpeg is given an open file and a list of formats of which none can name another place (`audio.decode`).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    ours = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (ours, ours))
