"""The server in front of the application: what it refuses by itself carries our headers too."""

import secrets
import socket
from typing import Any

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from web.live import MOST_LISTENERS
from web.security import headers
from web.uploads import LARGEST_REQUEST

WORKERS = 24
"""Requests served at a time beside the listeners, each of whom keeps a thread."""
MOST_CONNECTIONS = 900
"""Browsers keep some open that ask for nothing; a process may hold 1,024 files open where nobody raised it."""
IDLE_S = 60
UNANSWERED_MS = 30_000
"""A computer that was switched off says no good-bye: what it does not acknowledge for so long is closed."""


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """An answer to what is no request, or too large a one: the application never hears of it."""

    def execute(self) -> None:
        told = headers(nonce=secrets.token_urlsafe(16), https=False)
        self.response_headers.extend([*told.items(), ("Cache-Control", "no-store")])
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def open_server(
    application: Flask,
    *,
    host: str,
    port: int,
    threads: int = MOST_LISTENERS + WORKERS,
    trusted_proxy: str = "",
) -> Any:
    """A server that listens; `run` serves until the process is told to leave. Raises `OSError`."""
    listening: dict[int, Any] = {}
    behind = {
        "trusted_proxy": trusted_proxy,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }
    server = waitress.create_server(
        application,
        map=listening,
        host=host,
        port=port,
        threads=threads,
        ident=None,
        max_request_body_size=LARGEST_REQUEST,
        connection_limit=MOST_CONNECTIONS,
        channel_timeout=IDLE_S,
        channel_request_lookahead=1,  # reads on while it answers, and so hears that a listener has gone
        asyncore_use_poll=True,
        **(behind if trusted_proxy else {}),
    )
    for part in [server, *listening.values()]:
        if hasattr(part, "channel_class"):
            part.channel_class = _Channel
            part.adj.socket_options = _socket_options()
    return server


def _socket_options() -> list[tuple[int, int, int]]:
    options = [(socket.SOL_TCP, socket.TCP_NODELAY, 1)]
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        options.append((socket.SOL_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_MS))
    return options
