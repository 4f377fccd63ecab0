"""The server in front of the application: what it refuses by itself carries our headers too."""

from typing import Any

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from web.security import HEADERS


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """An answer to what is no request, or too large a one: the application never hears of it."""

    def execute(self) -> None:
        self.response_headers.extend([*HEADERS.items(), ("Cache-Control", "no-store")])
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def open_server(application: Flask, *, host: str, port: int, threads: int) -> Any:
    """A server that listens; `run` serves until the process is told to leave. Raises `OSError`."""
    listening: dict[int, Any] = {}
    server = waitress.create_server(application, map=listening, host=host, port=port, threads=threads, ident=None)
    for part in [server, *listening.values()]:
        if hasattr(part, "channel_class"):
            part.channel_class = _Channel
    return server
