"""Pages of boxes: readiness, lists and maps within a person's areas, commands with a question before them, pairing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler import village_messages
from scheduler.domain.people import Role
from scheduler.domain.village import CommandOutcome
from scheduler.models import AuditEntry, Broadcast, Zone
from scheduler.models.village import CommandDelivery, PairingCode, Player, PlayerState, VillageCommand
from scheduler.passwords import digest_pairing_code
from scheduler.signing import Verifier, keep_key
from scheduler.station import Station
from scheduler.village_messages import Command, CommandKind
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.fakes import SteppingClock
from tests.fleet_rows import make_cast, make_player, make_state, make_transports
from tests.web.station import WELL, PageClient, client_for, make_editions, make_station
from web.app import create_app


def fill(station: Station) -> None:
    """A cast of boxes in one commune that hear a broadcast tomorrow, and a box elsewhere."""
    with station.sessions.begin() as session:
        zones = make_cast(session, at=NOW)
        far = make_zone(session, code="V-FAR", name="Bản Xa", area=make_area(session, name="Hua La", kind="commune"))
        make_state(session, make_player(session, far, at=NOW), at=NOW)
        editions = make_editions(session, title="Hộ chiếu phổ thông")
        broadcast = make_broadcast(
            session, editions=editions, zones=tuple(zones.values()), starts_in=timedelta(hours=24, minutes=30)
        )
        make_transports(session, broadcast)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill)
    yield station
    station.engine.dispose()


@pytest.fixture
def app(station: Station) -> Flask:
    return create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0))


@pytest.fixture
def client(app: Flask) -> PageClient:
    return client_for(app)


@pytest.fixture
def commune(station: Station) -> int:
    with station.readers.begin() as session:
        return session.scalars(select(Zone.area_id).where(Zone.code == "V-WELL")).one()


def main_of(page: str) -> str:
    """What the page itself says, as a person reads it."""
    words = re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("help-way")[0])
    return unescape(re.sub(r"\s+", " ", words))


def read(client: PageClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return main_of(answer.get_data(as_text=True))


# --- what is shown --------------------------------------------------------------------------------------------------
def test_one_sentence_tells_how_ready_the_villages_are(client: PageClient) -> None:
    page = read(client, "/fleet/")
    assert "05:30 ngày mai: 5/9 vùng đã đủ tệp" in page
    assert "2 vùng đủ tệp nhưng máy báo lỗi" in page
    assert "1 vùng đủ tệp đang mất liên lạc: máy vẫn tự phát" in page
    client.post("/language", data={"language": "en"})
    assert "05:30 tomorrow: 5 of 9 zones have their files" in read(client, "/fleet/")


def test_the_list_tells_state_last_contact_and_what_lacks(client: PageClient) -> None:
    page = read(client, "/fleet/")
    assert "31 giờ trước (22:00 22/11/2026)" in page
    assert "Thiếu tệp của buổi phát tới (máy có 2/4 tệp)" in page
    assert "bản 5 mới nhất: 7" in page
    assert "Bản Xa" in page and "10 máy" in page


def test_a_filter_stays_in_the_addresses_of_its_page_and_asks_for_itself_again(client: PageClient) -> None:
    page = client.get("/fleet/?state=offline&search=phieng&sort=name").get_data(as_text=True)
    assert "Bản Phiêng Ngùa" in page and "Bản Tam" not in page
    again = re.search(r'data-fleet="([^"]+)"', page)
    assert again is not None and unescape(again[1]).startswith("/fleet/now?")
    part = client.get(unescape(again[1])).get_data(as_text=True)
    assert "Bản Phiêng Ngùa" in part and "Bản Tam" not in part and "<main" not in part
    assert re.findall(r' id="(fleet-[a-z]+)"', part) == ["fleet-ready", "fleet-counts", "fleet-rows"]


def test_an_area_narrows_the_readiness_too(client: PageClient, commune: int) -> None:
    page = read(client, f"/fleet/?area={commune}")
    assert "Chiềng Xôm" in page and "Bản Xa" not in page and "9 máy" in page
    assert client.get("/fleet/?area=99999").status_code == 404
    assert client.get("/fleet/?area=x").status_code == 404


@pytest.mark.parametrize(
    "odd", ["?page=0", "?page=99999", "?state=x", "?sort=x", "?endpoint=x", "?_external=1", "?search=%FF"]
)
def test_an_odd_address_is_a_page_all_the_same(client: PageClient, odd: str) -> None:
    assert client.get("/fleet/" + odd).status_code == 200
    assert client.get("/fleet/now" + odd).status_code == 200


def test_the_map_tells_states_and_last_contact(client: PageClient) -> None:
    told = client.get("/fleet/points.json").get_json()
    points = {point["code"]: point for point in told["points"]}
    assert points["V-AWAY"]["told"] == "mất liên lạc, 31 giờ trước" and points["V-AWAY"]["state"] == "offline"
    assert points["V-WELL"]["told"] == "có liên lạc"
    assert told["zones"] == "/fleet/zones/"


def test_the_page_of_a_box_tells_all_that_is_known_of_it(client: PageClient) -> None:
    page = read(client, "/fleet/zones/V-SILENT")
    for words in (
        "Đang phát nhưng không nghe thấy tiếng", "theo mạng (NTP); lệch 0,004 giây", "sóng 62% · Viettel …4471",
        "trống 21,0 / 29,0 GB", "3,4 / 50,0 MB", "91,4 / 1.500 MB", "máy giữ bản 7", "đài có bản 7", "loaban 0.1.0",
        "4/4 tệp của ngày tới",
    ):  # fmt: skip
        assert words in page, words
    lacking = read(client, "/fleet/zones/V-LACKING")
    assert "05:30 25/11/2026: Số 1/2026: Hộ chiếu phổ thông" in lacking


def test_what_moves_on_a_box_is_asked_for_alone(client: PageClient) -> None:
    part = client.get("/fleet/zones/V-WELL/now").get_data(as_text=True)
    assert "<main" not in part
    ids = re.findall(r'<\w+ [^>]*id="(box-[a-z]+)"', part)
    assert {"box-why", "box-facts", "box-files", "box-played", "box-orders"} <= set(ids)


# --- who sees and may what --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ADMIN], ids=str)
def test_boxes_of_other_areas_are_not_there(app: Flask, commune: int, role: Role) -> None:
    client = client_for(app, role=role, area=commune)
    assert "Bản Xa" not in read(client, "/fleet/") and "V-FAR" not in client.get("/fleet/points.json").get_data(
        as_text=True
    )
    for address in ("/fleet/zones/V-FAR", "/fleet/zones/V-FAR/now"):
        assert client.get(address).status_code == 404, address


def test_nobody_commands_or_pairs_what_is_not_theirs(app: Flask, station: Station, commune: int) -> None:
    client = client_for(app, role=Role.OPERATOR, area=commune)
    with station.readers.begin() as session:
        far = session.scalars(select(Zone).where(Zone.code == "V-FAR")).one().area_id
    stop = {"kind": "stop", "confirmed": "yes", "priority": "1"}
    answers = {
        address: client.post(address, data=stop).status_code
        for address in (
            "/fleet/command?zone=V-FAR", f"/fleet/command?area={far}", "/fleet/exercise?zone=V-FAR",
            "/fleet/zones/V-FAR/unplug", "/fleet/zones/V-FAR/code", "/fleet/zones/V-FAR/revoke",
        )
    }  # fmt: skip
    assert set(answers.values()) == {404}, answers
    assert client.post("/fleet/stop-all").status_code == 409
    assert client.post("/fleet/command?all=1", data=stop).status_code in {200, 422}  # asks whom it is for
    with station.readers.begin() as session:
        assert session.scalars(select(VillageCommand)).all() == [] == session.scalars(select(PairingCode)).all()


def test_stop_all_is_offered_only_to_who_may_stop_all(app: Flask, client: PageClient, commune: int) -> None:
    assert "/fleet/stop-all" in client.get("/fleet/").get_data(as_text=True)
    own = client_for(app, role=Role.OPERATOR, area=commune)
    page = own.get("/fleet/").get_data(as_text=True)
    assert "/fleet/stop-all" not in page and "/fleet/command" in page
    assert "Mọi vùng" not in main_of(own.get("/fleet/command").get_data(as_text=True))


@pytest.mark.parametrize("address", ["/fleet/command", "/fleet/exercise", "/fleet/stop-all"])
def test_who_only_looks_gives_no_commands(app: Flask, address: str) -> None:
    viewer = client_for(app, role=Role.VIEWER)
    assert viewer.get(address).status_code == 403
    assert "/fleet/command" not in re.sub(r'"/fleet/commands/[^"]*"', "", viewer.get("/fleet/").get_data(as_text=True))
    assert "Tạo mã" not in read(viewer, "/fleet/zones/V-WELL")


# --- commands ---------------------------------------------------------------------------------------------------------
def send(client: PageClient, address: str, **form: str) -> UUID:
    answer = client.post(address, data={"priority": "1", "confirmed": "yes", **form})
    assert answer.status_code == 303, main_of(answer.get_data(as_text=True))[:600]
    return UUID(answer.headers["Location"].rpartition("/")[2])


def episode_of(station: Station) -> str:
    with station.readers.begin() as session:
        return str(session.scalars(select(Broadcast.episode_id).limit(1)).one())


def test_a_command_is_asked_about_before_it_is_sent(client: PageClient, station: Station) -> None:
    answer = client.post("/fleet/command?all=1", data={"kind": "volume", "volume": "40", "priority": "1"})
    page = main_of(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert "chỉnh âm lượng : 40%" in page or "chỉnh âm lượng: 40%" in page
    assert "Mọi vùng của đài" in page and "9 máy, 7 máy đang có liên lạc" in page
    with station.readers.begin() as session:
        assert session.scalars(select(VillageCommand)).all() == []


def test_a_command_that_is_confirmed_is_signed_delivered_and_in_the_trail(client: PageClient, station: Station) -> None:
    number = send(client, "/fleet/command?zone=V-SILENT", kind="volume", volume="40")
    with station.readers.begin() as session:
        row = session.get_one(VillageCommand, number)
        assert (row.kind, row.facts, row.issued_by, row.exercise) == ("volume", {"volume": 40}, "Người admin", False)
        key = keep_key(station.settings.home / "keys" / "village-ed25519").public
        told = village_messages.decode(Verifier(key).open(row.body), Command)
        assert (told.command_id, told.kind, told.volume) == (number, CommandKind.VOLUME, 40)
        assert len(session.scalars(select(CommandDelivery)).all()) == 1
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "commanded")).one()
        assert (entry.who, entry.label, entry.after["command"]) == ("Người admin", "Bản Lả Mường", "volume")
    trail = main_of(client.get("/audit").get_data(as_text=True))
    assert "ra lệnh cho máy phát tại bản" in trail and "chỉnh âm lượng" in trail


def test_an_area_hears_a_command_by_its_name_too(client: PageClient, station: Station, commune: int) -> None:
    page = client.get("/fleet/command?place=Chi%E1%BB%81ng+X%C3%B4m").get_data(as_text=True)
    assert f'action="/fleet/command?area={commune}"' in page
    number = send(client, f"/fleet/command?area={commune}", kind="refresh")
    with station.readers.begin() as session:
        deliveries = session.scalars(select(CommandDelivery).where(CommandDelivery.command_id == number)).all()
        assert len(deliveries) == 8
    assert client.get("/fleet/command?place=nowhere").status_code == 422


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "volume", "volume": ""}, "Hãy ghi âm lượng từ 0 đến 100."),
        ({"kind": "volume", "volume": "101"}, "Số này phải từ 0 đến 100."),
        ({"kind": "volume", "volume": "x"}, "Hãy nhập một số nguyên."),
        ({"kind": "say", "episode": ""}, "Hãy chọn một số đã duyệt."),
        ({"kind": "unplug"}, "Hãy chọn một mục có trong danh sách."),
    ],
)
def test_what_is_wrong_is_told_at_its_field(client: PageClient, form: dict[str, str], words: str) -> None:
    answer = client.post("/fleet/command?zone=V-WELL", data={"priority": "1", "confirmed": "yes", **form})
    assert answer.status_code == 422
    assert words in main_of(answer.get_data(as_text=True))


def test_stop_all_takes_one_question_and_reaches_every_box(client: PageClient, station: Station) -> None:
    page = client.get("/fleet/stop-all").get_data(as_text=True)
    assert "Dừng tất cả ngay" in page and "9 máy" in main_of(page)
    answer = client.post("/fleet/stop-all")
    assert answer.status_code == 303
    with station.readers.begin() as session:
        row = session.scalars(select(VillageCommand)).one()
        assert row.kind == "stop" and row.expires_at - row.issued_at == timedelta(minutes=2)
        assert len(session.scalars(select(CommandDelivery)).all()) == 9


def test_a_form_without_its_token_does_nothing(client: PageClient, station: Station) -> None:
    assert client.post("/fleet/stop-all", without_token=True).status_code == 400
    assert client.post("/fleet/zones/V-WELL/code", without_token=True).status_code == 400
    with station.readers.begin() as session:
        assert session.scalars(select(VillageCommand)).all() == []


def test_outcomes_are_counted_as_they_come(client: PageClient, station: Station) -> None:
    number = send(client, "/fleet/command?all=1", kind="report")
    address = f"/fleet/commands/{number}"
    assert "Máy 9 Đã gửi 0 Đã làm 0 Từ chối 0 Hết hạn 0 Chưa trả lời 9" in read(client, address)
    with station.sessions.begin() as session:
        rows = session.scalars(select(CommandDelivery).order_by(CommandDelivery.zone_id)).all()
        for row in rows[:4]:
            row.sent_at = NOW
        rows[0].outcome, rows[0].answered_at = CommandOutcome.DONE, NOW
        rows[1].outcome, rows[1].reason, rows[1].answered_at = CommandOutcome.REFUSED, "no_trusted_time", NOW
    part = client.get(address + "/now").get_data(as_text=True)
    assert "<main" not in part and 'id="order-counts"' in part
    page = read(client, address)
    assert "Đã gửi 4 Đã làm 1 Từ chối 1 Hết hạn 0 Chưa trả lời 7" in page
    assert "máy từ chối máy chưa có giờ đúng" in page
    listed = read(client, "/fleet/commands/")
    assert "báo về ngay" in listed and "1 đã làm" in listed and "7 chưa trả lời" in listed


def test_commands_of_others_are_not_there(app: Flask, client: PageClient, commune: int) -> None:
    number = send(client, "/fleet/command?zone=V-FAR", kind="refresh")
    own = client_for(app, role=Role.OPERATOR, area=commune)
    assert own.get(f"/fleet/commands/{number}").status_code == 404
    assert own.get(f"/fleet/commands/{number}/now").status_code == 404
    assert "Chưa gửi lệnh nào" in read(own, "/fleet/commands/")


# --- saying something, and exercises -----------------------------------------------------------------------------------
def test_an_exercise_looks_like_one_and_is_logged_as_one(client: PageClient, station: Station) -> None:
    ordinary = client.get("/fleet/command?all=1").get_data(as_text=True)
    page = client.get("/fleet/exercise?all=1").get_data(as_text=True)
    assert 'class="exercise stack"' in page and "exercise-banner" in page and "DIỄN TẬP" in page
    assert 'class="exercise' not in ordinary and "DIỄN TẬP" not in main_of(ordinary)
    form = {"kind": "say", "episode": episode_of(station), "priority": "1"}
    asked = client.post("/fleet/exercise?zone=V-WELL", data=form).get_data(as_text=True)
    assert "DIỄN TẬP" in asked and "Gửi lệnh diễn tập" in asked
    number = send(client, "/fleet/exercise?zone=V-WELL", **form)
    with station.readers.begin() as session:
        row = session.get_one(VillageCommand, number)
        broadcast = session.get_one(Broadcast, row.broadcast_id)
        assert row.exercise and broadcast.exercise and row.kind == "say"
    assert "DIỄN TẬP" in read(client, f"/fleet/commands/{number}") and "DIỄN TẬP" in read(client, "/fleet/commands/")


def test_an_exercise_does_nothing_but_say(client: PageClient, station: Station) -> None:
    answer = client.post(
        "/fleet/exercise?all=1", data={"kind": "stop", "confirmed": "yes", "priority": "1", "episode": ""}
    )
    assert answer.status_code == 422
    with station.readers.begin() as session:
        assert session.scalars(select(VillageCommand)).all() == []


def test_saying_something_in_earnest_is_no_exercise(client: PageClient, station: Station) -> None:
    number = send(client, "/fleet/command?zone=V-WELL", kind="say", episode=episode_of(station))
    with station.readers.begin() as session:
        row = session.get_one(VillageCommand, number)
        assert not row.exercise and not session.get_one(Broadcast, row.broadcast_id).exercise
    page = read(client, f"/fleet/commands/{number}")
    assert "Số 1/2026: Hộ chiếu phổ thông" in page and "DIỄN TẬP" not in page


# --- pairing ----------------------------------------------------------------------------------------------------------
def test_a_code_is_shown_once_with_its_picture_and_the_command_to_type(client: PageClient, station: Station) -> None:
    answer = client.post("/fleet/zones/V-NONE/code")
    page = answer.get_data(as_text=True)
    found = re.search(r'one-time-code"><strong>([A-Z0-9]{4}-[A-Z0-9]{4})</strong>', page)
    assert answer.status_code == 200 and found is not None
    assert 'src="data:image/svg+xml' in page and "img-src 'self' data:" in answer.headers["Content-Security-Policy"]
    assert "loaban player pair" in page and page.count(found[1]) == 2
    assert answer.headers["Cache-Control"] == "no-store"
    with station.readers.begin() as session:
        row = session.scalars(select(PairingCode)).one()
        assert row.code_sha256 == digest_pairing_code(found[1]) and row.made_by == "Người admin"
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "pairing_code")).one()
        assert entry.who == "Người admin" and found[1] not in str(entry.after)
    box = client.get("/fleet/zones/V-NONE").get_data(as_text=True)
    assert found[1] not in box and "Một mã ghép máy đang chờ máy" in box


def test_the_picture_of_a_code_says_where_and_what(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    import segno

    said: list[str] = []
    make = segno.make
    monkeypatch.setattr(segno, "make", lambda text, **others: (said.append(text), make(text, **others))[1])
    page = client.post("/fleet/zones/V-NONE/code").get_data(as_text=True)
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", page)
    assert code is not None and said == [f"http://localhost/village/pair#{code[0]}"]


def test_replacing_says_that_the_present_box_ends(client: PageClient) -> None:
    assert "máy đang dùng ở vùng này bị thu hồi" not in client.post("/fleet/zones/V-NONE/code").get_data(as_text=True)
    assert "máy đang dùng ở vùng này bị thu hồi" in client.post("/fleet/zones/V-WELL/code").get_data(as_text=True)


def test_a_box_is_revoked_with_a_reason_and_not_without(client: PageClient, station: Station) -> None:
    answer = client.post("/fleet/zones/V-WELL/revoke", data={"reason": ""})
    assert answer.status_code == 422 and "Hãy ghi lý do." in answer.get_data(as_text=True)
    assert client.post("/fleet/zones/V-WELL/revoke", data={"reason": "máy bị mất"}).status_code == 303
    with station.readers.begin() as session:
        zone = session.scalars(select(Zone.id).where(Zone.code == "V-WELL")).one()
        player = session.scalars(select(Player).where(Player.zone_id == zone)).one()
        assert (player.revoke_reason, player.revoked_by) == ("máy bị mất", "Người admin")
        assert (
            session.scalars(select(AuditEntry).where(AuditEntry.action == "player_revoked")).one().who == "Người admin"
        )
    page = read(client, "/fleet/zones/V-WELL")
    assert "Chưa ghép máy phát nào" in page and "máy bị mất" in page
    assert client.post("/fleet/zones/V-WELL/revoke", data={"reason": "lần nữa"}).status_code == 404


# --- the demonstration --------------------------------------------------------------------------------------------------
def test_only_a_sample_player_lets_its_link_be_cut(client: PageClient, station: Station) -> None:
    assert "Cắt đường truyền 2 phút" in read(client, "/fleet/zones/V-WELL")
    assert "Cắt đường truyền" not in read(client, "/fleet/zones/V-OLD")
    assert client.post("/fleet/zones/V-OLD/unplug").status_code == 409
    assert client.post("/fleet/zones/V-WELL/unplug").status_code == 303
    with station.readers.begin() as session:
        row = session.scalars(select(VillageCommand)).one()
        assert (row.kind, row.facts) == ("unplug", {"seconds": 120})


# --- rows held back -----------------------------------------------------------------------------------------------------
def test_rows_held_back_are_shown_with_why(client: PageClient, station: Station) -> None:
    from scheduler.models.village import VillageJournalRow

    with station.sessions.begin() as session:
        player = session.scalars(select(Player).where(Player.username.startswith("z"))).first()
        assert player is not None
        session.add(
            VillageJournalRow(
                player_id=player.id, instance="i1", seq=41, boot="b1", zone_id=player.zone_id, kind="delivery", at=NOW,
                facts={"note": "<script>alert(1)</script>"}, received_at=NOW, state="quarantined",
                problem={"code": "contradicts_log", "about": ""},
            )
        )  # fmt: skip
    answer = client.get("/fleet/held-back")
    page = answer.get_data(as_text=True)
    assert "trái với dòng đã có trong nhật ký" in page and "<script>alert" not in page and "alert(1)" in page
    assert "1 dòng nhật ký của máy chưa dùng được" in read(client, "/fleet/")


# --- the shared view ------------------------------------------------------------------------------------------------------
def test_a_look_within_a_moment_reads_nothing_again_and_a_later_one_sees_what_changed(station: Station) -> None:
    app = create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(seconds=1))
    view, clock = app.extensions["fleet_view"], station.clock
    assert isinstance(clock, SteppingClock)
    first, turn = view.look(), view.turn()
    with station.sessions.begin() as session:
        state = session.scalars(select(PlayerState).join(Player).join(Zone).where(Zone.code == "V-WELL")).one()
        state.online, state.turned_at = False, NOW
    assert view.look() is first and view.turn() == turn
    clock.advance(timedelta(seconds=2))
    assert view.turn() == turn + 1
    assert {box.code for box in view.look().boxes if box.state == "offline"} == {"V-WELL", "V-AWAY"}
