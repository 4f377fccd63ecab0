"""A station that only gives files, with faults on demand: cuts, flipped bits, other answers."""

import hashlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "t" * 43


@dataclass
class FileStation:
    """What is given, what is done wrong, and what was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    token: str = TOKEN
    port: int = 0
    cut_after: list[int] = field(default_factory=list)
    """Each connection in turn is cut after so many bytes of a body."""
    flip: int | None = None
    """This bit of each file is wrong on the wire."""
    status: int | None = None
    retry_after: str | None = None
    knows_ranges: bool = True
    shift: int = 0
    """Each stretch begins so many bytes later than it was asked for, and says so."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Range of each request."""
    sent_bytes: int = 0
    gate: threading.Event = field(default_factory=threading.Event)
    """Bodies wait for it half-way, when `slow`."""
    slow: bool = False
    pause_s: float = 0.0
    """Between any two blocks of 16 KiB, as a weak link has it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = data
        return sha256


@contextmanager
def serve(station: FileStation, *, tls: Any = None, host: str = "127.0.0.1") -> Iterator[FileStation]:  # noqa: C901 -- a server in one place
    open_connections: set[socket.socket] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            open_connections.add(self.connection)

        def finish(self) -> None:
            open_connections.discard(self.connection)
            super().finish()

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            station.asked.append((self.path, self.headers.get("Range", "")))
            if station.status is not None:
                self._tell(station.status, {"Retry-After": station.retry_after} if station.retry_after else {})
                return
            if self.headers.get("Authorization") != f"Bearer {station.token}":
                self._tell(401, {"WWW-Authenticate": "Bearer"})
                return
            sha256 = self.path.rpartition("/")[2]
            data = station.files.get(sha256)
            if data is None:
                self._tell(404, {})
                return
            if station.flip is not None:
                flipped = bytearray(data)
                flipped[station.flip // 8] ^= 1 << station.flip % 8
                data = bytes(flipped)
            self._send(data, sha256)

        def _send(self, data: bytes, sha256: str) -> None:
            told = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            etag = f'"{sha256}"'
            whole = told is None or not station.knows_ranges or self.headers.get("If-Range", etag) != etag
            first, last = 0, len(data) - 1
            if told is not None and not whole:
                first, last = int(told[1]) + station.shift, min(int(told[2] or last), last)
                if first > last:
                    self._tell(416, {"Content-Range": f"bytes */{len(data)}"})
                    return
            self.send_response(200 if whole else 206)
            if not whole:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(last - first + 1))
            self.end_headers()
            self._pour(data[first : last + 1])

        def _pour(self, body: bytes) -> None:
            if station.slow:
                self.wfile.write(body[: len(body) // 2])
                station.gate.wait(20)
                body = body[len(body) // 2 :]
            if station.cut_after:
                body = body[: station.cut_after.pop(0)]
                self.wfile.write(body)
                station.sent_bytes += len(body)
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            for start in range(0, len(body), 16_384):
                self.wfile.write(body[start : start + 16_384])
                station.sent_bytes += len(body[start : start + 16_384])
                time.sleep(station.pause_s)

        def _tell(self, status: int, headers: dict[str, str | None]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.send_header("Content-Length", "0")
            self.end_headers()

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # who cuts links leaves errors behind

    server = Server((host, station.port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    station.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield station
    finally:
        station.gate.set()
        server.shutdown()
        for connection in list(open_connections):
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        server.server_close()
        thread.join()


def home_files(folder: Path) -> set[str]:
    """Names of the files in the media of a box."""
    return {path.name for path in (folder / "media").glob("??/*")}
