"""What the server refuses before the application hears of it."""

import os
import socket
import threading
from pathlib import Path

import pytest
from flask import Flask

from tests.web.served import Serving
from web.security import HEADERS


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 300_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, other\r\n\r\n", b"501"),
    ],
)
def test_an_answer_of_the_server_itself_carries_the_headers_too(request_bytes: bytes, status: bytes) -> None:
    serving = Serving(Flask(__name__), threads=1)
    try:
        with socket.create_connection(("127.0.0.1", serving.port), timeout=20) as connection:
            connection.sendall(request_bytes)
            answer = b""
            while b"\r\n\r\n" not in answer and (some := connection.recv(65536)):
                answer += some
    finally:
        serving.stop()
    assert answer.split()[1] == status
    for name, value in HEADERS.items():
        assert f"{name}: {value}".encode() in answer


def test_a_server_that_was_stopped_writes_into_no_file_that_was_opened_after_it(tmp_path: Path) -> None:
    app = Flask(__name__)
    works, may_end = threading.Event(), threading.Event()

    @app.get("/")
    def slow() -> str:
        works.set()
        assert may_end.wait(20)
        return "done"

    serving = Serving(app, threads=1)
    with socket.create_connection(("127.0.0.1", serving.port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert works.wait(20)
        threading.Timer(0.2, may_end.set).start()
        serving.stop()
        others = [(tmp_path / str(number)).open("wb") for number in range(20)]
        may_end.set()
        while connection.recv(65536):
            pass  # until the server's end is closed
    for other in others:
        assert os.fstat(other.fileno()).st_size == 0
        other.close()
