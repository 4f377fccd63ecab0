"""The factory of the web application."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from jinja2 import StrictUndefined

from scheduler.domain.station import Readings
from scheduler.machine import read_machine
from scheduler.ports import MediaStore
from scheduler.station import Station
from web import (
    account,
    airing,
    alarms,
    approval,
    assets,
    audit,
    books,
    bulletins,
    confirming,
    counting,
    counting_rule,
    coverage,
    documents,
    edition,
    errors,
    fleet,
    fleet_commands,
    fleet_pairing,
    formats,
    keys,
    live,
    log_files,
    logbook,
    notices,
    occurrences,
    one_offs,
    people,
    place_import,
    places,
    planning,
    playout,
    programme,
    reconciling,
    seals,
    security,
    series,
    settings,
    sign_in,
    slots,
    throttle,
    tokens,
    translations,
    tus,
    uploads,
    village_api,
)
from web import help as help_pages
from web import media as sound
from web.api.app import create_api, mount
from web.fleet_view import FleetView
from web.view import View

SHARED_FOR = timedelta(seconds=1)
"""Twenty operators look at one picture of the station, not at twenty."""
LARGEST_FORM = 2 * 2**20
"""What a form may hold; routes that take files in set their own limit."""
MOST_FIELDS = 2_000

PAGES = (
    sign_in.pages,
    playout.pages,
    live.pages,
    sound.pages,
    tus.pages,
    uploads.pages,
    planning.pages,
    coverage.pages,
    places.pages,
    place_import.pages,
    logbook.pages,
    airing.pages,
    seals.pages,
    log_files.pages,
    confirming.pages,
    reconciling.pages,
    books.pages,
    counting.pages,
    counting_rule.pages,
    documents.pages,
    slots.pages,
    occurrences.pages,
    one_offs.pages,
    programme.pages,
    series.pages,
    edition.pages,
    approval.pages,
    people.pages,
    account.pages,
    audit.pages,
    settings.pages,
    tokens.pages,
    alarms.pages,
    notices.pages,
    bulletins.pages,
    help_pages.pages,
    village_api.pages,
    fleet.pages,
    fleet_commands.pages,
    fleet_pairing.pages,
)


def create_app(
    station: Station,
    *,
    media: MediaStore | None = None,
    look_at_machine: Callable[[], Readings] | None = None,
    shared_for: timedelta = SHARED_FOR,
    secret: str | None = None,
) -> Flask:
    """The pages of a station; `look_at_machine` tells the state of disk and clock (the computer's own by default).

    `secret` signs the cookies (kept in the station's home by default), `media` holds the sound.
    """
    app = Flask(__name__)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    look = look_at_machine or (lambda: read_machine(station.settings.home))
    app.extensions["station"] = station
    app.extensions["media"] = media
    app.extensions["look_at_machine"] = look
    app.extensions["view"] = View(station, look, shared_for=shared_for)
    app.extensions["fleet_view"] = FleetView(station, shared_for=shared_for)
    secret = secret or keys.load_secret(station.settings.home)
    _set_up_cookies(app, secret, https=station.settings.https)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_FORM, MAX_FORM_PARTS=MOST_FIELDS)
    translations.register(app)
    assets.register(app)
    formats.register(app, zone=station.settings.time_zone)
    errors.register(app)
    security.register(app)
    throttle.limiter.init_app(app)
    live.register(app)
    for pages in PAGES:
        app.register_blueprint(pages)
    app.jinja_env.globals["endpoint_exists"] = app.view_functions.__contains__
    app.jinja_env.globals["has_central"] = bool(station.settings.central_url)
    app.jinja_env.globals["task_of_page"] = help_pages.task_of_page
    mount(create_api(station, secret=secret, look_at_machine=look), beside=app)
    return app


def _set_up_cookies(app: Flask, secret: str, *, https: bool) -> None:
    app.secret_key = secret
    app.config.update(
        SESSION_COOKIE_NAME="__Host-loaban" if https else "loaban",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
