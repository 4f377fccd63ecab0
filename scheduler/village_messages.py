"""What station and village players say to each other: every message, its form on the wire, and the topics.

A message is one JSON object with `type` and `v`; fields that are not known are passed over, so that a newer side may
say more. Each travels signed (see `scheduler.signing`): what a broker does to it can be seen. Instants are RFC 3339
with a zone. docs/village-protocol.md says the same to other makers.
"""

import zlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.village import CommandOutcome
from scheduler.errors import BadMessage

PROTOCOL = 1
TOPIC_ROOT = f"loaban/{PROTOCOL}"
LARGEST_PLAN = 8 * 1024 * 1024
"""Bytes of an unpacked plan; a real one has some tens of thousands."""
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""Without a zone it is no instant: such a message is not believed."""


Name = Annotated[str, msgspec.Meta(max_length=64)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Size = Annotated[int, msgspec.Meta(ge=0, le=10**13)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Measure = Annotated[float, msgspec.Meta(ge=-1e11, le=1e11)]  # shown and added up beside what others tell


class Topic(StrEnum):
    """The last level of a player's topics; the one before is the player's user name at the broker."""

    PLAN = "plan"
    """Station to player: the newest plan, signed and then packed; also in answer to a hello that tells of another."""
    COMMAND = "command"
    WELCOME = "welcome"
    CONFIRM = "confirm"
    HELLO = "hello"
    """Player to station, as are those below."""
    STATUS = "status"
    """Retained, and the last will."""
    JOURNAL = "journal"


FROM_STATION = (Topic.PLAN, Topic.COMMAND, Topic.WELCOME, Topic.CONFIRM)
FROM_PLAYER = (Topic.HELLO, Topic.STATUS, Topic.JOURNAL)


def topic_of(username: str, topic: Topic) -> str:
    """The whole topic, e.g. `loaban/1/z12-3fa94c01/plan`; `username` may be `+` to subscribe."""
    return f"{TOPIC_ROOT}/{username}/{topic.value}"


def username_in(topic: str) -> str:
    """Whose topic it is. Raises `BadMessage` for a topic that is none of ours."""
    levels = topic.split("/")
    if len(levels) != 4 or "/".join(levels[:2]) != TOPIC_ROOT:
        raise BadMessage(reason=f"topic {topic[:80]!r}")
    return levels[2]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Root of all messages; `v` is the protocol's version."""

    v: int = PROTOCOL


class Piece(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of a programme: where it lies in the file, and for an edition what the log must know of it."""

    role: str
    """`chime`, `edition` or `outro`."""
    starts_s: float
    seconds: float
    sha256: str
    """Of the approved master (or the chime), as on the station."""
    language: str | None = None
    airing_id: UUID | None = None
    recording_sha256: str | None = None
    series: str = ""
    title: str = ""
    year: int = 0
    number: int = 0


class VillageFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file that airs, by its hash; fetched over HTTPS."""

    sha256: str
    size_bytes: int
    seconds: float


class PlannedProgramme(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One broadcast as this zone hears it; `file` is None until the station has made it."""

    broadcast_id: UUID
    starts_at: Instant
    priority: int
    pieces: tuple[Piece, ...]
    file: VillageFile | None = None
    exercise: bool = False
    cancelled: bool = False
    """It falls silent at once if it sounds, and never starts."""


class ZoneRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What binds the box whatever it is told."""

    time_zone: str
    allowed_hours: tuple[tuple[str, str], ...]
    """`("05:00", "21:00")`, …: local hours in which it may sound, an emergency excepted."""
    volume: int = 80
    """Per cent of full scale, while no command says otherwise."""
    volume_cap: int = 100
    """Never louder, whatever a command says."""
    fetch_hours: tuple[tuple[str, str], ...] = (("00:00", "04:30"),)
    """Local hours in which files are fetched that are not urgent."""
    budget_bytes_per_day: int = 50_000_000
    urgent_within_s: int = 43_200
    """A file needed within so many seconds is fetched at any hour, whatever the budget."""
    join_least_share: float = 0.2


class Plan(Message, frozen=True, kw_only=True, tag="plan"):
    """All that a zone plays until `until`; replaces every earlier plan of a lower version."""

    zone_id: int
    zone_code: str
    zone_name: str
    area_ids: tuple[int, ...]
    """The areas the zone lies in, its own first: what a command may be addressed to."""
    version: int
    made_at: Instant
    until: Instant
    rules: ZoneRules
    programmes: tuple[PlannedProgramme, ...]
    languages: tuple[str, ...] = ()


class CommandKind(StrEnum):
    """What a player can be told to do."""

    VOLUME = "volume"
    """`volume`: per cent, until the next such command."""
    STOP = "stop"
    """Fall silent now; what comes later in the plan still comes."""
    SAY = "say"
    """Sound `programme` now: a broadcast that the plan did not hold."""
    REFRESH = "refresh"
    """Say hello again and look at files at once."""
    REPORT = "report"
    """Send status and all of the journal that waits."""
    UNPLUG = "unplug"
    """Only a player started for a demonstration obeys: cut the link for `seconds`."""


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom a command is for: one zone, all zones of an area, or every zone when both are None."""

    zone_id: int | None = None
    area_id: int | None = None


class Command(Message, frozen=True, kw_only=True, tag="command"):
    """Something to do once, before `expires_at`, by those it is addressed to."""

    command_id: UUID
    kind: CommandKind
    audience: Audience
    issued_at: Instant
    expires_at: Instant
    by: str
    exercise: bool = False
    volume: int | None = None
    seconds: int | None = None
    programme: PlannedProgramme | None = None


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """A player is back: what it holds; asks for the station's time and for all that is newer."""

    nonce: Name
    instance: Name
    """Names this box's storage; a copy of a card bears the same, a new box another."""
    boot: Name
    """New at every start of the program: two boxes with one identity are told apart by it."""
    plan_version: Number
    next_seq: Seq
    """Number of the next journal row: all below were written."""
    oldest_seq: Seq
    """The oldest row the player still holds; equal to `next_seq` when all were confirmed."""
    program: Name = ""
    """Name and number of the program, e.g. `loaban 0.1.0`."""


class Welcome(Message, frozen=True, kw_only=True, tag="welcome"):
    """The answer to a hello: the station's time, and how far it has all rows of this storage."""

    to: str
    """User name of the box it is for: what was said to one box proves nothing to another."""
    nonce: str
    now: Instant
    plan_version: int
    confirmed_below: int
    """Every row of this instance with a lower number is on the station's disk."""


class Clock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a player knows the time."""

    source: Name
    """`none`, `ntp`, `station` or `rtc`."""
    offset_s: Measure | None = None
    """The computer's wall clock less the trusted time."""
    uncertainty_s: Measure | None = None


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a box is; None where it has no such sensor."""

    clock: Clock
    disk_free_bytes: Size | None = None
    disk_total_bytes: Size | None = None
    temperature_c: Measure | None = None
    memory_bytes: Size | None = None
    signal_percent: Percent | None = None
    sim: Name | None = None
    amplifier: Name | None = None
    """`on`, `off` or `silent` (told to sound, but nothing is heard)."""
    heard_dbfs: Measure | None = None
    """Level in the speech band while playing, at the return microphone."""
    volume: Percent | None = None
    problems: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)] = ()
    """Codes of `scheduler.domain.village.BoxProblem`; another program may say others."""


class Status(Message, frozen=True, kw_only=True, tag="status"):
    """The newest state of a player; retained. `online` is false in its last will and when it says goodbye."""

    online: bool
    at: Instant | None
    """By the player's trusted clock; None while it has none (and in the last will)."""
    instance: Name
    boot: Name
    plan_version: Number = 0
    plan_until: Instant | None = None
    files_wanted: Number = 0
    """Files of the coming day."""
    files_ready: Number = 0
    files_missing: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)] = ()
    """SHA-256 of at most the next twenty that lack."""
    journal_next_seq: Seq = 0
    journal_waiting: Number = 0
    data_day: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", max_length=10)] | None = None
    data_bytes: Size = 0
    on_air: UUID | None = None
    program: Name = ""
    health: Health | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError` for an instant that no calendar on the station's pages could show."""
        if any(told is not None and not 1970 <= told.year < 9000 for told in (self.at, self.plan_until)):
            raise ValueError("a year beyond all reason")


class JournalKind(StrEnum):
    """What a journal row tells."""

    STARTED = "started"
    """`broadcast_id`, `started_at`, `offset_s`."""
    DELIVERY = "delivery"
    """What became of one edition: the fields of `scheduler.domain.playout.NewEntry`, less zone and attempt."""
    COMMAND = "command"
    """`command_id`, `outcome` (`done`, `refused`), `reason`."""
    NOTE = "note"
    """`code` and facts: clock trusted, clock set, file refused, plan refused, program started …"""


class StartedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a `started` row."""

    broadcast_id: UUID
    started_at: Instant
    offset_s: float = 0.0


class DeliveryFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of a `delivery` row; words as in `scheduler.domain.playout`."""

    broadcast_id: UUID
    airing_id: UUID
    kind: EntryKind
    planned_at: Instant
    seconds_planned: float
    seconds_sounded: float
    evidence: Evidence
    started_at: Instant | None = None
    ended_at: Instant | None = None
    reason: Reason | None = None
    rendition_sha256: str | None = None
    note: str = ""


class CommandFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of a `command` row: what became of a command, or of bytes that pretended to be one."""

    command_id: UUID | None
    outcome: CommandOutcome
    reason: str = ""
    """Code of a `scheduler.domain.village.Refusal`; another program may say others."""


class JournalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a player's journal; numbers rise by one within an instance."""

    seq: int
    at: Instant | None
    kind: str
    facts: dict[str, Any]


class Journal(Message, frozen=True, kw_only=True, tag="journal"):
    """Rows handed over, in order; sent again until each is confirmed."""

    instance: str
    boot: str
    rows: tuple[JournalRow, ...]


class Confirm(Message, frozen=True, kw_only=True, tag="confirm"):
    """These rows are on the station's disk: the player may forget them."""

    to: str
    instance: str
    seqs: tuple[int, ...]
    quarantined: tuple[int, ...] = ()
    """Of those, the ones the station could not use; it keeps them and shows them to a person."""


AnyMessage = Plan | Command | Hello | Welcome | Status | Journal | Confirm
M = TypeVar("M", bound=Message)
T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(AnyMessage)


def encode(message: AnyMessage) -> bytes:
    """The message as UTF-8 JSON; the same message always gives the same bytes."""
    return _encoder.encode(message)


def decode(body: bytes, kind: type[M]) -> M:
    """The message of this kind in a body. Raises `BadMessage` for anything else, of whatever form."""
    try:
        message = _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadMessage(reason=str(error)[:200]) from error
    if message.v > PROTOCOL or not isinstance(message, kind):
        raise BadMessage(reason=f"{type(message).__name__}, protocol {message.v}, where {kind.__name__} was expected")
    return message


def pack(sealed: bytes) -> bytes:
    """A signed plan as it travels: zlib (RFC 1950); it becomes a seventh, and a village's SIM pays by the byte."""
    return zlib.compress(sealed, 6)


def unpack(payload: bytes) -> bytes:
    """The signed plan that was packed. Raises `BadMessage`, also for one that would fill the memory."""
    inflater = zlib.decompressobj()
    try:
        sealed = inflater.decompress(payload, LARGEST_PLAN)
    except zlib.error as error:
        raise BadMessage(reason=str(error)[:200]) from error
    if not inflater.eof:
        raise BadMessage(reason="cut short, or larger than a plan may be")
    return sealed


def to_facts(value: object) -> dict[str, Any]:
    """A struct or mapping as plain JSON values, for a row or a journal row's `facts`."""
    told: dict[str, Any] = msgspec.to_builtins(value)
    return told


def from_facts(facts: object, kind: type[T]) -> T:
    """The struct in plain JSON values. Raises `BadMessage`."""
    try:
        return msgspec.convert(facts, kind)
    except msgspec.MsgspecError as error:
        raise BadMessage(reason=str(error)[:200]) from error
