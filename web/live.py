"""The pages that move by themselves: one look a second for all who listen, sent to each when something changed."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, current_app, g, request, stream_with_context
from flask.typing import ResponseReturnValue

from scheduler.clock import SystemClock
from scheduler.domain.people import Right
from scheduler.domain.status import Part, Picture, told_by_part
from scheduler.services import sign_in
from scheduler.station import Station
from web.fleet_view import FleetView
from web.playout import chosen_parts, make_part
from web.security import allow, me
from web.station import look, now, station
from web.translations import page_language
from web.view import View

logger = logging.getLogger(__name__)
pages = Blueprint("live", __name__)

MOST_LISTENERS = 220
"""Each keeps a thread of the server: 20 operators with some tabs, and 200 who only look."""
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 6.0
GONE_LOOKED_FOR_S = 2.0
"""So soon a listener that went away gives its thread back."""
RETRY_MS = 3_000
FULL_RETRY_S = 30

Key = tuple[str, frozenset[Right]]
"""What a part of the page is made for: a language, and what the person may do (links to where they may not lead)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A picture of the station, with the turn at which each of its parts changed last."""

    turn: int
    picture: Picture
    changed: Mapping[Part, int]


class Hub:
    """Looks once a second as long as anybody listens, and wakes the listeners when what they see has changed."""

    def __init__(self, station: Station, view: View) -> None:
        self._zone = station.settings.time_zone
        self._view = view
        self._wake = threading.Condition()
        self._rest = threading.Event()
        self._looker: threading.Thread | None = None
        self._listeners = 0
        self._closed = False
        self._turn = 0
        self._moment: Moment | None = None
        self._told: Mapping[Part, object] = {}
        self._render_lock = threading.Lock()
        self._rendered: dict[tuple[Part, Key], tuple[int, str]] = {}

    @property
    def listeners(self) -> int:
        """How many listen."""
        return self._listeners

    def join(self) -> bool:
        """Take a place among the listeners; False when there is none (or the server is about to stop)."""
        with self._wake:
            if self._closed or self._listeners >= MOST_LISTENERS:
                return False
            self._listeners += 1
            if self._looker is None:
                self._moment = None
                self._looker = threading.Thread(target=self._keep_looking, name="live-looker", daemon=True)
                self._looker.start()
            return True

    def leave(self) -> None:
        """Give the place back."""
        with self._wake:
            self._listeners -= 1

    def close(self) -> None:
        """End all streams at once and let nobody in any more: the server stops."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self._rest.set()

    @property
    def has_ended(self) -> bool:
        """Tell whether there will be no other moment: the server stops, or looking has failed."""
        return self._closed or self._looker is None

    def wait(self, turn: int, *, at_most_s: float) -> Moment | None:
        """The moment that is later than this turn, as soon as there is one; None when there is none after a while."""
        with self._wake:
            self._wake.wait_for(lambda: self.has_ended or self._is_later(turn), at_most_s)
            return self._moment if self._is_later(turn) else None

    def render(self, part: Part, moment: Moment, key: Key, make: Callable[[Part, Picture], str]) -> str:
        """A part of the page, made once for all who see it in the same language and with the same rights."""
        turn = moment.changed[part]
        with self._render_lock:
            kept = self._rendered.get((part, key))
            if kept is None or kept[0] != turn:
                kept = self._rendered[part, key] = (turn, make(part, moment.picture))
            return kept[1]

    def _is_later(self, turn: int) -> bool:
        return self._moment is not None and self._moment.turn > turn

    def _keep_looking(self) -> None:
        try:
            while self._is_listened_to():
                self._look()
                self._rest.wait(LOOK_EVERY_S)
        except Exception:  # edge of the thread: the streams end, and the pages ask for themselves what is wrong
            logger.exception("live.look_failed")
            self._end_looking()

    def _is_listened_to(self) -> bool:
        with self._wake:
            if self._listeners and not self._closed:
                return True
            self._looker = None
            self._wake.notify_all()
            return False

    def _end_looking(self) -> None:
        with self._wake:
            self._looker = None
            self._wake.notify_all()

    def _look(self) -> None:
        picture = self._view.look()
        told = told_by_part(picture, zone=self._zone)
        with self._wake:
            before = self._moment
            news = [part for part in Part if before is None or told[part] != self._told[part]]
            if news:
                self._turn += 1
                self._wake.notify_all()
            kept = {} if before is None else before.changed
            changed = {part: self._turn if part in news else kept[part] for part in Part}
            self._told, self._moment = told, Moment(turn=self._turn, picture=picture, changed=changed)


def register(app: Flask) -> None:
    """Give an application its hub; it does nothing until somebody listens."""
    app.extensions["live"] = Hub(app.extensions["station"], app.extensions["view"])


def close(app: Flask) -> None:
    """End all streams: the server stops."""
    hub: Hub = app.extensions["live"]
    hub.close()


@pages.get("/live")
@allow(Right.SEE, by_person=False)
def listen() -> ResponseReturnValue:
    """What changes on the page, as it changes (server-sent events)."""
    hub: Hub = current_app.extensions["live"]
    if not hub.join():
        return Response(status=503, headers={"Retry-After": str(FULL_RETRY_S)})
    fleet: FleetView | None = current_app.extensions["fleet_view"] if "fleet" in request.args else None
    listener = _Listener(hub, chosen_parts(), fleet)
    answer = Response(stream_with_context(listener.stream()), mimetype="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(hub.leave)
    return answer


class _Listener:
    """One who listens: what has been sent, and whether they may still listen."""

    def __init__(self, hub: Hub, parts: tuple[Part, ...], fleet: FleetView | None) -> None:
        self._hub = hub
        self._parts = parts
        self._fleet = fleet
        self._fleet_turn = -1  # what changed between the page and its stream is told at once
        self._key = (page_language(), frozenset(right for right in Right if me().may(right)))
        self._session_id: int = g.session_id
        self._is_gone: Callable[[], bool] = request.environ.get("waitress.client_disconnected", lambda: False)
        self._clock = SystemClock()  # the wait is for a real client, whatever a test's station has for a clock
        self._said_at = self._checked_at = self._clock.monotonic()

    def stream(self) -> Iterator[str]:
        """Events until the person signs out, goes away, or the server stops."""
        yield f"retry: {RETRY_MS}\n\n"
        turn = 0
        while True:
            moment = self._hub.wait(turn, at_most_s=GONE_LOOKED_FOR_S if self._fleet is None else LOOK_EVERY_S)
            if self._hub.has_ended or self._is_gone():
                return
            if self._is_due(self._checked_at):
                self._checked_at = self._clock.monotonic()
                if not self._may_listen():
                    yield _event("ended", "")
                    return
            if self._has_fleet_changed():
                yield _event("fleet", "")
            if moment is not None:
                yield "".join(self._tell(moment, since=turn))
                turn = moment.turn
            elif self._is_due(self._said_at):
                yield self._tell_time()

    def _has_fleet_changed(self) -> bool:
        """A page of boxes is told only that there is something new: it asks for what this person sees of it."""
        before = self._fleet_turn
        if self._fleet is not None:
            self._fleet_turn = self._fleet.turn()
        return self._fleet_turn != before

    def _tell(self, moment: Moment, *, since: int) -> Iterator[str]:
        for part in self._parts:
            if moment.changed[part] > since:
                yield _event("part", self._hub.render(part, moment, self._key, make_part))
        yield self._tell_time()

    def _tell_time(self) -> str:
        self._said_at = self._clock.monotonic()
        return _event("time", now().astimezone(station().settings.time_zone).isoformat())

    def _is_due(self, since: float) -> bool:
        return self._clock.monotonic() - since >= HEARTBEAT_S

    def _may_listen(self) -> bool:
        with look() as session:
            return sign_in.is_open(session, self._session_id, now=now())


def _event(name: str, data: str) -> str:
    lines = "\n".join(f"data: {line}" for line in data.splitlines() if line.strip()) or "data:"
    return f"event: {name}\n{lines}\n\n"
