"""What people confirm of deliveries: places that report nothing are asked by telephone; who said what is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.playout import Evidence, NewEntry, Reason
from scheduler.domain.text import tidy
from scheduler.domain.time import local_day
from scheduler.errors import BadField, DeliveryChanged, NothingToConfirm, NotOverYet, UnknownDelivery
from scheduler.models import AsRunEntry, Zone
from scheduler.services import as_run, closed_books, countersigning, tally, unreported
from scheduler.services.log_reading import within
from scheduler.services.unreported import Delivery

_AT_ONCE = 500
_SAME_WITHIN = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """What somebody says became of one delivery."""

    airing_id: UUID
    zone_id: int
    seconds: float | None
    """How long it sounded, in seconds; None: all of it."""
    reason: Reason | None = None
    """Why not all of it sounded."""
    started_at: datetime | None = None
    """When it began, where that was told; else as the plan has it."""
    source: str
    """Who said so and how it is known, as it will stand in the log."""
    seen: int | None = None
    """The attempt that was looked at, 0 for none: what another wrote meanwhile is not overruled unseen."""

    @property
    def key(self) -> Delivery:
        """The airing and the zone."""
        return self.airing_id, self.zone_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmed:
    """How many were written, known already (said before in the same words), and asked of a second person."""

    written: int = 0
    known: int = 0
    asked: int = 0


def confirm(
    session: Session,
    deliveries: Sequence[Delivery],
    *,
    sounded: bool,
    seconds: float | None = None,
    reason: Reason | None = None,
    source: str,
    by: str,
    now: datetime,
    zone: ZoneInfo,
    user_id: int | None = None,
    scope: Scope = EVERYWHERE,
) -> Confirmed:
    """Say the same of many deliveries: that they sounded (for `seconds`, else in full), or did not. See `take`."""
    said = [
        Confirmation(
            airing_id=airing_id, zone_id=zone_id, seconds=seconds if sounded else 0.0, reason=reason, source=source
        )
        for airing_id, zone_id in dict.fromkeys(deliveries)
    ]
    return take(session, said, by=by, user_id=user_id, now=now, zone=zone, scope=scope)


def take(
    session: Session,
    confirmations: Sequence[Confirmation],
    *,
    by: str,
    user_id: int | None,
    now: datetime,
    zone: ZoneInfo,
    scope: Scope = EVERYWHERE,
) -> Confirmed:
    """Write what people said, all of it or nothing: a first entry where the log has none, else a correction.

    Of days whose books are closed a second person is asked. The evidence is *confirmed*, by name and with its source.
    Raises `BadField` (no name, no source, no reason for what did not sound in full, more seconds than the edition has),
    `UnknownDelivery` (neither plan nor log know it, or outside of the scope), `NotOverYet`, `DeliveryChanged`,
    `NothingToConfirm`.
    """
    if not tidy(by):
        raise BadField(field="by", value=by)
    if not confirmations:
        raise NothingToConfirm
    tally.lock(session)
    logged = find_logged(session, [item.key for item in confirmations], scope=scope)
    planned = _find_planned(session, [item.key for item in confirmations if item.key not in logged], scope=scope)
    entries = []
    for item in confirmations:
        last = logged.get(item.key)
        entry = (
            _correction(item, last, by=tidy(by)) if last is not None else _first(item, planned, by=tidy(by), now=now)
        )
        if last is None or not _says_the_same(last, entry):
            if last is not None and item.seen is not None and item.seen != last.attempt:
                raise DeliveryChanged(by=last.recorded_by, seconds=f"{last.seconds_sounded:g}".replace(".", ","))
            entries.append(entry)
    written, asked = _write(session, entries, by=tidy(by), user_id=user_id, now=now, zone=zone)
    return Confirmed(written=written, asked=asked, known=len(confirmations) - len(entries))


def find_logged(
    session: Session, deliveries: Iterable[Delivery], *, scope: Scope = EVERYWHERE
) -> dict[Delivery, AsRunEntry]:  # fmt: skip
    """The entry that holds for each of these deliveries that the log knows, within a scope."""
    wanted, found = sorted(set(deliveries), key=str), {}
    for first in range(0, len(wanted), _AT_ONCE):
        among = tuple_(AsRunEntry.airing_id, AsRunEntry.zone_id).in_(wanted[first : first + _AT_ONCE])
        for entry in session.scalars(select(AsRunEntry).where(among, tally.entry_holds(), *within(scope))):
            found[entry.airing_id, entry.zone_id] = entry
    return found


def _find_planned(
    session: Session, deliveries: Sequence[Delivery], *, scope: Scope
) -> dict[Delivery, unreported.Unreported]:  # fmt: skip
    found = unreported.find(session, deliveries)
    zones = {zone_id for _, zone_id in found}
    areas = dict(session.execute(select(Zone.id, Zone.area_id).where(Zone.id.in_(zones))).all())
    planned = {key: item for key, item in found.items() if scope.holds(areas[key[1]])}
    for airing_id, zone_id in deliveries:
        if (airing_id, zone_id) not in planned:
            raise UnknownDelivery(airing=str(airing_id)[:8], zone=zone_id)
    return planned


def _first(
    item: Confirmation, planned: dict[Delivery, unreported.Unreported], *, by: str, now: datetime
) -> NewEntry:  # fmt: skip
    plan = planned[item.key]
    if not plan.is_over(now):
        raise NotOverYet(at=f"{plan.planned_at:%H:%M}")
    seconds = _checked(item, plan.seconds)
    entry = unreported.entry_of(plan, seconds=seconds, reason=item.reason, by=by, note=tidy(item.source))
    return _begun(entry, item.started_at) if item.started_at is not None else entry


def _correction(item: Confirmation, last: AsRunEntry, *, by: str) -> NewEntry:
    entry = as_run.correction_of(
        last,
        seconds_sounded=_checked(item, last.seconds_planned),
        reason=item.reason,
        evidence=Evidence.CONFIRMED,
        by=by,
        note=tidy(item.source),
    )
    started_at = item.started_at or entry.started_at or last.planned_at
    return _begun(entry, started_at) if item.started_at is not None or entry.started_at is None else entry


def _begun(entry: NewEntry, started_at: datetime) -> NewEntry:
    if not entry.seconds_sounded:
        return entry
    return replace(entry, started_at=started_at, ended_at=started_at + timedelta(seconds=entry.seconds_sounded))


def _checked(item: Confirmation, planned: float) -> float:
    """How long it sounded. Raises `BadField`."""
    seconds = planned if item.seconds is None else item.seconds
    if not 0 <= seconds <= planned:
        raise BadField(field="seconds_sounded", value=f"{seconds:g}")
    if not tidy(item.source):
        raise BadField(field="told_by", value="")
    if seconds < planned - _SAME_WITHIN and item.reason is None:
        raise BadField(field="reason", value="")
    return seconds


def _says_the_same(last: AsRunEntry, entry: NewEntry) -> bool:
    names = ("seconds_sounded", "reason", "evidence", "recorded_by", "note")
    return all(getattr(last, name) == getattr(entry, name) for name in names)


def _write(
    session: Session, entries: Sequence[NewEntry], *, by: str, user_id: int | None, now: datetime, zone: ZoneInfo
) -> tuple[int, int]:
    """Write the entries of open days; ask a second person for the others."""
    day_of = {id(entry): local_day(entry.planned_at, zone) for entry in entries}
    closed = closed_books.closed_days(session, day_of.values())
    to_write = [entry for entry in entries if day_of[id(entry)] not in closed]
    to_ask = [
        countersigning.wish_of(entry, started_at=entry.started_at) for entry in entries if day_of[id(entry)] in closed
    ]
    written = as_run.record(session, to_write, now=now, zone=zone)
    asked = countersigning.ask_all(session, to_ask, by=by, user_id=user_id, now=now) if to_ask else 0
    return written, asked
