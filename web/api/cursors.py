"""Where to read on: a key that only this station can read, and that is worth something to one token and question."""

import base64
import binascii
import hashlib
import hmac
from typing import TypeVar

import msgspec
from flask import current_app, request
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from scheduler.errors import BadCursor
from web.api.access import caller

Key = TypeVar("Key")

UNASKED = frozenset({"cursor", "limit"})
"""What may differ from page to page of one question."""


class Sealer:
    """Seals keys so that the same key looks the same each time (a page that did not change keeps its ETag).

    The nonce is a MAC of what is sealed (as in RFC 5297, SIV), so equal cursors mean equal keys and nothing else shows.
    """

    def __init__(self, secret: str) -> None:
        self._box = SecretBox(_derive(secret, b"api cursor box"))
        self._mac = _derive(secret, b"api cursor nonce")
        self._tags = _derive(secret, b"api etag")

    def seal(self, plain: bytes) -> str:
        """The text that is given out."""
        nonce = hmac.digest(self._mac, plain, "sha256")[: SecretBox.NONCE_SIZE]
        return base64.urlsafe_b64encode(self._box.encrypt(plain, nonce)).rstrip(b"=").decode()

    def open(self, text: str) -> bytes:
        """What was sealed. Raises `BadCursor`."""
        try:
            return self._box.decrypt(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (CryptoError, ValueError, binascii.Error) as error:
            raise BadCursor from error

    def tag(self, told: bytes) -> str:
        """A tag of an answer: who sees it learns nothing of what is in it, nor that another got the same."""
        return hmac.new(self._tags, told, "sha256").hexdigest()[:32]


def give(key: object | None) -> str | None:
    """The cursor after a key, for the present question of this token."""
    if key is None:
        return None
    return sealer().seal(msgspec.json.encode([caller().token_id, _question(), key]))


def read(text: str | None, kind: type[Key]) -> Key | None:
    """The key of a cursor that was given out for the present question to this token. Raises `BadCursor`."""
    if text is None:
        return None
    try:
        told = msgspec.json.decode(sealer().open(text))
        if told[:2] != [caller().token_id, _question()]:
            raise BadCursor
        return msgspec.convert(told[2], kind)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BadCursor from error


def _question() -> str:
    asked = sorted((name, value) for name, value in request.args.items(multi=True) if name not in UNASKED)
    return hashlib.sha256(msgspec.json.encode([request.path, asked])).hexdigest()


def sealer() -> Sealer:
    """The sealer of the application that answers."""
    found: Sealer = current_app.extensions["sealer"]
    return found


def _derive(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, "sha256")
