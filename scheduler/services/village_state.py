"""How each village player is, as far as the station has heard: status, hello and welcome, twins, silence."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scheduler.domain.village import DataUsed, PlayerRef
from scheduler.models import PlayerState, VillageJournalRow
from scheduler.services import village_plan
from scheduler.village_messages import Hello, Status, Welcome, to_facts

HELLOS_KEPT = 16
ROWS_LOOKED_AT = 50_000
"""More unconfirmed rows than a box gathers in months without a link."""
SILENT_AFTER = timedelta(minutes=12)
"""A box says its status every five minutes: one that has not for so long is offline, whatever the broker believes."""
_AT_ONCE = 500
_UNHEARD: dict[str, Any] = {
    "online": False, "instance": "", "boot": "", "hellos": [], "plan_version": 0, "files_wanted": 0, "files_ready": 0,
    "journal_waiting": 0, "data_bytes": 0, "data_earlier_bytes": 0, "problems": [], "status": {},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Greeting:
    """A hello to be answered."""

    player: PlayerRef
    hello: Hello


# --- what a player says -----------------------------------------------------------------------------------------
def note_status(session: Session, statuses: Mapping[int, Status], *, now: datetime) -> None:
    """Write down the newest status of players, by their ids.

    A last will of an earlier life, carried out after the next one had said hello, says nothing any more.
    """
    rows = _states(session, statuses)
    for player_id, status in statuses.items():
        row = rows[player_id]
        if not status.online and row.online and row.boot not in ("", status.boot):
            continue
        _turn(row, is_online=status.online, now=now)
        if status.online or status.at is not None:  # a last will tells only that the link is gone
            row.seen_at = now
            _copy(row, status)


def note_heard(session: Session, player_ids: Collection[int], *, now: datetime) -> None:
    """Write down that these players were heard of: they are there."""
    for row in _states(session, player_ids).values():
        _turn(row, is_online=True, now=now)
        row.seen_at = now


def note_twins(session: Session, player_ids: Collection[int], *, now: datetime) -> None:
    """Write down that two boxes bear the name of these players."""
    for row in _states(session, player_ids).values():
        row.twin_at = now


def welcome(session: Session, player: PlayerRef, hello: Hello, *, now: datetime) -> Welcome:
    """The answer to a hello; see `welcome_all`."""
    return welcome_all(session, [Greeting(player=player, hello=hello)], now=now)[0]


def welcome_all(session: Session, greetings: Iterable[Greeting], *, now: datetime) -> list[Welcome]:
    """The answers to hellos, in their order: the station's time and how far it has all rows of this life.

    Rows of an earlier life of the program are not told of: a copy of a card may have other rows under their numbers.
    """
    greeted = list(greetings)
    rows = _states(session, {item.player.player_id for item in greeted})
    plans = village_plan.versions_of(session, {item.player.zone_id for item in greeted})
    welcomes = []
    for item in greeted:
        _greet(rows[item.player.player_id], item.hello, now=now)
        welcomes.append(
            Welcome(
                to=item.player.username,
                nonce=item.hello.nonce,
                now=now,
                plan_version=plans.get(item.player.zone_id, 0),
                confirmed_below=find_confirmed_below(session, item.player.player_id, item.hello),
            )
        )
    return welcomes


def find_confirmed_below(session: Session, player_id: int, hello: Hello) -> int:
    """The lowest number from `oldest_seq` on that is not here as a row of this very life of the box."""
    row = VillageJournalRow
    if hello.oldest_seq >= hello.next_seq:
        return hello.oldest_seq
    found = session.scalars(
        select(row.seq)
        .where(
            row.player_id == player_id,
            row.instance == hello.instance,
            row.seq >= hello.oldest_seq,
            row.seq < hello.next_seq,
            row.boot == hello.boot,
        )
        .order_by(row.seq)
        .limit(ROWS_LOOKED_AT)
    )
    below = hello.oldest_seq
    for seq in found:
        if seq != below:
            break
        below += 1
    return below


# --- silence ----------------------------------------------------------------------------------------------------
def note_silent(session: Session, *, now: datetime) -> int:
    """Boxes that said nothing for a while are offline; says how many turned."""
    turned = session.execute(
        update(PlayerState)
        .where(PlayerState.online, PlayerState.seen_at < now - SILENT_AFTER)
        .values(online=False, turned_at=now),
        execution_options={"synchronize_session": False},
    )
    return int(turned.rowcount)  # type: ignore[attr-defined]


# --- rows ---------------------------------------------------------------------------------------------------------
def _states(session: Session, player_ids: Collection[int]) -> dict[int, PlayerState]:
    """The rows of these players, locked; those that have none yet get one."""
    rows = _find_states(session, player_ids)
    if fresh := [{"player_id": number, **_UNHEARD} for number in sorted(set(player_ids) - set(rows))]:
        build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(build(PlayerState).on_conflict_do_nothing(), fresh)
        rows |= _find_states(session, [item["player_id"] for item in fresh])
    return rows


def _find_states(session: Session, player_ids: Collection[int]) -> dict[int, PlayerState]:
    rows: dict[int, PlayerState] = {}
    wanted = sorted(player_ids)
    for first in range(0, len(wanted), _AT_ONCE):
        some = PlayerState.player_id.in_(wanted[first : first + _AT_ONCE])
        found = session.scalars(select(PlayerState).where(some).order_by(PlayerState.player_id).with_for_update())
        rows |= {row.player_id: row for row in found}
    return rows


def _turn(row: PlayerState, *, is_online: bool, now: datetime) -> None:
    if row.online != is_online:
        row.online, row.turned_at = is_online, now


def _copy(row: PlayerState, status: Status) -> None:
    used = DataUsed(
        day=row.data_day, day_bytes=row.data_bytes, month=row.data_month, earlier_bytes=row.data_earlier_bytes
    ).told(status.data_day, status.data_bytes)
    row.instance, row.boot = status.instance, status.boot
    row.plan_version, row.plan_until = status.plan_version, status.plan_until
    row.files_wanted, row.files_ready = status.files_wanted, status.files_ready
    row.journal_waiting = status.journal_waiting
    row.data_day, row.data_bytes = used.day, used.day_bytes
    row.data_month, row.data_earlier_bytes = used.month, used.earlier_bytes
    row.on_air = status.on_air
    row.problems = list(status.health.problems) if status.health else []
    row.status = to_facts(status)


def _greet(row: PlayerState, hello: Hello, *, now: datetime) -> None:
    known = [tuple(item) for item in row.hellos]
    if (hello.boot, hello.nonce) not in known:  # a hello the broker brought twice proves nothing
        lives = [boot for boot, _ in known]
        if hello.boot in lives and lives[-1] != hello.boot:
            row.twin_at = now  # a life that had ended for another one speaks again
        row.hellos = [*row.hellos, [hello.boot, hello.nonce]][-HELLOS_KEPT:]
    _turn(row, is_online=True, now=now)
    row.seen_at, row.instance, row.boot = now, hello.instance, hello.boot
    row.plan_version = hello.plan_version
