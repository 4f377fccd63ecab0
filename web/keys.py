"""The secret that signs the cookies: made at the first start, kept in the station's home, readable by nobody else."""

import contextlib
import os
import secrets
from pathlib import Path

_BYTES = 32


def load_secret(home: Path) -> str:
    """The secret of this station; made when there is none. Two processes that start at once get the same one."""
    path = home / "keys" / "web.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"web.key.{secrets.token_hex(4)}")
    if not path.exists():
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # only the first one stays; a link is never half a file
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()
