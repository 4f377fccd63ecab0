"""Who works in one commune: what lies in another answers as if it were not there, by every address and method."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from audio.store import FileMediaStore
from scheduler.domain.people import Role
from scheduler.models import Area, AsRunEntry, Broadcast, Loudspeaker, Programme, Slot, SlotTarget, Zone
from scheduler.services import coverage
from scheduler.station import Station
from tests.web.full_station import fill_station
from tests.web.station import WELL, client_for, make_station
from web.app import create_app

OWN, OTHER = "Chiềng An", "Chiềng Cơi"
KINDS = {
    "zone": ("/coverage/zones/{zone}", "/coverage/zones/{zone}/edit"),
    "area": ("/coverage/areas/{area}", "/coverage/areas/{area}/edit", "/coverage/areas/{area}/merge", "/planning/places/{area}"),
    "loudspeaker": ("/coverage/loudspeakers/{loudspeaker}",),
    "delivery": ("/log/{airing}/{zone_id}", "/log/{airing}/{zone_id}/correct"),
    "broadcast": ("/planning/one-offs/{broadcast}",),
    "slot": ("/planning/slots/{slot}/edit", "/planning/slots/{slot}/2026-11-25"),
}  # fmt: skip
POSTED = (
    "/coverage/zones/{zone}/edit", "/coverage/zones/{zone}/loudspeakers", "/coverage/zones/{zone}/pause",
    "/coverage/zones/{zone}/resume", "/coverage/zones/{zone}/remove", "/coverage/areas/{area}/edit",
    "/coverage/areas/{area}/merge", "/coverage/loudspeakers/{loudspeaker}", "/log/{airing}/{zone_id}/correct",
    "/planning/one-offs/{broadcast}/cancel", "/planning/one-offs/{broadcast}/move",
    "/planning/one-offs/{broadcast}/replace", "/planning/slots/{slot}/2026-11-25/cancel",
    "/planning/slots/{slot}/2026-11-25/move", "/planning/slots/{slot}/2026-11-25/replace",
    "/planning/slots/{slot}/2026-11-25/restore", "/planning/slots/{slot}/edit", "/planning/slots/{slot}/end",
    "/planning/slots/{slot}/remove",
)  # fmt: skip


@dataclass
class Place:
    """A commune with one of everything."""

    area_id: int
    names: dict[str, object]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home: Path = tmp_path_factory.mktemp("home")
    station = make_station(home, filled_by=fill_station)
    store = FileMediaStore(home)
    yield create_app(station, media=store, look_at_machine=lambda: WELL)
    station.engine.dispose()


@pytest.fixture(scope="module")
def places(app: Flask) -> dict[str, Place]:
    station: Station = app.extensions["station"]
    with station.sessions.begin() as session:
        return {name: make_place(session, name, station) for name in (OWN, OTHER)}


def make_place(session: Session, name: str, station: Station) -> Place:
    """What there is of a commune: a zone, a delivery in it, a slot and a one-off for it alone."""
    on = station.clock.now().date()
    area = session.scalars(select(Area).where(Area.name == name, Area.valid_to.is_(None))).one()
    zones = coverage.zones_of(session, area, on=on)
    zone_ids = [zone.id for zone in zones]
    entry = session.scalars(select(AsRunEntry).where(AsRunEntry.zone_id.in_(zone_ids)).limit(1)).one()
    zone = session.get_one(Zone, entry.zone_id)
    slot = session.scalars(select(Slot).where(Slot.code == "cchc-sang")).one()
    own_slot = Slot(
        code=f"rieng-{area.id}", title=f"Riêng {name}", series_id=slot.series_id, rrule="FREQ=DAILY",
        starts_at_local=slot.starts_at_local.replace(hour=9), valid_from=slot.valid_from, selection=slot.selection,
        created_at=slot.created_at, targets=[SlotTarget(area_id=area.id)],
    )  # fmt: skip
    session.add(own_slot)
    broadcast = one_off_for(session, zone)
    session.flush()
    loudspeaker = session.scalars(select(Loudspeaker).where(Loudspeaker.zone_id.in_(zone_ids)).limit(1)).one()
    names = {
        "zone": zone.code, "zone_id": zone.id, "area": area.id, "loudspeaker": loudspeaker.id,
        "airing": entry.airing_id, "broadcast": broadcast.id, "slot": own_slot.code,
    }  # fmt: skip
    return Place(area.id, names)


def one_off_for(session: Session, zone: Zone) -> Broadcast:
    """A one-off that only this zone hears."""
    like = session.scalars(select(Broadcast).where(Broadcast.slot_id.is_(None)).limit(1)).one()
    order = session.scalars(select(Programme.running_order_key).limit(1)).one()
    from datetime import timedelta

    from scheduler.domain.identity import uuid7

    made = Broadcast(
        id=uuid7(now=like.planned_at), series_id=like.series_id, episode_id=like.episode_id,
        starts_at=like.planned_at + timedelta(days=1), ends_at=like.planned_at + timedelta(days=1, minutes=9),
        planned_at=like.planned_at,
    )  # fmt: skip
    made.programmes.append(Programme(zone_id=zone.id, running_order_key=order))
    session.add(made)
    return made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN], ids=str)
def test_what_lies_in_ones_own_commune_is_shown_and_anothers_is_not_there(
    app: Flask, places: dict[str, Place], role: Role, kind: str
) -> None:
    client = client_for(app, role=role, area=places[OWN].area_id)
    for address in KINDS[kind]:
        own = client.get(address.format(**places[OWN].names))
        assert own.status_code == 200, address
        assert client.get(address.format(**places[OTHER].names)).status_code == 404, address


@pytest.mark.parametrize("address", POSTED)
def test_nothing_of_another_commune_is_changed_by_any_form(app: Flask, places: dict[str, Place], address: str) -> None:
    client = client_for(app, role=Role.ADMIN, area=places[OWN].area_id)
    form = {"name": "x", "reason": "x", "note": "x", "how": "nothing", "place": "x", "day": "2026-11-26"}
    answer = client.post(address.format(**places[OTHER].names), data=form)
    assert answer.status_code == 404, answer.get_data(as_text=True)[:300]


def test_lists_exports_and_the_map_name_nothing_of_another_commune(app: Flask, places: dict[str, Place]) -> None:
    client = client_for(app, role=Role.VIEWER, area=places[OWN].area_id)
    foreign = str(places[OTHER].names["zone"])
    period = "first=01/11/2026&last=30/11/2026"
    for address in (
        "/coverage/", "/coverage/points.json", "/log/?" + period, "/log/export.csv?" + period, "/log/airings?" + period,
        "/planning/", "/planning/list", "/planning/events.json?start=2026-11-23&end=2026-11-30", "/planning/slots/",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.get_data(as_text=True)
        assert foreign not in text and f"Riêng {OTHER}" not in text, address
    assert str(places[OWN].names["zone"]) in client.get("/log/export.csv?" + period).get_data(as_text=True)
