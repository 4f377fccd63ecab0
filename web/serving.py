"""The server in front of the application: what it refuses by itself carries our headers too."""

import secrets
from typing import Any

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from web.security import headers


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """An answer to what is no request, or too large a one: the application never hears of it."""

    def execute(self) -> None:
        told = headers(nonce=secrets.token_urlsafe(16), https=False)
        self.response_headers.extend([*told.items(), ("Cache-Control", "no-store")])
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def open_server(application: Flask, *, host: str, port: int, threads: int, trusted_proxy: str = "") -> Any:
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
        **(behind if trusted_proxy else {}),
    )
    for part in [server, *listening.values()]:
        if hasattr(part, "channel_class"):
            part.channel_class = _Channel
    return server
