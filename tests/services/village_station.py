"""A station with two villages, their boxes and a programme that was sent to them, for tests of what they hand over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from scheduler.database import Sessions
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.village import PlayerRef
from scheduler.models import Player, RunningOrder
from scheduler.services.village_journal import Handed
from scheduler.village_messages import DeliveryFacts, Journal, JournalKind, JournalRow, StartedFacts, to_facts
from tests.factories import (
    NOW,
    a_sha256,
    make_area,
    make_broadcast,
    make_edition,
    make_episode,
    make_series,
    make_zone,
)

START = NOW + timedelta(minutes=5)
LATER = START + timedelta(minutes=30)
INSTANCE = "instance-1"


@dataclass(frozen=True, kw_only=True)
class Villages:
    """Bản Tông hears Thái then phổ thông, bản Hụm phổ thông; both from files the station made for them."""

    tong: PlayerRef
    hum: PlayerRef
    broadcast_id: UUID
    airings: dict[str, UUID]
    transports: dict[int, str]
    renditions: dict[int, str]


def add_player(session: Any, zone_id: int, *, digits: str = "11112222", key: str = "ab" * 32) -> PlayerRef:
    player = Player(
        zone_id=zone_id,
        username=f"z{zone_id}-{digits}",
        public_key=key,
        broker_password="$7$",
        token_sha256=a_sha256(f"{zone_id} {digits}"),
        paired_at=NOW,
        paired_by="Mai",
    )
    session.add(player)
    session.flush()
    return PlayerRef(player_id=player.id, zone_id=zone_id, username=player.username, public_key=key)


def make_villages(sessions: Sessions) -> Villages:
    with sessions.begin() as session:
        area = make_area(session)
        tong = make_zone(session, area=area, carrier="village")
        hum = make_zone(session, code="HUM", name="Bản Hụm", area=area, languages=("vi",), carrier="village")
        episode = make_episode(session, make_series(session))
        editions = tuple(make_edition(session, episode, language=language) for language in ("blt", "vi"))
        broadcast = make_broadcast(session, editions=editions, zones=(tong, hum))
        transports, renditions = {}, {}
        for programme in broadcast.programmes:
            order = session.get_one(RunningOrder, programme.running_order_key)
            order.transport_sha256 = transports[programme.zone_id] = a_sha256("transport " + order.key)
            order.rendition_sha256 = renditions[programme.zone_id] = a_sha256("rendition " + order.key)
        return Villages(
            tong=add_player(session, tong.id),
            hum=add_player(session, hum.id),
            broadcast_id=broadcast.id,
            airings={airing.language: airing.id for airing in broadcast.airings},
            transports=transports,
            renditions=renditions,
        )


def started(villages: Villages, seq: int = 1, **others: Any) -> JournalRow:
    facts = StartedFacts(**{"broadcast_id": villages.broadcast_id, "started_at": START, **others})
    return JournalRow(seq=seq, at=facts.started_at, kind=JournalKind.STARTED.value, facts=to_facts(facts))


def delivered(
    villages: Villages, seq: int = 2, *, player: PlayerRef | None = None, language: str = "vi", **others: Any
) -> JournalRow:
    """A delivery as a box tells of it: sounded in full and heard, unless told otherwise."""
    owner = player or villages.hum
    values = {
        "broadcast_id": villages.broadcast_id,
        "airing_id": villages.airings[language],
        "kind": EntryKind.SOUNDED,
        "planned_at": START,
        "seconds_planned": 540.0,
        "seconds_sounded": 540.0,
        "evidence": Evidence.HEARD,
        "started_at": START,
        "ended_at": START + timedelta(seconds=540),
        "rendition_sha256": villages.transports[owner.zone_id],
        **others,
    }
    return JournalRow(seq=seq, at=LATER, kind=JournalKind.DELIVERY.value, facts=to_facts(DeliveryFacts(**values)))


def missed(villages: Villages, seq: int = 2, *, language: str = "vi", **others: Any) -> JournalRow:
    values = {
        "kind": EntryKind.MISSED,
        "seconds_sounded": 0.0,
        "evidence": Evidence.PLANNED,
        "reason": Reason.NO_TRUSTED_TIME,
        "started_at": None,
        "ended_at": None,
        "rendition_sha256": None,
        **others,
    }
    return delivered(villages, seq, language=language, **values)


def note(seq: int, code: str = "clock_trusted", at: datetime | None = LATER) -> JournalRow:
    return JournalRow(seq=seq, at=at, kind=JournalKind.NOTE.value, facts={"code": code})


def hand(player: PlayerRef, rows: Iterable[JournalRow], *, instance: str = INSTANCE, boot: str = "boot-1") -> Handed:
    return Handed(player=player, journal=Journal(instance=instance, boot=boot, rows=tuple(rows)))
