"""Telling village players what to do at once: issuing a command, the outbox until each has answered, the answers.

What is said at once (`CommandKind.SAY`) is made in `village_say`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, Table, case, func, or_, select, update
from sqlalchemy.orm import Session

from scheduler import village_messages
from scheduler.domain.identity import uuid7
from scheduler.domain.village import CommandOutcome, Refusal
from scheduler.errors import BadField, NoPlayerThere
from scheduler.models import CommandDelivery, Player, VillageCommand, Zone
from scheduler.services import bulk, coverage
from scheduler.signing import Signer
from scheduler.village_messages import Audience, Command, CommandKind, PlannedProgramme

LONGEST = timedelta(days=1)
"""A command holds no longer: a box must remember until then that it has obeyed."""
LASTS: Mapping[CommandKind, timedelta] = {
    CommandKind.STOP: timedelta(minutes=2),
    CommandKind.VOLUME: LONGEST,
    CommandKind.REFRESH: timedelta(hours=1),
    CommandKind.REPORT: timedelta(hours=1),
    CommandKind.UNPLUG: timedelta(minutes=2),
}
"""How long a box that is away may still obey. A stop that comes late would silence what nobody meant to silence."""
_DELIVERIES: Table = CommandDelivery.__table__  # type: ignore[assignment]
_IN_ORDER = (VillageCommand.issued_at, CommandDelivery.command_id, CommandDelivery.zone_id)

Key = tuple[UUID, int]
"""A command and a zone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """A player that a command goes to."""

    zone_id: int
    player_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingCommand:
    """A signed command for one player."""

    command_id: UUID
    zone_id: int
    username: str
    body: bytes

    @property
    def key(self) -> Key:
        """What `note_sent` wants to know."""
        return (self.command_id, self.zone_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a player says became of a command."""

    command_id: UUID
    zone_id: int
    outcome: CommandOutcome
    reason: str = ""


# --- issuing ----------------------------------------------------------------------------------------------------
def issue(
    session: Session,
    kind: CommandKind,
    audience: Audience,
    *,
    by: str,
    user_id: int | None,
    now: datetime,
    signer: Signer,
    lasts: timedelta,
    exercise: bool = False,
    volume: int | None = None,
    seconds: int | None = None,
    programme: PlannedProgramme | None = None,
    broadcast_id: UUID | None = None,
    on: date | None = None,
) -> VillageCommand:
    """A command, with a delivery for every player it is for; `on` is the local day whose areas are meant.

    Raises `BadField`, and `NoPlayerThere` when no paired player is in the audience.
    """
    _check(kind, lasts=lasts, volume=volume, seconds=seconds)
    reached = find_reached(session, audience, on=on or now.date())
    row = make_row(kind, audience, by=by, user_id=user_id, now=now, lasts=lasts, exercise=exercise)
    row.broadcast_id = broadcast_id
    row.facts = {
        name: value for name, value in (("volume", volume), ("seconds", seconds)) if value is not None
    }  # fmt: skip
    row.body = seal(row, signer, programme=programme)
    keep(session, row, reached)
    return row


def _check(kind: CommandKind, *, lasts: timedelta, volume: int | None, seconds: int | None) -> None:
    if not timedelta(0) < lasts <= LONGEST:
        raise BadField(field="lasts", value=str(lasts))
    if (volume is not None) != (kind is CommandKind.VOLUME) or not 0 <= (volume or 0) <= 100:
        raise BadField(field="volume", value="" if volume is None else volume)
    if (seconds is not None) != (kind is CommandKind.UNPLUG) or (seconds or 0) < 0:
        raise BadField(field="seconds", value="" if seconds is None else seconds)


def find_reached(session: Session, audience: Audience, *, on: date) -> list[Reached]:
    """The players of an audience. Raises `NoPlayerThere`."""
    paired = (
        select(Player.zone_id, Player.id, Zone.area_id)
        .join(Zone, Zone.id == Player.zone_id)
        .where(Player.revoked_at.is_(None), Zone.removed_at.is_(None))
        .order_by(Player.zone_id)
    )
    if audience.zone_id is not None:
        paired = paired.where(Player.zone_id == audience.zone_id)
    rows = session.execute(paired).all()
    if audience.area_id is not None:
        tree = coverage.load_tree(session)
        if audience.area_id not in tree.area_ids():
            raise NoPlayerThere
        inside = {
            number: tree.lies_in(number, audience.area_id, on=on) for number in {area_id for _, _, area_id in rows}
        }
        rows = [row for row in rows if inside[row[2]]]
    if not rows:
        raise NoPlayerThere
    return [Reached(zone_id=zone_id, player_id=player_id) for zone_id, player_id, _ in rows]


def make_row(
    kind: CommandKind,
    audience: Audience,
    *,
    by: str,
    user_id: int | None,
    now: datetime,
    lasts: timedelta,
    exercise: bool,
) -> VillageCommand:
    """The row of a command without its signed body, not kept yet."""
    return VillageCommand(
        id=uuid7(now=now),
        kind=kind.value,
        audience=village_messages.to_facts(audience),
        facts={},
        body=b"",
        exercise=exercise,
        issued_at=now,
        expires_at=now + lasts,
        issued_by=by,
        user_id=user_id,
    )


def seal(row: VillageCommand, signer: Signer, *, programme: PlannedProgramme | None = None) -> bytes:
    """The command of a row, signed."""
    command = Command(
        command_id=row.id,
        kind=CommandKind(row.kind),
        audience=village_messages.from_facts(row.audience, Audience),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        by=row.issued_by,
        exercise=row.exercise,
        volume=row.facts.get("volume"),
        seconds=row.facts.get("seconds"),
        programme=programme,
    )
    return signer.seal(village_messages.encode(command))


def keep(session: Session, row: VillageCommand, reached: Iterable[Reached]) -> None:
    """Write a command with its deliveries."""
    session.add(row)
    session.flush()
    deliveries = [
        {"command_id": row.id, "zone_id": item.zone_id, "player_id": item.player_id, "reason": ""} for item in reached
    ]
    bulk.insert(session, CommandDelivery, deliveries)


# --- the outbox -------------------------------------------------------------------------------------------------
def find_to_send(session: Session, *, limit: int) -> list[OutgoingCommand]:
    """What no broker has taken yet, those that silence first; what still waits for its file is not among it."""
    stop_first = case((VillageCommand.kind == CommandKind.STOP.value, 0), else_=1)
    wanted = _unanswered().where(CommandDelivery.sent_at.is_(None))
    return _load(session, wanted.order_by(stop_first, *_IN_ORDER).limit(limit))


def waiting_for_zones(session: Session, zone_ids: Collection[int], now: datetime) -> list[OutgoingCommand]:
    """All that the players of some zones have not answered and may still obey, in the order it was issued."""
    if not zone_ids:
        return []
    these = bulk.among(session, CommandDelivery.zone_id, zone_ids)
    wanted = _unanswered().where(these, VillageCommand.expires_at > now)
    return _load(session, wanted.order_by(*_IN_ORDER))


def _unanswered() -> Select[UUID, int, str]:
    return (
        select(CommandDelivery.command_id, CommandDelivery.zone_id, Player.username)
        .join(VillageCommand, VillageCommand.id == CommandDelivery.command_id)
        .join(Player, Player.id == CommandDelivery.player_id)
        .where(
            CommandDelivery.outcome.is_(None), Player.revoked_at.is_(None), func.length(VillageCommand.body) > 0
        )
    )  # fmt: skip


def _load(session: Session, wanted: Select[UUID, int, str]) -> list[OutgoingCommand]:
    rows = session.connection().execute(wanted).all()
    if not rows:
        return []
    # The bytes once for each command, not once for each of thousands of players.
    these = bulk.among(session, VillageCommand.id, {command_id for command_id, _, _ in rows})
    bodies = dict(session.execute(select(VillageCommand.id, VillageCommand.body).where(these)).all())
    return [
        OutgoingCommand(command_id=command_id, zone_id=zone_id, username=username, body=bodies[command_id])
        for command_id, zone_id, username in rows
    ]


def note_sent(session: Session, keys: Iterable[Key], now: datetime) -> None:
    """Write down that the broker has taken these; of those answered by now, the answer says it.

    Answers come in while this is written: rows that they hold are left to them, or each could wait for the other.
    """
    row = CommandDelivery
    for command_id, zone_ids in _by_command(keys).items():
        unanswered = (
            select(row.zone_id)
            .where(row.command_id == command_id, bulk.among(session, row.zone_id, zone_ids))
            .where(row.sent_at.is_(None), row.outcome.is_(None))
            .with_for_update(skip_locked=True)
        )
        # As a subquery PostgreSQL sometimes ran it once for each delivery, which took a minute.
        these = bulk.among(session, row.zone_id, session.scalars(unanswered).all())
        written = update(_DELIVERIES).where(_DELIVERIES.c.command_id == command_id, these)
        session.connection().execute(written.values(sent_at=now))


# --- answers ----------------------------------------------------------------------------------------------------
def note_answers(session: Session, answers: Sequence[Answer], now: datetime) -> None:
    """Write what players answered; the first answer of each stands, and is worth more than that none came in time.

    Whoever answers was reached, even where nobody had yet written down that the broker took the command.
    """
    first: dict[Key, Answer] = {}
    for answer in answers:
        if answer.reason != Refusal.REPLAYED:  # said of a copy: no answer to the command itself
            first.setdefault((answer.command_id, answer.zone_id), answer)
    alike: dict[tuple[UUID, CommandOutcome, str], list[int]] = defaultdict(list)
    for answer in first.values():
        alike[answer.command_id, answer.outcome, answer.reason[:64]].append(answer.zone_id)
    row = _DELIVERIES.c
    for (command_id, outcome, reason), zone_ids in alike.items():
        these = bulk.among(session, CommandDelivery.zone_id, zone_ids)
        session.connection().execute(
            update(_DELIVERIES)
            .where(row.command_id == command_id, these)
            .where(or_(row.outcome.is_(None), row.outcome == CommandOutcome.EXPIRED))
            .values(outcome=outcome, reason=reason, answered_at=now, sent_at=func.coalesce(row.sent_at, now))
        )


def has_expired(session: Session, now: datetime) -> bool:
    """Tell whether `expire` has anything to close; only reads."""
    over = (
        select(CommandDelivery.command_id)
        .join(VillageCommand, VillageCommand.id == CommandDelivery.command_id)
        .where(CommandDelivery.outcome.is_(None), VillageCommand.expires_at <= now)
    )
    return session.scalar(select(over.exists())) is True


def expire(session: Session, now: datetime) -> int:
    """Close what nobody answered before its end; says how many. An answer that comes later still stands."""
    over = select(VillageCommand.id).where(VillageCommand.expires_at <= now)
    closed = session.execute(
        update(CommandDelivery)
        .where(CommandDelivery.outcome.is_(None), CommandDelivery.command_id.in_(over))
        .values(outcome=CommandOutcome.EXPIRED),
        execution_options={"synchronize_session": False},
    )
    return int(closed.rowcount)  # type: ignore[attr-defined]


def _by_command(keys: Iterable[Key]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    for command_id, zone_id in keys:
        found[command_id].append(zone_id)
    return found
