"""Hashing passwords and one-time codes: argon2id for what people choose, SHA-256 for long random texts."""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without I, L, O, 0 and 1: codes are read aloud and typed from paper."""
_CODE_GROUPS = 4
_CODE_GROUP = 4
_PAIRING_GROUPS = 2
_PAIRING_SALT = b"loaban pairing code"
_PAIRING_ROUNDS = 100_000


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106, section 4, second recommended option


@cache
def _of_nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters; takes some ten milliseconds on purpose."""
    return _hasher().hash(password)


def fits(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one of a hash; takes as long when there is no hash (no such person)."""
    try:
        return _hasher().verify(password_hash or _of_nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(password_hash)


def make_token() -> str:
    """A random text of 256 bits for a cookie."""
    return secrets.token_urlsafe(32)


def make_code() -> str:
    """A random code of 79 bits that people can read aloud and type: `K7QF-…`."""
    return _make_code(_CODE_GROUPS)


def make_pairing_code() -> str:
    """A random code of 39 bits for pairing a box, `7K3F-9Q2M`: short enough to type at an amplifier.

    Guessing it takes longer than a day only because tries are counted (see `web.village_api`).
    """
    return _make_code(_PAIRING_GROUPS)


def _make_code(groups: int) -> str:
    return "-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_GROUP)) for _ in range(groups))


def digest_token(token: str) -> str:
    """What is kept of a random token; a fast hash is enough for what nobody can guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def digest_code(code: str) -> str:
    """What is kept of a one-time code, however it was typed: case, spaces and hyphens do not matter."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def digest_pairing_code(code: str) -> str | None:
    """What is kept of a pairing code, however it was typed; None for a text that can be none.

    A slow hash, since all codes of 39 bits can be tried against a stolen table; without a salt of its own, since the
    row is found by it. Codes end after a day.
    """
    plain = "".join(letter for letter in code.upper() if not letter.isspace() and letter != "-")
    if len(plain) != _PAIRING_GROUPS * _CODE_GROUP or not set(plain) <= set(_CODE_LETTERS):
        return None
    return hashlib.pbkdf2_hmac("sha256", plain.encode(), _PAIRING_SALT, _PAIRING_ROUNDS).hex()
