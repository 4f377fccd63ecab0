"""The web's composition root: `wsgi:application` for any WSGI server; nothing happens before it is asked for."""

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    application: Flask
    app: Flask


@cache
def create_app() -> "Flask":
    """The application of the station that the environment names; built once for a process."""
    from audio.store import FileMediaStore
    from scheduler.config import load_settings
    from scheduler.station import open_station
    from web import app as web_app

    settings = load_settings(os.environ)
    return web_app.create_app(open_station(settings), media=FileMediaStore(settings.home))


def __getattr__(name: str) -> "Flask":
    if name in {"app", "application"}:
        return create_app()
    raise AttributeError(name)
