import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from scheduler.domain.people import Right, Role
from scheduler.domain.planning import Finding, FindingCode, Subject
from scheduler.domain.station import Problem, Readings
from scheduler.domain.time import day_span, local_day
from scheduler.errors import TooLong
from scheduler.models import Row, Series, User
from scheduler.services import plan_findings
from scheduler.station import Station
from scheduler.wording import WORDING
from tests.factories import NOW, make_area, make_broadcast, make_series, make_slot, make_zone
from tests.fakes import SteppingClock
from tests.web.station import WELL, client_for, fill_morning, give_pulse, go_on_air, make_editions, make_station
from web.app import create_app
from web.formats import write_number, write_remaining
from web.playout import WAYS, WAYS_OF_FINDINGS, way_to_mend
from web.security import allow


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def client(station: Station) -> FlaskClient:
    return client_for(create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0)), role=Role.VIEWER)


def section(page: str, name: str) -> str:
    """The words of one part of the page."""
    return " ".join(page.split(f'id="{name}"')[1].split("</section>", maxsplit=1)[0].split())


def test_an_empty_station_has_a_page(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert "Hiện không có vùng phát nào đang phát" in page
    assert "Bộ phát sóng không chạy" in section(page, "problems")


def test_the_page_tells_groups_on_air_with_their_time_left(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    on_air = section(client.get("/").get_data(as_text=True), "on-air")
    # 2 × 540 s of programme, 600 s of it gone; Tổ 1 joined its 540 s at 120 s, 100 s ago.
    assert "Bản Hụm; Bản Tông" in on_air and ">08:00</time>" in on_air
    assert "Tổ 1" in on_air and ">05:20</time>" in on_air
    assert "tiếng phổ thông" in on_air


def test_what_was_only_planned_is_never_shown_on_air(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    assert isinstance(station.clock, SteppingClock)
    station.clock.advance(timedelta(hours=11, minutes=31))  # number 3 is due since a minute, nobody reports it
    page = client_for(client.application).get("/").get_data(as_text=True)
    assert "Số 3" not in section(page, "on-air")
    assert "Đã đến giờ, chưa có tín hiệu phát" in section(page, "coming")
    assert "đã đến giờ mà chưa có tín hiệu phát" in section(page, "problems")


def test_the_day_is_told_with_what_became_of_it_and_what_is_still_to_come(
    station: Station, client: FlaskClient
) -> None:
    fill_morning(station)
    day = section(client.get("/").get_data(as_text=True), "today")
    assert "đã phát: 2" in day
    assert "không phát: 1" in day and "đường truyền hoặc thiết bị lỗi" in day and "(Bản Hụm)" in day
    assert [day.index(word) for word in ("đã ghi nhật ký", "đang phát", "chưa đến giờ")] == sorted(
        day.index(word) for word in ("đã ghi nhật ký", "đang phát", "chưa đến giờ")
    )


def test_the_year_is_told_beside_its_target(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    with station.sessions.begin() as session:
        session.query(Series).one().yearly_target = 102
    year = section(client.get("/").get_data(as_text=True), "year")
    assert "Chỉ tiêu năm 2026" in year and "<strong>2</strong> / 102" in year
    assert "đến hôm nay cần 91" in year and "chậm" in year and '<progress class="target" max="102" value="2"' in year


def test_problems_come_first_on_the_page_and_the_severe_ones_first_of_all(station: Station) -> None:
    fill_morning(station)
    ill = Readings(free_bytes=10, total_bytes=100, synchronised=False)
    page = client_for(create_app(station, look_at_machine=lambda: ill)).get("/").get_data(as_text=True)
    assert page.index('id="problems"') < page.index('id="on-air"')
    told = section(page, "problems")
    assert told.index("Ổ đĩa gần như hết chỗ") < told.index("Đồng hồ của máy chưa được đồng bộ")


def test_a_station_without_problems_says_so(station: Station, client: FlaskClient) -> None:
    with station.sessions.begin() as session:
        give_pulse(session, at=NOW)
        make_broadcast(session, editions=make_editions(session), zones=(make_zone(session),))
    assert "Không có việc gì cần xử lý" in section(client.get("/").get_data(as_text=True), "problems")


def test_what_tomorrow_lacks_is_told_in_the_language_of_the_person(station: Station, client: FlaskClient) -> None:
    tomorrow = NOW + timedelta(days=1)
    with station.sessions.begin() as session:
        slot = make_slot(session, make_series(session), targets=(make_area(session),))
        finding = Finding(
            code=FindingCode.EDITION_MISSING,
            subject=Subject(slot_id=slot.id, name="sang", occurrence_on=tomorrow.date(), starts_at=tomorrow),
            facts={"language": "blt", "number": 7, "year": 2026},
        )
        span = day_span(local_day(NOW, station.settings.time_zone), local_day(tomorrow, station.settings.time_zone),
                        station.settings.time_zone)  # fmt: skip
        plan_findings.keep(session, [finding], start=span.starts_at, end=span.ends_at)
    assert "Chưa có bản tiếng Thái của số 7/2026" in section(client.get("/").get_data(as_text=True), "problems")
    speak_english(station)
    assert "Number 7/2026 is not made in Tai Dam" in section(client.get("/").get_data(as_text=True), "problems")


def speak_english(station: Station) -> None:
    with station.sessions.begin() as session:
        session.execute(User.__table__.update().values(language="en"))


def test_somebody_of_one_commune_sees_the_whole_station(station: Station) -> None:
    fill_morning(station)
    with station.sessions.begin() as session:
        elsewhere = make_area(session, name="Chiềng An", kind="commune").id
    app = create_app(station, look_at_machine=lambda: WELL)
    page = client_for(app, role=Role.VIEWER, area=elsewhere).get("/").get_data(as_text=True)
    assert "Bản Hụm; Bản Tông" in section(page, "on-air")


def test_nobody_sees_the_dashboard_without_signing_in(station: Station) -> None:
    client = create_app(station, look_at_machine=lambda: WELL).test_client()
    assert client.get("/").status_code == 303
    assert client.get("/playout/now", headers={"Accept": "*/*", "HX-Request": "true"}).status_code == 401
    assert client.get("/live", headers={"Accept": "text/event-stream"}).status_code == 401


def test_every_problem_with_a_way_has_a_sentence() -> None:
    assert set(WAYS) <= set(WORDING)
    assert set(WAYS_OF_FINDINGS) <= set(FindingCode)


def test_a_problem_leads_to_where_it_is_mended_only_if_that_page_exists_and_may_be_entered(station: Station) -> None:
    app = create_app(station, look_at_machine=lambda: WELL)
    app.view_functions.pop("coverage.show_coverage", None)
    problem = Problem(code="zones_silent", facts={"number": 1, "zones": "Bản Hụm"})
    leads = []

    @app.get("/test/way")
    @allow(Right.SEE)
    def lead() -> str:
        leads.append(way_to_mend(problem))
        return ""

    client = client_for(app, role=Role.VIEWER)
    client.get("/test/way")

    @allow(Right.SEE)
    def see() -> str:
        return ""

    if not any(rule.endpoint == "coverage.show_coverage" for rule in app.url_map.iter_rules()):
        app.url_map.add(Rule("/test/coverage", endpoint="coverage.show_coverage"))
    app.view_functions["coverage.show_coverage"] = see
    client.get("/test/way")
    app.view_functions["coverage.show_coverage"] = allow(Right.COVER)(lambda: "")
    client.get("/test/way")
    assert [lead is not None for lead in leads] == [False, True, False]


def test_a_miss_leads_to_its_lines_of_the_log(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    told = section(client.get("/").get_data(as_text=True), "problems")
    assert 'href="/log/?first=2026-11-24&amp;reason=carrier_failed"' in told
    log = client.get("/log/?first=2026-11-24&reason=carrier_failed").get_data(as_text=True)
    assert "Bản Hụm" in log and "Bản Tông" not in log


def test_the_bar_is_on_other_pages_too_and_says_when_it_cannot_look(station: Station) -> None:
    fill_morning(station)
    app = create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0))

    @app.get("/test/refused")
    @allow(Right.SEE)
    def refuse() -> str:
        raise TooLong(limit_s=7200)

    client = client_for(app, role=Role.VIEWER)
    page = client.get("/test/refused").get_data(as_text=True)
    assert 'id="bar"' in page and "Số 2: Cấp lại giấy chứng nhận" in page and "data-clock" in page
    Row.metadata.tables["pulse"].drop(station.engine)
    page = client.get("/test/refused").get_data(as_text=True)
    assert "Không đọc được tình hình phát sóng" in page and "Bản thu dài quá" in page


def test_reloading_without_a_script_and_asking_are_no_sign_of_a_person(station: Station, client: FlaskClient) -> None:
    assert isinstance(station.clock, SteppingClock)
    for path in ("/playout/watch", "/playout/now"):
        assert client.get(path).status_code == 200
    assert 'url=/playout/watch"' in client.get("/playout/watch").get_data(as_text=True)
    for _ in range(7):
        station.clock.advance(timedelta(minutes=5))
        client.get("/playout/watch")
        client.get("/playout/now")
    assert client.get("/").status_code == 303  # 35 minutes without a person


def test_times_are_those_of_the_station_and_dates_are_written_its_way(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert ">05:00:00</time>" in page and "Thứ Ba, 24/11/2026" in page


def test_the_changing_parts_are_the_same_inside_and_outside_the_page(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    page = client.get("/").get_data(as_text=True)
    parts = client.get("/playout/now?parts=all").get_data(as_text=True)
    assert "<html" not in parts and 'data-at="2026-11-24T05:00:00+07:00"' in parts
    for name in ("problems", "on-air", "coming", "today", "year"):
        assert section(parts, name) == section(page, name)
    bar = client.get("/playout/now").get_data(as_text=True)
    assert 'id="bar"' in bar and 'id="problems"' not in bar


def test_titles_are_text_whatever_they_hold(station: Station, client: FlaskClient) -> None:
    with station.sessions.begin() as session:
        broadcast = make_broadcast(
            session,
            editions=make_editions(session, title="<script>alert(1)</script>"),
            zones=(make_zone(session, name="<b>Bản</b>"),),
        )
        go_on_air(session, broadcast, since=station.clock.now())
    page = client.get("/").get_data(as_text=True)
    assert "<script>alert" not in page and "<b>Bản" not in page and "&lt;script&gt;" in page


def test_a_page_does_not_wait_for_a_writer_and_lets_none_wait(station: Station, client: FlaskClient) -> None:
    with station.sessions.begin() as writer:
        give_pulse(writer, at=station.clock.now())
        writer.flush()
        assert client.get("/").status_code == 200  # would wait 15 s for the writer's lock and fail otherwise


def test_all_who_look_within_a_moment_share_one_picture(station: Station) -> None:
    looks: list[int] = []

    def look() -> Readings:
        looks.append(1)
        return WELL

    client = client_for(create_app(station, look_at_machine=look, shared_for=timedelta(seconds=1)))
    assert isinstance(station.clock, SteppingClock)
    for _ in range(3):
        client.get("/playout/now")
    assert len(looks) == 1
    station.clock.advance(timedelta(milliseconds=900))
    assert ">05:00:00" in client.get("/").get_data(as_text=True)
    station.clock.advance(timedelta(milliseconds=100))
    assert ">05:00:01" in client.get("/").get_data(as_text=True)
    assert len(looks) == 2


def test_health_is_ok_with_a_living_daemon(station: Station, client: FlaskClient) -> None:
    with station.sessions.begin() as session:
        give_pulse(session, at=station.clock.now())
    answer = client.get("/health")
    told = answer.get_json()
    assert answer.status_code == 200
    assert told["status"] == "ok" and told["database"] == "ok"
    assert set(told) >= {"status", "database", "disk", "lease", "clock", "last_tick"}


def test_health_fails_once_the_daemon_is_silent(station: Station, client: FlaskClient) -> None:
    with station.sessions.begin() as session:
        give_pulse(session, at=station.clock.now() - timedelta(minutes=5))
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.get_json()["problems"] == ["playout_silent"]


def test_health_is_degraded_but_not_failing_when_the_clock_follows_nothing(station: Station) -> None:
    with station.sessions.begin() as session:
        give_pulse(session, at=station.clock.now())
    unsynchronised = Readings(free_bytes=WELL.free_bytes, total_bytes=WELL.total_bytes, synchronised=False)
    answer = create_app(station, look_at_machine=lambda: unsynchronised).test_client().get("/health")
    assert answer.status_code == 200 and answer.get_json()["status"] == "degraded"


def test_health_and_page_say_so_when_the_database_cannot_be_used(station: Station, client: FlaskClient) -> None:
    Row.metadata.drop_all(station.engine)
    stranger = client.application.test_client()
    answer = stranger.get("/health")
    assert answer.status_code == 503 and answer.get_json()["database"] == "unreachable"
    page = client.get("/")
    assert page.status_code == 503 and "Cơ sở dữ liệu không trả lời" in page.get_data(as_text=True)
    assert "SELECT" not in page.get_data(as_text=True)


def test_health_tells_no_secrets(station: Station, client: FlaskClient) -> None:
    with station.sessions.begin() as session:
        give_pulse(session, owner="playout.host-name", at=station.clock.now())
    told = json.dumps(client.get("/health").get_json())
    assert "host-name" not in told and str(station.settings.home) not in told


@pytest.mark.parametrize(
    ("lasts", "written"),
    [(timedelta(0), "00:00"), (timedelta(seconds=185), "03:05"), (timedelta(hours=2, seconds=1), "2:00:01"),
     (timedelta(seconds=-3), "00:00"), (timedelta(seconds=0.1), "00:01"), (timedelta(hours=38.8), "1 ngày 14 giờ")],
)  # fmt: skip
def test_a_length_is_written_as_minutes_and_seconds(lasts: timedelta, written: str) -> None:
    assert write_remaining(lasts) == written


def test_thousands_are_parted_by_a_dot() -> None:
    assert write_number(1347) == "1.347"
