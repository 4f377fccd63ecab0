"""Pairing a box with its zone: a code, typed or scanned, is handed to the station for credentials."""

import http
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from audio.village.home import Membership, PlayerHome
from audio.village.station_link import StationLink
from scheduler.errors import (
    BadCode,
    BadMembershipTold,
    BadMessage,
    BadPairingText,
    BroadcastError,
    StationUnreachable,
    TooManyTries,
)
from scheduler.signing import Verifier

PATH = "/village/pair"
_LARGEST_ANSWER = 65_536
_CODE_LENGTHS = range(8, 20)
_LONGEST_TOLD = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class PairingText:
    """What a code says: where the station is, and the code itself."""

    station_url: str
    code: str


def read_text(text: str, *, station_url: str = "") -> PairingText:
    """A code as a person typed it, or all the text of the QR code (`https://dai.example/village/pair#7K3F-9Q2M`).

    The station named in the text is the one that made it; `station_url` is for a code that was typed alone. Raises
    `BadPairingText`.
    """
    told = text.strip()
    address, is_whole, code = told.partition("#")
    if is_whole:
        station = address.strip().removesuffix("/").removesuffix(PATH)
    else:
        station, code = station_url.strip().removesuffix("/"), told
    if not station or urlsplit(station).scheme not in {"http", "https"} or len(code) not in _CODE_LENGTHS:
        raise BadPairingText(text=told[:_LONGEST_TOLD])
    return PairingText(station_url=station, code=code.strip())


def pair(
    home: PlayerHome, told: PairingText, *, box: str, ca_file: Path | None = None, allows_plain: bool = False
) -> Membership:
    """Get credentials for this box and keep them; what it was before ends. May be repeated when the answer was lost.

    Raises `BadCode`, `TooManyTries`, `StationUnreachable`, `BadMembershipTold`, `PlainLinkRefused`,
    `BadStationAddress`.
    """
    signer = home.signer
    asked = {
        "code": told.code,
        "public_key": signer.public,
        "box": box,
        "proof": signer.seal(f"loaban pair {told.code}".encode()).decode("ascii"),
    }
    status, body = _ask(told.station_url, json.dumps(asked).encode(), ca_file=ca_file, allows_plain=allows_plain)
    if status != http.HTTPStatus.CREATED:
        raise _refusal(status, body)
    membership = _read(body)
    home.keep(membership)
    return membership


def _ask(address: str, body: bytes, *, ca_file: Path | None, allows_plain: bool) -> tuple[int, bytes]:
    link = StationLink(address, ca_file=ca_file, allows_plain=allows_plain)
    try:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = link.ask("POST", PATH, headers=headers, body=body)
        said = b""
        while len(said) <= _LARGEST_ANSWER and (block := link.read(answer, _LARGEST_ANSWER)):
            said += block
        return answer.status, said
    finally:
        link.close()


def _refusal(status: int, body: bytes) -> BroadcastError:
    try:
        told = json.loads(body)
        code, wait = str(told["code"]), told.get("wait", 3600)
    except (ValueError, KeyError, TypeError, AttributeError):
        return StationUnreachable(reason=f"HTTP {status}")
    match code:
        case BadCode.code:
            return BadCode(field="code")
        case TooManyTries.code:
            return TooManyTries(wait=wait)
        case BadMessage.code:
            return BadMembershipTold(reason=code)
    return StationUnreachable(reason=f"HTTP {status} {code[:_LONGEST_TOLD]}")


def _read(body: bytes) -> Membership:
    """Nothing is kept that the player could not use: it would have given up for it what it had."""
    try:
        membership = msgspec.json.decode(body, type=Membership)
        Verifier(membership.station_key)
        if membership.paired_at.utcoffset() is None or not all(
            (membership.username, membership.password, membership.token, membership.instance)
        ):
            raise BadMembershipTold(reason="empty")
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadMembershipTold(reason=str(error)[:200]) from error
    StationLink(membership.station_url)
    return membership
