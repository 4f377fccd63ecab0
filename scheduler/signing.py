"""Signing what travels between station and villages: Ed25519 (RFC 8032) over the very bytes, and where keys are kept.

On the wire: one line `ed25519 <key> <signature>` in ASCII, a line feed, the body. `key` is the first 16 digits of the
SHA-256 of the public key, `signature` is in Base64 (RFC 4648 §4). Nothing has to be put into a canonical form.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from scheduler.errors import BadSignature

ALGORITHM = "ed25519"
_LONGEST_HEAD = 200


class Signer:
    """A private key; `public` is its public half in hex, `key` its short name."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        raw = bytes(self._key.verify_key)
        self.public = raw.hex()
        self.key = name_of_key(raw)

    def sign(self, body: bytes) -> bytes:
        """The signature alone, 64 bytes."""
        return bytes(self._key.sign(body).signature)

    def seal(self, body: bytes) -> bytes:
        """The body with its signature in front."""
        signature = base64.b64encode(self.sign(body)).decode()
        return f"{ALGORITHM} {self.key} {signature}\n".encode() + body


class Verifier:
    """Public keys that are believed, in hex."""

    def __init__(self, *public: str) -> None:
        raws = [bytes.fromhex(item) for item in public]
        self._keys: Mapping[str, VerifyKey] = {name_of_key(raw): VerifyKey(raw) for raw in raws}

    def open(self, sealed: bytes) -> bytes:
        """The body, when one of the keys signed it. Raises `BadSignature`."""
        head, found, body = sealed[: _LONGEST_HEAD + 1].partition(b"\n")
        parts = head.split(b" ")
        if not found or len(parts) != 3 or parts[0] != ALGORITHM.encode():
            raise BadSignature(reason="not signed")
        key = self._keys.get(parts[1].decode("ascii", "replace"))
        if key is None:
            raise BadSignature(reason="unknown key")
        body = sealed[len(head) + 1 :]
        try:
            key.verify(body, _signature_in(parts[2]))
        except (BadSignatureError, ValueError) as error:
            raise BadSignature(reason="the signature is not of these bytes") from error
        return body


def _signature_in(told: bytes) -> bytes:
    """The signature; raises `ValueError` for any form but the one that `seal` writes: unused bits of Base64 are 0."""
    signature = base64.b64decode(told, validate=True)
    if base64.b64encode(signature) != told:
        raise ValueError(told)
    return signature


def name_of_key(raw: bytes) -> str:
    """The short name of a public key."""
    return hashlib.sha256(raw).hexdigest()[:16]


def is_signed(public: str, body: bytes, signature: str) -> bool:
    """Tell whether the key (hex) made this signature (hex) of the body; False for what is no key or signature."""
    try:
        VerifyKey(bytes.fromhex(public)).verify(body, bytes.fromhex(signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def seal_key(home: Path) -> Signer:
    """The key with which days of the log are sealed; it is in no database, and a backup of rows alone lacks it."""
    return keep_key(_seal_key_path(home))


def find_seal_key(home: Path) -> Signer | None:
    """The same key where it is on this machine; none is made."""
    return seal_key(home) if _seal_key_path(home).exists() else None


def _seal_key_path(home: Path) -> Path:
    return home / "keys" / "seal-ed25519"


def station_key(home: Path) -> Signer:
    """The key with which the station in the folder `home` signs for its villages; to lose it is to pair all anew."""
    return keep_key(home / "keys" / "village-ed25519")


def keep_key(path: Path) -> Signer:
    """The key in this file; made at first use, readable by its owner alone, whole or not at all after a power cut."""
    try:
        return Signer(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(32).hex().encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(fresh, path)  # unlike a rename it never replaces the key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return Signer(bytes.fromhex(path.read_text(encoding="ascii").strip()))
