"""The picture of the station that all who look within a moment share, each part as fresh as it needs to be."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.domain.station import Readings
from scheduler.domain.status import DayLook, Outlook, Picture
from scheduler.domain.time import local_day
from scheduler.services import outlook, status, today
from scheduler.station import Station

DAY_SHARED = 10
"""How many times longer than the picture the day's broadcasts are shared; what the log says is seen at once."""
OUTLOOK_SHARED = 60


class View:
    """The picture of the station that all who look within a moment share."""

    def __init__(self, station: Station, look_at_machine: Callable[[], Readings], *, shared_for: timedelta) -> None:
        self._station = station
        self._look_at_machine = look_at_machine
        self._shared_for = shared_for.total_seconds()
        self._lock = threading.Lock()
        self._last: tuple[float, Picture] | None = None
        self._air: status.AirLook | None = None
        self._day: tuple[float, tuple[date, int], DayLook] | None = None
        self._outlook: tuple[float, date, Outlook] | None = None

    def look(self) -> Picture:
        """The picture of this instant, at most a moment old."""
        clock = self._station.clock
        with self._lock:
            if self._last is None or self._is_older(self._last[0], self._shared_for):
                self._last = (clock.monotonic(), self._take())
            return replace(self._last[1], now=clock.now())

    def _take(self) -> Picture:
        now = self._station.clock.now()
        silence = self._station.settings.silence
        with self._station.readers.begin() as session:
            signs = status.read_signs(session)
            alive = status.owners_alive(signs, now=now, silence=silence)
            self._air = status.look_at_air(session, alive=alive, before=self._air)
            return status.look(
                session,
                self._look_at_machine(),
                signs=signs,
                air=self._air,
                day=self._look_at_day(session, now=now),
                outlook=self._look_ahead(session, now=now),
                now=now,
                silence=silence,
            )

    def _look_at_day(self, session: Session, *, now: datetime) -> DayLook:
        zone, clock = self._station.settings.time_zone, self._station.clock
        state = (local_day(now, zone), today.newest_entry(session))
        kept = self._day
        if kept is None or kept[1] != state or self._is_older(kept[0], self._shared_for * DAY_SHARED):
            kept = self._day = (clock.monotonic(), state, today.look(session, day=state[0], zone=zone))
        return kept[2]

    def _look_ahead(self, session: Session, *, now: datetime) -> Outlook:
        zone, clock = self._station.settings.time_zone, self._station.clock
        day, kept = local_day(now, zone), self._outlook
        if kept is None or kept[1] != day or self._is_older(kept[0], self._shared_for * OUTLOOK_SHARED):
            kept = self._outlook = (clock.monotonic(), day, outlook.look(session, now=now, zone=zone))
        return kept[2]

    def _is_older(self, since: float, than_s: float) -> bool:
        return self._station.clock.monotonic() - since >= than_s
