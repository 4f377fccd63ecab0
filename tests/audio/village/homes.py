"""A paired player on a folder of its own, and plans for it as the station would sign them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from audio.village.home import Membership, PlayerHome
from scheduler.signing import Signer
from scheduler.village_messages import Piece, Plan, PlannedProgramme, VillageFile, ZoneRules, encode
from tests.factories import a_sha256

STATION = Signer(bytes(range(32)))
STRANGER = Signer(bytes(range(1, 33)))
ZONE_ID = 12
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
_SPACE = UUID("5a2a4a8e-6f1f-4d6b-9a7e-0d9f3b1c2d3e")


def pair(folder: Path, *, zone_id: int = ZONE_ID) -> PlayerHome:
    """A folder that was paired with a zone."""
    home = PlayerHome(folder)
    home.keep(
        Membership(
            station_url="http://127.0.0.1:1", broker_url="mqtt://127.0.0.1:1", username=f"z{zone_id}-0a1b2c3d",
            password="p", token="t", station_key=STATION.public, zone_id=zone_id, zone_code="TONG",
            zone_name="Bản Tông", paired_at=NOON, instance="paired-once",
        )
    )  # fmt: skip
    return home


def programme(
    name: str, starts_at: datetime, *, seconds: float = 600.0, languages: Sequence[str] = ("blt", "vi"),
    priority: int = 1, cancelled: bool = False, sha256: str | None = None, has_file: bool = True, version: str = "",
) -> PlannedProgramme:  # fmt: skip
    """A programme of editions of equal length after a chime of a tenth of it."""
    chime = seconds / 10
    each = (seconds - chime) / len(languages)
    pieces = [Piece(role="chime", starts_s=0.0, seconds=chime, sha256=a_sha256("chime"))]
    pieces += [
        Piece(
            role="edition", starts_s=chime + n * each, seconds=each, sha256=a_sha256(f"{name}.{language}{version}"),
            language=language, airing_id=uuid5(_SPACE, f"{name}.{language}{version}"),
            recording_sha256=a_sha256(f"{name}.{language}.take{version}"), series="Nhịp sống Sơn La", title=f"Số {name}",
            year=2026, number=7,
        )
        for n, language in enumerate(languages)
    ]  # fmt: skip
    file = VillageFile(sha256=sha256 or a_sha256(f"file.{name}{version}"), size_bytes=1000, seconds=seconds)
    return PlannedProgramme(
        broadcast_id=uuid5(_SPACE, name), starts_at=starts_at, priority=priority, pieces=tuple(pieces),
        file=file if has_file else None, cancelled=cancelled,
    )  # fmt: skip


def plan(*programmes: PlannedProgramme, version: int = 1, now: datetime = NOON, **changed: object) -> Plan:
    """A plan for fourteen days."""
    told: dict[str, object] = {
        "zone_id": ZONE_ID, "zone_code": "TONG", "zone_name": "Bản Tông", "area_ids": (7, 3), "version": version,
        "made_at": now, "until": now + timedelta(days=14), "programmes": programmes, "languages": ("blt", "vi"),
        "rules": ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(("00:00", "24:00"),)),
    } | changed  # fmt: skip
    return Plan(**told)  # type: ignore[arg-type]


def sealed(told: Plan, *, by: Signer = STATION) -> bytes:
    """The plan as it travels."""
    return by.seal(encode(told))
