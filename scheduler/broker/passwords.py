"""Hashes of broker passwords as Mosquitto writes them: `$7$<turns>$<salt>$<hash>`, PBKDF2 with SHA-512."""

import base64
import hashlib
import hmac
import secrets

_TURNS = 101
"""Mosquitto's own number: passwords are long random texts, and ten thousand boxes may come back at once."""
_SALT_BYTES = 12
_HASH_BYTES = 64
_MOST_TURNS = 1_000_000


def hash_password(text: str) -> str:
    """The salted hash of a password, as in a line of Mosquitto's password file."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"$7${_TURNS}${_in_base64(salt)}${_in_base64(_derive(text, salt, _TURNS))}"


def fits(text: str, hashed: str) -> bool:
    """Tell whether a password is the one of a hash; never for a hash of another form."""
    try:
        empty, form, turns, salt, kept = hashed.split("$")
        number = int(turns)
        if empty or form != "7" or not 0 < number <= _MOST_TURNS:
            return False
        found = _derive(text, base64.b64decode(salt, validate=True), number)
        return hmac.compare_digest(found, base64.b64decode(kept, validate=True))
    except ValueError:
        return False


def _derive(text: str, salt: bytes, turns: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", text.encode(), salt, turns, _HASH_BYTES)


def _in_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
