"""The folder of a village player: what it was given when it was paired, its key, its rows, its media."""

import os
import secrets
from datetime import datetime
from pathlib import Path

import msgspec

from scheduler.errors import BadMembership, NotPaired
from scheduler.signing import Signer, keep_key


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What binds a box to its zone: given by the station when it was paired; secret."""

    station_url: str
    """Where files are fetched, e.g. `https://dai.example:8443`."""
    broker_url: str
    """`mqtts://host:port` (or `mqtt://` within a building); without user name and password."""
    username: str
    """At the broker, and in the topics."""
    password: str
    token: str
    """Bearer token for HTTPS."""
    station_key: str
    """Public key (Ed25519, hex) of the station's plans and commands."""
    zone_id: int
    zone_code: str
    zone_name: str
    paired_at: datetime
    instance: str
    """Names this storage: new at each pairing."""


class PlayerHome:
    """Where everything of one player lies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def database_url(self) -> str:
        """The player's own rows."""
        return f"sqlite:///{self.folder / 'player.db'}"

    @property
    def signer(self) -> Signer:
        """The box's own key; made at first use."""
        return keep_key(self.folder / "keys" / "player-ed25519")

    def membership(self) -> Membership:
        """What it was given when it was paired. Raises `NotPaired`, `BadMembership`."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Membership)
        except FileNotFoundError as error:
            raise NotPaired(folder=str(self.folder)) from error
        except (msgspec.MsgspecError, OSError) as error:
            raise BadMembership(folder=str(self.folder)) from error

    def keep(self, membership: Membership) -> None:
        """Write what the station gave, readable by its owner alone, whole or not at all after a power cut."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._file.with_name(f".membership.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(membership)))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._file)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @property
    def _file(self) -> Path:
        return self.folder / "membership.json"
