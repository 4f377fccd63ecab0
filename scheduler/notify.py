"""Telling systemd how a service is: ready, still alive, stopping, and a line for `systemctl status`."""

import logging
import os
import socket
from collections.abc import Mapping

logger = logging.getLogger(__name__)


class Notifier:
    """Speaks over the socket that systemd names in the environment; without one it says nothing.

    A service that stops calling `alive` is killed and started again: call it only from a loop whose turns matter.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name
        self._alive_within_s = _watchdog_s(environ)

    @property
    def alive_every_s(self) -> float | None:
        """How often `alive` must be called at least: half of what systemd allows; None when it does not watch."""
        return None if self._alive_within_s is None else self._alive_within_s / 2

    def ready(self, status: str = "") -> None:
        """The service does its work from now on."""
        self._say("READY=1", status)

    def alive(self, status: str = "") -> None:
        """The service still does its work."""
        self._say("WATCHDOG=1", status)

    def stopping(self) -> None:
        """The service is about to end because it was told to."""
        self._say("STOPPING=1")

    def _say(self, word: str, status: str = "") -> None:
        if not self._address:
            return
        lines = word if not status else f"{word}\nSTATUS={status.replace(chr(10), ' ')}"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
                speaker.sendto(lines.encode(), self._address)
        except OSError as error:  # whoever watches over us draws its own conclusion
            logger.warning("notify.not_said word=%s reason=%s", word, error)


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """What systemd allows between two signs of life of this very process."""
    microseconds, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not microseconds.isdecimal() or int(microseconds) == 0 or (process and process != str(os.getpid())):
        return None
    return int(microseconds) / 1_000_000
