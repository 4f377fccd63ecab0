"""The factory of the web application."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from jinja2 import StrictUndefined

from scheduler.domain.station import Readings
from scheduler.machine import read_machine
from scheduler.station import Station
from web import errors, formats, playout, security

SHARED_FOR = timedelta(seconds=1)
"""Twenty operators look at one picture of the station, not at twenty."""


def create_app(
    station: Station,
    *,
    look_at_machine: Callable[[], Readings] | None = None,
    shared_for: timedelta = SHARED_FOR,
) -> Flask:
    """The pages of a station; `look_at_machine` tells the state of disk and clock (the computer's own by default)."""
    app = Flask(__name__)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    look = look_at_machine or (lambda: read_machine(station.settings.home))
    app.extensions["station"] = station
    app.extensions["look_at_machine"] = look
    app.extensions["view"] = playout.View(station, look, shared_for=shared_for)
    formats.register(app, zone=station.settings.time_zone)
    errors.register(app)
    security.register(app)
    app.register_blueprint(playout.pages)
    return app
