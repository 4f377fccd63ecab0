"""A paired box whose sound and link only remember what they were told, and commands for it as the station signs them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from audio.village.home import Membership
from audio.village.journal import Journal
from audio.village.orders import Orders
from audio.village.trust import TrustedClock
from scheduler import ports
from scheduler.database import Sessions
from scheduler.errors import MediaMissing
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import (
    Audience,
    Command,
    CommandFacts,
    CommandKind,
    Piece,
    Plan,
    PlannedProgramme,
    VillageFile,
    ZoneRules,
    encode,
    from_facts,
)
from tests.factories import NOW

STATION, STRANGER = Signer(b"s" * 32), Signer(b"x" * 32)
ZONE, AREA = 12, 3
MEMBERSHIP = Membership(
    station_url="https://dai.example:8443", broker_url="mqtts://dai.example", username="z12-3fa94c01", password="",
    token="", station_key=STATION.public, zone_id=ZONE, zone_code="TONG", zone_name="Bản Tông", paired_at=NOW,
    instance="i",
)  # fmt: skip
PLAN = Plan(
    zone_id=ZONE, zone_code="TONG", zone_name="Bản Tông", area_ids=(AREA, 1), version=4, made_at=NOW,
    until=NOW + timedelta(days=14), rules=ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=()), programmes=(),
    languages=("blt", "vi"),
)  # fmt: skip


@dataclass
class Acts:
    """Sound and link of a box, which only remember what they were told."""

    done: list[object] = field(default_factory=list)
    fails: bool = False

    def set_volume(self, percent: int, *, by: str) -> None:
        self.done.append(("volume", percent, by))

    def stop(self) -> None:
        self.done.append("stop")

    def say(self, programme: PlannedProgramme) -> None:
        if self.fails:
            raise MediaMissing(sha256="0")
        self.done.append(("say", programme.broadcast_id, programme.starts_at))

    def refresh(self) -> None:
        self.done.append("refresh")

    def report(self) -> None:
        self.done.append("report")

    def unplug(self, seconds: int) -> None:
        self.done.append(("unplug", seconds))


class Box:
    """A paired box with a database of its own; `obey` gives it bytes and tells what it journalled."""

    def __init__(self, sessions: Sessions, clock: ports.Clock, *, trusted: bool = True, **more: object) -> None:
        self.sessions, self.clock, self.acts = sessions, clock, Acts()
        self.trust = TrustedClock(clock)
        if trusted:
            self.trust.learn(clock.now(), source="station")
        self.journal = Journal(sessions)
        self.plan: Plan | None = PLAN
        self.orders = Orders(
            verifier=Verifier(STATION.public),
            membership=MEMBERSHIP,
            sessions=sessions,
            clock=self.trust,
            sound=self.acts,
            find_plan=lambda: self.plan,
            **more,  # type: ignore[arg-type]
        )

    def obey(self, *sealed: bytes) -> list[tuple[str, str]]:
        after = self.journal.next_seq - 1
        self.orders.take(sealed, link=self.acts)
        rows = self.journal.waiting(after=after, limit=100_000)
        facts = [from_facts(row.facts, CommandFacts) for row in rows if row.kind == "command"]
        return [(item.outcome.value, item.reason) for item in facts]


def a_command(kind: CommandKind = CommandKind.STOP, *, issued_at: datetime = NOW, **more: object) -> Command:
    facts = {
        "command_id": uuid4(), "audience": Audience(zone_id=ZONE), "expires_at": issued_at + timedelta(minutes=10),
        "by": "Hà", **more,
    }  # fmt: skip
    return Command(kind=kind, issued_at=issued_at, **facts)  # type: ignore[arg-type]


def seal(command: Command, signer: Signer = STATION) -> bytes:
    return signer.seal(encode(command))


def a_programme(**more: object) -> PlannedProgramme:
    facts = {
        "broadcast_id": uuid4(), "starts_at": NOW, "priority": 3,
        "pieces": (Piece(role="edition", starts_s=0, seconds=60, sha256="a" * 64, language="blt"),),
        "file": VillageFile(sha256="b" * 64, size_bytes=1, seconds=60), **more,
    }  # fmt: skip
    return PlannedProgramme(**facts)  # type: ignore[arg-type]
