"""The tree of places that a slot is planned for."""

from datetime import date

from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.services import coverage, plan_choices
from tests.factories import make_area, make_zone

REFORM = date(2025, 7, 1)
ON = date(2026, 11, 24)


def test_the_villages_of_a_merged_commune_hang_below_what_it_became(session: Session) -> None:
    city = make_area(session)
    old = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    tong = make_area(session, name="Bản Tông", kind="village", parent=old)
    new = coverage.create_area(session, kind="commune", name="Chiềng An", parent=city, valid_from=REFORM)
    coverage.merge_areas(session, [old], new, on=REFORM)
    make_zone(session, area=tong)
    make_zone(session, code="CHO", name="Chợ xã", area=old)
    (root,) = plan_choices.find_places(session, EVERYWHERE, on=ON)
    (commune,) = root.areas
    assert (root.name, commune.name, commune.count) == ("Sơn La", "Chiềng An", 2)
    assert [zone.name for zone in commune.zones] == ["Chợ xã"]
    assert [area.name for area in commune.areas] == ["Bản Tông"]
    (before,) = plan_choices.find_places(session, EVERYWHERE, on=date(2025, 6, 30))
    assert [area.name for area in before.areas] == ["Chiềng Xôm"]


def test_who_plans_in_a_commune_sees_only_what_lies_in_it(session: Session) -> None:
    city = make_area(session)
    xom = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    le = make_area(session, name="Chiềng Lề", kind="commune", parent=city)
    make_zone(session, area=xom)
    make_zone(session, code="LE", name="Tổ 1", area=le)
    make_zone(session, code="TP", name="Thành phố", area=city)
    (root,) = plan_choices.find_places(session, Scope(area_ids=frozenset({xom.id})), on=ON)
    assert (root.name, [zone.name for zone in root.zones]) == ("Chiềng Xôm", ["Bản Tông"])
