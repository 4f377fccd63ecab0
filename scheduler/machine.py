"""What the computer says of itself: free disk, whether its clock follows a time source, whether a port is free."""

import ctypes
import errno
import shutil
import socket
from pathlib import Path

from scheduler.domain.station import Readings
from scheduler.errors import AddressRefused, PortTaken

_TIMEX_BYTES = 512
"""More than `struct timex` takes on any Linux; all zero means: change nothing, only tell."""
_TIME_ERROR = 5


def read_machine(home: Path) -> Readings:
    """One look at the disk that holds the station's folder, and at the clock."""
    usage = shutil.disk_usage(_nearest_folder(home))
    return Readings(free_bytes=usage.free, total_bytes=usage.total, synchronised=is_clock_synchronised())


def is_clock_synchronised() -> bool | None:
    """Ask the kernel (adjtimex) whether a time source keeps the clock; None where it does not tell."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return None
    state = int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return None if state < 0 else state != _TIME_ERROR


def check_port_free(host: str, port: int) -> None:
    """Try to listen and let go at once. Raises `PortTaken`, `AddressRefused`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server does it: an address in TIME_WAIT is free, one that somebody listens on is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        raise listening_error(error, host=host, port=port) from error


def listening_error(error: OSError, *, host: str, port: int) -> PortTaken | AddressRefused:
    """The error of ours for a failure to listen."""
    if error.errno == errno.EADDRINUSE:
        return PortTaken(host=host, port=port)
    return AddressRefused(host=host, port=port, reason=error.strerror or str(error))


def _nearest_folder(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
