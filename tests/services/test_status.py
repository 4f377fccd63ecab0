from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.station import SignOfLife
from scheduler.domain.status import OnAir, Stated, group_stated, name_places, sounding_part
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Claim
from scheduler.services import as_run, status
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import an_entry, go_on_air, make_editions

SILENCE = timedelta(seconds=20)
DAEMON = SignOfLife(owner="playout.a", role="playout", at=NOW)


def group_on_air(found: list[Stated], *, alive: set[str]) -> list[OnAir]:
    return [group.at(NOW) for group in group_stated(found, alive=alive)]


def on_air(session: Session) -> list[OnAir]:
    air = status.look_at_air(session, alive=status.owners_alive([DAEMON], now=NOW, silence=SILENCE))
    return [group.at(NOW) for group in air.groups]


def stated(zone: str, *, since_s: float = 60, offset_s: float = 0, owner: str = "a", key: str = "k") -> Stated:
    return Stated(
        broadcast_id=UUID(int=1),
        owner=owner,
        zone_name=zone,
        started_at=NOW - timedelta(seconds=since_s),
        offset_s=offset_s,
        running_order_key=key,
        seconds=600,
        parts=(("chime", None, 0.0), ("edition", "blt", 10.0), ("edition", "vi", 300.0)),
        series_title="Chuyên mục",
        number=1,
        title="Khai sinh",
    )


def test_zones_that_end_together_are_one_group_though_they_started_microseconds_apart() -> None:
    (group,) = group_on_air([stated("B", since_s=60.0004), stated("A")], alive={"a"})
    assert group.places.names == ("A", "B")
    assert group.remaining(now=NOW) == timedelta(seconds=540)
    assert (group.role, group.language) == ("edition", "blt")


def test_a_zone_that_joined_late_is_a_group_of_its_own() -> None:
    groups = group_on_air([stated("A"), stated("B", since_s=30, offset_s=300)], alive={"a"})
    assert [group.places.names for group in groups] == [("B",), ("A",)]  # the one that ends first comes first
    assert groups[0].remaining(now=NOW) == timedelta(seconds=270)
    assert groups[0].language == "vi"


def test_what_a_silent_daemon_reported_is_not_certain() -> None:
    (group,) = group_on_air([stated("A")], alive=set())
    assert not group.certain


def test_nothing_is_left_of_what_should_be_over() -> None:
    (group,) = group_on_air([stated("A", since_s=700)], alive={"a"})
    assert group.remaining(now=NOW) == timedelta(0)


def test_the_sounding_part_changes_at_its_start() -> None:
    parts = stated("A").parts
    assert [sounding_part(parts, at_s=at) for at in (0, 9.9, 10, 300)] == [
        ("chime", None), ("chime", None), ("edition", "blt"), ("edition", "vi"),
    ]  # fmt: skip


def test_many_zones_are_named_in_part() -> None:
    places = name_places(f"Bản {n:02}" for n in range(10))
    assert len(places.names) == 6 and places.number == 10 and places.others == 4


def test_on_air_is_what_was_reported_and_not_closed(session: Session) -> None:
    zones = (make_zone(session), make_zone(session, code="HUM", name="Bản Hụm"))
    broadcast = make_broadcast(session, editions=make_editions(session), zones=zones, starts_in=timedelta(seconds=-60))
    assert on_air(session) == []  # due, but nobody reported it
    go_on_air(session, broadcast, since=NOW - timedelta(seconds=60))
    (group,) = on_air(session)
    assert group.places.number == 2 and group.certain
    assert group.remaining(now=NOW) == timedelta(seconds=1020)
    session.get_one(Claim, (broadcast.id, zones[0].id)).closed_at = NOW
    session.flush()
    (group,) = on_air(session)
    assert group.places.names == ("Bản Hụm",)


def test_a_claim_without_a_start_is_not_on_air(session: Session) -> None:
    broadcast = make_broadcast(session, editions=make_editions(session), zones=(make_zone(session),))
    go_on_air(session, broadcast, since=NOW)
    claim = session.get_one(Claim, (broadcast.id, broadcast.programmes[0].zone_id))
    claim.started_at = None
    session.flush()
    assert on_air(session) == []
    assert [item.broadcast_id for item in status.find_coming(session, now=NOW)] == [broadcast.id]


def test_coming_are_the_next_ones_in_order_with_languages_and_zones(session: Session) -> None:
    zones = (make_zone(session), make_zone(session, code="TO1", name="Tổ 1", languages=("vi",)))
    editions = make_editions(session)
    later, sooner = (
        make_broadcast(session, editions=editions, zones=zones, starts_in=timedelta(hours=hours)) for hours in (2, 1)
    )
    long_past = make_broadcast(session, editions=editions, zones=zones, starts_in=timedelta(hours=-3))
    coming = status.find_coming(session, now=NOW)
    assert [item.broadcast_id for item in coming] == [sooner.id, later.id]
    assert coming[0].zones == 2 and coming[0].languages == ("vi", "blt")
    assert long_past.id not in {item.broadcast_id for item in coming}


def test_what_is_in_the_log_does_not_come_any_more(session: Session) -> None:
    zone = make_zone(session, area=make_area(session, kind="commune"))
    broadcast = make_broadcast(session, editions=make_editions(session), zones=(zone,), starts_in=timedelta(minutes=-5))
    assert [item.broadcast_id for item in status.find_coming(session, now=NOW)] == [broadcast.id]
    entries = [
        an_entry(airing, zone, at=NOW, kind=EntryKind.MISSED, reason=Reason.TOO_LATE) for airing in broadcast.airings
    ]
    as_run.record(session, entries, now=NOW, zone=STATION_ZONE)
    assert status.find_coming(session, now=NOW) == []


def test_overdue_begins_some_seconds_after_the_instant(session: Session) -> None:
    make_broadcast(
        session, editions=make_editions(session), zones=(make_zone(session),), starts_in=timedelta(seconds=0)
    )
    (item,) = status.find_coming(session, now=NOW)
    assert not item.is_overdue(now=NOW + timedelta(seconds=14))
    assert item.is_overdue(now=NOW + timedelta(seconds=15))


def test_what_is_on_air_is_read_again_only_when_a_claim_or_a_daemon_changed(session: Session) -> None:
    zones = (make_zone(session), make_zone(session, code="HUM", name="Bản Hụm"))
    broadcast = make_broadcast(session, editions=make_editions(session), zones=zones, starts_in=timedelta(seconds=-60))
    alive = frozenset({"playout.a"})
    nothing = status.look_at_air(session, alive=alive)
    assert status.look_at_air(session, alive=alive, before=nothing) is nothing
    go_on_air(session, broadcast, since=NOW)
    sounding = status.look_at_air(session, alive=alive, before=nothing)
    assert sounding.groups and status.look_at_air(session, alive=alive, before=sounding) is sounding
    silent = status.look_at_air(session, alive=frozenset(), before=sounding)
    assert not silent.groups[0].certain
    session.get_one(Claim, (broadcast.id, zones[0].id)).closed_at = NOW
    session.flush()
    assert status.look_at_air(session, alive=alive, before=sounding).groups[0].places.number == 1
