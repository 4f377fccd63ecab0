"""The boxes of all villages as all who look within a moment share them, and when something about them last changed."""

import threading
from datetime import timedelta

from flask import current_app

from scheduler.services import fleet
from scheduler.services.fleet import Fleet, Signature
from scheduler.station import Station

WHOLE_EVERY_S = 60.0
"""So often all is read again whatever changed: the command line may give a zone another name."""


class FleetView:
    """Looks at most once a moment, and reads only what changed since."""

    def __init__(self, station: Station, *, shared_for: timedelta) -> None:
        self._station = station
        self._shared_for = shared_for.total_seconds()
        self._lock = threading.Lock()
        self._fleet: Fleet | None = None
        self._signature: Signature | None = None
        self._looked_at = self._whole_at = 0.0
        self._turn = 0

    def look(self) -> Fleet:
        """All boxes, at most a moment old."""
        with self._lock:
            self._renew()
            if self._fleet is None:
                raise RuntimeError("no look")
            return self._fleet

    def turn(self) -> int:
        """A number that grows whenever something changed that pages of boxes show."""
        with self._lock:
            self._renew()
            return self._turn

    def _renew(self) -> None:
        at = self._station.clock.monotonic()
        if self._fleet is not None and at - self._looked_at < self._shared_for:
            return
        now = self._station.clock.now()
        with self._station.readers.begin() as session:
            signature = fleet.read_signature(session, now=now)
            before, known = self._fleet, self._signature
            is_same_fleet = known is not None and known.structure == signature.structure
            if before is None or not is_same_fleet or at - self._whole_at >= WHOLE_EVERY_S:
                self._fleet, self._whole_at = fleet.load(session, now=now), at
            elif signature != known or before.starts_at is None or before.starts_at <= now:
                self._fleet = fleet.renew(session, before, now=now)
        if signature != known:
            self._turn += 1
        self._signature, self._looked_at = signature, at


def fleet_view() -> FleetView:
    """The view of the station whose pages these are."""
    found: FleetView = current_app.extensions["fleet_view"]
    return found
