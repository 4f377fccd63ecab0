"""The tree of a day with what is wrong in each branch, lists of zones, the history of an area and its merger."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from scheduler.domain.coverage import LoudspeakerState, ZoneState
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.errors import AreaCodeTaken, BadField, UnknownArea
from scheduler.models import Area, Claim, Lease, Zone
from scheduler.services import area_view, coverage, coverage_view, playout, zone_view
from scheduler.services.coverage_view import AreaBranch, ZoneFilter, ZoneRow
from scheduler.services.zone_states import Now
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import give_pulse, go_on_air, make_editions

DAY, BEFORE = date(2026, 11, 24), date(2025, 6, 30)
REFORM = date(2025, 7, 1)
MOMENT = Now(at=NOW, day=DAY, patience=timedelta(seconds=30))


@pytest.fixture
def city(session: Session) -> Area:
    """Chiềng Xôm became part of Chiềng An; two villages lie in it, each with a zone, and one zone lies in the city."""
    city = make_area(session, name="Sơn La")
    xom = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    an = make_area(session, name="Chiềng An", kind="commune", parent=city, valid_from=REFORM)
    coverage.merge_areas(session, [xom], an, on=REFORM)
    for name, code in (("Bản Tông", "TONG"), ("Bản Hụm", "HUM")):
        make_zone(session, code=code, name=name, area=make_area(session, name=name, kind="village", parent=xom))
    make_zone(session, code="CITY", name="Quảng trường", area=city, carrier="soundcard")
    return city


def rows(session: Session, scope: Scope = EVERYWHERE) -> list[ZoneRow]:
    session.flush()
    return coverage_view.read_rows(session, scope, moment=MOMENT)


def states(session: Session) -> dict[str, ZoneState]:
    return {row.code: row.state for row in rows(session)}


def tree_of(session: Session, *, on: date = DAY, chosen: int | None = None, scope: Scope = EVERYWHERE) -> object:
    found = coverage_view.find_tree(
        rows(session, scope), scope, on=on, tree=coverage.load_tree(session), chosen=chosen
    )  # fmt: skip
    return [told(branch) for branch in found]


def told(branch: AreaBranch) -> tuple[str, int, list[object]]:
    return branch.name, branch.zones, [told(below) for below in branch.branches]


# --- the tree ---------------------------------------------------------------------------------------------------------
def test_the_tree_is_that_of_the_day(session: Session, city: Area) -> None:
    assert tree_of(session) == [("Sơn La", 3, [("Chiềng An", 2, [])])]
    assert tree_of(session, on=BEFORE) == [("Sơn La", 3, [("Chiềng Xôm", 2, [])])]


def test_the_villages_are_there_once_their_commune_is_chosen(session: Session, city: Area) -> None:
    an = coverage.get_area(session, "Chiềng An", on=DAY)
    assert tree_of(session, chosen=an.id) == [
        ("Sơn La", 3, [("Chiềng An", 2, [("Bản Hụm", 1, []), ("Bản Tông", 1, [])])])
    ]


def test_a_person_sees_their_part_of_the_tree_and_its_numbers_only(session: Session, city: Area) -> None:
    village = coverage.get_zone(session, "TONG").area
    assert tree_of(session, scope=Scope(area_ids=frozenset({village.id}))) == [("Bản Tông", 1, [])]


def test_a_branch_counts_what_is_on_air_paused_and_in_trouble_below_it(session: Session, city: Area) -> None:
    coverage.get_zone(session, "TONG").active = False
    playout.raise_alarm(session, kind="carrier_down", subject="carrier:soundcard", facts={}, now=NOW)
    found = coverage_view.find_tree(rows(session), EVERYWHERE, on=DAY, tree=coverage.load_tree(session))
    (top,) = found
    assert (top.zones, top.on_air, top.trouble, top.paused) == (3, 0, 1, 1)
    (an,) = top.branches
    assert (an.zones, an.on_air, an.trouble, an.paused) == (2, 0, 0, 1)


# --- how zones are ----------------------------------------------------------------------------------------------------
def test_what_a_dead_daemon_said_to_sound_does_not(session: Session, city: Area) -> None:
    tong = coverage.get_zone(session, "TONG")
    go_on_air(session, make_broadcast(session, editions=make_editions(session), zones=(tong,)), since=NOW)
    assert states(session)["TONG"] is ZoneState.READY
    give_pulse(session, at=NOW - timedelta(minutes=5))
    assert states(session)["TONG"] is ZoneState.READY
    give_pulse(session, at=NOW)
    assert states(session)["TONG"] is ZoneState.ON_AIR
    session.query(Claim).one().closed_at = NOW
    assert states(session)["TONG"] is ZoneState.READY


def test_only_loudspeakers_that_are_there_make_a_zone_deaf(session: Session, city: Area) -> None:
    tong = coverage.get_zone(session, "TONG")
    first = coverage.add_loudspeaker(session, tong, place="đầu bản")
    first.state = LoudspeakerState.REMOVED
    assert states(session)["TONG"] is ZoneState.READY
    first.state = LoudspeakerState.BROKEN
    assert states(session)["TONG"] is ZoneState.NO_LOUDSPEAKER
    coverage.add_loudspeaker(session, tong, place="cuối bản")
    assert states(session)["TONG"] is ZoneState.READY


def test_a_removed_zone_is_in_no_list(session: Session, city: Area) -> None:
    coverage.remove_zone(coverage.get_zone(session, "TONG"), now=NOW)
    assert set(states(session)) == {"HUM", "CITY"}


@pytest.mark.parametrize(
    ("search", "codes"), [("ban tong", ["TONG"]), ("chieng an", ["HUM", "TONG"]), ("city", ["CITY"]), ("%", [])]
)
def test_zones_are_found_by_name_code_and_commune_without_diacritics(
    session: Session, city: Area, search: str, codes: list[str]
) -> None:
    found = coverage_view.find_zones(
        session, rows(session), ZoneFilter(search=search), on=DAY, tree=coverage.load_tree(session)
    )
    assert [row.code for row in found.rows] == codes
    assert found.unplaced == len(codes)


def test_areas_are_found_without_diacritics_as_far_as_the_person_sees(session: Session, city: Area) -> None:
    tree = coverage.load_tree(session)
    found = coverage_view.find_areas(EVERYWHERE, "chieng", on=DAY, tree=tree)
    assert [name for _, name in found] == ["Sơn La › Chiềng An"]
    assert coverage_view.find_areas(Scope(area_ids=frozenset({city.id})), "chieng", on=DAY, tree=tree) == []
    assert coverage_view.find_areas(EVERYWHERE, " ", on=DAY, tree=tree) == []


def test_who_holds_a_zone_is_told_with_whether_they_live(session: Session, city: Area) -> None:
    tong = coverage.get_zone(session, "TONG")

    def carriage(zone: Zone) -> zone_view.Carriage:
        session.flush()
        return zone_view.find_carriage(session, zone, now=NOW, silence_after=timedelta(seconds=30))

    assert (carriage(tong).owner, carriage(tong).is_well) == (None, False)
    session.add(Lease(name=f"zone:{tong.id}", owner="playout.a", token=1, expires_at=NOW + timedelta(seconds=20)))
    assert (carriage(tong).owner, carriage(tong).is_alive) == ("playout.a", False)
    give_pulse(session, at=NOW)
    assert carriage(tong).is_well
    playout.raise_alarm(session, kind="carrier_down", subject="carrier:memory", facts={"name": "m"}, now=NOW)
    assert [alarm.code for alarm in carriage(tong).alarms] == ["carrier_down"] and not carriage(tong).is_well
    session.get_one(Lease, f"zone:{tong.id}").owner = ""
    assert carriage(tong).owner is None


# --- one area ---------------------------------------------------------------------------------------------------------
def test_an_area_knows_what_it_came_from_and_what_it_became(session: Session, city: Area) -> None:
    an = coverage.get_area(session, "Chiềng An", on=DAY)
    xom = coverage.get_area(session, "Chiềng Xôm", on=BEFORE)
    assert [(item.name, item.on, item.shown) for item in area_view.look(session, an, EVERYWHERE).before] == [
        ("Chiềng Xôm", REFORM, True)
    ]
    only_xom = Scope(area_ids=frozenset({xom.id}))
    assert [(item.name, item.shown) for item in area_view.look(session, xom, only_xom).after] == [("Chiềng An", False)]


def test_an_area_outside_the_scope_is_missing(session: Session, city: Area) -> None:
    for number in (city.id, 9999):
        with pytest.raises(UnknownArea):
            area_view.get_area(session, number, Scope(area_ids=frozenset()), on=DAY)


def test_a_merger_needs_a_successor_that_exists_then_and_lies_not_within(session: Session, city: Area) -> None:
    an = coverage.get_area(session, "Chiềng An", on=DAY)
    xom = coverage.get_area(session, "Chiềng Xôm", on=BEFORE)
    hum = coverage.get_zone(session, "HUM").area
    for area, successor, on in ((an, an, DAY), (xom, hum, DAY), (an, xom, DAY), (hum, an, BEFORE), (xom, an, DAY)):
        with pytest.raises(BadField):
            area_view.merge(session, area, successor, on=on)
    area_view.merge(session, hum, an, on=DAY)
    assert hum.valid_to == DAY
    tree = coverage.load_tree(session)
    assert [node.name for node in tree.lineage(hum.id, on=DAY)] == ["Chiềng An", "Sơn La"]


def test_a_code_changes_hands_only_when_it_is_free(session: Session, city: Area) -> None:
    an = coverage.get_area(session, "Chiềng An", on=DAY)
    area_view.change_code(session, an, "03664", on=DAY)
    with pytest.raises(AreaCodeTaken):
        area_view.change_code(session, city, "03664", on=DAY)
    area_view.change_code(session, an, "03665", on=DAY)
    assert [item.code for item in an.codes] == ["03665"]
    area_view.change_code(session, an, "", on=DAY + timedelta(days=1))
    assert coverage.code_of(an, on=DAY) == "03665"
    assert coverage.code_of(an, on=DAY + timedelta(days=1)) is None
