"""Writing a drawn plan to rows: what is new, what changed, what is cancelled; unchanged rows are not touched."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Delete, Update, delete, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scheduler.domain.identity import uuid7
from scheduler.domain.planning import BroadcastState, Finding, Plan, PlannedBroadcast
from scheduler.models import Airing, Broadcast, Programme, RunningOrder
from scheduler.ports import Part
from scheduler.services.plan_source import Source

_AT_ONCE = 400
"""Rows in one statement: databases limit the number of parameters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What writing a plan changed, and what was found."""

    created: int
    updated: int
    cancelled: int
    unchanged: int
    findings: tuple[Finding, ...]

    @property
    def changed(self) -> bool:
        """Tell whether any row changed."""
        return bool(self.created or self.updated or self.cancelled)


def key_of(parts: Sequence[Part]) -> str:
    """The name of a running order: SHA-256 of the canonical JSON of its parts."""
    told = json.dumps(parts_to_stored(parts), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


def parts_to_stored(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The parts in the form they are stored in."""
    return [asdict(part) for part in parts]


def write(session: Session, plan: Plan, source: Source, *, start: datetime, end: datetime, now: datetime) -> Written:
    """Bring the rows to the plan, and cancel what was planned in [start, end) and is in it no more."""
    rows = _rows_of(session, plan, source, now=now)
    created = {row.id for row, _, is_new in rows if is_new}
    changed = {row.id for row, planned, is_new in rows if not is_new and _set(row, _values_of(planned))}
    session.flush()
    _keep_running_orders(session, plan)
    changed |= _write_airings(session, rows, now=now)
    changed |= _write_programmes(session, rows)
    touched = (created | changed) & {row.id for row, _, _ in rows}
    for row, _, _ in rows:
        if row.id in touched:
            row.planned_at = now
            session.expire(row, ["airings", "programmes"])
    cancelled = _cancel_rest(source, {row.id for row, _, _ in rows}, start=start, end=end)
    session.flush()
    return Written(
        created=len(created),
        updated=len(changed - created),
        cancelled=cancelled,
        unchanged=len(rows) - len(touched),
        findings=plan.findings,
    )


Planned = tuple[Broadcast, PlannedBroadcast, bool]
"""A row, what it is to become, and whether it is new."""


def _rows_of(session: Session, plan: Plan, source: Source, *, now: datetime) -> list[Planned]:
    known: dict[tuple[int | None, date | None], Broadcast] = {
        (row.slot_id, row.occurrence_on): row for row in source.written.values() if row.slot_id is not None
    }
    rows: list[Planned] = []
    for planned in plan.broadcasts:
        subject = planned.subject
        if subject.broadcast_id is not None:
            row = source.written.get(subject.broadcast_id)
        else:
            row = known.get((subject.slot_id, subject.occurrence_on))
        if row is None:
            rows.append((_new_row(planned, now=now), planned, True))
        else:
            rows.append((row, planned, False))
    session.add_all([row for row, _, is_new in rows if is_new])
    return rows


def _values_of(planned: PlannedBroadcast) -> dict[str, Any]:
    return {
        "series_id": planned.series_id,
        "episode_id": planned.episode.id,
        "starts_at": planned.starts_at,
        "ends_at": planned.ends_at,
        "priority": planned.priority,
        "pinned": planned.pinned,
        "state": BroadcastState.PLANNED,
        "why": dict(planned.why),
    }


def _new_row(planned: PlannedBroadcast, *, now: datetime) -> Broadcast:
    subject = planned.subject
    return Broadcast(
        id=uuid7(now=now),
        slot_id=subject.slot_id,
        occurrence_on=subject.occurrence_on,
        planned_at=now,
        **_values_of(planned),
    )


def _set(row: Broadcast | Airing, values: Mapping[str, Any]) -> bool:
    """Set what differs; says whether anything did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _cancel_rest(source: Source, kept: set[UUID], *, start: datetime, end: datetime) -> int:
    gone = [
        row
        for row in source.written.values()
        if row.id not in kept
        and row.id not in source.frozen
        and row.state is BroadcastState.PLANNED
        and start <= row.starts_at < end
    ]
    for row in gone:
        row.state = BroadcastState.CANCELLED
    return len(gone)


def _keep_running_orders(session: Session, plan: Plan) -> None:
    orders = {key_of(item.parts): item.parts for broadcast in plan.broadcasts for item in broadcast.programmes}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for keys in _in_lots(sorted(orders)):
        rows = [{"key": key, "parts": parts_to_stored(orders[key])} for key in keys]
        session.execute(dialect.insert(RunningOrder).on_conflict_do_nothing(index_elements=["key"]), rows)


# --- airings ----------------------------------------------------------------------------------------------------
def _write_airings(session: Session, rows: Sequence[Planned], *, now: datetime) -> set[UUID]:
    """One airing for each language heard anywhere; says which broadcasts changed."""
    present: dict[tuple[UUID, int], Airing] = {}
    for ids in _in_lots([row.id for row, _, is_new in rows if not is_new]):
        found = session.scalars(select(Airing).where(Airing.broadcast_id.in_(ids)))
        present.update({(airing.broadcast_id, airing.edition_id): airing for airing in found})
    changed: set[UUID] = set()
    fresh = []
    for row, planned, _ in rows:
        for values in _airings_of(row, planned):
            airing = present.pop((row.id, values["edition_id"]), None)
            if airing is None:
                fresh.append({"id": uuid7(now=now), **values})
                changed.add(row.id)
            elif _set(airing, values):
                changed.add(row.id)
    for lot in _in_lots(fresh):
        session.execute(insert(Airing), lot)
    for (broadcast_id, _), airing in present.items():
        session.delete(airing)
        changed.add(broadcast_id)
    session.flush()
    return changed


def _airings_of(row: Broadcast, planned: PlannedBroadcast) -> Iterable[dict[str, Any]]:
    for language in sorted(planned.languages):
        edition = planned.episode.editions[language]
        if edition.take is not None:
            yield {
                "broadcast_id": row.id,
                "edition_id": edition.id,
                "language": language,
                "recording_sha256": edition.take.recording_sha256,
                "master_sha256": edition.take.master_sha256,
                "seconds": edition.take.seconds,
            }


# --- programmes -------------------------------------------------------------------------------------------------
def _write_programmes(session: Session, rows: Sequence[Planned]) -> set[UUID]:
    """The running order of every zone; says which broadcasts changed."""
    changed: set[UUID] = set()
    fresh: list[dict[str, Any]] = []
    for row, planned, is_new in rows:
        keys = [(key_of(item.parts), item.zone_ids) for item in planned.programmes]
        wanted = {zone_id: key for key, zone_ids in keys for zone_id in zone_ids}
        held = {} if is_new else _present_programmes(session, row.id)
        if wanted == held:
            continue
        changed.add(row.id)
        _drop_and_change(session, row.id, held, wanted)
        fresh += [
            {"broadcast_id": row.id, "zone_id": zone_id, "running_order_key": key}
            for zone_id, key in wanted.items()
            if zone_id not in held
        ]
    _forget(session, changed)
    for lot in _in_lots(fresh):
        session.execute(insert(Programme), lot)
    return changed


def _present_programmes(session: Session, broadcast_id: UUID) -> dict[int, str]:
    # One broadcast at a time: reading its identifier again for each of thousands of zones would take most of the time.
    found = session.execute(
        select(Programme.zone_id, Programme.running_order_key).where(Programme.broadcast_id == broadcast_id)
    )
    return dict(found.all())


def _drop_and_change(session: Session, broadcast_id: UUID, held: Mapping[int, str], wanted: Mapping[int, str]) -> None:
    of_broadcast = Programme.broadcast_id == broadcast_id
    for zone_ids in _in_lots([zone_id for zone_id in held if zone_id not in wanted]):
        _carry_out(session, delete(Programme).where(of_broadcast, Programme.zone_id.in_(zone_ids)))
    steps: dict[tuple[str, str], list[int]] = {}
    for zone_id, key in wanted.items():
        if zone_id in held and held[zone_id] != key:
            steps.setdefault((held[zone_id], key), []).append(zone_id)
    kept = Counter(held[zone_id] for zone_id in held if zone_id in wanted)
    new_keys = {new for _, new in steps}
    for (old, new), zone_ids in steps.items():
        change = update(Programme).values(running_order_key=new)
        if (
            len(zone_ids) == kept[old] and old not in new_keys
        ):  # all that sounded the old one: no need to name the zones
            _carry_out(session, change.where(of_broadcast, Programme.running_order_key == old))
            continue
        for lot in _in_lots(zone_ids):
            _carry_out(session, change.where(of_broadcast, Programme.zone_id.in_(lot)))


def _carry_out(session: Session, statement: Delete | Update) -> None:
    # Looking through all objects of the session for those it concerns would take longer than the statement itself.
    session.execute(statement, execution_options={"synchronize_session": False})


def _forget(session: Session, broadcast_ids: Collection[UUID]) -> None:
    """Let what the session holds of these programmes be read again."""
    for item in list(session.identity_map.values()):
        key = inspect(item).identity if isinstance(item, Programme) else None
        if key is not None and key[0] in broadcast_ids:
            session.expire(item)


def _in_lots(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE))
