"""A workbook that waits for its person to say yes: one for each person, named by who they are and what it holds."""

import hashlib
from pathlib import Path

from werkzeug.datastructures import FileStorage

from scheduler.errors import UploadLost
from web.security import me
from web.station import station

FOLDER = "imports"


def hold(upload: FileStorage) -> str:
    """Keep what a person sent in place of what they sent before; the SHA-256 names it."""
    data = upload.stream.read()
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def find(sha256: str) -> Path:
    """What the person sent, if it is still just that. Raises `UploadLost`."""
    path = _path()
    try:
        held = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UploadLost from error
    if held != sha256:
        raise UploadLost
    return path


def drop() -> None:
    """Throw away what the person sent."""
    _path().unlink(missing_ok=True)


def _path() -> Path:
    return station().settings.home / FOLDER / f"{me().id}.xlsx"
