"""Gathering from rows and from this daemon's past what a decision on due programmes needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.config import Settings
from scheduler.domain.coverage import AreaTree, Hours, is_within_allowed_hours
from scheduler.domain.going_to_air import Chance, Circumstances, Course, Verdict, judge, why_late
from scheduler.domain.playout import Reason
from scheduler.domain.time import TimeSpan, local_day
from scheduler.guard import ClockGuard
from scheduler.live import Live
from scheduler.services import coverage
from scheduler.services.due import DueProgramme
from scheduler.tenure import Tenure

_TOUCHING = timedelta(seconds=0.05)
"""Programmes back to back may share so much: a carrier's last block."""


@dataclass(kw_only=True)
class Judge:
    """Decides on due programmes; says the same of the same facts, whoever asks."""

    settings: Settings
    guard: ClockGuard
    usable_carriers: Callable[[], Mapping[str, object]]
    unready: Callable[[], Mapping[str, Reason]]
    away: Callable[[], tuple[TimeSpan, ...]]

    def judge(
        self, session: Session, ours: Sequence[tuple[DueProgramme, Tenure]], *, now: datetime, live: Sequence[Live]
    ) -> list[Verdict]:
        """A verdict for each programme, in order; in one zone only one programme sounds at a time."""
        tree = coverage.load_tree(session)
        hours = _Hours(tree, self.settings)
        busy = _Busy(live)
        verdicts = []
        for programme, tenure in ours:
            verdict = judge(
                self._chance(programme, hours, now=now),
                self.circumstances(tenure),
                now=now,
                least_share=self.settings.join_least_share,
            )
            verdicts.append(busy.admit(programme, verdict, now=now))
        return verdicts

    def why_late(self, programme: DueProgramme, tenure: Tenure) -> Reason:
        """Why a programme was not started at its instant."""
        return why_late(programme.starts_at, self.circumstances(tenure))

    def circumstances(self, tenure: Tenure) -> Circumstances:
        """What happened before now in a zone."""
        return Circumstances(alive_since=tenure.since, skipped=self.guard.skipped, away=self.away())

    def _chance(self, programme: DueProgramme, hours: "_Hours", *, now: datetime) -> Chance:
        unready = self.unready().get(programme.order.key)
        usable = programme.carrier in self.usable_carriers()
        return Chance(
            starts_at=programme.starts_at,
            seconds=programme.order.seconds,
            is_ready=programme.order.rendition_sha256 is not None and unready is None,
            is_zone_active=programme.is_zone_active,
            is_approved=programme.order.is_approved,
            is_within_hours=hours.allow(programme, now=now),
            is_emergency=programme.is_emergency,
            unready_reason=unready,
            carrier_reason=None if usable else Reason.CARRIER_FAILED,
        )


class _Hours:
    """Allowed hours, asked once for each area and stretch of time: ten thousand zones share a few answers."""

    def __init__(self, tree: AreaTree, settings: Settings) -> None:
        self._tree, self._settings = tree, settings
        self._known: dict[tuple[Hours, TimeSpan], bool] = {}

    def allow(self, programme: DueProgramme, *, now: datetime) -> bool:
        begins_at = programme.starts_at if now >= programme.ends_at else max(now, programme.starts_at)
        span = TimeSpan(starts_at=begins_at, ends_at=programme.ends_at)
        hours = self._tree.hours_of(
            programme.area_id,
            own=programme.own_hours,
            station=self._settings.allowed_hours,
            on=local_day(span.starts_at, self._settings.time_zone),
        )
        key = (hours, span)
        if key not in self._known:
            self._known[key] = is_within_allowed_hours(span, hours, self._settings.time_zone)
        return self._known[key]


class _Busy:
    """What sounds or is about to sound in each zone."""

    def __init__(self, live: Sequence[Live]) -> None:
        self._taken: dict[int, list[tuple[TimeSpan, int]]] = {}
        for item in live:
            if item.sounding.outcome() is None:
                self._take(item.due, begins_at=item.begins_at)

    def admit(self, programme: DueProgramme, verdict: Verdict, *, now: datetime) -> Verdict:
        """The verdict, unless something at least as urgent holds the zone then."""
        if verdict.course is not Course.SOUND:
            return verdict
        begins_at = max(now, programme.starts_at)
        span = TimeSpan(starts_at=begins_at, ends_at=max(begins_at, programme.ends_at))
        for other, priority in self._taken.get(programme.zone_id, ()):
            if priority >= programme.priority and other.overlaps(span):
                return Verdict(course=Course.MISS, reason=Reason.OVERLAP)
        self._take(programme, begins_at=begins_at)
        return verdict

    def _take(self, programme: DueProgramme, *, begins_at: datetime) -> None:
        ends_at = max(begins_at, programme.ends_at - _TOUCHING)
        self._taken.setdefault(programme.zone_id, []).append(
            (TimeSpan(starts_at=begins_at, ends_at=ends_at), programme.priority)
        )
