"""Areas are found by code and day, zones by area and day, and nothing is ever deleted."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import parse_hours
from scheduler.errors import (
    AmbiguousArea,
    AreaCodeTaken,
    BadField,
    UnknownArea,
    UnknownLanguage,
    UnknownZone,
    ZoneExists,
)
from scheduler.models import Area, Zone
from scheduler.services import coverage
from tests.factories import NOW, make_area, make_zone

START, REFORM = date(2004, 1, 1), date(2025, 7, 1)
BEFORE, AFTER = date(2021, 5, 1), date(2026, 5, 1)
REUSED = {
    "03646": ("Chiềng Lề", ["Chiềng Lề", "Tô Hiệu"], "Tô Hiệu"),
    "03664": ("Chiềng Xôm", ["Chiềng An", "Chiềng Xôm"], "Chiềng An"),
    "03670": ("Chiềng Cơi", ["Chiềng Cơi", "Hua La"], "Chiềng Cơi"),
    "03679": ("Chiềng Sinh", ["Chiềng Sinh", "Chiềng Ngần"], "Chiềng Sinh"),
}


@pytest.fixture
def province(session: Session) -> Area:
    """The province before and after July 2025, with the four codes that changed hands."""
    province = make_area(session, name="Sơn La", kind="province", valid_from=START)
    for code, (bearer, merged, successor) in REUSED.items():
        old = [
            coverage.create_area(
                session,
                kind="commune",
                name=name,
                parent=province,
                valid_from=START,
                code=code if name == bearer else None,
            )
            for name in merged
        ]
        new = coverage.create_area(session, kind="commune", name=successor, parent=province, valid_from=REFORM)
        coverage.merge_areas(session, old, new, on=REFORM)
        coverage.give_code(session, new, code, valid_from=REFORM)
    return province


@pytest.mark.parametrize("code", REUSED)
def test_a_reused_code_names_another_area_after_the_reform(session: Session, province: Area, code: str) -> None:
    before = coverage.find_area(session, code, on=date(2025, 6, 30))
    after = coverage.find_area(session, code, on=REFORM)
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == (REUSED[code][0], REUSED[code][2])
    assert before.id != after.id
    assert before.valid_to == REFORM


def test_a_code_nobody_bore_that_day_finds_nothing(session: Session, province: Area) -> None:
    assert coverage.find_area(session, "03664", on=date(2003, 1, 1)) is None
    assert coverage.find_area(session, "99999", on=AFTER) is None


def test_two_areas_never_bear_one_code_at_once(session: Session, province: Area) -> None:
    other = make_area(session, name="Khác")
    with pytest.raises(AreaCodeTaken):
        coverage.give_code(session, other, "03664", valid_from=AFTER)
    with pytest.raises(AreaCodeTaken):
        coverage.give_code(session, other, "03664", valid_from=BEFORE, valid_to=date(2021, 6, 1))
    coverage.give_code(session, other, "03664", valid_from=date(1999, 1, 1), valid_to=START)


def test_an_area_is_named_by_number_code_or_name_of_the_day(session: Session, province: Area) -> None:
    old = coverage.get_area(session, "chieng an", on=BEFORE)
    new = coverage.get_area(session, "Chiềng An", on=AFTER)
    assert old.id != new.id
    assert coverage.get_area(session, f"#{old.id}", on=AFTER) is old
    assert coverage.get_area(session, "03664", on=AFTER) is new
    with pytest.raises(UnknownArea):
        coverage.get_area(session, "Chiềng Xôm", on=AFTER)


def test_a_name_that_several_bear_is_refused_with_their_numbers(session: Session) -> None:
    first = make_area(session, name="Bản Có")
    coverage.create_area(session, kind="village", name="Bản Có", parent=None, valid_from=START)
    first.name_search = "ban co"
    with pytest.raises(AmbiguousArea) as refusal:
        coverage.get_area(session, "bản có", on=AFTER)
    assert f"#{first.id}" in str(refusal.value.facts["found"])


def test_villages_stay_in_reach_of_what_their_commune_became(session: Session, province: Area) -> None:
    xom = coverage.find_area(session, "03664", on=BEFORE)
    an = coverage.find_area(session, "03664", on=AFTER)
    assert xom is not None
    assert an is not None
    village = coverage.create_area(session, kind="village", name="Bản Tông", parent=xom, valid_from=START)
    zone = make_zone(session, area=village)
    assert coverage.zones_of(session, an, on=AFTER) == [zone]
    assert coverage.zones_of(session, xom, on=BEFORE) == [zone]
    assert coverage.zones_of(session, province, on=AFTER) == [zone]
    sinh = coverage.get_area(session, "03679", on=AFTER)
    assert coverage.zones_of(session, sinh, on=AFTER) == []
    tree = coverage.load_tree(session)
    assert tree.commune_of(village.id, on=BEFORE).name == "Chiềng Xôm"
    assert tree.commune_of(village.id, on=AFTER).name == "Chiềng An"


def test_paused_and_removed_zones_are_not_reached_but_stay(session: Session) -> None:
    area = make_area(session)
    paused, removed = make_zone(session, code="A", area=area), make_zone(session, code="B", area=area)
    paused.active = False
    coverage.remove_zone(removed, now=NOW)
    session.flush()
    assert coverage.zones_of(session, area, on=AFTER) == []
    assert [zone.code for zone in coverage.find_zones(session)] == ["A"]
    assert session.scalar(select(func.count()).select_from(Zone)) == 2
    with pytest.raises(UnknownZone):
        coverage.get_zone(session, "B")


def test_hours_of_a_zone_follow_the_tree(session: Session) -> None:
    city = make_area(session)
    city.allowed_hours = [["05:30", "20:00"]]
    zone = make_zone(session, area=city)
    tree = coverage.load_tree(session)
    station = parse_hours("04:00-22:00")
    assert coverage.allowed_hours(zone, tree, station=station, on=AFTER) == parse_hours("05:30-20:00")
    zone.allowed_hours = []
    assert coverage.allowed_hours(zone, tree, station=station, on=AFTER) == ()


@pytest.mark.parametrize("code", ["", ".hidden", "../up", "a/b", "a\\b", "bản", "a b", "a\x00", "x" * 65, "a\n"])
def test_a_code_that_is_no_safe_name_of_a_file_is_refused(session: Session, code: str) -> None:
    area = make_area(session)
    with pytest.raises(BadField):
        coverage.create_zone(session, code=code, name="Bản", area=area, carrier="file", languages=["vi"], now=NOW)


def test_a_zone_hears_its_languages_in_order(session: Session) -> None:
    area = make_area(session)
    zone = coverage.create_zone(
        session, code="HUM.1_a-b", name=" Bản  Hụm ", area=area, carrier="file", languages=["blt", "vi"], now=NOW
    )
    assert zone.name == "Bản Hụm"
    coverage.set_languages(session, zone, ["vi", "blt"])
    session.expire(zone)
    assert [item.language for item in zone.languages] == ["vi", "blt"]
    coverage.set_languages(session, zone, ["blt"])
    session.expire(zone)
    assert [item.language for item in zone.languages] == ["blt"]
    with pytest.raises(UnknownLanguage):
        coverage.set_languages(session, zone, ["th"])
    with pytest.raises(BadField):
        coverage.set_languages(session, zone, [])


def test_the_code_of_a_removed_zone_stays_taken(session: Session) -> None:
    zone = make_zone(session, code="TONG")
    coverage.remove_zone(zone, now=NOW)
    with pytest.raises(ZoneExists):
        coverage.create_zone(session, code="TONG", name="x", area=zone.area, carrier="file", languages=["vi"], now=NOW)


def test_only_working_loudspeakers_are_counted(session: Session) -> None:
    zone = make_zone(session)
    coverage.add_loudspeaker(session, zone, place="Nhà văn hóa")
    broken = coverage.add_loudspeaker(session, zone, place="Đầu bản")
    broken.state = "broken"
    session.expire(zone, ["loudspeakers"])
    session.flush()
    assert coverage.count_working(zone) == 1
