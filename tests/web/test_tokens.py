"""The page of tokens: made, shown once, revoked; each within the areas that the person manages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.people import Role
from scheduler.models import ApiToken, AuditEntry
from scheduler.station import Station
from tests.factories import make_area
from tests.web.station import WELL, client_for, make_station
from web.app import create_app

SECRET = re.compile(r"loaban_[A-Za-z0-9_-]{43}")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return create_app(station, look_at_machine=lambda: WELL)


@pytest.fixture
def areas(station: Station) -> dict[str, int]:
    with station.sessions.begin() as session:
        city = make_area(session)
        return {
            "xom": make_area(session, name="Chiềng Xôm", kind="commune", parent=city).id,
            "an": make_area(session, name="Chiềng An", kind="commune", parent=city).id,
        }


def tokens(station: Station) -> list[ApiToken]:
    with station.readers.begin() as session:
        return list(session.scalars(select(ApiToken).order_by(ApiToken.id)))


def test_a_new_token_is_shown_once_works_and_is_in_the_trail(app: Flask, station: Station) -> None:
    boss = client_for(app)
    form = {"name": "Cổng thông tin", "role": "viewer", "area": "", "lasts": "90"}
    answer = boss.post("/settings/tokens/", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    secret = SECRET.search(page)
    assert secret is not None
    listed = boss.get("/settings/tokens/").get_data(as_text=True)
    assert SECRET.search(listed) is None and secret[0][-4:] in listed and "Cổng thông tin" in listed
    (token,) = tokens(station)
    assert token.expires_at is not None and (token.expires_at - token.created_at).days == 90
    assert token.created_by == "Người admin"
    told = app.test_client().get("/api/1/token", headers={"Authorization": f"Bearer {secret[0]}"})
    assert told.status_code == 200 and told.get_json()["name"] == "Cổng thông tin"
    trail = boss.get("/audit").get_data(as_text=True)
    assert "cấp khóa truy cập" in trail and secret[0] not in trail
    assert "viewer" not in trail, "a role is told in words"
    with station.readers.begin() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "api_token")).one()
        assert entry.user_id is not None and entry.after == {"role": "viewer", "area_id": None}


def test_a_revoked_token_ends_at_once(app: Flask, station: Station) -> None:
    boss = client_for(app)
    page = boss.post("/settings/tokens/", data={"name": "x", "role": "viewer", "lasts": ""}).get_data(as_text=True)
    found = SECRET.search(page)
    assert found is not None
    headers = {"Authorization": f"Bearer {found[0]}"}
    assert app.test_client().get("/api/1/token", headers=headers).status_code == 200
    assert boss.post(f"/settings/tokens/{tokens(station)[0].id}/revoke").status_code == 303
    assert app.test_client().get("/api/1/token", headers=headers).status_code == 401
    page = boss.get("/settings/tokens/").get_data(as_text=True)
    assert "đã thu hồi" in page and "/revoke" not in page
    assert boss.post("/settings/tokens/999/revoke").status_code == 404


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": ""}, "Hãy ghi khóa dùng cho chương trình nào."),
        ({"role": "king"}, "Hãy chọn một mục có trong danh sách."),
        ({"area": "Không Đâu"}, "Không Đâu"),
        ({"lasts": "7"}, "Hãy chọn một mục có trong danh sách."),
    ],
)
def test_a_form_says_at_the_field_what_is_wrong(app: Flask, station: Station, form: dict[str, str], says: str) -> None:
    whole = {"name": "Cổng", "role": "viewer", "area": "", "lasts": "365", **form}
    answer = client_for(app).post("/settings/tokens/", data=whole)
    assert answer.status_code == 422 and says in answer.get_data(as_text=True) and tokens(station) == []


def test_an_admin_of_a_commune_makes_sees_and_revokes_only_what_lies_there(
    app: Flask, station: Station, areas: dict[str, int]
) -> None:
    boss, local = client_for(app), client_for(app, role=Role.ADMIN, area=areas["xom"], login="xom")
    for name, area in (("Toàn đài", ""), ("Của An", "Chiềng An"), ("Của Xôm", "Chiềng Xôm")):
        boss.post("/settings/tokens/", data={"name": name, "role": "viewer", "area": area, "lasts": ""})
    page = local.get("/settings/tokens/").get_data(as_text=True)
    assert "Của Xôm" in page and "Của An" not in page and "Toàn đài" not in page and "Chiềng An" not in page
    by_name = {token.name: token.id for token in tokens(station)}
    assert local.post(f"/settings/tokens/{by_name['Của An']}/revoke").status_code == 404
    assert local.post(f"/settings/tokens/{by_name['Toàn đài']}/revoke").status_code == 404
    for area in ("", "Chiềng An", f"#{areas['an']}"):
        answer = local.post("/settings/tokens/", data={"name": "Lén", "role": "admin", "area": area, "lasts": ""})
        assert answer.status_code == 422, area
    assert (
        local.post(
            "/settings/tokens/", data={"name": "Mới", "role": "viewer", "area": "Chiềng Xôm", "lasts": ""}
        ).status_code
        == 200
    )
    assert [token.area_id for token in tokens(station) if token.name in {"Lén", "Mới"}] == [areas["xom"]]
    assert not any(token.revoked_at for token in tokens(station))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.APPROVER, Role.OPERATOR])
def test_who_does_not_manage_makes_no_tokens(app: Flask, station: Station, role: Role) -> None:
    client = client_for(app, role=role)
    assert client.get("/settings/tokens/").status_code == 403
    assert client.post("/settings/tokens/", data={"name": "x", "role": "viewer", "lasts": ""}).status_code == 403
    assert tokens(station) == []
