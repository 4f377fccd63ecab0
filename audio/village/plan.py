"""The plan a player goes by: accepted only as the station signed it, kept as those bytes, with its rows."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from audio.village import journal, mirror
from audio.village.home import Membership
from audio.village.mirror import Box, Mirrored, WantedFile
from audio.village.rows import KeptPlan
from audio.village.trust import TrustedClock
from scheduler.database import Sessions, open_readers, said_by_driver
from scheduler.domain.coverage import hours_from_stored
from scheduler.errors import BadMessage, BadSignature, PlanRefused, Refused
from scheduler.signing import Verifier
from scheduler.village_messages import Plan, PlannedProgramme, ZoneRules, decode

__all__ = ["PlanKeeper", "WantedFile"]

logger = logging.getLogger(__name__)

_NOTED_EVERY_S = 3600.0
"""The same refusal is noted once an hour: whoever sends rubbish must not wear out the card."""
_MOST_NOTED = 20
_PRUNED_EVERY = timedelta(days=1)


class PlanKeeper:
    """Holds the newest plan of its zone, whatever comes."""

    def __init__(
        self,
        sessions: Sessions,
        verifier: Verifier,
        membership: Membership,
        clock: TrustedClock,
        *,
        carrier: str = "soundcard",
        settings: Mapping[str, Any] | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`carrier` and `settings` are how this box makes sound; `on_change` is called after a plan was taken in."""
        self._sessions, self._verifier, self._membership, self._clock = sessions, verifier, membership, clock
        self._readers = open_readers(sessions.kw["bind"])
        self._box = Box(carrier=carrier, paired_at=membership.paired_at, settings=dict(settings or {}))
        self.on_change = on_change
        self._accepting = threading.Lock()
        self._noted: dict[str, float] = {}
        self._pruned_at: datetime | None = None
        self._current: Plan | None = None
        self._recall()

    @property
    def current(self) -> Plan | None:
        """The newest plan that was accepted; also when it has run out."""
        return self._current

    @property
    def version(self) -> int:
        """Of the newest plan; 0 while there is none."""
        return 0 if self._current is None else self._current.version

    def is_expired(self, now: datetime) -> bool:
        """Tell whether the plan says nothing any more of the present."""
        return self._current is not None and now >= self._current.until

    def accept(self, sealed: bytes) -> Plan:
        """Go by this plan from now on, unless the one that is kept is as new; says which one holds.

        Raises `BadSignature`, `BadMessage`, `PlanRefused` (of another zone, or older than what is kept).
        """
        with self._accepting:
            try:
                plan = self._open(sealed)
                if self._current is not None and plan.version == self._current.version:
                    return self._current
                mirrored = self._keep(plan, sealed)
            except Refused as error:
                self._note_refused(error)
                raise
            self._current = plan
        logger.info("plan.accepted version=%s %s", plan.version, mirrored)
        self.on_change()
        return plan

    def wanted(self, now: datetime) -> list[WantedFile]:
        """The files of all that is to come or on air, the one needed first first."""
        with self._readers.begin() as session:
            return mirror.find_wanted(session, now=now)

    def add(self, programme: PlannedProgramme) -> bool:
        """Take in one programme that a command told; False when it is over, called off, or cannot be played."""
        with self._sessions.begin() as session:
            is_new = mirror.add(session, programme, self._membership.zone_id, now=self._clock.now())
        if is_new:
            self.on_change()
        return is_new

    def _open(self, sealed: bytes) -> Plan:
        plan = decode(self._verifier.open(sealed), Plan)
        if plan.zone_id != self._membership.zone_id:
            raise PlanRefused(reason="not_for_us", version=plan.version)
        if plan.version < self.version:
            raise PlanRefused(reason="older", version=plan.version)
        return plan

    def _keep(self, plan: Plan, sealed: bytes) -> Mirrored:
        """One transaction: after a power cut the rows are those of the plan that is kept."""
        now = self._clock.trusted_now or plan.made_at
        since = None if self._current is None else self._current.made_at
        try:
            _check_rules(plan.rules)
            with self._sessions.begin() as session:
                mirrored = mirror.apply(session, plan, self._box, now=now, heard_since=since)
                session.merge(KeptPlan(id=1, version=plan.version, sealed=sealed))
                if self._pruned_at is None or now - self._pruned_at >= _PRUNED_EVERY:
                    mirror.prune(session, now=now)
        except (SQLAlchemyError, ValueError, KeyError, OverflowError) as error:
            # Signed, and yet no rows can be made of it: the plan that is kept is better than none.
            told = said_by_driver(error) if isinstance(error, SQLAlchemyError) else str(error)
            raise PlanRefused(reason=told[:200], version=plan.version) from error
        self._pruned_at = now
        return mirrored

    def _note_refused(self, error: Refused) -> None:
        reason = str(error.facts.get("reason", ""))
        logger.warning("plan.refused code=%s reason=%s", error.code, reason)
        monotonic = self._clock.monotonic()
        if monotonic - self._noted.get(reason, float("-inf")) < _NOTED_EVERY_S:
            return
        self._noted = {told: at for told, at in self._noted.items() if monotonic - at < _NOTED_EVERY_S}
        if len(self._noted) >= _MOST_NOTED:
            return
        self._noted[reason] = monotonic
        with self._sessions.begin() as session:
            version = error.facts.get("version")
            told = {"reason": reason} if version is None else {"reason": reason, "version": version}
            journal.write_note(session, "plan_refused", at=self._clock.trusted_now, why=error.code, **told)

    def _recall(self) -> None:
        """The plan that was kept, its signature looked at again; without a believable one nothing sounds."""
        with self._sessions.begin() as session:
            kept = session.get(KeptPlan, 1)
            try:
                if kept is not None:
                    self._current = self._open(kept.sealed)
            except (BadSignature, BadMessage, PlanRefused) as error:
                logger.warning("plan.not_recalled reason=%s", error)
                session.delete(kept)
                journal.write_note(session, "plan_refused", at=self._clock.trusted_now, why=error.code)
            if self._current is None:
                mirror.cancel_all(session)
            else:
                mirror.set_sound(session, self._current, self._box)


def _check_rules(rules: ZoneRules) -> None:
    """Raises `ValueError` or `KeyError` for rules that the daemon could not read: it would fall silent."""
    ZoneInfo(rules.time_zone)
    for hours in (rules.allowed_hours, rules.fetch_hours):
        hours_from_stored([list(stretch) for stretch in hours])
