"""What the server refuses before the application hears of it."""

import socket
import threading

import pytest
from flask import Flask

from web.security import HEADERS
from web.serving import open_server


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
    server = open_server(Flask(__name__), host="127.0.0.1", port=0, threads=1)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    try:
        with socket.create_connection(("127.0.0.1", server.effective_port), timeout=20) as connection:
            connection.sendall(request_bytes)
            answer = b""
            while b"\r\n\r\n" not in answer and (some := connection.recv(65536)):
                answer += some
    finally:
        server.trigger.pull_trigger(server.close)  # in its own thread, which ends when nothing is open any more
        serving.join(20)
        server.task_dispatcher.shutdown()
    assert answer.split()[1] == status
    for name, value in HEADERS.items():
        assert f"{name}: {value}".encode() in answer
