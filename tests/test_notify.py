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
    notifier.ready()
    notifier.alive()
    notifier.stopping()
    heard = [listener.recv(4096).decode() for _ in range(3)]
    assert heard == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_without_systemd_it_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier({})
    notifier.ready()
    notifier.alive()
    assert caplog.records == []


def test_a_socket_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()
