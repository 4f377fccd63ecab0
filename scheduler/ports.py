"""What the core asks of the outside: a clock, a media store, an assembler of programmes and carriers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from scheduler.domain.central import ClusterStatus, Incoming, LogLine
from scheduler.domain.playout import Evidence
from scheduler.domain.reach import Message


class Clock(Protocol):
    """The wall clock, a monotonic clock, and waiting."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin that never steps."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait at least so many seconds."""
        ...


class CentralSystem(Protocol):
    """The central information system; each call raises `CentralAway` (try again) or `CentralRefused` (do not)."""

    def send_status(self, statuses: Sequence[ClusterStatus]) -> None:
        """Tell how zones are now."""
        ...

    def send_log(self, lines: Sequence[LogLine]) -> None:
        """Tell what was aired; may be told again, by the same `id`."""
        ...

    def fetch(self) -> Sequence[Incoming]:
        """What is asked of the station; may come again, by the same `outside_id`."""
        ...

    def answer(self, outside_id: str, *, accepted: bool, reason: str) -> None:
        """Tell what an operator decided."""
        ...


class Road(Protocol):
    """A way by which notices reach somebody outside."""

    def send(self, message: Message, *, address: str, secret: str, now: datetime) -> None:
        """Send a notice once. Raises `NoticeNotTaken`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A file in the media store, named by its content."""

    sha256: str
    size_bytes: int


class MediaStore(Protocol):
    """Files named by their SHA-256, written once, never changed."""

    def add(self, source: BinaryIO) -> StoredFile:
        """Store the bytes durably (temp + fsync + rename + fsync of the folder) and say their name."""
        ...

    def adopt(self, path: Path) -> StoredFile:
        """Take a finished file of the same disk into the store by rename (or copy), and say its name."""
        ...

    def path(self, sha256: str) -> Path:
        """Where the file lies. Raises `MediaMissing`."""
        ...

    def verify(self, sha256: str) -> None:
        """Read the whole file and compare. Raises `MediaMissing`, `MediaCorrupt`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """One stretch of a programme's file: an airing, or the chime or outro when `airing_id` is None."""

    airing_id: UUID | None
    starts_s: float
    lasts_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One file of a running order; `role` is `chime`, `edition` or `outro`, `language` is set for editions."""

    role: str
    sha256: str
    seconds: float
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendition:
    """The file made from a running order, with where each part lies in it (same order as the parts)."""

    sha256: str
    seconds: float
    starts_s: tuple[float, ...]


class Assembler(Protocol):
    """Joins the parts of a running order into the file that airs."""

    def assemble(self, parts: Sequence[Part]) -> Rendition:
        """Make (or find) the rendition. Raises `MediaMissing`, `MediaCorrupt`, `Unavailable`."""
        ...


class Permit(Protocol):
    """The right to sound in a zone now; a carrier asks before every block and falls silent when it is gone."""

    def holds(self) -> bool:
        """Tell whether the holder's lease is still good (a cheap look at the monotonic clock)."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Transmission:
    """One programme to be sounded in one zone, from `offset_s` of its file."""

    broadcast_id: UUID
    zone_id: int
    zone_code: str
    rendition_sha256: str
    seconds: float
    cues: tuple[Cue, ...]
    offset_s: float = 0.0
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A stretch of one airing that really sounded: from `offset_s` of the edition, between two instants."""

    airing_id: UUID
    offset_s: float
    lasts_s: float
    started_at: datetime
    ended_at: datetime


PERMIT_LOST = "permit lost"
"""The `failure` of an outcome that ended because the permit did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a carrier knows of a programme after it fell silent; `failure` says why it stopped early, if it did."""

    started_at: datetime | None
    ended_at: datetime | None
    stretches: tuple[Stretch, ...]
    evidence: Evidence
    failure: str | None = None


class Sounding(Protocol):
    """A programme made ready on a carrier: started at its instant by the precise thread."""

    def start(self) -> None:
        """Begin to sound; returns at once (microseconds), never raises: a failure shows in the outcome."""
        ...

    def stop(self) -> None:
        """Fall silent as soon as possible; harmless before the start, after the end, and twice."""
        ...

    def outcome(self) -> Outcome | None:
        """What sounded, once it is over; None while it is waiting or sounding."""
        ...


class Carrier(Protocol):
    """A way for sound to reach zones; one object serves all zones of its kind."""

    def prepare(self, transmission: Transmission, permit: Permit) -> Sounding:
        """Open what is needed so that `start` is immediate. Raises `CarrierDown`, `MediaMissing`."""
        ...

    def recall(self, broadcast_id: UUID, zone_code: str) -> tuple[Stretch, ...]:
        """What this carrier knows to have sounded of a programme whose daemon died; empty when it cannot know."""
        ...

    def problems(self) -> list[str]:
        """What is wrong with the equipment now, in facts for a person; empty when all is well."""
        ...

    def close(self) -> None:
        """Stop everything and let go of devices and threads."""
        ...
