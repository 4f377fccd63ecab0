"""A browser without a browser: sends files by the protocol, for tests."""

import base64
from pathlib import Path
from typing import Any

from flask import Flask

from audio.store import FileMediaStore
from scheduler.domain.station import Readings
from scheduler.station import Station
from tests.factories import make_episode, make_series
from tests.web.station import WELL, PageClient, make_station
from web.app import create_app
from web.throttle import limiter

TUS = {"Tus-Resumable": "1.0.0"}


def make_upload_app(station: Station, *, readings: Readings = WELL) -> Flask:
    media = FileMediaStore(station.settings.home)
    app = create_app(station, media=media, look_at_machine=lambda: readings, secret="for tests")
    limiter.reset()
    return app


def station_with_episode(home: Path) -> Station:
    station = make_station(home)
    with station.sessions.begin() as session:
        make_episode(session, make_series(session), number=12, title="Hộ chiếu phổ thông")
    return station


def begin(client: PageClient, size: int | str, name: str = "Số 12 - Thái.wav", **headers: str) -> Any:
    told = {"Upload-Length": str(size), "Upload-Metadata": f"filename {base64.b64encode(name.encode()).decode()}"}
    return client.post("/uploads/files", headers={**TUS, **told, **headers})


def address(answer: Any) -> str:
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def send(client: PageClient, url: str, data: bytes, offset: int | str, **headers: str) -> Any:
    return client.patch(
        url,
        data=data,
        headers={**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream", **headers},
    )


def send_whole(client: PageClient, data: bytes, name: str = "Số 12 - Thái.wav", *, part: int = 2**20) -> str:
    """Send a file in parts; gives its number."""
    url = address(begin(client, len(data), name))
    for offset in range(0, len(data), part):
        assert send(client, url, data[offset : offset + part], offset).status_code == 204
    return url.rpartition("/")[2]


def ask(client: PageClient, url: str) -> Any:
    return client.head(url, headers=TUS)
