"""Pages of the topic playout: what a station does now, for people and for machines."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from scheduler.domain.people import Right
from scheduler.domain.station import Readings
from scheduler.domain.status import Picture
from scheduler.services import health, status
from scheduler.station import Station
from web.security import Policy, allow

pages = Blueprint("playout", __name__)

REFRESH = timedelta(seconds=3)
REFRESH_WITHOUT_SCRIPT = timedelta(seconds=10)


@pages.get("/")
@allow(Right.SEE)
def show_status() -> ResponseReturnValue:
    """The whole status page."""
    return render_template(
        "playout/status.html",
        picture=_look(),
        refresh_ms=REFRESH // timedelta(milliseconds=1),
        refresh_without_script_s=REFRESH_WITHOUT_SCRIPT // timedelta(seconds=1),
    )


@pages.get("/playout/now")
@allow(Right.SEE, by_person=False)
def show_now() -> ResponseReturnValue:
    """The part of the status page that changes; the page fetches it every few seconds."""
    return render_template("playout/_now.html", picture=_look())


@pages.get("/health")
@allow(Policy.OPEN)
def tell_health() -> ResponseReturnValue:
    """The station's health as JSON: 200 while it can do its work, 503 when it cannot."""
    station = _station()
    now = station.clock.now()
    try:
        with station.readers.begin() as session:
            rows = health.read_rows(session, now=now)
    except SQLAlchemyError:
        rows = None
    told = health.describe(rows, _readings(), now=now, silence=station.settings.silence)
    return jsonify(told), 503 if told["status"] == "failing" else 200


class View:
    """The picture of the station that all who look within a moment share."""

    def __init__(self, station: Station, look_at_machine: Callable[[], Readings], *, shared_for: timedelta) -> None:
        self._station = station
        self._look_at_machine = look_at_machine
        self._shared_for = shared_for.total_seconds()
        self._lock = threading.Lock()
        self._last: tuple[float, Picture] | None = None

    def look(self) -> Picture:
        """The picture of this instant, at most a moment old."""
        clock = self._station.clock
        with self._lock:
            if self._last is None or clock.monotonic() - self._last[0] >= self._shared_for:
                self._last = (clock.monotonic(), self._take())
            return replace(self._last[1], now=clock.now())

    def _take(self) -> Picture:
        station, settings = self._station, self._station.settings
        with station.readers.begin() as session:
            return status.look(
                session,
                self._look_at_machine(),
                now=station.clock.now(),
                zone=settings.time_zone,
                silence=settings.silence,
            )


def _look() -> Picture:
    view: View = current_app.extensions["view"]
    return view.look()


def _station() -> Station:
    station: Station = current_app.extensions["station"]
    return station


def _readings() -> Readings:
    readings: Readings = current_app.extensions["look_at_machine"]()
    return readings
