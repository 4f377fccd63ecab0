"""What machines may ask of a station: one word and a few numbers, cheap to find and without secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.station import (
    PLAYOUT,
    Problem,
    Readings,
    SignOfLife,
    find_clock_problems,
    find_disk_problems,
    find_pulse_problems,
    state_of,
)
from scheduler.models import Alarm, Lease
from scheduler.services import status


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What the database says of the station's health."""

    signs: tuple[SignOfLife, ...]
    leases_held: int
    lease_until: datetime | None
    open_alarms: int


def read_rows(session: Session, *, now: datetime) -> Rows:
    """Signs of life, leases and alarms; three small queries."""
    held, until = session.execute(
        select(func.count(), func.max(Lease.expires_at, type_=Lease.expires_at.type)).where(Lease.expires_at > now)
    ).one()
    alarms = session.scalar(select(func.count()).where(Alarm.cleared_at.is_(None))) or 0
    return Rows(signs=tuple(status.read_signs(session)), leases_held=held, lease_until=until, open_alarms=alarms)


def find_problems(rows: Rows | None, readings: Readings, *, now: datetime, silence: timedelta) -> list[Problem]:
    """What is wrong by these numbers; no rows means that the database does not answer."""
    problems = [
        *find_disk_problems(free_bytes=readings.free_bytes, total_bytes=readings.total_bytes),
        *find_clock_problems(synchronised=readings.synchronised),
    ]
    if rows is None:
        return [Problem(code="database_unreachable", severe=True), *problems]
    if rows.open_alarms:
        problems.append(Problem(code="alarm", facts={"number": rows.open_alarms}))
    return [*find_pulse_problems(rows.signs, role=PLAYOUT, now=now, silence=silence), *problems]


def describe(rows: Rows | None, readings: Readings, *, now: datetime, silence: timedelta) -> dict[str, Any]:
    """The answer of `/health` as plain values."""
    problems = find_problems(rows, readings, now=now, silence=silence)
    return {
        "status": state_of(problems).value,
        "database": "unreachable" if rows is None else "ok",
        "disk": {"free_bytes": readings.free_bytes, "total_bytes": readings.total_bytes},
        "lease": None if rows is None else {"held": rows.leases_held, "until": _text(rows.lease_until)},
        "clock": {"now": now.isoformat(), "synchronised": readings.synchronised},
        "last_tick": {} if rows is None else _newest_by_role(rows.signs),
        "open_alarms": None if rows is None else rows.open_alarms,
        "problems": [problem.code for problem in problems],
    }


def _newest_by_role(signs: Iterable[SignOfLife]) -> dict[str, str]:
    return {sign.role: sign.at.isoformat() for sign in sorted(signs, key=lambda sign: sign.at)}


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
