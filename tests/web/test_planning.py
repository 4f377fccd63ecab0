"""The pages of the week: what they show to whom, and that every change is seen at once and can be taken back."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from scheduler.domain.people import Role
from scheduler.domain.planning import BroadcastState
from scheduler.models import Area, AuditEntry, Broadcast, Episode, Row, Slot, SlotException, Zone
from scheduler.services import plan_choices, plan_findings
from tests.factories import NOW, make_zone
from tests.fakes import SteppingClock
from tests.web.planned_station import Planned, make_planned_station
from tests.web.station import WELL, PageClient, client_for
from web.app import create_app

DATE = "/planning/slots/sang/2026-11-26"
VIEWS = ("/planning/", "/planning/day", "/planning/list", "/planning/print", "/planning/slots/")
PLANNER_PAGES = ("/planning/slots/new", "/planning/one-offs/new", "/planning/copy", "/planning/slots/sang/edit", DATE)


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Planned]:
    made = make_planned_station(tmp_path)
    yield made
    made.station.engine.dispose()


@pytest.fixture
def app(planned: Planned) -> Flask:
    app = create_app(planned.station, look_at_machine=lambda: WELL)
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}"
    return app


@pytest.fixture
def operator(app: Flask) -> PageClient:
    return client_for(app, role=Role.OPERATOR)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def follow(client: PageClient, answer: Any) -> str:
    assert answer.status_code == 303, text_of(answer)[:2000]
    return text_of(client.get(answer.headers["Location"]))


def count_rows(planned: Planned) -> dict[str, int]:
    with planned.station.sessions.begin() as session:
        tables = [table for table in Row.metadata.sorted_tables if table.name not in {"user_session", "pulse"}]
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def broadcast_on(planned: Planned, day: date, code: str = "sang") -> tuple[Any, ...]:
    with planned.station.sessions.begin() as session:
        row = session.scalars(
            select(Broadcast).join(Slot).where(Slot.code == code, Broadcast.occurrence_on == day)
        ).one()  # fmt: skip
        return row.starts_at, row.episode.number, row.state


# --- looking --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", VIEWS)
def test_a_viewer_sees_the_week_and_no_button_that_changes_it(app: Flask, path: str) -> None:
    page = text_of(client_for(app, role=Role.VIEWER).get(path))
    assert "Buổi sáng" in page
    assert "Thêm khung giờ" not in page and "Hoàn tác" not in page and "Ngừng hẳn" not in page


@pytest.mark.parametrize("path", (*VIEWS, *PLANNER_PAGES))
def test_a_planner_gets_every_page(operator: PageClient, path: str) -> None:
    answer = operator.get(path)
    assert answer.status_code == 200
    assert text_of(answer).count("<h1>") == 1


def test_the_week_tells_time_episode_state_and_what_is_wrong_in_words(operator: PageClient) -> None:
    page = text_of(operator.get("/planning/?week=2026-11-24"))
    assert "Tuần 23/11/2026 – 29/11/2026" in page
    assert "05:30–05:48" in page and "Số 1/2026 · Thủ tục thứ 1" in page and "sẽ phát" in page
    assert "Trùng giờ với buổi Buổi chiều lúc 17:00" in page


def test_the_calendar_gets_instants_of_the_station_and_what_may_be_dragged(operator: PageClient) -> None:
    events = operator.get("/planning/events.json?first=2026-11-23&last=2026-11-29").get_json()
    first = events[0]
    assert (first["start"], first["end"]) == ("2026-11-24T05:30:00+07:00", "2026-11-24T05:48:00+07:00")
    assert first["startEditable"] is True and first["url"] == "/planning/slots/sang/2026-11-24"
    assert first["extendedProps"]["told"] == "sẽ phát"


def test_a_viewer_drags_nothing(app: Flask) -> None:
    viewer = client_for(app, role=Role.VIEWER)
    events = viewer.get("/planning/events.json?first=2026-11-23&last=2026-11-29").get_json()
    assert events and not any(event["startEditable"] for event in events)
    assert viewer.post("/planning/drag", data={}).status_code == 403


@pytest.mark.parametrize(
    "path", ["/planning/?week=morgen", "/planning/day?day=2026-02-30", "/planning/?week=9999-12-31"]
)
def test_a_day_that_is_none_is_not_found(operator: PageClient, path: str) -> None:
    assert operator.get(path).status_code == 404


def test_the_sheet_leaves_out_what_is_cancelled(operator: PageClient) -> None:
    operator.post(f"{DATE}/cancel", data={"reason": "họp dân"})
    assert text_of(operator.get("/planning/list")).count("Lý do: họp dân") == 1
    before, after = (
        text_of(operator.get(f"/planning/print?week={week}")).count("Buổi sáng")
        for week in ("2026-11-30", "2026-11-24")
    )
    assert (before, after) == (7, 5)


def test_a_plan_that_waits_for_the_daemon_says_so(planned: Planned, operator: PageClient) -> None:
    with planned.station.sessions.begin() as session:
        plan_findings.mark_wanted(session, now=NOW)
    assert "đang chờ máy phát sóng tính lại kế hoạch" in text_of(operator.get("/planning/"))


# --- one date -------------------------------------------------------------------------------------------------------
def test_one_date_is_moved_and_the_move_taken_back(planned: Planned, operator: PageClient) -> None:
    before = broadcast_on(planned, date(2026, 11, 26))
    page = follow(operator, operator.post(f"{DATE}/move", data={"day": "2026-11-27", "starts_at_local": "09:05"}))
    assert "Đã dời buổi này." in page and "dời từ 05:30 26/11/2026" in page
    moved = broadcast_on(planned, date(2026, 11, 26))
    assert moved[0] == NOW + timedelta(days=3, hours=4, minutes=5)
    [change] = re.findall(r'name="change_id" value="([^"]+)"', page)
    undone = follow(operator, operator.post("/planning/undo", data={"change_id": change, "week": "2026-11-23"}))
    assert "Đã hoàn tác thay đổi cuối của bạn." in undone and "dời từ" not in undone
    assert broadcast_on(planned, date(2026, 11, 26)) == before


def test_one_date_gets_another_episode(planned: Planned, operator: PageClient) -> None:
    with planned.station.sessions.begin() as session:
        episode_id = session.scalars(select(Episode.id).where(Episode.number == 25)).one()
    page = follow(operator, operator.post(f"{DATE}/replace", data={"episode": str(episode_id)}))
    assert "Số 25/2026" in page and "số ghim" in page
    assert broadcast_on(planned, date(2026, 11, 26))[1] == 25


def test_one_date_is_cancelled_and_made_as_usual_again(planned: Planned, operator: PageClient) -> None:
    page = follow(operator, operator.post(f"{DATE}/cancel", data={"reason": ""}))
    assert "đã hủy" in page
    assert broadcast_on(planned, date(2026, 11, 26))[2] is BroadcastState.CANCELLED
    assert "Trả lại như thường lệ" in text_of(operator.get(DATE))
    follow(operator, operator.post(f"{DATE}/restore"))
    assert broadcast_on(planned, date(2026, 11, 26))[2] is BroadcastState.PLANNED


def test_what_is_too_late_is_refused_where_it_was_asked(planned: Planned, operator: PageClient) -> None:
    asked = operator.post(f"{DATE}/move", data={"day": "2026-11-23", "starts_at_local": "09:00"})
    assert asked.headers["Location"] == DATE
    assert "quá sát giờ" in follow(operator, asked)


def test_a_form_without_a_day_is_told_in_words(operator: PageClient) -> None:
    assert "Hãy chọn ngày." in follow(operator, operator.post(f"{DATE}/move", data={"starts_at_local": "09:00"}))


def test_a_date_the_slot_does_not_have_is_refused(operator: PageClient) -> None:
    assert operator.get("/planning/slots/xom/2026-11-26").status_code == 409
    assert operator.get("/planning/slots/nix/2026-11-26").status_code == 404


def test_what_is_wrong_with_the_changed_date_is_told_at_once(operator: PageClient) -> None:
    page = follow(operator, operator.post(f"{DATE}/move", data={"day": "2026-11-26", "starts_at_local": "16:50"}))
    assert "Trùng giờ với buổi Buổi chiều lúc 17:00" in page.split("plan-undo")[0]


# --- dragging -------------------------------------------------------------------------------------------------------
def test_dropping_moves_one_date(planned: Planned, operator: PageClient) -> None:
    answer = operator.post("/planning/drag", data={"slot": "sang", "on": "2026-11-26", "to": "2026-11-28T10:00"})
    assert (answer.status_code, answer.get_json()["told"]) == (
        200,
        "Đã dời buổi ngày 26/11/2026 sang 10:00 28/11/2026.",
    )
    assert broadcast_on(planned, date(2026, 11, 26))[0] == NOW + timedelta(days=4, hours=5)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"slot": "sang", "on": "2026-11-26", "to": "2026-11-20T10:00"}, 409),
        ({"slot": "nix", "on": "2026-11-26", "to": "2026-11-28T10:00"}, 404),
        ({"slot": "sang", "on": "2026-11-26", "to": "morgen"}, 400),
        ({"slot": "sang"}, 400),
    ],
)
def test_a_drop_that_cannot_be_is_refused(operator: PageClient, told: dict[str, str], status: int) -> None:
    assert operator.post("/planning/drag", data=told).status_code == status


def test_a_drop_without_the_token_is_refused(operator: PageClient) -> None:
    told = {"slot": "sang", "on": "2026-11-26", "to": "2026-11-28T10:00"}
    assert operator.post("/planning/drag", data=told, without_token=True).status_code == 400


# --- slots ----------------------------------------------------------------------------------------------------------
def slot_form(planned: Planned, **others: object) -> dict[str, object]:
    return {
        "title": "Buổi trưa", "series": "cchc", "days": ["MO", "WE"], "starts_at_local": "11:00",
        "valid_from": "2026-11-24", "priority": "1", "selection": "next", "targets": [f"a{planned.xom}"], **others,
    }  # fmt: skip


def test_a_slot_is_previewed_and_nothing_is_kept_until_it_is_saved(planned: Planned, operator: PageClient) -> None:
    before = count_rows(planned)
    answer = operator.post("/planning/slots/new", data=slot_form(planned, do="preview"))
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Xem trước: sẽ phát từ 24/11/2026 đến 21/12/2026" in page and "Chưa lưu gì cả." in page
    assert page.count("11:00–11:18") == 8 and "1 vùng Thái, phổ thông" in page
    assert f'value="a{planned.xom}" checked' in page and 'value="MO" checked' in page
    assert count_rows(planned) == before
    saved = follow(operator, operator.post("/planning/slots/new", data=slot_form(planned, do="save")))
    assert "Đã tạo khung giờ “Buổi trưa”." in saved and "buoi-trua" in saved
    assert "Buổi trưa" in text_of(operator.get("/planning/"))


def test_a_preview_shows_findings_beside_the_date(planned: Planned, operator: PageClient) -> None:
    page = text_of(operator.post("/planning/slots/new", data=slot_form(planned, starts_at_local="05:35", do="preview")))
    assert page.count("Trùng giờ với buổi Buổi sáng lúc 05:30: buổi này bị bỏ") == 8
    assert page.count("không phát được") == 8


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"days": []}, "Hãy chọn ít nhất một ngày."),
        ({"targets": []}, "Hãy chọn ít nhất một nơi nhận."),
        ({"starts_at_local": "sáng"}, "Hãy ghi giờ:phút, ví dụ 05:30."),
        ({"valid_to": "2026-11-01"}, "Ngày cuối không được trước ngày đầu."),
        ({"selection": "repeat"}, "Hãy chọn khung giờ để phát lại."),
        ({"selection": "pinned"}, "Hãy chọn số luôn phát."),
        ({"code": "sang"}, "Mã khung giờ “sang” đã dùng"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "save"])
def test_what_is_wrong_in_the_form_stands_beside_it(
    planned: Planned, operator: PageClient, wrong: dict[str, object], sentence: str, do: str
) -> None:
    if do == "preview" and "code" in wrong:
        return
    answer = operator.post("/planning/slots/new", data=slot_form(planned, do=do, **wrong))
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_a_slot_is_changed_in_its_own_form(planned: Planned, operator: PageClient) -> None:
    page = text_of(operator.get("/planning/slots/xom/edit"))
    assert 'value="FR" checked' in page and f'value="a{planned.xom}" checked' in page and 'value="17:10"' in page
    data = slot_form(planned, title="Mới", days=["SA"], targets=[f"a{planned.coi}"])
    assert "Đã sửa khung giờ “Mới”." in follow(operator, operator.post("/planning/slots/xom/edit", data=data))
    with planned.station.sessions.begin() as session:
        slot = session.scalars(select(Slot).where(Slot.code == "xom")).one()
        assert (slot.rrule, [item.area_id for item in slot.targets]) == ("FREQ=WEEKLY;BYDAY=SA", [planned.coi])


def test_a_rule_of_its_own_is_kept_unless_days_are_ticked(planned: Planned, operator: PageClient) -> None:
    with planned.station.sessions.begin() as session:
        session.scalars(select(Slot).where(Slot.code == "xom")).one().rrule = "FREQ=MONTHLY;BYMONTHDAY=15"
    assert "quy tắc riêng FREQ=MONTHLY" in text_of(operator.get("/planning/slots/xom/edit"))
    follow(operator, operator.post("/planning/slots/xom/edit", data=slot_form(planned, days=[])))
    with planned.station.sessions.begin() as session:
        assert session.scalars(select(Slot.rrule).where(Slot.code == "xom")).one() == "FREQ=MONTHLY;BYMONTHDAY=15"


def test_a_slot_ends_and_is_taken_out_of_use(planned: Planned, operator: PageClient) -> None:
    page = follow(operator, operator.post("/planning/slots/sang/end", data={"last_day": "2026-11-25"}))
    assert "Khung giờ sẽ phát lần cuối ngày 25/11/2026." in page and "trước 26/11/2026" in page
    assert "Buổi chiều" not in follow(operator, operator.post("/planning/slots/chieu/remove"))


# --- one-offs -------------------------------------------------------------------------------------------------------
def plan_one_off(planned: Planned, client: PageClient, **others: object) -> Any:
    with planned.station.sessions.begin() as session:
        episode_id = session.scalars(select(Episode.id).where(Episode.number == 28)).one()
    told = {
        "episode": str(episode_id), "day": "2026-11-24", "starts_at_local": "10:00", "priority": "1",
        "targets": [f"a{planned.city}"], **others,
    }  # fmt: skip
    return client.post("/planning/one-offs/new", data=told)


def test_a_one_off_is_planned_shown_moved_and_cancelled(planned: Planned, operator: PageClient) -> None:
    page = follow(operator, plan_one_off(planned, operator, exercise="y"))
    assert "Đã thêm buổi phát lúc 10:00 24/11/2026. Sẽ nghe tại 2 vùng." in page and "phát thử" in page
    [path] = set(re.findall(r"/planning/one-offs/[0-9a-f-]{36}", page))
    assert "Thủ tục thứ 28" in text_of(operator.get(path))
    moved = follow(operator, operator.post(f"{path}/move", data={"day": "2026-11-25", "starts_at_local": "14h30"}))
    assert "14:30–14:48" in moved
    assert "đã hủy" in follow(operator, operator.post(f"{path}/cancel", data={"reason": ""}))


def test_a_one_off_nobody_can_hear_is_refused_with_why(planned: Planned, operator: PageClient) -> None:
    answer = plan_one_off(planned, operator, starts_at_local="23:30")
    assert answer.status_code == 422
    assert "nằm ngoài giờ được phát (05:00–21:00)" in text_of(answer)


def test_a_one_off_of_a_viewer_is_refused(planned: Planned, app: Flask) -> None:
    assert plan_one_off(planned, client_for(app, role=Role.VIEWER)).status_code == 403


# --- undo and copy --------------------------------------------------------------------------------------------------
def test_undo_is_offered_after_a_change_and_only_to_who_made_it(app: Flask, operator: PageClient) -> None:
    operator.post(f"{DATE}/cancel", data={"reason": ""})
    assert "Thay đổi cuối của bạn lúc 05:00: Buổi sáng · 26/11/2026" in text_of(operator.get("/planning/"))
    assert "Hoàn tác" not in text_of(client_for(app, role=Role.ADMIN).get("/planning/"))


@pytest.mark.parametrize("told", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_undo_of_nothing_is_refused(operator: PageClient, told: str) -> None:
    answer = operator.post("/planning/undo", data={"change_id": told})
    if answer.status_code == 303:
        assert "Không có thay đổi nào của bạn để hoàn tác" in follow(operator, answer)
    else:
        assert answer.status_code == 400


def test_last_week_is_copied_with_a_list_of_what_was_not(planned: Planned, operator: PageClient) -> None:
    plan_one_off(planned, operator)
    operator.post(f"{DATE}/cancel", data={"reason": ""})
    shown = text_of(operator.get("/planning/copy?week=2026-11-30"))
    assert "Chép 1 mục" in shown and "chỉ riêng ngày đó, không chép" in shown
    page = follow(operator, operator.post("/planning/copy", data={"week": "2026-11-30"}))
    assert "Đã chép 1 mục của tuần trước, không chép 1 mục." in page
    again = follow(operator, operator.post("/planning/copy", data={"week": "2026-11-30"}))
    assert "không có buổi phát riêng hay số ghim nào chép được" in again


# --- whose area -----------------------------------------------------------------------------------------------------
POSTS = ("replace", "move", "cancel", "restore")


@pytest.fixture
def villager(app: Flask, planned: Planned) -> PageClient:
    """Plans in Chiềng Cơi only."""
    return client_for(app, role=Role.OPERATOR, area=planned.coi)


def test_another_areas_slot_is_not_found(villager: PageClient) -> None:
    assert villager.get("/planning/slots/xom/2026-11-27").status_code == 404
    assert "Riêng Chiềng Xôm" not in text_of(villager.get("/planning/"))
    assert "Riêng Chiềng Xôm" not in text_of(villager.get("/planning/slots/"))
    assert villager.get("/planning/slots/xom/edit").status_code == 404


@pytest.mark.parametrize("code", ["xom", "sang"])
def test_what_reaches_beyond_ones_area_is_not_changed(planned: Planned, villager: PageClient, code: str) -> None:
    before = count_rows(planned)
    with planned.station.sessions.begin() as session:
        episode_id = str(session.scalars(select(Episode.id).where(Episode.number == 25)).one())
    data = {
        "day": "2026-11-28",
        "starts_at_local": "09:00",
        "episode": episode_id,
        "reason": "",
        "last_day": "2026-11-28",
    }
    for action in POSTS:
        assert villager.post(f"/planning/slots/{code}/2026-11-27/{action}", data=data).status_code == 404, action
    for action in ("end", "remove"):
        assert villager.post(f"/planning/slots/{code}/{action}", data=data).status_code == 404, action
    assert villager.post(f"/planning/slots/{code}/edit", data=slot_form(planned)).status_code == 404
    drop = {"slot": code, "on": "2026-11-27", "to": "2026-11-28T10:00"}
    assert villager.post("/planning/drag", data=drop).status_code == 404
    assert count_rows(planned) == before


def test_the_city_slot_is_seen_in_the_village_without_buttons(villager: PageClient) -> None:
    page = text_of(villager.get(DATE))
    assert "Buổi sáng" in page and "Hủy buổi" not in page
    assert "Tổ 1" in page and "Bản Tông" not in page


def test_places_outside_of_ones_area_are_neither_offered_nor_taken(planned: Planned, villager: PageClient) -> None:
    assert "Chiềng Xôm" not in text_of(villager.get("/planning/slots/new"))
    answer = villager.post("/planning/slots/new", data=slot_form(planned, do="save"))
    assert answer.status_code == 422
    with planned.station.sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(Slot)) == 3


def test_another_areas_one_off_is_not_found(planned: Planned, operator: PageClient, villager: PageClient) -> None:
    with planned.station.sessions.begin() as session:
        zone_id = session.scalars(select(Zone.id).where(Zone.code == "TONG")).one()
    page = follow(operator, plan_one_off(planned, operator, targets=[f"z{zone_id}"]))
    [path] = set(re.findall(r"/planning/one-offs/[0-9a-f-]{36}", page))
    assert villager.get(path).status_code == 404
    assert path not in text_of(villager.get("/planning/"))
    for action in ("move", "cancel"):
        data = {"day": "2026-11-25", "starts_at_local": "14:30", "reason": ""}
        assert villager.post(f"{path}/{action}", data=data).status_code == 404


# --- the trail ------------------------------------------------------------------------------------------------------
def test_every_change_names_who_made_it(planned: Planned, operator: PageClient) -> None:
    operator.post(f"{DATE}/cancel", data={"reason": "họp dân"})
    with planned.station.sessions.begin() as session:
        entry = session.scalars(select(AuditEntry)).one()
        exception = session.scalars(select(SlotException)).one()
    assert (entry.who, entry.kind, entry.action) == ("Người operator", "slot_exception", "created")
    assert (exception.made_by, exception.reason) == ("Người operator", "họp dân")


def test_a_change_shortly_before_a_start_is_seen_at_once_and_planned_later(planned: Planned, app: Flask) -> None:
    clock = planned.station.clock
    assert isinstance(clock, SteppingClock)
    clock.advance(timedelta(minutes=29, seconds=45))
    client = client_for(app, role=Role.OPERATOR)
    page = follow(client, client.post(f"{DATE}/move", data={"day": "2026-11-26", "starts_at_local": "09:00"}))
    assert "09:00–09:18" in page and "dời từ 05:30 26/11/2026" in page


# --- a large tree of places -------------------------------------------------------------------------------------------
def test_what_lies_in_a_commune_of_a_large_tree_is_told_when_asked_and_nothing_typed_is_lost(
    planned: Planned, operator: PageClient, villager: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_choices, "TOLD_AT_ONCE", 0)
    with planned.station.sessions.begin() as session:
        make_zone(session, code="THEM", name="Bản Thêm", area=session.get_one(Area, planned.xom))
    key = f"a{planned.xom}"
    folded = text_of(operator.get("/planning/slots/new"))
    assert f'name="open" value="{key}"' in folded and "Bản Thêm" not in folded
    assert "Bản Thêm" in text_of(operator.get(f"/planning/places/{planned.xom}"))
    assert villager.get(f"/planning/places/{planned.xom}").status_code == 404
    answer = operator.post(
        "/planning/slots/new", data=slot_form(planned, title="Gõ dở", valid_from="mai", targets=[], open=key)
    )
    opened = text_of(answer)
    assert answer.status_code == 200 and 'class="error"' not in opened
    assert "Bản Thêm" in opened and 'value="Gõ dở"' in opened and 'value="mai"' in opened
    assert f'name="opened" value="{key}"' in opened
    answer = operator.post("/planning/one-offs/new", data={"opened": key})
    assert answer.status_code == 422 and "Bản Thêm" in text_of(answer)
    with planned.station.sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(Slot)) == 3
