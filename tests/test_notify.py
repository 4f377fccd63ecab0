"""What systemd hears of a service, on a real socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@loaban-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        listener.settimeout(2)
        yield listener, name


def test_it_says_ready_alive_and_stopping(systemd: tuple[socket.socket, str]) -> None:
    listener, name = systemd
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready("Chờ buổi phát\ntiếp theo")
    notifier.alive()
    notifier.alive("đang phát")
    notifier.stopping()
    heard = [listener.recv(4096).decode() for _ in range(4)]
    assert heard == [
        "READY=1\nSTATUS=Chờ buổi phát tiếp theo",
        "WATCHDOG=1",
        "WATCHDOG=1\nSTATUS=đang phát",
        "STOPPING=1",
    ]


def test_without_systemd_it_says_nothing() -> None:
    notifier = Notifier({})
    notifier.ready()
    notifier.alive()
    assert notifier.alive_every_s is None


def test_a_socket_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()


@pytest.mark.parametrize(
    ("environ", "every_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_it_knows_how_often_it_must_speak(environ: dict[str, str], every_s: float | None) -> None:
    assert Notifier(environ).alive_every_s == every_s
