"""The plans of village zones: drawn for all at once, signed and numbered where they differ, with their outbox.

A plan holds whole local days, from yesterday to the last day the planner wrote, so that it changes when the station's
plan does and once a day, not with every programme that is over.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Protocol

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.time import TimeSpan, day_span, local_day
from scheduler.models import (
    AuditEntry,
    Broadcast,
    PlanState,
    Player,
    PlayerState,
    Programme,
    RunningOrder,
    VillagePlan,
    Zone,
    ZoneLanguage,
)
from scheduler.services import coverage, due, village_programmes
from scheduler.services.plan_source import PlanningSettings
from scheduler.services.village_programmes import Shared
from scheduler.services.village_rules import Rules
from scheduler.signing import Signer
from scheduler.village_messages import Plan, encode, pack

_AT_ONCE = 400
_MOST_AHEAD = 1_000_000
"""A box that says it holds a plan so much newer than ours is not believed."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class PlanSettings(PlanningSettings, Protocol):
    """The settings that plans depend on."""

    @property
    def join_least_share(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A zone whose plan is to be another one; `plan` lacks its programmes, which stand in `said`."""

    plan: Plan
    said: tuple[msgspec.Raw, ...]
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ToSend:
    """A plan that its player has not been published for yet."""

    zone_id: int
    username: str
    version: int


Sealed = dict[str, Any]
"""The row of a plan that is ready to be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What is another one when plans may have changed; cheap to read."""

    changes: tuple[object, ...]
    files: int
    """How many files were made for villages at all."""


def read_mark(session: Session) -> Mark:
    """The mark of now."""
    row = session.execute(
        select(
            select(PlanState.written_at).scalar_subquery(),
            select(PlanState.wanted_at).scalar_subquery(),
            select(func.max(AuditEntry.id)).scalar_subquery(),
            select(func.max(Player.id)).scalar_subquery(),
            select(func.count(RunningOrder.transport_sha256)).scalar_subquery(),
        )
    ).one()
    *changes, files = row
    return Mark(changes=tuple(changes), files=files)


def find_files(session: Session, *, until: datetime) -> frozenset[str]:
    """The files of broadcasts that are not over and start by then."""
    found = session.scalars(
        select(RunningOrder.transport_sha256)
        .join(Programme, Programme.running_order_key == RunningOrder.key)
        .join(Broadcast, Broadcast.id == Programme.broadcast_id)
        .where(RunningOrder.transport_sha256.is_not(None))
        .where(Broadcast.state.in_(due.OPEN_STATES), Broadcast.starts_at <= until)
        .distinct()
    )
    return frozenset(sha256 for sha256 in found if sha256 is not None)


# --- drawing --------------------------------------------------------------------------------------------------------
def refresh(
    session: Session,
    *,
    now: datetime,
    settings: PlanSettings,
    signer: Signer,
    zones: Collection[int] | None = None,
) -> list[int]:
    """Bring the plans of all zones with a player (or of `zones` among them) up to date; says whose is new."""
    changed = find_changed(session, now=now, settings=settings, signer=signer, zones=zones)
    return keep(session, (seal(item, signer) for item in changed))


def find_changed(
    session: Session,
    *,
    now: datetime,
    settings: PlanSettings,
    signer: Signer,
    zones: Collection[int] | None = None,
) -> list[Changed]:
    """The plans that are to be other ones; only reads, so that it can be done without holding up whoever writes."""
    boxes = [box for box in _find_boxes(session) if zones is None or box.zone.id in zones]
    if not boxes:
        return []
    written_at = session.scalar(select(PlanState.written_at)) or now
    on, window = _window(written_at, settings)
    shared = village_programmes.find_shared(
        session, start=window.starts_at, end=window.ends_at, zones={box.zone.id for box in boxes}
    )
    heard = _by_zone(shared)
    rules = Rules(coverage.load_tree(session), settings, on=on)
    languages = _find_languages(session)
    held = _find_held(session)
    changed = []
    for box in boxes:
        said, digests = _say(box, [shared[number] for number in heard.get(box.zone.id, ())])
        plan = Plan(
            zone_id=box.zone.id, zone_code=box.zone.code, zone_name=box.zone.name,
            area_ids=rules.lineage(box.zone.area_id), version=0, made_at=_NEVER, until=window.ends_at,
            rules=rules.of(box.zone), programmes=(), languages=languages.get(box.zone.id, ()),
        )  # fmt: skip
        digest = hashlib.sha256(b"".join((signer.key.encode(), encode(plan), *digests))).hexdigest()
        version, known = held.get(box.zone.id, (0, ""))
        if digest != known or box.claims > version:
            fresh = msgspec.structs.replace(plan, version=max(version, box.claims) + 1, made_at=now)
            changed.append(Changed(plan=fresh, said=said, digest=digest))
    return changed


def seal(item: Changed, signer: Signer) -> Sealed:
    """The row of a plan, signed; needs no database."""
    whole: Any = item.said  # encoded already, and put in as they are
    plan = msgspec.structs.replace(item.plan, programmes=whole)
    return {
        "zone_id": plan.zone_id,
        "version": plan.version,
        "digest": item.digest,
        "programmes": len(item.said),
        "until": plan.until,
        "made_at": plan.made_at,
        "sent_version": 0,
        "sent_to": "",
        "body": pack(signer.seal(encode(plan))),
    }


def keep(session: Session, sealed: Iterable[Sealed]) -> list[int]:
    """Write plans down; says whose are the newest now (another process may have been quicker)."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(VillagePlan)
    columns = ("version", "digest", "programmes", "until", "made_at", "body")
    statement = statement.on_conflict_do_update(
        index_elements=["zone_id"],
        set_={name: statement.excluded[name] for name in columns},
        where=VillagePlan.version < statement.excluded.version,
    )
    written: list[int] = []
    left = iter(sealed)
    while rows := list(islice(left, _AT_ONCE)):
        written += session.scalars(statement.returning(VillagePlan.zone_id), rows)
    return written


def _window(written_at: datetime, settings: PlanSettings) -> tuple[date, TimeSpan]:
    """The local day that rules are told of, and the stretch of time that plans hold."""
    zone = settings.time_zone
    today = local_day(written_at, zone)
    last = local_day(written_at + timedelta(days=settings.horizon_days), zone)
    return today, day_span(today - timedelta(days=1), last, zone)


def _by_zone(shared: Sequence[Shared]) -> dict[int, list[int]]:
    heard: dict[int, list[int]] = {}
    for number, item in enumerate(shared):
        for zone_id in item.zone_ids:
            heard.setdefault(zone_id, []).append(number)
    return heard


def _say(box: "_Box", shared: Sequence[Shared]) -> tuple[tuple[msgspec.Raw, ...], list[bytes]]:
    if box.is_in_use:
        return tuple(item.said for item in shared), [item.digest for item in shared]
    return tuple(item.silent for item in shared), [item.silent_digest for item in shared]


# --- reading --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class _Zone:
    id: int
    code: str
    name: str
    area_id: int
    settings: dict[str, Any]
    allowed_hours: list[Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Box:
    zone: _Zone
    is_in_use: bool
    """Whether the zone is a village that may sound at all; else its box is told to be silent."""
    claims: int
    """The version of the plan that the box says it has; newer than ours after a backup was put back."""


def _find_boxes(session: Session) -> Iterator[_Box]:
    rows = session.execute(
        select(
            Zone.id, Zone.code, Zone.name, Zone.area_id, Zone.settings, Zone.allowed_hours, Zone.carrier, Zone.active,
            Zone.removed_at, PlayerState.plan_version,
        )
        .join(Player, and_(Player.zone_id == Zone.id, Player.revoked_at.is_(None)))
        .outerjoin(PlayerState, PlayerState.player_id == Player.id)
        .order_by(Zone.id)
    )  # fmt: skip
    for number, code, name, area_id, settings, hours, carrier, active, removed_at, claimed in rows:
        yield _Box(
            zone=_Zone(
                id=number, code=code, name=name, area_id=area_id, settings=settings or {}, allowed_hours=hours
            ),
            is_in_use=active and removed_at is None and carrier == CarrierKind.VILLAGE,
            claims=claimed if claimed is not None and claimed < _MOST_AHEAD else 0,
        )  # fmt: skip


def _find_languages(session: Session) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = session.execute(
        select(ZoneLanguage.zone_id, ZoneLanguage.language)
        .join(Player, and_(Player.zone_id == ZoneLanguage.zone_id, Player.revoked_at.is_(None)))
        .order_by(ZoneLanguage.zone_id, ZoneLanguage.position)
    )
    for zone_id, language in rows:
        found[zone_id] = (*found.get(zone_id, ()), language)
    return found


def _find_held(session: Session) -> dict[int, tuple[int, str]]:
    rows = session.execute(select(VillagePlan.zone_id, VillagePlan.version, VillagePlan.digest))
    return {zone_id: (version, digest) for zone_id, version, digest in rows}


# --- the outbox -----------------------------------------------------------------------------------------------------
def find_to_send(session: Session, *, limit: int) -> list[ToSend]:
    """Plans that were not published in this version, or not for the box that is there now."""
    rows = session.execute(
        select(VillagePlan.zone_id, Player.username, VillagePlan.version)
        .join(Player, and_(Player.zone_id == VillagePlan.zone_id, Player.revoked_at.is_(None)))
        .where(or_(VillagePlan.sent_version < VillagePlan.version, VillagePlan.sent_to != Player.username))
        .order_by(VillagePlan.zone_id)
        .limit(limit)
    )
    return [ToSend(zone_id=zone_id, username=username, version=version) for zone_id, username, version in rows]


def body_of(session: Session, zone_ids: Collection[int]) -> dict[int, bytes]:
    """The newest plans of zones as they travel: signed, then packed (`village_messages.unpack`)."""
    found: dict[int, bytes] = {}
    for some in _slices(sorted(zone_ids)):
        rows = session.execute(select(VillagePlan.zone_id, VillagePlan.body).where(VillagePlan.zone_id.in_(some)))
        found |= dict(rows.all())
    return found


def versions_of(session: Session, zone_ids: Collection[int]) -> dict[int, int]:
    """The newest versions of the plans of zones."""
    found: dict[int, int] = {}
    for some in _slices(sorted(zone_ids)):
        rows = session.execute(select(VillagePlan.zone_id, VillagePlan.version).where(VillagePlan.zone_id.in_(some)))
        found |= dict(rows.all())
    return found


def note_sent(session: Session, sent: Sequence[ToSend]) -> None:
    """Write down that the broker took these plans."""
    if not sent:
        return
    table = VillagePlan.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.zone_id == bindparam("zone"))
        .values(sent_version=bindparam("number"), sent_to=bindparam("name"))
    )
    rows = [{"zone": item.zone_id, "number": item.version, "name": item.username} for item in sent]
    session.connection().execute(statement, rows)


def _slices(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))
