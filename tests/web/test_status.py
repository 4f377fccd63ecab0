import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from scheduler.domain.station import Readings
from scheduler.models import Row
from scheduler.station import Station
from tests.factories import make_broadcast, make_zone
from tests.fakes import SteppingClock
from tests.web.station import WELL, fill_morning, give_pulse, go_on_air, make_editions, make_station
from web.app import create_app
from web.formats import write_number, write_remaining


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    yield station
    station.engine.dispose()


@pytest.fixture
def client(station: Station) -> FlaskClient:
    return create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0)).test_client()


def section(page: str, name: str) -> str:
    """The words of one part of the page."""
    return " ".join(page.split(f'id="{name}"')[1].split("</section>", maxsplit=1)[0].split())


def test_an_empty_station_has_a_page(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert "Hiện không có cụm loa nào đang phát" in page
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
    page = client.get("/").get_data(as_text=True)
    assert "Số 3" not in section(page, "on-air")
    assert "Đã đến giờ, chưa có tín hiệu phát" in section(page, "coming")
    assert "đã đến giờ mà chưa có tín hiệu phát" in section(page, "problems")


def test_the_log_tells_outcomes_and_reasons_in_words(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    log = section(client.get("/").get_data(as_text=True), "log")
    assert "đã phát: 2" in log
    assert "không phát: 1" in log and "đường truyền hoặc thiết bị lỗi" in log and "(Bản Hụm)" in log


def test_the_years_count_comes_with_its_sentence(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    year = section(client.get("/").get_data(as_text=True), "year")
    assert "Số liệu năm 2026" in year
    assert "Trong năm 2026" in year and "phát 02 lần" in year


def test_problems_come_first_on_the_page(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    app = create_app(station, look_at_machine=lambda: Readings(free_bytes=10, total_bytes=100, synchronised=False))
    page = app.test_client().get("/").get_data(as_text=True)
    assert page.index('id="problems"') < page.index('id="on-air"')
    told = section(page, "problems")
    assert told.index("Ổ đĩa gần như hết chỗ") < told.index("Đồng hồ của máy chưa được đồng bộ")


def test_a_station_without_problems_shows_none(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    assert 'id="problems"' not in client.get("/").get_data(as_text=True)


def test_times_are_those_of_the_station_and_dates_are_written_its_way(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert ">05:00:00</time>" in page and "Thứ Ba, 24/11/2026" in page


def test_the_changing_part_is_the_same_inside_and_outside_the_page(station: Station, client: FlaskClient) -> None:
    fill_morning(station)
    part = client.get("/playout/now").get_data(as_text=True)
    assert part.strip() in client.get("/").get_data(as_text=True)
    assert "<html" not in part


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

    client = create_app(station, look_at_machine=look, shared_for=timedelta(seconds=1)).test_client()
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
    answer = client.get("/health")
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
