"""Opening what arrived from villages: whose it is, whether that box signed it, and what it says."""

import threading
from dataclasses import dataclass

from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.village import PlayerRef
from scheduler.errors import BadMessage, BadSignature
from scheduler.mqtt import Arrived
from scheduler.ports import Clock
from scheduler.services import pairing, village_journal
from scheduler.services.village_journal import Handed
from scheduler.signing import Verifier
from scheduler.village_messages import Hello, Status, Topic, decode, username_in

LOOK_EVERY_S = 2.0
UNKNOWN_BOX = "unknown_box"


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What a box says, proven to be its own."""

    player: PlayerRef
    message: Handed | Hello | Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """What cannot be believed or read: whose name it bears, and why."""

    username: str
    code: str
    reason: str = ""


class Directory:
    """The boxes that are let in, with their keys; read anew soon after one was paired or revoked."""

    def __init__(self, readers: Sessions, clock: Clock) -> None:
        self._readers, self._clock = readers, clock
        self._lock = threading.Lock()
        self._mark: tuple[object, ...] = ()
        self._looked_at = float("-inf")
        self._players: dict[str, PlayerRef] = {}
        self._verifiers: dict[str, tuple[str, Verifier]] = {}

    def look(self) -> None:
        """Read the boxes if that was a while ago and there was a change since."""
        with self._lock:
            if self._clock.monotonic() - self._looked_at < LOOK_EVERY_S:
                return
            with self._readers.begin() as session:
                self._read(session)
            self._looked_at = self._clock.monotonic()

    def _read(self, session: Session) -> None:
        mark = pairing.read_mark(session)
        if mark != self._mark:
            self._players, self._mark = pairing.directory(session), mark

    def find(self, username: str) -> tuple[PlayerRef, Verifier] | None:
        """The box of a user name with what verifies its signature."""
        player = self._players.get(username)
        if player is None:
            return None
        key, verifier = self._verifiers.get(username, ("", None))
        if verifier is None or key != player.public_key:
            verifier = Verifier(player.public_key)
            self._verifiers[username] = (player.public_key, verifier)
        return player, verifier

    def __len__(self) -> int:
        return len(self._players)


def open_arrived(arrived: Arrived, directory: Directory) -> Heard | Refused:
    """What a message says, when the box it names signed it."""
    try:
        username = username_in(arrived.topic)
    except BadMessage as error:
        return Refused(username="", code=error.code, reason=str(error.facts["reason"]))
    found = directory.find(username)
    if found is None:
        return Refused(username=username, code=UNKNOWN_BOX)
    player, verifier = found
    try:
        return Heard(player=player, message=_read(player, arrived.topic, verifier.open(arrived.payload)))
    except (BadMessage, BadSignature) as error:
        return Refused(username=username, code=error.code, reason=str(error.facts["reason"]))


def _read(player: PlayerRef, topic: str, body: bytes) -> Handed | Hello | Status:
    kind = topic.rpartition("/")[2]
    if kind == Topic.JOURNAL:
        return village_journal.read(player, body)
    if kind == Topic.HELLO:
        return decode(body, Hello)
    if kind == Topic.STATUS:
        return decode(body, Status)
    raise BadMessage(reason=f"topic {topic[:80]!r}")
