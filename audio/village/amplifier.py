"""The amplifier behind a village player: whether it is on, and switching it, through files such as GPIO values."""

import logging
from pathlib import Path

logger = logging.getLogger(__name__)

_LONGEST = 16
"""Characters that are read of a state: `0`, `1`, `on`, `off`, …"""
_ON, _OFF = frozenset({"1", "on", "high"}), frozenset({"0", "off", "low"})


class Amplifier:
    """Reads its state from one file and switches it by another; either may be lacking."""

    def __init__(self, *, state: Path | None = None, switch: Path | None = None) -> None:
        self._state, self._switch = state, switch

    @property
    def can_switch(self) -> bool:
        """Tell whether there is anything to switch it by."""
        return self._switch is not None

    def read(self) -> str | None:
        """`on`, `off`, or None where that cannot be told."""
        if self._state is None:
            return None
        try:
            with self._state.open(encoding="ascii", errors="replace") as file:
                word = file.read(_LONGEST).strip().lower()
        except OSError as error:
            logger.warning("amplifier.not_read reason=%s", error)
            return None
        return "on" if word in _ON else "off" if word in _OFF else None

    def turn(self, *, on: bool) -> None:
        """Switch it; one that does not obey shows in `read`."""
        if self._switch is None:
            return
        try:
            self._switch.write_text("1" if on else "0", encoding="ascii")
        except OSError as error:
            logger.warning("amplifier.not_switched reason=%s", error)
