"""Rows of villages for tests: zones with boxes in every state, their plans, and a broadcast tomorrow morning."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.models import Area, Broadcast, Programme, RunningOrder, Zone
from scheduler.models.village import Player, PlayerState, VillagePlan
from tests.factories import a_sha256, make_area, make_zone

VERSION = 7
FILE = a_sha256("transport")


def make_player(session: Session, zone: Zone, *, at: datetime, sample: bool = False, **others: Any) -> Player:
    """A box of a zone."""
    zone.carrier = "village"
    number = len(session.scalars(select(Player.id)).all()) + 1
    player = Player(
        zone_id=zone.id, username=f"z{zone.id}-{number:08x}", public_key=f"{number:064x}", broker_password="$7$x",
        token_sha256=a_sha256(f"token {number}"), box=f"pi-{zone.code.lower()}", paired_at=at - timedelta(days=30),
        paired_by="Cà Văn Trưởng", sample=sample, **others,
    )  # fmt: skip
    session.add(player)
    session.flush()
    return player


def make_state(session: Session, player: Player, *, at: datetime, **others: Any) -> PlayerState:
    """What a box last said: well, in contact, with the newest plan and all files, unless told otherwise."""
    told: dict[str, Any] = {
        "online": True, "seen_at": at - timedelta(seconds=20), "turned_at": at - timedelta(hours=5), "instance": "i1",
        "boot": "b1", "plan_version": VERSION, "plan_until": at + timedelta(days=14), "files_wanted": 4,
        "files_ready": 4, "data_day": f"{(at + timedelta(hours=7)).date():%Y-%m-%d}", "data_bytes": 3_400_000,
        "data_month": f"{(at + timedelta(hours=7)).date():%Y-%m}", "data_earlier_bytes": 88_000_000, "problems": [],
        "status": {
            "program": "loaban 0.1.0", "files_missing": [],
            "health": {
                "clock": {"source": "ntp", "offset_s": 0.004, "uncertainty_s": 0.02}, "disk_free_bytes": 21 * 10**9,
                "disk_total_bytes": 29 * 10**9, "temperature_c": 48.5, "memory_bytes": 52 * 2**20,
                "signal_percent": 62, "sim": "Viettel …4471", "amplifier": "on", "heard_dbfs": -31.0, "volume": 80,
            },
        },
    }  # fmt: skip
    state = PlayerState(player_id=player.id, **{**told, **others})
    session.add(state)
    session.flush()
    return state


def make_plan(session: Session, zone: Zone, *, at: datetime, version: int = VERSION) -> None:
    """The station's newest plan of a zone."""
    session.add(
        VillagePlan(
            zone_id=zone.id, version=version, digest=a_sha256(f"plan {zone.id}"), body=b"", programmes=14,
            until=at + timedelta(days=14), made_at=at, sent_version=version,
        )
    )  # fmt: skip
    session.flush()


def make_transports(session: Session, broadcast: Broadcast, *, sha256: str | None = FILE) -> None:
    """The small file of every running order of a broadcast."""
    keys = select(Programme.running_order_key).where(Programme.broadcast_id == broadcast.id)
    for order in session.scalars(select(RunningOrder).where(RunningOrder.key.in_(keys))):
        order.transport_sha256, order.transport_bytes = sha256, 1_500_000
    session.flush()


def make_cast(session: Session, *, at: datetime, area: Area | None = None) -> dict[str, Zone]:
    """One zone for each way a box can be."""
    area = area or make_area(session, name="Chiềng Xôm", kind="commune", parent=make_area(session))
    names = {
        "well": "Bản Tông", "airing": "Bản Hụm", "away": "Bản Phiêng Ngùa", "lacking": "Bản Tam", "old": "Bản Pùa",
        "silent": "Bản Lả Mường", "fresh": "Bản Ái", "none": "Bản Panh", "card": "Bản Dửn",
    }  # fmt: skip
    zones = {
        key: make_zone(session, code=f"V-{key.upper()}", name=name, area=area, carrier="village")
        for key, name in names.items()
    }
    for place, zone in enumerate(zones.values()):
        zone.latitude, zone.longitude = 21.33 + place * 0.006, 103.9 + place * 0.004
        make_plan(session, zone, at=at)
    told: dict[str, dict[str, Any]] = {
        "well": {},
        "airing": {"on_air": "00000000-0000-7000-8000-000000000001"},
        "away": {"online": False, "seen_at": at - timedelta(hours=31), "turned_at": at - timedelta(hours=31)},
        "lacking": {
            "files_ready": 2,
            "status": {"files_missing": [FILE, a_sha256("later")], "program": "loaban 0.1.0"},
        },
        "old": {"plan_version": VERSION - 2},
        "silent": {"problems": ["amplifier_silent"]},
        "card": {"twin_at": at - timedelta(minutes=3)},
    }
    for key, others in told.items():
        if "on_air" in others:
            from uuid import UUID

            others["on_air"] = UUID(others["on_air"])
        make_state(session, make_player(session, zones[key], at=at, sample=key == "well"), at=at, **others)
    make_player(session, zones["fresh"], at=at)
    return zones
