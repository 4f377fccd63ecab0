"""A large station for the web benchmark: many zones, years of airings, a day under way and two weeks of plan."""
# ruff: noqa: E501 -- rows are written as rows

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks._large_catalogue import make_catalogue, make_places, make_slots
from benchmarks._large_past import make_past
from benchmarks._station_rows import Size, hash_of, write
from scheduler.domain.coverage import CarrierKind
from scheduler.domain.identity import uuid7
from scheduler.domain.people import Granted, Role
from scheduler.domain.planning import BroadcastState
from scheduler.domain.programme import EditionState
from scheduler.domain.time import local_day
from scheduler.models import (
    Airing,
    AsRunEntry,
    AuditEntry,
    Broadcast,
    Claim,
    Edition,
    Player,
    Programme,
    Pulse,
    Slot,
    User,
    Zone,
)
from scheduler.services import as_run, people, planning, sign_in
from scheduler.station import Station


def fill(station: Station, size: Size) -> str:
    """Fill an empty database; says what there is."""
    now, zone = station.clock.now(), station.settings.time_zone
    today = local_day(now, zone)
    with station.sessions.begin() as session:
        make_places(session, size, now)
        make_catalogue(session, size, today, now)
        make_slots(session, size, today, now)
        session.merge(Pulse(owner="playout.bench", role="playout", at=now + timedelta(hours=1), facts={}))
    with station.sessions.begin() as session:
        make_past(session, size, today, station)
    with station.sessions.begin() as session:
        as_run.recompute(session)
    with station.sessions.begin() as session:
        planning.write_plan(session, now=now, settings=station.settings)
        sound_one(session, now)
        make_trail(session, now)
        pair_one(session, now)
    with closing(station.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with station.readers.begin() as session:
        return ", ".join(
            f"{session.scalar(select(func.count()).select_from(kind)):,} {name}"
            for kind, name in ((Zone, "zones"), (Airing, "airings"), (AsRunEntry, "entries in the log"),
                               (Broadcast, "broadcasts"), (Programme, "programmes"), (Edition, "editions"))
        )  # fmt: skip


def sound_one(session: Session, now: datetime) -> None:
    """The next broadcast of the plan is on air already: in every zone that it reaches."""
    broadcast = session.scalars(
        select(Broadcast)
        .join(Slot, Slot.id == Broadcast.slot_id)
        .where(Broadcast.state == BroadcastState.PLANNED, Slot.code.startswith("ca-"))
        .order_by(Broadcast.starts_at)
    ).first()
    assert broadcast is not None
    begun = now - timedelta(minutes=2)
    broadcast.starts_at, broadcast.state = begun, BroadcastState.ON_AIR
    zones = session.scalars(select(Programme.zone_id).where(Programme.broadcast_id == broadcast.id)).all()
    write(
        session,
        Claim,
        [
            {
                "broadcast_id": broadcast.id,
                "zone_id": zone,
                "owner": "playout.bench",
                "token": 1,
                "claimed_at": begun,
                "started_at": begun,
                "offset_s": 0.0,
                "closed_at": None,
            }
            for zone in zones
        ],
    )


def pair_one(session: Session, now: datetime) -> None:
    """The last zone is a village with a box: pages of boxes have one to show."""
    zone = session.scalars(select(Zone).order_by(Zone.id.desc())).first()
    assert zone is not None
    zone.carrier = CarrierKind.VILLAGE
    session.add(
        Player(zone=zone, username=f"z{zone.id}-00000001", public_key=hash_of("key", 1), broker_password="$7$",
               token_sha256=hash_of("token", 1), paired_at=now, paired_by="Lò Thị Hoa")
    )  # fmt: skip
    session.flush()


def make_trail(session: Session, now: datetime) -> None:
    write(
        session,
        AuditEntry,
        [
            {
                "change_id": uuid7(now=now),
                "at": now - timedelta(minutes=n),
                "user_id": None,
                "who": "Lò Thị Hoa",
                "action": "changed",
                "kind": "zone",
                "subject": str(n % 2_000),
                "label": f"Bản Tông {n}",
                "area_id": 2,
                "before": {"name": "cũ"},
                "after": {"name": "mới"},
                "undoes": None,
            }
            for n in range(5_000)
        ],
    )


def sign_in_operators(station: Station, number: int) -> list[str]:
    """Tokens of so many people at work, who may open every page."""
    now = station.clock.now()
    tokens = []
    for n in range(number):
        with station.sessions.begin() as session:
            login = f"truc{n + 1}"
            user = session.scalar(select(User).where(User.login == login)) or people.create_user(
                session, login=login, name=f"Người trực {n + 1}", grants=[Granted(role=Role.ADMIN)], now=now
            )
            tokens.append(sign_in.open_session(session, user.id, now=now))
        with station.sessions.begin() as session:
            session.merge(Pulse(owner="playout.bench", role="playout", at=now, facts={}))
    return tokens


def samples(station: Station) -> dict[str, dict[str, Any]]:
    """Something to fill every route with, by the beginning of its address and the names of its arguments."""
    zone_of_time = station.settings.time_zone
    with station.readers.begin() as session:
        edition = session.scalars(select(Edition).where(Edition.state == EditionState.SUBMITTED)).first()
        assert edition is not None
        episode = edition.episode
        entry = session.scalars(select(AsRunEntry).order_by(AsRunEntry.id.desc())).first()
        coming = session.scalars(
            select(Broadcast)
            .where(Broadcast.slot_id.is_not(None), Broadcast.state == BroadcastState.PLANNED)
            .order_by(Broadcast.starts_at.desc())
        ).first()
        one_off = session.scalars(
            select(Broadcast).where(Broadcast.slot_id.is_(None)).order_by(Broadcast.starts_at.desc())
        ).first()
        village = session.scalars(select(Zone.code).where(Zone.carrier == CarrierKind.VILLAGE)).first()
        assert (
            village is not None
            and entry is not None
            and coming is not None
            and coming.slot is not None
            and one_off is not None
        )
        known: dict[str, Any] = {
            "series": episode.series.code, "year": episode.year, "number": episode.number, "language": edition.language,
            "airing": entry.airing_id, "zone": entry.zone_id, "code": coming.slot.code, "on": coming.occurrence_on,
            "broadcast_id": one_off.id, "recording_id": edition.id, "zone_code": entry.zone_code, "area_id": 2, "area": 2,
            "user_id": 1, "login": "truc1", "topic": None, "day": local_day(station.clock.now(), zone_of_time),
        }  # fmt: skip
        return {
            "/": known,
            "/programme/series/": {"code": episode.series.code},
            "/coverage/zones/": {"code": entry.zone_code},
            "/coverage/areas/": {"number": 2},
            "/coverage/loudspeakers/": {"number": 1},
            "/fleet/zones/": {"code": village},
        }
