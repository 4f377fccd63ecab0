"""The two files that tell Mosquitto who may connect and who may say what, and having it read them anew."""

import logging
import os
import secrets
import signal
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from scheduler.broker.passwords import fits, hash_password
from scheduler.village_messages import FROM_PLAYER, FROM_STATION, TOPIC_ROOT, topic_of

logger = logging.getLogger(__name__)

PASSWORDS = "passwords"
ACCESS = "access"
_ANY_USER = "%u"
_STARTED_WITHIN_S = 3


def write_files(folder: Path, logins: Mapping[str, str], *, station: str, password: str) -> bool:
    """Write both files, each whole or not at all; tell whether one changed.

    `logins` are the boxes' user names with the hashes of their passwords, `station` and `password` the station's own.
    Raises `OSError`.
    """
    kept = _read(folder / PASSWORDS).splitlines()
    own = next((line for line in kept if line.startswith(f"{station}:")), "")
    if not fits(password, own.partition(":")[2]):  # a new salt would be a change each time
        own = f"{station}:{hash_password(password)}"
    wanted = {
        ACCESS: access_text(station),
        PASSWORDS: "".join(f"{line}\n" for line in [own, *_lines(logins, but=station)]),
    }
    changed = [name for name, text in wanted.items() if _read(folder / name) != text]
    for name in changed:
        _write(folder / name, wanted[name])
    return bool(changed)


def access_text(station: str) -> str:
    """Mosquitto's access file: a pattern holds for each user name, so it need not change when boxes do."""
    return "\n".join(
        [
            f"user {station}",
            f"topic readwrite {TOPIC_ROOT}/#",
            "",
            *(f"pattern read {topic_of(_ANY_USER, topic)}" for topic in FROM_STATION),
            *(f"pattern write {topic_of(_ANY_USER, topic)}" for topic in FROM_PLAYER),
            "",
        ]
    )


def have_read_anew(process_file: Path, *, now: datetime) -> bool:
    """Send SIGHUP to the Mosquitto whose number is in a file; tell whether one was there to take it."""
    try:
        if now.timestamp() - process_file.stat().st_mtime < _STARTED_WITHIN_S:
            return False  # a Mosquitto that is only just starting would die of the signal
        number = int(process_file.read_text(encoding="ascii"))
        name = Path(f"/proc/{number}/comm").read_text(encoding="utf-8").strip()
        if name != "mosquitto":  # the number may be another program's by now
            raise ProcessLookupError(name)
        os.kill(number, signal.SIGHUP)
    except (OSError, ValueError) as error:
        logger.warning("broker.not_told process_file=%s reason=%s", process_file, error)
        return False
    return True


def _lines(logins: Mapping[str, str], *, but: str) -> Iterable[str]:
    return (f"{name}:{hashed}" for name, hashed in sorted(logins.items()) if name != but)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    # The group reads too: Mosquitto runs as a user of its own, and the folder gives its group to what is in it.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
