"""Who may do what where."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, RIGHTS, Granted, Person, Right, Role, is_login
from scheduler.errors import BadCode, BadField, LastAdmin, LoginTaken, WeakPassword
from scheduler.models import User
from scheduler.passwords import fits, hash_password
from scheduler.services import coverage, people, sign_in
from tests.factories import NOW, make_area

ADMIN = Granted(role=Role.ADMIN)
ON = date(2026, 11, 24)


def make(session: Session, login: str = "hoa", *grants: Granted) -> User:
    return people.create_user(session, login=login, name=f"Người {login}", grants=grants or [ADMIN], now=NOW)


def a_person(*grants: Granted) -> Person:
    return Person(id=1, login="a", name="A", language="vi", grants=grants)


def test_every_role_sees_and_only_the_administrator_manages() -> None:
    assert all(Right.SEE in rights for rights in RIGHTS.values())
    assert [role for role, rights in RIGHTS.items() if Right.MANAGE in rights] == [Role.ADMIN]
    assert [role for role, rights in RIGHTS.items() if Right.APPROVE in rights] == [Role.APPROVER, Role.ADMIN]


def test_a_right_holds_in_the_area_and_all_below_it(session: Session) -> None:
    city = make_area(session)
    xom = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    tong = make_area(session, name="Bản Tông", kind="village", parent=xom)
    le = make_area(session, name="Chiềng Lề", kind="commune", parent=city)
    found = people.scope_of(session, a_person(Granted(role=Role.OPERATOR, area_id=xom.id)), Right.PLAN, on=ON)
    assert found.area_ids == {xom.id, tong.id}
    assert not found.holds(le.id) and not found.holds(city.id)


def test_a_right_goes_on_in_what_its_area_became(session: Session) -> None:
    city = make_area(session)
    old = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    tong = make_area(session, name="Bản Tông", kind="village", parent=old)
    new = coverage.create_area(session, kind="commune", name="Chiềng An", parent=city, valid_from=date(2025, 7, 1))
    coverage.merge_areas(session, [old], new, on=date(2025, 7, 1))
    found = people.scope_of(session, a_person(Granted(role=Role.VIEWER, area_id=new.id)), Right.SEE, on=ON)
    assert found.holds(tong.id) and found.holds(new.id) and not found.holds(city.id)


def test_rights_are_kept_apart_by_area(session: Session) -> None:
    city = make_area(session)
    a = make_area(session, name="A", kind="commune", parent=city)
    b = make_area(session, name="B", kind="commune", parent=city)
    person = a_person(Granted(role=Role.OPERATOR, area_id=a.id), Granted(role=Role.VIEWER, area_id=b.id))
    assert people.scope_of(session, person, Right.SEE, on=ON).area_ids == {a.id, b.id}
    assert people.scope_of(session, person, Right.PLAN, on=ON).area_ids == {a.id}
    assert people.scope_of(session, person, Right.MANAGE, on=ON).area_ids == frozenset()


def test_without_an_area_it_is_the_whole_station(session: Session) -> None:
    assert people.scope_of(session, a_person(ADMIN), Right.PLAN, on=ON) == EVERYWHERE


def test_the_last_administrator_of_the_whole_station_stays(session: Session) -> None:
    make(session)
    hoa = people.get_user(session, "hoa")
    with pytest.raises(LastAdmin):
        people.set_grants(session, hoa, [Granted(role=Role.VIEWER)])
    people.set_grants(session, hoa, [ADMIN])
    with pytest.raises(LastAdmin):
        people.deactivate(session, hoa, now=NOW)
    people.activate(hoa)
    make(session, "an", ADMIN)
    people.deactivate(session, hoa, now=NOW)
    assert not hoa.active


def test_an_administrator_of_a_commune_is_not_one_of_the_station(session: Session) -> None:
    make(session)
    area = make_area(session)
    make(session, "an", Granted(role=Role.ADMIN, area_id=area.id))
    with pytest.raises(LastAdmin):
        people.deactivate(session, people.get_user(session, "hoa"), now=NOW)


@pytest.mark.parametrize("login", ["", "a", "Hoa Lò", "hoa/..", "-hoa", "x" * 33, "hòa"])
def test_a_name_to_sign_in_with_is_plain(login: str) -> None:
    assert not is_login(login)


def test_two_people_do_not_sign_in_with_one_name(session: Session) -> None:
    make(session)
    with pytest.raises(LoginTaken):
        make(session, " HOA ")
    with pytest.raises(BadField):
        people.create_user(session, login="an", name="  ", grants=[ADMIN], now=NOW)


def test_a_new_code_ends_the_earlier_ones(session: Session) -> None:
    user = make(session)
    first = people.issue_code(session, user, by="an", now=NOW)
    second = people.issue_code(session, user, by="an", now=NOW)
    with pytest.raises(BadCode):
        people.find_code(session, first, now=NOW)
    assert people.find_code(session, second, now=NOW).user_id == user.id
    with pytest.raises(BadCode):
        people.find_code(session, second, now=NOW + timedelta(hours=72))


def test_the_first_code_makes_nobody_once_there_are_users(session: Session) -> None:
    code = people.issue_first_code(session, now=NOW)
    make(session)
    with pytest.raises(BadCode):
        people.use_first_code(
            session, code, login="ke", name="Kẻ", password="một hai ba bốn", password_hash="x", now=NOW
        )


def test_a_password_is_argon2id_and_a_chosen_one_ends_the_sessions(session: Session) -> None:
    user = make(session)
    token = sign_in.open_session(session, user.id, now=NOW)
    assert sign_in.find_signed_in(session, token, now=NOW) is not None
    hashed = hash_password("một hai ba bốn")
    assert hashed.startswith("$argon2id$")
    people.choose_password(session, user, "một hai ba bốn", password_hash=hashed, now=NOW)
    assert sign_in.find_signed_in(session, token, now=NOW) is None
    assert fits("một hai ba bốn", user.password_hash) and not fits("một hai ba năm", user.password_hash)
    assert not fits("", None) and not fits("x", "no hash at all")
    with pytest.raises(WeakPassword):
        people.choose_password(session, user, "hoa hoa hoa hoa", password_hash=hashed, now=NOW)
