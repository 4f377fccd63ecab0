"""Telling systemd how a service is: ready, still alive, stopping."""

import logging
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

    def ready(self) -> None:
        """The service does its work from now on."""
        self._say("READY=1")

    def alive(self) -> None:
        """The service still does its work."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is about to end because it was told to."""
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
                speaker.sendto(word.encode(), self._address)
        except OSError as error:  # whoever watches over us draws its own conclusion
            logger.warning("notify.not_said word=%s reason=%s", word, error)
