"""Letting villages say something at once: a one-off broadcast of approved editions, told to players as commands.

Players fetch the file by themselves, so a command goes out only when the file was made; until then it waits unsigned.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.planning import Finding, Priority
from scheduler.domain.time import local_day
from scheduler.errors import NoPlayerThere
from scheduler.models import Broadcast, Episode, Programme, VillageCommand, Zone
from scheduler.services import planning, village_commands, village_programmes
from scheduler.services.plan_source import PlanningSettings
from scheduler.services.village_commands import Reached
from scheduler.signing import Signer
from scheduler.village_messages import Audience, CommandKind

LEAD = timedelta(seconds=7)
"""Beside the claim lead: the time a command needs to be signed, to travel and to be made ready at the box."""
LASTS = timedelta(minutes=30)
"""How long a box that was away, or fetches slowly, may still begin."""
_AT_ONCE = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What was ordered: one broadcast, a command for each way it is heard, and which zones it leaves out and why."""

    broadcast: Broadcast
    commands: tuple[VillageCommand, ...]
    findings: tuple[Finding, ...]


def say(
    session: Session,
    episode: Episode,
    audience: Audience,
    *,
    by: str,
    user_id: int | None,
    now: datetime,
    signer: Signer,
    settings: PlanningSettings,
    priority: int = Priority.ORDINARY,
    exercise: bool = False,
    lasts: timedelta = LASTS,
) -> Said:
    """Let the villages of an audience hear an episode now, each in its languages, and log it as a one-off.

    Raises `NoPlayerThere`, and `NothingToPlan` when no village can carry it (nothing approved in its languages,
    outside its allowed hours and no emergency, something more urgent sounds).
    """
    on = local_day(now, settings.time_zone)
    players = {item.zone_id: item for item in village_commands.find_reached(session, audience, on=on)}
    zones = _load_zones(session, list(players))
    if not zones:
        raise NoPlayerThere
    planned = planning.plan_one_off(
        session,
        episode,
        zones,
        starts_at=now + settings.claim_lead + LEAD,
        now=now,
        settings=settings,
        priority=priority,
        exercise=exercise,
    )
    commands = []
    for key, reached in _by_order(session, planned.broadcast, players).items():
        whom = Audience(zone_id=reached[0].zone_id) if len(reached) == 1 else audience
        row = village_commands.make_row(
            CommandKind.SAY, whom, by=by, user_id=user_id, now=now, lasts=lasts, exercise=exercise
        )
        row.broadcast_id, row.facts = planned.broadcast.id, {"running_order": key}
        village_commands.keep(session, row, reached)
        commands.append(row)
    sign_ready(session, now=now, signer=signer)
    return Said(broadcast=planned.broadcast, commands=tuple(commands), findings=planned.findings)


def has_unsigned(session: Session, *, now: datetime) -> bool:
    """Tell whether anything waits for its file; only reads."""
    return session.scalar(select(_unsigned(now).exists())) is True


def sign_ready(session: Session, *, now: datetime, signer: Signer) -> int:
    """Sign what waited for its file and may go out now; says how many commands. To be called again and again."""
    return sum(_sign(session, row, signer) for row in session.scalars(_unsigned(now)))


def _unsigned(now: datetime) -> Select[VillageCommand]:
    return select(VillageCommand).where(
        VillageCommand.issued_at > now - village_commands.LONGEST,
        VillageCommand.kind == CommandKind.SAY.value,
        func.length(VillageCommand.body) == 0,
        VillageCommand.expires_at > now,
    )


def _sign(session: Session, row: VillageCommand, signer: Signer) -> bool:
    broadcast = session.get(Broadcast, row.broadcast_id)
    if broadcast is None:
        return False
    programme = village_programmes.get_programme(session, broadcast, str(row.facts["running_order"]))
    if programme.cancelled or programme.file is None:
        return False
    row.body = village_commands.seal(row, signer, programme=programme)
    session.flush()
    return True


def _load_zones(session: Session, zone_ids: list[int]) -> list[Zone]:
    zones: list[Zone] = []
    for first in range(0, len(zone_ids), _AT_ONCE):
        zones += session.scalars(
            select(Zone)
            .where(
                Zone.id.in_(zone_ids[first : first + _AT_ONCE]),
                Zone.carrier == CarrierKind.VILLAGE.value,
                Zone.active,
            )
            .options(selectinload(Zone.languages))
        )
    return zones


def _by_order(session: Session, broadcast: Broadcast, players: dict[int, Reached]) -> dict[str, list[Reached]]:
    """The players by what they hear: zones with the same files share one running order, and one command."""
    found: dict[str, list[Reached]] = defaultdict(list)
    rows = session.execute(
        select(Programme.zone_id, Programme.running_order_key)
        .where(Programme.broadcast_id == broadcast.id)
        .order_by(Programme.zone_id)
    )
    for zone_id, key in rows:
        found[key].append(players[zone_id])
    return found
