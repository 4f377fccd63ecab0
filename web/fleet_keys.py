"""The station's key, with which a page signs what villages are told."""

from flask import current_app

from scheduler.signing import Signer, station_key
from web.station import station


def signer() -> Signer:
    """The key; made at first use, kept in the station's home."""
    found = current_app.extensions.get("village_signer")
    if not isinstance(found, Signer):
        found = station_key(station().settings.home)
        current_app.extensions["village_signer"] = found
    return found
