"""A station's pages on a real server of their own, for tests that need sockets or a browser."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from waitress import wasyncore

from audio.store import FileMediaStore
from scheduler.domain.people import Role
from scheduler.station import Station
from tests.web.station import WELL, client_for
from web import live
from web.app import create_app
from web.serving import open_server

SECRET = "for tests"


class Serving:
    """An application on the station's server, in a thread of its own; after `stop` nothing of it runs any more."""

    def __init__(self, app: Flask, *, port: int = 0, threads: int = 24) -> None:
        self._app = app
        self.server = open_server(app, host="127.0.0.1", port=port, threads=threads)
        self.port: int = self.server.effective_port
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the workers first, and close in the server's own thread.

        waitress wakes its loop through a pipe. A worker that ends after the pipe was closed writes its byte into
        whatever file has that number by then: the next test's database.
        """
        if not self._thread.is_alive():
            return
        if "live" in self._app.extensions:
            live.close(self._app)
        self.server.task_dispatcher.shutdown(timeout=20)
        trigger = self.server.trigger
        with trigger.lock:  # else a pull of before may let the server close the pipe between these two lines
            trigger.thunks.append(lambda: wasyncore.close_all(self.server._map))
            trigger._physical_pull()
        self._thread.join(20)


class Served:
    """The pages of a station on waitress, as the station itself serves them; `stop` may be followed by `start`."""

    def __init__(self, station: Station, *, shared_for: timedelta = timedelta(0), threads: int = 24) -> None:
        self.station = station
        self._shared_for = shared_for
        self._threads = threads
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        self.app: Flask = create_app(
            self.station,
            media=FileMediaStore(self.station.settings.home),
            look_at_machine=lambda: WELL,
            shared_for=self._shared_for,
            secret=SECRET,
        )
        self._serving = Serving(self.app, port=self.port, threads=self._threads)
        self.port = self._serving.port

    def stop(self) -> None:
        self._serving.stop()

    def cookie(self, *, role: Role = Role.ADMIN, **options: Any) -> str:
        """The cookie of a browser in which somebody is signed in."""
        found = client_for(self.app, role=role, **options).get_cookie("loaban")
        assert found is not None
        return found.value

    def browser_cookie(self, **options: Any) -> Mapping[str, str]:
        """The same in the form in which Playwright takes it."""
        return {"name": "loaban", "value": self.cookie(**options), "url": self.url}
