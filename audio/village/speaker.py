"""Who speaks over a box's link: its name and key, whom it believes, and which life of its program it is."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from audio.village.home import Membership
from scheduler.mqtt import BrokerAddress
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import AnyMessage, M, Topic, decode, encode, topic_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """A paired box as the broker and the station know it."""

    membership: Membership
    signer: Signer
    boot: str
    """Names this life of the program."""
    program: str = ""
    ca_file: Path | None = None
    """The authority that signed the broker's certificate, if it is none of the system's."""
    _station: Verifier = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the station's key once."""
        object.__setattr__(self, "_station", Verifier(self.membership.station_key))

    @property
    def username(self) -> str:
        """Its name at the broker, and in the topics."""
        return self.membership.username

    @property
    def address(self) -> BrokerAddress:
        """Where the broker is, and what lets this box in."""
        address = BrokerAddress.parse(self.membership.broker_url, ca_file=self.ca_file)
        return replace(address, username=self.username, password=self.membership.password)

    def topic(self, kind: Topic) -> str:
        """The full name of one of its topics."""
        return topic_of(self.username, kind)

    def seal(self, message: AnyMessage) -> bytes:
        """A message as it travels, signed."""
        return self.signer.seal(encode(message))

    def open(self, payload: bytes, kind: type[M]) -> M:
        """What the station says. Raises `BadSignature`, `BadMessage`."""
        return decode(self._station.open(payload), kind)
