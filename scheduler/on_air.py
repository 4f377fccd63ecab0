"""Claim, commit, sound: the programmes this daemon has armed or sounds, and how each came to be so."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.config import Settings
from scheduler.database import Sessions
from scheduler.domain.going_to_air import Course, Verdict, offset_at, tell_missed
from scheduler.domain.playout import NewEntry, Reason
from scheduler.errors import BroadcastError, MediaCorrupt, MediaMissing
from scheduler.judging import Judge
from scheduler.live import Live, Past, tell_ended
from scheduler.ports import Carrier, Clock, Stretch, Transmission
from scheduler.precise import Batch
from scheduler.services import due, lease, playout
from scheduler.services.due import DueProgramme
from scheduler.services.playout import Adoption, Closing, Key, NewClaim
from scheduler.tenure import Tenure, Tenures

logger = logging.getLogger(__name__)

JOIN_AFTER = timedelta(seconds=0.2)
"""How long after the decision a late programme begins: long enough to prepare it, so that its offset is exact."""
_FORBIDDEN = (Reason.ZONE_INACTIVE, Reason.NOT_APPROVED, Reason.OUTSIDE_ALLOWED_HOURS, Reason.CLOCK_STEPPED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A due programme of a zone in our hands, with the decision on it."""

    programme: DueProgramme
    tenure: Tenure
    verdict: Verdict


class OnAir:
    """All that is armed or sounding in this daemon; `arm` and `adopt` are the only ways in."""

    def __init__(
        self,
        *,
        clock: Clock,
        sessions: Sessions,
        settings: Settings,
        owner: str,
        carriers: Mapping[str, Carrier],
        tenures: Tenures,
        judge: Judge,
        start_at: Callable[[Batch], None],
    ) -> None:
        self._clock, self._sessions, self._settings, self._owner = clock, sessions, settings, owner
        self._carriers, self._tenures, self._judge, self._start_at = carriers, tenures, judge, start_at
        self._arming = threading.Lock()
        self.closing = False
        self.live: dict[Key, Live] = {}
        self.past: dict[Key, Past] = {}
        self.started: deque[tuple[Sequence[Live], datetime | None]] = deque()
        """What the precise thread reports: these began at that instant, or not at all."""
        self.to_close: deque[Closing] = deque()
        """What is over and waits to be written."""
        self._silenced: dict[int, tuple[datetime, Reason]] = {}
        """When zones were last told to fall silent, and why."""

    def arm(self, *, until: datetime) -> None:
        """Decide on everything unclaimed that starts until then: claim it, commit, make it ready for its instant."""
        with self._arming:
            if self.closing:
                return
            now = self._clock.now()
            with self._sessions.begin() as session:
                chosen = self._choose(session, due.find_unclaimed(session, until=until), now=now)
                claimed = self._claim(session, chosen, now=now)
            self._make_ready([item for item in claimed if item.verdict.course is Course.SOUND], now=now)

    def adopt(self) -> None:
        """Go on with, or close, what past lives claimed and never closed in zones that are ours now."""
        with self._arming:
            if self.closing:
                return
            mine = {*self.live, *(item.key for item in list(self.to_close))}
            with self._sessions.begin() as session:
                found = [item for item in due.find_open(session, but=mine) if self._tenures.of_zone(item.zone_id)]
            if not found:
                return
            heard = {item.key: self._recall(item) for item in found}
            now = self._clock.now()
            with self._sessions.begin() as session:
                chosen = self._choose(session, found, now=now)
                adopted = self._adopt(session, chosen, now=now)
            self._go_on(adopted, heard, now=now)

    def stop_all(self, reason: Reason) -> None:
        """Let what sounds fall silent; what has not begun is left open for whoever comes next."""
        with self._arming:
            self.closing = True
            for live in list(self.live.values()):
                if live.begins_at > self._clock.now():
                    del self.live[live.due.key]
                live.stop(reason)

    def stop_zone(self, zone_id: int, reason: Reason) -> int:
        """Let a zone fall silent at once: what should have begun by now sounds no more, what begins later does.

        Says how many programmes were stopped. From any thread; it waits for nothing.
        """
        now = self._clock.now()
        self._silenced[zone_id] = (now, reason)
        begun = [item for item in list(self.live.values()) if item.due.zone_id == zone_id and item.due.starts_at <= now]
        for live in begun:
            live.stop(reason)
        return len(begun)

    def _why_silenced(self, programme: DueProgramme) -> Reason | None:
        """Why a programme may not begin (any more): its zone was told to fall silent after its instant."""
        at, reason = self._silenced.get(programme.zone_id, (None, None))
        if at is None or not programme.starts_at <= at <= self._clock.now():
            return None
        return reason

    # --- deciding and claiming ------------------------------------------------------------------------------
    def _choose(self, session: Session, found: Iterable[DueProgramme], *, now: datetime) -> list[Chosen]:
        ours = [(item, tenure) for item in found if (tenure := self._tenures.of_zone(item.zone_id)) is not None]
        if not ours:
            return []
        verdicts = self._judge.judge(session, ours, now=now, live=list(self.live.values()))
        return [
            Chosen(programme=item, tenure=tenure, verdict=verdict)
            for (item, tenure), verdict in zip(ours, verdicts, strict=True)
        ]

    def _claim(self, session: Session, chosen: Sequence[Chosen], *, now: datetime) -> list[Chosen]:
        decided = [item for item in chosen if item.verdict.course is not Course.WAIT]
        if not decided:
            return []
        held = lease.lock_held(session, owner=self._owner)
        wanted = [
            NewClaim(
                key=item.programme.key,
                token=item.tenure.token,
                offset_s=item.verdict.offset_s,
                entries=self._tell_missed(item) if item.verdict.course is Course.MISS else (),
            )
            for item in decided
            if _is_held(item, held)
        ]
        taken = playout.claim(session, wanted, owner=self._owner, now=now, zone=self._settings.time_zone)
        return [item for item in decided if item.programme.key in taken]

    def _tell_missed(self, item: Chosen) -> tuple[NewEntry, ...]:
        return tuple(
            tell_missed(
                item.programme.order.deliveries,
                zone_id=item.programme.zone_id,
                reason=item.verdict.reason or Reason.UNKNOWN,
                recorded_by=self._owner,
                note=item.verdict.note,
            )
        )

    def _adopt(self, session: Session, chosen: Sequence[Chosen], *, now: datetime) -> list[Chosen]:
        held = lease.lock_held(session, owner=self._owner)
        decided = [item for item in chosen if item.verdict.course is not Course.WAIT and _is_held(item, held)]
        wanted = [
            Adoption(
                key=item.programme.key,
                old_token=item.programme.token or 0,
                token=item.tenure.token,
                offset_s=offset_at(item.programme.starts_at, now=now),
            )
            for item in decided
        ]
        adopted = playout.adopt(session, wanted, owner=self._owner)
        return [item for item in decided if item.programme.key in adopted]

    def _recall(self, programme: DueProgramme) -> tuple[Stretch, ...]:
        """What sounded in past lives: as this process saw it, and as the carrier remembers it."""
        known = self.past[programme.key].stretches if programme.key in self.past else ()
        carrier = self._carriers.get(programme.carrier)
        return (*known, *(carrier.recall(programme.broadcast_id, programme.zone_code) if carrier else ()))

    def _go_on(self, adopted: Sequence[Chosen], heard: Mapping[Key, tuple[Stretch, ...]], *, now: datetime) -> None:
        for item in adopted:
            if item.verdict.course is Course.MISS:
                self._end(item, heard[item.programme.key])
        again = [item for item in adopted if item.verdict.course is Course.SOUND]
        self._make_ready(again, now=now, heard=heard)

    def _end(self, item: Chosen, heard: tuple[Stretch, ...]) -> None:
        past = self.past.pop(item.programme.key, None)
        reason = past.reason if past else Reason.CRASHED
        if item.verdict.reason in _FORBIDDEN:
            reason = item.verdict.reason
        entries = tell_ended(item.programme, heard, reason=reason, owner=self._owner, is_known=past is not None)
        self._put_away(item, entries)

    def _put_away(self, item: Chosen, entries: tuple[NewEntry, ...]) -> None:
        self.to_close.append(Closing(key=item.programme.key, token=item.tenure.token, entries=entries))

    # --- making ready -----------------------------------------------------------------------------------------
    def _make_ready(
        self, chosen: Sequence[Chosen], *, now: datetime, heard: Mapping[Key, tuple[Stretch, ...]] | None = None
    ) -> None:
        """Prepare on the carriers, with no transaction open, and hand over to the precise thread by instant."""
        batches: dict[datetime, list[Live]] = {}
        join_at = max(now, self._clock.now()) + JOIN_AFTER
        for item in chosen:
            begins_at = item.programme.starts_at if item.verdict.offset_s <= 0 else join_at
            earlier = None if heard is None else heard[item.programme.key]
            live = self._prepare(item, begins_at=max(begins_at, item.programme.starts_at), earlier=earlier)
            if live is not None:
                self.live[item.programme.key] = live
                if (silenced := self._why_silenced(item.programme)) is not None:  # before or while it was made ready
                    live.stop(silenced)
                batches.setdefault(live.begins_at, []).append(live)
        for at, lives in sorted(batches.items()):
            self._hand_over(at, lives)

    def _prepare(self, item: Chosen, *, begins_at: datetime, earlier: tuple[Stretch, ...] | None) -> Live | None:
        programme = item.programme
        transmission = Transmission(
            broadcast_id=programme.broadcast_id,
            zone_id=programme.zone_id,
            zone_code=programme.zone_code,
            rendition_sha256=programme.order.rendition_sha256 or "",
            seconds=programme.order.seconds,
            cues=programme.order.cues,
            offset_s=offset_at(programme.starts_at, now=begins_at),
            settings=programme.settings,
        )
        try:
            sounding = self._carriers[programme.carrier].prepare(transmission, item.tenure)
        except Exception as error:  # noqa: BLE001 -- edge of the loop: the other zones must still sound
            self._fail(item, error, earlier or ())
            return None
        past = self.past.pop(programme.key, None)
        reason, missed = item.verdict.reason, self._judge.why_late(item.programme, item.tenure)
        if earlier is not None and (earlier or programme.begun_at or transmission.offset_s > 0):
            missed = past.reason if past else Reason.CRASH_REJOINED
            reason = Reason.LATE_START if missed is Reason.TOO_LATE else missed
        return Live(
            due=programme,
            tenure=item.tenure,
            sounding=sounding,
            begins_at=begins_at,
            reason=reason,
            missed_reason=missed if transmission.offset_s > 0 else None,
            note=item.verdict.note,
            earlier=earlier or (),
        )

    def _fail(self, item: Chosen, error: Exception, earlier: tuple[Stretch, ...]) -> None:
        logger.error("zone.not_prepared zone=%s error=%r", item.programme.zone_code, error)
        if not isinstance(error, BroadcastError):
            logger.error("zone.carrier_crashed carrier=%s", item.programme.carrier, exc_info=error)
        reason = reason_of(error)
        past = self.past.pop(item.programme.key, None)
        is_known = past is not None or item.programme.begun_at is None
        entries = tell_ended(item.programme, earlier, reason=reason, owner=self._owner, is_known=is_known)
        self._put_away(item, entries)

    def _hand_over(self, at: datetime, lives: list[Live]) -> None:
        pushed_aside = self._find_pushed_aside(at, lives)
        stops = [lambda live=live: live.stop(Reason.INTERRUPTED) for live in pushed_aside]
        starts = [live.sounding.start for live in lives]
        self._start_at(
            Batch(at=at, starts=[*stops, *starts], done=lambda began_at: self.started.append((lives, began_at)))
        )  # fmt: skip

    def _find_pushed_aside(self, at: datetime, lives: Iterable[Live]) -> list[Live]:
        new = {live.due.zone_id: live for live in lives}
        return [
            live
            for live in self.live.values()
            if (other := new.get(live.due.zone_id)) is not None
            and other is not live
            and live.due.priority < other.due.priority
            and live.due.ends_at > at
        ]


def reason_of(error: Exception) -> Reason:
    """What a carrier's refusal to prepare means for the log."""
    if isinstance(error, MediaMissing):
        return Reason.FILE_MISSING
    return Reason.FILE_CORRUPT if isinstance(error, MediaCorrupt) else Reason.CARRIER_FAILED


def _is_held(item: Chosen, held: Mapping[str, int]) -> bool:
    return held.get(item.tenure.name) == item.tenure.token and item.tenure.holds()
