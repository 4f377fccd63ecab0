"""Why a zone was silent on a day: each broadcast it could have heard then, with what became of it."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.planning import BroadcastState, FindingCode
from scheduler.domain.silence import CalledOff, Day, Due, Expected, why_then
from scheduler.domain.station import Problem
from scheduler.domain.time import day_span, local_day
from scheduler.models import AsRunEntry, Broadcast, Claim, Episode, Programme
from scheduler.services import called_off, plan_findings, tally
from scheduler.services.silence import Ask, worst_of

LANGUAGE_LACKS = frozenset({FindingCode.EDITION_MISSING, FindingCode.EDITION_NOT_APPROVED})
"""Worth telling of a broadcast that was heard all the same: it lacked a language."""
PATIENCE = timedelta(minutes=2)
"""So long after a broadcast the log may still be written."""


def explain_day(session: Session, ask: Ask, day: date) -> list[Problem]:
    """What became of all that a zone could have heard on a local day, by start; `ask.now` is when it is asked."""
    return why_then(look_at_day(session, ask, day))


def look_at_day(session: Session, ask: Ask, day: date) -> Day:
    """All that the rows say of a zone on a local day."""
    zone = ask.zone
    heard = _find_logged(session, ask, day)
    planned = [item for number, item in _find_planned(session, ask, day).items() if number not in heard]
    off = called_off.find(session, zone, day=day, zone_of_time=ask.time_zone)
    known = [*heard.values(), *planned, *(_called_off(item) for item in off)]
    starts = {item.due.at for item in known}
    left_out = [
        item for item in _find_left_out(session, ask, day) if item.due.at not in starts or _lacks_a_language(item)
    ]
    return Day(
        day=day,
        created_on=local_day(zone.created_at, ask.time_zone),
        removed_on=None if zone.removed_at is None else local_day(zone.removed_at, ask.time_zone),
        is_paused=not zone.active and zone.removed_at is None and day >= local_day(ask.now, ask.time_zone),
        expected=[*known, *left_out],
        is_village=zone.carrier == CarrierKind.VILLAGE,
    )


def _find_logged(session: Session, ask: Ask, day: date) -> dict[UUID, Expected]:
    by_broadcast: dict[UUID, list[AsRunEntry]] = defaultdict(list)
    entries = session.scalars(
        select(AsRunEntry)
        .where(AsRunEntry.zone_id == ask.zone.id, AsRunEntry.local_day == day, tally.entry_holds())
        .order_by(AsRunEntry.planned_at, AsRunEntry.id)
    )
    for entry in entries:
        by_broadcast[entry.broadcast_id].append(entry)
    return {
        number: Expected(
            due=Due(at=found[0].planned_at, title=found[0].title), is_over=True, outcome=worst_of(found)
        )
        for number, found in by_broadcast.items()
    }  # fmt: skip


def _find_planned(session: Session, ask: Ask, day: date) -> dict[UUID, Expected]:
    span = day_span(day, day, ask.time_zone)
    on_air = select(Claim.broadcast_id).where(
        Claim.zone_id == ask.zone.id, Claim.closed_at.is_(None), Claim.started_at.is_not(None)
    )
    sounding = set(session.scalars(on_air))
    found = session.execute(
        select(Broadcast.id, Broadcast.starts_at, Broadcast.ends_at, Episode.title)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(
            Programme.zone_id == ask.zone.id,
            Broadcast.state != BroadcastState.CANCELLED,
            Broadcast.starts_at >= span.starts_at,
            Broadcast.starts_at < span.ends_at,
        )
    )
    return {
        number: Expected(
            due=Due(at=starts_at, title=title),
            is_over=_is_over(ends_at, ask.now),
            is_sounding=number in sounding,
        )
        for number, starts_at, ends_at, title in found
    }


def _is_over(ends_at: datetime, now: datetime) -> bool:
    return ends_at + PATIENCE <= now


def _called_off(item: CalledOff) -> Expected:
    return Expected(due=Due(at=item.at, title=item.title), is_over=True, called_off=item)


def _find_left_out(session: Session, ask: Ask, day: date) -> list[Expected]:
    """What the plan lacked for the zone: why it was left out of a broadcast, or heard only some of its languages."""
    return [
        Expected(due=Due(at=finding.subject.starts_at, title=finding.subject.name), is_over=True, finding=finding)
        for finding in plan_findings.find_of_zone(session, day_span(day, day, ask.time_zone), ask.zone.id)
    ]


def _lacks_a_language(item: Expected) -> bool:
    return item.finding is not None and item.finding.code in LANGUAGE_LACKS
