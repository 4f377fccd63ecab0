"""Server-sent events over the real server: who may listen, what is sent when, and that every thread comes back."""

import http.client
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import render_template
from sqlalchemy import text, update

from scheduler.domain.people import Right, Role
from scheduler.domain.status import Part
from scheduler.models import Claim, User, UserSession
from scheduler.station import Station
from tests.factories import NOW
from tests.fakes import SteppingClock
from tests.web.served import Served
from tests.web.station import fill_morning, make_station
from web import live
from web.security import allow
from web.station import look

Events = Iterator[tuple[str, str]]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    for name, value in (("LOOK_EVERY_S", 0.05), ("HEARTBEAT_S", 0.3), ("GONE_LOOKED_FOR_S", 0.1)):
        monkeypatch.setattr(live, name, value)
    station = make_station(tmp_path, filled_by=fill_morning)
    served = Served(station)
    yield served
    served.stop()
    station.engine.dispose()


def hub_of(served: Served) -> live.Hub:
    hub: live.Hub = served.app.extensions["live"]
    return hub


@contextmanager
def listening(served: Served, *, path: str = "/live", cookie: str | None = None) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    headers = {"Cookie": f"loaban={served.cookie() if cookie is None else cookie}", "Accept": "text/event-stream"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        connection.close()


def events(answer: http.client.HTTPResponse) -> Events:
    """Each event with its data, until the server ends the stream."""
    name, data = "", []
    while line := answer.readline():
        told = line.decode().rstrip("\n")
        if told.startswith("event: "):
            name = told.removeprefix("event: ")
        elif told.startswith("data:"):
            data.append(told.removeprefix("data:").strip())
        elif not told and name:
            yield name, " ".join(data)
            name, data = "", []


def next_part(found: Events) -> str:
    """The next part of the page; the time may be told before, when the first look takes long."""
    return next(data for name, data in found if name == "part")


def until(found: Callable[[], bool], *, within_s: float = 5.0) -> bool:
    end = time.monotonic() + within_s
    while not found() and time.monotonic() < end:
        time.sleep(0.01)
    return found()


def end_all(station: Station) -> None:
    """Let the daemon report that nothing sounds any more."""
    with station.sessions.begin() as session:
        session.execute(update(Claim).values(closed_at=NOW))


def test_who_listens_gets_the_bar_at_once_then_only_the_time(served: Served) -> None:
    with listening(served) as answer:
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store" and "Content-Security-Policy" in answer.headers
        found = events(answer)
        bar = next_part(found)
        assert 'id="bar"' in bar and "Số 2: Cấp lại giấy" in bar
        assert [next(found) for _ in range(3)] == [("time", "2026-11-24T05:00:00+07:00")] * 3


def test_the_dashboard_gets_every_part_and_later_only_what_changed(served: Served) -> None:
    with listening(served, path="/live?parts=all") as answer:
        found = events(answer)
        first = {next_part(found).split('id="')[1].split('"')[0] for _ in Part}
        assert first == {part.value for part in Part}
        end_all(served.station)
        changed = []
        for name, data in found:
            if name == "part":
                changed.append(data.split('id="')[1].split('"')[0])
            elif changed:
                break
        assert sorted(changed) == ["bar", "on-air", "problems", "today"]


def test_a_part_is_made_once_for_all_who_see_the_same(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = live.make_part
    monkeypatch.setattr(live, "make_part", lambda part, picture: (made.append(part.value), make(part, picture))[1])
    viewers = [served.cookie(role=Role.VIEWER, login=f"khach{number}") for number in range(3)]
    with listening(served, cookie=viewers[0]) as a, listening(served, cookie=viewers[1]) as b:
        assert next_part(events(a)) == next_part(events(b))
        assert made == ["bar"]
        with served.station.sessions.begin() as session:
            session.execute(update(User).where(User.login == "khach2").values(language="en"))
        with listening(served, cookie=viewers[2]) as c:
            assert "No. 2" in next_part(events(c))
        assert made == ["bar", "bar"]


def test_many_listen_to_one_look(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = served.cookie()
    looks: list[float] = []
    view = served.app.extensions["view"]
    look = view.look
    monkeypatch.setattr(view, "look", lambda: (looks.append(time.monotonic()), look())[1])
    with (
        listening(served, cookie=cookie) as a,
        listening(served, cookie=cookie) as b,
        listening(served, cookie=cookie) as c,
    ):
        for answer in (a, b, c):
            next(events(answer))
        looks.clear()
        time.sleep(0.5)
        assert 1 <= len(looks) <= 11  # one every 0.05 s, not three
    assert until(lambda: hub_of(served).listeners == 0)
    looks.clear()
    time.sleep(0.3)
    assert len(looks) <= 1  # nobody listens: nobody looks


def test_a_listener_that_goes_away_gives_its_thread_back(served: Served) -> None:
    for _ in range(30):  # more than there are threads
        with listening(served) as answer:
            next(events(answer))
    assert until(lambda: hub_of(served).listeners == 0)


def test_one_that_goes_before_the_answer_gives_its_place_back_too(served: Served) -> None:
    cookie = served.cookie()
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
            connection.sendall(f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: loaban={cookie}\r\n\r\n".encode())
    assert until(lambda: hub_of(served).listeners == 0)


def test_a_revoked_session_ends_the_stream_and_says_so(served: Served) -> None:
    with listening(served) as answer:
        found = events(answer)
        next(found)
        with served.station.sessions.begin() as session:
            session.execute(update(UserSession).values(revoked_at=NOW))
        assert list(found)[-1] == ("ended", "")
    with listening(served, cookie="nonsense") as answer:
        assert answer.status == 401


def test_a_revoked_session_ends_the_stream_however_much_happens(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = itertools.count()
    monkeypatch.setattr(live, "told_by_part", lambda _picture, zone: dict.fromkeys(Part, next(turns)))
    with listening(served) as answer:
        found = events(answer)
        next(found)
        with served.station.sessions.begin() as session:
            session.execute(update(UserSession).values(revoked_at=NOW))
        assert [name for name, _ in itertools.islice(found, 100)][-1] == "ended"


def test_listening_keeps_no_session_alive(served: Served) -> None:
    clock = served.station.clock
    assert isinstance(clock, SteppingClock)
    with listening(served) as answer:
        found = events(answer)
        next(found)
        clock.advance(timedelta(minutes=29))
        time.sleep(0.5)
        clock.advance(timedelta(minutes=2))  # 31 without a click
        assert list(found)[-1] == ("ended", "")


def test_beyond_the_last_place_the_page_is_told_when_to_try_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_LISTENERS", 1)
    cookie = served.cookie()
    with listening(served, cookie=cookie) as answer:
        next(events(answer))
        with listening(served, cookie=cookie) as refused:
            assert refused.status == 503 and refused.headers["Retry-After"] == "30"
    assert until(lambda: hub_of(served).listeners == 0)
    with listening(served, cookie=cookie) as answer:
        assert answer.status == 200


def test_a_server_that_stops_ends_all_streams_at_once(served: Served) -> None:
    with listening(served) as answer:
        found = events(answer)
        next(found)
        began = time.monotonic()
        served.stop()
        list(found)
        assert time.monotonic() - began < 2


def test_a_look_that_fails_ends_the_streams_and_the_next_one_who_comes_looks_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = served.app.extensions["view"]
    look = view.look
    cookie = served.cookie()
    with listening(served, cookie=cookie) as answer:
        found = events(answer)
        next(found)
        monkeypatch.setattr(view, "look", lambda: 1 / 0)
        assert "ended" not in [name for name, _ in found]  # just an end: the page asks and is told what is wrong
    monkeypatch.setattr(view, "look", look)
    with listening(served, cookie=cookie) as answer:
        assert next_part(events(answer))


def test_pages_are_served_while_all_listeners_listen(served: Served) -> None:
    cookie = served.cookie()
    with listening(served, cookie=cookie), listening(served, cookie=cookie), listening(served, cookie=cookie):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()


def test_twenty_pages_that_read_and_show_the_bar_do_not_wait_for_each_other(served: Served) -> None:
    together = threading.Barrier(20)

    @served.app.get("/test/both")
    @allow(Right.SEE)
    def show() -> str:
        with look() as session:
            session.execute(text("SELECT 1"))
            together.wait(10)  # each holds a connection now, and the bar asks for one more
            return render_template("error.html", status=200, sentence="")

    cookie, answers = served.cookie(), []

    def visit() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        connection.request("GET", "/test/both", headers={"Cookie": f"loaban={cookie}"})
        answers.append(connection.getresponse().status)
        connection.close()

    threads = [threading.Thread(target=visit) for _ in range(20)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 20 and time.monotonic() - began < 15


def test_no_thread_is_left_behind(served: Served) -> None:
    with listening(served) as answer:
        next(events(answer))
    served.stop()
    assert until(lambda: not [thread for thread in threading.enumerate() if thread.name == "live-looker"])
