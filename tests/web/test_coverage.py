"""The pages of areas and zones: within the person's areas, as they are now, changed by those who may."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from audio.carriers import CARRIERS
from scheduler.domain.coverage import CarrierKind
from scheduler.domain.people import Role
from scheduler.domain.place_sheet import COLUMNS, ZONES
from scheduler.models import Area, AuditEntry, Loudspeaker, PlanState, StationSetting, Zone
from scheduler.services import playout
from scheduler.services.workbook import write_sheets
from scheduler.station import Station
from tests.factories import NOW, make_area, make_zone
from tests.web.station import WELL, PageClient, client_for, fill_morning, make_station
from web.app import create_app

ZONE = {"name": "Bản Tông", "first": "blt", "second": "vi", "third": "", "hours": "", "carrier": "file", "position": ""}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_morning)
    with station.sessions.begin() as session:
        city = session.scalars(select(Area).where(Area.parent_id.is_(None))).one()
        other = make_area(session, name="Hua La", kind="commune", parent=city)
        make_zone(session, code="LA", name="Bản Lả Mường", area=other, carrier="soundcard")
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return create_app(station, look_at_machine=lambda: WELL)


def area_called(station: Station, name: str) -> int:
    with station.sessions.begin() as session:
        return session.scalars(select(Area.id).where(Area.name == name)).one()


def told_area(station: Station, name: str) -> str:
    """An area as the forms suggest it."""
    return f"{name} #{area_called(station, name)}"


def zone_of(station: Station, code: str) -> Zone:
    with station.sessions.begin() as session:
        zone = session.scalars(select(Zone).where(Zone.code == code)).one()
        assert [item.language for item in zone.languages]
        session.expunge_all()
        return zone


def page(client: PageClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def test_the_page_knows_every_carrier_there_is() -> None:
    # A village sounds by itself: no process here opens anything for it.
    assert {*CARRIERS, "village"} == set(CarrierKind)


# --- looking --------------------------------------------------------------------------------------------------------
def test_the_list_shows_how_each_zone_is(station: Station, app: Flask) -> None:
    with station.sessions.begin() as session:
        playout.raise_alarm(session, kind="carrier_down", subject="carrier:soundcard", facts={}, now=NOW)
        session.scalars(select(Zone).where(Zone.code == "HUM")).one().active = False
    rows = dict(
        re.findall(
            r"class=\"title\" href=\"/coverage/zones/(\w+)\">.*?<span class=\"mark[^>]*>([^<]+)</span></td>",
            page(client_for(app), "/coverage/"),
            re.DOTALL,
        )
    )
    assert rows == {"TONG": "đang phát", "HUM": "tạm dừng", "TO1": "đang phát", "LA": "đường truyền lỗi"}


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("search=ban+tong", ["TONG"]),
        ("search=chieng+xom", ["HUM", "TONG", "TO1"]),
        ("state=on_air", ["HUM", "TONG", "TO1"]),
        ("state=nonsense", ["HUM", "LA", "TONG", "TO1"]),
        ("search=%25", []),
    ],
)
def test_zones_are_found_without_diacritics_and_by_state(app: Flask, query: str, codes: list[str]) -> None:
    assert (
        re.findall(r"<a class=\"title\" href=\"/coverage/zones/(\w+)\"", page(client_for(app), f"/coverage/?{query}"))
        == codes
    )


def test_an_area_shows_only_what_lies_in_it(station: Station, app: Flask) -> None:
    text = page(client_for(app), f"/coverage/?area={area_called(station, 'Hua La')}")
    assert "Bản Lả Mường" in text and "Bản Tông" not in text


def test_a_zone_tells_why_it_is_silent_and_what_became_of_the_last_broadcasts(app: Flask) -> None:
    text = page(client_for(app), "/coverage/zones/HUM")
    assert "Vì sao im lặng?" in text
    assert "không phát" in text and "đường truyền hoặc thiết bị lỗi" in text


def test_a_person_of_one_commune_sees_nothing_of_another(station: Station, app: Flask) -> None:
    hua_la = area_called(station, "Hua La")
    for role in (Role.VIEWER, Role.OPERATOR):
        client = client_for(app, role=role, area=hua_la)
        text = page(client, "/coverage/")
        assert "Bản Lả Mường" in text and "Bản Tông" not in text and "Chiềng Xôm" not in text
        page(client, "/coverage/zones/TONG", 404)
        page(client, f"/coverage/?area={area_called(station, 'Chiềng Xôm')}", 404)
        assert "TONG" not in client.get("/coverage/points.json").get_data(as_text=True)


def test_the_map_gets_the_zones_that_have_a_place_and_the_tiles_of_the_rule(station: Station, app: Flask) -> None:
    client = client_for(app)
    assert client.get("/coverage/points.json").json == {"points": [], "tiles": "", "zones": "/coverage/zones/"}
    assert "tiles.example" not in client.get("/coverage/").headers["Content-Security-Policy"]
    with station.sessions.begin() as session:
        zone = session.scalars(select(Zone).where(Zone.code == "TONG")).one()
        zone.latitude, zone.longitude = 21.387, 103.9
        tiles = "https://tiles.example/{z}/{x}/{y}.png"
        session.add(StationSetting(name="tile_url", value=tiles, changed_at=NOW, changed_by="x"))
    told: dict[str, Any] = client.get("/coverage/points.json").json or {}
    assert [(point["name"], point["at"], point["state"]) for point in told["points"]] == [
        ("Bản Tông", [21.387, 103.9], "on_air")
    ]
    assert told["tiles"] == tiles
    policy = client.get("/coverage/").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example;" in policy
    assert policy.count("tiles.example") == 1


# --- changing -------------------------------------------------------------------------------------------------------
def test_a_zone_is_made_changed_paused_and_removed(station: Station, app: Flask) -> None:
    client = client_for(app, role=Role.OPERATOR)
    area = told_area(station, "Hua La")
    made = client.post("/coverage/zones/new", data={**ZONE, "code": "MOI", "area": area, "active": "y"})
    assert (made.status_code, made.headers["Location"]) == (303, "/coverage/zones/MOI")
    zone = zone_of(station, "MOI")
    assert ([item.language for item in zone.languages], zone.carrier, zone.active) == (["blt", "vi"], "file", True)
    changed = {
        **ZONE,
        "name": "Tên khác",
        "first": "vi",
        "second": "",
        "area": area,
        "hours": "05:00-07:00",
        "position": "21.3, 103.9",
    }
    assert client.post("/coverage/zones/MOI/edit", data=changed).status_code == 303
    zone = zone_of(station, "MOI")
    assert (zone.name, zone.active, zone.allowed_hours) == ("Tên khác", False, [["05:00", "07:00"]])
    assert (zone.latitude, zone.longitude) == (21.3, 103.9)
    assert client.post("/coverage/zones/MOI/remove").status_code == 303
    page(client, "/coverage/zones/MOI", 404)
    with station.sessions.begin() as session:
        kinds = {(entry.action, entry.kind) for entry in session.scalars(select(AuditEntry))}
        assert session.scalars(select(PlanState.wanted_at)).one() == NOW
    assert {kind for _, kind in kinds} >= {"zone", "zone_language"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "có dấu"}, "Mã chỉ gồm chữ không dấu"),
        ({"code": ""}, "Hãy nhập mã."),
        ({"code": "TONG"}, "đã được dùng"),
        ({"name": " "}, "Hãy nhập tên."),
        ({"hours": "sáng"}, "Giờ được phát “sáng” không đúng"),
        ({"position": "ở kia"}, "Hãy ghi vĩ độ rồi kinh độ"),
        ({"position": "95, 10"}, "Hãy ghi vĩ độ rồi kinh độ"),
        ({"second": "blt"}, "Mỗi tiếng chỉ chọn một lần"),
        ({"carrier": "satellite"}, "Có ô chưa đúng"),
    ],
)
def test_what_is_wrong_with_a_zone_is_said_and_nothing_is_made(
    station: Station, app: Flask, changes: dict[str, str], sentence: str
) -> None:
    area = told_area(station, "Hua La")
    answer = client_for(app).post("/coverage/zones/new", data={**ZONE, "code": "MOI", "area": area, **changes})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    with station.sessions.begin() as session:
        assert session.scalar(select(Zone.id).where(Zone.code == "MOI")) is None


def test_an_operator_of_one_commune_changes_nothing_of_another(station: Station, app: Flask) -> None:
    hua_la, xom = area_called(station, "Hua La"), area_called(station, "Chiềng Xôm")
    client = client_for(app, role=Role.OPERATOR, area=hua_la)
    with station.sessions.begin() as session:
        tong = session.scalars(select(Zone).where(Zone.code == "TONG")).one()
        session.add(Loudspeaker(id=77, zone=tong, place="đầu bản"))
    for path in ("/coverage/zones/TONG/edit", f"/coverage/areas/{xom}/edit", "/coverage/loudspeakers/77"):
        assert client.get(path).status_code == 404
        assert (
            client.post(path, data={**ZONE, "area": f"#{hua_la}", "place": "x", "state": "broken"}).status_code == 404
        )
    assert client.post("/coverage/zones/TONG/remove").status_code == 404
    assert client.post("/coverage/zones/TONG/loudspeakers", data={"place": "x"}).status_code == 404
    assert client.post("/coverage/zones/new", data={**ZONE, "code": "LEN", "area": f"#{xom}"}).status_code == 422
    assert client.post("/coverage/zones/LA/edit", data={**ZONE, "area": f"#{xom}"}).status_code == 422
    assert zone_of(station, "LA").area_id == hua_la
    assert zone_of(station, "TONG").removed_at is None


@pytest.mark.parametrize("typed", ["hua la", "Hua La", "Hua La {number}", "{number}"])
def test_an_area_is_typed_by_name_or_number_and_stands_in_the_form_as_it_is(
    station: Station, app: Flask, typed: str
) -> None:
    client, hua_la = client_for(app), area_called(station, "Hua La")
    told = typed.format(number=f"#{hua_la}")
    answer = client.post("/coverage/zones/new", data={**ZONE, "code": "MOI", "area": told})
    assert answer.status_code == 303
    assert zone_of(station, "MOI").area_id == hua_la
    form = page(client, "/coverage/zones/MOI/edit")
    assert f'name="area" required type="text" value="Hua La #{hua_la}"' in form
    assert f'<option value="Hua La #{hua_la}" label="Sơn La › Hua La">' in form
    assert f'value="Hua La #{hua_la}"' in page(client, f"/coverage/areas/new?in={hua_la}")


@pytest.mark.parametrize(
    ("typed", "sentence"), [("", "Hãy ghi một địa bàn."), ("Đâu đó", "Đâu đó"), ("#" + "9" * 30, "99999")]
)
def test_an_area_that_there_is_not_is_told_at_its_field(
    station: Station, app: Flask, typed: str, sentence: str
) -> None:
    answer = client_for(app).post("/coverage/zones/new", data={**ZONE, "code": "MOI", "area": typed})
    assert answer.status_code == 422
    told = answer.get_data(as_text=True)
    assert sentence in told[told.index('id="area-error"') :].partition("</p>")[0]


def test_who_has_one_commune_is_suggested_and_may_keep_only_what_is_theirs(station: Station, app: Flask) -> None:
    hua_la = area_called(station, "Hua La")
    client = client_for(app, role=Role.OPERATOR, area=hua_la)
    form = page(client, f"/coverage/areas/{hua_la}/edit")
    (above,) = re.findall(r'name="parent" type="text" value="(Sơn La #\d+)"', form)
    assert f'<option value="{above}"' not in form
    kept = {"name": "Hua La mới", "kind": "commune", "parent": above, "hours": "", "position": ""}
    assert client.post(f"/coverage/areas/{hua_la}/edit", data=kept).status_code == 303
    for other in ("", "Chiềng Xôm", f"#{area_called(station, 'Chiềng Xôm')}"):
        assert client.post(f"/coverage/areas/{hua_la}/edit", data={**kept, "parent": other}).status_code == 422


def test_an_area_is_made_changed_and_ends(station: Station, app: Flask) -> None:
    client = client_for(app)
    hua_la = area_called(station, "Hua La")
    form = {
        "name": "Bản Lun",
        "kind": "village",
        "parent": f"#{hua_la}",
        "code": "998",
        "hours": "không",
        "position": "",
    }
    assert client.post("/coverage/areas/new", data=form).status_code == 303
    number = area_called(station, "Bản Lun")
    again = client.post("/coverage/areas/new", data={**form, "name": "Bản khác"})
    assert again.status_code == 422 and "998" in again.get_data(as_text=True)
    ended = {**form, "name": "Bản Lun cũ", "valid_to": "01/12/2026"}
    assert client.post(f"/coverage/areas/{number}/edit", data=ended).status_code == 303
    with station.sessions.begin() as session:
        area = session.get_one(Area, number)
        assert (area.name, area.name_search, area.allowed_hours) == ("Bản Lun cũ", "ban lun cu", [])
        assert area.valid_to is not None and area.codes[0].valid_to == area.valid_to
    circle = {**form, "name": "Hua La", "kind": "commune", "parent": f"#{number}", "code": ""}
    assert client.post(f"/coverage/areas/{hua_la}/edit", data=circle).status_code == 422


def test_a_zone_is_paused_and_used_again_and_the_trail_knows_by_whom(station: Station, app: Flask) -> None:
    client = client_for(app, role=Role.OPERATOR)
    assert client.get("/coverage/zones/LA/pause").status_code == 405
    assert client.post("/coverage/zones/LA/pause").status_code == 303
    text = page(client, "/coverage/zones/LA")
    assert "tạm dừng: Người operator" in text and "Cho phát lại" in text
    assert client.post("/coverage/zones/LA/resume").status_code == 303
    assert zone_of(station, "LA").active is True


def test_an_area_is_merged_into_another_and_both_tell_it(station: Station, app: Flask) -> None:
    client = client_for(app)
    hua_la, xom = area_called(station, "Hua La"), area_called(station, "Chiềng Xôm")
    for successor, on, status in ((hua_la, "01/12/2026", 422), (xom, "01/01/2000", 422), (xom, "hôm qua", 422)):
        form = {"successor": f"#{successor}", "on": on}
        assert client.post(f"/coverage/areas/{hua_la}/merge", data=form).status_code == status
    form = {"successor": f"#{xom}", "on": "01/12/2026"}
    assert client.post(f"/coverage/areas/{hua_la}/merge", data=form).status_code == 303
    before, after = page(client, f"/coverage/areas/{hua_la}"), page(client, f"/coverage/areas/{xom}")
    assert "đến hết 30/11/2026" in before and f'href="/coverage/areas/{xom}">Chiềng Xôm</a> <span' in before
    assert f'href="/coverage/areas/{hua_la}">Hua La</a> <span' in after
    later = page(client, f"/coverage/?on=02/12/2026&area={xom}")
    assert "Bản Lả Mường" in later and "Đang xem cây địa bàn của ngày 02/12/2026" in later
    assert "Bản Lả Mường" not in page(client, f"/coverage/?area={xom}")


def test_no_link_leads_out_of_what_a_person_sees(station: Station, app: Flask) -> None:
    hua_la = area_called(station, "Hua La")
    client = client_for(app, role=Role.VIEWER, area=hua_la)
    for path in ("/coverage/", f"/coverage/?area={hua_la}", f"/coverage/areas/{hua_la}", "/coverage/zones/LA"):
        text = page(client, path)
        for number in re.findall(r'href="/coverage/(?:\?area=|areas/)(\d+)', text):
            assert int(number) == hua_la, path
    assert "Sơn La" in page(client, f"/coverage/?area={hua_la}")


def test_an_operator_of_one_commune_sees_and_merges_nothing_of_another(station: Station, app: Flask) -> None:
    hua_la, xom = area_called(station, "Hua La"), area_called(station, "Chiềng Xôm")
    client = client_for(app, role=Role.OPERATOR, area=hua_la)
    assert client.get(f"/coverage/areas/{hua_la}").status_code == 200
    for path in (f"/coverage/areas/{xom}", f"/coverage/areas/{xom}/merge", "/coverage/zones/TONG?on=24/11/2026"):
        assert client.get(path).status_code == 404
    for path in ("/coverage/zones/TONG/pause", "/coverage/zones/TONG/resume"):
        assert client.post(path).status_code == 404
    form = {"successor": f"#{xom}", "on": "01/12/2026"}
    assert client.post(f"/coverage/areas/{hua_la}/merge", data=form).status_code == 422
    uppermost = {"name": "Tỉnh mới", "kind": "province", "parent": "", "hours": "", "position": ""}
    assert client.post("/coverage/areas/new", data=uppermost).status_code == 422
    assert client_for(app, role=Role.VIEWER).get(f"/coverage/areas/{hua_la}/merge").status_code == 403


def test_a_new_code_holds_from_today_and_the_old_one_is_kept(station: Station, app: Flask) -> None:
    client, number = client_for(app), area_called(station, "Hua La")
    form = {"name": "Hua La", "kind": "commune", "parent": "", "hours": "", "position": "", "code": "03676"}
    with station.sessions.begin() as session:
        form["parent"] = f"#{session.get_one(Area, number).parent_id}"
    client.post(f"/coverage/areas/{number}/edit", data=form)
    station.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    client = client_for(app)
    assert client.post(f"/coverage/areas/{number}/edit", data={**form, "code": "03999"}).status_code == 303
    with station.sessions.begin() as session:
        codes = [(item.code, item.valid_to is None) for item in session.get_one(Area, number).codes]
    assert sorted(codes) == [("03676", False), ("03999", True)]
    assert "03676" in page(client, f"/coverage/areas/{number}")


def test_a_zone_of_five_languages_loses_none_when_it_is_saved(station: Station, app: Flask) -> None:
    with station.sessions.begin() as session:
        area = session.scalars(select(Area).where(Area.name == "Hua La")).one()
        make_zone(session, code="NAM", area=area, languages=("hmn", "blt", "vi", "twh", "ium"))
    client = client_for(app)
    text = page(client, "/coverage/zones/NAM/edit")
    chosen = re.findall(r'<option selected value="(\w+)">', text)
    assert [code for code in chosen if code in {"hmn", "blt", "vi", "twh", "ium"}] == ["hmn", "blt", "vi", "twh", "ium"]


def test_the_day_that_is_asked_for_is_told_on_the_zone_page(app: Flask) -> None:
    client = client_for(app)
    assert "không phát được ở vùng này" in page(client, "/coverage/zones/HUM?on=24/11/2026")
    assert "Hãy ghi ngày như 24/11/2026." in page(client, "/coverage/zones/HUM?on=31.2")
    assert "chưa có vùng này" in page(client, "/coverage/zones/HUM?on=01/01/2019")


def test_loudspeakers_are_added_and_told_broken(station: Station, app: Flask) -> None:
    client = client_for(app)
    assert client.post("/coverage/zones/LA/loudspeakers", data={"place": " "}).status_code == 422
    assert (
        client.post(
            "/coverage/zones/LA/loudspeakers", data={"place": "đầu bản", "model": "30 W", "state": "working"}
        ).status_code
        == 303
    )
    with station.sessions.begin() as session:
        number = session.scalars(select(Loudspeaker.id)).one()
    assert "1 dùng được / 1 loa" in page(client, "/coverage/zones/LA")
    form = {"place": "đầu bản", "model": "", "identifier": "", "state": "broken"}
    assert client.post(f"/coverage/loudspeakers/{number}", data=form).status_code == 303
    text = page(client, "/coverage/zones/LA")
    assert "không loa nào dùng được" in text and "đều đang hỏng" in text


# --- many at once ---------------------------------------------------------------------------------------------------
def a_workbook(*lines: tuple[object, ...]) -> io.BytesIO:
    stream = io.BytesIO()
    write_sheets(stream, {ZONES: (COLUMNS[ZONES], lines)})  # type: ignore[dict-item]
    stream.seek(0)
    return stream


def test_a_workbook_is_imported_or_its_problems_are_listed_together(station: Station, app: Flask) -> None:
    client = client_for(app)
    good = ("A1", "Bản A", "Hua La", "blt, vi", "file", "", "", "")
    bad = a_workbook(
        good,
        ("B 1", "Bản B", "Hua La", "vi", "file", "", "", ""),
        ("C1", "Bản C", "Không đâu", "xx", "file", "", "", ""),
    )
    answer = client.post("/coverage/import", data={"file": (bad, "thử <b>.xlsx")})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "3 chỗ sai" in text and "“B 1” không dùng làm mã được" in text and "Không hiểu ngôn ngữ “xx”" in text
    with station.sessions.begin() as session:
        assert session.scalar(select(Zone.id).where(Zone.code == "A1")) is None
    answer = client.post("/coverage/import", data={"file": (a_workbook(good), "../../x.xlsx"), "known": "change"})
    assert answer.status_code == 200 and "Chưa có gì được nhập" in answer.get_data(as_text=True)
    with station.sessions.begin() as session:
        assert session.scalar(select(Zone.id).where(Zone.code == "A1")) is None
        assert session.scalar(select(PlanState.wanted_at)) is None
    answer = client.post("/coverage/import/take", data=hidden_fields(answer.get_data(as_text=True)))
    assert answer.status_code == 303
    assert "thêm 0 địa bàn, 1 vùng phát" in page(client, "/coverage/")
    with station.sessions.begin() as session:
        trail = session.scalars(select(AuditEntry).where(AuditEntry.kind == "zone", AuditEntry.action == "created"))
        assert [entry.after["code"] for entry in trail] == ["A1"]


def hidden_fields(text: str) -> dict[str, str]:
    return dict(re.findall(r'<input id="\w+" name="(sha256|name|known)" type="hidden" value="([^"]*)">', text))


def test_only_what_was_looked_at_is_brought_in(station: Station, app: Flask) -> None:
    client = client_for(app)
    first, second = (
        a_workbook((code, "Bản", "Hua La", "vi", "file", "", "", "")) for code in ("A1", "A2")
    )  # fmt: skip
    looked_at = client.post("/coverage/import", data={"file": (first, "a.xlsx")}).get_data(as_text=True)
    client.post("/coverage/import", data={"file": (second, "b.xlsx")})
    answer = client.post("/coverage/import/take", data=hidden_fields(looked_at))
    assert answer.status_code == 422 and "hãy tải tệp lên lại" in answer.get_data(as_text=True)
    other = client_for(app, role=Role.OPERATOR, login="nguoi-khac")
    assert other.post("/coverage/import/take", data=hidden_fields(looked_at)).status_code == 422
    with station.sessions.begin() as session:
        assert session.scalar(select(Zone.id).where(Zone.code.in_(["A1", "A2"]))) is None


def test_what_is_known_is_changed_or_kept_as_the_person_chose(station: Station, app: Flask) -> None:
    client = client_for(app)
    line = ("LA", "Tên theo tệp", "Hua La", "blt, vi", "soundcard", "", "", "")
    for known, name in (("keep", "Bản Lả Mường"), ("change", "Tên theo tệp")):
        looked = client.post("/coverage/import", data={"file": (a_workbook(line), "a.xlsx"), "known": known})
        client.post("/coverage/import/take", data=hidden_fields(looked.get_data(as_text=True)))
        assert zone_of(station, "LA").name == name


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.xlsx"), (b"khong phai", "<script>.xlsx"), (b"PK\x03\x04", "x.xlsx")]
)
def test_a_file_that_is_no_workbook_is_refused_with_its_name_as_text(app: Flask, content: bytes, name: str) -> None:
    answer = client_for(app).post("/coverage/import", data={"file": (io.BytesIO(content), name)})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Không đọc được tệp" in text and "<script>.xlsx" not in text


def test_the_workbook_holds_only_what_the_person_may_change(station: Station, app: Flask) -> None:
    client = client_for(app, role=Role.OPERATOR, area=area_called(station, "Hua La"))
    answer = client.get("/coverage/places.xlsx")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert [row[0].value for row in book[ZONES].iter_rows(min_row=2)] == ["LA"]
    assert client_for(app, role=Role.VIEWER).get("/coverage/places.xlsx").status_code == 403


def test_a_list_of_thousands_is_shown_a_page_at_a_time(station: Station, app: Flask) -> None:
    with station.sessions.begin() as session:
        area = session.scalars(select(Area).where(Area.name == "Hua La")).one()
        for number in range(130):
            make_zone(session, code=f"N{number}", name=f"Bản {number:03}", area=area, languages=("vi",))
    client = client_for(app)
    assert len(re.findall('class="title"', page(client, "/coverage/?search=ban"))) == 100
    second = page(client, "/coverage/?search=ban&page=2")
    assert "Trang 2 / 2" in second and 'href="/coverage/?page=1&amp;search=ban"' in second.replace(
        "search=ban&amp;page=1", "page=1&amp;search=ban"
    )


def test_time_passes_for_what_comes_next(station: Station, app: Flask) -> None:
    client = client_for(app)
    before = re.findall(r"<time class=\"when\"[^>]*>([^<]+)</time>", page(client, "/coverage/zones/TONG"))
    station.clock.advance(timedelta(hours=13))  # type: ignore[attr-defined]
    after = re.findall(
        r"<time class=\"when\"[^>]*>([^<]+)</time>", page(client_for(app, login="khac"), "/coverage/zones/TONG")
    )
    assert len(before) == 2 and after == before[1:]
