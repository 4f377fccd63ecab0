"""What ModemManager says of the box's modem, where it is installed: signal, SIM, operator."""

import json
import logging
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)

_COMMAND = ("mmcli", "-m", "any", "-J")
_LONGEST_S = 5.0
_NOTHING = "--"
"""How it writes a value that is not there."""
_LOCKS = frozenset({"sim-pin", "sim-puk", "sim-pin2", "sim-puk2"})
_LOCKED_STATE = "locked"

Ask = Callable[[], str | None]
"""Gives its answer as JSON; None without ModemManager or without a modem."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Modem:
    """A modem at one look; None for what it does not tell."""

    signal_percent: int | None = None
    sim: str | None = None
    """The operator's name, or `missing`, or `locked`."""


def read_modem(ask: Ask | None = None) -> Modem:
    """One look; an answer that cannot be read is none."""
    answer = (ask or _ask_modem_manager)()
    if answer is None:
        return Modem()
    try:
        modem = json.loads(answer)["modem"]
        generic, network = modem["generic"], modem.get("3gpp") or {}
        return Modem(signal_percent=_signal_of(generic), sim=_sim_of(generic, network))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("modem.not_understood reason=%r", error)
        return Modem()


def _signal_of(generic: dict[str, Any]) -> int | None:
    value = str((generic.get("signal-quality") or {}).get("value", ""))
    return min(100, int(value)) if value.isdecimal() else None


def _sim_of(generic: dict[str, Any], network: dict[str, Any]) -> str | None:
    if generic.get("state") == _LOCKED_STATE and generic.get("unlock-required") in _LOCKS:
        return "locked"
    if generic.get("sim", _NOTHING) == _NOTHING or generic.get("state-failed-reason") == "sim-missing":
        return "missing"
    operator = str(network.get("operator-name", _NOTHING))
    return None if operator in {"", _NOTHING} else operator[:64]


def _ask_modem_manager() -> str | None:
    if shutil.which(_COMMAND[0]) is None:
        return None
    try:
        done = subprocess.run(
            _COMMAND, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("modem.not_asked reason=%s", error)
        return None
    return done.stdout if done.returncode == 0 else None
