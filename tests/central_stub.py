"""A real HTTP server that speaks the fields of the central information system."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scheduler.central import PATHS

TOKEN = "t-1"


@dataclass
class Stub:
    port: int = 0
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By cluster, the last that was told."""
    log: list[dict[str, Any]] = field(default_factory=list)
    """All that came, twice what came twice."""
    incoming: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    token: str = TOKEN
    down: bool = False
    loses_answers: int = 0
    """So many times what came is kept, and the answer is lost."""
    refuses: str = ""
    """Lists with this text in them are not wanted."""
    logins: int = 0

    @property
    def url(self) -> str:
        return f"http://dai:m%40t@127.0.0.1:{self.port}/api"

    def take(self, path: str, authorization: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.down:
            return 503, {}
        if path == PATHS["login"]:
            self.logins += 1
            known = body == {"TenDangNhap": "dai", "MatKhau": "m@t"}
            content = {"Token": self.token} if known else None
            return 200, {"TrangThaiGui": 0 if known else 1, "MoTa": "", "NoiDung": content}
        if authorization != f"Bearer {self.token}":
            return 401, {"TrangThaiGui": 1}
        if self.refuses and self.refuses in json.dumps(body, ensure_ascii=False):
            return 200, {"TrangThaiGui": 7, "MoTa": "dữ liệu sai"}
        return self._keep(path, body)

    def _keep(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == PATHS["status"]:
            self.status.update({item["CumLoaID"]: item for item in body["DanhSach"]})
        elif path == PATHS["log"]:
            self.log += body["DanhSach"]
        elif path == PATHS["answer"]:
            self.answers.append(body)
        if self.loses_answers and path == PATHS["log"]:
            self.loses_answers -= 1
            return 502, {}
        content = self.incoming if path == PATHS["incoming"] else None
        return 200, {"TrangThaiGui": 0, "MoTa": "", "NoiDung": content}


@contextmanager
def serve() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            path = self.path.removeprefix("/api")
            status, answer = stub.take(path, self.headers.get("authorization", ""), body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stub.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join(10)
