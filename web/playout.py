"""Pages of the topic playout: what a station does now, for people and for machines."""

from datetime import timedelta

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from scheduler.domain.station import Readings
from scheduler.domain.status import Picture
from scheduler.services import health, status
from scheduler.station import Station
from web.security import Policy, allow

pages = Blueprint("playout", __name__)

REFRESH = timedelta(seconds=3)
REFRESH_WITHOUT_SCRIPT = timedelta(seconds=10)


@pages.get("/")
@allow(Policy.OPEN)
def show_status() -> ResponseReturnValue:
    """The whole status page."""
    return render_template(
        "playout/status.html",
        picture=_look(),
        refresh_ms=REFRESH // timedelta(milliseconds=1),
        refresh_without_script_s=REFRESH_WITHOUT_SCRIPT // timedelta(seconds=1),
    )


@pages.get("/playout/now")
@allow(Policy.OPEN)
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


def _look() -> Picture:
    station = _station()
    settings = station.settings
    with station.readers.begin() as session:
        return status.look(
            session, _readings(), now=station.clock.now(), zone=settings.time_zone, silence=settings.silence
        )


def _station() -> Station:
    station: Station = current_app.extensions["station"]
    return station


def _readings() -> Readings:
    readings: Readings = current_app.extensions["look_at_machine"]()
    return readings
