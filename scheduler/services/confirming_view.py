"""What waits for a person's word: what nobody reported, and what only the station's own side of the carrier says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scheduler.domain.confirmation import Waits
from scheduler.domain.coverage import CarrierKind
from scheduler.domain.log_filter import LogFilter, check_period
from scheduler.domain.people import Scope
from scheduler.domain.playout import Evidence
from scheduler.models import AsRunEntry, Zone
from scheduler.services import log_waiting, tally
from scheduler.services.log_reading import find_zone_ids, within
from scheduler.services.unreported import Delivery

MOST_LINES = 2_000
"""So many are shown, exported or confirmed at once; who has more narrows the filter."""
_UNHEARD = tuple(level for level in Evidence if not level.at_least(Evidence.HEARD))


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingDelivery:
    """A delivery that waits for a person's word; `attempt` 0 and no seconds where the log knows nothing."""

    airing_id: UUID
    zone_id: int
    planned_at: datetime
    zone_code: str
    zone_name: str
    area_name: str
    number: int
    title: str
    language: str
    priority: int
    exercise: bool
    seconds_planned: float
    attempt: int = 0
    seconds_sounded: float | None = None
    evidence: Evidence | None = None

    @property
    def key(self) -> Delivery:
        """The airing and the zone."""
        return self.airing_id, self.zone_id


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundWaiting:
    """A page of what waits, and how much there is of each; more than `MOST_LINES` nobody counts."""

    lines: Sequence[WaitingDelivery]
    waits: Waits
    numbers: dict[Waits, int]

    @property
    def number(self) -> int:
        """How many there are of the sort that is shown."""
        return self.numbers[self.waits]


def find(
    session: Session,
    wanted: LogFilter,
    scope: Scope,
    *,
    waits: Waits | None,
    now: datetime,
    zone: ZoneInfo,
    page: int = 1,
    per_page: int = 100,
) -> FoundWaiting:
    """A page of what waits, by time; without `waits` what nobody reported, if there is any.

    Raises `BadPeriod`, `PeriodTooLong`.
    """
    check_period(wanted)
    reports = list(islice(_unreported(session, wanted, scope, now=now, zone=zone), MOST_LINES))
    heard = _unconfirmed(session, wanted, scope)
    number = session.scalar(select(func.count()).select_from(heard.limit(MOST_LINES).subquery())) or 0
    chosen = waits or (Waits.CONFIRMATION if number and not reports else Waits.REPORT)
    start = (page - 1) * per_page
    if chosen is Waits.REPORT:
        lines = reports[start : start + per_page]
    else:
        shown = min(per_page, max(0, MOST_LINES - start))
        lines = [_as_line(entry) for entry in session.scalars(heard.limit(shown).offset(start))]
    return FoundWaiting(
        lines=lines, waits=chosen, numbers={Waits.REPORT: len(reports), Waits.CONFIRMATION: number}
    )  # fmt: skip


def find_all(
    session: Session, wanted: LogFilter, scope: Scope, *, waits: Waits | None, now: datetime, zone: ZoneInfo
) -> list[WaitingDelivery]:  # fmt: skip
    """All that waits (of one sort, or of both), up to `MOST_LINES`."""
    check_period(wanted)
    found: list[WaitingDelivery] = []
    if waits is not Waits.CONFIRMATION:
        found += islice(_unreported(session, wanted, scope, now=now, zone=zone), MOST_LINES)
    if waits is not Waits.REPORT:
        entries = session.scalars(_unconfirmed(session, wanted, scope).limit(MOST_LINES - len(found)))
        found += map(_as_line, entries)
    return sorted(found, key=lambda line: (line.planned_at, line.zone_id))


def _unreported(
    session: Session, wanted: LogFilter, scope: Scope, *, now: datetime, zone: ZoneInfo
) -> Iterator[WaitingDelivery]:  # fmt: skip
    for line in log_waiting.stream_waiting(session, wanted, scope, zone=zone):
        airing = line.airing
        if line.planned_at + timedelta(seconds=airing.seconds) <= now:
            yield WaitingDelivery(
                airing_id=airing.id,
                zone_id=line.zone_id,
                planned_at=line.planned_at,
                zone_code=line.zone_code,
                zone_name=line.zone_name,
                area_name=line.area_name,
                number=airing.number,
                title=airing.title,
                language=airing.language,
                priority=airing.priority,
                exercise=airing.exercise,
                seconds_planned=airing.seconds,
            )


def _unconfirmed(session: Session, wanted: LogFilter, scope: Scope) -> Select[AsRunEntry]:
    """Entries that hold, of zones without a report of their own, of which only the sending side is known."""
    entry = AsRunEntry
    silent = select(Zone.id).where(Zone.carrier == CarrierKind.VILLAGE)
    query = select(entry).where(
        entry.local_day.between(wanted.first, wanted.last),
        entry.zone_id.not_in(silent),
        entry.seconds_sounded > 0,
        entry.evidence.in_(_UNHEARD),
        tally.entry_holds(),
        *within(scope),
    )
    if wanted.area_id is not None:
        query = query.where(entry.area_id == wanted.area_id)
    if wanted.place:
        query = query.where(entry.zone_id.in_(find_zone_ids(session, wanted.place)))
    if wanted.language:
        query = query.where(entry.language == wanted.language)
    return query.order_by(entry.local_day, entry.planned_at, entry.zone_id, entry.id)


def _as_line(entry: AsRunEntry) -> WaitingDelivery:
    return WaitingDelivery(
        airing_id=entry.airing_id,
        zone_id=entry.zone_id,
        planned_at=entry.planned_at,
        zone_code=entry.zone_code,
        zone_name=entry.zone_name,
        area_name=entry.area_name,
        number=entry.episode_number,
        title=entry.title,
        language=entry.language,
        priority=entry.priority,
        exercise=entry.exercise,
        seconds_planned=entry.seconds_planned,
        attempt=entry.attempt,
        seconds_sounded=entry.seconds_sounded,
        evidence=entry.evidence,
    )
