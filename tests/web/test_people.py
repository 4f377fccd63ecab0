"""Users, roles within areas, codes and sessions: who may manage whom, and what nobody can do."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from scheduler.audit_words import BACKGROUND, COLUMNS, KINDS, NOTED, RULES
from scheduler.domain.people import Role
from scheduler.models import Area, AuditEntry, Edition, Grant, StationSetting, User, Zone
from scheduler.passwords import fits, hash_password
from scheduler.services import audit, people, rules, sign_in
from scheduler.services.audit_links import NAMED
from scheduler.station import Station
from tests.factories import make_area, make_edition, make_episode, make_series, make_zone
from tests.web.station import WELL, client_for, make_station
from web.app import create_app
from web.throttle import limiter


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    app = create_app(station, look_at_machine=lambda: WELL)
    limiter.reset()
    return app


@pytest.fixture
def areas(station: Station) -> dict[str, int]:
    with station.sessions.begin() as session:
        city = make_area(session)
        xom = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
        le = make_area(session, name="Chiềng Lề", kind="commune", parent=city)
        tong = make_area(session, name="Bản Tông", kind="village", parent=xom)
        return {"city": city.id, "xom": xom.id, "le": le.id, "tong": tong.id}


def grants_of(station: Station, login: str) -> set[tuple[str, int | None]]:
    with station.readers.begin() as session:
        user = people.get_user(session, login)
        return {(grant.role.value, grant.area_id) for grant in user.grants}


def test_a_new_user_gets_a_code_that_is_shown_once_and_chooses_a_password(
    station: Station, app: Flask, areas: dict[str, int]
) -> None:
    boss = client_for(app)
    answer = boss.post(
        "/people/new",
        data={
            "name": "Quàng Thị Inh",
            "login": "inh",
            "role": ["operator", "approver"],
            "area": [f"Chiềng Xôm #{areas['xom']}", "Chiềng Lề"],
        },
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, page
    found = re.search(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", page)
    assert found is not None
    assert grants_of(station, "inh") == {("operator", areas["xom"]), ("approver", areas["le"])}
    assert found[0] not in boss.get("/people/inh").get_data(as_text=True)
    newcomer = app.test_client()
    form = {"code": found[0], "password": "nương lúa xanh", "again": "nương lúa xanh"}
    assert newcomer.post("/setup", data=form).status_code == 303
    assert newcomer.get("/").status_code == 200
    with station.readers.begin() as session:
        assert found[0] not in str([(entry.before, entry.after) for entry in session.scalars(select(AuditEntry))])


def test_an_admin_of_a_commune_manages_only_whose_rights_lie_in_it(
    station: Station, app: Flask, areas: dict[str, int]
) -> None:
    client_for(app, role=Role.OPERATOR, area=areas["le"], login="cua_le")
    client_for(app, role=Role.VIEWER, area=areas["tong"], login="cua_tong")
    client_for(app, role=Role.EDITOR, login="cua_dai")
    local = client_for(app, role=Role.ADMIN, area=areas["xom"], login="xom")
    page = local.get("/people/").get_data(as_text=True)
    assert "cua_tong" in page and "cua_le" not in page and "cua_dai" not in page and "boss" not in page
    assert local.get("/people/cua_tong").status_code == 200
    for login in ("cua_le", "cua_dai", "boss", "nobody"):
        assert local.get(f"/people/{login}").status_code == 404
        for action in ("code", "deactivate", "activate", "sign-out"):
            assert local.post(f"/people/{login}/{action}").status_code == 404
        assert (
            local.post(f"/people/{login}", data={"name": "x", "role": "viewer", "area": "Chiềng Xôm"}).status_code
            == 404
        )


@pytest.mark.parametrize("place", ["", "le", "city", "#{le}"])
def test_nobody_gives_a_role_outside_of_their_own_areas(
    station: Station, app: Flask, areas: dict[str, int], place: str
) -> None:
    local = client_for(app, role=Role.ADMIN, area=areas["xom"], login="xom")
    names = {"le": "Chiềng Lề", "city": "Sơn La", "": "", "#{le}": f"#{areas['le']}"}
    answer = local.post("/people/new", data={"name": "Kẻ gian", "login": "gian", "role": "admin", "area": names[place]})
    assert answer.status_code == 422
    own = local.post("/people/xom", data={"name": "Xôm", "role": "admin", "area": names[place]})
    assert own.status_code == 422
    assert grants_of(station, "xom") == {("admin", areas["xom"])}
    with station.readers.begin() as session:
        assert session.scalar(select(User.id).where(User.login == "gian")) is None


def test_who_is_no_admin_reaches_none_of_it(app: Flask) -> None:
    for role in (Role.VIEWER, Role.EDITOR, Role.APPROVER, Role.OPERATOR):
        client = client_for(app, role=role)
        for path in ("/people/", "/people/new", "/people/boss", "/audit", "/settings"):
            assert client.get(path).status_code == 403


def test_the_last_administrator_can_neither_be_locked_nor_demoted(station: Station, app: Flask) -> None:
    admin = client_for(app)
    assert admin.post("/people/boss/deactivate").status_code == 303
    assert admin.post("/people/admin/deactivate").status_code == 409
    answer = admin.post("/people/admin", data={"name": "Trưởng", "role": "viewer", "area": ""})
    assert answer.status_code == 422 and "người quản trị cuối cùng" in answer.get_data(as_text=True)
    assert ("admin", None) in grants_of(station, "admin")


def test_a_form_that_is_refused_keeps_what_was_typed_and_changes_nothing(station: Station, app: Flask) -> None:
    boss = client_for(app)
    answer = boss.post("/people/new", data={"name": "Inh", "login": "Ính!", "role": "operator", "area": "Nơi nào đó"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Ính!"' in page and 'value="Nơi nào đó"' in page
    with station.readers.begin() as session:
        assert session.scalar(select(Grant.id).where(Grant.role == Role.OPERATOR)) is None


def test_the_password_changes_only_for_who_knows_the_old_one_and_ends_other_sessions(
    station: Station, app: Flask
) -> None:
    here, elsewhere = client_for(app, role=Role.EDITOR), client_for(app, role=Role.EDITOR)
    with station.sessions.begin() as session:
        people.get_user(session, "editor").password_hash = hash_password("mật khẩu cũ")
    form = {"old": "đoán mò", "password": "nương lúa xanh", "again": "nương lúa xanh"}
    assert here.post("/account/password", data=form).status_code == 422
    assert here.post("/account/password", data={**form, "old": "mật khẩu cũ"}).status_code == 303
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 303
    with station.readers.begin() as session:
        assert fits("nương lúa xanh", people.get_user(session, "editor").password_hash)


def test_guessing_the_old_password_is_slowed_down(station: Station, app: Flask) -> None:
    client = client_for(app, role=Role.EDITOR)
    form = {"old": "đoán mò", "password": "nương lúa xanh", "again": "nương lúa xanh"}
    statuses = [client.post("/account/password", data=form).status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_other_sessions_end_on_request_and_this_one_stays(app: Flask) -> None:
    here, elsewhere = client_for(app, role=Role.EDITOR), client_for(app, role=Role.EDITOR)
    assert here.post("/account/sign-out-others").status_code == 303
    assert here.get("/").status_code == 200 and elsewhere.get("/").status_code == 303


def test_the_trail_tells_a_change_from_what_to_what(station: Station, app: Flask) -> None:
    boss = client_for(app)
    client_for(app, role=Role.EDITOR)
    boss.post("/people/editor", data={"name": "Lò Thị Hoa", "role": "approver", "area": ""})
    page = boss.get("/audit").get_data(as_text=True)
    assert "Người editor" in page and "Lò Thị Hoa" in page and "người duyệt" in page
    assert "Lò Thị Hoa" not in boss.get("/audit?kind=zone").get_data(as_text=True)
    assert "Ngày cần ghi" in boss.get("/audit?first=hôm+qua").get_data(as_text=True)
    assert boss.get("/audit?before=99999999999999999999&person=x&kind=nope").status_code == 200


def test_an_admin_of_a_commune_reads_only_the_trail_of_its_areas(
    station: Station, app: Flask, areas: dict[str, int]
) -> None:
    boss = client_for(app)
    boss.post("/people/new", data={"name": "Của Lề", "login": "cua_le", "role": "viewer", "area": "Chiềng Lề"})
    boss.post("/people/new", data={"name": "Của Xôm", "login": "cua_xom", "role": "viewer", "area": "Chiềng Xôm"})
    local = client_for(app, role=Role.ADMIN, area=areas["xom"], login="xom")
    page = local.get("/audit").get_data(as_text=True)
    assert "Của Xôm" in page and "Của Lề" not in page


def test_the_names_to_filter_by_are_only_of_who_changed_ones_own_areas(app: Flask, areas: dict[str, int]) -> None:
    boss = client_for(app)
    boss.post("/people/new", data={"name": "Của Lề", "login": "cua_le", "role": "viewer", "area": "Chiềng Lề"})
    local = client_for(app, role=Role.ADMIN, area=areas["xom"], login="xom")
    assert "Người admin" in boss.get("/audit").get_data(as_text=True)
    assert "Người admin" not in local.get("/audit").get_data(as_text=True)
    boss.post("/people/new", data={"name": "Của Xôm", "login": "cua_xom", "role": "viewer", "area": "Chiềng Xôm"})
    assert "Người admin" in local.get("/audit").get_data(as_text=True)


def test_the_trail_leads_to_each_thing_that_still_has_a_page(station: Station, app: Flask) -> None:
    boss = client_for(app)
    with station.sessions.begin() as session:
        audit.watch(session, actor=audit.Actor(user_id=None, name="máy"), now=station.clock.now())
        area = make_area(session)
        gone, kept = (
            make_zone(session, area=area, code="BO", name="Bản Bỏ"),
            make_zone(session, area=area, name="Bản Còn"),
        )
        episode = make_episode(session, make_series(session))
        made = [kept.code, str(area.id), f"{episode.series.code}/{episode.year}/{episode.number}"]
        gone.removed_at = station.clock.now()
        left_out = gone.code
    boss.post("/people/new", data={"name": "Inh", "login": "inh", "role": "viewer", "area": ""})
    page = boss.get("/audit").get_data(as_text=True)
    links = set(re.findall(r'<a class="title" href="([^"]+)"', page))
    assert links >= {f"/coverage/zones/{made[0]}", f"/coverage/areas/{made[1]}", f"/programme/{made[2]}", "/people/inh"}
    assert f"/coverage/zones/{left_out}" not in links
    assert {boss.get(link).status_code for link in links} == {200}


def test_the_trail_names_rows_languages_roles_and_rules(station: Station, app: Flask, areas: dict[str, int]) -> None:
    boss = client_for(app)
    by_hand = audit.Actor(user_id=None, name="máy")
    with station.sessions.begin() as session:
        zone = make_zone(session, area=session.get_one(Area, areas["le"]), languages=("vi",))
        edition = make_edition(session, make_episode(session, make_series(session)), language="blt")
    with station.sessions.begin() as session:
        audit.watch(session, actor=by_hand, now=station.clock.now())
        session.get_one(Zone, zone.id).area_id = areas["xom"]
        session.get_one(Edition, edition.id).title = "Tên khác"
    boss.post("/people/new", data={"name": "Inh", "login": "inh", "role": "viewer", "area": ""})
    boss.post("/settings", data={"station_name": "Đài Sơn La"})
    page = re.sub(r"<[^>]+>|\s+", " ", boss.get("/audit").get_data(as_text=True))
    page = re.sub(r" +", " ", page)
    assert "địa bàn: Chiềng Lề → thành Chiềng Xôm" in page
    assert "Inh · người xem" in page and "Số 1 · Thái" in page and "tên đài giá trị: Đài Sơn La" in page
    assert "không được tự duyệt bản đó giá trị: không" in page
    assert "blt" not in page and "viewer" not in page and "station_name" not in page
    boss.post("/language", data={"language": "en"})
    assert "name of the station" in boss.get("/audit").get_data(as_text=True)


def test_every_column_with_a_number_of_a_row_is_told_by_name_and_every_rule_in_words() -> None:
    for kind in audit.AUDITED:
        for column in inspect(kind).columns:
            if column.foreign_keys and column.key not in audit.UNTOLD:
                assert column.key in NAMED, (kind, column)
    for rule in fields(rules.StationRules):
        assert {"vi", "en"} <= RULES.get(rule.name, {}).keys(), rule


def test_that_a_code_was_issued_is_in_the_trail_and_the_code_is_not(app: Flask) -> None:
    boss = client_for(app)
    client_for(app, role=Role.EDITOR)
    found = re.search(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", boss.post("/people/editor/code").get_data(as_text=True))
    assert found is not None
    page = boss.get("/audit?action=code_issued").get_data(as_text=True)
    assert "Người editor" in page and found[0] not in page


def test_one_session_ends_and_the_others_stay(station: Station, app: Flask, areas: dict[str, int]) -> None:
    boss = client_for(app)
    here, elsewhere = client_for(app, role=Role.EDITOR), client_for(app, role=Role.EDITOR)
    other = client_for(app, role=Role.VIEWER)
    numbers = open_sessions(station, "editor")
    strangers = open_sessions(station, "viewer")
    assert here.post(f"/account/sessions/{strangers[0]}/end").status_code == 404
    assert boss.post(f"/people/editor/sessions/{strangers[0]}/end").status_code == 404
    local = client_for(app, role=Role.ADMIN, area=areas["xom"], login="xom")
    assert local.post(f"/people/viewer/sessions/{strangers[0]}/end").status_code == 404
    assert other.get("/").status_code == 200
    assert here.post(f"/account/sessions/{numbers[1]}/end").status_code == 303
    assert here.get("/").status_code == 200 and elsewhere.get("/").status_code == 303
    assert boss.post(f"/people/editor/sessions/{numbers[0]}/end").status_code == 303
    assert here.get("/").status_code == 303


def test_a_locked_person_is_out_at_once_and_their_code_opens_nothing(app: Flask) -> None:
    boss, editor = client_for(app), client_for(app, role=Role.EDITOR)
    found = re.search(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", boss.post("/people/editor/code").get_data(as_text=True))
    assert found is not None and editor.get("/").status_code == 200
    boss.post("/people/editor/deactivate")
    assert editor.get("/").status_code == 303
    form = {"code": found[0], "password": "nương lúa xanh", "again": "nương lúa xanh"}
    assert app.test_client().post("/setup", data=form).status_code == 422


def open_sessions(station: Station, login: str) -> list[int]:
    with station.readers.begin() as session:
        user = people.get_user(session, login)
        return sorted(row.id for row in sign_in.find_open(session, user.id, now=station.clock.now()))


def test_every_audited_table_and_column_has_words_in_both_languages() -> None:
    for kind in audit.AUDITED:
        assert {"vi", "en"} <= KINDS.get(kind.__tablename__, {}).keys(), kind
        for attribute in inspect(kind).column_attrs:
            if attribute.key not in audit.UNTOLD:
                assert {"vi", "en"} <= COLUMNS.get(attribute.key, {}).keys(), (kind, attribute.key)
    used = {attribute.key for kind in audit.AUDITED for attribute in inspect(kind).column_attrs} - audit.UNTOLD
    assert set(COLUMNS) == used | NOTED and used >= BACKGROUND and not used & NOTED


def test_rules_are_kept_checked_and_in_the_trail(station: Station, app: Flask) -> None:
    boss = client_for(app)
    tiles = "http://10.0.0.5/{z}/{x}/{y}.png"
    assert boss.post("/settings", data={"station_name": " Đài  Sơn La ", "tile_url": tiles}).status_code == 303
    with station.readers.begin() as session:
        kept = {row.name: row.value for row in session.scalars(select(StationSetting))}
    assert kept == {"station_name": "Đài Sơn La", "author_may_not_approve": False, "tile_url": tiles}
    for bad in ("ftp://x/{z}/{x}/{y}", "http://x/z.png", "http://x/{z}/{x}/{y} 'unsafe'", "javascript:{z}{x}{y}"):
        assert boss.post("/settings", data={"station_name": "khác", "tile_url": bad}).status_code == 422
    assert "Đài Sơn La" in boss.get("/settings").get_data(as_text=True)
    assert "cài đặt" in boss.get("/audit").get_data(as_text=True)


def test_an_admin_of_a_commune_reads_the_rules_and_changes_none(
    station: Station, app: Flask, areas: dict[str, int]
) -> None:
    local = client_for(app, role=Role.ADMIN, area=areas["xom"], login="xom")
    assert local.post("/settings", data={"station_name": "Đài của tôi"}).status_code == 200
    with station.readers.begin() as session:
        assert session.scalar(select(StationSetting.value)) is None
