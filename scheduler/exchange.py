"""The exchange with the central information system: what is due goes out, what came in is kept, no transaction open."""

import contextlib
import importlib.util
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from scheduler import central
from scheduler.config import Settings
from scheduler.database import Sessions
from scheduler.domain.central import MessageKind
from scheduler.domain.reach import BulletinState
from scheduler.domain.time import local_day
from scheduler.errors import BadSettings, BroadcastError, CentralRefused
from scheduler.ports import CentralSystem
from scheduler.services import bulletins, central_outbox, rules
from scheduler.services.zone_states import Now

logger = logging.getLogger(__name__)


def open_central(settings: Settings, *, name: str) -> CentralSystem:
    """The adapter of this station: the one in this program, or a file of the station's own. Raises `BadSettings`."""
    build: Callable[..., CentralSystem] = central.build
    if settings.central_adapter is not None:
        place = importlib.util.spec_from_file_location("loaban_central", settings.central_adapter)
        if place is None or place.loader is None or not settings.central_adapter.is_file():
            raise BadSettings(problems=f"LOABAN_CENTRAL_ADAPTER={str(settings.central_adapter)!r}")
        module = importlib.util.module_from_spec(place)
        place.loader.exec_module(module)
        build = module.build
    return build(settings.central_url, source=settings.central_source, name=name)


class Exchange:
    """One turn after another, by the clerk; raises what the last failing call raised, after all was tried."""

    def __init__(
        self, sessions: Sessions, *, settings: Settings, system: CentralSystem | None = None
    ) -> None:  # fmt: skip
        self._sessions, self._settings, self._system = sessions, settings, system

    def turn(self, now: datetime) -> None:
        """Tell and hear. Raises `CentralAway`, `CentralRefused`, `BadSettings`."""
        self._fill(now)
        system = self._open()
        problems = [
            self._try(lambda: self._send(system.send_status, MessageKind.STATUS, central_outbox.read_status, now)),
            self._try(lambda: self._send(system.send_log, MessageKind.LOG, central_outbox.read_line, now)),
            self._try(lambda: self._answer(system, now)),
            self._try(lambda: self._hear(system, now)),
        ]
        for problem in filter(None, problems):
            raise problem

    def _open(self) -> CentralSystem:
        if self._system is None:
            with self._sessions.begin() as session:
                name = rules.read(session).station_name
            self._system = open_central(self._settings, name=name)
        return self._system

    def _fill(self, now: datetime) -> None:
        zone = self._settings.time_zone
        moment = Now(at=now, day=local_day(now, zone), patience=self._settings.silence)
        with self._sessions.begin() as session:
            central_outbox.fill_status(session, moment=moment)
            central_outbox.fill_log(session, now=now)
            central_outbox.forget_old(session, now=now)

    def _send(
        self, send: Callable[[Sequence[Any]], None], kind: MessageKind, read: Callable[[Any], Any], now: datetime
    ) -> None:
        while True:
            with self._sessions.begin() as session:
                due = central_outbox.take_due(session, kind, now=now)
            if not due:
                return
            try:
                self._send_some(send, kind, [(number, read(body)) for number, body in due], now)
            except CentralRefused:  # one that is not wanted must not keep the others
                for number, body in due if len(due) > 1 else ():
                    with contextlib.suppress(CentralRefused):
                        self._send_some(send, kind, [(number, read(body))], now)

    def _send_some(
        self, send: Callable[[Sequence[Any]], None], kind: MessageKind, some: Sequence[tuple[UUID, Any]], now: datetime
    ) -> None:
        numbers = [number for number, _ in some]
        try:
            send([told for _, told in some])
        except BroadcastError as error:
            with self._sessions.begin() as session:
                central_outbox.note_failed(session, numbers, problem=str(error.facts.get("reason", error.code)))
            raise
        with self._sessions.begin() as session:
            central_outbox.note_taken(session, kind, numbers, now=now)

    def _answer(self, system: CentralSystem, now: datetime) -> None:
        with self._sessions.begin() as session:
            decided = [
                (item.id, item.outside_id, item.state is BulletinState.ACCEPTED, item.reason)
                for item in bulletins.find_unanswered(session)
            ]
        for number, outside_id, accepted, reason in decided:
            try:
                system.answer(outside_id, accepted=accepted, reason=reason)
            except CentralRefused as error:  # it will not want it tomorrow either
                logger.warning("central.answer_refused bulletin=%s reason=%s", number, error.facts.get("reason"))
            with self._sessions.begin() as session:
                bulletins.get(session, number).answered_at = now

    def _hear(self, system: CentralSystem, now: datetime) -> None:
        incoming = system.fetch()
        if incoming:
            with self._sessions.begin() as session:
                fresh = bulletins.keep(session, incoming, now=now)
            logger.info("central.received number=%s", len(fresh))

    @staticmethod
    def _try(step: Callable[[], None]) -> BroadcastError | None:
        try:
            step()
        except BroadcastError as error:
            return error
        return None
